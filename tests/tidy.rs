//! House rules that a compiler does not check: who may know whom, the size of things, docs that agree with the code.
//! Each check returns complaints, `file:line: what is wrong`, and is tried on a made-up offence too.
#![expect(clippy::unwrap_used, reason = "a test fails loudly, helpers included")]
#![expect(clippy::disallowed_methods, reason = "it reads the files of the project, and `UPDATE`")]

mod tidy {
    mod cli;
    mod demo;
    mod docs;
    mod examples;
    mod files;
    mod imports;
    mod keys;
    mod licences;
    mod rust;
    mod size;

    /// Fails with all complaints at once.
    #[track_caller]
    fn none(complaints: impl IntoIterator<Item = String>) {
        let complaints: Vec<String> = complaints.into_iter().collect();
        assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
    }
}
