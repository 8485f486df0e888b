//! What is left of quotas, for people and for metrics.

use super::Purse;
use crate::Hub;
use crate::clock::text;
use crate::error::HubError;
use crate::metrics::Name;
use serde::{Deserialize, Serialize};
use trackway_dialects::{quota, registry};
use trackway_model::ConnectionId;
use trackway_model::quota::{Limit, Quota};
use trackway_store::StoreError;
use trackway_store::records::Connection;
use utoipa::ToSchema;

/// Connections of which metrics tell what is left: each costs a few reads.
const MOST_SHOWN: usize = 1_000;

/// How a connection's quota stands. Connections with the same key at the same address share one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QuotaInfo {
    /// Every limit that calls are under; none where none is known.
    pub limits: Vec<LimitInfo>,
    /// The upstream said that it has had enough: nobody calls before.
    pub closed_until: Option<String>,
    /// How many calls were counted in the longest window when it last said so. Less than the limit
    /// means that the limit is set too high.
    pub refused_at: Option<u64>,
}

/// One limit. What a server took to use is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LimitInfo {
    /// `second`, `minute`, `rolling` or `day`.
    pub window: String,
    /// Its length in seconds, where it rolls.
    pub seconds: Option<u64>,
    /// The zone at whose midnight a day begins.
    pub zone: Option<String>,
    pub calls: u64,
    /// So many of them are kept for what people ask for.
    pub reserved: u64,
    pub used: u64,
    pub left: u64,
    /// When calls that are used are there again: all of a day's, the first of a rolling window's.
    pub resets_at: Option<String>,
}

impl Hub {
    /// How the quota of one of an account's connections stands.
    pub async fn quota_of(
        &self,
        account: Option<&str>,
        id: ConnectionId,
    ) -> Result<QuotaInfo, HubError> {
        let connection = self.own_connection(account, id).await?;
        Ok(self.quota_info(&connection).await?)
    }

    /// The same of a connection at hand.
    pub(crate) async fn quota_info(
        &self,
        connection: &Connection,
    ) -> Result<QuotaInfo, StoreError> {
        let Some((purse, quota)) = self.known_quota(connection).await? else {
            return Ok(QuotaInfo::default());
        };
        let now = self.moment().await?.earliest;
        let mut limits = Vec::new();
        for limit in quota.limits() {
            limits.push(self.limit_info(&purse, &quota, limit, now).await?);
        }
        let refusal = self.store.refusal(&purse.name).await?;
        Ok(QuotaInfo {
            limits,
            closed_until: refusal.filter(|r| r.until > now).map(|r| text(r.until)),
            refused_at: refusal.map(|r| r.counted),
        })
    }

    async fn limit_info(
        &self,
        purse: &Purse,
        quota: &Quota,
        limit: &Limit,
        now: i64,
    ) -> Result<LimitInfo, StoreError> {
        let window = &limit.window;
        let entry = window.current(now);
        let budget = purse.budget(window);
        let taken = self.store.calls_taken(&budget, entry.counted).await?;
        let oldest = taken.oldest.map(|oldest| window.room_at(&entry, oldest));
        Ok(LimitInfo {
            window: window.kind().to_owned(),
            seconds: window.seconds(),
            zone: window.zone().map(str::to_owned),
            calls: limit.calls,
            reserved: quota.reserved(limit),
            used: taken.before,
            left: limit.calls.saturating_sub(taken.before),
            resets_at: match window.zone() {
                Some(_) => Some(text(window.renewed_at(now))),
                None => oldest.map(text),
            },
        })
    }

    /// Says in the metrics what is left of every quota.
    pub(crate) async fn measure_quotas(&self) -> Result<(), StoreError> {
        for connection in self.store.connections().await?.into_iter().take(MOST_SHOWN) {
            // A label is a small number.
            let Ok(label) = u16::try_from(connection.id.0) else {
                continue;
            };
            let Some((purse, quota)) = self.known_quota(&connection).await? else {
                continue;
            };
            let now = self.moment().await?.earliest;
            for limit in quota.limits() {
                let left = self.limit_info(&purse, &quota, limit, now).await?.left;
                let labels = [label.into(), limit.window.kind().into()];
                self.metrics.set(Name::QuotaLeft, &labels, left as f64);
            }
        }
        Ok(())
    }

    /// What is known of a connection's quota; None: nothing, or it is never called.
    async fn known_quota(
        &self,
        connection: &Connection,
    ) -> Result<Option<(std::sync::Arc<Purse>, Quota)>, StoreError> {
        let system = registry::find(&connection.dialect).and_then(|dialect| dialect.call());
        let Some(call) = system else { return Ok(None) };
        if self.in_sandbox(connection.account).await? {
            return Ok(None);
        }
        let purse = self.purse(call, connection);
        let own = quota::of(call, &connection.settings).unwrap_or_default();
        let quota = match self.said().await?.get(&purse.name) {
            Some(others) => own.and(others),
            None => own,
        };
        Ok(Some((purse, quota)))
    }
}
