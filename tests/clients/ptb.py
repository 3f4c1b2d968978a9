"""python-telegram-bot, unmodified, against the sandbox: `ptb.py URL`."""

import asyncio
import logging
import sys

from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    InputMediaDocument,
    InputMediaPhoto,
    LinkPreviewOptions,
    ReplyParameters,
)
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter

from common import CHANNEL, FORUM, REFUSALS, SCRATCH, STRICT, TOKEN, TWO_DAYS_S, Checks, Sandbox, filled, jpeg


async def life_of_a_message(bot, sandbox, check):
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Docs", url="example.com/docs")]])
    sent = await bot.send_message(
        "@sandbox",
        "<b>Title</b>\nbody &amp; more",
        parse_mode="HTML",
        link_preview_options=LinkPreviewOptions(is_disabled=True),
        reply_markup=keyboard,
    )
    check.equal("send: text", sent.text, "Title\nbody & more")
    check.equal("send: entity", [(e.type, e.offset, e.length) for e in sent.entities], [("bold", 0, 5)])
    check.equal("send: chat", (sent.chat.id, sent.chat.type), (CHANNEL, "channel"))
    check.equal("send: preview", sent.link_preview_options.is_disabled, True)
    check.equal("keyboard", sent.reply_markup.inline_keyboard[0][0].url, "http://example.com/docs")

    edited = await bot.edit_message_text("new", chat_id=CHANNEL, message_id=sent.message_id)
    check.equal("edit: text", edited.text, "new")
    check.that("edit: keyboard is gone", edited.reply_markup is None)
    check.that("edit: date", edited.edit_date is not None)
    marked = await bot.edit_message_reply_markup(CHANNEL, sent.message_id, reply_markup=keyboard)
    check.that("edit of the keyboard", marked.reply_markup is not None and marked.text == "new")

    answer = await bot.send_message(
        CHANNEL, "answer", reply_parameters=ReplyParameters(sent.message_id, quote="new")
    )
    check.equal("reply", answer.reply_to_message.message_id, sent.message_id)
    check.equal("reply: quote", answer.quote.text, "new")

    check.that("pin", await bot.pin_chat_message(CHANNEL, sent.message_id, disable_notification=True))
    pinned = (await bot.get_chat(CHANNEL)).pinned_message
    check.equal("pin is seen", pinned.message_id, sent.message_id)
    check.that("unpin", await bot.unpin_chat_message(CHANNEL, sent.message_id))
    check.equal("unpin is seen", sandbox.pinned(CHANNEL), [])

    check.that("delete", await bot.delete_message(CHANNEL, answer.message_id))
    check.that("delete many", await bot.delete_messages(CHANNEL, [sent.message_id, 999]))
    check.equal("nothing is left", sandbox.texts(CHANNEL), [])


async def media(bot, check):
    photo = await bot.send_photo(CHANNEL, InputFile(jpeg(1000, 500), "a.jpg"), caption="<b>c</b>",
                                 parse_mode="HTML", has_spoiler=True, show_caption_above_media=True)
    check.equal("photo: size", (photo.photo[-1].width, photo.photo[-1].height), (1000, 500))
    check.equal("photo: caption", (photo.caption, photo.caption_entities[0].type), ("c", "bold"))
    check.equal("photo: flags", (photo.has_media_spoiler, photo.show_caption_above_media), (True, True))
    again = await bot.send_photo(CHANNEL, photo.photo[-1].file_id)
    check.equal("photo: by its id", again.photo[-1].file_unique_id, photo.photo[-1].file_unique_id)

    items = [InputMediaPhoto(jpeg(100 + at, 100), caption=str(at), filename="a.jpg") for at in range(3)]
    album = await bot.send_media_group(CHANNEL, items)
    check.equal("album: captions", [item.caption for item in album], ["0", "1", "2"])
    check.equal("album: one group", len({item.media_group_id for item in album}), 1)
    place = {"chat_id": CHANNEL, "message_id": album[1].message_id}
    swapped = await bot.edit_message_media(InputMediaPhoto(photo.photo[-1].file_id, caption="new"), **place)
    check.equal("album: item edited", (swapped.caption, swapped.photo[-1].width), ("new", 1000))
    wrong = bot.edit_message_media(InputMediaDocument(b"x", filename="a.pdf"), **place)
    await check.refused("album: another class", wrong, BadRequest, "can't change media type in the album")
    named = await bot.edit_message_caption(caption="alone", **place)
    check.equal("caption edited", named.caption, "alone")
    await check.refused("caption not modified", bot.edit_message_caption(caption="alone", **place), BadRequest,
                        "message is not modified")

    document = await bot.send_document(CHANNEL, b"%PDF some bytes", filename="a b.pdf")
    check.equal("document", (document.document.file_name, document.document.mime_type),
                ("a b.pdf", "application/pdf"))
    file = await bot.get_file(document.document.file_id)
    check.equal("download", bytes(await file.download_as_bytearray()), b"%PDF some bytes")
    audio = await bot.send_audio(CHANNEL, b"ID3", filename="a.mp3", title="t", performer="p", duration=7)
    check.equal("audio", (audio.audio.title, audio.audio.performer), ("t", "p"))
    copies = await bot.copy_messages(SCRATCH, CHANNEL, [item.message_id for item in album])
    check.equal("copies", len(copies), 3)
    await check.refused("not a picture", bot.send_photo(CHANNEL, InputFile(b"text", "a.jpg")), BadRequest,
                        "IMAGE_PROCESS_FAILED")
    for message in [photo, again, *album, document, audio]:
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


