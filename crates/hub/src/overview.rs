//! The installation at a glance: an account's part of it, or the whole for whoever runs it.
//!
//! Contract: one read of what is there, cheap enough for somebody who looks every few seconds: what
//! is counted over all numbers is counted once a minute. An account sees its own connections,
//! endpoints and surprises only, and no sizes of the store.

use crate::Hub;
use crate::ages::{Age, Numbers};
use crate::endpoints::EndpointInfo;
use crate::error::HubError;
use crate::listing::{ShipmentQuery, Total};
use crate::manage::ConnectionInfo;
use crate::quarantine::MOST_LISTED;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::time::Duration;
use trackway_model::{AccountId, QuarantineId};
use trackway_store::ages::Ages;
use trackway_store::quarantine::{Quarantined, Wanted};
use trackway_store::records::Account;
use utoipa::ToSchema;

/// How long a count of unregistered numbers is kept.
const KEPT: Duration = Duration::from_mins(1);

/// The installation, or an account's part of it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Status)]
pub struct Overview {
    pub version: String,
    /// Seconds since this node began.
    pub uptime_s: u64,
    pub ready: bool,
    /// What is not as it must be, as `/readyz` tells it.
    pub problems: Vec<String>,
    /// Numbers that are asked about, over all connections: one that two are asked about counts
    /// twice.
    pub numbers: Numbers,
    /// How old what is known of them is.
    pub age: Age,
    /// Numbers that something is known of and nobody registered.
    pub unregistered: Count,
    pub connections: Vec<Connected>,
    pub endpoints: Vec<Subscribed>,
    /// What could not be read and was put aside.
    pub quarantine: Surprises,
    /// What was read although it differs from what its dialect knows.
    pub drift: Surprises,
    /// Number of the newest change of each shard of the feed.
    pub feed_head: Vec<u64>,
    /// The whole store; null for an account.
    pub store: Option<StoreInfo>,
}

/// How many, counted up to a bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = StatusCount)]
pub struct Count {
    pub count: u64,
    /// False: there are more.
    pub exact: bool,
}

/// A connection and whose it is.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = StatusConnection)]
pub struct Connected {
    pub account: String,
    #[serde(flatten)]
    pub connection: ConnectionInfo,
}

/// An endpoint and whose it is.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = StatusEndpoint)]
pub struct Subscribed {
    pub account: String,
    #[serde(flatten)]
    pub endpoint: EndpointInfo,
}

/// Surprises, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Surprises {
    /// That are told apart.
    pub kinds: u64,
    /// How often they came.
    pub times: u64,
    /// Bodies that are kept of them.
    pub kept: u64,
}

impl Surprises {
    fn add(&mut self, one: &Quarantined) {
        self.kinds += 1;
        self.times = self.times.saturating_add(one.times);
        self.kept += one.kept;
    }
}

/// What the store holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = StatusStore)]
pub struct StoreInfo {
    pub tracks: u64,
    pub statements: u64,
    pub bytes: u64,
    /// Bytes free on the data folder's disk, where there is one.
    pub disk_free: Option<u64>,
}

/// Counts of unregistered numbers, by whose they are, with the time of their making.
pub(crate) type Unclaimed = HashMap<Option<AccountId>, (Duration, Count)>;

