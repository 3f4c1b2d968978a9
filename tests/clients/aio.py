"""aiogram, unmodified, against the sandbox: `aio.py URL`."""

import asyncio
import sys

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.types import (
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    InputRichBlockParagraph,
    InputRichBlockPhoto,
    InputRichMessage,
    LinkPreviewOptions,
    ReplyParameters,
    RichTextBold,
)

from common import CHANNEL, FORUM, REFUSALS, SCRATCH, STRICT, TOKEN, TWO_DAYS_S, Checks, Sandbox, filled, jpeg


def keyboard(url):
    return InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Docs", url=url)]])


async def life_of_a_message(bot, sandbox, check):
    sent = await bot.send_message(
        "@sandbox",
        "<b>Title</b>\nbody &amp; more",
        parse_mode="HTML",
        link_preview_options=LinkPreviewOptions(is_disabled=True),
        reply_markup=keyboard("example.com/docs"),
    )
    check.equal("send: text", sent.text, "Title\nbody & more")
    check.equal("send: entity", [(e.type, e.offset, e.length) for e in sent.entities], [("bold", 0, 5)])
    check.equal("send: chat", (sent.chat.id, sent.chat.type), (CHANNEL, "channel"))
    check.equal("send: html", sent.html_text, "<b>Title</b>\nbody &amp; more")
    check.equal("keyboard", sent.reply_markup.inline_keyboard[0][0].url, "http://example.com/docs")

    edited = await bot.edit_message_text(text="new", chat_id=CHANNEL, message_id=sent.message_id)
    check.equal("edit: text", edited.text, "new")
    check.that("edit: keyboard is gone", edited.reply_markup is None)
    check.that("edit: date", edited.edit_date is not None)
    marked = await bot.edit_message_reply_markup(
        chat_id=CHANNEL, message_id=sent.message_id, reply_markup=keyboard("https://a.com")
    )
    check.that("edit of the keyboard", marked.reply_markup is not None and marked.text == "new")

    parameters = ReplyParameters(message_id=sent.message_id, quote="new")
    answer = await bot.send_message(CHANNEL, "answer", reply_parameters=parameters)
    check.equal("reply", answer.reply_to_message.message_id, sent.message_id)
    check.equal("reply: quote", answer.quote.text, "new")

    check.that("pin", await bot.pin_chat_message(CHANNEL, sent.message_id, disable_notification=True))
    pinned = (await bot.get_chat(CHANNEL)).pinned_message
    check.equal("pin is seen", pinned.message_id, sent.message_id)
    check.that("unpin", await bot.unpin_chat_message(CHANNEL, message_id=sent.message_id))
    check.equal("unpin is seen", sandbox.pinned(CHANNEL), [])

    check.that("delete", await bot.delete_message(CHANNEL, answer.message_id))
    check.that("delete many", await bot.delete_messages(CHANNEL, [sent.message_id, 999]))
    check.equal("nothing is left", sandbox.texts(CHANNEL), [])


def picture(width, height):
    return BufferedInputFile(jpeg(width, height), "a.jpg")


async def media(bot, check):
    photo = await bot.send_photo(CHANNEL, picture(1000, 500), caption="<b>c</b>", parse_mode="HTML",
                                 has_spoiler=True, show_caption_above_media=True)
    check.equal("photo: size", (photo.photo[-1].width, photo.photo[-1].height), (1000, 500))
    check.equal("photo: caption", (photo.caption, photo.caption_entities[0].type), ("c", "bold"))
    check.equal("photo: flags", (photo.has_media_spoiler, photo.show_caption_above_media), (True, True))
    again = await bot.send_photo(CHANNEL, photo.photo[-1].file_id)
    check.equal("photo: by its id", again.photo[-1].file_unique_id, photo.photo[-1].file_unique_id)

    items = [InputMediaPhoto(media=picture(100 + at, 100), caption=str(at)) for at in range(3)]
    album = await bot.send_media_group(CHANNEL, items)
    check.equal("album: captions", [item.caption for item in album], ["0", "1", "2"])
    check.equal("album: one group", len({item.media_group_id for item in album}), 1)
    place = {"chat_id": CHANNEL, "message_id": album[1].message_id}
    new = InputMediaPhoto(media=photo.photo[-1].file_id, caption="new")
    swapped = await bot.edit_message_media(new, **place)
    check.equal("album: item edited", (swapped.caption, swapped.photo[-1].width), ("new", 1000))
    wrong = InputMediaDocument(media=BufferedInputFile(b"x", "a.pdf"))
    await check.refused("album: another class", bot.edit_message_media(wrong, **place), TelegramBadRequest,
                        "can't change media type in the album")
    named = await bot.edit_message_caption(caption="alone", **place)
    check.equal("caption edited", named.caption, "alone")

    document = await bot.send_document(CHANNEL, BufferedInputFile(b"%PDF some bytes", "a b.pdf"))
    check.equal("document", (document.document.file_name, document.document.mime_type),
                ("a b.pdf", "application/pdf"))
    file = await bot.get_file(document.document.file_id)
    check.equal("download", (await bot.download_file(file.file_path)).read(), b"%PDF some bytes")
    copies = await bot.copy_messages(SCRATCH, CHANNEL, [item.message_id for item in album])
    check.equal("copies", len(copies), 3)
    missing = bot.send_photo(CHANNEL, BufferedInputFile(b"", "a.jpg"))
    await check.refused("empty file", missing, TelegramBadRequest, "file must be non-empty")
    html = InputRichMessage(html="<img src='tg://photo?id=x'>",
                            media=[{"id": "x", "media": InputMediaPhoto(media=photo.photo[-1].file_id)}])
    rich = await bot.send_rich_message(CHANNEL, html)
    check.equal("rich: photo by its id", rich.rich_message.blocks[0].photo[-1].width, 1000)
    for message in [photo, again, *album, document, rich]:
        await bot.delete_message(CHANNEL, message.message_id)


