//! Overlapping entities made into a proper nesting, and the 100-entity cut.

use super::entity::{Class, Entity, STYLES};
use super::order::sort;

/// Most entities a bot's message keeps; custom emoji and what the server finds itself don't count.
const MAX_ENTITIES: usize = 100;

/// Removes and cuts entities until no two cross and no forbidden nesting is left.
pub(super) fn resolve(entities: Vec<Entity>) -> Vec<Entity> {
    let (styles, quotes, mut whole) = by_class(entities);
    let quotes = without_overlaps(quotes);
    whole = without_overlaps(whole);
    drop_crossing(&mut whole, &quotes);
    join(styles, quotes, whole)
}

/// Adds what was found in the text, where it does not disturb what the author marked.
pub(super) fn add_found(entities: Vec<Entity>, mut found: Vec<Entity>) -> Vec<Entity> {
    let (styles, quotes, mut whole) = by_class(entities);
    drop_crossing(&mut found, &quotes);
    found.retain(|f| !whole.iter().any(|e| e.offset < f.end() && f.offset < e.end()));
    whole.extend(found);
    join(styles, quotes, whole)
}

/// What is left of the entities when the message goes out: atomic ones first, then united styles. The second value is
/// how many were lost.
pub(super) fn cut(entities: Vec<Entity>) -> (Vec<Entity>, usize) {
    let (styles, quotes, mut rest) = by_class(entities);
    rest.extend(quotes);
    sort(&mut rest);
    let mut count = 0;
    let mut lost = 0;
    let mut fits = || {
        count += 1;
        lost += usize::from(count > MAX_ENTITIES);
        count <= MAX_ENTITIES
    };
    rest.retain(|e| matches!(e.kind, super::entity::Kind::CustomEmoji { .. }) || e.kind.is_found() || fits());
    rest.extend(divide(styles, &[]).into_iter().filter(|_| fits()));
    sort(&mut rest);
    (rest, lost)
}

/// Styles, quotes and the rest, each sorted.
fn by_class(mut entities: Vec<Entity>) -> (Vec<Entity>, Vec<Entity>, Vec<Entity>) {
    sort(&mut entities);
    let (styles, rest): (Vec<_>, Vec<_>) =
        entities.into_iter().partition(|e| matches!(e.kind.class(), Class::Style(_)));
    let (quotes, whole) = rest.into_iter().partition(|e| e.kind.class() == Class::Quote);
    (styles, quotes, whole)
}

fn join(styles: Vec<Entity>, quotes: Vec<Entity>, whole: Vec<Entity>) -> Vec<Entity> {
    let mut fixed = whole;
    fixed.extend(quotes);
    sort(&mut fixed);
    let styles = divide(styles, &fixed);
    fixed.extend(styles);
    sort(&mut fixed);
    fixed
}

/// Keeps an entity when it starts at or after the end of the last one kept.
fn without_overlaps(entities: Vec<Entity>) -> Vec<Entity> {
    let mut end = 0;
    let keep = |e: &Entity| {
        let apart = e.offset >= end;
        if apart {
            end = e.end();
        }
        apart
    };
    entities.into_iter().filter(keep).collect()
}

/// Drops entities that cross a quote or reach out of it.
fn drop_crossing(entities: &mut Vec<Entity>, quotes: &[Entity]) {
    entities.retain(|e| {
        // Only the first quote that ends behind the start can be met badly first.
        quotes.iter().find(|q| q.end() > e.offset).is_none_or(|q| {
            let reaches_out = q.end() < e.end();
            let starts_before = e.offset < q.offset && q.offset < e.end();
            !reaches_out && !starts_before
        })
    });
}

/// Unites styles of one kind and cuts them at the borders of `fixed` and where another style starts.
fn divide(styles: Vec<Entity>, fixed: &[Entity]) -> Vec<Entity> {
    let mut divider = Divider { styles: styles.into_iter().peekable(), running: [None; 5], out: Vec::new() };
    let mut nested: Vec<&Entity> = Vec::new();
    for entity in fixed {
        divider.leave(&mut nested, entity.offset);
        divider.advance(entity.offset);
        nested.push(entity);
    }
    divider.leave(&mut nested, usize::MAX);
    divider.advance(usize::MAX);
    sort(&mut divider.out);
    divider.out
}

