//! Request bodies: query, form, multipart and JSON all become the same parameters; files go to disk as they arrive.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{StreamExt as _, TryStreamExt as _};
use http_body_util::{BodyDataStream, BodyExt as _, Limited};
use hyper::body::{Body, Bytes};
use serde_json::Value;

use super::failure::{Failure, bad};
use super::media::{Depot, Incoming};
use super::params::{File, Params};

/// Most bytes of all parameters that are no files.
const MAX_PARAMETERS: usize = 1 << 20;

/// Most bytes of a body without files.
const MAX_PLAIN: usize = 8 << 20;

/// Most bytes that may arrive without completing the head of a field.
const MAX_HEAD: usize = 4 << 20;

/// What is told when a request is too large.
const TOO_LARGE: &str = "Request Entity Too Large";

/// A cause that another error can carry.
type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Where files of a request go, and how large a request may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Receiver<'a> {
    pub depot: &'a Depot,
    /// Bytes of all files of a request.
    pub limit: u64,
}

/// Reads the parameters of a call from its query string and its body.
pub(super) async fn read<B>(
    receiver: Receiver<'_>,
    query: Option<&str>,
    content_type: &str,
    body: B,
) -> Result<Params, Failure>
where
    B: Body<Data = Bytes> + Send + Unpin,
    B::Error: Into<Cause>,
{
    let mut params = Params::default();
    read_form(&mut params, query.unwrap_or_default().as_bytes());
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match kind.as_str() {
        _ if body.is_end_stream() => {}
        "multipart/form-data" => Multipart::new(receiver, &mut params).read(content_type, body).await?,
        _ => {
            let body = plain(body).await?;
            match kind.as_str() {
                _ if body.is_empty() => {}
                "application/x-www-form-urlencoded" => read_form(&mut params, &body),
                "application/json" => read_json(&mut params, &body)?,
                // The server ignores a body it has no reader for.
                _ => {}
            }
        }
    }
    let size: usize = params.values.iter().map(|(name, value)| name.len() + value.len()).sum();
    if size > MAX_PARAMETERS {
        return Err(Failure::new(413, format!("{TOO_LARGE}: too many parameters")));
    }
    Ok(params)
}

/// A body without files.
pub(super) async fn plain<B>(body: B) -> Result<Bytes, Failure>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Cause>,
{
    let collected = Limited::new(body, MAX_PLAIN).collect().await;
    collected.map(http_body_util::Collected::to_bytes).map_err(|_| Failure::new(413, TOO_LARGE))
}

/// The first value of a name counts.
fn insert(params: &mut Params, name: String, value: String) {
    params.values.entry(name).or_insert(value);
}

fn read_form(params: &mut Params, form: &[u8]) {
    for (name, value) in url::form_urlencoded::parse(form) {
        insert(params, name.into_owned(), value.into_owned());
    }
}

fn read_json(params: &mut Params, body: &[u8]) -> Result<(), Failure> {
    let value: Value =
        serde_json::from_slice(body).map_err(|e| bad(format!("can't parse parameter value: {e}")))?;
    let Value::Object(object) = value else {
        return Err(bad("JSON object expected"));
    };
    for (name, value) in object {
        match value {
            Value::Null => {}
            Value::String(text) => insert(params, name, text),
            value => insert(params, name, value.to_string()),
        }
    }
    Ok(())
}

/// Reads what is left of a body, and forgets it: who is still sending does not hear an answer.
pub(super) async fn drain<B: Body + Unpin>(body: &mut B) {
    while let Some(Ok(_)) = body.frame().await {}
}

/// Reads a form field by field.
struct Multipart<'a> {
    receiver: Receiver<'a>,
    params: &'a mut Params,
    /// Bytes so far, of values and of files.
    values: usize,
    files: u64,
}

impl<'a> Multipart<'a> {
    fn new(receiver: Receiver<'a>, params: &'a mut Params) -> Self {
        Self { receiver, params, values: 0, files: 0 }
    }

    async fn read<B>(mut self, content_type: &str, body: B) -> Result<(), Failure>
    where
        B: Body<Data = Bytes> + Send + Unpin,
        B::Error: Into<Cause>,
    {
        let boundary = multer::parse_boundary(content_type).map_err(broken)?;
        // The reader of forms keeps what arrives until a field begins; nothing else bounds how much that is.
        let waiting = Arc::new(AtomicUsize::new(0));
        let arriving = Arc::clone(&waiting);
        let stream = BodyDataStream::new(body).map_err(Into::<Cause>::into).map(move |chunk| {
            let chunk = chunk?;
            let so_far = arriving.fetch_add(chunk.len(), Ordering::Relaxed) + chunk.len();
            if so_far > MAX_HEAD { Err(Cause::from("no field begins")) } else { Ok(chunk) }
        });
        let mut form = multer::Multipart::new(stream, boundary);
        while let Some(mut field) = form.next_field().await.map_err(broken)? {
            waiting.store(0, Ordering::Relaxed);
            let name = field.name().unwrap_or_default().to_owned();
            let mut reading = self.begin(field.file_name().map(str::to_owned))?;
            while let Some(chunk) = field.chunk().await.map_err(broken)? {
                waiting.store(0, Ordering::Relaxed);
                self.take(&mut reading, &chunk).await?;
            }
            self.end(name, reading).await?;
        }
        Ok(())
    }

