//! `tgsync demo`: the whole loop, with this very binary and its public commands, on the sandbox and a copy of the
//! example content. Nothing it prints is canned.
#![expect(clippy::disallowed_methods, reason = "it plays a person who edits files and types commands")]

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::context::Context;
use super::{Exit, Failure, Outcome};
use crate::cli::Demo;
use crate::clock::SystemClock;
use crate::ports::Clock as _;
use crate::sandbox::{self, Options};
use crate::state::{Git, Identity, Person};

/// Files of the example repository, as they stand beside the sources.
macro_rules! example {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../content.example/", $name)))),*]
    };
}

const EXAMPLE: &[(&str, &[u8])] = example![
    "tgsync.yaml",
    "content/welcome.md",
    "content/rules.md",
    "content/2026/launch/index.md",
    "content/2026/launch/cover.png",
    "content/2026/formatting.md",
    "content/2026/anniversary.md",
    "content/discussion.md",
    "content/ideas.md",
];

/// A token of the usual form; the sandbox takes any.
const TOKEN: &str = "123456:DEMO-DEMO-DEMO-DEMO-DEMO-DEMO-DEMO-DEMO";

/// `@sandbox`.
const CHANNEL: i64 = -1_001_000_000_001;

pub(super) async fn run(context: &Context, args: &Demo) -> Outcome {
    let temporary = tempfile::tempdir().map_err(|error| trouble("make a temporary folder", &error))?;
    let folder = args.dir.as_ref().map_or_else(|| temporary.path().join("channel"), |dir| context.path(dir));
    let start_ms = SystemClock.now().await.as_millisecond();
    let sandbox = sandbox::start(Options { start_ms, ..Options::default() })
        .await
        .map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
    let demo = Stage { context, folder, url: sandbox.url() };
    demo.set_up().await?;
    demo.play().await?;
    sandbox.shutdown().await;
    if args.dir.is_some() {
        context.say(&format!("the repository is at {}", demo.folder.display()));
    }
    Ok(Exit::Done)
}

fn trouble(what: &str, error: &dyn std::fmt::Display) -> Failure {
    Failure::new(Exit::Failed, format!("the demo could not {what}: {error}"))
}

/// A repository, a sandbox, and somebody at the keyboard.
struct Stage<'a> {
    context: &'a Context,
    folder: PathBuf,
    url: String,
}

