//! The `trackway` program: command line, configuration, wiring.
//!
//! Contract: stdout is data and nothing else, stderr is the rest. Exit code 0: done; 1: it did not
//! work, and stderr says what happened and what to do; 2: the command line is wrong.

mod admin;
mod bench;
mod cli;
mod commands;
mod data;
mod logging;
mod printer;
mod remote;
mod system;

use clap::Parser;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    let default = match arguments.command {
        cli::Command::Serve(_) => logging::OF_A_SERVER,
        _ => logging::OF_A_COMMAND,
    };
    logging::start(&arguments.logging, default);
    let printer = printer::Printer::new(arguments.output);
    let outcome = tokio::runtime::Runtime::new()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(commands::run(arguments.command, &printer)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            printer.error(&error);
            ExitCode::FAILURE
        }
    }
}
