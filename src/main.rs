//! Parse arguments, run, return the exit code.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let cli = match tgsync::cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { tgsync::commands::USAGE } else { 0 });
        }
    };
    tgsync::commands::run(cli, tgsync::env::Env::from_process())
}
