//! Measures the crate `tracking-numbers` over a file of numbers, one a line: rounds over all of them
//! until so many seconds have passed. Prints what was measured as JSON. `trackway bench run detect`
//! starts it, so that the product itself needs none of that crate's libraries.
#![allow(clippy::disallowed_methods, reason = "a bench reads the clock")]
#![allow(clippy::print_stdout, reason = "the figures are its output")]

use std::time::{Duration, Instant};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(file), Some(seconds)) = (args.next(), args.next()) else {
        return Err("usage: peer FILE SECONDS".into());
    };
    let text = std::fs::read_to_string(file)?;
    let numbers: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    let least = Duration::try_from_secs_f64(seconds.parse()?)?;
    // Its tables are read when first asked.
    std::hint::black_box(tracking_numbers::track("1"));
    let began = Instant::now();
    let (mut asked, mut found) = (0_u64, 0_u64);
    while began.elapsed() < least {
        for number in &numbers {
            found += u64::from(std::hint::black_box(tracking_numbers::track(number)).is_some());
        }
        asked += numbers.len() as u64;
    }
    let seconds = began.elapsed().as_secs_f64();
    println!("{{\"asked\":{asked},\"found\":{found},\"seconds\":{seconds}}}");
    Ok(())
}
