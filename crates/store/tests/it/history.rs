//! Tracks, their log and their documents.

use crate::engines::{Engine, contract};
use crate::fixtures::*;
use trackway_model::intake::Content;
use trackway_model::{AccountId, Stage, TrackId};
use trackway_store::Headway;
use trackway_store::records::Remapping;

contract!(
    a_number_is_found_however_it_is_written,
    what_was_said_is_read_back_as_it_was_written,
    a_known_answer_is_unchanged_and_its_body_stays,
    a_later_answer_replaces_the_document_and_withdraws,
    one_bad_intake_does_not_hinder_the_others,
    accounts_and_carriers_are_apart,
    everything_is_there_after_a_restart,
    a_replay_revises_and_is_part_of_the_record,
    an_erasure_leaves_facts_and_takes_words,
    tracks_are_scanned_in_order_of_ids,
    a_batch_on_one_number_is_one_track,
    an_empty_batch_is_nothing,
    a_check_tells_how_far_it_is,
);

const JOURNEY: &[(&str, i64)] = &[("accepted", 1), ("in_transit", 5), ("delivered", 30)];

async fn a_number_is_found_however_it_is_written(engine: Engine) {
    let store = engine.open().await;
    let receipt = tell_one(&store, news("Tw-1a ", "accepted", 1, 2)).await;
    assert_eq!(
        (receipt.new, receipt.stage, receipt.unchanged),
        (1, Stage::Accepted, false)
    );
    for written in ["TW-1A", " tw-1a", "tW-1a"] {
        let found = store.find(ACCOUNT, None, written).await.unwrap();
        assert_eq!(found.len(), 1, "{written}");
        assert_eq!(found[0].states[0].id(&found[0]), receipt.shipment);
    }
    assert!(store.find(ACCOUNT, None, "TW-1").await.unwrap().is_empty());
    assert!(
        store
            .find(ACCOUNT, Some("other"), "TW-1A")
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(store.track(TrackId(9_999_999)).await.unwrap(), None);
}

async fn what_was_said_is_read_back_as_it_was_written(engine: Engine) {
    let store = engine.open().await;
    tell_one(&store, news(NUMBER, "accepted", 1, 2)).await;
    let mut odd = statement(HOOK, "no such code", 7, 0);
    "the day after tomorrow".clone_into(&mut odd.time_text);
    odd.occurred = None;
    odd.code.sub = Some("07".to_owned());
    odd.raw = vec![0, 159, 146, 150];
    let told = vec![odd.clone(), statement(HOOK, "in_transit", 8, 0)];
    tell_one(&store, intake(NUMBER, 9, Content::News(told))).await;
    let track = track(&store, NUMBER).await;
    let views = store.statements(&track, &[1, 0, 2, 77]).await.unwrap();
    assert_eq!(
        views.iter().map(|view| view.ordinal).collect::<Vec<_>>(),
        [1, 0, 2]
    );
    assert_eq!(
        (&views[0].code, &views[0].time_text),
        (&odd.code, &odd.time_text)
    );
    assert_eq!(views[0].raw, Some(odd.raw));
    assert_eq!((views[0].stream, views[0].connection), (HOOK, CONNECTION));
    assert_eq!(views[1].raw, Some(statement(HOOK, "accepted", 1, 0).raw));
    assert_eq!(views[1].time_text, "2026-03-01T01:00:00Z");
    assert_eq!(views[1].spine, track.spine[0]);
}

async fn a_known_answer_is_unchanged_and_its_body_stays(engine: Engine) {
    let store = engine.open().await;
    let first = answer(NUMBER, 40, JOURNEY, &[("delivered", 30)]);
    assert_eq!(tell_one(&store, first.clone()).await.new, 4);
    let entries = store.verify().await.unwrap().log_entries;
    let receipt = tell_one(&store, answer(NUMBER, 41, JOURNEY, &[("delivered", 30)])).await;
    assert!(receipt.unchanged);
    assert_eq!((receipt.new, receipt.versions, receipt.repeats), (0, 0, 4));
    assert_eq!(store.verify().await.unwrap().log_entries, entries + 1);
    let track = track(&store, NUMBER).await;
    let held = track.documents[0];
    assert_eq!(held.received, START + 41 * HOUR);
    let Content::Document(answer) = first.content else {
        unreachable!()
    };
    assert_eq!(
        store.document(&track, &held).await.unwrap(),
        Some(answer.body)
    );
    feed(&store, 1).await;
    assert_sound(&store).await;
}

async fn a_later_answer_replaces_the_document_and_withdraws(engine: Engine) {
    let store = engine.open().await;
    tell_one(&store, answer(NUMBER, 40, JOURNEY, &[])).await;
    let receipt = tell_one(&store, answer(NUMBER, 41, &JOURNEY[..2], &[])).await;
    assert_eq!(receipt.stage, Stage::InTransit);
    let track = track(&store, NUMBER).await;
    assert_eq!((track.documents.len(), track.spine.len()), (1, 3));
    assert!(track.withdrawn(&track.spine[2]));
    let changes = feed(&store, 2).await;
    assert_eq!(
        of_shipment(&changes[1].1).before.unwrap().milestone,
        milestone("delivered")
    );
    assert_eq!(
        of_shipment(&changes[1].1).after.milestone,
        milestone("in_transit")
    );
    assert_sound(&store).await;
}

async fn one_bad_intake_does_not_hinder_the_others(engine: Engine) {
    let store = engine.open().await;
    let mut strange = news(&"9".repeat(300), "nonsense", 1, 2);
    if let Content::News(told) = &mut strange.content {
        told[0].raw = vec![0xff; 200_000];
        told[0].occurred = None;
        told[0].time_text = "\u{1f4a3}".repeat(100);
        told[0].identity = Vec::new();
    }
    let empty = intake("", 3, Content::News(Vec::new()));
    let far = intake(NUMBER, 4, Content::Opening(i64::MIN));
    let batch = vec![strange, empty, far, news(NUMBER, "accepted", 1, 2)];
    let receipts = tell(&store, batch).await;
    assert_eq!(
        receipts
            .iter()
            .map(|receipt| receipt.new)
            .collect::<Vec<_>>(),
        [1, 0, 0, 1]
    );
    assert_eq!(receipts[3].stage, Stage::Accepted);
    let long = track(&store, &"9".repeat(300)).await;
    let views = store.statements(&long, &[0]).await.unwrap();
    assert_eq!(views[0].raw.as_ref().unwrap().len(), 200_000);
    assert_sound(&store).await;
}

async fn accounts_and_carriers_are_apart(engine: Engine) {
    let store = engine.open().await;
    let mut other = news(NUMBER, "delivered", 9, 10);
    other.account = AccountId(2);
    let mut carrier = news(NUMBER, "cancelled", 9, 10);
    "x-two:fast".clone_into(&mut carrier.carrier);
    tell(&store, vec![news(NUMBER, "accepted", 1, 2), other, carrier]).await;
    assert_eq!(store.find(ACCOUNT, None, NUMBER).await.unwrap().len(), 2);
    assert_eq!(
        track(&store, NUMBER).await.states[0].milestone,
        milestone("accepted")
    );
    let theirs = store.find(AccountId(2), None, NUMBER).await.unwrap();
    assert_eq!(theirs[0].states[0].milestone, milestone("delivered"));
    assert!(
        store
            .held_by_another(&[ACCOUNT], CARRIER, NUMBER)
            .await
            .unwrap()
    );
    assert!(
        !store
            .held_by_another(&[ACCOUNT], "x-two:fast", NUMBER)
            .await
            .unwrap()
    );
    assert!(
        store
            .held_by_another(&[AccountId(2)], "x-two:fast", NUMBER)
            .await
            .unwrap()
    );
    assert!(
        !store
            .held_by_another(&[ACCOUNT, AccountId(2)], CARRIER, NUMBER)
            .await
            .unwrap()
    );
}

async fn everything_is_there_after_a_restart(engine: Engine) {
    let store = engine.open().await;
    for received in 40..44 {
        tell_one(
            &store,
            answer(NUMBER, received, JOURNEY, &[("accepted", 1)]),
        )
        .await;
        tell_one(
            &store,
            news(&format!("TW{received}"), "accepted", 1, received),
        )
        .await;
    }
    let before = track(&store, NUMBER).await;
    let root = store.root(&before);
    let words = store.statements(&before, &[0, 1, 2]).await.unwrap();
    let changes = feed(&store, 5).await;
    store.close().await.unwrap();
    drop(store);
    for _ in 0..3 {
        let store = engine.open().await;
        let after = track(&store, NUMBER).await;
        assert_eq!(after, before);
        assert_eq!(store.root(&after), root);
        assert_eq!(store.statements(&after, &[0, 1, 2]).await.unwrap(), words);
        assert_eq!(feed(&store, 5).await, changes);
        let counts = store.counts().await.unwrap();
        assert_eq!((counts.tracks, counts.statements), (5, 8));
        assert!(counts.bytes > 0);
        assert_sound(&store).await;
        store.close().await.unwrap();
    }
}

async fn a_replay_revises_and_is_part_of_the_record(engine: Engine) {
    let store = engine.open().await;
    tell_one(&store, answer(NUMBER, 40, JOURNEY, &[])).await;
    let before = track(&store, NUMBER).await;
    let remapped = |name| {
        vec![Remapping {
            ordinal: 2,
            milestone: milestone(name),
            reason: before.spine[2].reason,
        }]
    };
    assert!(
        store
            .remap(before.id, remapped("in_mailbox"), START)
            .await
            .unwrap()
    );
    assert!(
        !store
            .remap(before.id, remapped("in_mailbox"), START)
            .await
            .unwrap()
    );
    let after = track(&store, NUMBER).await;
    assert_eq!(after.states[0].milestone, milestone("in_mailbox"));
    assert_eq!(after.spine[2].id, before.spine[2].id);
    assert_eq!(store.root(&after), store.root(&before));
    let changes = feed(&store, 2).await;
    assert_eq!(
        of_shipment(&changes[1].1).kind,
        trackway_model::change::ChangeKind::Revised
    );
    assert_sound(&store).await;
    assert!(
        store
            .remap(TrackId(9_999_999), remapped("lost"), START)
            .await
            .is_err()
    );
}

async fn an_erasure_leaves_facts_and_takes_words(engine: Engine) {
    let store = engine.open().await;
    tell_one(&store, answer(NUMBER, 40, JOURNEY, &[])).await;
    tell_one(&store, news("TW2", "accepted", 1, 2)).await;
    let before = track(&store, NUMBER).await;
    store.erase(before.id).await.unwrap();
    let after = track(&store, NUMBER).await;
    assert_eq!(
        (&after.states, store.root(&after)),
        (&before.states, store.root(&before))
    );
    let views = store.statements(&after, &[0, 1, 2]).await.unwrap();
    assert!(
        views
            .iter()
            .all(|view| view.raw.is_none() && !view.code.code.is_empty())
    );
    assert_eq!(
        store.document(&after, &after.documents[0]).await.unwrap(),
        None
    );
    // What is said later is sealed under another key; what went stays gone.
    tell_one(&store, news(NUMBER, "returned", 50, 51)).await;
    let after = track(&store, NUMBER).await;
    let views = store.statements(&after, &[0, 3]).await.unwrap();
    assert_eq!(
        (views[0].raw.as_ref(), views[1].raw.is_some()),
        (None, true)
    );
    assert_eq!(
        store.document(&after, &after.documents[0]).await.unwrap(),
        None
    );
    let other = track(&store, "TW2").await;
    assert!(
        store.statements(&other, &[0]).await.unwrap()[0]
            .raw
            .is_some()
    );
    assert_sound(&store).await;
}

async fn tracks_are_scanned_in_order_of_ids(engine: Engine) {
    let store = engine.open().await;
    let told = (0..25)
        .map(|n| news(&format!("TW{n}"), "accepted", 1, 2))
        .collect();
    tell(&store, told).await;
    let mut seen = Vec::new();
    loop {
        let after = seen.last().copied().unwrap_or(TrackId(0));
        let page = store.scan(after, 7).await.unwrap();
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 7);
        seen.extend(page.iter().map(|track| track.id));
    }
    assert_eq!(seen.len(), 25);
    assert!(seen.is_sorted());
}