async def other_chats(bot, check):
    me = await bot.get_me()
    check.equal("who am I", (me.id, me.is_bot), (42, True))
    member = await bot.get_chat_member(STRICT, me.id)
    check.equal("rights", (member.status, member.can_post_messages, member.can_edit_messages),
                ("administrator", True, False))
    topic = await bot.create_forum_topic(FORUM, "News")
    inside = await bot.send_message(FORUM, "inside", message_thread_id=topic.message_thread_id)
    check.equal("topic", (inside.message_thread_id, inside.is_topic_message), (topic.message_thread_id, True))
    post = await bot.send_message(CHANNEL, "to be spread")
    forward = await bot.forward_message(SCRATCH, CHANNEL, post.message_id)
    check.equal("forward", (forward.text, forward.forward_origin.message_id), (post.text, post.message_id))
    copy = await bot.copy_message(SCRATCH, CHANNEL, post.message_id)
    check.equal("copy", copy.message_id, forward.message_id + 1)
    updates = await bot.get_updates()
    check.that("updates tell of the topic", any(u.message and u.message.forum_topic_created for u in updates))


# Each block of Rich HTML, and the type that comes back.
RICH = [
    ("<p>a <b>b</b> <a href='https://example.com/'>c</a> <tg-math>x</tg-math></p>", "paragraph"),
    ("<h2>a</h2>", "heading"),
    ("<pre><code class='language-rust'>a</code></pre>", "pre"),
    ("<footer>a</footer>", "footer"),
    ("<hr>", "divider"),
    ("<tg-math-block>x</tg-math-block>", "mathematical_expression"),
    ("<a name='x'></a>", "anchor"),
    ("<ol><li>a</li></ol>", "list"),
    ("<blockquote>a<cite>b</cite></blockquote>", "blockquote"),
    ("<blockquote expandable>a</blockquote>", "expandable_blockquote"),
    ("<aside>a</aside>", "pullquote"),
    ("<table bordered><tr><th>a</th><td></td></tr></table>", "table"),
    ("<details><summary>a</summary>b</details>", "details"),
    ("<img src='https://example.com/a.png'>", "photo"),
    ("<video src='https://example.com/a.mp4'></video>", "video"),
    ("<audio src='https://example.com/a.mp3'></audio>", "audio"),
    ("<tg-document src='https://example.com/a.pdf'></tg-document>", "document"),
    ("<tg-collage><img src='https://example.com/a.png'></tg-collage>", "collage"),
    ("<tg-slideshow><img src='https://example.com/a.png'></tg-slideshow>", "slideshow"),
    ("<tg-map lat='1' long='2'></tg-map>", "map"),
    ("<tg-button-row><tg-button type='disabled'>a</tg-button></tg-button-row>", "buttons"),
]


