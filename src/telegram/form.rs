//! A call with files → a form that is read from disk while it is sent.

use std::path::Path;
use std::sync::Arc;

use futures_util::stream;
use reqwest::Body;
use reqwest::multipart::{Form, Part};
use serde_json::Value;

use super::file::Source;
use super::gate::Gate;
use super::media::Enclosure;

/// Files that are open, with the names of their fields.
pub(super) type Open = Vec<(String, Source)>;

/// Open all files of the repository at `root` before anything is sent. The error is a sentence.
pub(super) async fn open(root: Arc<Path>, files: Vec<Enclosure>) -> Result<Open, String> {
    let open = move || {
        let open = |file: Enclosure| Ok((file.field.clone(), Source::open(&root, &file)?));
        files.into_iter().map(open).collect()
    };
    tokio::task::spawn_blocking(open).await.unwrap_or_else(|error| Err(error.to_string()))
}

/// Files come last, and the gate has let the last piece through when the last of them ends.
pub(super) fn form(parameters: &Value, files: Open, gate: &Gate) -> Form {
    // Other encodings of names are not understood by the server.
    let mut form = Form::new().percent_encode_noop();
    for (name, value) in parameters.as_object().into_iter().flatten() {
        form = form.text(name.clone(), flat(value));
    }
    let count = files.len();
    for (index, (field, source)) in files.into_iter().enumerate() {
        let (size, name) = (source.size(), source.base_name());
        let body = Body::wrap_stream(pieces(source, gate.clone(), index + 1 == count));
        form = form.part(field, Part::stream_with_length(body, size).file_name(name));
    }
    form
}

/// In a form, a string is itself and anything else is JSON.
fn flat(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn pieces(
    source: Source,
    gate: Gate,
    is_last: bool,
) -> impl stream::Stream<Item = std::io::Result<Vec<u8>>> + Send + 'static {
    stream::try_unfold(Some(source), move |source| {
        let gate = gate.clone();
        async move {
            let Some(source) = source else { return Ok(None) };
            let (piece, source) = read(source).await.map_err(|why| gate.spoil(why))?;
            let ends = source.is_at_end();
            gate.pass(piece.len(), is_last && ends)?;
            Ok(Some((piece, (!ends).then_some(source))))
        }
    })
}

async fn read(mut source: Source) -> Result<(Vec<u8>, Source), String> {
    let read = move || source.next().map(|piece| (piece, source));
    tokio::task::spawn_blocking(read).await.unwrap_or_else(|error| Err(error.to_string()))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests set up files by hand")]
mod tests {
    use super::*;
    use crate::ids::{RelPath, Sha256Hex};
    use crate::telegram::gate::Fate;
    use futures_util::TryStreamExt as _;
    use serde_json::json;

    fn enclosure(root: &Path, name: &str, content: &[u8]) -> Enclosure {
        std::fs::write(root.join(name), content).unwrap();
        Enclosure {
            field: format!("file{}", content.len()),
            file: RelPath::new(Path::new(name)).unwrap(),
            sha256: Sha256Hex::of(content),
            size: content.len() as u64,
            made: None,
        }
    }

    async fn text(form: Form) -> String {
        let pieces: Vec<Vec<u8>> =
            form.into_stream().map_ok(|piece| piece.to_vec()).try_collect().await.unwrap();
        String::from_utf8(pieces.concat()).unwrap()
    }

    #[tokio::test]
    async fn parameters_come_first_and_names_arrive_as_they_are() {
        let root = tempfile::tempdir().unwrap();
        let files =
            vec![enclosure(root.path(), "план 1.pdf", b"hello"), enclosure(root.path(), "b.txt", b"")];
        let open = open(root.path().into(), files).await.unwrap();
        let (gate, _ending) = Gate::new(5, None);
        let parameters = json!({ "chat_id": -1001, "caption": "a\nb", "media": [{ "type": "photo" }] });
        let form = form(&parameters, open, &gate);
        let boundary = form.boundary().to_owned();
        let field = |name: &str, value: &str| {
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let expected = [
            field("caption", "a\nb"),
            field("chat_id", "-1001"),
            field("media", "[{\"type\":\"photo\"}]"),
            field("file5\"; filename=\"план 1.pdf", "hello"),
            field("file0\"; filename=\"b.txt", ""),
            format!("--{boundary}--\r\n"),
        ];
        assert_eq!(text(form).await, expected.concat());
        assert!(matches!(gate.shut(), Fate::Whole(_)));
    }

    #[tokio::test]
    async fn a_file_that_can_not_be_opened_stops_it_all() {
        let root = tempfile::tempdir().unwrap();
        let first = enclosure(root.path(), "a", b"hello");
        let second = enclosure(root.path(), "b", b"hello");
        std::fs::remove_file(root.path().join("b")).unwrap();
        let refused = open(root.path().into(), vec![first, second]).await.unwrap_err();
        assert!(refused.starts_with("`b` can't be read: "), "{refused}");
    }

    #[tokio::test]
    async fn a_changed_file_breaks_the_form_off() {
        let root = tempfile::tempdir().unwrap();
        let first = enclosure(root.path(), "a", b"hello");
        let second = enclosure(root.path(), "b", b"world!");
        let open = open(root.path().into(), vec![first, second]).await.unwrap();
        std::fs::write(root.path().join("a"), b"HELLO").unwrap();
        let (gate, _ending) = Gate::new(11, None);
        let sent = form(&json!({}), open, &gate).into_stream().try_collect::<Vec<_>>().await;
        assert!(sent.is_err());
        assert_eq!(gate.shut(), Fate::Spoilt("`a` changed while it was read".to_owned()));
    }
}
