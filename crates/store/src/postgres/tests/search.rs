//! Plans of searches, as the server makes them for a question: on tables that are full, since what
//! is selective decides.

use super::*;

/// 40,000 shipments of two accounts, one of 200 in an exception, a tenth with a rare carrier, each
/// with a reference.
const FILL: &str = "
INSERT INTO shipment (account, id, created, moved, stage, milestone, carrier, number_key)
SELECT 1 + (n % 10 = 0)::int, n << 10, n * 60000000::bigint, n / 1440,
    CASE WHEN n % 200 = 0 THEN 10 ELSE n % 7 END, n % 200 % 50,
    CASE WHEN n % 10 = 3 THEN 'rare' ELSE 'usual' END::bytea, ('TW' || lpad(n::text, 8, '0'))::bytea
FROM generate_series(1, 40000) AS n;
INSERT INTO number (number_key, carrier, account, track)
SELECT number_key, carrier, account, id >> 10 FROM shipment;
INSERT INTO reference (account, key, track, reference)
SELECT account, ('SO-' || (id >> 10))::bytea, id >> 10, ('so-' || (id >> 10))::bytea FROM shipment;
INSERT INTO track (id, shard, version, statements, body) SELECT id >> 10, 0, 1, 1, '' FROM shipment;
ANALYZE";

#[tokio::test]
async fn searches_use_their_indexes() {
    let (_test, database) = migrated().await;
    let connection = database.connection().await.unwrap();
    connection.batch_execute(FILL).await.unwrap();
    connection
        .batch_execute("SET plan_cache_mode = force_custom_plan")
        .await
        .unwrap();
    let find = |what: [&str; 8]| {
        let [stage, carrier, first, last, created, after, number, limit] = what;
        format!(
            "1, {stage}, NULL, {carrier}, {first}, {last}, {created}, NULL, {after}, {number}, NULL, NULL, NULL, {limit}, NULL"
        )
    };
    let null = "NULL";
    let questions = [
        (
            "the newest",
            &sql::SHIPMENT_FIND,
            find([null, null, null, null, null, null, null, "100"]),
        ),
        (
            "those behind one",
            &sql::SHIPMENT_FIND,
            find([null, null, null, null, null, "20000000", null, "100"]),
        ),
        (
            "a rare stage",
            &sql::SHIPMENT_FIND,
            find(["10", null, null, null, null, null, null, "100"]),
        ),
        (
            "a usual stage",
            &sql::SHIPMENT_FIND,
            find(["2", null, null, null, null, null, null, "100"]),
        ),
        (
            "a rare stage and carrier",
            &sql::SHIPMENT_FIND,
            find(["10", "'rare'", null, null, null, null, null, "100"]),
        ),
        (
            "a carrier that is nobody's",
            &sql::SHIPMENT_FIND,
            find([null, "'none'", null, null, null, null, null, "100"]),
        ),
        (
            "moved on two days",
            &sql::SHIPMENT_FIND,
            find([null, null, "3", "4", null, null, null, "10000"]),
        ),
        (
            "few tracks",
            &sql::SHIPMENT_FIND_AMONG,
            "1, 2, NULL, NULL, NULL, NULL, NULL, NULL, '{4,5,6}', NULL, 100, NULL".to_owned(),
        ),
        (
            "rows of a page",
            &sql::SHIPMENT_ROWS,
            "1, '{4096,5120}'".to_owned(),
        ),
        (
            "a number's beginning",
            &sql::NUMBER_BEGIN,
            "1, 'TW0000012', 'TW0000013', 2001".to_owned(),
        ),
        (
            "a reference's beginning",
            &sql::REFERENCE_BEGIN,
            "1, 'SO-12', 'SO-13', 2001".to_owned(),
        ),
    ];
    // Which index, and whether by a bitmap, follows a sample of the rows and so may change from run
    // to run; that no table is read whole may not.
    for (name, sql, values) in questions {
        let mut plan = String::new();
        let prepare = format!("PREPARE asked AS {}", sql.text);
        connection.batch_execute(&prepare).await.unwrap();
        let explain = format!("EXPLAIN (COSTS OFF) EXECUTE asked({values})");
        for message in connection.simple_query(&explain).await.unwrap() {
            if let tokio_postgres::SimpleQueryMessage::Row(row) = message {
                writeln!(plan, "{}", row.get(0).unwrap()).unwrap();
            }
        }
        assert!(
            plan.contains("Index") && !plan.contains("Seq Scan"),
            "{name}:\n{plan}"
        );
        connection.batch_execute("DEALLOCATE asked").await.unwrap();
    }
}

/// What is told most often changes no row for searches, and what does change one keeps it on its page.
#[test]
fn a_change_of_nothing_that_is_searched_writes_no_row() {
    use super::super::shipments::{Rows, shown};
    use trackway_model::{AccountId, Milestone, Track, TrackId};
    let mut track = Track::new(TrackId(5), AccountId(1), Arc::from("c"), Arc::from("N"));
    let rules = FoldRules {
        streams: StreamTable(&[]),
        reuse_after: DEFAULT_REUSE_AFTER,
    };
    trackway_model::fold::refold(&mut track, &rules);
    let before = shown(&track);
    let mut rows = Rows::default();
    rows.push(&track, &before, None);
    assert!(rows.new.ids.is_empty() && rows.changed.ids.is_empty() && rows.gone.0.is_empty());
    rows.push(&track, &[], Some(7));
    assert_eq!(
        (rows.new.ids.as_slice(), rows.new.created.as_slice()),
        (&[5 << 10][..], &[7][..])
    );
    track.states[0].milestone = Milestone::Accepted;
    rows.push(&track, &before, None);
    assert_eq!(rows.changed.milestones, [Milestone::Accepted as i16]);
    track.states.clear();
    rows.push(&track, &before, None);
    assert_eq!(rows.gone.1, [5 << 10]);
}
