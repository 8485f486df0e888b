//! The law of quotas, over simulated nodes: never one call more than a limit, whatever happens.

mod course;
mod world;

use course::run;
use proptest::prelude::*;
use trackway_model::quota::{Length, Limit, Quota, Window};
use world::{Course, Draw, Fault, HOUR, SECOND, World, zone};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_upstream_ever_gets_one_call_too_many(seed: u64) {
        let judged = run(seed, None);
        prop_assert!(judged.broken.is_empty(), "{:#?}", judged.broken);
    }
}

/// The simulation is worth something only if it finds what is wrong: each of these hubs breaks one
/// of the rules that the law rests on.
#[test]
fn whoever_breaks_a_rule_is_caught() {
    for fault in Fault::ALL {
        let caught = (0..400).find(|seed| !run(*seed, Some(fault)).broken.is_empty());
        assert!(caught.is_some(), "{fault:?}");
    }
}

/// Calls that are made when one node wants to call all the time.
fn busy(window: Window, calls: u64, hours: i64) -> usize {
    let quota = Quota::new(vec![Limit { calls, window }], 0);
    let course = Course {
        quota,
        nodes: 1,
        seed: 1,
        fault: None,
        vague: false,
    };
    let mut world = World::new(course, 1_715_083_200 * SECOND);
    let until = world.now + hours * HOUR;
    let mut draw = Draw(7);
    let pause = until.saturating_sub(world.now) / 20_000;
    while world.now < until {
        world.want(0, false);
        world.step(0);
        world.pass(draw.up_to(pause));
    }
    let judged = world.judge();
    assert!(judged.broken.is_empty(), "{:#?}", judged.broken);
    judged.calls
}

#[test]
fn nearly_all_of_a_quota_can_be_used() {
    // From 12:00 UTC, 19:00 in the zone: two midnights come.
    assert_eq!(busy(Window::Day(zone("Asia/Ho_Chi_Minh")), 300, 30), 900);
    // Answers take two seconds at most, here: a slot is held for three seconds at most.
    let fast = busy(Window::Rolling(Length::SECOND), 10, 1);
    assert!((3_000..36_000).contains(&fast), "{fast}");
    let minute = busy(Window::Rolling(Length::MINUTE), 30, 1);
    assert!((1_650..=1_800).contains(&minute), "{minute}");
    let hour = Length::seconds(3_600).unwrap();
    let rolling = busy(Window::Rolling(hour), 300, 24);
    assert!((6_600..=7_500).contains(&rolling), "{rolling}");
}

#[test]
fn nothing_is_called_under_a_limit_of_nothing() {
    for window in [
        Window::Rolling(Length::SECOND),
        Window::Rolling(Length::DAY),
        Window::Day(zone("UTC")),
    ] {
        assert_eq!(busy(window, 0, 26), 0);
    }
}
