//! A client of each system on the same hub: asks about the numbers of the show, whichever system they came
//! by, as that system's clients do, reads the answers with that system's own reader, and compares what it
//! was told with what the hub holds (`histories`).

use super::api::Api;
use super::audit::Report;
use super::cargo::held;
use super::consigned::Sender;
use super::followed::Followed;
use super::histories::{Held, History};
use super::orders::Orders;
use anyhow::Context;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;
use trackway_dialects::desk::Settings;
use trackway_dialects::dialect::{Answer, Parcel, Upstream};
use trackway_dialects::{Call, Dialect, express247, keydelivery, nandh, registry, track123};
use trackway_hub::outbound::{Outbound, Policy, Reach};
use trackway_hub::{CreatedKey, Explanation, Hub, NewKey};
use trackway_model::{CodeKind, ConnectionId, Stage};
use trackway_simulator::World;

/// Parcels that every client asks about.
const ASKED: usize = 20;
const DEADLINE: Duration = Duration::from_secs(10);

/// The systems whose clients ask about parcels. N&H's asks about orders and
/// shipments: see `of_nandh`.
const SYSTEMS: [&str; 3] = [express247::NAME, keydelivery::NAME, track123::NAME];

pub struct Clients {
    outbound: Outbound,
    address: String,
    of: Vec<Client>,
    api: Api,
    /// The key of N&H's client.
    merchants: String,
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
        let merchants = hub.create_key(NewKey {
            dialect: Some(nandh::NAME.to_owned()),
            name: "the show's client of N&H".to_owned(),
            ..NewKey::default()
        });
        Ok(Self {
            outbound: Outbound::new(Reach::default(), hub.clock().clone()),
            address: address.to_owned(),
            of,
            api: Api::new(hub, address),
            merchants: merchants.await?.key,
        })
    }

    /// Has every client ask, and counts the histories that are the hub's. Parcels whose numbers were used
    /// again are left out: some systems tell the newest journey alone.
    pub async fn audit(
        &self,
        report: &mut Report,
        hub: &Hub,
        indexes: impl Iterator<Item = u32>,
        (orders, sender, followed): (&Orders, &Sender, &Followed),
    ) -> anyhow::Result<()> {
        let mut asked = BTreeMap::new();
        for index in indexes {
            if asked.len() == ASKED {
                break;
            }
            asked.extend(alone(hub, express247::CARRIER, World::number(index)).await?);
        }
        for code in sender.codes() {
            asked.extend(alone(hub, express247::CARRIER, code.to_owned()).await?);
        }
        for code in followed.codes() {
            asked.extend(alone(hub, nandh::NAME, code.to_owned()).await?);
        }
        let vocabularies = registry::built_in();
        for client in &self.of {
            let told = self.ask(client, &asked).await?;
            let words = vocabularies.of(client.dialect.name());
            for (number, (_, journey)) in &asked {
                let held = Held::of(journey, client.dialect.name());
                let nothing = History::default();
                let difference = held.difference(told.get(number).unwrap_or(&nothing), words);
                report.seen_by_client(client.dialect.title(), number, difference);
            }
        }
        self.of_nandh(report, hub, orders, sender, followed).await
    }

    /// What a client is told of each parcel; those that could not be asked about are left out.
    async fn ask(
        &self,
        client: &Client,
        asked: &BTreeMap<String, (&'static str, Explanation)>,
    ) -> anyhow::Result<BTreeMap<String, History>> {
        let numbers: Vec<Parcel<'_>> = asked
            .iter()
            .map(|(number, (carrier, _))| Parcel {
                carrier,
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

    /// An N&H client's look at every order and shipment, whichever system it came by: it stands where its
    /// parcel does.
    async fn of_nandh(
        &self,
        report: &mut Report,
        hub: &Hub,
        orders: &Orders,
        sender: &Sender,
        followed: &Followed,
    ) -> anyhow::Result<()> {
        let mut seen = Vec::new();
        for (index, status) in orders.seen().await? {
            seen.push((World::number(index), CodeKind::Order, status));
        }
        for (code, status) in sender.seen().await? {
            seen.push((code, CodeKind::Event, status));
        }
        for (code, kind, path) in followed.paths() {
            let detail = self
                .api
                .nandh(&self.merchants, http::Method::GET, &path, &Value::Null);
            seen.push((code.to_owned(), kind, detail.await?["status"].to_string()));
        }
        let vocabularies = registry::built_in();
        let title = registry::find(nandh::NAME).map_or(nandh::NAME, |dialect| dialect.title());
        for (number, kind, status) in seen {
            let Some((_, (_, journey))) = alone(hub, nandh::NAME, number.clone()).await? else {
                continue;
            };
            let (milestone, _) = vocabularies.of(nandh::NAME).read(kind, &status, "");
            let (there, here) = (milestone.stage(), journey.stage);
            let difference = (!stands_alike(there, here))
                .then(|| format!("is told of {} for {}", there.name(), here.name()));
            report.seen_by_client(title, &number, difference);
        }
        Ok(())
    }
}

/// A number's only journey, where something is known of it.
async fn alone(
    hub: &Hub,
    carrier: &'static str,
    number: String,
) -> anyhow::Result<Option<(String, (&'static str, Explanation))>> {
    Ok(match &*held(hub, &number).await? {
        [journey] if !journey.events.is_empty() => Some((number, (carrier, journey.clone()))),
        _ => None,
    })
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
