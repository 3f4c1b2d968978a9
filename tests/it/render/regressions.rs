//! What fuzzing found once: each file of `fuzz/regressions/markdown` is a body that was rendered wrongly.

use super::sound;

#[test]
#[expect(clippy::disallowed_methods, reason = "reads the files that fuzzing left")]
fn what_was_found_stays_corrected() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/regressions/markdown");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        // The fuzzer, too, sees what is valid at the start.
        let body = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        sound::holds(body).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}