impl Hub {
    /// An account's part, or the whole where none is named.
    pub async fn overview(&self, account: Option<&str>) -> Result<Overview, HubError> {
        let (accounts, of) = match account {
            Some(name) => {
                let known = self.known_account(Some(name)).await?;
                let id = known.id;
                (vec![known], Some(id))
            }
            None => (self.store.accounts().await?, None),
        };
        let readiness = self.readiness().await;
        let connections = self.connected(&accounts).await?;
        let mut sum = Ages::default();
        for ages in self.ages().await?.iter() {
            let is_ours = |known: &Connected| known.connection.id == ages.connection;
            if of.is_none() || connections.iter().any(is_ours) {
                sum.add(ages);
            }
        }
        let (quarantine, drift) = self.count_surprises(of).await?;
        let head = self.store.head().await?;
        Ok(Overview {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            uptime_s: self.clock.monotonic().saturating_sub(self.began).as_secs(),
            ready: readiness.ready,
            problems: readiness
                .checks
                .into_iter()
                .filter_map(|check| check.problem)
                .collect(),
            numbers: Numbers::of(&sum),
            age: Age::of(&sum),
            unregistered: self.unclaimed(of).await?,
            connections,
            endpoints: self.subscribed(&accounts).await?,
            quarantine,
            drift,
            feed_head: head.iter().map(|at| at.number).collect(),
            store: match of {
                Some(_) => None,
                None => Some(self.store_info().await?),
            },
        })
    }

    async fn connected(&self, accounts: &[Account]) -> Result<Vec<Connected>, HubError> {
        let all = self.store.connections().await?;
        let standings = self.standings(&all).await?;
        let owned = all.iter().zip(standings).filter_map(|(connection, state)| {
            let owner = accounts.iter().find(|own| own.id == connection.account)?;
            Some(Connected {
                account: owner.name.clone(),
                connection: ConnectionInfo::of(connection, state),
            })
        });
        Ok(owned.collect())
    }

    async fn subscribed(&self, accounts: &[Account]) -> Result<Vec<Subscribed>, HubError> {
        let mut all = Vec::new();
        for account in accounts {
            let own = self.endpoints(Some(&account.name)).await?;
            all.extend(own.into_iter().map(|endpoint| Subscribed {
                account: account.name.clone(),
                endpoint,
            }));
        }
        Ok(all)
    }

    async fn count_surprises(
        &self,
        account: Option<AccountId>,
    ) -> Result<(Surprises, Surprises), HubError> {
        let (mut stopped, mut drift) = (Surprises::default(), Surprises::default());
        let mut wanted = Wanted {
            account,
            ..Wanted::default()
        };
        loop {
            let page = self.store.quarantined(&wanted, MOST_LISTED).await?;
            for one in &page {
                if one.strange.oddity.stops() {
                    stopped.add(one);
                } else {
                    drift.add(one);
                }
            }
            let last = page.last().filter(|_| page.len() == MOST_LISTED);
            let Some(last) = last else { break };
            wanted.after = QuarantineId(last.id.0);
        }
        Ok((stopped, drift))
    }

    /// How many numbers are known and not registered, counted a minute ago at most.
    async fn unclaimed(&self, account: Option<AccountId>) -> Result<Count, HubError> {
        let mut kept = self.unclaimed.lock().await;
        let now = self.clock.monotonic();
        if let Some((at, count)) = kept.get(&account)
            && now.saturating_sub(*at) < KEPT
        {
            return Ok(*count);
        }
        let count = if let Some(account) = account {
            let query = ShipmentQuery {
                registered: Some(false),
                ..ShipmentQuery::of(account)
            };
            match self.store.shipments(&query, None, 1).await?.total {
                Some(Total::Exact(count)) => Count { count, exact: true },
                Some(Total::AtLeast(count)) => Count {
                    count,
                    exact: false,
                },
                None => Count::default(),
            }
        } else {
            let tracks = self.store.counts().await?.tracks;
            Count {
                count: tracks.saturating_sub(self.store.registered().await?),
                exact: true,
            }
        };
        kept.retain(|_, (at, _)| now.saturating_sub(*at) < KEPT);
        kept.insert(account, (now, count));
        Ok(count)
    }

    async fn store_info(&self) -> Result<StoreInfo, HubError> {
        let sizes = self.sizes().await?;
        Ok(StoreInfo {
            tracks: sizes.tracks,
            statements: sizes.statements,
            bytes: sizes.bytes,
            disk_free: self.store.load().disk_free,
        })
    }
}
