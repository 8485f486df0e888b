//! What upstreams gave for numbers, and what they are still to be told.

use crate::directory::connection;
use crate::engines::{Engine, contract};
use crate::fixtures::*;
use crate::polls::claim;
use serde_json::{Value, json};
use std::sync::Arc;
use trackway_model::{ConnectionId, TrackId};
use trackway_store::Store;
use trackway_store::errands::{Entrusted, Has, NewEntrusted, SettledErrand};
use trackway_store::records::{NewRegistration, PollKind, SettledPoll};
use trackway_store::registrations::{Book, Move, Moved};

contract!(
    what_was_given_is_kept_sealed_and_erased,
    an_edit_and_a_refresh_are_owed_until_they_are_told,
    a_number_that_nobody_has_is_taken_back,
    a_number_that_moves_is_told_once_and_by_its_new_track,
    a_move_that_was_refused_takes_the_old_number_back,
    nothing_is_owed_of_what_was_never_given,
);

struct Given {
    store: Arc<dyn Store>,
    book: Book,
    connection: ConnectionId,
    track: TrackId,
    id: i64,
}

impl Given {
    /// A number that is registered and was asked about, not given to the upstream yet.
    async fn not_yet(engine: &Engine) -> Self {
        let store = engine.open().await;
        let account = store.account("default", START).await.unwrap().id;
        let made = store.create_connection(connection(account, "one")).await;
        let connection = made.unwrap().id;
        let dialect = "agg".to_owned();
        let wish = NewRegistration {
            account,
            dialect: dialect.clone(),
            carrier: "demo-post".to_owned(),
            number: "AG001".to_owned(),
            created: START,
            connections: vec![connection],
            ..NewRegistration::default()
        };
        let made = store.register_many(vec![wish]).await.unwrap();
        let (track, id) = (made[0].0.track, made[0].0.id);
        let given = Self {
            store,
            book: Book { account, dialect },
            connection,
            track,
            id,
        };
        given.asked(PollKind::First, START, START + HOUR).await;
        given
    }

    async fn new(engine: &Engine) -> Self {
        let given = Self::not_yet(engine).await;
        given
            .entrust(json!({ "orderNo": "577000000000000001" }))
            .await;
        given
    }

    async fn entrust(&self, given: Value) {
        let new = NewEntrusted {
            track: self.track,
            connection: self.connection,
            account: self.book.account,
            given,
        };
        self.store.entrust(vec![new]).await.unwrap();
    }

    /// What is due of a kind is claimed and settled: which tracks it was.
    async fn asked(&self, kind: PollKind, now: i64, due: i64) -> Vec<TrackId> {
        let polls = claim(&self.store, self.connection, kind, now, 10).await;
        let settled = |poll: &trackway_store::records::Poll| SettledPoll {
            track: poll.track,
            connection: poll.connection,
            kind,
            fence: poll.fence,
            due: Some(due),
            failures: 0,
        };
        let all = polls.iter().map(settled).collect();
        self.store.settle_polls(all).await.unwrap();
        polls.iter().map(|poll| poll.track).collect()
    }

    async fn of(&self, track: TrackId) -> Option<Entrusted> {
        let found = self.store.entrusted(self.connection, &[track]).await;
        found.unwrap().pop()
    }

    async fn held(&self) -> Entrusted {
        self.of(self.track).await.unwrap()
    }

    async fn owed(&self) -> u64 {
        self.store.count_errands(self.connection).await.unwrap()
    }

    async fn settle(&self, track: TrackId, edits: u32, refreshes: u32, now_has: Has) {
        let settled = SettledErrand {
            track,
            connection: self.connection,
            edits,
            refreshes,
            now_has,
        };
        self.store.settle_errands(vec![settled]).await.unwrap();
    }

    async fn edit(&self, now: i64) -> bool {
        let data = json!({ "postalCode": "10001" });
        let replaced = self
            .store
            .replace_entry(&self.book, self.id, data, None, now);
        replaced.await.unwrap()
    }

    async fn end(&self, now: i64) {
        let ended = self.store.unregister(&self.book, vec![self.id], now).await;
        assert_eq!(ended.unwrap(), 1);
    }

    /// To another carrier: the number's new track.
    async fn move_to(&self, carrier: &str, now: i64) -> TrackId {
        let to = Move {
            ids: vec![self.id],
            carrier: carrier.to_owned(),
            now,
            clock_at: None,
            connections: vec![self.connection],
        };
        let moved = self.store.move_entries(&self.book, to).await.unwrap();
        assert_eq!(moved, Moved::All);
        let found = self
            .store
            .find(self.book.account, Some(carrier), "AG001")
            .await;
        found.unwrap()[0].id
    }
}

