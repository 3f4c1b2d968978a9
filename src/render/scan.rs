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

/// Where the first byte stands that is `wanted` together with the one after it; as of [`find`], a plain comparison.
pub(super) fn find_pair(text: &str, wanted: impl Fn(u8, u8) -> bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let has = |block: &[u8; BLOCK + 1]| {
        (0..BLOCK).fold(false, |found, at| found | wanted(block[at], block[at + 1]))
    };
    let mut at = 0;
    loop {
        match bytes[at..].first_chunk() {
            Some(block) if !has(block) => at += BLOCK,
            None if bytes.last_chunk().is_some_and(|last| !has(last)) => return None,
            _ => break,
        }
    }
    bytes[at..].windows(2).position(|pair| wanted(pair[0], pair[1])).map(|length| at + length)
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

    #[test]
    fn the_first_pair_is_found_wherever_it_stands() {
        let is_pair = |one, next| one == b'.' && next == b'b';
        for length in 0..100 {
            let text = "a".repeat(length);
            assert_eq!(find_pair(&format!("{text}. b."), is_pair), None);
            assert_eq!(find_pair(&format!("{text}.b.b{text}"), is_pair), Some(length));
        }
    }
}
