//! `TG05xx`: the config.

codes! {
    SYNTAX = "TG0501", "the config isn't valid YAML",
        "`tgsync.yaml` can't be read as YAML. Frequent causes: a tab instead of spaces, and a value that begins with `@` without quotes: write `chat: \"@my_channel\"`.";
    DUPLICATE_KEY = "TG0502", "a key appears twice in the config",
        "One mapping of `tgsync.yaml` holds the same key twice, so it isn't known which value is meant. Remove one of the two lines.";
    UNKNOWN_KEY = "TG0503", "unknown key in the config",
        "`tgsync.yaml` knows a fixed set of keys (`tgsync schema config` lists them), so that a typing error can't pass unseen. Correct the key or remove it.";
    WRONG_VALUE = "TG0504", "a value in the config has the wrong form",
        "The key is known, but its value is of another kind than the key takes, or isn't one of the allowed words. The message names what is expected: `prune: true`, `on_missing: report`.";
    SECRET = "TG0506", "a secret in the config",
        "The config is committed and read by everybody who can read the repository, so it holds no token, password or key. Name the environment variable instead: `token_env: TELEGRAM_BOT_TOKEN`. \
         A token that was committed is known: revoke it with @BotFather.";
    VARIABLE = "TG0507", "an environment variable can't be filled in",
        "`${NAME}` in a text of the config stands for an environment variable. The variable isn't set, or the spelling isn't `${NAME}` with letters, digits and `_`. \
         Set the variable where `tgsync` runs, or write the value into the config.";
    MISSING_KEY = "TG0508", "a key is missing in the config",
        "The config needs `targets:` with at least one target, and each target needs `chat:`: `targets: {news: {chat: \"@my_channel\"}}`. Everything else has a default.";
    BAD_CHAT = "TG0509", "a chat is spelled wrong",
        "`chat` is the public name of a channel or group with `@`, or the id that the Bot API uses, which begins with `-100`. \
         `https://t.me/my_channel` is written `\"@my_channel\"`; a private chat has only its id, `-1001234567890`.";
    BAD_API_URL = "TG0510", "the address of the Bot API can't be used",
        "`api_url` is the `http://` or `https://` address of a Bot API server without query, fragment or user name: `https://api.telegram.org`. The token is added by tgsync and never written here.";
    BAD_PATH = "TG0511", "a path leads out of the repository",
        "`content` and `lock` are paths relative to the folder of `tgsync.yaml`, with `/`, and may not lead out of it: `content: posts/telegram`.";
    BAD_GLOB = "TG0512", "a pattern can't be understood",
        "`match` of a `defaults:` entry is a glob relative to the content folder: `2026/**`, `*.md`, `{news,blog}/**`.";
    BAD_TIMEZONE = "TG0513", "unknown time zone",
        "`timezone` is a name of the IANA time zone database: `UTC`, `Europe/Kyiv`, `America/New_York`. Abbreviations such as `CET` are not reliable.";
    BAD_DURATION = "TG0514", "a duration can't be understood",
        "`max_late` is a span of time such as `7d`, `12h` or `1d 6h`. Months and years have no fixed length and aren't accepted.";
    BAD_NAME = "TG0515", "a name is spelled wrong",
        "Target names consist of `a-z`, `0-9` and `-`; `token_env` is the name of an environment variable, of letters, digits and `_`, not its value.";
    BAD_MIRROR = "TG0516", "the mirror can't be set up like this",
        "`mirror:` names a bucket (`endpoint`, `bucket`, `region`) or a local `folder` beside the content, a `prefix` that can begin the names of objects, and `sources` with a path and a prefix each. \
         The message names what is wrong. Keys come from `MINIO_ACCESS_KEY` and `MINIO_SECRET_KEY`, never from the config.";
}
