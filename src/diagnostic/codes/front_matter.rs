//! `TG02xx`: front matter.

codes! {
    MISSING_SLUG = "TG0201", "a post has no slug",
        "The slug is the identity of a post: with it the lock remembers which message belongs to which post, whatever the file is called. \
         Every post needs one in its front matter, such as `slug: spring-release`. `tgsync check --fix` inserts one made from the file name.";
    NO_FRONT_MATTER = "TG0202", "a post has no front matter",
        "A post begins with `---` in its very first line, then keys as YAML, at least `slug`, then `---` again; the text follows. \
         `tgsync check --fix` adds front matter with a slug made from the file name. A Markdown file that isn't a post belongs outside the content folder, or gets a name that begins with `_`.";
    UNCLOSED = "TG0203", "front matter is never closed",
        "The first line opens front matter with `---`, and no later line consists of `---` alone. \
         Add the closing `---` after the last key. A text that should begin with a rule can use `***` instead.";
    FOREIGN_FRONT_MATTER = "TG0204", "front matter isn't YAML",
        "The file begins with `+++` (TOML) or `{` (JSON), as other site generators allow. Here front matter is YAML between `---` lines. \
         Rewrite it: `title = \"News\"` becomes `title: News`, and both fences become `---`.";
    TOO_LARGE = "TG0205", "front matter is too large",
        "Front matter may hold 64 KiB. More is usually text that belongs below the closing `---`, or a closing `---` that is missing.";
    SYNTAX = "TG0206", "front matter isn't valid YAML",
        "The lines between the `---` fences can't be read as YAML. Frequent causes: a tab instead of spaces, a `: ` inside a value without quotes, a value that begins with `@`, `*`, `&` or a backtick. \
         Put such a value in quotes: `title: \"Rust 1.0: the trains\"`.";
    DUPLICATE_KEY = "TG0207", "a key appears twice",
        "One mapping of the front matter holds the same key twice, so it isn't known which value is meant. Remove one of the two lines.";
    UNKNOWN_KEY = "TG0208", "unknown key in front matter",
        "Front matter knows a fixed set of keys (`tgsync schema front-matter` lists them), so that a typing error can't pass unseen. \
         Correct the key, remove it, or, when another tool needs it, skip it everywhere with `front_matter: {ignore: [categories]}` in `tgsync.yaml`; \
         `front_matter: {namespace: telegram}` leaves all keys alone but those below `telegram:`.";
    WRONG_VALUE = "TG0209", "a value in front matter has the wrong form",
        "The key is known, but its value is of another kind than the key takes: a text where a list is expected, `yes` where `true` is expected, a word that isn't one of the allowed ones. \
         The message names what is expected: `pin: true`, `tags: [news]`, `status: draft`.";
    BAD_SLUG = "TG0211", "a slug is spelled wrong",
        "A slug consists of `a-z`, `0-9` and `-`, begins with a letter or digit and has at most 80 characters: `spring-release`, `2026-01`. \
         It is never shown to subscribers, so a transliteration of the title is good enough.";
    BAD_DATE = "TG0212", "a date can't be understood",
        "`date` is a date (`2026-11-20`) or a date-time; `publish_at` and `expires_at` are date-times: `2026-11-20T10:00+02:00`, `2026-11-20T10:00[Europe/Kyiv]`, \
         or `2026-11-20T10:00` in the `timezone` of `tgsync.yaml`.";
    AMBIGUOUS_TIME = "TG0213", "a local time is ambiguous or doesn't exist",
        "Where clocks change for summer time, one hour a year happens twice and one doesn't happen at all. A time in such an hour is refused rather than guessed. \
         Write the offset: `2026-10-25T03:30+02:00`, or choose a time outside that hour.";
    EXPIRES_FIRST = "TG0214", "a post expires before it is published",
        "`expires_at` is not after `publish_at`, so the post would never be seen. Exchange the two, or remove one of them.";
    BAD_TAG = "TG0215", "a tag can't become a hashtag",
        "A hashtag consists of letters, digits and underscores, with at least one letter; Telegram ends it at any other character. \
         Write `rust_lang` for `rust-lang`; leave out the `#`.";
    BAD_BUTTONS = "TG0216", "buttons can't be used as written",
        "`buttons` is a list of rows, each a list of `{text, url}`; at most 8 in a row and 100 in all, because Telegram's apps show no more reliably. One row of two: \
         `buttons: [[{text: Docs, url: \"https://example.org\"}, {text: Chat, url: \"https://t.me/example\"}]]`.";
    BAD_URL = "TG0217", "a link can't be used",
        "A button leads to an `https://`, `http://` or `tg://` address, to another post (`post:its-slug`, or a relative path to its `.md` file); a link preview takes `https://` or `http://`. \
         Write the whole address: `https://example.org` for `example.org`.";
    NOT_A_MAPPING = "TG0218", "front matter has no keys",
        "What stands between the `---` fences is valid YAML but no list of `key: value` lines: a single text, or a list. Write keys: `slug: spring-release`.";
    BAD_MEDIA = "TG0219", "an item of `media` names no file",
        "`media` lists the files that the message shows, in their order: names in the post's media folder, or paths relative to the post's file. \
         An item is a name, or `{file: NAME}` with `kind`, `spoiler`, `caption` or `thumbnail` beside it. Addresses on the web and absolute paths name no file.";
}
