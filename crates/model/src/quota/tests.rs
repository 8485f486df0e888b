use super::*;

const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

fn at(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_microsecond()
}

fn day_in(name: &str) -> Window {
    Window::Day(TimeZone::get(name).unwrap())
}

fn numbers(window: &Window, now: i64) -> Vec<i64> {
    let entries = window.entries(Moment::exactly(now));
    entries.into_iter().map(|entry| entry.number).collect()
}

#[test]
fn a_day_ends_at_midnight_in_its_zone() {
    let saigon = day_in("Asia/Ho_Chi_Minh");
    let noon = at("2024-05-07T12:00:00Z");
    assert_eq!(saigon.renewed_at(noon), at("2024-05-07T17:00:00Z"));
    let entry = saigon.entries(Moment::exactly(noon))[0];
    assert_eq!(entry.counted, (entry.number, entry.number));
    let full = saigon.room_at(&entry, entry.number);
    assert_eq!(full, at("2024-05-07T17:00:00Z") + EDGE);
}

#[test]
fn near_midnight_a_call_counts_on_both_days() {
    let utc = day_in("UTC");
    let midnight = at("2024-05-07T00:00:00Z");
    let today = midnight / (24 * HOUR);
    let reach = FLIGHT + EDGE;
    assert_eq!(numbers(&utc, midnight - reach - 1), [today - 1]);
    assert_eq!(numbers(&utc, midnight - reach), [today - 1, today]);
    assert_eq!(numbers(&utc, midnight + EDGE - 1), [today - 1, today]);
    assert_eq!(numbers(&utc, midnight + EDGE), [today]);
}

#[test]
fn days_are_as_long_as_their_zone_makes_them() {
    let york = day_in("America/New_York");
    let length = |noon| {
        let ends = york.renewed_at(at(noon));
        york.renewed_at(ends) - ends
    };
    assert_eq!(length("2024-03-09T17:00:00Z"), 23 * HOUR);
    assert_eq!(length("2024-05-09T17:00:00Z"), 24 * HOUR);
    assert_eq!(length("2024-11-02T17:00:00Z"), 25 * HOUR);
    // Clocks go from 00:00 to 01:00: the day begins at one.
    let beirut = day_in("Asia/Beirut");
    assert_eq!(
        beirut.renewed_at(at("2024-03-30T12:00:00Z")),
        at("2024-03-30T22:00:00Z")
    );
}

#[test]
fn a_day_that_shows_for_a_minute_counts() {
    // At 00:01 on the 7th clocks went back to 23:01 on the 6th.
    let johns = day_in("America/St_Johns");
    let back = at("2010-11-07T02:31:00Z");
    let sixth = numbers(&johns, back - HOUR)[0];
    assert_eq!(numbers(&johns, back - 3 * MINUTE), [sixth]);
    assert_eq!(numbers(&johns, back - MINUTE / 2), [sixth, sixth + 1]);
    assert_eq!(numbers(&johns, back + MINUTE - 1), [sixth, sixth + 1]);
    assert_eq!(numbers(&johns, back + 3 * MINUTE), [sixth]);
}

#[test]
fn a_slot_is_held_until_its_call_has_ended_and_a_window_longer() {
    let second = Window::Rolling(Length::SECOND);
    let now = at("2024-05-07T12:00:00Z");
    let entry = second.entries(Moment::exactly(now))[0];
    let counts_at = |number: i64, then| {
        let (from, to) = second.entries(Moment::exactly(then))[0].counted;
        (from..=to).contains(&number)
    };
    assert!(counts_at(entry.number, now + FLIGHT + SECOND));
    assert!(!counts_at(
        entry.number,
        now + FLIGHT + SECOND + SECOND / 16
    ));
    let ended = now + SECOND / 4;
    let settled = second.settled(Moment::exactly(ended)).unwrap();
    assert!(settled < entry.number);
    assert!(counts_at(settled, ended + SECOND));
    assert!(!counts_at(settled, ended + SECOND + SECOND / 16));
    assert!(second.room_at(&entry, settled) <= ended + SECOND + SECOND / 16);
    assert_eq!(day_in("UTC").settled(Moment::exactly(now)), None);
}

#[test]
fn of_two_quotas_the_stricter_holds() {
    let limit = |calls, window| Limit { calls, window };
    let second = || Window::Rolling(Length::SECOND);
    let one = Quota::new(vec![limit(5, second()), limit(100, day_in("UTC"))], 10);
    let other = Quota::new(
        vec![limit(3, second()), limit(50, day_in("Asia/Tokyo"))],
        20,
    );
    let both = one.and(&other);
    let calls: Vec<_> = both.limits().iter().map(|limit| limit.calls).collect();
    assert_eq!(calls, [3, 100, 50]);
    assert_eq!(both.allowed(&both.limits()[1], false), 80);
    assert_eq!(both.allowed(&both.limits()[1], true), 100);
    assert_eq!(
        both.allowed(&both.limits()[0], false),
        3,
        "seconds have no reserve"
    );
}

#[test]
fn a_pocket_takes_less_towards_the_end() {
    let window = day_in("UTC");
    let quota = Quota::new(
        vec![Limit {
            calls: 1_000,
            window,
        }],
        10,
    );
    let now = Moment::exactly(at("2024-05-07T12:00:00Z"));
    let mut pocket = Pocket::default();
    let (mut taken, mut sizes, mut spent) = (0, Vec::new(), 0);
    loop {
        while let Some(want) = pocket.missing(&quota, now, false) {
            let granted = want.allowed.saturating_sub(taken).min(want.calls);
            if granted == 0 {
                assert_eq!((taken, spent), (900, 900));
                assert_eq!(sizes[0], 32);
                assert_eq!(sizes.last(), Some(&1));
                // What is kept for people is left.
                let want = pocket.missing(&quota, now, true).unwrap();
                assert_eq!((want.allowed, want.calls), (1_000, 1));
                return;
            }
            pocket.put(&want, granted, taken);
            taken += granted;
            sizes.push(granted);
        }
        assert!(pocket.spend(&quota, now, false));
        spent += 1;
    }
}

#[test]
fn a_lowered_limit_holds_at_once() {
    let quota = |calls| {
        let window = day_in("UTC");
        Quota::new(vec![Limit { calls, window }], 0)
    };
    let now = Moment::exactly(at("2024-05-07T12:00:00Z"));
    let mut pocket = Pocket::default();
    let want = pocket.missing(&quota(512), now, false).unwrap();
    pocket.put(&want, 32, 40);
    assert!(pocket.spend(&quota(512), now, false));
    assert!(pocket.spend(&quota(600), now, false));
    assert!(!pocket.spend(&quota(511), now, false));
    let calls = |gone: Vec<(Window, i64, u64)>| gone.iter().map(|(_, _, calls)| calls).sum::<u64>();
    assert_eq!(calls(pocket.stale(&quota(512), now)), 0);
    assert_eq!(
        calls(pocket.stale(&quota(511), now)),
        30,
        "to be taken anew"
    );
    assert_eq!(calls(pocket.drain()), 0);
}