    fn begin(&self, file_name: Option<String>) -> Result<Reading, Failure> {
        let Some(name) = file_name else {
            return Ok(Reading::Value(Vec::new()));
        };
        let incoming = self.receiver.depot.receive().map_err(|error| disk(&error))?;
        Ok(Reading::File { name, incoming: Box::new(incoming) })
    }

    async fn take(&mut self, reading: &mut Reading, chunk: &[u8]) -> Result<(), Failure> {
        match reading {
            Reading::Value(value) => {
                self.values += chunk.len();
                if self.values > MAX_PARAMETERS {
                    return Err(Failure::new(413, format!("{TOO_LARGE}: too many parameters in form data")));
                }
                value.extend_from_slice(chunk);
            }
            Reading::File { incoming, .. } => {
                self.files += chunk.len() as u64;
                if self.files > self.receiver.limit {
                    return Err(Failure::new(413, TOO_LARGE));
                }
                incoming.write(chunk).await.map_err(|error| disk(&error))?;
            }
        }
        Ok(())
    }

    async fn end(&mut self, name: String, reading: Reading) -> Result<(), Failure> {
        match reading {
            Reading::Value(value) => insert(self.params, name, String::from_utf8_lossy(&value).into_owned()),
            Reading::File { name: file_name, incoming } => {
                let file: File =
                    incoming.keep(self.receiver.depot, file_name).await.map_err(|error| disk(&error))?;
                self.params.files.insert(name, file);
            }
        }
        Ok(())
    }
}

/// A field that is being read.
enum Reading {
    Value(Vec<u8>),
    File { name: String, incoming: Box<Incoming> },
}

#[expect(clippy::needless_pass_by_value, reason = "the signature `map_err` asks for")]
fn broken(error: multer::Error) -> Failure {
    bad(format!("can't parse multipart form: {error}"))
}

fn disk(error: &std::io::Error) -> Failure {
    Failure::new(500, format!("Internal Server Error: the sandbox can't keep a file: {error}"))
}

#[cfg(test)]
mod tests {
    use http_body_util::Full;

    use super::{Bytes, Depot, Failure, Params, Receiver, read};

    async fn read_all(
        query: Option<&str>,
        content_type: &str,
        body: impl Into<Bytes>,
    ) -> Result<Params, Failure> {
        let depot = Depot::temporary();
        let receiver = Receiver { depot: &depot, limit: 10 };
        read(receiver, query, content_type, Full::new(body.into())).await
    }

    async fn values(query: &str, content_type: &str, body: &'static str) -> Params {
        read_all(Some(query), content_type, body).await.unwrap()
    }

    #[tokio::test]
    async fn every_way_of_sending_ends_up_the_same() {
        let multipart = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b--\r\n";
        let sent = [
            values("a=1", "", "").await,
            values("", "application/x-www-form-urlencoded", "a=1").await,
            values("", "application/json; charset=utf-8", r#"{"a":1,"b":null}"#).await,
            values("", "multipart/form-data; boundary=b", multipart).await,
        ];
        for params in sent {
            assert_eq!(params.text("a"), "1");
        }
    }

    fn file(content: &str) -> String {
        format!(
            "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x.txt\"\r\n\r\n{content}\r\n--b--\r\n"
        )
    }

    #[tokio::test]
    async fn nested_values_are_written_as_json_and_files_described() {
        let params = values("", "application/json", r#"{"a":{"b":[true]}}"#).await;
        assert_eq!(params.text("a"), r#"{"b":[true]}"#);
        let params = read_all(None, "multipart/form-data; boundary=b", file("abc")).await.unwrap();
        let file = &params.files["f"];
        assert_eq!((file.name.as_str(), file.size, &file.sha256[..8]), ("x.txt", 3, "ba7816bf"));
        assert_eq!(params.to_log()["f"].as_object().unwrap().len(), 3, "name, size, sha256");
    }

    #[tokio::test]
    async fn what_is_too_much_or_broken_is_refused() {
        let form = "application/x-www-form-urlencoded";
        let multipart = "multipart/form-data; boundary=b";
        let long = "x".repeat(1 << 20);
        let value = format!("--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx{long}\r\n--b--\r\n");
        for (kind, body, code, said) in [
            (form, format!("a={long}"), 413, "Request Entity Too Large: too many parameters"),
            (form, long.repeat(9), 413, "Request Entity Too Large"),
            (multipart, value, 413, "Request Entity Too Large: too many parameters in form data"),
            (multipart, file("12345678901"), 413, "Request Entity Too Large"),
            (multipart, long.repeat(9), 400, "Bad Request: can't parse multipart form"),
            (multipart, "--b\r\n".into(), 400, "Bad Request: can't parse multipart form"),
            ("application/json", "[1]".into(), 400, "Bad Request: JSON object expected"),
        ] {
            let refused = read_all(None, kind, body).await.unwrap_err();
            assert_eq!(refused.code, code, "{said}");
            assert!(refused.description.starts_with(said), "{}", refused.description);
        }
    }
}