impl Stage<'_> {
    async fn play(&self) -> Result<(), Failure> {
        self.say("A directory of Markdown files, and a channel with nothing in it yet.");
        self.tgsync(&["check"]).await?;
        self.tgsync(&["plan"]).await?;
        self.tgsync(&["apply", "--yes", "--quiet"]).await?;
        self.channel().await?;

        self.say("One word changes: the same message is edited.");
        self.edit("content/rules.md", "Be brief.", "Be concise.").await?;
        self.tgsync(&["apply", "--yes"]).await?;

        self.say(
            "Somebody deletes the launch post in Telegram. The next edit finds it gone and sends it again.",
        );
        self.delete("We are live").await?;
        self.edit("content/2026/launch/index.md", "hello, channel", "hello, world").await?;
        self.tgsync(&["apply", "--yes"]).await?;

        self.say("A file goes away. Nothing is deleted unless that is asked for.");
        self.remove("content/2026/formatting.md").await?;
        self.tgsync(&["plan"]).await?;
        self.tgsync(&["apply", "--prune", "--yes"]).await?;

        self.say("Once more: there is nothing to do.");
        self.tgsync(&["apply", "--yes"]).await?;
        self.channel().await?;
        self.tgsync(&["status"]).await
    }

    /// Write the example and commit it.
    async fn set_up(&self) -> Result<(), Failure> {
        if self.folder.join("tgsync.yaml").exists() {
            let message = format!("`{}` holds a repository already", self.folder.display());
            return Err(Failure::new(Exit::Usage, message).hint("give an empty folder"));
        }
        for (name, bytes) in EXAMPLE {
            self.write(name, bytes)?;
        }
        self.write(".gitignore", b".tgsync/\n")?;
        Git::init(&self.folder)?;
        self.commit("content of the channel").await
    }

    fn say(&self, text: &str) {
        let paint = self.context.paint;
        self.context.print(&format!("\n{}\n", paint.bold(&format!("# {text}"))));
    }

    /// Run this binary as a user would; what it says goes straight through.
    async fn tgsync(&self, args: &[&str]) -> Result<(), Failure> {
        self.context.print(&format!("\n$ tgsync {}\n", args.join(" ")));
        let program = std::env::current_exe().map_err(|error| trouble("find its own program", &error))?;
        let status = tokio::process::Command::new(program)
            .args(args)
            .current_dir(&self.folder)
            .env("TGSYNC_API_URL", &self.url)
            .env("TGSYNC_CLOCK", "sandbox")
            .env("TELEGRAM_BOT_TOKEN", TOKEN)
            .status()
            .await
            .map_err(|error| trouble("run `tgsync`", &error))?;
        if status.success() {
            return Ok(());
        }
        Err(Failure::new(Exit::Failed, format!("`tgsync {}` ended with {status}", args.join(" "))))
    }

    async fn edit(&self, name: &str, old: &str, new: &str) -> Result<(), Failure> {
        self.context.print(&format!("\n  edit {name}: `{old}` → `{new}`\n"));
        let path = self.folder.join(name);
        let text =
            std::fs::read_to_string(&path).map_err(|error| trouble(&format!("read {name}"), &error))?;
        self.write(name, text.replace(old, new).as_bytes())?;
        self.commit(&format!("edit {name}")).await
    }

    async fn remove(&self, name: &str) -> Result<(), Failure> {
        self.context.print(&format!("\n  remove {name}\n"));
        std::fs::remove_file(self.folder.join(name))
            .map_err(|error| trouble(&format!("remove {name}"), &error))?;
        self.commit(&format!("remove {name}")).await
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        let path = self.folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(&self.folder))
            .and_then(|()| std::fs::write(&path, bytes))
            .map_err(|error| trouble(&format!("write {name}"), &error))
    }

    async fn commit(&self, message: &str) -> Result<(), Failure> {
        let git = Git::discover(&self.folder)?;
        let somebody = || Person { name: Some("Demo".to_owned()), email: Some("demo@localhost".to_owned()) };
        let identity = Identity { author: somebody(), committer: somebody(), at: SystemClock.now().await };
        if let Some(git) = git {
            git.commit_all(message, &identity)?;
        }
        Ok(())
    }

    /// Delete a message as a person with the app would: whose text begins with `beginning`.
    async fn delete(&self, beginning: &str) -> Result<(), Failure> {
        let messages = self.messages().await?;
        let found = messages.iter().find(|message| text_of(message).starts_with(beginning));
        let id = found.map(|message| message["message_id"].clone()).unwrap_or_default();
        self.context.print(&format!("\n  in Telegram, somebody deletes https://t.me/sandbox/{id}\n"));
        let act = json!({ "do": "delete", "chat_id": CHANNEL, "message_id": id });
        self.http(|client| client.post(format!("{}/_sandbox/human", self.url)).json(&act)).await.map(drop)
    }

    /// The channel as a subscriber sees it, a line per message.
    async fn channel(&self) -> Result<(), Failure> {
        self.context.print("\n  the channel now:\n");
        for message in self.messages().await? {
            let first = text_of(&message).lines().next().unwrap_or_default().to_owned();
            self.context.print(&format!("  https://t.me/sandbox/{}  {first}\n", message["message_id"]));
        }
        Ok(())
    }

    async fn messages(&self) -> Result<Vec<Value>, Failure> {
        let answer =
            self.http(|client| client.get(format!("{}/_sandbox/chats/{CHANNEL}/messages", self.url))).await?;
        Ok(answer["messages"].as_array().cloned().unwrap_or_default())
    }

    async fn http(
        &self,
        request: impl Fn(&reqwest::Client) -> reqwest::RequestBuilder,
    ) -> Result<Value, Failure> {
        let ask = async {
            let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build()?;
            request(&client).send().await?.error_for_status()?.json().await
        };
        ask.await.map_err(|error: reqwest::Error| trouble("reach the sandbox", &error))
    }
}

fn text_of(message: &Value) -> &str {
    message["text"].as_str().or_else(|| message["caption"].as_str()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_example_is_embedded_whole() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("content.example");
        let scratch = |entry: &walkdir::DirEntry| entry.file_name() == ".tgsync";
        let entries = walkdir::WalkDir::new(&root).into_iter().filter_entry(|entry| !scratch(entry));
        let files = entries.filter_map(Result::ok).filter(|entry| entry.file_type().is_file());
        let mut there: Vec<String> = files
            .map(|entry| entry.path().strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/"))
            .collect();
        let mut embedded: Vec<&str> = EXAMPLE.iter().map(|(name, _)| *name).collect();
        there.sort();
        embedded.sort_unstable();
        assert_eq!(there, embedded);
    }
}
