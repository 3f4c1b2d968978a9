//! A proxy between a client and an object store: counts what is asked, and does what networks and servers do.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};

/// Stands between a client and a server, and writes down what is asked.
#[derive(Clone)]
pub(crate) struct Wiretap {
    address: SocketAddr,
    lines: Arc<Mutex<Vec<String>>>,
    /// What is answered in the server's place: the beginning of a request line, the answer, how often.
    refusals: Arc<Mutex<Option<(String, String, usize)>>>,
    /// Bytes from the client after which every connection is cut, for good.
    cut_after: Arc<Mutex<Option<u64>>>,
    /// Requests whose line holds this wait.
    held: Arc<(Mutex<Option<String>>, Condvar)>,
    /// Requests are dated years ago.
    ages: Arc<Mutex<bool>>,
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
            held: Arc::default(),
            ages: Arc::default(),
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
    /// Let requests wait that have this in their line; `None`: let them pass.
    pub(crate) fn hold(&self, part: Option<&str>) {
        *self.held.0.lock().unwrap() = part.map(str::to_owned);
        self.held.1.notify_all();
    }

    /// Date all requests years back, as a machine does whose clock is wrong.
    pub(crate) fn age(&self, ages: bool) {
        *self.ages.lock().unwrap() = ages;
    }

    fn wait(&self, line: &str) {
        let held = self.held.0.lock().unwrap();
        let waits = |part: &mut Option<String>| part.as_ref().is_some_and(|part| line.contains(part));
        drop(self.held.1.wait_while(held, waits).unwrap());
    }

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
            if *self.ages.lock().unwrap() {
                age(&mut buffer[..size]);
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
        self.wait(line);
        let mut refusals = self.refusals.lock().unwrap();
        let (request, answer, times) = refusals.as_mut()?;
        if *times == 0 || !line.starts_with(request.as_str()) {
            return None;
        }
        *times -= 1;
        Some(answer.clone())
    }
}

/// The date of a request is checked before its signature.
fn age(bytes: &mut [u8]) {
    const DATE: &[u8] = b"\r\nx-amz-date: ";
    let head = bytes.len().min(4096);
    if let Some(at) = bytes[..head].windows(DATE.len()).position(|text| text.eq_ignore_ascii_case(DATE)) {
        let year = at + DATE.len();
        bytes[year..year + 4].copy_from_slice(b"2020");
    }
}
