//! Every environment variable that is read, declared and documented once, and the only door to the environment.
#![expect(clippy::disallowed_methods, reason = "this is the room the others are told to read through")]

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::Read as _;

/// One variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    pub name: &'static str,
    /// What it is for, one sentence.
    pub purpose: &'static str,
    /// Never shown, and also read from the file that `<NAME>_FILE` names.
    pub secret: bool,
}

macro_rules! variables {
    ($($constant:ident = $name:literal, secret: $secret:literal, $purpose:literal;)*) => {
        $(#[doc = $purpose] pub const $constant: &str = $name;)*

        /// All of them. The config may name further ones (`${NAME}`, `token_env`).
        pub const VARIABLES: &[Variable] =
            &[$(Variable { name: $name, purpose: $purpose, secret: $secret }),*];
    };
}

variables! {
    TELEGRAM_BOT_TOKEN = "TELEGRAM_BOT_TOKEN", secret: true,
        "The bot token, unless the config names another variable for it.";
    TELEGRAM_CHAT_ID = "TELEGRAM_CHAT_ID", secret: false,
        "The chat, where the config says `${TELEGRAM_CHAT_ID}`: `@name` or an id.";
    TGSYNC_API_URL = "TGSYNC_API_URL", secret: false,
        "Where the Bot API is, instead of the config's `api_url`: a sandbox or a self-hosted server.";
    TGSYNC_CLOCK = "TGSYNC_CLOCK", secret: false,
        "`sandbox`: time is that of the sandbox, and sleeping advances it; needs a loopback `api_url`.";
    TGSYNC_NOW = "TGSYNC_NOW", secret: false,
        "A moment (RFC 3339) that is now, for commands that don't touch the network.";
    MINIO_ENDPOINT = "MINIO_ENDPOINT", secret: false,
        "Address of the object store, instead of the config's `mirror.endpoint`.";
    MINIO_ACCESS_KEY = "MINIO_ACCESS_KEY", secret: true,
        "Access key of the object store.";
    MINIO_SECRET_KEY = "MINIO_SECRET_KEY", secret: true,
        "Secret key of the object store.";
    AWS_ACCESS_KEY_ID = "AWS_ACCESS_KEY_ID", secret: true,
        "Access key of the object store, where `MINIO_ACCESS_KEY` is not set.";
    AWS_SECRET_ACCESS_KEY = "AWS_SECRET_ACCESS_KEY", secret: true,
        "Secret key of the object store, where `MINIO_SECRET_KEY` is not set.";
    CI = "CI", secret: false,
        "Set to anything but `false`: a journal that the config does not place is kept in git.";
    HOSTNAME = "HOSTNAME", secret: false,
        "How a run that has the journal in git is called outside of workflows: the machine.";
    USER = "USER", secret: false,
        "And whose run it is.";
    NO_COLOR = "NO_COLOR", secret: false,
        "Set to anything: no colours.";
    GITHUB_ACTIONS = "GITHUB_ACTIONS", secret: false,
        "Set in jobs of GitHub Actions: as `CI`, and the commit of the lock starts no further one.";
    GITHUB_API_URL = "GITHUB_API_URL", secret: false,
        "Address of the GitHub API; `https://api.github.com` if not set.";
    GITHUB_EVENT_NAME = "GITHUB_EVENT_NAME", secret: false,
        "What a workflow runs for, such as `push` or `pull_request`.";
    GITHUB_EVENT_PATH = "GITHUB_EVENT_PATH", secret: false,
        "The file that holds the event as JSON.";
    GITHUB_OUTPUT = "GITHUB_OUTPUT", secret: false,
        "The file that takes the outputs of a step.";
    GITHUB_REF_NAME = "GITHUB_REF_NAME", secret: false,
        "The branch or tag a workflow runs for: where the lock is pushed to from a detached head.";
    GITHUB_REF_TYPE = "GITHUB_REF_TYPE", secret: false,
        "`branch` or `tag`: only a branch is pushed to.";
    GITHUB_REPOSITORY = "GITHUB_REPOSITORY", secret: false,
        "`owner/name` of the repository that a workflow runs in; a run that has the journal in git is called by it.";
    GITHUB_RUN_ATTEMPT = "GITHUB_RUN_ATTEMPT", secret: false,
        "How often a run was started.";
    GITHUB_RUN_ID = "GITHUB_RUN_ID", secret: false,
        "The number of the run; later runs have larger ones.";
    GITHUB_SERVER_URL = "GITHUB_SERVER_URL", secret: false,
        "The server that `GITHUB_TOKEN` is for; `https://github.com` if not set.";
    GITHUB_SHA = "GITHUB_SHA", secret: false,
        "The commit that a workflow runs for.";
    GITHUB_STEP_SUMMARY = "GITHUB_STEP_SUMMARY", secret: false,
        "The file that takes the summary of a step, as Markdown.";
    GITHUB_TOKEN = "GITHUB_TOKEN", secret: true,
        "The token of a workflow, to push the lock over https.";
    TGSYNC_INPUTS = "TGSYNC_INPUTS", secret: false,
        "The inputs of the Action as JSON, for `tgsync github run`.";
    GIT_AUTHOR_NAME = "GIT_AUTHOR_NAME", secret: false,
        "Author of the commit of the lock.";
    GIT_AUTHOR_EMAIL = "GIT_AUTHOR_EMAIL", secret: false,
        "Address of that author.";
    GIT_COMMITTER_NAME = "GIT_COMMITTER_NAME", secret: false,
        "Committer of the commit of the lock.";
    GIT_COMMITTER_EMAIL = "GIT_COMMITTER_EMAIL", secret: false,
        "Address of that committer.";
}

/// Longest secret read from a file, in bytes.
const MAX_SECRET_BYTES: u64 = 64 * 1024;

/// A secret can't be had. The text names variables and files, never what is in them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    #[error("both `{0}` and `{0}_FILE` are set; unset one of them")]
    Twice(String),
    #[error("`{name}_FILE` names `{file}`, which can't be read: {why}")]
    Unreadable { name: String, file: String, why: String },
    #[error("`{name}_FILE` names `{file}`, which is empty")]
    Empty { name: String, file: String },
    #[error(
        "`{name}_FILE` names `{file}`, which is longer than {MAX_SECRET_BYTES} bytes and hardly a secret"
    )]
    TooLong { name: String, file: String },
}

