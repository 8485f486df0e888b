//! The `trackway` program: command line, configuration, wiring.
//!
//! Contract: stdout is data and nothing else, stderr is the rest. Exit code 0: done; 1: it did not
//! work, and stderr says what happened and what to do; 2: the command line is wrong.

mod admin;
mod bench;
mod carriers;
mod cli;
mod commands;
mod config;
mod data;
mod logging;
mod master;
mod printer;
mod remote;
mod sandbox;
mod system;

use config::Config;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().collect();
    let early = printer::Printer::new(printer::Output::Table);
    let file = match config::File::find(&args, |name| std::env::var_os(name)) {
        Ok(file) => file,
        Err(error) => return failed(&early, &error),
    };
    let arguments = match cli::parse(args, &file) {
        Ok(arguments) => arguments,
        Err(error) => error.exit(),
    };
    let printer = printer::Printer::new(arguments.output);
    let is_server = matches!(arguments.command, cli::Command::Serve(_));
    let flags = match &arguments.command {
        cli::Command::Serve(serve) => serve.options(),
        _ => Vec::new(),
    };
    let config = match Config::layered(&file, |name| std::env::var(name).ok(), &flags) {
        Ok(config) => config,
        Err(error) => return failed(&printer, &error),
    };
    let of_a_command = logging::of_a_command(&arguments.command);
    let log = if is_server {
        &config.log
    } else {
        &of_a_command
    };
    logging::start(&arguments.logging, log);
    let outcome = tokio::runtime::Runtime::new()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(commands::run(arguments.command, config, &printer)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&printer, &error),
    }
}

fn failed(printer: &printer::Printer, error: &anyhow::Error) -> ExitCode {
    printer.error(error);
    ExitCode::FAILURE
}
