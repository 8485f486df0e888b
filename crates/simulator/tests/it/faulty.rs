//! The systems over HTTP, with what goes wrong on the way.

use crate::{desk, json, over, realtime_request, send, tracking_request};
use std::sync::Arc;
use std::time::Duration;
use trackway_dialects::dialect::{Answer, CallError, Parcel};
use trackway_dialects::registry::{self, Vocabularies};
use trackway_simulator::faults::Fault;
use trackway_simulator::{Plan, Scenario, SimulatedDesk, http};

fn simulated(scenario: &str) -> Arc<SimulatedDesk> {
    desk(over(Plan {
        scenario: Scenario::find(scenario).unwrap(),
        ..Plan::default()
    }))
}

/// What a client makes of an answer.
fn read(dialect: &str, status: u16, body: &[u8]) -> Result<usize, CallError> {
    let vocabularies = Vocabularies::built_in().unwrap();
    let parcel = Parcel {
        carrier: "247express",
        number: "VD00000001",
        ..Parcel::default()
    };
    let answer = Answer {
        status,
        retry_after_s: None,
        body,
    };
    let call = registry::find(dialect).unwrap().call().unwrap();
    let parsed = call.parse(vocabularies.of(dialect), &parcel, &answer)?;
    Ok(parsed
        .answer
        .parts
        .iter()
        .map(|part| part.statements.len())
        .sum())
}

/// Which fault came, and what the client made of it: the pairs that may be.
fn fits(fault: Option<Fault>, outcome: &Result<usize, CallError>) -> bool {
    match (fault, outcome) {
        (None | Some(Fault::Slow(_)), Ok(lines)) => *lines > 0,
        (Some(Fault::Outage(_)), Err(CallError::Fault { .. }))
        | (Some(Fault::TooMany(_) | Fault::Quota), Err(CallError::Quota { .. }))
        | (Some(Fault::Cut(_) | Fault::Shape | Fault::Page), Err(CallError::Shape { .. })) => true,
        _ => false,
    }
}

#[tokio::test]
async fn a_client_takes_every_fault_for_what_it_is_and_nothing_wrong_for_true() {
    for scenario in [
        "outage",
        "quota",
        "slow",
        "broken",
        "everything",
        "delivered",
    ] {
        let desk = simulated(scenario);
        let router = http::router(&desk, Duration::from_millis(1));
        let mut drawn = 0;
        for nth in 0..120_u64 {
            let fault = desk.world().fault(nth);
            drawn += usize::from(fault.is_some());
            let (dialect, request) = if nth % 2 == 0 {
                ("247express", tracking_request(&desk, "VD00000001"))
            } else {
                ("keydelivery", realtime_request(&desk, "VD00000001"))
            };
            let (status, body) = send(router.clone(), request).await;
            let outcome = read(dialect, status.as_u16(), &body);
            assert!(
                fits(fault, &outcome),
                "{scenario} {nth}: {fault:?} became {outcome:?}"
            );
        }
        assert_eq!(drawn > 10, scenario != "delivered", "{scenario}: {drawn}");
    }
}

#[tokio::test]
async fn each_path_belongs_to_its_system() {
    let desk = simulated("delivered");
    let router = http::router(&desk, Duration::ZERO);
    let (status, body) = send(router.clone(), tracking_request(&desk, "nonsense!")).await;
    assert_eq!(json(&body)["errorCode"], "ORDERCODE_FORMAT_EXCEPTION");
    assert_eq!(status, 200);
    let (_, body) = send(router, realtime_request(&desk, "VD99999999")).await;
    assert_eq!(json(&body)["code"], 60_101);
}
