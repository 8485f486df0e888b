//! Meters: budgets counted in memory. What the file holds is ahead of what was used, so that a crash
//! never gives a budget twice and loses at most one step of it.

use super::readers::execute;
use super::{SqliteStore, sql};
use crate::StoreError;
use parking_lot::Mutex;
use std::collections::HashMap;

#[derive(Clone, Copy, Debug, Default)]
struct Meter {
    used: u64,
    /// What the file says was used.
    written: u64,
}

#[derive(Debug, Default)]
pub struct Meters(Mutex<HashMap<String, HashMap<i64, Meter>>>);

/// The part of a limit that one write covers.
const STEPS: u64 = 100;
const LARGEST_STEP: u64 = 1_024;

/// What became of a wish to spend.
enum Spending {
    Refused,
    Allowed,
    /// Allowed once the file says that this much was used.
    Write(u64),
    /// The file must be asked first.
    Unknown,
}

impl Meters {
    fn spend(&self, name: &str, period: i64, n: u64, limit: u64) -> Spending {
        let mut meters = self.0.lock();
        let Some(meter) = meters
            .get_mut(name)
            .and_then(|periods| periods.get_mut(&period))
        else {
            return Spending::Unknown;
        };
        let Some(used) = meter.used.checked_add(n).filter(|used| *used <= limit) else {
            return Spending::Refused;
        };
        meter.used = used;
        if used <= meter.written {
            return Spending::Allowed;
        }
        Spending::Write(
            used.saturating_add((limit / STEPS).min(LARGEST_STEP))
                .min(limit),
        )
    }

    fn written(&self, name: &str, period: i64, written: u64) {
        if let Some(meter) = self
            .0
            .lock()
            .get_mut(name)
            .and_then(|periods| periods.get_mut(&period))
        {
            meter.written = meter.written.max(written);
        }
    }

    /// A period that follows makes the ones before the last superfluous.
    fn learn(&self, name: &str, period: i64, used: u64) {
        let mut meters = self.0.lock();
        let periods = meters.entry(name.to_owned()).or_default();
        periods.retain(|known, _| *known >= period - 1);
        periods.entry(period).or_insert(Meter {
            used,
            written: used,
        });
    }

    /// After a failed write: what was allowed was not, and the file is to be asked again.
    fn forget(&self, name: &str) {
        self.0.lock().remove(name);
    }

    fn all(&self) -> Vec<(String, i64, u64)> {
        let meters = self.0.lock();
        let each = |(name, periods): (&String, &HashMap<i64, Meter>)| {
            let name = name.clone();
            periods
                .iter()
                .map(|(at, meter)| (name.clone(), *at, meter.used))
                .collect::<Vec<_>>()
        };
        meters.iter().flat_map(each).collect()
    }
}

impl SqliteStore {
    pub(super) async fn spend_meter(
        &self,
        name: &str,
        period: i64,
        n: u64,
        limit: u64,
    ) -> Result<bool, StoreError> {
        loop {
            match self.meters.spend(name, period, n, limit) {
                Spending::Refused => return Ok(false),
                Spending::Allowed => return Ok(true),
                Spending::Write(used) => {
                    let written = self.write_meter(name.to_owned(), period, used).await;
                    match &written {
                        Ok(()) => self.meters.written(name, period, used),
                        Err(_) => self.meters.forget(name),
                    }
                    return written.map(|()| true);
                }
                Spending::Unknown => {
                    let read = |row: &rusqlite::Row<'_>| row.get(0);
                    let used = self
                        .core
                        .readers
                        .one(sql::METER_GET, (name, period), read)?;
                    self.meters.learn(name, period, used.unwrap_or(0));
                }
            }
        }
    }

    async fn write_meter(&self, name: String, period: i64, used: u64) -> Result<(), StoreError> {
        self.run(move |work| {
            execute(&work.connection, sql::METER_SET, (&name, period, used))?;
            execute(&work.connection, sql::METER_FORGET, (&name, period - 1))?;
            Ok(())
        })
        .await
    }

    /// At a clean end: the file holds what was used and no more.
    pub(super) async fn save_meters(&self) -> Result<(), StoreError> {
        let meters = self.meters.all();
        self.run(move |work| {
            for (name, period, used) in &meters {
                execute(&work.connection, sql::METER_SAVE, (name, period, used))?;
            }
            Ok(())
        })
        .await
    }
}
