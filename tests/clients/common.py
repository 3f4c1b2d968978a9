"""What both client scripts share: the sandbox's own calls, and one printed line per check."""

import json
import sys
import urllib.request

TOKEN = "42:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
CHANNEL = -1001000000001
STRICT = -1001000000002
FORUM = -1001000000004
SCRATCH = 1000
TWO_DAYS_S = 48 * 3600


def jpeg(width, height):
    """A JPEG of that size, as far as its header tells."""
    size = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    return b"\xff\xd8\xff\xc0\x00\x0b\x08" + size + b"\x01\x01\x11\x00\xff\xd9"


NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)

# What each call is refused with: a name, the method, its arguments, and the words of the server.
# `{old}` and `{theirs}` stand for the ids of the bot's own message and of a person's post in the strict channel.
REFUSALS = [
    ("bad markup", "send_message", {"chat_id": CHANNEL, "text": "<p>x</p>", "parse_mode": "HTML"},
     'can\'t parse entities: Unsupported start tag "p" at byte offset 0'),
    ("unclosed tag", "send_message", {"chat_id": CHANNEL, "text": "ä<b>x", "parse_mode": "HTML"},
     'can\'t parse entities: Can\'t find end tag corresponding to start tag "b"'),
    ("wrong end tag", "send_message", {"chat_id": CHANNEL, "text": "ä<b>x</i>", "parse_mode": "HTML"},
     'can\'t parse entities: Unmatched end tag at byte offset 6, expected "</b>", found "</i>"'),
    ("unknown parse mode", "send_message", {"chat_id": CHANNEL, "text": "x", "parse_mode": "BBCode"},
     "unsupported parse_mode"),
    ("too long", "send_message", {"chat_id": CHANNEL, "text": "x" * 4097}, "message is too long"),
    ("raw text too long", "send_message", {"chat_id": CHANNEL, "text": "x" * 33000}, "text is too long"),
    ("nothing to see", "send_message", {"chat_id": CHANNEL, "text": " \n"}, "text must be non-empty"),
    ("unknown chat", "send_message", {"chat_id": -1009999999999, "text": "x"}, "chat not found"),
    ("unknown channel name", "send_message", {"chat_id": "@no_such_channel", "text": "x"}, "chat not found"),
    ("unknown topic", "send_message", {"chat_id": FORUM, "text": "x", "message_thread_id": 77},
     "message thread not found"),
    ("edit of nothing", "edit_message_text", {"chat_id": CHANNEL, "message_id": 999, "text": "x"},
     "message to edit not found"),
    ("edit too long", "edit_message_text", {"chat_id": CHANNEL, "message_id": "{old}", "text": "x" * 4097},
     "MESSAGE_TOO_LONG"),
    ("edit without change", "edit_message_text", {"chat_id": CHANNEL, "message_id": "{old}", "text": "old"},
     NOT_MODIFIED),
    ("edit of another's post without the right", "edit_message_text",
     {"chat_id": STRICT, "message_id": "{theirs}", "text": "x"}, "message can't be edited"),
    ("deletion of nothing", "delete_message", {"chat_id": CHANNEL, "message_id": 999},
     "message to delete not found"),
    ("pin of nothing", "pin_chat_message", {"chat_id": CHANNEL, "message_id": 999}, "message to pin not found"),
    ("pin without the right", "pin_chat_message", {"chat_id": STRICT, "message_id": "{theirs}"},
     "not enough rights to manage pinned messages in the chat"),
    ("unpin of nothing", "unpin_chat_message", {"chat_id": STRICT}, "message to unpin not found"),
    ("forward of nothing", "forward_message", {"chat_id": SCRATCH, "from_chat_id": CHANNEL, "message_id": 999},
     "message to forward not found"),
    ("copy of nothing", "copy_message", {"chat_id": SCRATCH, "from_chat_id": CHANNEL, "message_id": 999},
     "message to copy not found"),
    ("topic in a channel", "create_forum_topic", {"chat_id": CHANNEL, "name": "t"}, "the chat is not a forum"),
]


class Sandbox:
    """The calls under /_sandbox/."""

    def __init__(self, url):
        self.url = url.rstrip("/")

    def _call(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_sandbox/{path}", data=data)
        with urllib.request.urlopen(request) as response:
            return json.load(response)

    def texts(self, chat):
        return [message["text"] for message in self._call(f"chats/{chat}/messages")["messages"]]

    def pinned(self, chat):
        return self._call(f"chats/{chat}/messages")["pinned"]

    def advance(self, seconds):
        return self._call("clock", {"advance_s": seconds})

    def fault(self, **fault):
        return self._call("faults", fault)

    def human(self, **action):
        return self._call("human", action)


class Checks:
    """Counts what went wrong and says so line by line."""

    def __init__(self):
        self.failures = 0

    def that(self, name, condition, detail=""):
        print(f"{'ok  ' if condition else 'FAIL'} {name}{'' if condition else f': {detail}'}")
        self.failures += not condition

    def equal(self, name, got, expected):
        self.that(name, got == expected, f"got {got!r}, expected {expected!r}")

    async def refused(self, name, awaitable, kind, said=None):
        """The call must fail with exactly this class of the library's errors; gives the error."""
        try:
            await awaitable
        except Exception as error:  # the class is what is checked
            words = said is None or said.lower() in str(error).lower()
            self.that(name, type(error) is kind and words, f"{type(error).__name__}: {error}")
            return error
        self.that(name, False, "no error")
        return None

    def finish(self):
        print(f"{self.failures} failed")
        sys.exit(1 if self.failures else 0)


def filled(arguments, ids):
    """Arguments with the placeholders of REFUSALS replaced."""
    return {
        name: ids.get(value, value) if isinstance(value, str) else value for name, value in arguments.items()
    }
