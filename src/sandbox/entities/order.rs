//! The order of entities: offset ascending, length descending, outer kind first.
//!
//! Entities of the same range and rank (two links, a quote in an expandable quote) have no order of their own; which
//! one comes first decides which one survives. The server leaves that to its sorting routine, a quicksort around the
//! median of three that hands runs of 16 to an insertion sort, so the same steps are taken here.

use std::cmp::{Ordering, Reverse};

use super::entity::Entity;

/// Runs up to this length are not divided further.
const RUN: usize = 16;

fn compare(a: &Entity, b: &Entity) -> Ordering {
    let key = |e: &Entity| (e.offset, Reverse(e.length), e.kind.rank());
    key(a).cmp(&key(b))
}

fn less(entities: &[Entity], a: usize, b: usize) -> bool {
    compare(&entities[a], &entities[b]).is_lt()
}

pub(super) fn sort(entities: &mut [Entity]) {
    if entities.is_sorted_by(|a, b| compare(a, b).is_le()) {
        return;
    }
    divide(entities, 2 * entities.len().ilog2());
    entities.sort_by(compare);
}

/// Partitions until only short runs are unsorted. Equal elements change places here and nowhere else.
fn divide(mut entities: &mut [Entity], depth: u32) {
    for left in (0..depth).rev() {
        if entities.len() <= RUN {
            return;
        }
        let cut = partition(entities);
        let (low, high) = entities.split_at_mut(cut);
        divide(high, left);
        entities = low;
    }
}

/// Splits around the median of three, which it first brings to the front.
fn partition(entities: &mut [Entity]) -> usize {
    let (a, b, c) = (1, entities.len() / 2, entities.len() - 1);
    let median = match (less(entities, a, b), less(entities, b, c), less(entities, a, c)) {
        (true, true, _) | (false, false, false) => b,
        (true, false, false) | (false, _, true) => a,
        (true, false, true) | (false, true, false) => c,
    };
    entities.swap(0, median);
    let (mut low, mut high) = (1, entities.len());
    loop {
        while less(entities, low, 0) {
            low += 1;
        }
        high -= 1;
        while less(entities, 0, high) {
            high -= 1;
        }
        if low >= high {
            return low;
        }
        entities.swap(low, high);
        low += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::sort;
    use crate::sandbox::entities::entity::{Entity, Kind};

    #[test]
    fn any_length_ends_up_in_order() {
        for count in [0, 1, 2, 17, 200] {
            let mut entities: Vec<Entity> = (0..count)
                .map(|i| Entity::new(Kind::Bold, (i * 37) % 11, (i * 37) % 11 + 1 + i % 5))
                .collect();
            sort(&mut entities);
            assert!(entities.is_sorted_by_key(|e| (e.offset, std::cmp::Reverse(e.length))));
        }
    }
}
