//! The keys of an object store: secrets that can be used but not shown.

use std::fmt;

/// An access key and its secret. It has no `Display`, `Debug` hides both, and only the wire may read them.
#[derive(Clone)]
pub struct Credentials {
    access: String,
    secret: String,
}

/// What is wrong with the form of keys, in words that never repeat them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadKeys {
    #[error("the access key is empty or holds a character that no access key has")]
    Access,
    #[error("the secret key is empty or holds a line break or another control character")]
    Secret,
}

impl Credentials {
    /// Check the form of both. Space around them is dropped: files end with a line break.
    pub fn new(access: &str, secret: &str) -> Result<Self, BadKeys> {
        let (access, secret) = (access.trim(), secret.trim());
        let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '/' | ',' | '=');
        if access.is_empty() || !access.chars().all(plain) {
            return Err(BadKeys::Access);
        }
        if secret.is_empty() || secret.chars().any(char::is_control) {
            return Err(BadKeys::Secret);
        }
        Ok(Self { access: access.to_owned(), secret: secret.to_owned() })
    }

    /// Both in clear, to sign requests and nothing else.
    pub(super) fn expose(&self) -> (&str, &str) {
        (&self.access, &self.secret)
    }

    /// `text` without these keys: servers repeat the access key in their answers.
    pub(super) fn scrub(&self, text: &str) -> String {
        text.replace(&self.secret, "…").replace(&self.access, "…")
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_checked_and_not_shown() {
        let keys = Credentials::new(" minio-user\n", "s3cret+/=\n").unwrap();
        assert_eq!(keys.expose(), ("minio-user", "s3cret+/="));
        assert_eq!(format!("{keys:?}"), "Credentials(…)");
        assert_eq!(keys.scrub("minio-user: s3cret+/= is wrong"), "…: … is wrong");
        for (access, secret, expected) in [
            ("", "s", BadKeys::Access),
            ("a b", "s", BadKeys::Access),
            ("a/b", "s", BadKeys::Access),
            ("a", " \n", BadKeys::Secret),
            ("a", "s\ns", BadKeys::Secret),
        ] {
            assert_eq!(Credentials::new(access, secret).unwrap_err(), expected, "{access:?} {secret:?}");
        }
    }
}