async fn a_batch_on_one_number_is_one_track(engine: Engine) {
    let store = engine.open().await;
    let told = (0..500)
        .map(|n| news(NUMBER, "in_transit", n % 50, 100 + n))
        .collect();
    let receipts = tell(&store, told).await;
    assert_eq!(receipts.iter().map(|receipt| receipt.new).sum::<u32>(), 50);
    assert_eq!(
        receipts.iter().map(|receipt| receipt.repeats).sum::<u32>(),
        450
    );
    assert_eq!(track(&store, NUMBER).await.spine.len(), 50);
    assert_eq!(store.counts().await.unwrap().tracks, 1);
    assert_sound(&store).await;
}

async fn an_empty_batch_is_nothing(engine: Engine) {
    let store = engine.open().await;
    assert!(tell(&store, Vec::new()).await.is_empty());
    store.ready().await.unwrap();
    assert_eq!(
        store.verify().await.unwrap(),
        trackway_store::records::Verification::default()
    );
}

async fn a_check_tells_how_far_it_is(engine: Engine) {
    let store = engine.open().await;
    let headway = Headway::default();
    store.verify_with(&headway).await.unwrap();
    assert!(matches!(headway.look(), (0, None)), "nothing to look at");
    for (name, hour) in JOURNEY {
        tell_one(&store, news(NUMBER, name, *hour, 50)).await;
    }
    let headway = Headway::default();
    let found = store.verify_with(&headway).await.unwrap();
    assert_eq!((found.tracks, found.statements), (1, 3));
    let (done, all) = headway.look();
    assert_eq!(Some(done), all, "to the end");
    assert!(done > 1, "pages of the log and a row");
}
