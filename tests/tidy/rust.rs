//! Rust source as far as the house rules need it: tokens with their lines, literals and comments told apart.

use std::collections::BTreeSet;

/// A word, a literal (as `"`), `::`, or one character of punctuation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'t> {
    pub text: &'t str,
    /// Counted from 1.
    pub line: usize,
    /// Differs from `line` for a literal that goes over several.
    pub last_line: usize,
}

/// The tokens of a file; comments are left out.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut out = Vec::new();
    let (mut at, mut line) = (0, 1);
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let (length, token) = if first.is_whitespace() {
            (first.len_utf8(), None)
        } else if rest.starts_with("//") {
            (rest.find('\n').unwrap_or(rest.len()), None)
        } else if rest.starts_with("/*") {
            (block_comment(rest), None)
        } else if let Some(length) = literal(rest) {
            (length, Some("\""))
        } else if rest.starts_with("::") {
            (2, Some("::"))
        } else {
            let raw = if rest.starts_with("r#") { 2 } else { 0 };
            let end = rest[raw..].find(|c: char| !is_word(c)).map_or(rest.len(), |end| raw + end);
            let length = if end == raw { first.len_utf8() } else { end };
            (length, Some(&rest[if end == raw { 0 } else { raw }..length]))
        };
        let last_line = line + rest[..length].matches('\n').count();
        out.extend(token.map(|text| Token { text, line, last_line }));
        (at, line) = (at + length, last_line);
    }
    out
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn block_comment(rest: &str) -> usize {
    let (mut at, mut depth) = (2, 1);
    while depth > 0 && at < rest.len() {
        let here = &rest.as_bytes()[at..];
        let step = if here.starts_with(b"/*") { 1 } else { -i32::from(here.starts_with(b"*/")) };
        depth += step;
        at += if step == 0 { 1 } else { 2 };
    }
    at.min(rest.len())
}

/// The length of the string or character that `rest` begins with; `None` for a word or a lifetime.
fn literal(rest: &str) -> Option<usize> {
    let bare = rest.strip_prefix(['b', 'c']).unwrap_or(rest);
    let prefix = rest.len() - bare.len();
    if let Some(raw) = bare.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let body = raw[hashes..].strip_prefix('"')?;
        let end = format!("\"{}", "#".repeat(hashes));
        let length = body.find(&end).map_or(body.len(), |at| at + end.len());
        return Some(prefix + 1 + hashes + 1 + length);
    }
    let quote = bare.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let mut inside = bare.char_indices().skip(1);
    if quote == '\'' {
        let mut ahead = bare.chars().skip(1);
        let escaped = ahead.next()? == '\\';
        if !escaped && ahead.next() != Some('\'') {
            return None;
        }
    }
    while let Some((at, c)) = inside.next() {
        if c == '\\' {
            inside.next();
        } else if c == quote {
            return Some(prefix + at + 1);
        }
    }
    Some(rest.len())
}

/// The tokens without what stands behind `#[cfg(test)]`.
pub(super) fn without_tests<'t>(tokens: &[Token<'t>]) -> Vec<Token<'t>> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut out = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let marked = tokens[at..].iter().take(MARK.len()).map(|token| token.text).eq(MARK);
        if marked {
            at = end_of_item(tokens, at + MARK.len());
        } else {
            out.push(tokens[at]);
            at += 1;
        }
    }
    out
}

/// Where the item that begins at `at` is over: behind its `;` or its closing brace.
pub(super) fn end_of_item(tokens: &[Token<'_>], at: usize) -> usize {
    let mut depth = 0_i32;
    for (index, token) in tokens.iter().enumerate().skip(at) {
        depth += match token.text {
            "{" | "(" | "[" => 1,
            "}" | ")" | "]" => -1,
            _ => 0,
        };
        if depth == 0 && matches!(token.text, ";" | "}") {
            return index + 1;
        }
    }
    tokens.len()
}

/// How many lines hold code.
pub(super) fn lines(tokens: &[Token<'_>]) -> usize {
    tokens.iter().flat_map(|token| token.line..=token.last_line).collect::<BTreeSet<_>>().len()
}

/// A `mod name;` of a file: the names of the inline modules around it and its own, and whether it is for tests only.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Declared {
    pub path: Vec<String>,
    pub test: bool,
}

/// The modules that live in files of their own.
pub(super) fn modules(tokens: &[Token<'_>]) -> Vec<Declared> {
    let kept: BTreeSet<usize> = without_tests(tokens).iter().map(|token| token.line).collect();
    let mut out = Vec::new();
    let (mut depth, mut inside): (usize, Vec<(usize, &str)>) = (0, Vec::new());
    for (index, token) in tokens.iter().enumerate() {
        let next = |ahead: usize| tokens.get(index + ahead).map_or("", |token| token.text);
        match (token.text, next(2)) {
            ("mod", ";") => {
                let outer = inside.iter().map(|(_, name)| *name);
                let path = outer.chain([next(1)]).map(str::to_owned).collect();
                out.push(Declared { path, test: !kept.contains(&token.line) });
            }
            ("mod", "{") => inside.push((depth, next(1))),
            ("{", _) => depth += 1,
            ("}", _) => {
                depth = depth.saturating_sub(1);
                inside.retain(|(outer, _)| *outer < depth);
            }
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        tokens(text).iter().map(|token| token.text).collect()
    }

    #[test]
    fn literals_and_comments_are_no_code() {
        assert_eq!(words("a // b\nc /* d /* e */ f */ g"), ["a", "c", "g"]);
        assert_eq!(
            words(r##"x("} \" fn", r#"fn "y" {"#, b"z")"##),
            ["x", "(", "\"", ",", "\"", ",", "\"", ")"]
        );
        assert_eq!(
            words("f::<'a>('{', '\\'', 'é')"),
            ["f", "::", "<", "'", "a", ">", "(", "\"", ",", "\"", ",", "\"", ")"]
        );
        assert_eq!(words("mod r#where;"), ["mod", "where", ";"]);
    }

    #[test]
    fn lines_are_counted_through_literals() {
        let text = "let a = \"one\n\ntwo\";\n// three\n\nlet b;";
        assert_eq!(tokens(text).last().map(|token| token.line), Some(6));
        assert_eq!(lines(&tokens(text)), 4);
    }

    #[test]
    fn tests_are_left_out() {
        let text = "a; #[cfg(test)] mod tests { fn b() { c() } } d;";
        let kept: Vec<_> = without_tests(&tokens(text)).iter().map(|token| token.text).collect();
        assert_eq!(kept, ["a", ";", "d", ";"]);
    }

    #[test]
    fn modules_know_the_modules_around_them() {
        let text = "mod a;\npub mod b { mod c; fn d() { if e {} } mod f; }\n#[cfg(test)]\nmod g;";
        let found: Vec<_> =
            modules(&tokens(text)).into_iter().map(|module| (module.path.join("/"), module.test)).collect();
        let found: Vec<_> = found.iter().map(|(path, test)| (path.as_str(), *test)).collect();
        assert_eq!(found, [("a", false), ("b/c", false), ("b/f", false), ("g", true)]);
    }
}
