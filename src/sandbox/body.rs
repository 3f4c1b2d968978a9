//! Request bodies: query, form, multipart and JSON all become the same parameters.

use http_body_util::{BodyDataStream, Full};
use hyper::body::Bytes;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::failure::{Failure, bad};
use super::params::{File, Params};

/// Most bytes of all parameters that are no files.
const MAX_PARAMETERS: usize = 1 << 20;

/// Reads the parameters of a call from its query string and its body.
pub(super) async fn read(query: Option<&str>, content_type: &str, body: Bytes) -> Result<Params, Failure> {
    let mut params = Params::default();
    read_form(&mut params, query.unwrap_or_default().as_bytes());
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match kind.as_str() {
        _ if body.is_empty() => {}
        "application/x-www-form-urlencoded" => read_form(&mut params, &body),
        "application/json" => read_json(&mut params, &body)?,
        "multipart/form-data" => read_multipart(&mut params, content_type, body).await?,
        // The server ignores a body it has no reader for.
        _ => {}
    }
    let size: usize = params.values.iter().map(|(name, value)| name.len() + value.len()).sum();
    if size > MAX_PARAMETERS {
        return Err(Failure::new(413, "Request Entity Too Large: too many parameters"));
    }
    Ok(params)
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

async fn read_multipart(params: &mut Params, content_type: &str, body: Bytes) -> Result<(), Failure> {
    let broken = |error: multer::Error| bad(format!("can't parse multipart form: {error}"));
    let boundary = multer::parse_boundary(content_type).map_err(broken)?;
    let mut form = multer::Multipart::new(BodyDataStream::new(Full::new(body)), boundary);
    while let Some(field) = form.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.file_name().map(str::to_owned);
        let bytes = field.bytes().await.map_err(broken)?;
        match file_name {
            Some(file_name) => {
                params.files.insert(name, describe(file_name, &bytes));
            }
            None => insert(params, name, String::from_utf8_lossy(&bytes).into_owned()),
        }
    }
    Ok(())
}

fn describe(name: String, bytes: &[u8]) -> File {
    let sha256 = format!("{:x}", Sha256::digest(bytes));
    File { name, size: bytes.len(), sha256 }
}

#[cfg(test)]
mod tests {
    use super::{Bytes, Params, read};

    async fn values(query: &str, content_type: &str, body: &'static str) -> Params {
        read(Some(query), content_type, Bytes::from_static(body.as_bytes())).await.unwrap()
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

    #[tokio::test]
    async fn nested_values_are_written_as_json_and_files_described() {
        let params = values("", "application/json", r#"{"a":{"b":[true]}}"#).await;
        assert_eq!(params.text("a"), r#"{"b":[true]}"#);
        let file =
            "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x.txt\"\r\n\r\nabc\r\n--b--\r\n";
        let params = values("", "multipart/form-data; boundary=b", file).await;
        let file = &params.files["f"];
        assert_eq!((file.name.as_str(), file.size, &file.sha256[..8]), ("x.txt", 3, "ba7816bf"));
    }

    #[tokio::test]
    async fn what_is_too_much_or_broken_is_refused() {
        let long = Bytes::from(format!("a={}", "x".repeat(1 << 20)));
        let refused = read(None, "application/x-www-form-urlencoded", long).await.unwrap_err();
        assert_eq!(refused.code, 413);
        let broken = read(None, "application/json", Bytes::from_static(b"[1]")).await.unwrap_err();
        assert_eq!(broken.description, "Bad Request: JSON object expected");
    }
}
