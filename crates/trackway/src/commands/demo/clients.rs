//! A client of each system on the same hub: asks about the parcels of the show as that system's clients
//! do, reads the answers with that system's own reader, and compares what it was told with what the
//! hub holds.
//!
//! What an upstream of a client's own system told is passed on as it came: cut or rounded to minutes, and
//! without what that system does not tell, or not yet. So a client sees the hub's history where each
//! happening that it is told of is the hub's, and where it is told what its own system told: something
//! if that told anything, and that the parcel is delivered if that said so.

use super::audit::Report;
use super::cargo::held;
use super::orders::Orders;
use anyhow::Context;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use trackway_dialects::desk::Settings;
use trackway_dialects::dialect::{Answer, Parcel, Upstream};
use trackway_dialects::{Call, Dialect, express247, keydelivery, nandh, registry, track123};
use trackway_hub::outbound::{Outbound, Policy, Reach};
use trackway_hub::{CreatedKey, Explanation, Hub, NewKey};
use trackway_model::statement::Statement;
use trackway_model::{Certainty, CodeKind, ConnectionId, Stage, time};
use trackway_simulator::World;

/// Parcels that every client asks about.
const ASKED: usize = 20;
const DEADLINE: Duration = Duration::from_secs(10);
/// What cutting or rounding takes away or adds at most, in microseconds.
const MINUTE: i64 = 60_000_000;

/// What a client was told of a parcel.
#[derive(Debug, Default, PartialEq, Eq)]
struct History {
    /// When something happened, in microseconds on the clock of the place.
    happened: BTreeSet<i64>,
    is_delivered: bool,
}

impl History {
    fn told<'s>(statements: impl Iterator<Item = &'s Statement>) -> Self {
        let mut told = Self::default();
        for statement in statements.filter(|told| told.certainty == Certainty::Actual) {
            told.happened.extend(statement.occurred.map(|at| at.wall));
            told.is_delivered |= statement.milestone.stage() == Stage::Delivered;
        }
        told
    }
}

/// What the hub holds of a parcel.
#[derive(Debug, Default)]
struct Held {
    happened: BTreeSet<i64>,
    /// What the client's own system told of it.
    own: History,
}

impl Held {
    fn of(journey: &Explanation, dialect: &str) -> Self {
        let mut held = Self::default();
        for event in &journey.events {
            let at = event.time.as_deref().and_then(time::parse);
            let at = at.map(|at| at.wall);
            held.happened.extend(at);
            if event.witnesses.iter().any(|told| told.dialect == dialect) {
                held.own.happened.extend(at);
                held.own.is_delivered |= event.milestone.stage() == Stage::Delivered;
            }
        }
        held
    }

    /// Whether a client that was told this sees this history, and nothing else.
    fn is_seen(&self, told: &History) -> bool {
        let near = |at: &i64| {
            self.happened
                .range(at - MINUTE..=at + MINUTE)
                .next()
                .is_some()
        };
        told.happened.iter().all(near)
            && (!told.happened.is_empty() || self.own.happened.is_empty())
            && (told.is_delivered || !self.own.is_delivered)
    }
}

/// The systems whose clients ask about parcels. N&H's asks about orders: see `of_orders`.
const SYSTEMS: [&str; 3] = [express247::NAME, keydelivery::NAME, track123::NAME];

pub struct Clients {
    outbound: Outbound,
    address: String,
    of: Vec<Client>,
}

struct Client {
    dialect: &'static dyn Dialect,
    call: &'static dyn Call,
    settings: Settings,
}

impl Client {
    async fn of(hub: &Hub, name: &str) -> anyhow::Result<Self> {
        let dialect = registry::find(name).context("the show's systems are known")?;
        let call = dialect.call().context("the show's systems can be called")?;
        let made = hub.create_key(NewKey {
            dialect: Some(name.to_owned()),
            name: format!("the show's client of {name}"),
            ..NewKey::default()
        });
        Ok(Self {
            dialect,
            call,
            settings: credentials(call, &made.await?),
        })
    }
}

/// What a client sets of its key, under the names that its system's connections have for it.
fn credentials(call: &dyn Call, key: &CreatedKey) -> Settings {
    let (required, _) = call.settings();
    let named = |name: &&'static str| match *name {
        "secret" => key.secret.clone(),
        _ => Some(key.key.clone()),
    };
    let set = required
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), named(name)?)));
    set.collect()
}

impl Clients {
    pub async fn open(hub: &Hub, address: &str) -> anyhow::Result<Self> {
        let mut of = Vec::new();
        for name in SYSTEMS {
            of.push(Client::of(hub, name).await?);
        }
        Ok(Self {
            outbound: Outbound::new(Reach::default(), hub.clock().clone()),
            address: address.to_owned(),
            of,
        })
    }

