//! The bot token: a secret that can be used but not shown.

use std::fmt;

use crate::ids::BotId;

/// Longest token a Bot API server looks at, in bytes.
const MAX_BYTES: usize = 80;
/// Bot ids end below this number (Bot API server: user ids have at most 54 bits).
const ID_END: i64 = 1 << 54;
/// A secret shorter than this is only scrubbed together with its id: it could be an ordinary word.
const MIN_SCRUBBED: usize = 8;

/// A bot token, `NUMBER:SECRET`. It has no `Display`, `Debug` hides it, and only the wire may read it.
#[derive(Clone)]
pub struct Token {
    whole: String,
    bot: BotId,
}

/// What is wrong with the form of a token, in words that never repeat it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    #[error("the bot token is empty")]
    Empty,
    #[error("the bot token begins with `bot`, which belongs to the URL and not to the token")]
    Prefixed,
    #[error("the bot token holds a space, a quote or another character that tokens never have")]
    Character,
    #[error("the bot token has no `:`; it looks like `123456:ABC-def…`, as @BotFather shows it")]
    NoColon,
    #[error("the bot token does not begin with the number of the bot; it looks like `123456:ABC-def…`")]
    NoNumber,
    #[error("the bot token ends after its `:`; the secret half is missing")]
    NoSecret,
    #[error("the bot token is longer than {MAX_BYTES} characters")]
    TooLong,
}

impl Token {
    /// Check the form of a token. Space around it is dropped: files end with a line break.
    pub fn new(text: &str) -> Result<Self, BadToken> {
        let text = text.trim();
        if text.is_empty() {
            return Err(BadToken::Empty);
        }
        if text.len() > MAX_BYTES {
            return Err(BadToken::TooLong);
        }
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b':' | b'-' | b'_');
        if !text.bytes().all(plain) || text.matches(':').count() > 1 {
            return Err(BadToken::Character);
        }
        if text.starts_with("bot") {
            return Err(BadToken::Prefixed);
        }
        let (number, secret) = text.split_once(':').ok_or(BadToken::NoColon)?;
        let bot = bot_number(number).ok_or(BadToken::NoNumber)?;
        if secret.is_empty() {
            return Err(BadToken::NoSecret);
        }
        Ok(Self { whole: text.to_owned(), bot })
    }

    /// The bot this token belongs to: the number before the colon.
    pub fn bot_id(&self) -> BotId {
        self.bot
    }

    /// The token in clear, for the URL of a call and nothing else.
    pub(super) fn expose(&self) -> &str {
        &self.whole
    }

    /// `text` without this token, wherever it came from: whole, with an escaped colon, or only its secret half.
    pub fn scrub(&self, text: &str) -> String {
        let scrubbed = text.replace(&self.whole, "…");
        match self.whole.split_once(':') {
            Some((_, secret)) if secret.len() >= MIN_SCRUBBED => scrubbed.replace(secret, "…"),
            _ => scrubbed,
        }
    }
}

fn bot_number(digits: &str) -> Option<BotId> {
    let canonical = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
    let number: i64 = digits.parse().ok().filter(|n| canonical && *n < ID_END)?;
    Some(BotId(number))
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "123456:AAE-x_yz0123456789abcdefghijklmnopq";

    #[test]
    fn tokens_are_told_from_what_people_paste_instead() {
        let long = format!("1:{}", "a".repeat(80));
        let cases = [
            ("", BadToken::Empty),
            (" \n", BadToken::Empty),
            ("bot123456:AAE", BadToken::Prefixed),
            ("\"123456:AAE\"", BadToken::Character),
            ("123456:AA E", BadToken::Character),
            ("123456:AA:E", BadToken::Character),
            ("123456:ÄÄ", BadToken::Character),
            ("123456/../x:AA", BadToken::Character),
            ("123456", BadToken::NoColon),
            (":AAE", BadToken::NoNumber),
            ("0123:AAE", BadToken::NoNumber),
            ("-5:AAE", BadToken::NoNumber),
            ("99999999999999999999:AAE", BadToken::NoNumber),
            ("18014398509481984:AAE", BadToken::NoNumber),
            ("123456:", BadToken::NoSecret),
            (long.as_str(), BadToken::TooLong),
        ];
        for (text, error) in cases {
            assert_eq!(Token::new(text).err(), Some(error), "{text}");
        }
    }

    #[test]
    fn a_good_token_is_trimmed_and_knows_its_bot() {
        let token = Token::new(&format!("  {GOOD}\r\n")).unwrap();
        assert_eq!(token.expose(), GOOD);
        assert_eq!(token.bot_id(), BotId(123_456));
    }

    #[test]
    fn nothing_shows_it() {
        let token = Token::new(GOOD).unwrap();
        assert_eq!(format!("{token:?} {token:#?}"), "Token(…) Token(…)");
        let secret = GOOD.split_once(':').unwrap().1;
        let text = format!("at /bot{GOOD}/getMe, /bot123456%3A{secret}/getMe and {secret}");
        assert_eq!(token.scrub(&text), "at /bot…/getMe, /bot123456%3A…/getMe and …");
        assert_eq!(Token::new("1:to").unwrap().scrub("go to 1:to"), "go to …");
    }
}
