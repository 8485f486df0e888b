//! The scenarios: each pain of real carriers under a name. One table, from which the command's list
//! and `docs/simulator.md` are made.

use crate::faults::{CALM, Rates};
use crate::journey::{Course, DAY, Fate, HOUR, USUAL};
use std::fmt::Write as _;

/// How the systems tell what happens.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// A webhook is sent up to so many times.
    pub copies: i64,
    /// And up to so long after the happening, so that they overtake each other.
    pub late: i64,
    /// Answers list things in any order.
    pub shuffled: bool,
    /// So long after its end a journey's answer keeps the newest line only; after as long again
    /// nothing at all.
    pub purge: Option<i64>,
    /// Answers know of a happening only so long after it.
    pub hesitant: i64,
    /// The carrier writes wall clocks without a zone as well.
    pub zoneless: bool,
    /// The aggregator writes no seconds.
    pub minutes: bool,
    /// Texts in Vietnamese and English, as it comes.
    pub bilingual: bool,
    /// Out of a hundred webhooks, those of which a torn copy arrives first.
    pub torn: i64,
    /// The second aggregator rounds what it has from the carrier to the nearest minute.
    pub rounds: bool,
    /// And knows of a happening only so long after the others.
    pub behind: i64,
}

/// As the documents of the systems promise it.
pub const PLAIN: Manner = Manner {
    copies: 1,
    late: 0,
    shuffled: false,
    purge: None,
    hesitant: 0,
    zoneless: false,
    minutes: false,
    bilingual: false,
    torn: 0,
    rounds: false,
    behind: 0,
};

/// What the shipments of a world are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goods {
    Parcels,
    /// Bills of lading.
    Ocean,
    /// Air waybills.
    Air,
}

/// A named world.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    pub name: &'static str,
    pub goods: Goods,
    /// What it does, in one line.
    pub does: &'static str,
    /// What a good client makes of it.
    pub then: &'static str,
    pub course: Course,
    pub manner: Manner,
    pub faults: Rates,
}

const fn scenario(name: &'static str, does: &'static str, then: &'static str) -> Scenario {
    Scenario {
        name,
        goods: Goods::Parcels,
        does,
        then,
        course: USUAL,
        manner: PLAIN,
        faults: CALM,
    }
}

const fn all_are(fate: &'static [(i64, Fate)]) -> Course {
    Course {
        fates: fate,
        failures: (0, 1),
        ..USUAL
    }
}

const DELIVERED: Course = all_are(&[(100, Fate::Delivered)]);

