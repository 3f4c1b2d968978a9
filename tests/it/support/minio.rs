//! A real `MinIO` server, started by somebody else: `.ci/run` does. Without one its tests say so and pass.
#![expect(
    clippy::disallowed_methods,
    reason = "the server's address is in the environment, its parts are on the disk"
)]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use tgsync::store::{Address, Credentials};

pub(crate) const ACCESS_KEY: &str = "tgsync-test";
pub(crate) const SECRET_KEY: &str = "tgsync-test-secret";

/// The address of the server; `None`, and a line on stderr, where there is none.
pub(crate) fn endpoint() -> Option<String> {
    let address = std::env::var("TGSYNC_TEST_MINIO").ok().filter(|address| !address.is_empty());
    if address.is_none() {
        skipped("no MinIO server, `TGSYNC_TEST_MINIO` is not set");
    }
    address
}

/// The program itself, for tests that start and stop a server of their own.
pub(crate) fn binary() -> Option<PathBuf> {
    let path = std::env::var("TGSYNC_TEST_MINIO_BIN").ok().filter(|path| !path.is_empty());
    if path.is_none() {
        skipped("no MinIO server, `TGSYNC_TEST_MINIO_BIN` is not set");
    }
    path.map(PathBuf::from)
}

fn skipped(why: &str) {
    assert!(std::env::var_os("TGSYNC_TEST_ALL").is_none(), "{why}, and no test may be skipped");
    say_skipped(why);
}

fn say_skipped(why: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    // Not by a macro: those are captured, and this has to be seen.
    let _ = writeln!(std::io::stderr(), "skipped: {test}: {why}");
}

pub(crate) fn keys() -> Credentials {
    Credentials::new(ACCESS_KEY, SECRET_KEY).unwrap()
}

/// A bucket that no other test has; not made yet.
pub(crate) fn new_bucket(endpoint: &str) -> Address {
    let bucket = format!("t-{}", ulid::Ulid::new().to_string().to_lowercase());
    Address { endpoint: endpoint.to_owned(), bucket, region: "us-east-1".to_owned() }
}

/// A server of a test's own, on a port that it keeps.
pub(crate) struct Own {
    child: Child,
    place: Place,
}

/// Where a server keeps what it has; it may not be running.
pub(crate) struct Place {
    dir: tempfile::TempDir,
    address: String,
}

/// Says what the key may do, in the place of a policy: the server asks it before everything.
pub(crate) struct Policy {
    address: SocketAddr,
    /// Actions that are not allowed, as in `s3:PutObject`.
    denied: Arc<Mutex<Vec<&'static str>>>,
}

impl Policy {
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let denied: Arc<Mutex<Vec<&str>>> = Arc::default();
        let asked = Arc::clone(&denied);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let denied = Arc::clone(&asked);
                std::thread::spawn(move || answer(client, &denied));
            }
        });
        Self { address, denied }
    }

    pub(crate) fn deny(&self, actions: &[&'static str]) {
        *self.denied.lock().unwrap() = actions.to_vec();
    }
}

/// One question after another on one connection.
fn answer(client: TcpStream, denied: &Mutex<Vec<&'static str>>) {
    let mut reader = BufReader::new(client);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if !reader.read_line(&mut line).is_ok_and(|size| size > 0) {
                return;
            }
            if let Some(size) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = size.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut question = vec![0; length];
        if reader.read_exact(&mut question).is_err() {
            return;
        }
        let question = String::from_utf8_lossy(&question).into_owned();
        let allowed =
            !denied.lock().unwrap().iter().any(|action| question.contains(&format!("\"{action}\"")));
        let body = format!("{{\"result\":{allowed}}}");
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json";
        if write!(reader.get_mut(), "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).is_err() {
            return;
        }
    }
}

impl Own {
    pub(crate) fn start(binary: &Path) -> Self {
        Place::new().start_again(binary)
    }

