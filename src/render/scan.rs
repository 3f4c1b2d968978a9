//! Bytes looked for in running text, where they are rare.

/// Bytes tested at a time: the compiler makes a wide comparison of it.
const BLOCK: usize = 16;

/// Where the first byte stands that is `wanted`, which should be a plain comparison.
pub(super) fn find(text: &str, wanted: impl Fn(u8) -> bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let has = |block: &[u8; BLOCK]| block.iter().fold(false, |found, byte| found | wanted(*byte));
    let (blocks, rest) = bytes.as_chunks();
    let at = match blocks.iter().position(has) {
        Some(index) => index * BLOCK,
        // The last block, which may overlap the one before it, spares a look at each byte of the rest.
        None if bytes.last_chunk().is_some_and(|last| !has(last)) => return None,
        None => bytes.len() - rest.len(),
    };
    bytes[at..].iter().position(|byte| wanted(*byte)).map(|length| at + length)
}

/// Whether `byte` is among `wanted`, as plain comparisons.
#[expect(
    clippy::needless_bitwise_bool,
    reason = "branches keep the compiler from testing many bytes at a time"
)]
pub(super) fn is_any<const N: usize>(byte: u8, wanted: [u8; N]) -> bool {
    wanted.iter().fold(false, |found, one| found | (byte == *one))
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