async fn what_was_given_is_kept_sealed_and_erased(engine: Engine) {
    let given = Given::new(&engine).await;
    let held = given.held().await;
    assert_eq!(held.given, json!({ "orderNo": "577000000000000001" }));
    assert!(held.is_wanted && !held.is_owed());
    // Given anew, it is the newer one.
    given
        .entrust(json!({ "orderNo": "577000000000000002" }))
        .await;
    assert_eq!(given.held().await.given["orderNo"], "577000000000000002");
    let tracks = [given.track];
    let other = given.store.entrusted(ConnectionId(99), &tracks);
    assert_eq!(other.await.unwrap(), []);
    given.store.erase(given.track).await.unwrap();
    assert_eq!(given.held().await.given, Value::Null);
}

async fn an_edit_and_a_refresh_are_owed_until_they_are_told(engine: Engine) {
    let given = Given::new(&engine).await;
    let due = async |now| given.asked(PollKind::Manual, now, now + HOUR).await;
    assert!(due(START + 1).await.is_empty());
    assert!(given.edit(START + 2).await);
    assert_eq!(given.held().await.edits, 1);
    assert_eq!(given.owed().await, 1);
    // At once, before its time.
    assert_eq!(due(START + 2).await, [given.track]);
    // Another edit, while the first is told: it is owed still.
    assert!(given.edit(START + 3).await);
    given.settle(given.track, 1, 0, Has::Same).await;
    assert_eq!(given.held().await.edits, 1);
    assert_eq!(due(START + 3).await, [given.track]);
    given.settle(given.track, 1, 0, Has::Same).await;
    assert_eq!(given.owed().await, 0);

    let refreshed = given
        .store
        .refresh_entry(&given.book, given.id, START + 4, START);
    refreshed.await.unwrap();
    assert_eq!((given.held().await.refreshes, given.owed().await), (1, 1));
    let asked = given
        .store
        .ask_polls(given.track, PollKind::Manual, START + 5);
    assert_eq!(asked.await.unwrap(), 1);
    assert_eq!(given.held().await.refreshes, 2);
    // The schedule's own looks owe nothing.
    let looked = given
        .store
        .ask_polls(given.track, PollKind::Usual, START + 6);
    looked.await.unwrap();
    given.settle(given.track, 0, 2, Has::Same).await;
    assert!(!given.held().await.is_owed());
}

async fn a_number_that_nobody_has_is_taken_back(engine: Engine) {
    let given = Given::new(&engine).await;
    given.end(START + 1).await;
    assert!(!given.held().await.is_wanted);
    assert_eq!(given.owed().await, 1);
    assert_eq!(
        given.asked(PollKind::Manual, START + 1, START + 2).await,
        [given.track]
    );
    given.settle(given.track, 0, 0, Has::Nothing).await;
    assert_eq!(given.of(given.track).await, None);
    assert_eq!(given.owed().await, 0);
}

async fn a_number_that_moves_is_told_once_and_by_its_new_track(engine: Engine) {
    let given = Given::new(&engine).await;
    let new = given.move_to("other-post", START + 1).await;
    let held = given.of(new).await.unwrap();
    assert_eq!(held.moved_from, Some(given.track));
    assert!(held.is_wanted && held.is_owed());
    // The old track asks nothing: its number is not taken back, it moves.
    assert!(
        given
            .asked(PollKind::Manual, START + 9, START + 10)
            .await
            .is_empty()
    );
    assert_eq!(
        given.asked(PollKind::First, START + 9, START + HOUR).await,
        [new]
    );
    let kept = given.held().await.given;
    given.settle(new, 0, 0, Has::Moved { given: kept }).await;
    let held = given.of(new).await.unwrap();
    assert_eq!(held.given["orderNo"], "577000000000000001");
    assert!(!held.is_owed());
    assert_eq!(given.of(given.track).await, None);
}

async fn a_move_that_was_refused_takes_the_old_number_back(engine: Engine) {
    let given = Given::new(&engine).await;
    let new = given.move_to("other-post", START + 1).await;
    given
        .settle(new, 0, 0, Has::NotMoved { now: START + 2 })
        .await;
    assert_eq!(given.of(new).await, None);
    assert_eq!(
        given.asked(PollKind::Manual, START + 2, START + HOUR).await,
        [given.track]
    );
    // Moved back meanwhile, it is wanted again.
    given.move_to("demo-post", START + 3).await;
    assert!(given.held().await.is_wanted);
}

async fn nothing_is_owed_of_what_was_never_given(engine: Engine) {
    let given = Given::not_yet(&engine).await;
    assert!(given.edit(START + 1).await);
    let refreshed = given
        .store
        .refresh_entry(&given.book, given.id, START + 1, START);
    refreshed.await.unwrap();
    assert_eq!((given.of(given.track).await, given.owed().await), (None, 0));
    let new = given.move_to("other-post", START + 2).await;
    assert_eq!(given.of(new).await, None);
    given.end(START + 3).await;
    for track in [given.track, new] {
        let polls = given.store.polls_of(track).await.unwrap();
        assert!(polls.iter().all(|poll| poll.due.is_none()), "{polls:?}");
    }
}
