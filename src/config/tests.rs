//! The config as a whole: what each key becomes and what is refused.

use super::*;
use crate::content::{Format, OnDrift};
use crate::diagnostic::Code;
use crate::ids::ChatRef;
use crate::ids::{ChatId, TopicId};
use crate::plan::{Foreign, OnMissing, OnUndeletable};

fn file() -> RelPath {
    RelPath::new(Path::new("tgsync.yaml")).unwrap()
}

fn env(name: &str) -> Option<String> {
    match name {
        "CHAT" => Some("-1001234567890".to_owned()),
        "DIR" => Some("posts".to_owned()),
        "EMPTY" => Some(String::new()),
        _ => None,
    }
}

fn good(yaml: &str) -> Config {
    let (config, problems) = parse(&file(), yaml, &env);
    assert_eq!(problems, [], "{yaml}");
    config.unwrap()
}

fn codes_of(yaml: &str) -> Vec<Code> {
    let (config, problems) = parse(&file(), yaml, &env);
    assert_eq!(config.is_none(), !problems.is_empty(), "{yaml}");
    assert!(problems.iter().all(|problem| problem.hint.is_some()), "{yaml}");
    problems.iter().map(|problem| problem.code).collect()
}

fn target<'c>(config: &'c Config, name: &str) -> &'c Target {
    &config.targets[&name.parse::<TargetName>().unwrap()]
}

#[test]
fn everything_but_targets_has_a_default() {
    let config = good("\u{feff}targets:\r\n  news:\r\n    chat: \"@my_channel\"\r\n");
    assert_eq!(config.settings.content.as_str(), "content");
    assert_eq!(config.lock.as_str(), "state.lock.json");
    assert_eq!(config.api_url, "https://api.telegram.org");
    assert_eq!(config.settings.timezone, TimeZone::UTC);
    assert!(config.settings.tags_show);
    assert_eq!(config.settings.table_columns, None);
    let git = GitConfig {
        commit: true,
        push: Push::Auto,
        remote: "origin".to_owned(),
        require_clean: false,
        journal: Journal::Auto,
        batch: 1,
    };
    assert_eq!(config.git, git);
    let news = Target {
        policy: Policy {
            target: "news".parse().unwrap(),
            place: config.targets.values().next().unwrap().policy.place.clone(),
            format: Format::Html,
            chat: Some(ChatRef::Username("@my_channel".to_owned())),
            prune: false,
            on_missing: OnMissing::Restore,
            on_drift: OnDrift::Overwrite,
            foreign: Foreign::Ignore,
            scratch_chat: None,
            on_undeletable: OnUndeletable::Tombstone,
            tombstone_text: "This post was removed.".to_owned(),
            topics: BTreeMap::new(),
            silent: false,
            protect_content: false,
            default: true,
            guard: Guard::default(),
            max_late: SignedDuration::from_hours(168),
        },
        token_env: "TELEGRAM_BOT_TOKEN".to_owned(),
        approval: Approval::Auto,
        require_review: false,
    };
    assert_eq!(*target(&config, "news"), news);
}

