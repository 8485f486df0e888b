//! What could not be read: counted, kept within bounds, taken out again.

use crate::directory::{connection, registration};
use crate::engines::{Engine, contract};
use crate::fixtures::*;
use std::sync::Arc;
use trackway_model::{AccountId, ConnectionId, Oddity, QuarantineId, Strange, TrackId, Way};
use trackway_store::Store;
use trackway_store::ages::{ConnectionState, Heard};
use trackway_store::quarantine::{About, HEAD, KEPT, LONGEST, MOST, Noted, Payload, Wanted};

contract!(
    the_same_surprise_is_counted_and_its_bytes_are_kept_once,
    surprises_are_told_apart_by_what_they_are_about,
    a_payload_comes_back_as_it_came,
    a_released_payload_takes_its_surprise_along_when_it_is_the_last,
    payloads_and_surprises_are_bounded,
    another_accounts_surprises_are_not_there,
    an_erasure_takes_the_payloads_of_its_number,
    what_is_old_goes_and_what_came_again_stays,
    surprises_are_there_after_a_restart,
);

/// An account with a connection.
pub async fn place(store: &Arc<dyn Store>, name: &str) -> (AccountId, ConnectionId) {
    let account = store.account(name, START).await.unwrap().id;
    let made = store.create_connection(connection(account, name)).await;
    (account, made.unwrap().id)
}

pub fn noted(at: (AccountId, ConnectionId), oddity: Oddity, member: &str) -> Noted {
    Noted {
        account: at.0,
        connection: at.1,
        dialect: "247express".to_owned(),
        way: Way::Webhook,
        strange: Strange::new(oddity, member, "a text", "a list of 3"),
        at: START,
        times: 1,
        payload: None,
    }
}

pub fn unreadable(at: (AccountId, ConnectionId), body: &[u8], received: i64) -> Noted {
    Noted {
        at: received,
        payload: Some(Payload::of(body, received)),
        ..noted(at, Oddity::Unreadable, "")
    }
}

async fn all(
    store: &Arc<dyn Store>,
    account: AccountId,
) -> Vec<trackway_store::quarantine::Quarantined> {
    let wanted = Wanted {
        account: Some(account),
        ..Wanted::default()
    };
    store.quarantined(&wanted, 1_000).await.unwrap()
}

/// Something of everything, for copies.
pub async fn fill(store: &Arc<dyn Store>, account: AccountId, connection: ConnectionId) {
    let at = (account, connection);
    let list = vec![
        unreadable(at, b"{ for a copy", START),
        noted(at, Oddity::NewMember, "copied"),
    ];
    store.note_strange(list).await.unwrap();
    let state = ConnectionState {
        connection,
        heard: Some(START),
        failed: Some(START + 1),
        failure: Some("no route".to_owned()),
        calls: Some((7, 11)),
        ..ConnectionState::default()
    };
    let poll = Heard {
        connection,
        track: TrackId(1),
        at: START,
    };
    store.note_heard(vec![poll], vec![state]).await.unwrap();
}

/// What is told of it.
pub async fn told(store: &Arc<dyn Store>, account: AccountId) -> String {
    let held = all(store, account).await;
    let mut payloads = Vec::new();
    for one in &held {
        payloads.extend(store.payloads(one.id, 0, 100).await.unwrap());
    }
    let states = store.connection_states().await.unwrap();
    let ages = store.ages(START + HOUR).await.unwrap();
    format!("{held:?} {payloads:?} {states:?} {ages:?}")
}

async fn the_same_surprise_is_counted_and_its_bytes_are_kept_once(engine: Engine) {
    let store = engine.open().await;
    let at = place(&store, "one").await;
    let bodies: [(&[u8], i64); 4] = [(b"{", 0), (b"{", 5), (b"[", 3), (b"{", 1)];
    for (body, hour) in bodies {
        let noted = unreadable(at, body, START + hour * HOUR);
        store.note_strange(vec![noted]).await.unwrap();
    }
    let held = all(&store, at.0).await;
    let [one] = &held[..] else { panic!("{held:?}") };
    assert_eq!((one.times, one.kept), (4, 2));
    assert_eq!((one.first, one.last), (START, START + 5 * HOUR));
    let (way, oddity) = (one.way, one.strange.oddity);
    assert_eq!((way, oddity), (Way::Webhook, Oddity::Unreadable));
    assert_eq!((one.account, one.connection), at);
}

