//! Fulfilments whose carriers are told of them: claimed as polls are.

use super::connect::Work;
use super::work::bounded;
use super::{PostgresStore, sql};
use crate::StoreError;
use crate::bookings::{Booking, Bookings, SettledBooking};
use crate::orders::Writes;
use async_trait::async_trait;
use tokio_postgres::Row;
use trackway_model::orders::RecordId;
use trackway_model::{AccountId, ConnectionId};

type Result<T> = std::result::Result<T, StoreError>;

#[async_trait]
impl Bookings for PostgresStore {
    async fn claim_bookings(&self, now: i64, lease_us: i64, limit: usize) -> Result<Vec<Booking>> {
        let rows = self
            .database
            .rows(&sql::BOOKING_CLAIM, &[&now, &lease_us, &bounded(limit)])
            .await?;
        Ok(rows.iter().map(booking).collect())
    }

    async fn settle_booking(&self, settled: SettledBooking) -> Result<bool> {
        let SettledBooking { booking, due, now } = settled;
        let (tries, failures) = (booking.tries as i32, booking.failures as i32);
        let settled = self
            .database
            .execute(
                &sql::BOOKING_SETTLE,
                &[
                    &booking.fulfilment.0,
                    &booking.lease,
                    &booking.news,
                    &tries,
                    &failures,
                    &booking.told,
                    &due,
                    &now,
                ],
            )
            .await?;
        Ok(settled > 0)
    }

    async fn next_booking(&self) -> Result<Option<i64>> {
        let row = self.database.row(&sql::BOOKING_NEXT, &[]).await?;
        Ok(row.and_then(|row| row.get(0)))
    }

    async fn count_bookings(&self, connection: ConnectionId) -> Result<u64> {
        let row = self
            .database
            .row(&sql::BOOKING_COUNT, &[&connection.0])
            .await?;
        Ok(row.map_or(0, |row| row.get::<_, i64>(0).unsigned_abs()))
    }
}

/// Makes rows of those that carriers are to be told of, and those due that were written.
pub async fn note(work: &Work, writes: &Writes) -> Result<()> {
    let (fulfilments, times): (Vec<i64>, Vec<i64>) =
        writes.touched().map(|(id, at)| (id.0, at)).unzip();
    if !fulfilments.is_empty() {
        work.execute(&sql::BOOKING_TOUCH, &[&fulfilments, &times])
            .await?;
    }
    if writes.told.is_empty() {
        return Ok(());
    }
    let fulfilments: Vec<i64> = writes.told.keys().map(|id| id.0).collect();
    let told = || writes.told.values();
    let connections: Vec<i64> = told().map(|it| it.connection.0).collect();
    let accounts: Vec<i64> = told().map(|it| it.account.0).collect();
    let times: Vec<i64> = told().map(|it| it.at).collect();
    work.execute(
        &sql::BOOKING_KEEP,
        &[&fulfilments, &connections, &accounts, &times],
    )
    .await?;
    Ok(())
}

fn booking(row: &Row) -> Booking {
    Booking {
        fulfilment: RecordId(row.get(0)),
        connection: ConnectionId(row.get(1)),
        account: AccountId(row.get(2)),
        lease: row.get(3),
        news: row.get(4),
        tries: row.get::<_, i32>(5).unsigned_abs(),
        failures: row.get::<_, i32>(6).unsigned_abs(),
        told: row.get(7),
    }
}
