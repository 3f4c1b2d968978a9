//! Bot tokens, as far as the sandbox cares: the usual form, and the bot's id in front.

/// Fewest characters of the secret part of a token of the usual form.
const SECRET: usize = 30;

/// Whether a token is `NUMBER:SECRET` with a secret of at least 30 letters, digits, `_` and `-`.
pub(super) fn is_well_formed(token: &str) -> bool {
    let Some((id, secret)) = token.split_once(':') else {
        return false;
    };
    let is_id = !id.starts_with('0') && id.parse::<i64>().is_ok_and(|id| id > 0) && !id.starts_with('+');
    is_id
        && secret.len() >= SECRET
        && secret.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::is_well_formed;

    #[test]
    fn the_usual_form_is_a_number_and_a_long_secret() {
        assert!(is_well_formed("123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11"));
        for bad in [
            "",
            "123",
            "123:short",
            "x:ABC-DEF1234ghIkl-zyx57W2v1u123ew11",
            "0:ABC-DEF1234ghIkl-zyx57W2v1u123ew11",
        ] {
            assert!(!is_well_formed(bad), "{bad}");
        }
    }
}