    /// Has every client ask, and counts the histories that are the hub's. Parcels whose numbers were used
    /// again are left out: some systems tell the newest journey alone.
    pub async fn audit(
        &self,
        report: &mut Report,
        hub: &Hub,
        indexes: impl Iterator<Item = u32>,
        orders: &Orders,
    ) -> anyhow::Result<()> {
        let mut parcels = BTreeMap::new();
        for index in indexes {
            let number = World::number(index);
            if let [journey] = &*held(hub, &number).await?
                && !journey.events.is_empty()
            {
                parcels.insert(number, journey.clone());
            }
            if parcels.len() == ASKED {
                break;
            }
        }
        for client in &self.of {
            let told = self.ask(client, &parcels).await?;
            for (number, journey) in &parcels {
                let held = Held::of(journey, client.dialect.name());
                let is_alike = held.is_seen(told.get(number).unwrap_or(&History::default()));
                report.seen_by_client(client.dialect.title(), number, is_alike);
            }
        }
        of_orders(report, hub, orders).await
    }

    /// What a client is told of each parcel; those that could not be asked about are left out.
    async fn ask(
        &self,
        client: &Client,
        parcels: &BTreeMap<String, Explanation>,
    ) -> anyhow::Result<BTreeMap<String, History>> {
        let numbers: Vec<Parcel<'_>> = parcels
            .keys()
            .map(|number| Parcel {
                carrier: express247::CARRIER,
                number,
                ..Parcel::default()
            })
            .collect();
        let upstream = Upstream {
            connection: ConnectionId(0),
            base_url: &self.address,
            settings: &client.settings,
        };
        let vocabularies = registry::built_in();
        let vocabulary = vocabularies.of(client.dialect.name());
        let mut told = BTreeMap::new();
        for some in numbers.chunks(client.call.batch().max(1)) {
            let outgoing = client.call.request_all(&upstream, some)?;
            let sent = self.outbound.send(outgoing, Policy::Operator, DEADLINE);
            let answered = sent
                .await
                .context("the hub can't be reached by its client")?;
            let answer = Answer {
                status: answered.status,
                retry_after_s: None,
                body: &answered.body,
            };
            let parsed = client.call.parse_all(vocabulary, some, &answer);
            for (parcel, parsed) in some.iter().zip(parsed) {
                if let Ok(parsed) = parsed {
                    let parts = parsed.answer.parts.iter();
                    let statements = parts.flat_map(|part| &part.statements);
                    told.insert(parcel.number.to_owned(), History::told(statements));
                }
            }
        }
        Ok(told)
    }
}

/// An N&H client's look at every order: it stands where the order's parcel does.
async fn of_orders(report: &mut Report, hub: &Hub, orders: &Orders) -> anyhow::Result<()> {
    let vocabularies = registry::built_in();
    let title = registry::find(nandh::NAME).map_or(nandh::NAME, |dialect| dialect.title());
    for (index, status) in orders.seen().await? {
        let number = World::number(index);
        let held = held(hub, &number).await?;
        let Some(journey) = held.first().filter(|journey| !journey.events.is_empty()) else {
            continue;
        };
        let (milestone, _) = vocabularies
            .of(nandh::NAME)
            .read(CodeKind::Order, &status, "");
        report.seen_by_client(
            title,
            &number,
            stands_alike(milestone.stage(), journey.stage),
        );
    }
    Ok(())
}

/// Orders know one end for what is lost and what is seized, and other steps than parcels on the way.
fn stands_alike(order: Stage, parcel: Stage) -> bool {
    let end = |stage: Stage| match stage {
        Stage::Seized => Some(Stage::Lost),
        stage => stage.is_final().then_some(stage),
    };
    end(order) == end(parcel)
}

#[cfg(test)]
mod tests {
    use super::*;
    use trackway_dialects::native;

    #[test]
    fn every_system_has_a_client() {
        let served = registry::DIALECTS.iter().map(|dialect| dialect.name());
        for name in served.filter(|name| *name != native::NAME) {
            let is_asked = SYSTEMS.contains(&name) || name == nandh::NAME;
            assert!(is_asked, "nobody asks as a client of {name}");
        }
    }

    #[test]
    fn a_client_sees_no_other_history_and_what_its_own_system_told() {
        let minutes = |happened: &[i64]| happened.iter().map(|at| at * MINUTE).collect();
        let of = |happened: &[i64], is_delivered| History {
            happened: minutes(happened),
            is_delivered,
        };
        let held = |own| Held {
            happened: minutes(&[10, 20, 30]),
            own,
        };
        for (told, expected) in [
            (of(&[10, 20, 30], true), true),
            (of(&[11, 29], true), true),
            (of(&[10, 20], false), false),
            (of(&[10, 15], true), false),
            (of(&[], true), false),
        ] {
            let held = held(of(&[30], true));
            assert_eq!(held.is_seen(&told), expected, "{told:?}");
        }
        // Its own system has told nothing yet, or not of the end.
        assert!(held(of(&[], false)).is_seen(&of(&[], false)));
        assert!(held(of(&[10], false)).is_seen(&of(&[10], false)));
        assert!(!held(of(&[10], false)).is_seen(&of(&[], false)));
    }

    #[test]
    fn orders_stand_where_their_parcels_do() {
        for (order, parcel, expected) in [
            (Stage::Delivered, Stage::Delivered, true),
            (Stage::Lost, Stage::Seized, true),
            (Stage::Accepted, Stage::InTransit, true),
            (Stage::InTransit, Stage::Delivered, false),
            (Stage::Delivered, Stage::Returned, false),
        ] {
            assert_eq!(
                stands_alike(order, parcel),
                expected,
                "{order:?} {parcel:?}"
            );
        }
    }
}
