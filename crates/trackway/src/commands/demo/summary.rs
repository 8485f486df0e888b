//! The report as people read it: what was promised, how much of it there was, and how much of it holds;
//! then how the show went.

use super::audit::Report;
use serde_json::{Value, json};

/// A promise, how often it was to be kept, and how often it was.
type Promise = (&'static str, usize, usize);

impl Report {
    fn promises(&self) -> [Promise; 14] {
        [
            (
                "what happened to a parcel is held, once",
                self.happened,
                self.held_once,
            ),
            (
                "what each system told stands with what it was told of",
                self.tellings,
                self.tellings_joined,
            ),
            (
                "events of containers and air cargo are held, once",
                self.cargo_happened,
                self.cargo_held_once,
            ),
            (
                "nothing is held that never happened",
                0,
                self.surplus + self.cargo_surplus,
            ),
            (
                "an order placed through N&H's API is where its parcel is",
                self.orders,
                self.orders_as_their_parcels,
            ),
            (
                "an item's stock is what came in less what went out",
                self.items,
                self.items_exact,
            ),
            (
                "an order given through 247Express's API has its history",
                self.consigned,
                self.consigned_held,
            ),
            (
                "an order of another N&H stands as it stands there",
                self.followed,
                self.followed_as_there,
            ),
            (
                "a client of each system is told the same history",
                self.histories_asked,
                self.histories_alike,
            ),
            (
                "a change arrived at the subscriber, signed",
                self.changes_to_tell,
                self.messages_verified,
            ),
            (
                "the same at the one that was down at first",
                self.changes_to_tell,
                self.recovered_verified,
            ),
            (
                "N&H's webhook told of an order's change, signed",
                self.order_changes_to_tell,
                self.order_messages_verified,
            ),
            (
                "247Express's webhook told each status, in order",
                self.status_updates_to_tell,
                self.status_updates_told,
            ),
            (
                "a message came whose proof did not hold",
                0,
                self.messages_refused + self.order_messages_refused + self.status_messages_refused,
            ),
        ]
    }

    /// For people.
    pub fn summary(&self) -> Value {
        let promises = self.promises();
        let promises = promises.iter().map(|(promise, there_were, kept)| {
            json!({"promise": promise, "to_be": there_were, "are": kept})
        });
        let age = |age: Option<u64>| age.map(|age| format!("{age} s"));
        json!({
            "promises": promises.collect::<Vec<_>>(),
            "parcels": self.parcels,
            "containers": self.containers,
            "air_waybills": self.waybills,
            "events_that_three_systems_told_of": self.events_of_three_sources,
            "webhooks_of_the_carrier": format!(
                "{}: {} repeated, {} torn",
                self.webhooks_sent, self.webhooks_repeated, self.webhooks_torn_and_kept_apart
            ),
            "look_ups": format!("{}: {} failed", self.calls, self.calls_failed),
            "orders_that_arrived": self.orders_completed,
            "messages_that_came_twice": self.messages_repeated + self.recovered_repeated,
            "half_of_what_is_known_was_no_older_than": age(self.age_p50_s),
            "and_95_%_no_older_than": age(self.age_p95_s),
            "first_parcel_delivered_after": self
                .seconds_to_the_first_delivery
                .map(|seconds| format!("{seconds} s")),
            "problems": self.problems,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the command fails for is seen in the table.
    #[test]
    fn a_report_is_complete_where_every_promise_is_kept() {
        let kept = |report: &Report| report.promises().iter().all(|(_, to_be, are)| to_be == are);
        let broken: [fn(&mut Report); 15] = [
            |report| report.happened += 1,
            |report| report.tellings += 1,
            |report| report.cargo_happened += 1,
            |report| report.surplus += 1,
            |report| report.cargo_surplus += 1,
            |report| report.orders += 1,
            |report| report.items += 1,
            |report| report.consigned += 1,
            |report| report.followed += 1,
            |report| report.histories_asked += 1,
            |report| report.changes_to_tell += 1,
            |report| report.order_changes_to_tell += 1,
            |report| report.status_updates_to_tell += 1,
            |report| report.messages_refused += 1,
            |report| report.status_messages_refused += 1,
        ];
        let report = Report::default();
        assert!(kept(&report) && report.is_complete());
        for (nth, break_it) in broken.into_iter().enumerate() {
            let mut report = Report::default();
            break_it(&mut report);
            assert!(!kept(&report) && !report.is_complete(), "{nth}");
        }
    }
}