#[test]
fn every_key_has_its_value() {
    let config = good(
        r#"
content: ./${DIR}/telegram
lock: state/lock.json
api_url: http://127.0.0.1:8081/
targets:
  news: {chat: "@a_b_c", token_env: NEWS_TOKEN, format: html, prune: true, on_missing: forget, on_drift: keep,
         on_undeletable: keep, tombstone_text: Gone., foreign: report, scratch_chat: 1000, topics: {releases: 12},
         silent: true, protect_content: true, default: true}
  chat: {chat: "${CHAT}"}
  same: {chat: -1001234567890}
  unset: {chat: "${NOT_SET}"}
  empty: {chat: "${EMPTY}"}
defaults: [{match: "2026/*.md", silent: true, overflow: error}]
front_matter: {namespace: telegram, ignore: [aliases, categories]}
tags: {show: false}
tables: {columns: 30}
timezone: Europe/Kyiv
max_late: 1d 6h
guard: {max_sends: 1, max_deletes: 2, max_delete_percent: 3, max_resends: 4}
git: {commit: false, push: false, remote: upstream, require_clean: true, journal: local}
"#,
    );
    assert_eq!(config.settings.content.as_str(), "posts/telegram");
    assert_eq!(config.api_url, "http://127.0.0.1:8081");
    let news = target(&config, "news");
    assert_eq!(news.token_env, "NEWS_TOKEN");
    let policy = &news.policy;
    assert!(policy.prune && policy.silent && policy.protect_content && policy.default);
    assert_eq!(policy.topics, BTreeMap::from([("releases".to_owned(), TopicId(12))]));
    assert_eq!((policy.on_missing, policy.on_undeletable), (OnMissing::Forget, OnUndeletable::Keep));
    assert_eq!((policy.on_drift, policy.foreign), (OnDrift::Keep, Foreign::Report));
    assert_eq!(policy.scratch_chat, Some(ChatId(1000)));
    assert_eq!(policy.guard.max_delete_percent, 3);
    assert_eq!(policy.max_late, SignedDuration::from_hours(30));
    let id = Some(ChatRef::Id(ChatId(-1_001_234_567_890)));
    let chats = ["chat", "same", "unset", "empty"].map(|name| target(&config, name).policy.chat.clone());
    assert_eq!(chats, [id.clone(), id, None, None]);
    assert!(!target(&config, "chat").policy.default);
    let settings = &config.settings;
    assert_eq!(settings.namespace.as_deref(), Some("telegram"));
    assert_eq!(settings.ignore.len(), 2);
    assert_eq!((settings.tags_show, settings.table_columns), (false, Some(30)));
    assert_eq!(settings.timezone.iana_name(), Some("Europe/Kyiv"));
    assert!(settings.defaults[0].matcher.is_match("2026/a.md"));
    assert!(!settings.defaults[0].matcher.is_match("2026/deep/a.md"));
    assert_eq!(settings.defaults[0].keys.silent, Some(true));
    assert_eq!((config.git.push, config.git.commit), (Push::Never, false));
}

const PROBLEMS: &[(&str, &[Code])] = &[
    ("", &[codes::MISSING_KEY]),
    ("targets:", &[codes::MISSING_KEY]),
    ("targets: {}", &[codes::MISSING_KEY]),
    ("targets: []", &[codes::WRONG_VALUE]),
    ("targets: {a: x}", &[codes::WRONG_VALUE]),
    ("targets: {a: {}}", &[codes::MISSING_KEY]),
    ("targets: {a: }", &[codes::MISSING_KEY]),
    ("- a", &[codes::WRONG_VALUE]),
    ("a: [", &[codes::SYNTAX]),
    ("--- a\n--- b", &[codes::SYNTAX]),
    ("targets: {A: {chat: '@abcd'}}", &[codes::BAD_NAME]),
    ("targets: {a: {chat: '${'}}", &[codes::VARIABLE]),
    ("targets: {a: {chat: '${1}'}}", &[codes::VARIABLE]),
    ("targets: {a: {chat: '@abcd', chat: '@abcd'}}", &[codes::DUPLICATE_KEY]),
    ("targets: {a: {chat: '@abcd', pruen: true}}", &[codes::UNKNOWN_KEY]),
    ("targets: {a: {chat: '@abcd', tombstone_text: ' '}}", &[codes::WRONG_VALUE]),
    ("targets: {a: {chat: '@abcd', bot_token: x}}", &[codes::SECRET]),
    ("targets: {a: {chat: '@abcd', approval: some}}", &[codes::WRONG_VALUE]),
    ("targets: {a: {chat: '@abcd'}}\nfront_matter: {namespace: [a]}", &[codes::WRONG_VALUE]),
    ("targets: {a: {chat: '@abcd'}}\ntables: {columns: wide}", &[codes::WRONG_VALUE]),
    ("targets: {a: {chat: '@abcd'}}\ncontent: /etc", &[codes::BAD_PATH]),
    ("targets: {a: {chat: '@abcd'}}\ncontent: a/../../b", &[codes::BAD_PATH]),
    ("targets: {a: {chat: '@abcd'}}\ncontent: 'a\\b'", &[codes::BAD_PATH]),
    ("targets: {a: {chat: '@abcd'}}\nlock: .", &[codes::BAD_PATH]),
    ("targets: {a: {chat: '@abcd'}}\nlock: '${NOT_SET}'", &[codes::VARIABLE]),
    ("targets: {a: {chat: '@abcd'}}\napi_url: ftp://x", &[codes::BAD_API_URL]),
    ("targets: {a: {chat: '@abcd'}}\napi_url: https://u:p@x", &[codes::BAD_API_URL]),
    ("targets: {a: {chat: '@abcd'}}\nmax_late: -1d", &[codes::BAD_DURATION]),
    ("targets: {a: {chat: '@abcd'}}\nmax_late: 7", &[codes::BAD_DURATION]),
    ("targets: {a: {chat: '@abcd'}}\ngit: {remote: --x}", &[codes::WRONG_VALUE]),
    ("targets: {a: {chat: '@abcd'}}\ngit: {push: maybe}", &[codes::WRONG_VALUE]),
    ("targets: {a: {chat: '@abcd'}}\ndefaults: [{match: '*', media: x}]", &[codes::UNKNOWN_KEY]),
    ("targets: {a: {chat: '@abcd'}}\ndefaults: [{match: '*', mtach: x}]", &[codes::UNKNOWN_KEY]),
    ("targets: {a: {chat: '@abcd'}}\ndefaults: [{match: '{'}]", &[codes::BAD_GLOB]),
];

