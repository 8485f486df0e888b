//! `trackway completions`: what shells and `man` want to know, made of the command line itself.

use crate::cli::{self, Completions};
use anyhow::anyhow;
use clap_complete::Shell;
use std::io::{self, Write};
use std::str::FromStr;

pub fn run(completions: &Completions) -> anyhow::Result<()> {
    let mut command = cli::description();
    let mut text = Vec::new();
    if completions.shell == "man" {
        clap_mangen::Man::new(command).render(&mut text)?;
    } else {
        let shell = Shell::from_str(&completions.shell).map_err(|wrong| anyhow!(wrong))?;
        clap_complete::generate(shell, &mut command, "trackway", &mut text);
    }
    match io::stdout().write_all(&text) {
        // Whoever read has read enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        outcome => Ok(outcome?),
    }
}
