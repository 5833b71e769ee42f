//! `allo`: arguments → the command.

use std::process::ExitCode;

fn main() -> ExitCode {
    allo::cli::run()
}
