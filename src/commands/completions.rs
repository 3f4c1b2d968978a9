//! `tgsync completions SHELL`.

use clap::CommandFactory as _;

use super::Exit;
use super::context::Context;
use crate::cli::{Cli, Completions};

pub(super) fn run(context: &Context, args: &Completions) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "tgsync", &mut script);
    context.print(&String::from_utf8_lossy(&script));
    Exit::Done
}