async def refusals(bot, sandbox, check):
    old = await bot.send_message(CHANNEL, "old")
    theirs = sandbox.human(**{"do": "post", "chat_id": STRICT, "text": "theirs"})
    ids = {"{old}": old.message_id, "{theirs}": theirs["message_id"]}
    for name, method, arguments, said in REFUSALS:
        await check.refused(name, getattr(bot, method)(**filled(arguments, ids)), BadRequest, said)
    lost = bot.send_message(CHANNEL, "x", reply_parameters=ReplyParameters(999))
    await check.refused("reply to nothing", lost, BadRequest, "message to be replied not found")
    bad = InlineKeyboardMarkup([[InlineKeyboardButton("x", url="localhost")]])
    await check.refused("bad button", bot.send_message(CHANNEL, "x", reply_markup=bad), BadRequest,
                        "inline keyboard button URL 'localhost' is invalid: Wrong HTTP URL")
    sandbox.advance(TWO_DAYS_S)
    await check.refused("deletion after 48 hours", bot.delete_message(CHANNEL, old.message_id), BadRequest,
                        "message can't be deleted")


async def faults(bot, sandbox, check):
    def send():
        return bot.send_message(CHANNEL, "x")

    before = len(sandbox.texts(CHANNEL))
    sandbox.fault(method="sendMessage", kind="too_many_requests", retry_after=7)
    error = await check.refused("429", send(), RetryAfter)
    wait = getattr(error, "retry_after", None)
    check.equal("429: retry_after", getattr(wait, "total_seconds", lambda: wait)(), 7)
    sandbox.fault(method="sendMessage", kind="server_error")
    await check.refused("500", send(), NetworkError)
    sandbox.fault(method="sendMessage", kind="bad_gateway")
    await check.refused("502", send(), NetworkError)
    sandbox.fault(method="sendMessage", kind="drop_before")
    await check.refused("connection lost before", send(), NetworkError)
    check.equal("nothing was done", len(sandbox.texts(CHANNEL)), before)
    sandbox.fault(method="sendMessage", kind="drop_after")
    await check.refused("connection lost after", send(), NetworkError)
    check.equal("it was done", len(sandbox.texts(CHANNEL)), before + 1)

    sandbox.fault(method="sendMessage", kind="migrate", to=-1005)
    error = await check.refused("migration", bot.send_message(FORUM, "x"), ChatMigrated)
    check.equal("migration: new id", getattr(error, "new_chat_id", None), -1005)
    sandbox.fault(method="sendMessage", kind="revoke_right", right="can_post_messages")
    await check.refused("right revoked", send(), BadRequest, "need administrator rights in the channel chat")
    sandbox.fault(method="sendMessage", kind="revoke_right", right="member")
    await check.refused("thrown out", send(), Forbidden, "bot is not a member of the channel chat")


async def main(url):
    # The library logs the replies that it could not read; here they are wanted.
    logging.disable(logging.CRITICAL)
    sandbox, check = Sandbox(url), Checks()
    async with Bot(TOKEN, base_url=f"{url}/bot", base_file_url=f"{url}/file/bot") as bot:
        await life_of_a_message(bot, sandbox, check)
        await media(bot, check)
        await other_chats(bot, check)
        await refusals(bot, sandbox, check)
        await faults(bot, sandbox, check)
    stranger = Bot("42:short", base_url=f"{url}/bot")
    await check.refused("malformed token", stranger.initialize(), InvalidToken)
    check.finish()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1].rstrip("/")))
