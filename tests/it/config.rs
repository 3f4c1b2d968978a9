//! What the author of a broken config reads.

use tgsync::config;
use tgsync::report::diagnostic::{github, text};

use crate::support::content::rel;

fn problems(yaml: &str) -> Vec<tgsync::diagnostic::Diagnostic> {
    let env = |name: &str| (name == "TOKEN").then(|| format!("123456:{}", "A".repeat(35)));
    config::parse(&rel("tgsync.yaml"), yaml, &env).1
}

#[test]
fn every_problem_of_a_config_is_told_at_its_place() {
    let yaml = r#"
contents: posts
lock: ../state.json
api_url: https://api.telegram.org/?x=1
timezone: Europe/Kiew
max_late: 1 month
targets:
  news:
    chat: https://t.me/my_channel
    token: hunter2
    prune: "yes"
    on_missing: restor
    approval: autp
    foreign: delete
    scratch_chat: 1
    topics: {a: 0}
  Other Target:
    chat: ${NOT_SET}
  third: {tombstone_text: "${NOT_SET}", token_env: "a b", on_drift: keep}
defaults:
  - {match: "[", silent: true}
  - {silent: 1, slug: x, tags: [a-b]}
guard: {max_delete_percent: 130}
mirror: {bucket: x}
git: {push: sometimes, journal: gti}
"#;
    insta::assert_snapshot!(text(&problems(yaml), false), @r#"
    error[TG0503]: unknown key `contents`
     --> tgsync.yaml:2:1
      |
    2 | contents: posts
      | ^^^^^^^^
      |
      = help: did you mean `content`?

    error[TG0511]: `lock` is not a path inside the repository
     --> tgsync.yaml:3:7
      |
    3 | lock: ../state.json
      |       ^^^^^^^^^^^^^
      |
      = help: write a path relative to the folder of the config, with `/`

    error[TG0510]: `api_url` is not the bare address of a server
     --> tgsync.yaml:4:10
      |
    4 | api_url: https://api.telegram.org/?x=1
      |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write `https://api.telegram.org`, or another http(s) address without user name, query and fragment

    error[TG0513]: `timezone` is not in the time zone database
     --> tgsync.yaml:5:11
      |
    5 | timezone: Europe/Kiew
      |           ^^^^^^^^^^^
      |
      = help: write a name such as `Europe/Kyiv` or `UTC`

    error[TG0514]: `max_late` is not a span of time
     --> tgsync.yaml:6:11
      |
    6 | max_late: 1 month
      |           ^^^^^^^
      |
      = help: write days, hours or minutes: `7d`, `12h`, `1d 6h`

    error[TG0509]: `targets.news.chat` is neither `@username` nor a `-100…` id
     --> tgsync.yaml:9:11
      |
    9 |     chat: https://t.me/my_channel
      |           ^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write `"@my_channel"`

    error[TG0506]: `token` looks like a secret, and the config is no place for one
      --> tgsync.yaml:10:5
       |
    10 |     token: …
       |     ^^^^^
       |
       = help: name the variable with token_env: `token_env: TELEGRAM_BOT_TOKEN`

    error[TG0504]: `targets.news.prune` should be `true` or `false`, not `"yes"`
      --> tgsync.yaml:11:12
       |
    11 |     prune: "yes"
       |            ^^^^^
       |
       = help: write `true`

    error[TG0504]: `targets.news.on_missing` should be `restore`, `report` or `forget`, not `restor`
      --> tgsync.yaml:12:17
       |
    12 |     on_missing: restor
       |                 ^^^^^^
       |
       = help: did you mean `restore`?

    error[TG0504]: `targets.news.approval` should be `auto`, `plan` or `none`, not `autp`
      --> tgsync.yaml:13:15
       |
    13 |     approval: autp
       |               ^^^^
       |
       = help: did you mean `auto`?

    error[TG0504]: `targets.news.topics.a` is `0`, but 1 to 2147483647 is allowed
      --> tgsync.yaml:16:17
       |
    16 |     topics: {a: 0}
       |                 ^
       |
       = help: write a number from 1 to 2147483647

    error[TG0515]: the target name `Other Target` may hold only `a-z`, `0-9` and `-`, and begins with a letter or digit
      --> tgsync.yaml:17:3
       |
    17 |   Other Target:
       |   ^^^^^^^^^^^^
       |
       = help: write `other-target`

    error[TG0508]: `targets.third` has no `chat`
      --> tgsync.yaml:19:3
       |
    19 |   third: {tombstone_text: "${NOT_SET}", token_env: "a b", on_drift: keep}
       |   ^^^^^
       |
       = help: add the channel: `chat: "@my_channel"`

    error[TG0507]: `targets.third.tombstone_text` needs the variable `NOT_SET`, which isn't set
      --> tgsync.yaml:19:27
       |
    19 |   third: {tombstone_text: "${NOT_SET}", token_env: "a b", on_drift: keep}
       |                           ^^^^^^^^^^^^
       |
       = help: set `NOT_SET`, or write the value here

    error[TG0515]: `targets.third.token_env` should be the name of an environment variable
      --> tgsync.yaml:19:52
       |
    19 |   third: {tombstone_text: "${NOT_SET}", token_env: "a b", on_drift: keep}
       |                                                    ^^^^^
       |
       = help: write a name such as `TELEGRAM_BOT_TOKEN`, and put the token into that variable

    error[TG0512]: `defaults[0].match`: unclosed character class; missing ']'
      --> tgsync.yaml:21:13
       |
    21 |   - {match: "[", silent: true}
       |             ^^^
       |
       = help: write a glob such as `2026/**`

    error[TG0508]: `defaults[1]` has no `match`
      --> tgsync.yaml:22:5
       |
    22 |   - {silent: 1, slug: x, tags: [a-b]}
       |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: say which posts: `match: "2026/**"`

    error[TG0504]: `defaults[1].silent` should be `true` or `false`, not `1`
      --> tgsync.yaml:22:14
       |
    22 |   - {silent: 1, slug: x, tags: [a-b]}
       |              ^
       |
       = help: write `true` or `false`

    error[TG0503]: unknown key `defaults[1].slug`
      --> tgsync.yaml:22:17
       |
    22 |   - {silent: 1, slug: x, tags: [a-b]}
       |                 ^^^^
       |
       = help: `slug` belongs to one post: write it there

    error[TG0215]: tag `a-b` can't become a hashtag: letters, digits and `_` are allowed, with at least one letter
      --> tgsync.yaml:22:33
       |
    22 |   - {silent: 1, slug: x, tags: [a-b]}
       |                                 ^^^
       |
       = help: write `a_b`

    error[TG0504]: `guard.max_delete_percent` is `130`, but 0 to 100 is allowed
      --> tgsync.yaml:23:29
       |
    23 | guard: {max_delete_percent: 130}
       |                             ^^^
       |
       = help: write a number from 0 to 100

    error[TG0516]: `mirror.bucket`: `x` can't be the name of a bucket
      --> tgsync.yaml:24:18
       |
    24 | mirror: {bucket: x}
       |                  ^
       |
       = help: 3 to 63 letters, digits, hyphens and dots, lower case; a letter or digit at both ends

    error[TG0504]: `git.push` should be `true`, `false` or `auto`, not `sometimes`
      --> tgsync.yaml:25:13
       |
    25 | git: {push: sometimes, journal: gti}
       |             ^^^^^^^^^
       |
       = help: write `true`, `false` or `auto`

    error[TG0504]: `git.journal` should be `auto`, `local` or `git`, not `gti`
      --> tgsync.yaml:25:33
       |
    25 | git: {push: sometimes, journal: gti}
       |                                 ^^^
       |
       = help: write `auto`, `local` or `git`
    "#);
}

#[test]
fn secrets_are_refused_and_never_shown() {
    let token = format!("123456:{}", "A".repeat(35));
    for yaml in [
        format!("targets: {{a: {{chat: \"@abcd\", token: \"{token}\", pune: true}}}}\n"),
        format!("targets: {{a: {{chat: \"@abcd\", token_env: \"{token}\"}}}}\n"),
        format!("api_url: https://api.telegram.org/bot{token}/\ntargets: {{a: {{chat: \"@abcd\"}}}}\n"),
        format!("targets: {{a: {{chat: \"{token}\"}}}}\n"),
        format!("targets: {{a: {{chat: \"@abcd\", {token}: [\n"),
        "targets: {a: {chat: \"@abcd\", tombstone_text: \"${TOKEN}\"}}\n".to_owned(),
        "targets: {a: {chat: \"@abcd\", password: hunter2}}\n".to_owned(),
    ] {
        let found = problems(&yaml);
        let shown = text(&found, false) + &github(&found);
        assert!(shown.contains("error"), "{yaml}");
        assert!(!shown.contains("AAAAAAA") && !shown.contains("hunter2"), "{shown}");
    }
}

#[test]
fn broken_yaml_says_what_to_do() {
    let yaml = "targets:\n  news:\n    chat: @my_channel\n";
    insta::assert_snapshot!(text(&problems(yaml), false), @r#"
    error[TG0501]: not valid YAML: found character that cannot start any token, while scanning for the next token
     --> tgsync.yaml:3:11
      |
    3 |     chat: @my_channel
      |           ^
      |
      = help: put the value in quotes: `"…"`
    "#);
    let yaml = "targets: {news: {chat: ${CHAT}}}\n";
    insta::assert_snapshot!(text(&problems(yaml), false), @r#"
    error[TG0501]: not valid YAML: did not find expected ',' or '}', while parsing a flow mapping
     --> tgsync.yaml:1:25
      |
    1 | targets: {news: {chat: ${CHAT}}}
      |                         ^
      |
      = help: put the value in quotes: `"…"`
    "#);
    insta::assert_snapshot!(text(&problems(""), false), @r#"
    error[TG0508]: the config has no target
    --> tgsync.yaml:1:1
     = help: add one: `targets: {news: {chat: "@my_channel"}}`
    "#);
    insta::assert_snapshot!(text(&problems("- a\n"), false), @r#"
    error[TG0504]: the config should be `key: value` lines
     --> tgsync.yaml:1:1
      |
    1 | - a
      | ^
      |
      = help: write `targets:` and a target below it
    "#);
    insta::assert_snapshot!(github(&problems("targets: {a: {chat: 5}, b: {}}\n")), @r#"
    ::error file=tgsync.yaml,line=1,col=21,endColumn=22,title=TG0509::`targets.a.chat` is neither `@username` nor a `-100…` id; the id of a channel or supergroup begins with -100: `-1005`
    ::error file=tgsync.yaml,line=1,col=25,endColumn=26,title=TG0508::`targets.b` has no `chat`; add the channel: `chat: "@my_channel"`
    "#);
}
