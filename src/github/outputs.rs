//! Outputs of a step and the masking of secrets, in the form in which a runner reads them.

use std::fmt::Write as _;

use crate::ids::Sha256Hex;

/// Lines for the file that `GITHUB_OUTPUT` names. Each value stands between two lines that it can't hold: they are made of its
/// digest.
pub fn outputs<'a>(values: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let mut out = String::new();
    for (name, value) in values {
        let end = format!("end_{}", Sha256Hex::of(value.as_bytes()));
        let _ = writeln!(out, "{name}<<{end}\n{value}\n{end}");
    }
    out
}

/// Workflow commands that hide a secret in all that is printed from then on; of several lines each.
pub fn mask(secret: &str) -> String {
    let lines = secret.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.fold(String::new(), |mut out, line| {
        let _ = writeln!(out, "::add-mask::{}", line.replace('%', "%25"));
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stays_a_value() {
        let hostile = "x\nplan_id=forged\nEOF\n::set-output name=a::b";
        let text = outputs([("a", hostile.to_owned()), ("b", String::new())]);
        let (first, rest) = text.split_once('\n').unwrap();
        let end = first.strip_prefix("a<<").unwrap();
        assert_eq!(rest.split_once(&format!("\n{end}\n")).unwrap().0, hostile);
        assert!(!hostile.contains(end));
        assert!(text.contains("\nb<<end_"), "{text}");
    }

    #[test]
    fn every_line_of_a_secret_is_hidden() {
        assert_eq!(mask("a%b\n\n c \r\n"), "::add-mask::a%25b\n::add-mask::c\n");
        assert_eq!(mask(""), "");
    }
}
