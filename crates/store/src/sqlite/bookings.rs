//! Fulfilments whose carriers are told of them.

use super::readers::{all, execute};
use super::{SqliteStore, sql};
use crate::StoreError;
use crate::bookings::{Booking, Bookings, SettledBooking};
use crate::orders::Writes;
use async_trait::async_trait;
use rusqlite::{Connection as File, Row};
use trackway_model::orders::RecordId;
use trackway_model::{AccountId, ConnectionId};

type Result<T> = std::result::Result<T, StoreError>;

#[async_trait]
impl Bookings for SqliteStore {
    async fn claim_bookings(&self, now: i64, lease_us: i64, limit: usize) -> Result<Vec<Booking>> {
        self.run(move |work| {
            let file = &work.connection;
            let mut claimed = all(file, sql::BOOKING_DUE, (now, limit), booking)?;
            let lease = now.saturating_add(lease_us);
            for booking in &mut claimed {
                booking.lease = lease;
                booking.tries += 1;
                execute(file, sql::BOOKING_LEASE, (booking.fulfilment.0, lease))?;
            }
            Ok(claimed)
        })
        .await
    }

    async fn settle_booking(&self, settled: SettledBooking) -> Result<bool> {
        let SettledBooking { booking, due, now } = settled;
        let row = (
            booking.fulfilment.0,
            booking.lease,
            booking.news,
            booking.tries,
            booking.failures,
            booking.told,
            due,
            now,
        );
        let settled = self
            .run(move |work| execute(&work.connection, sql::BOOKING_SETTLE, row))
            .await?;
        Ok(settled > 0)
    }

    async fn next_booking(&self) -> Result<Option<i64>> {
        let next = self
            .core
            .readers
            .one(sql::BOOKING_NEXT, [], |row| row.get(0))?;
        Ok(next.flatten())
    }

    async fn count_bookings(&self, connection: ConnectionId) -> Result<u64> {
        let key = [connection.0];
        let count = self
            .core
            .readers
            .one(sql::BOOKING_COUNT, key, |row| row.get(0))?;
        Ok(count.unwrap_or(0))
    }
}

/// Makes rows of those that carriers are to be told of, and those due that were written.
pub fn note(file: &File, writes: &Writes) -> Result<()> {
    for (fulfilment, at) in writes.touched() {
        execute(file, sql::BOOKING_TOUCH, (fulfilment.0, at))?;
    }
    for (fulfilment, told) in &writes.told {
        let row = (fulfilment.0, told.connection.0, told.account.0, told.at);
        execute(file, sql::BOOKING_KEEP, row)?;
    }
    Ok(())
}

fn booking(row: &Row<'_>) -> rusqlite::Result<Booking> {
    Ok(Booking {
        fulfilment: RecordId(row.get(0)?),
        connection: ConnectionId(row.get(1)?),
        account: AccountId(row.get(2)?),
        lease: 0,
        news: row.get(3)?,
        tries: row.get(4)?,
        failures: row.get(5)?,
        told: row.get(6)?,
    })
}
