//! `docs/simulator.md` says what the tables say. `UPDATE_DOCS=1` writes it anew.

use std::fs;
use std::path::PathBuf;
use trackway_simulator::{sandbox, scenario};

fn document() -> String {
    format!(
        "{}\n{}\n{}\n{}\n{}",
        HEAD,
        scenario::table(),
        FAULTS,
        TEST_MODE,
        sandbox::table() + TAIL,
    )
}

const HEAD: &str = "# The simulator

*Generated from `crates/simulator/src/scenario.rs` and `sandbox.rs` by the test `docs`; `make docs` writes it anew.*

A carrier's world in the box: parcels that 247Express tells of by its tracking call and its webhooks, KeyDelivery by its
real-time call and, of registered numbers, its pushes, and Track123 by its queries and, of imported numbers, its signed
webhooks; bills of lading with their containers and air waybills with their pieces in Track123's ocean and air calls; and a
merchant in N&H's order management, whose orders become these parcels. All through the very code that serves these APIs to Trackway's own clients. It is the demo, the test bed and what test mode
shows. Three laws, each tested:

- **world = f(seed)**: the same seed makes the same parcels with the same journeys.
- **answer = f(seed, number, virtual now)**: whoever asks, and however often. Virtual time runs as fast as you like and
  never passes the present.
- **faults = f(seed, nth call)**: a run can be repeated with everything that went wrong in it.

```sh
trackway simulate --dialect 247express --listen 127.0.0.1:9247 --seed 7 --shipments 500 --speed 3600 \\
    --scenario disorder --webhook http://127.0.0.1:8247/in/TOKEN/IntergrationAPI
```

prints the credentials that its clients need and the first numbers. `--scenario list` prints the table below.

| `--dialect` | numbers | whom it tells unasked |
| --- | --- | --- |
| `247express` | parcels, known from the start | each `--webhook` address, of every change of status |
| `keydelivery` | parcels; pushed once they are created | the `webhook_url` of each created number |
| `track123` | parcels, bills of lading, bookings, containers and air waybills, once they are imported | each `--webhook` address, signed with the key |
| `nandh` | orders, each with its parcel; shipments, inbounds, returns | each `--webhook` address, of every change, signed with the printed secret |

## One parcel, three sources

Each system has its own view of the same journey, and tests compare what the hub makes of them with what happened. The
carrier tells its scans and statuses to the fraction of a second, with the offset. KeyDelivery has no zone, no scans of its
own and no word for what is lost or seized, but knows of customs and other carriers. Track123 has the offset, leaves two
kinds of scans out, and has some of the customs. Scenarios add what life adds: times cut to the minute or rounded to the
nearest one, hours of delay, Vietnamese, English and Chinese, a place that only one of them gives, copies and messages
that overtake each other.

## Ocean and air

A bill of lading (`MAEU…`, booking `BKDEMO…`) has two to four containers that sail on two ships, by a port of transfer.
Departures and arrivals are foretold from the booking on; some estimates move before their time is up. The last container
of some bills misses its second ship, the first of some is held by customs; then come customs' and the carrier's release,
gate out and the empty return. An air waybill has twenty and more pieces that fly in two parts on two days; of some
waybills one piece is missing where the second flight lands, and is found later.

## A merchant

Every parcel of a world has an order (`SO-000001` goes with `VD00000001`), which `--dialect nandh` tells. Before the first of
them the vendor's goods come in, a part of them damaged or lost. Orders are approved and reserved, labelled, packed
(something is wrong with a few of them), weighed and handed over; then the order follows what its courier tells: it is
completed, returned or lost as the parcel was, or given up where the courier would not have it. Some buyers send something
back, which is inspected. Orders that clients place there are worked on in the same way, each with a parcel of its own, and
take from the same stock. All of it happens at its own instant of the world's clock, whoever looks and however often; two
worlds differ only by what their clients order.

## Scenarios
";

const FAULTS: &str = "## Faults

`--faults outage=10,cut=5` adds faults to any scenario; each is a share of a hundred calls: `outage` (502, 503, 504 for
four calls in a row), `too-many` (429 with Retry-After), `quota` (the system's own answer), `slow` (up to 25 seconds),
`cut` (the first part of the answer), `shape` (JSON of another shape than documented), `page` (a page for people under
200).

Webhooks of `247express` that are not acknowledged are sent again, up to five times. The aggregators' messages follow their
own vendors' tables, on the world's clock: Track123's come again after 10 and 30 minutes, 1, 4, 12 and 36 hours, each time
signed anew; KeyDelivery's after half an hour, three times in all; N&H's after 1, 5, 15, 60 and 360 minutes.
";

const TEST_MODE: &str = "## Test mode

A key made with `--test` belongs to a sandbox: an account of its own beside yours, named after it with `.test` at the
end. Whatever number it asks about or registers has a simulated journey that is told step by step within two minutes
(`--set sandbox.journey_seconds=…`), in every API that Trackway serves, with webhooks to the sandbox's endpoints. Nothing
of it is seen with a live key, nothing of yours with a test key, and no upstream is asked.

A number without an ending below has one of a carrier's usual journeys, always the same one. Endings stand after a
hyphen, in any case; `-DONE` after an ending (or alone) tells the whole journey at once.
";

const TAIL: &str = "
Numbers of the carrier `247express` are told as 247Express tells them, those of any other carrier as KeyDelivery and
Track123 do; of carriers by sea and by air bills of lading with their containers and air waybills with their
pieces, which Track123 tells: of the endings they know `-NORECORD` and `-DONE`.
";

#[test]
fn simulator_md_is_up_to_date() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/simulator.md");
    let document = document();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &document).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == document, "run `make docs`");
}