/// The environment as it was when the process began. Names are shown, values are not.
#[derive(Clone, Default)]
pub struct Env {
    values: BTreeMap<String, String>,
}

impl Env {
    /// A snapshot of the process's environment, taken once, in `main`. What is not UTF-8 is left out.
    pub fn from_process() -> Self {
        let readable = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self { values: std::env::vars_os().filter_map(readable).collect() }
    }

    /// The same with a value for a variable that is not set.
    #[must_use]
    pub fn or(mut self, name: &str, value: &str) -> Self {
        if self.get(name).is_none() {
            self.values.insert(name.to_owned(), value.to_owned());
        }
        self
    }

    /// What is not secret: for work on files that somebody else wrote, whose config may name any variable.
    #[must_use]
    pub fn without_secrets(&self) -> Self {
        let secret = |name: &str| {
            let name = name.strip_suffix("_FILE").unwrap_or(name);
            VARIABLES.iter().any(|variable| variable.secret && variable.name == name)
        };
        let values = self.values.iter().filter(|(name, _)| !secret(name));
        Self { values: values.map(|(name, value)| (name.clone(), value.clone())).collect() }
    }

    /// These variables and no other.
    #[must_use]
    pub fn only(&self, names: &[&str]) -> Self {
        let values = self.values.iter().filter(|(name, _)| names.contains(&name.as_str()));
        Self { values: values.map(|(name, value)| (name.clone(), value.clone())).collect() }
    }

    /// An environment made up for a test.
    pub fn from_list<'a>(list: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self { values: list.into_iter().map(owned).collect() }
    }

    /// The value of a variable. One that is set to nothing counts as unset: that is what CI makes of a missing input.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A secret: the variable itself, or else the trimmed content of the file that `<NAME>_FILE` names.
    pub fn secret(&self, name: &str) -> Result<Option<String>, SecretError> {
        match (self.get(name), self.get(&format!("{name}_FILE"))) {
            (None, None) => Ok(None),
            (Some(value), None) => Ok(Some(value.to_owned())),
            (None, Some(file)) => read_secret(name, file).map(Some),
            (Some(_), Some(_)) => Err(SecretError::Twice(name.to_owned())),
        }
    }
}

fn read_secret(name: &str, file: &str) -> Result<String, SecretError> {
    let (name, file) = (name.to_owned(), file.to_owned());
    let mut text = String::new();
    let read = File::open(&file).and_then(|f| f.take(MAX_SECRET_BYTES + 1).read_to_string(&mut text));
    match read {
        Err(error) => Err(SecretError::Unreadable { name, file, why: error.to_string() }),
        Ok(bytes) if bytes as u64 > MAX_SECRET_BYTES => Err(SecretError::TooLong { name, file }),
        Ok(_) if text.trim().is_empty() => Err(SecretError::Empty { name, file }),
        Ok(_) => Ok(text.trim().to_owned()),
    }
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_is_unset() {
        let env = Env::from_list([("A", "1"), ("B", "")]);
        assert_eq!((env.get("A"), env.get("B"), env.get("C")), (Some("1"), None, None));
    }

    #[test]
    fn every_variable_is_declared_once_and_explained() {
        for (i, variable) in VARIABLES.iter().enumerate() {
            assert!(VARIABLES[..i].iter().all(|other| other.name != variable.name), "{}", variable.name);
            assert!(variable.purpose.ends_with('.'), "{}", variable.name);
        }
        assert!(VARIABLES.iter().any(|v| v.name == TELEGRAM_BOT_TOKEN && v.secret));
    }

    #[test]
    fn values_are_not_shown() {
        let env = Env::from_list([(TELEGRAM_BOT_TOKEN, "123:abc")]);
        assert_eq!(format!("{env:?}"), "{\"TELEGRAM_BOT_TOKEN\"}");
    }

    #[test]
    fn the_process_has_an_environment() {
        assert!(Env::from_process().get("PATH").is_some());
    }

    #[test]
    fn secrets_come_from_the_variable_or_its_file() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = dir.path().join(name);
            std::fs::write(&path, text).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let good = write("good", "  123:abc\r\n");
        let empty = write("empty", "\n");
        let long = write("long", &"x".repeat(70_000));
        let file = |path: &str| Env::from_list([("T_FILE", path)]).secret("T");

        assert_eq!(Env::default().secret("T"), Ok(None));
        assert_eq!(Env::from_list([("T", "1:a"), ("T_FILE", "")]).secret("T"), Ok(Some("1:a".to_owned())));
        assert_eq!(file(&good), Ok(Some("123:abc".to_owned())));
        assert!(matches!(file(&empty), Err(SecretError::Empty { .. })));
        assert!(matches!(file(&long), Err(SecretError::TooLong { .. })));
        let missing = format!("{good}-missing");
        assert!(matches!(file(&missing), Err(SecretError::Unreadable { .. })));
        let both = Env::from_list([("T", "1:a"), ("T_FILE", &good)]).secret("T");
        assert_eq!(both, Err(SecretError::Twice("T".to_owned())));
    }
}