async def rich_messages(bot, check):
    html = InputRichMessage(html="".join(source for source, _ in RICH))
    sent = await bot.send_rich_message(CHANNEL, html)
    check.equal("rich: blocks", [block.type for block in sent.rich_message.blocks], [kind for _, kind in RICH])
    check.that("rich: no text", sent.text is None)
    parts = sent.rich_message.blocks[0].text
    check.equal("rich: texts", [getattr(part, "type", part) for part in parts],
                ["a ", "bold", " ", "url", " ", "mathematical_expression"])
    check.equal("rich: cell", sent.rich_message.blocks[11].cells[0][0].text, "a")
    check.equal("rich: label", sent.rich_message.blocks[7].items[0].label, "1.")

    place = {"chat_id": CHANNEL, "message_id": sent.message_id}
    plain = await bot.edit_message_text(text="plain", **place)
    check.that("rich to text", plain.text == "plain" and plain.rich_message is None)
    picture = InputRichBlockPhoto(photo=InputMediaPhoto(media="https://example.com/a.png"))
    blocks = InputRichMessage(blocks=[InputRichBlockParagraph(text=["a", RichTextBold(text="b")]), picture])
    rich = await bot.edit_message_text(rich_message=blocks, reply_markup=keyboard("https://a.com"), **place)
    check.equal("text to rich", [block.type for block in rich.rich_message.blocks], ["paragraph", "photo"])
    check.equal("text to rich: photo", rich.rich_message.blocks[1].photo[-1].width, 900)
    for name, html, said in [
        ("rich: relative link", "<a href='page.md'>x</a>", "RICH_MESSAGE_URL_INVALID"),
        ("rich: too long", "x" * 32_769, "RICH_MESSAGE_TEXT_TOO_LONG"),
        ("rich: block in a paragraph", "<p>x<ul><li>y</li></ul></p>", "RICH_MESSAGE_CONTENT_REQUIRED"),
    ]:
        send = bot.send_rich_message(CHANNEL, InputRichMessage(html=html))
        await check.refused(name, send, TelegramBadRequest, said)
    check.that("rich: delete", await bot.delete_message(**place))


async def refusals(bot, sandbox, check):
    old = await bot.send_message(CHANNEL, "old")
    theirs = sandbox.human(**{"do": "post", "chat_id": STRICT, "text": "theirs"})
    ids = {"{old}": old.message_id, "{theirs}": theirs["message_id"]}
    for name, method, arguments, said in REFUSALS:
        await check.refused(name, getattr(bot, method)(**filled(arguments, ids)), TelegramBadRequest, said)
    lost = bot.send_message(CHANNEL, "x", reply_parameters=ReplyParameters(message_id=999))
    await check.refused("reply to nothing", lost, TelegramBadRequest, "message to be replied not found")
    bad = bot.send_message(CHANNEL, "x", reply_markup=keyboard("localhost"))
    await check.refused("bad button", bad, TelegramBadRequest,
                        "inline keyboard button URL 'localhost' is invalid: Wrong HTTP URL")
    sandbox.advance(TWO_DAYS_S)
    await check.refused("deletion after 48 hours", bot.delete_message(CHANNEL, old.message_id),
                        TelegramBadRequest, "message can't be deleted")


async def faults(bot, sandbox, check):
    def send():
        return bot.send_message(CHANNEL, "x")

    before = len(sandbox.texts(CHANNEL))
    sandbox.fault(method="sendMessage", kind="too_many_requests", retry_after=7)
    error = await check.refused("429", send(), TelegramRetryAfter)
    check.equal("429: retry_after", getattr(error, "retry_after", None), 7)
    sandbox.fault(method="sendMessage", kind="server_error")
    await check.refused("500", send(), TelegramServerError)
    sandbox.fault(method="sendMessage", kind="drop_before")
    await check.refused("connection lost before", send(), TelegramNetworkError)
    check.equal("nothing was done", len(sandbox.texts(CHANNEL)), before)
    sandbox.fault(method="sendMessage", kind="drop_after")
    await check.refused("connection lost after", send(), TelegramNetworkError)
    check.equal("it was done", len(sandbox.texts(CHANNEL)), before + 1)

    sandbox.fault(method="sendMessage", kind="migrate", to=-1005)
    error = await check.refused("migration", bot.send_message(FORUM, "x"), TelegramMigrateToChat)
    check.equal("migration: new id", getattr(error, "migrate_to_chat_id", None), -1005)
    sandbox.fault(method="sendMessage", kind="revoke_right", right="can_post_messages")
    await check.refused("right revoked", send(), TelegramBadRequest,
                        "need administrator rights in the channel chat")
    sandbox.fault(method="sendMessage", kind="revoke_right", right="member")
    await check.refused("thrown out", send(), TelegramForbiddenError, "bot is not a member of the channel chat")


async def main(url):
    sandbox, check = Sandbox(url), Checks()
    session = AiohttpSession(api=TelegramAPIServer.from_base(url))
    async with Bot(TOKEN, session=session) as bot:
        await life_of_a_message(bot, sandbox, check)
        await rich_messages(bot, check)
        await media(bot, check)
        await other_chats(bot, check)
        await refusals(bot, sandbox, check)
        await faults(bot, sandbox, check)
    async with Bot("42:short", session=AiohttpSession(api=TelegramAPIServer.from_base(url))) as stranger:
        await check.refused("malformed token", stranger.get_me(), TelegramNotFound)
    check.finish()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1].rstrip("/")))
