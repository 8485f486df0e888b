//! Addresses read as free text, on one thread: every ward of the directory written out in turn as the
//! directory has it, abbreviated, and without marks, without a word of its epoch.

use super::Bench;
use crate::bench::clock::Stopwatch;
use crate::bench::report::{Figure, Report, median, thousands};
use anyhow::{Result, ensure};
use std::hint::black_box;
use trackway_model::address::{Epoch, Level, Place, Unit, parse, provinces, slug};

/// How long one turn lasts.
const TURN: f64 = 2.0;
const STREET: &str = "12/3 Đường Mẫu";

pub fn measure(bench: &Bench, report: &mut Report) -> Result<()> {
    let texts = texts(bench.scale);
    // The directory is built when it is first asked.
    let watch = Stopwatch::start();
    black_box(parse(STREET, None));
    let built = watch.elapsed().as_secs_f64();
    let least = TURN / bench.scale as f64;
    let rates = (0..bench.rounds).map(|_| rate(&texts, least)).collect();
    let read = texts.iter().filter(|text| parse(text, None).ward.is_some());
    let read = read.count() as f64 / texts.len() as f64;
    ensure!(
        read > 0.9,
        "only {:.0} % of the wards were read",
        read * 100.0
    );
    report.add(Figure {
        what: "addresses parsed a second, one thread".to_owned(),
        product: thousands(median(rates)),
        ceiling: None,
        ratio: None,
        at_least: "20,000",
        towards: "",
        more: format!(
            "{} addresses of all wards in three epochs, the epoch not told; in {:.1} % one ward is told; the directory is built in {:.0} ms",
            thousands(texts.len() as f64),
            read * 100.0,
            built * 1e3,
        ),
    });
    Ok(())
}

fn rate(texts: &[String], least: f64) -> f64 {
    let watch = Stopwatch::start();
    let mut read = 0_usize;
    while watch.elapsed().as_secs_f64() < least {
        for text in texts {
            black_box(parse(black_box(text), None));
        }
        read += texts.len();
    }
    read as f64 / watch.elapsed().as_secs_f64()
}

/// Of all wards every so manieth, in the three ways in turn.
fn texts(step: usize) -> Vec<String> {
    let provinces = Epoch::ALL.into_iter().flat_map(provinces);
    let wards = provinces.flat_map(wards_of).step_by(step);
    let written = wards.enumerate().map(|(at, ward)| written(ward, at % 3));
    written.collect()
}

fn wards_of(unit: &'static Unit) -> Vec<&'static Unit> {
    if unit.level() == Level::Ward {
        return vec![unit];
    }
    unit.children().iter().flat_map(wards_of).collect()
}

fn written(ward: &'static Unit, way: usize) -> String {
    let place = Place::of(ward);
    let levels = [place.ward, place.district, Some(place.province)];
    let levels = levels.into_iter().flatten();
    let names: Vec<String> = match way {
        0 => levels.map(|unit| unit.full_name().to_owned()).collect(),
        1 => levels.map(|unit| unit.name().to_owned()).collect(),
        _ => levels
            .map(|unit| slug(unit.full_name()).replace('-', " "))
            .collect(),
    };
    format!("{STREET}, {}", names.join(", "))
}