struct Divider {
    styles: std::iter::Peekable<std::vec::IntoIter<Entity>>,
    /// For each of the five styles the range that has begun: from where it was last cut, to its end.
    running: [Option<(usize, usize)>; 5],
    out: Vec<Entity>,
}

impl Divider {
    /// Closes the fixed entities that end at or before `offset`; inside code, pre and dates styles are lost.
    fn leave(&mut self, nested: &mut Vec<&Entity>, offset: usize) {
        while let Some(entity) = nested.pop_if(|e| e.end() <= offset) {
            let kept = self.out.len();
            self.advance(entity.end());
            if entity.kind.class() == Class::Opaque {
                self.out.truncate(kept);
            }
        }
    }

    /// Takes up the styles that start before `offset` and cuts everything running there.
    fn advance(&mut self, offset: usize) {
        while let Some(style) = self.styles.next_if(|s| s.offset < offset) {
            let Class::Style(index) = style.kind.class() else {
                continue;
            };
            match &mut self.running[index] {
                Some((_, end)) if style.offset <= *end => *end = style.end().max(*end),
                _ => {
                    self.cut(style.offset);
                    self.running[index] = Some((style.offset, style.end()));
                }
            }
        }
        self.cut(offset);
    }

    fn cut(&mut self, offset: usize) {
        for (running, kind) in self.running.iter_mut().zip(STYLES) {
            let Some((begin, end)) = *running else {
                continue;
            };
            if begin >= offset {
                continue;
            }
            self.out.push(Entity::new(kind, begin, end.min(offset)));
            *running = (end > offset).then_some((offset, end));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{cut, resolve};
    use crate::sandbox::entities::entity::{Entity, Kind};

    fn resolved(entities: &[(Kind, usize, usize)]) -> Vec<(Kind, usize, usize)> {
        let entities =
            entities.iter().cloned().map(|(kind, begin, end)| Entity::new(kind, begin, end)).collect();
        let once = resolve(entities);
        assert_eq!(resolve(once.clone()), once, "resolving is idempotent");
        once.into_iter().map(|e| (e.kind.clone(), e.offset, e.end())).collect()
    }

    #[test]
    fn styles_are_united_and_cut() {
        use Kind::{Bold, Code, Italic};
        assert_eq!(resolved(&[(Bold, 0, 1), (Bold, 1, 2)]), [(Bold, 0, 2)]);
        assert_eq!(resolved(&[(Bold, 0, 3), (Italic, 1, 2)]), [(Bold, 0, 1), (Bold, 1, 3), (Italic, 1, 2)]);
        assert_eq!(resolved(&[(Bold, 0, 3), (Code, 1, 2)]), [(Bold, 0, 1), (Code, 1, 2), (Bold, 2, 3)]);
    }

    #[test]
    fn quotes_win_over_what_crosses_them() {
        use Kind::{Blockquote, Code};
        assert_eq!(resolved(&[(Code, 0, 3), (Blockquote, 1, 2)]), [(Blockquote, 1, 2)]);
        assert_eq!(resolved(&[(Blockquote, 0, 3), (Blockquote, 1, 2)]), [(Blockquote, 0, 3)]);
        assert_eq!(resolved(&[(Code, 0, 3), (Blockquote, 0, 3)]), [(Blockquote, 0, 3), (Code, 0, 3)]);
    }

    #[test]
    fn styles_are_lost_before_code() {
        let code = (1..=100).map(|i| Entity::new(Kind::Code, 2 * i, 2 * i + 1));
        let entities = std::iter::once(Entity::new(Kind::Bold, 0, 1)).chain(code).collect();
        let (kept, lost) = cut(entities);
        assert_eq!((kept.len(), lost), (100, 1));
        assert!(kept.iter().all(|e| e.kind == Kind::Code));
    }
}
