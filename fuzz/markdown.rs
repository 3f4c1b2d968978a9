//! Fuzz target: bytes are Markdown, which is rendered and read back by the sandbox. Start it with `fuzz/run markdown`.
#![no_main]

#[path = "../tests/it/render/sound/mod.rs"]
#[allow(dead_code)]
mod sound;

libfuzzer_sys::fuzz_target!(|body: &str| {
    if let Err(error) = sound::holds(body) {
        panic!("{error}\n{body:?}");
    }
});
