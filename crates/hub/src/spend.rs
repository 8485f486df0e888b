//! Daily limits without a write per request.
//!
//! Guarantee: never more uses than the limit are allowed. A node takes a share of the budget from
//! the store in one write and gives it out from memory; a share that a dead node took is lost, so a
//! crash costs at most one hundredth of a limit. Small limits are taken one by one and are exact.

use crate::Hub;
use parking_lot::Mutex;
use std::collections::HashMap;
use trackway_model::KeyId;
use trackway_store::StoreError;

/// A share is this fraction of the limit.
const SHARES: u64 = 100;

/// What this node holds of each budget.
#[derive(Debug, Default)]
pub struct Budgets(Mutex<HashMap<(KeyId, &'static str), Share>>);

#[derive(Clone, Copy, Debug)]
struct Share {
    period: i64,
    limit: u64,
    left: u64,
}

impl Budgets {
    /// Takes one use out of the share that is held.
    fn take(&self, key: KeyId, meter: &'static str, period: i64, limit: u64) -> bool {
        let mut held = self.0.lock();
        match held.get_mut(&(key, meter)) {
            Some(share) if share.period == period && share.limit == limit && share.left > 0 => {
                share.left -= 1;
                true
            }
            _ => false,
        }
    }

    fn put(&self, key: KeyId, meter: &'static str, period: i64, limit: u64, more: u64) {
        let mut held = self.0.lock();
        let share = held.entry((key, meter)).or_insert(Share {
            period,
            limit,
            left: 0,
        });
        let left = if share.period == period {
            share.left
        } else {
            0
        };
        *share = Share {
            period,
            limit,
            left: left + more,
        };
    }
}

impl Hub {
    /// Counts one use of a key's meter in a period; false when the limit is reached.
    pub(crate) async fn count_use(
        &self,
        key: KeyId,
        meter: &'static str,
        period: i64,
        limit: u64,
    ) -> Result<bool, StoreError> {
        if self.budgets.take(key, meter, period, limit) {
            return Ok(true);
        }
        let name = format!("{meter}/{key}");
        let mut share = (limit / SHARES).max(1);
        loop {
            if self.store.spend(&name, period, share, limit).await? {
                self.budgets.put(key, meter, period, limit, share - 1);
                return Ok(true);
            }
            if share == 1 {
                return Ok(false);
            }
            share = share.div_ceil(2);
        }
    }
}
