//! What must hold of everything that comes from outside, whatever it says: one function per kind, bytes in, a panic if
//! something is wrong. Markdown has its own, `render/sound`. Stands alone, because `fuzz/` includes it too.

mod config;
mod front_matter;
mod history;
mod journal;
mod lock;
mod plan_file;
mod reply;
mod text;

/// Panics when `bytes` are read wrongly.
pub(crate) type Holds = fn(&[u8]);

/// Every kind, by the name of its folders below `fuzz/seeds` and `fuzz/regressions`.
pub(crate) const KINDS: &[(&str, Holds)] = &[
    ("config", config::holds),
    ("front-matter", front_matter::holds),
    ("journal", journal::holds),
    ("lock", lock::holds),
    ("plan-file", plan_file::holds),
    ("reply", reply::holds),
];

/// The seeds, and what fuzzing found once.
#[test]
#[expect(clippy::disallowed_methods, reason = "reads the files that fuzzing starts from and left")]
fn seeds_hold_and_what_was_found_stays_corrected() {
    for (kind, holds) in KINDS {
        for folder in ["seeds", "regressions"] {
            let folder = format!("{}/fuzz/{folder}/{kind}", env!("CARGO_MANIFEST_DIR"));
            for entry in std::fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                let bytes = std::fs::read(&path).unwrap();
                let held = std::panic::catch_unwind(|| holds(&bytes));
                held.unwrap_or_else(|_| panic!("what is wrong with {} stands above", path.display()));
            }
        }
    }
}
