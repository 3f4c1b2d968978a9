//! Whether Telegram takes what was composed: the sizes of its messages, before they are made.

use super::link::Scope;
use super::measure::{Measure, heaviest, measure};
use super::notes::Spot;
use super::tree::Text;
use super::{codes, limits, split};
use crate::content::Overflow;
use crate::diagnostic::Diagnostic;

/// Notes what keeps `text`, which must be tidied, from being sent as messages.
pub(super) fn check(text: &Text<'_>, scope: &mut Scope<'_>) {
    if scope.notes.post.front.overflow == Overflow::Error {
        let parts = split::at_breaks(text);
        for (index, part) in parts.iter().enumerate() {
            let what = if parts.len() > 1 {
                format!("message {} of the post", index + 1)
            } else {
                "the post".into()
            };
            check_size(&what, measure(part), scope);
        }
    } else if !heaviest(text).fits(&Measure::MESSAGE) {
        check_size("a single link or piece of code", split::least(text), scope);
    }
}

fn check_size(what: &str, size: Measure, scope: &mut Scope<'_>) {
    let over = |amount: usize, limit: usize, unit: &str| {
        (amount > limit).then(|| format!("{} {unit}, {} are allowed", grouped(amount), grouped(limit)))
    };
    if let Some(excess) = over(size.chars, limits::TEXT_CHARS, "characters") {
        let problem = Diagnostic::error(codes::TOO_LONG, format!("{what} is too long: {excess}"));
        let hint =
            "shorten it, set breaks with `<!-- tgsync:break -->`, or let it be cut with `overflow: split`";
        scope.notes.add(problem.hint(hint), Spot::Key("overflow"));
    } else if let Some(excess) = over(size.bytes, limits::RAW_BYTES, "bytes with tags and addresses") {
        let problem = Diagnostic::error(codes::TOO_LARGE, format!("{what} is too large: {excess}"));
        scope.notes.add(problem.hint("remove or shorten links"), Spot::File);
    } else if let Some(excess) = over(size.entities, limits::ENTITIES, "formatted pieces") {
        let message = format!("{what} has {excess}: Telegram drops the formatting of the rest");
        scope.notes.add(Diagnostic::warning(codes::TOO_MANY_ENTITIES, message), Spot::File);
    } else if let Some(excess) =
        over(size.entity_bytes, limits::ENTITY_BYTES, "bytes of links and formatting")
    {
        let message = format!("{what} has {excess}: Telegram may refuse it");
        scope.notes.add(Diagnostic::warning(codes::HEAVY_ENTITIES, message), Spot::File);
    }
}

/// Digits in groups of three.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&[u8]> = digits.as_bytes().rchunks(3).rev().collect();
    String::from_utf8_lossy(&groups.join(&b','.to_owned())).into_owned()
}
