//! A repository in a temporary folder, the sandbox it publishes to, and the runs of the binary in it.
#![expect(clippy::disallowed_methods, reason = "tests set up files by hand")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::run::{Killed, Run};
use super::server::{Call, Server, chat};

/// The bot's token. Nothing of what `tgsync` writes may contain its second half.
pub(crate) const TOKEN: &str = "123456:AAE-secret_0123456789abcdefghijklmn";
/// The token of another bot.
pub(crate) const FOREIGN_TOKEN: &str = "654321:AAE-foreign_0123456789abcdefghijklm";

/// What people say.
pub(crate) const PERSON: &str = "A person's words.";

const CONFIG: &str = "targets:\n  news:\n    chat: \"@sandbox\"\n";

/// Seconds of a day.
pub(crate) fn day(n: i64) -> i64 {
    n * 86_400
}

/// A project under test.
pub(crate) struct Project {
    dir: Arc<TempDir>,
    root: PathBuf,
    server: Arc<Server>,
    env: BTreeMap<String, String>,
}

impl Project {
    /// A config with one target, `@sandbox`, and no posts.
    pub(crate) fn new() -> Self {
        Self::beside(Server::start())
    }

    pub(crate) fn beside(server: Server) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("repo");
        fs::create_dir_all(root.join("content")).unwrap();
        fs::create_dir_all(dir.path().join("home")).unwrap();
        let mut project = Self { root, server: Arc::new(server), env: BTreeMap::new(), dir: Arc::new(dir) };
        project.set("TGSYNC_API_URL", &project.server.url());
        project.set("TGSYNC_CLOCK", "sandbox");
        project.set("TELEGRAM_BOT_TOKEN", TOKEN);
        project.config(CONFIG)
    }

    // What there is.

    pub(crate) fn config(self, text: &str) -> Self {
        self.write("tgsync.yaml", text);
        self
    }

    /// A post whose slug is its file's name.
    pub(crate) fn post(self, file: &str, body: &str) -> Self {
        self.put(file, "", body);
        self
    }

    /// The same with further keys, one a line.
    pub(crate) fn post_with(self, file: &str, keys: &str, body: &str) -> Self {
        self.put(file, keys, body);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.set(name, value);
        self
    }

    pub(crate) fn without_env(mut self, name: &str) -> Self {
        self.env.remove(name);
        self
    }

    fn set(&mut self, name: &str, value: &str) {
        self.env.insert(name.to_owned(), value.to_owned());
    }

    /// A git repository with everything committed.
    pub(crate) fn git(self) -> Self {
        self.write(".gitignore", ".tgsync/\n");
        self.git_run(&["init", "--quiet", "--initial-branch=main"]);
        self.commit("begin");
        self
    }

    /// The same with a bare remote, `origin`, that the branch follows.
    pub(crate) fn git_with_remote(self) -> Self {
        let project = self.git();
        let remote = project.remote();
        project.git_run(&["init", "--quiet", "--bare", "--initial-branch=main", remote.to_str().unwrap()]);
        project.git_run(&["remote", "add", "origin", &format!("file://{}", remote.display())]);
        project.git_run(&["push", "--quiet", "--set-upstream", "origin", "main"]);
        project
    }

    /// A clone of the remote that publishes to the same sandbox.
    pub(crate) fn clone_of_remote(&self, name: &str, options: &[&str]) -> Self {
        let url = format!("file://{}", self.remote().display());
        let root = self.dir.path().join(name);
        let to = root.to_str().unwrap();
        self.git_run(&[&["clone", "--quiet"], options, &[url.as_str(), to]].concat());
        self.at(root)
    }

    /// Another folder beside this one, with the same sandbox and environment.
    fn at(&self, root: PathBuf) -> Self {
        Self { dir: self.dir.clone(), root, server: self.server.clone(), env: self.env.clone() }
    }

    pub(crate) fn remote(&self) -> PathBuf {
        self.dir.path().join("remote.git")
    }

    // Files.

    /// Where the whole test lives: the repository, its remote and clones, a home.
    pub(crate) fn folder(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    pub(crate) fn put(&self, file: &str, keys: &str, body: &str) {
        let stem = Path::new(file).file_stem().unwrap().to_str().unwrap();
        let keys = keys.trim_end();
        let keys = if keys.is_empty() { String::new() } else { format!("{keys}\n") };
        self.write(&format!("content/{file}"), format!("---\nslug: {stem}\n{keys}---\n\n{body}\n"));
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    #[track_caller]
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn exists(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    #[track_caller]
    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.path(name)).unwrap();
    }

    #[track_caller]
    pub(crate) fn rename(&self, from: &str, to: &str) {
        fs::create_dir_all(self.path(to).parent().unwrap()).unwrap();
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    #[track_caller]
    pub(crate) fn lock(&self) -> Value {
        serde_json::from_str(&self.read("state.lock.json")).unwrap()
    }

    #[track_caller]
    pub(crate) fn report(&self) -> Value {
        serde_json::from_str(&self.read(".tgsync/report.json")).unwrap()
    }

    // Git.

    #[track_caller]
    pub(crate) fn git_run(&self, args: &[&str]) -> String {
        let (ok, said) = self.git_try(args);
        assert!(ok, "git {args:?}: {said}");
        said
    }

    /// Whether it succeeded, and all that it said.
    pub(crate) fn git_try(&self, args: &[&str]) -> (bool, String) {
        let mut command = Command::new("git");
        command.args(args).current_dir(&self.root);
        for (name, value) in self.identity() {
            command.env(name, value);
        }
        let output = command.stdin(Stdio::null()).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).trim().to_owned())
    }

    fn identity(&self) -> [(&'static str, String); 7] {
        let home = self.dir.path().join("home").display().to_string();
        [
            ("HOME", home),
            ("GIT_CONFIG_GLOBAL", "/dev/null".to_owned()),
            ("GIT_CONFIG_NOSYSTEM", "1".to_owned()),
            ("GIT_AUTHOR_NAME", "Ann".to_owned()),
            ("GIT_AUTHOR_EMAIL", "ann@example.org".to_owned()),
            ("GIT_COMMITTER_NAME", "Ann".to_owned()),
            ("GIT_COMMITTER_EMAIL", "ann@example.org".to_owned()),
        ]
    }

    #[track_caller]
    pub(crate) fn commit(&self, message: &str) -> String {
        self.git_run(&["add", "--all"]);
        self.git_run(&["commit", "--quiet", "--allow-empty", "-m", message]);
        self.git_run(&["rev-parse", "HEAD"])
    }

    // Runs.

    /// The binary with nothing in its environment but what the test says.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tgsync"));
        command.args(args).current_dir(&self.root).env_clear();
        command.envs(self.identity()).envs(&self.env);
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Run {
        Run::of(&mut self.command(args))
    }

    pub(crate) fn plan(&self) -> Run {
        self.run(&["plan"])
    }

    #[track_caller]
    pub(crate) fn plan_json(&self, args: &[&str]) -> Value {
        self.run(&[&["plan", "--format", "json"], args].concat()).expect(0).json()
    }

    #[track_caller]
    pub(crate) fn plan_id(&self) -> String {
        self.plan_json(&[])["plan_id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn apply(&self) -> Run {
        self.apply_with(&[])
    }

    pub(crate) fn apply_with(&self, args: &[&str]) -> Run {
        self.run(&[&["apply", "--yes"], args].concat())
    }

    /// Start a run and kill it as soon as the sandbox has got so many calls that change something.
    #[track_caller]
    pub(crate) fn kill_after_calls(&self, calls: usize, args: &[&str]) -> Killed {
        let mut command = self.command(args);
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        while self.server.calls().len() < calls {
            assert!(child.try_wait().unwrap().is_none(), "it ended before it was killed");
            std::thread::yield_now();
        }
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Killed { out: text(output.stdout), err: text(output.stderr) }
    }

    /// Kill a run while its `call`th call is under way; `done`: after its effect.
    #[track_caller]
    pub(crate) fn kill_in(&self, call: usize, done: bool, args: &[&str]) {
        self.server.forget_requests();
        // Three calls come before the first that changes something: getMe, getChat, getChatMember.
        self.fault(json!({"kind": "hang", "done": done, "after": 3 + call - 1}));
        self.kill_after_calls(call, &[&["apply", "--yes"], args].concat());
    }

    /// Leave a send in doubt that only a person can settle: the run is killed in its `call`th call, another program gets
    /// the updates, and a person edits what was sent, or posts something else where it would be. What the next run says.
    #[track_caller]
    pub(crate) fn lose(&self, call: usize, done: bool) -> Run {
        self.kill_in(call, done, &[]);
        let mut human = json!({"do": "post", "chat_id": chat::CHANNEL, "text": PERSON, "caption": PERSON});
        if done {
            human["do"] = "edit".into();
            human["message_id"] = (*self.ids().last().unwrap()).into();
        }
        self.server.human(human);
        self.server.call(TOKEN, "setWebhook", &json!({"url": "https://example.org/bot"}));
        let run = self.apply().expect(4);
        self.server.forget_requests();
        run
    }

    // The sandbox.

    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    pub(crate) fn texts(&self) -> Vec<String> {
        self.server.texts(chat::CHANNEL)
    }

    pub(crate) fn messages(&self) -> Vec<Value> {
        self.server.messages(chat::CHANNEL)
    }

    pub(crate) fn ids(&self) -> Vec<i64> {
        self.server.ids(chat::CHANNEL)
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.server.calls()
    }

    pub(crate) fn methods(&self) -> Vec<String> {
        self.server.methods()
    }

    #[track_caller]
    pub(crate) fn fault(&self, fault: Value) {
        self.server.fault(fault);
    }

    /// Nothing is left to do, and saying so changes nothing.
    #[track_caller]
    pub(crate) fn settled(&self) {
        self.plan().expect(0).says("No changes");
        self.server.forget_requests();
        self.apply().expect(0);
        assert_eq!(self.methods(), [""; 0], "a settled project made calls");
    }

    /// The same while something waits for its time.
    #[track_caller]
    pub(crate) fn settled_but_scheduled(&self) {
        assert_eq!(self.plan_json(&[])["summary"]["calls"], 0);
        self.server.forget_requests();
        self.apply().expect(0);
        assert_eq!(self.methods(), [""; 0], "a settled project made calls");
    }
}
