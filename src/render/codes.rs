//! The codes of rendering problems, with what `tgsync explain CODE` says about each.

use crate::diagnostic::Code;

macro_rules! codes {
    ($($name:ident $code:literal $title:literal $explanation:literal)*) => {
        $(pub(super) const $name: Code = Code($code);)*

        /// Code, title and a short explanation of every problem that rendering reports.
        pub const CODES: &[(&str, &str, &str)] = &[$(($code, $title, $explanation)),*];
    };
}

codes! {
    EMPTY "TG0401" "nothing to send"
        "A message needs at least one visible character. The body renders to nothing: it is empty, or holds only \
         comments, blanks or invisible characters. Write something, or make the post a draft with `status: draft`."
    TOO_LONG "TG0402" "the text is too long"
        "A Telegram message holds 4,096 characters, a rich message 32,768, counted in code points after formatting \
         is taken out: tags and addresses behind words don't count, bullets and blank lines do. The post says \
         `overflow: error`, so it is not cut, or a single row or formula of a rich message is beyond it. Shorten it, set \
         breaks with `<!-- tgsync:break -->`, or let it be cut with `overflow: split`."
    TOO_LARGE "TG0403" "the text with its addresses is too large"
        "Telegram accepts 32,768 bytes of HTML for a message, tags and addresses included, and 34,990 for a \
         rich one; of what is beyond, it would cut a part off. A post within the characters goes beyond only with very \
         many or very long links; where a single address is too long, cutting the post doesn't help. Shorten or remove \
         some."
    TOO_MANY_ENTITIES "TG0404" "more formatting than a message keeps"
        "A message keeps 100 formatted pieces; Telegram drops the formatting of the rest without an error, styles \
         before links and code. A bold range with an italic word inside counts as three pieces. Format less."
    HEAVY_ENTITIES "TG0405" "formatting may be refused as too large"
        "All links, languages and styles of a message together have a limit of their own, about 9,500 bytes; beyond \
         it Telegram answers `ENTITIES_TOO_LONG`. Shorten addresses or remove links."
    TOO_DEEP "TG0406" "nested too deeply"
        "Lists, quotes and formatting may be nested 64 levels deep. Real text is far from it; this is mostly a run of \
         `>` or `*` that was meant literally: put it in a code block."
    MISSING_POST "TG0410" "link to a post that is not there"
        "`post:SLUG`, `[[SLUG]]` and relative links to `.md` files lead to other posts, and become their `t.me` links. \
         The slug or file of this one is unknown. Correct the spelling, or add the post."
    UNPUBLISHED_POST "TG0411" "link to a post that is not published"
        "The post linked to is a draft or archived, so it has no address in the channel. The link is shown as its text \
         until the post is published."
    ELSEWHERE_POST "TG0412" "link to a post of another target"
        "A link leads to the post's message in the same target. The post linked to does not go to some of this post's \
         targets; there the link is shown as its text."
    DROPPED_LINK "TG0413" "address that Telegram does not link"
        "Telegram links only `http`, `https`, `tg` and `ton` addresses, and web addresses need a host with a dot. It \
         drops other links without an error. A rich message links `http`, `https`, `mailto:name@host`, `tel:+number` \
         and `tg://user?id=`; it is refused for others. So the text is shown with the address after it, in brackets."
    LOCAL_LINK "TG0414" "relative link to something that is not a post"
        "A message has no folder, so a relative or absolute path leads nowhere for its readers. Links to posts are \
         written relative to the file, with `.md`. The link is shown as its text. A web address needs `https://`."
    ANCHOR_LINK "TG0415" "link to a place within the text"
        "Classic messages have no anchors, so a link such as `#usage` leads nowhere. In a rich message it leads to the \
         heading of that name, named as on GitHub, if there is one. Otherwise the link is shown as its text."
    NESTED_LINK "TG0416" "link or picture inside a link"
        "A link can't hold another link. The outer one stays, of the inner one only the text."
    WEB_PICTURE "TG0420" "picture shown as a link"
        "A text message can't hold pictures, and the running text of a rich message neither. A picture on the web is \
         shown as a link with its alternative text. In a rich message a paragraph of its own shows the picture."
    LOCAL_PICTURE "TG0421" "picture that can't be shown here"
        "Files of the post's media folder are shown beside the text when they are alone in a paragraph, or listed in \
         `media`. Within running text, quotes, lists and tables no message can show a file, so the text has its \
         description, or with a `mirror` a link to it. A rich message shows files where they stand, also in quotes and \
         lists, but not in running text and tables. Its `media` is sent before it."
    BAD_EMOJI "TG0422" "custom emoji is not valid"
        "A custom emoji is written `![👍](tg://emoji?id=5368324170671202286)`: the ordinary emoji that stands for it, \
         and the number of the custom emoji. Telegram refuses the whole message when the number is wrong."
    BAD_TIME "TG0423" "date is not valid"
        "`<tg-time unix=\"1790000000\" format=\"wDT\">text</tg-time>`: `unix` is a positive number of seconds within \
         32 bits, `format` is `r` or any of `w`, `d`/`D`, `t`/`T`. Telegram refuses the message or drops the date."
    MISSING_PICTURE "TG0424" "picture that is not there"
        "A picture is an address on the web or a path relative to the post's file. Below the content folder there is no \
         such file, so the text shows the picture's description, or the name of its file when there is none. Absolute \
         paths such as `/images/x.png` belong to a website and lead nowhere here."
    PRIVATE_NOTE "TG0430" "private note in the text"
        "`%%…%%` is a private note in other tools, and would be published here. Remove it; write `\\%%` for two percent \
         signs, or put them in backticks."
    BREAK "TG0431" "no message can begin at a `tgsync:break`"
        "`<!-- tgsync:break -->` begins a new message between two blocks: paragraphs, items, code, also within a quote or \
         item, which is then reopened. Within formatted text, a link, a heading or a table it can't; where nothing \
         stands before or after it there is no message to begin, and it is left out."
    UNKNOWN_TAG "TG0432" "HTML that a message can't express"
        "Only Telegram's own tags and a few more can be written inline. Another HTML tag is dropped and its text kept; \
         what only looks like a tag, such as `<name>`, is shown as written. Put it in backticks, or remove it."
    UNBALANCED_TAG "TG0433" "HTML tag without its partner"
        "A tag is opened and not closed in the same paragraph, quote or item, or closed without being open. The tag is \
         ignored and its text kept. Formatting tags have to end where the Markdown around them ends."
    SCRIPT "TG0434" "script or style sheet in the text"
        "`<script>` and `<style>` hold no text for readers: they are left out with their content. One that is not closed \
         in the same block is an error, because its content would be published as text."
    BAD_SCRIPT_DIGITS "TG0435" "no such raised or lowered characters"
        "Telegram has no raised or lowered text; digits and some letters exist as Unicode characters and are used. \
         At least one character of this `<sub>` or `<sup>` has no such form, so its text is shown as it is."
    UNUSED_NOTE "TG0436" "footnote without a reference"
        "Nothing in the text refers to this footnote. It is shown after the others, so that nothing is lost. Add the \
         reference, or remove the note."
    REMOVED_CHARACTERS "TG0437" "characters that Telegram removes"
        "Telegram removes some characters from every text: line and paragraph separators U+2028 and U+2029, direction \
         overrides U+202A–U+202E, and the combining marks U+030A, U+0333 and U+033F where no composed letter exists."
    TABLE_STRIKE "TG0438" "struck-out text in a table"
        "An aligned table is monospace text, which can't be struck out. The words are shown plainly. Say it in words, \
         or use a list."
    EXTRA_CELL "TG0439" "table row with more cells than the header"
        "Markdown drops the cells of a row that go beyond the columns of the header, so their text would be missing. Add a \
         column to the header, or write `\\|` for a bar that is text, also between backticks."
    BAD_HASHTAG "TG0440" "tag that is not a hashtag"
        "Tags are shown as hashtags on the last line. A hashtag is made of letters, digits and `_` and has at least one \
         letter; other characters of a tag become `_`. Of this tag nothing is left that Telegram would link."
    BAD_BUTTON "TG0441" "button that can't be sent"
        "A button needs a text and an `http`, `https` or `tg` address, or a post that goes to the same targets; a row \
         holds at most 12 buttons and a keyboard 300. Telegram refuses the message or drops the button otherwise."
    BAD_PREVIEW "TG0442" "preview address is not valid"
        "`link_preview.url` has to be an `http` or `https` address whose host has a dot."
    BLOCK_IN_LINE "TG0443" "block inside formatted text"
        "A quote, preformatted block or `<details>` can't stand inside bold text, a link or a table cell. Its text is \
         shown without the block."
    MORE "TG0444" "more problems than are shown"
        "Only the first 100 errors and 100 warnings of a post are listed. Correct these and check again."
    RICH_BLOCKS "TG0460" "more blocks than a rich message holds"
        "A rich message holds 500 blocks: paragraphs, headings and the rest, blocks within blocks, items of lists and \
         rows of tables counted too. An item with text counts twice. The post says `overflow: error`, so it is not cut. \
         Shorten it, set breaks, or let it be cut with `overflow: split`."
    RICH_DEPTH "TG0461" "nested too deeply for a rich message"
        "In a rich message blocks can be nested 16 levels deep; Telegram refuses the whole message otherwise. A quote \
         is a level, `<details>` is one, a list is one and each of its items another. Take the inner ones apart."
    RICH_MEDIA "TG0462" "more pictures and files than a rich message holds"
        "A rich message holds 50 pictures and files, and the post says `overflow: error`, so it is not cut. Remove some, \
         make links of them (a picture within running text is a link), or let the post be cut with `overflow: split`."
    WIDE_TABLE "TG0463" "table with too many columns"
        "A table of a rich message has up to 20 columns. This one is shown as a list: an item for each row, a line for \
         each cell with the name of its column. Divide the table, or exchange rows and columns."
    UNFOLDED_QUOTE "TG0464" "quote that can't fold"
        "`<blockquote expandable>` of a rich message holds running text only; this one holds a list, code or something \
         else of its own, so it is shown as an ordinary quote. `<details>` folds and holds anything."
    RICH_PREVIEW "TG0465" "link preview of a rich message"
        "Telegram shows no link preview below a rich message, so `link_preview` has no effect. Remove it."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_in_order() {
        assert!(CODES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(CODES.iter().all(|(code, title, text)| {
            code.len() == 6 && code.starts_with("TG04") && !title.is_empty() && text.ends_with('.')
        }));
    }
}
