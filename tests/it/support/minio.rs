//! A real `MinIO` server, started by somebody else: `.ci/run` does. Without one its tests say so and pass.
#![expect(clippy::disallowed_methods, reason = "the server's address is in the environment")]

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use tgsync::store::{Address, Credentials};

pub(crate) const ACCESS_KEY: &str = "tgsync-test";
pub(crate) const SECRET_KEY: &str = "tgsync-test-secret";

/// The address of the server; `None`, and a line on stderr, where there is none.
pub(crate) fn endpoint() -> Option<String> {
    let address = std::env::var("TGSYNC_TEST_MINIO").ok().filter(|address| !address.is_empty());
    if address.is_none() {
        skipped("TGSYNC_TEST_MINIO");
    }
    address
}

/// The program itself, for tests that start and stop a server of their own.
pub(crate) fn binary() -> Option<PathBuf> {
    let path = std::env::var("TGSYNC_TEST_MINIO_BIN").ok().filter(|path| !path.is_empty());
    if path.is_none() {
        skipped("TGSYNC_TEST_MINIO_BIN");
    }
    path.map(PathBuf::from)
}

fn skipped(variable: &str) {
    assert!(
        std::env::var_os("TGSYNC_TEST_ALL").is_none(),
        "`{variable}` is not set, and no test may be skipped"
    );
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    // Not by a macro: those are captured, and this has to be seen.
    let _ = writeln!(std::io::stderr(), "skipped: {test}: no MinIO server, `{variable}` is not set");
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
    child: std::process::Child,
    place: Place,
}

/// Where a server keeps what it has; it may not be running.
pub(crate) struct Place {
    dir: tempfile::TempDir,
    address: String,
}

impl Own {
    pub(crate) fn start(binary: &Path) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        Place { dir: tempfile::tempdir().unwrap(), address: free.to_string() }.start_again(binary)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.place.address)
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
    pub(crate) fn start_again(self, binary: &Path) -> Own {
        let mut command = std::process::Command::new(binary);
        command.args(["server", "--quiet", "--address", &self.address]).arg(self.dir.path());
        command.env_clear().env("HOME", self.dir.path());
        command.env("MINIO_ROOT_USER", ACCESS_KEY).env("MINIO_ROOT_PASSWORD", SECRET_KEY);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while !is_ready(&self.address) {
            assert!(child.try_wait().unwrap().is_none(), "the server ended");
            std::thread::yield_now();
        }
        Own { child, place: self }
    }
}

fn is_ready(address: &str) -> bool {
    let Ok(mut stream) = TcpStream::connect(address) else { return false };
    let request = format!("GET /minio/health/ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let mut answer = String::new();
    stream.write_all(request.as_bytes()).is_ok()
        && stream.read_to_string(&mut answer).is_ok()
        && answer.starts_with("HTTP/1.1 200")
}

/// Stands between a client and a server, and writes down what is asked.
#[derive(Clone)]
pub(crate) struct Wiretap {
    address: SocketAddr,
    lines: Arc<Mutex<Vec<String>>>,
    /// What is answered in the server's place: the beginning of a request line, the answer, how often.
    refusals: Arc<Mutex<Option<(String, String, usize)>>>,
    /// Bytes from the client after which every connection is cut, for good.
    cut_after: Arc<Mutex<Option<u64>>>,
}

impl Wiretap {
    pub(crate) fn before(endpoint: &str) -> Self {
        let server = endpoint.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let tap = Self {
            address: listener.local_addr().unwrap(),
            lines: Arc::default(),
            refusals: Arc::default(),
            cut_after: Arc::default(),
        };
        let shared = tap.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (server, tap) = (server.clone(), shared.clone());
                std::thread::spawn(move || tap.pass(client, &server));
            }
        });
        tap
    }

    /// Answer requests that begin so with an error, so many times.
    pub(crate) fn refuse(&self, request: &str, status: u16, code: &str, times: usize) {
        let body = format!("<Error><Code>{code}</Code><Message>told by a test</Message></Error>");
        let answer = format!(
            "HTTP/1.1 {status} No\r\nContent-Type: application/xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        *self.refusals.lock().unwrap() = Some((request.to_owned(), answer, times));
    }

    /// Whether a request with this in its line came by.
    pub(crate) fn seen(&self, part: &str) -> bool {
        self.lines.lock().unwrap().iter().any(|line| line.contains(part))
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Method and path of every request since the last time, in order.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.lines.lock().unwrap())
    }

    /// Cut every connection once so many more bytes came from clients; `None`: never again.
    pub(crate) fn cut_after(&self, bytes: Option<u64>) {
        *self.cut_after.lock().unwrap() = bytes;
    }
}

impl Wiretap {
    fn pass(&self, mut client: TcpStream, server: &str) {
        let Ok(mut server) = TcpStream::connect(server) else { return };
        let (mut answers, mut back) = (server.try_clone().unwrap(), client.try_clone().unwrap());
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut answers, &mut back);
            let _ = back.shutdown(std::net::Shutdown::Both);
        });
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(size @ 1..) = client.read(&mut buffer) {
            if self.is_cut(size) {
                break;
            }
            if let Some(answer) = self.note(&buffer[..size]) {
                let _ = client.write_all(answer.as_bytes());
                // What is still coming is read, so that the answer is not lost with the connection.
                let _ = client.shutdown(std::net::Shutdown::Write);
                while let Ok(1..) = client.read(&mut buffer) {}
                break;
            }
            if server.write_all(&buffer[..size]).is_err() {
                break;
            }
        }
        let _ = server.shutdown(std::net::Shutdown::Both);
        let _ = client.shutdown(std::net::Shutdown::Both);
    }

    fn is_cut(&self, size: usize) -> bool {
        let mut cut = self.cut_after.lock().unwrap();
        let Some(left) = cut.as_mut() else { return false };
        *left = left.saturating_sub(size as u64);
        *left == 0
    }

    /// Heads come at the beginning of what is read: this client sends them at once. The answer, if the server is not
    /// to be asked.
    fn note(&self, bytes: &[u8]) -> Option<String> {
        let head = String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]);
        let (line, _) = head.split_once(" HTTP/1.1\r\n")?;
        if !["GET ", "PUT ", "POST ", "HEAD ", "DELETE "].iter().any(|method| line.starts_with(method)) {
            return None;
        }
        self.lines.lock().unwrap().push(line.to_owned());
        let mut refusals = self.refusals.lock().unwrap();
        let (request, answer, times) = refusals.as_mut()?;
        if *times == 0 || !line.starts_with(request.as_str()) {
            return None;
        }
        *times -= 1;
        Some(answer.clone())
    }
}
