//! One cause in many files becomes one diagnostic.

use std::collections::{BTreeMap, BTreeSet};

use super::{Diagnostic, sort};
use crate::ids::RelPath;

/// A cause is folded when more files than this share it.
const FOLD_ABOVE: usize = 3;

/// So many places are named in a folded diagnostic.
const PLACES_NAMED: usize = 3;

/// Sorted, and with each cause that more than three files share as one diagnostic: it counts the files, names the first places
/// and stands at the first. Two diagnostics have the same cause when severity, code and message agree.
pub fn fold(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    sort(&mut diagnostics);
    let mut groups: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (index, one) in diagnostics.iter().enumerate() {
        let cause = (one.severity, one.code, one.message.clone());
        groups.entry(cause).or_default().push(index);
    }
    let mut folded = BTreeMap::new();
    let mut dropped = BTreeSet::new();
    for group in groups.into_values() {
        if files(&diagnostics, &group).len() > FOLD_ABOVE {
            folded.insert(group[0], summary(&diagnostics, &group));
            dropped.extend(group.into_iter().skip(1));
        }
    }
    diagnostics
        .into_iter()
        .enumerate()
        .filter(|(index, _)| !dropped.contains(index))
        .map(|(index, one)| folded.remove(&index).unwrap_or(one))
        .collect()
}

fn files(diagnostics: &[Diagnostic], group: &[usize]) -> BTreeSet<RelPath> {
    group.iter().filter_map(|&index| Some(diagnostics[index].place.as_ref()?.file.clone())).collect()
}

fn summary(diagnostics: &[Diagnostic], group: &[usize]) -> Diagnostic {
    let first = diagnostics[group[0]].clone();
    let count = files(diagnostics, group).len();
    let mut places: Vec<String> = group
        .iter()
        .filter_map(|&index| diagnostics[index].place.as_ref())
        .map(|place| format!("{}:{}", place.file, place.line))
        .collect();
    places.dedup();
    let more = places.len().saturating_sub(PLACES_NAMED);
    places.truncate(PLACES_NAMED);
    let mut named = places.join(", ");
    if more > 0 {
        named = format!("{named} and {more} more");
    }
    let same_hint = group.iter().all(|&index| diagnostics[index].hint == first.hint);
    let hint = match first.hint {
        Some(hint) if !same_hint => Some(format!("in the first file: {hint}")),
        hint => hint,
    };
    Diagnostic { message: format!("{}, in {count} files: {named}", first.message), hint, ..first }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Place, codes::front_matter::UNKNOWN_KEY};

    fn unknown(file: usize, key: &str, hint: &str) -> Diagnostic {
        let path = format!("content/{file}.md");
        let path = RelPath::new(std::path::Path::new(&path)).unwrap();
        let text = format!("---\n{key}: 1\n---\n");
        Diagnostic::error(UNKNOWN_KEY, format!("unknown key `{key}`"))
            .at(Place::at(&path, &text, 4..4 + key.len()))
            .hint(hint)
    }

    #[test]
    fn many_files_with_one_cause_are_one_diagnostic() {
        let mut all: Vec<_> = (1..=5).map(|n| unknown(n, "aliases", "skip it")).collect();
        all.extend((1..=3).map(|n| unknown(n, "weight", "skip it")));
        let folded = fold(all);
        let messages: Vec<_> = folded.iter().map(|d| d.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "unknown key `aliases`, in 5 files: content/1.md:2, content/2.md:2, content/3.md:2 and 2 more",
                "unknown key `weight`",
                "unknown key `weight`",
                "unknown key `weight`",
            ]
        );
        assert_eq!(folded[0].hint.as_deref(), Some("skip it"));
    }

    #[test]
    fn hints_that_differ_are_marked_as_the_first_one_s() {
        let all = (1..=4).map(|n| unknown(n, "aliases", &format!("hint {n}"))).collect();
        assert_eq!(fold(all)[0].hint.as_deref(), Some("in the first file: hint 1"));
    }
}