/// The table. The first is meant where none is named.
pub static SCENARIOS: &[Scenario] = &[
    scenario(
        "mixed",
        "A carrier's usual days: most parcels arrive, some after failed attempts, some come back, a few are cancelled, lost or seized",
        "every happening once, each parcel in its own end",
    ),
    Scenario {
        course: DELIVERED,
        ..scenario(
            "delivered",
            "Every parcel arrives at the first attempt",
            "delivered",
        )
    },
    Scenario {
        course: Course {
            failures: (1, 4),
            ..DELIVERED
        },
        ..scenario(
            "failed-attempts",
            "One to three attempts fail, each with one of the carrier's delay codes, before the parcel arrives",
            "delivered; each attempt with its reason",
        )
    },
    Scenario {
        course: all_are(&[(100, Fate::Returned)]),
        ..scenario(
            "returned",
            "Nobody takes the parcel: it goes back to its sender",
            "returned",
        )
    },
    Scenario {
        course: all_are(&[(100, Fate::Cancelled)]),
        ..scenario(
            "cancelled",
            "The order is cancelled before it is picked up",
            "cancelled",
        )
    },
    Scenario {
        course: all_are(&[(100, Fate::Lost)]),
        ..scenario(
            "lost",
            "The carrier loses the parcel; the aggregator has no word for it",
            "lost",
        )
    },
    Scenario {
        course: all_are(&[(100, Fate::Seized)]),
        ..scenario(
            "seized",
            "The authorities keep the parcel; the aggregator has no word for it",
            "seized",
        )
    },
    Scenario {
        course: Course {
            abroad: 100,
            city: 0,
            ..DELIVERED
        },
        ..scenario(
            "customs",
            "Parcels come from abroad, through customs and another carrier, which only the aggregator tells",
            "the steps that one source told stand beside those that both told",
        )
    },
    Scenario {
        manner: Manner { copies: 3, ..PLAIN },
        ..scenario(
            "duplicates",
            "Each webhook is sent up to three times",
            "every happening once",
        )
    },
    Scenario {
        manner: Manner {
            late: 8 * HOUR,
            shuffled: true,
            ..PLAIN
        },
        ..scenario(
            "disorder",
            "Webhooks come up to eight hours late and overtake each other; answers list things in any order",
            "the same history as in order",
        )
    },
    Scenario {
        manner: Manner {
            purge: Some(DAY),
            ..PLAIN
        },
        ..scenario(
            "purged",
            "A day after a journey's end its answers keep only the newest line, after another day nothing",
            "the whole history stays",
        )
    },
    Scenario {
        course: Course {
            unknown: 50,
            ..USUAL
        },
        manner: Manner {
            hesitant: 30 * HOUR,
            ..PLAIN
        },
        ..scenario(
            "no-record",
            "Half of the numbers are never known; of the others nothing is told for thirty hours",
            "nothing known is no history, and is asked again",
        )
    },
    Scenario {
        course: Course {
            again: true,
            ..USUAL
        },
        ..scenario(
            "reused",
            "Two months after its journey a number is given to another parcel",
            "two journeys under one number",
        )
    },
    Scenario {
        manner: Manner {
            zoneless: true,
            ..PLAIN
        },
        ..scenario(
            "zoneless",
            "The carrier too writes wall clocks without a zone",
            "times get the carrier's zone, marked as ours",
        )
    },
    Scenario {
        manner: Manner {
            minutes: true,
            ..PLAIN
        },
        ..scenario(
            "rounded",
            "The aggregator cuts times down to the minute",
            "the same scan told by two sources is one event",
        )
    },
    Scenario {
        manner: Manner {
            bilingual: true,
            ..PLAIN
        },
        ..scenario(
            "bilingual",
            "Texts are in Vietnamese or in English, as it comes; couriers write notes of their own",
            "texts stay as they were written",
        )
    },
    Scenario {
        course: Course {
            abroad: 40,
            ..USUAL
        },
        manner: Manner {
            minutes: true,
            bilingual: true,
            rounds: true,
            behind: 3 * HOUR,
            copies: 2,
            late: 2 * HOUR,
            ..PLAIN
        },
        ..scenario(
            "three-sources",
            "The carrier, KeyDelivery and Track123 tell each parcel: to the fraction of a second, cut to the minute without a zone, rounded to the nearest minute hours later; in three languages, some places and scans by one of them only; all three push",
            "what is one event is one, with up to three witnesses, and what is two stays two",
        )
    },
    scenario(
        "orders",
        "A merchant's days: goods come in with damage and loss, orders are packed, now and then with trouble, and carried as in `mixed`; some buyers send something back; N&H tells",
        "each order ends as its parcel did; stock is what came in less what went out",
    ),
    Scenario {
        goods: Goods::Ocean,
        ..scenario(
            "ocean",
            "Bills of lading of two to four containers over two ships: estimates move, a container misses its second ship, another is held by customs; Track123 tells",
            "each container in its own state; the bill is delivered when all are",
        )
    },
    Scenario {
        goods: Goods::Air,
        ..scenario(
            "air",
            "Air waybills of many pieces that fly in two parts, of some a piece is missing and found later; Track123 tells",
            "some pieces are not the consignment; it is delivered when all are",
        )
    },
    Scenario {
        faults: Rates { outage: 40, ..CALM },
        ..scenario(
            "outage",
            "The systems are out for runs of calls: 502, 503 and 504 with a page for people",
            "asked again until all is known",
        )
    },
    Scenario {
        faults: Rates {
            too_many: 20,
            quota: 20,
            ..CALM
        },
        ..scenario(
            "quota",
            "429 with Retry-After, and the systems' own answers for a quota that is used up",
            "waits as told, and asks again",
        )
    },
    Scenario {
        faults: Rates { slow: 60, ..CALM },
        ..scenario(
            "slow",
            "Answers take seconds, some longer than a client waits",
            "asked again; other systems are not delayed",
        )
    },
    Scenario {
        manner: Manner { torn: 30, ..PLAIN },
        faults: Rates {
            cut: 15,
            shape: 15,
            page: 15,
            ..CALM
        },
        ..scenario(
            "broken",
            "Answers are cut off, have another shape than documented, or are pages for people; webhooks arrive torn first",
            "nothing wrong is taken in; torn webhooks are kept apart",
        )
    },
    Scenario {
        manner: Manner {
            copies: 3,
            late: 8 * HOUR,
            shuffled: true,
            bilingual: true,
            minutes: true,
            torn: 10,
            rounds: true,
            behind: 3 * HOUR,
            ..PLAIN
        },
        faults: Rates {
            outage: 10,
            too_many: 5,
            quota: 5,
            slow: 5,
            cut: 5,
            shape: 5,
            page: 5,
        },
        ..scenario(
            "everything",
            "All of it at once, but for purged answers and numbers that are reused",
            "every happening once, each parcel in its own end",
        )
    },
];

impl Scenario {
    /// The one that is meant where none is named.
    pub fn usual() -> &'static Self {
        &SCENARIOS[0]
    }

    pub fn find(name: &str) -> Option<&'static Self> {
        SCENARIOS.iter().find(|scenario| scenario.name == name)
    }

    /// From the birth of the first parcel to the last webhook.
    pub const fn longest(&self, births: i64) -> i64 {
        births + self.course.longest() + self.manner.late * self.manner.copies + self.manner.behind
    }
}

/// The table for people who read Markdown.
pub fn table() -> String {
    let mut out = String::from(
        "| `--scenario` | what happens | what a good client makes of it |\n| --- | --- | --- |\n",
    );
    for Scenario {
        name, does, then, ..
    } in SCENARIOS
    {
        let _ = writeln!(out, "| `{name}` | {does} | {then} |");
    }
    out
}
