//! All fuzz targets in one binary, which takes half a minute less to build than one for each. `TGSYNC_FUZZ` names the target;
//! start it with `fuzz/run TARGET`.
#![no_main]

use std::sync::OnceLock;

#[path = "../tests/it/hostile/mod.rs"]
mod hostile;
#[path = "../tests/it/render/sound/mod.rs"]
#[allow(dead_code)]
mod sound;

static HOLDS: OnceLock<hostile::Holds> = OnceLock::new();

libfuzzer_sys::fuzz_target!(
    init: {
        let name = std::env::var("TGSYNC_FUZZ").expect("`TGSYNC_FUZZ` names a target");
        let kind = hostile::KINDS.iter().find(|(kind, _)| *kind == name).map(|(_, holds)| *holds);
        let markdown = (name == "markdown").then_some(markdown as hostile::Holds);
        let _ = HOLDS.set(markdown.or(kind).expect("`TGSYNC_FUZZ` names a target"));
    },
    |bytes: &[u8]| HOLDS.get().expect("set at the start")(bytes)
);

/// Bytes are Markdown, which is rendered and read back by the sandbox.
fn markdown(bytes: &[u8]) {
    let body = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    if let Err(error) = sound::holds(body) {
        panic!("{error}\n{body:?}");
    }
}
