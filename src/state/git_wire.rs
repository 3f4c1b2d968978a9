//! Single refs over http(s): read and replaced in one request each, with the server's own compare-and-swap.

use git2::Oid;

use super::git_http::{Call, Failure};

/// Where a ref of this name is; `None`: there is none (gitprotocol-v2, `ls-refs`).
pub(super) fn read_ref(call: &Call, url: &str, name: &str) -> Result<Option<Oid>, Failure> {
    let head =
        [line("command=ls-refs\n"), "0001".into(), line(&format!("ref-prefix {name}\n")), "0000".into()];
    let answer = call.ask(url, head.concat().into_bytes(), true)?;
    let lines = lines(&answer).ok_or_else(malformed)?;
    for text in lines {
        let text = String::from_utf8_lossy(text);
        if let Some(error) = text.strip_prefix("ERR ") {
            return Err(Failure { status: Some(200), text: error.trim().to_owned() });
        }
        if let Some((id, found)) = text.trim_end().split_once(' ')
            && found.split(' ').next() == Some(name)
        {
            return Oid::from_str(id).map(Some).map_err(|_| malformed());
        }
    }
    Ok(None)
}

/// Move a ref from one commit to another, whose objects the pack holds (gitprotocol-pack, "Pushing Data"). `Err` of the
/// server's words inside: it did not move it.
pub(super) fn move_ref(
    call: &Call,
    (url, name): (&str, &str),
    (from, to): (Option<Oid>, Oid),
    pack: &[u8],
) -> Result<Result<(), String>, Failure> {
    let from = from.unwrap_or(Oid::ZERO_SHA1);
    let mut body = line(&format!("{from} {to} {name}\0report-status agent=tgsync")).into_bytes();
    body.extend_from_slice(b"0000");
    body.extend_from_slice(pack);
    let answer = call.ask(url, body, false)?;
    reported(&answer, name)
}

/// `report-status`: `unpack ok`, then `ok REF` or `ng REF REASON`.
fn reported(answer: &[u8], name: &str) -> Result<Result<(), String>, Failure> {
    let lines = lines(answer).ok_or_else(malformed)?;
    for text in lines {
        let text = String::from_utf8_lossy(text);
        let text = text.trim_end();
        if let Some(reason) = text.strip_prefix("unpack ").filter(|reason| *reason != "ok") {
            return Ok(Err(reason.to_owned()));
        }
        if text.strip_prefix("ok ") == Some(name) {
            return Ok(Ok(()));
        }
        if let Some(reason) = text.strip_prefix("ng ").and_then(|rest| rest.strip_prefix(name)) {
            return Ok(Err(reason.trim().to_owned()));
        }
    }
    Err(malformed())
}

fn malformed() -> Failure {
    Failure { status: None, text: "the server's answer can't be read".to_owned() }
}

/// A line begins with its length in hex.
fn line(text: &str) -> String {
    format!("{:04x}{text}", text.len() + 4)
}

/// The lines of an answer, markers left out; `None`: it ends in the middle.
fn lines(answer: &[u8]) -> Option<Vec<&[u8]>> {
    let (mut out, mut rest) = (Vec::new(), answer);
    while !rest.is_empty() {
        let length = std::str::from_utf8(rest.get(..4)?).ok()?;
        let end = usize::from_str_radix(length, 16).ok()?.max(4);
        let text = rest.get(4..end)?;
        if !text.is_empty() {
            out.push(text);
        }
        rest = &rest[end..];
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "refs/tgsync/-1001-7/journal";

    #[test]
    fn what_the_server_reports() {
        let said = |ends: &[&str]| {
            let lines: String = ends.iter().map(|end| line(end)).collect();
            reported((lines + "0000").as_bytes(), NAME)
        };
        let ok = format!("ok {NAME}\n");
        let ng = format!("ng {NAME} failed to update ref\n");
        assert_eq!(said(&["unpack ok\n", &ok]), Ok(Ok(())));
        assert_eq!(said(&["unpack ok\n", &ng]), Ok(Err("failed to update ref".to_owned())));
        assert_eq!(
            said(&["unpack index-pack abnormal exit\n"]),
            Ok(Err("index-pack abnormal exit".to_owned()))
        );
        for broken in [&b""[..], b"<html>", b"000", b"0010unpack ok"] {
            assert!(reported(broken, NAME).is_err(), "{broken:?}");
        }
        assert!(said(&["unpack ok\n", "ok refs/heads/main\n"]).is_err());
    }
}
