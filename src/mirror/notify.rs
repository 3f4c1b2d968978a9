//! Tells `mirror.on_uploaded` of new objects: a command, or a URL. At least once each; ids tell a second time from the first.

use std::process::Stdio;
use std::time::Duration;

use serde::Serialize;
use tokio::io::AsyncWriteExt as _;

use super::{IndexEntry, Notify};
use crate::ids::{ObjectKey, Sha256Hex, hex};
use sha2::{Digest as _, Sha256};

/// How long a command or a server may take.
const PATIENCE: Duration = Duration::from_mins(10);

/// `tgsync.uploaded/1`, as it is handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    pub schema: &'static str,
    /// Of the list: the same objects have the same one.
    pub id: String,
    pub store: String,
    pub objects: Vec<New>,
}

/// One new object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct New {
    /// Of this content at this key in this store: told again, it is the same.
    pub id: String,
    #[serde(flatten)]
    pub object: IndexEntry,
}

/// Why nobody could be told.
#[derive(Debug, thiserror::Error)]
#[error("`mirror.on_uploaded` {0}")]
pub struct NotifyError(String);

impl Notice {
    pub fn new(store: &str, objects: impl IntoIterator<Item = IndexEntry>) -> Self {
        let new = |object: IndexEntry| New {
            id: id(store, &object.key, &object.sha256),
            object: IndexEntry { untold: false, ..object },
        };
        let objects: Vec<New> = objects.into_iter().map(new).collect();
        let ids: Vec<&str> = objects.iter().map(|object| object.id.as_str()).collect();
        let id = digest("u1-", &ids.join("\n"));
        Self { schema: "tgsync.uploaded/1", id, store: store.to_owned(), objects }
    }
}

fn id(store: &str, key: &ObjectKey, sha256: &Sha256Hex) -> String {
    digest("o1-", &format!("{store}\n{key}\n{sha256}"))
}

fn digest(prefix: &str, text: &str) -> String {
    format!("{prefix}{}", hex(&Sha256::digest(text)[..8]))
}

/// Tell. `secrets` are variables that a command does not get.
pub async fn notify(to: &Notify, notice: &Notice, secrets: &[String]) -> Result<(), NotifyError> {
    let json = serde_json::to_vec(notice).expect("plain data with string keys");
    let told = async {
        match to {
            Notify::Command(command) => run(command, &json, secrets).await,
            Notify::Url(url) => post(url, &notice.id, json).await,
        }
    };
    let told = tokio::time::timeout(PATIENCE, told).await;
    told.unwrap_or_else(|_| Err(format!("did not end in {} minutes", PATIENCE.as_secs() / 60)))
        .map_err(NotifyError)
}

async fn run(command: &str, json: &[u8], secrets: &[String]) -> Result<(), String> {
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut process = tokio::process::Command::new(shell);
    process.arg(flag).arg(command).stdin(Stdio::piped()).stdout(Stdio::null()).kill_on_drop(true);
    for secret in secrets {
        process.env_remove(secret);
    }
    let mut child = process.spawn().map_err(|error| format!("can't be started: {error}"))?;
    if let Some(mut input) = child.stdin.take() {
        // One that does not read its input and ends well was told all the same.
        let _ = input.write_all(json).await;
    }
    let status = child.wait().await.map_err(|error| format!("can't be waited for: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("failed: {status}")) }
}

async fn post(url: &str, id: &str, json: Vec<u8>) -> Result<(), String> {
    let client = reqwest::Client::builder()
        .user_agent(concat!("tgsync/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_secs(10))
        .timeout(Duration::from_mins(1))
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| error.to_string())?;
    let request = client.post(url).header("Content-Type", "application/json").header("Idempotency-Key", id);
    // Without its address: that may hold a secret.
    let answer = request.body(json).send().await.map_err(|error| error.without_url().to_string())?;
    if answer.status().is_success() { Ok(()) } else { Err(format!("answered {}", answer.status())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(keys: &[&str]) -> Notice {
        let entry = |key: &&str| IndexEntry {
            key: ObjectKey((*key).to_owned()),
            slug: None,
            file: "f".into(),
            size: 1,
            sha256: Sha256Hex::of(key.as_bytes()),
            etag: "e".into(),
            url: None,
            untold: true,
        };
        Notice::new("s/", keys.iter().map(entry))
    }

    #[test]
    fn ids_are_those_of_what_is_told() {
        assert_eq!(notice(&["a", "b"]), notice(&["a", "b"]));
        assert_ne!(notice(&["a", "b"]).id, notice(&["a"]).id);
        assert_eq!(notice(&["a", "b"]).objects[0].id, notice(&["a"]).objects[0].id);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_command_reads_the_list() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("told");
        let command = |text: String| Notify::Command(text);
        let told = command(format!("cat > '{}'; test -z \"$HOME\"", path.display()));
        notify(&told, &notice(&["a"]), &["HOME".to_owned()]).await.unwrap();
        #[expect(clippy::disallowed_methods, reason = "what the command wrote")]
        let text = std::fs::read_to_string(path).unwrap();
        assert_eq!(text, serde_json::to_string(&notice(&["a"])).unwrap());
        notify(&command("exit 0".into()), &notice(&["a"]), &[]).await.unwrap();
        let error = notify(&command("exit 3".into()), &notice(&["a"]), &[]).await.unwrap_err();
        assert!(error.to_string().contains("exit status: 3"), "{error}");
    }
}