    /// One whose keys may do what `policy` lets them.
    pub(crate) fn ruled_by(binary: &Path, policy: &Policy) -> Self {
        let place = Place::new();
        let mut command = place.command(binary);
        command.env("MINIO_POLICY_PLUGIN_URL", format!("http://{}/", policy.address));
        place.run(command)
    }

    /// One whose disk has so many mebibytes; `None`, and a line on stderr, where none can be made.
    pub(crate) fn on_small_disk(binary: &Path, mebibytes: u32) -> Option<Self> {
        let place = Place::new();
        let options = format!("size={mebibytes}m");
        let command = on_small_disk(&place.command(binary), place.dir.path(), &options)?;
        Some(place.run(command))
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.place.address)
    }

    /// Take all room on its small disk.
    pub(crate) fn fill(&self) {
        let mut file = fs::File::create(self.filler()).unwrap();
        while file.write_all(&[1; 4096]).is_ok() {}
    }

    pub(crate) fn make_room(&self) {
        fs::remove_file(self.filler()).unwrap();
    }

    /// Its disk is to be seen through the process alone.
    fn filler(&self) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root{}/filler", self.child.id(), self.place.dir.path().display()))
    }

    /// Uploads in parts that began and did not end.
    pub(crate) fn unended(&self) -> usize {
        let uploads = self.place.dir.path().join(".minio.sys/multipart");
        let folders = |path: PathBuf| {
            let found = fs::read_dir(path).into_iter().flatten().flatten();
            found.map(|entry| entry.path()).filter(|path| path.is_dir())
        };
        folders(uploads).flat_map(folders).count()
    }

    /// Kill it, without a word.
    pub(crate) fn stop(mut self) -> Place {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let none = Place { dir: tempfile::tempdir().unwrap(), address: String::new() };
        std::mem::replace(&mut self.place, none)
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Place {
    fn new() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        Self { dir: tempfile::tempdir().unwrap(), address: free.to_string() }
    }

    fn command(&self, binary: &Path) -> Command {
        let mut command = Command::new(binary);
        command.args(["server", "--quiet", "--address", &self.address]).arg(self.dir.path());
        command.env_clear().env("HOME", self.dir.path());
        command.env("MINIO_ROOT_USER", ACCESS_KEY).env("MINIO_ROOT_PASSWORD", SECRET_KEY);
        command
    }

    pub(crate) fn start_again(self, binary: &Path) -> Own {
        let command = self.command(binary);
        self.run(command)
    }

    fn run(self, mut command: Command) -> Own {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while !is_ready(&self.address) {
            assert!(child.try_wait().unwrap().is_none(), "the server ended");
            std::thread::yield_now();
        }
        Own { child, place: self }
    }
}

/// The same command where `folder` is a file system of its own; `None`, and a line on stderr, where that is not allowed.
pub(crate) fn on_small_disk(command: &Command, folder: &Path, options: &str) -> Option<Command> {
    let probe = Command::new("unshare").args(["-rm", "true"]).status();
    if !probe.is_ok_and(|status| status.success()) {
        // Containers forbid it, also those of CI.
        say_skipped("`unshare -rm` is not allowed");
        return None;
    }
    let mut small = Command::new("unshare");
    let script = "mount -t tmpfs -o \"$1\" none \"$2\" && shift 2 && exec \"$@\"";
    small.args(["-rm", "sh", "-c", script, "sh", options]).arg(folder);
    small.arg(command.get_program()).args(command.get_args()).env_clear();
    small.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(folder) = command.get_current_dir() {
        small.current_dir(folder);
    }
    small.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").stdin(Stdio::null());
    Some(small)
}

fn is_ready(address: &str) -> bool {
    let Ok(mut stream) = TcpStream::connect(address) else { return false };
    let request = format!("GET /minio/health/ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let mut answer = String::new();
    stream.write_all(request.as_bytes()).is_ok()
        && stream.read_to_string(&mut answer).is_ok()
        && answer.starts_with("HTTP/1.1 200")
}