#[test]
fn each_problem_has_its_code() {
    for (yaml, codes) in PROBLEMS {
        assert_eq!(codes_of(yaml), *codes, "{yaml}");
    }
    let large = "#".repeat(MAX_CONFIG + 1);
    assert_eq!(codes_of(&large), [codes::SYNTAX]);
}

#[test]
fn chats_are_ids_or_usernames_and_links_are_respelled() {
    for (chat, hint) in [
        ("@abc", "a username has 4 to 32"),
        ("'@my-channel'", "a username has 4 to 32"),
        ("my_channel", "write `\"@my_channel\"`"),
        ("https://t.me/my_channel", "write `\"@my_channel\"`"),
        ("t.me/my_channel/12", "write `\"@my_channel\"`"),
        ("https://t.me/s/my_channel", "write `\"@my_channel\"`"),
        ("https://t.me/c/1234567890/5", "write the id: `-1001234567890`"),
        ("https://t.me/+AbCdEf", "an invite link"),
        ("https://t.me/joinchat/AbCdEf", "an invite link"),
        ("1234567890", "the id of a channel or supergroup begins with -100: `-1001234567890`"),
        ("0", "the id of a channel or supergroup begins with -100"),
        ("News", "write `\"@News\"`"),
        ("a b", "write `\"@my_channel\"`"),
    ] {
        let chat = chat.trim_matches('\'');
        let (config, problems) = parse(&file(), &format!("targets: {{a: {{chat: '{chat}'}}}}"), &env);
        assert!(config.is_none());
        assert_eq!(problems[0].code, codes::BAD_CHAT, "{chat}");
        let said = problems[0].hint.as_deref().unwrap();
        assert!(said.starts_with(hint), "{chat}: {said}");
    }
}

#[test]
fn the_schema_agrees_with_the_reader() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let valid = |yaml: &str| validator.is_valid(&serde_yaml::from_str(yaml).unwrap());
    let yaml = "targets: {a: {chat: -1001234567890, scratch_chat: null, topics: {x: 1}}}\ngit: {push: auto}\ndefaults: [{match: '*', pin: true}]";
    assert!(valid(yaml));
    good(yaml);
    for bad in ["content: x", "targets: {a: {chat: x, nope: 1}}", "targets: []"] {
        assert!(!valid(bad), "{bad}");
    }
}