async fn surprises_are_told_apart_by_what_they_are_about(engine: Engine) {
    let store = engine.open().await;
    let at = place(&store, "one").await;
    let other = Noted {
        way: Way::Poll,
        times: 7,
        ..noted(at, Oddity::NewMember, "a")
    };
    let code = |code: &str| Noted {
        strange: Strange::new(Oddity::UnknownCode, "status", "a code", code),
        ..noted(at, Oddity::UnknownCode, "status")
    };
    let differently = Noted {
        strange: Strange::new(Oddity::OtherType, "a", "a text", "a number of 2 characters"),
        ..noted(at, Oddity::OtherType, "a")
    };
    let list = vec![
        noted(at, Oddity::NewMember, "a"),
        other,
        noted(at, Oddity::NewMember, "b"),
        noted(at, Oddity::OtherType, "a"),
        differently,
        code("77"),
        code("78"),
        code("77"),
        unreadable(at, b"x", START),
    ];
    store.note_strange(list).await.unwrap();
    let held = all(&store, at.0).await;
    let times: Vec<u64> = held.iter().map(|one| one.times).collect();
    assert_eq!(times, [1, 7, 1, 2, 2, 1, 1]);
    assert_eq!(held[3].strange.found, "a number of 2 characters");
    let of = async |stopped| {
        let wanted = Wanted {
            stopped: Some(stopped),
            connection: Some(at.1),
            ..Wanted::default()
        };
        store.quarantined(&wanted, 1_000).await.unwrap().len()
    };
    assert_eq!((of(true).await, of(false).await), (1, 6));
    let page = Wanted {
        after: held[4].id,
        ..Wanted::default()
    };
    let page = store.quarantined(&page, 1).await.unwrap();
    assert_eq!(page, held[5..6]);
}

async fn a_payload_comes_back_as_it_came(engine: Engine) {
    let store = engine.open().await;
    let at = place(&store, "one").await;
    let about = About {
        track: TrackId(9),
        carrier: "247express".to_owned(),
        number: "VD0000001".to_owned(),
    };
    let answer = Payload {
        about: Some(about),
        status: 502,
        ..Payload::of(b"\xff\n{\"a\":1}\n", START + 1)
    };
    let long = Payload::of(&vec![b'x'; LONGEST + 1], START + 2);
    for payload in [&answer, &long] {
        let noted = Noted {
            payload: Some(payload.clone()),
            ..unreadable(at, b"", START)
        };
        store.note_strange(vec![noted]).await.unwrap();
    }
    let id = all(&store, at.0).await[0].id;
    let kept = store.payloads(id, 0, 10).await.unwrap();
    let bodies: Vec<&Payload> = kept.iter().map(|(_, payload)| payload).collect();
    assert_eq!(bodies, [&answer, &long]);
    assert_eq!((long.whole, long.body.len()), (false, HEAD));
    let behind = store.payloads(id, kept[0].0, 10).await.unwrap();
    assert_eq!(behind, kept[1..]);
}

async fn a_released_payload_takes_its_surprise_along_when_it_is_the_last(engine: Engine) {
    let store = engine.open().await;
    let at = place(&store, "one").await;
    let list = vec![unreadable(at, b"a", START), unreadable(at, b"b", START)];
    store.note_strange(list).await.unwrap();
    let id = all(&store, at.0).await[0].id;
    let kept = store.payloads(id, 0, 10).await.unwrap();
    store.release(id, kept[0].0).await.unwrap();
    assert_eq!(all(&store, at.0).await[0].kept, 1);
    store.release(id, kept[0].0).await.unwrap();
    assert_eq!(all(&store, at.0).await.len(), 1, "released once");
    store.release(id, kept[1].0).await.unwrap();
    assert_eq!(all(&store, at.0).await, []);
}

async fn payloads_and_surprises_are_bounded(engine: Engine) {
    let store = engine.open().await;
    let at = place(&store, "one").await;
    let many = (0..KEPT + 5).map(|n| unreadable(at, n.to_string().as_bytes(), START));
    store.note_strange(many.collect()).await.unwrap();
    let names: Vec<String> = (0..MOST + 5).map(|n| format!("member-{n}")).collect();
    let members = names.iter().map(|name| noted(at, Oddity::NewMember, name));
    store.note_strange(members.clone().collect()).await.unwrap();
    store.note_strange(members.collect()).await.unwrap();
    let held = all(&store, at.0).await;
    assert_eq!(held.len(), MOST + 1);
    assert_eq!(
        (held[0].times, held[0].kept),
        ((KEPT + 5) as u64, KEPT as u64)
    );
    let rest = held.iter().find(|one| one.strange.member == "…").unwrap();
    // Six had no place, twice each.
    assert_eq!(rest.times, 12);
    // Another connection has a place of its own.
    let other = place(&store, "two").await;
    let one = noted(other, Oddity::NewMember, "x");
    store.note_strange(vec![one]).await.unwrap();
    assert_eq!(all(&store, other.0).await[0].strange.member, "x");
}

