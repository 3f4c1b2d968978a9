//! Which files make one message: neighbours that an album mixes, as many as it holds.

use super::Group;
use crate::media::{Class, Kind};
use crate::render::limits;
use crate::render::part::Item;

/// The messages that show `items`, nothing moved.
pub(super) fn groups(items: Vec<Item>, above: bool) -> Vec<Group> {
    let kinds: Vec<Kind> = items.iter().map(|item| item.kind).collect();
    let mut items = items.into_iter();
    let group = |size: usize| {
        let items: Vec<Item> = items.by_ref().take(size).collect();
        let above = above && items.iter().all(|item| has_above(item.kind));
        Group { items, above }
    };
    sizes(&kinds).into_iter().map(group).collect()
}

/// Whether the text can stand above (Bot API, `show_caption_above_media`).
fn has_above(kind: Kind) -> bool {
    kind.class() == Some(Class::Visual) || kind == Kind::Animation
}

/// How many of `kinds` each message takes.
fn sizes(kinds: &[Kind]) -> Vec<usize> {
    let together = |one: &Kind, next: &Kind| one.class().is_some() && one.class() == next.class();
    kinds.chunk_by(together).flat_map(|run| albums(run.len())).collect()
}

/// Full albums first: what is added at the end leaves them alone. The last one takes two at least.
fn albums(mut count: usize) -> Vec<usize> {
    let mut sizes = Vec::new();
    while count > 0 {
        let rest = count.saturating_sub(limits::ALBUM);
        let size = if rest == 1 { limits::ALBUM - 1 } else { count.min(limits::ALBUM) };
        sizes.push(size);
        count -= size;
    }
    sizes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn albums_are_full_and_nothing_is_left_over() {
        let table: [(usize, &[usize]); 9] = [
            (0, &[]),
            (1, &[1]),
            (2, &[2]),
            (10, &[10]),
            (11, &[9, 2]),
            (12, &[10, 2]),
            (20, &[10, 10]),
            (21, &[10, 9, 2]),
            (23, &[10, 10, 3]),
        ];
        for (count, expected) in table {
            assert_eq!(albums(count), expected, "{count}");
        }
    }

    #[test]
    fn neighbours_of_a_class_share_an_album() {
        use Kind::{Animation as G, Audio as A, Document as D, Photo as P, Video as V, Voice as O};
        let table: [(&[Kind], &[usize]); 6] = [
            (&[P, V, P], &[3]),
            (&[P, D, P], &[1, 1, 1]),
            (&[P, P, A, A, D, D, D], &[2, 2, 3]),
            (&[G, G], &[1, 1]),
            (&[O, O, P, P], &[1, 1, 2]),
            (&[P, G, P], &[1, 1, 1]),
        ];
        for (kinds, expected) in table {
            assert_eq!(sizes(kinds), expected, "{kinds:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_is_shown_within_the_rules(
            kinds in prop::collection::vec(prop::sample::select(Kind::ALL.to_vec()), 0..60),
        ) {
            let sizes = sizes(&kinds);
            prop_assert_eq!(sizes.iter().sum::<usize>(), kinds.len());
            let mut rest = kinds.as_slice();
            for size in sizes {
                prop_assert!((1..=10).contains(&size));
                let (group, after) = rest.split_at(size);
                let class = group[0].class();
                prop_assert!(size == 1 || class.is_some() && group.iter().all(|kind| kind.class() == class));
                // A single one has no neighbour that it could be with.
                prop_assert!(size > 1 || class.is_none() || after.first().is_none_or(|next| next.class() != class));
                rest = after;
            }
        }
    }
}
