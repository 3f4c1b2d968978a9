//! `${NAME}` in texts of the config, and the refusal of secrets in it.

use crate::diagnostic::Diagnostic;
use crate::diagnostic::codes::config as codes;
use crate::yaml::{Node, Tree, holds_token};

/// Gives the value of an environment variable.
pub(super) type Env<'e> = &'e dyn Fn(&str) -> Option<String>;

/// Keys that other tools keep secrets in. We have none of them.
const SECRET_KEYS: &[&str] = &[
    "token",
    "bot_token",
    "telegram_bot_token",
    "secret",
    "password",
    "api_key",
    "api_hash",
    "access_key",
    "access_key_id",
    "secret_key",
    "secret_access_key",
    "private_key",
];

/// The values of a config with variables filled in and secrets taken out; both are reported. A `chat` or `scratch_chat` whose variable isn't set stays
/// as it is written: the lock may know the chat.
pub(super) fn filled(node: &Node<'_>, env: Env<'_>) -> Tree {
    match node.tree() {
        Tree::Text(text) => filled_text(node, text, env),
        Tree::List(_) => {
            let items = node.items();
            Tree::List(items.iter().map(|item| filled(item, env)).collect())
        }
        Tree::Map(_) => {
            let mut pairs = Vec::new();
            for (name, value) in node.entries() {
                if is_secret(name, value.tree()) {
                    secret_key(&value, name);
                } else {
                    pairs.push((name.to_owned(), filled(&value, env)));
                }
            }
            Tree::Map(pairs)
        }
        other => other.clone(),
    }
}

/// Whether a text of a chat still waits for its variable.
pub(super) fn is_unset(text: &str) -> bool {
    text.contains("${")
}

fn is_secret(name: &str, value: &Tree) -> bool {
    matches!(value, Tree::Text(_)) && SECRET_KEYS.contains(&name.to_lowercase().as_str())
}

/// The value isn't shown: the excerpt ends behind the key.
fn secret_key(node: &Node<'_>, name: &str) {
    if node.document().told_enough() {
        return;
    }
    let mut place = node.key_place();
    let shown = place.excerpt_start + place.length;
    place.excerpt = place.excerpt.chars().take(shown).collect::<String>() + ": …";
    let message = format!("`{name}` looks like a secret, and the config is no place for one");
    node.document().report(
        Diagnostic::error(codes::SECRET, message)
            .at(place)
            .hint("name the variable with token_env: `token_env: TELEGRAM_BOT_TOKEN`"),
    );
}

fn filled_text(node: &Node<'_>, text: &str, env: Env<'_>) -> Tree {
    let token = |from: &str| {
        let message = format!("`{}` {from} a bot token", node.name());
        let hint = "name the variable with token_env: `token_env: TELEGRAM_BOT_TOKEN`; a token that was committed has to be revoked with @BotFather";
        node.error(codes::SECRET, message, hint);
        refused(node)
    };
    if holds_token(text) {
        return token("looks like");
    }
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("${") {
        filled.push_str(before);
        let Some((name, behind)) = behind.split_once('}').filter(|(name, _)| is_variable(name)) else {
            let message = format!("`{}` holds a `${{` that isn't `${{NAME}}`", node.name());
            node.error(
                codes::VARIABLE,
                message,
                "write the name of a variable in braces: `${TELEGRAM_CHAT_ID}`",
            );
            return refused(node);
        };
        match env(name).filter(|value| !value.is_empty()) {
            Some(value) => filled.push_str(&value),
            None if is_chat(node.name()) => return Tree::Text(text.to_owned()),
            None => {
                let message = format!("`{}` needs the variable `{name}`, which isn't set", node.name());
                node.error(codes::VARIABLE, message, format!("set `{name}`, or write the value here"));
                return refused(node);
            }
        }
        rest = behind;
    }
    filled.push_str(rest);
    if holds_token(&filled) {
        return token("is filled with");
    }
    Tree::Text(filled)
}

/// Stands for a value that was refused, so that nothing more is said about it.
fn refused(node: &Node<'_>) -> Tree {
    if is_chat(node.name()) {
        return Tree::Text("${".to_owned());
    }
    Tree::Null
}

/// Letters, digits and `_`, no digit first.
pub(super) fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn is_chat(path: &str) -> bool {
    path.starts_with("targets.") && matches!(path.rsplit('.').next(), Some("chat" | "scratch_chat"))
}