async fn another_accounts_surprises_are_not_there(engine: Engine) {
    let store = engine.open().await;
    let at = place(&store, "one").await;
    let (stranger, _) = place(&store, "two").await;
    let list = vec![unreadable(at, b"a", START)];
    store.note_strange(list).await.unwrap();
    assert_eq!(all(&store, stranger).await, []);
    let id = all(&store, at.0).await[0].id;
    assert!(!store.drop_quarantined(Some(stranger), id).await.unwrap());
    assert_eq!(store.payloads(id, 0, 9).await.unwrap().len(), 1);
    assert!(store.drop_quarantined(Some(at.0), id).await.unwrap());
    assert!(!store.drop_quarantined(Some(at.0), id).await.unwrap());
    assert_eq!(store.payloads(id, 0, 9).await.unwrap(), []);
    let none = QuarantineId(4_711);
    assert!(!store.drop_quarantined(None, none).await.unwrap());
}

async fn an_erasure_takes_the_payloads_of_its_number(engine: Engine) {
    let store = engine.open().await;
    let at = place(&store, "one").await;
    let wish = registration(at.0, NUMBER);
    let (made, _) = store.register(wish, None).await.unwrap();
    let of = |track: Option<TrackId>, body: &[u8]| {
        let about = track.map(|track| About {
            track,
            carrier: CARRIER.to_owned(),
            number: NUMBER.to_owned(),
        });
        let payload = Payload {
            about,
            ..Payload::of(body, START)
        };
        Noted {
            payload: Some(payload),
            ..unreadable(at, b"", START)
        }
    };
    let list = vec![
        of(Some(made.track), b"ours"),
        of(Some(TrackId(77)), b"theirs"),
        of(None, b"nobody's"),
    ];
    store.note_strange(list).await.unwrap();
    store.erase(made.track).await.unwrap();
    let id = all(&store, at.0).await[0].id;
    let left = store.payloads(id, 0, 9).await.unwrap();
    let left: Vec<&[u8]> = left.iter().map(|(_, kept)| &kept.body[..]).collect();
    assert_eq!(left, [&b"theirs"[..], b"nobody's"]);
}

async fn what_is_old_goes_and_what_came_again_stays(engine: Engine) {
    let store = engine.open().await;
    let at = place(&store, "one").await;
    let hour = |hour: i64| START + hour * HOUR;
    let drift = |member, at_hour| Noted {
        at: hour(at_hour),
        ..noted(at, Oddity::NewMember, member)
    };
    let list = vec![
        unreadable(at, b"a", hour(0)),
        unreadable(at, b"b", hour(9)),
        drift("old", 1),
        drift("again", 1),
        drift("again", 8),
    ];
    store.note_strange(list).await.unwrap();
    let mut steps = Vec::new();
    loop {
        let removed = store.remove_quarantined(hour(5), 1).await.unwrap();
        steps.push(removed);
        if removed == 0 {
            break;
        }
    }
    assert_eq!(steps, [1, 1, 0]);
    let held = all(&store, at.0).await;
    let left: Vec<(&str, u64)> = held
        .iter()
        .map(|one| (&*one.strange.member, one.kept))
        .collect();
    assert_eq!(left, [("", 1), ("again", 0)]);
}

async fn surprises_are_there_after_a_restart(engine: Engine) {
    let store = engine.open().await;
    let at = place(&store, "one").await;
    let list = vec![
        unreadable(at, b"a", START),
        noted(at, Oddity::MissingMember, "statuses[].time"),
    ];
    store.note_strange(list).await.unwrap();
    let before = all(&store, at.0).await;
    store.close().await.unwrap();
    drop(store);
    let store = engine.open().await;
    assert_eq!(all(&store, at.0).await, before);
    assert_eq!(store.payloads(before[0].id, 0, 9).await.unwrap().len(), 1);
}
