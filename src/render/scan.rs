//! Bytes looked for in running text, where they are rare.

/// Bytes tested at a time: the compiler makes a few wide comparisons of it.
const BLOCK: usize = 32;

/// Where the first byte stands that is `wanted`, which should be a plain comparison.
pub(super) fn find(text: &str, wanted: impl Fn(u8) -> bool) -> Option<usize> {
    let blocks = text.as_bytes().chunks(BLOCK);
    let (index, block) = blocks
        .enumerate()
        .find(|(_, block)| block.iter().fold(false, |found, byte| found | wanted(*byte)))?;
    block.iter().position(|byte| wanted(*byte)).map(|at| index * BLOCK + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_found_wherever_it_stands() {
        for length in 0..100 {
            let text = "a".repeat(length);
            assert_eq!(find(&text, |b| b == b'<'), None);
            assert_eq!(find(&format!("{text}<é<"), |b| b == b'<'), Some(length));
        }
    }
}
