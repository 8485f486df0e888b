//! Whole courses of things, drawn from a seed.

use super::world::{Course, Draw, Fault, Judged, World, zone};
use trackway_model::quota::{Length, Limit, Quota, Window};

/// Moments around which clocks are set in the zones below, and others.
const STARTS: [&str; 5] = [
    "2024-05-07T12:00:00Z",
    // New York sets its clocks forward, and back.
    "2024-03-09T20:00:00Z",
    "2024-11-02T20:00:00Z",
    // Beirut has no midnight this day.
    "2024-03-30T15:00:00Z",
    // St. John's shows the next day for a minute, and the day before again.
    "2010-11-06T20:00:00Z",
];

fn window(draw: &mut Draw) -> Window {
    let rolling = |seconds| Window::Rolling(Length::seconds(seconds).unwrap());
    let day = |name| Window::Day(zone(name));
    draw.pick(&[
        rolling(1),
        rolling(60),
        rolling(3_600),
        rolling(86_400),
        day("UTC"),
        day("Asia/Ho_Chi_Minh"),
        day("America/New_York"),
        day("Asia/Beirut"),
        day("America/St_Johns"),
    ])
}

/// A whole course of things.
pub fn run(seed: u64, fault: Option<Fault>) -> Judged {
    let mut draw = Draw(seed);
    let mut limits: Vec<Limit> = Vec::new();
    for _ in 0..=draw.up_to(2) {
        let window = window(&mut draw);
        if limits.iter().all(|limit| limit.window != window) {
            let calls = draw.up_to(12).unsigned_abs();
            limits.push(Limit { calls, window });
        }
    }
    let course = Course {
        quota: Quota::new(limits, draw.pick(&[0, 10, 50])),
        nodes: 1 + draw.up_to(3) as usize,
        seed: draw.next(),
        fault,
        vague: true,
    };
    let start: jiff::Timestamp = draw.pick(&STARTS).parse().unwrap();
    let mut world = World::new(course, start.as_microsecond());
    for _ in 0..600 {
        world.turn();
    }
    world.judge()
}
