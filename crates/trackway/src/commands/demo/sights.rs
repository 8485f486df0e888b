//! What there is to look at while the show runs, each tried before it is named.

use super::stage::Stage;
use trackway_dialects::{Outgoing, express247, keydelivery, nandh, track123};
use trackway_hub::outbound::Policy;
use trackway_hub::{HubError, NewKey};
use trackway_simulator::World;

/// A parcel that is known from the first moment.
const FIRST: u32 = 0;
/// A number of the sandbox that has its whole journey at once.
const SANDBOX_NUMBER: &str = "ANY-RETURNED-DONE";
const LINK_DAYS: u16 = 1;

/// The addresses of the show.
#[derive(Debug)]
pub struct Sights {
    pub carrier: String,
    pub aggregator: String,
    pub second: String,
    pub merchant: String,
    pub hub: String,
    pub subscriber: String,
    pub failing: String,
    /// What it shows, and how to see it.
    pub doors: Vec<(&'static str, String)>,
}

impl Stage {
    pub async fn sights(&self) -> anyhow::Result<Sights> {
        let addresses = self.addresses();
        let hub = &addresses.hub;
        let number = World::number(FIRST);
        let carriers = self.key(express247::NAME, false).await?;
        let aggregators = self.key(keydelivery::NAME, false).await?;
        let own = self.key("native", false).await?;
        let tester = self.key(express247::NAME, true).await?;
        let mut doors = Vec::new();
        for (what, url) in [
            ("every API, described", format!("{hub}/docs")),
            (
                "the console, with the key of our own API below",
                format!("{hub}/console"),
            ),
            ("its tracking page", self.page(&number).await?),
        ] {
            if self.is_there(&url).await {
                doors.push((what, url));
            }
        }
        let tracking = |number: &str, key: &str| {
            format!("curl -s '{hub}/api/Order/v1/Tracking?ordercode={number}&apikey={key}'")
        };
        doors.push(("a parcel, as 247Express", tracking(&number, &carriers.key)));
        let body = format!(
            r#"{{"carrier_id":"{}","tracking_number":"{number}","area_show":1}}"#,
            express247::CARRIER
        );
        let secret = aggregators.secret.as_deref().unwrap_or_default();
        let signature = keydelivery::sign(body.as_bytes(), &aggregators.key, secret);
        doors.push((
            "the same, as KeyDelivery",
            format!(
                "curl -s '{hub}/api/v1/tracking/realtime' -H 'Content-Type: application/json' \
                 -H 'API-Key: {}' -H 'signature: {signature}' -d '{body}'",
                aggregators.key
            ),
        ));
        if let Some(given) = self.sender().codes().next() {
            let merchants = self.key(nandh::NAME, false).await?;
            let seconds = self.key(track123::NAME, false).await?;
            doors.push((
                "an order given through 247Express's API",
                tracking(given, &carriers.key),
            ));
            doors.push((
                "the same, as N&H",
                format!(
                    "curl -s '{hub}{}/shipments/list?courier_tracking_code={given}' \
                     -H 'Authorization: {}'",
                    nandh::ROOT,
                    merchants.key
                ),
            ));
            doors.push((
                "the same, as Track123",
                format!(
                    "curl -s '{hub}/gateway/open-api/tk/v2.1/track/query' \
                     -H 'Content-Type: application/json' -H 'Track123-Api-Secret: {}' \
                     -d '{{\"trackNoInfos\":[{{\"trackNo\":\"{given}\"}}]}}'",
                    seconds.key
                ),
            ));
        }
        let listed = format!("{hub}/v1/shipments");
        if self.is_there(&listed).await {
            doors.push((
                "all of them, in our own API",
                format!(
                    "curl -s '{listed}?limit=3' -H 'Authorization: Bearer {}'",
                    own.key
                ),
            ));
        }
        let tried = tracking(SANDBOX_NUMBER, &tester.key);
        doors.push(("test mode: any number", tried));
        Ok(Sights {
            carrier: addresses.carrier.clone(),
            aggregator: addresses.aggregator.clone(),
            second: addresses.second.clone(),
            merchant: addresses.merchant.clone(),
            hub: hub.clone(),
            subscriber: addresses.subscriber.clone(),
            failing: addresses.failing.clone(),
            doors,
        })
    }

    async fn key(&self, dialect: &str, test: bool) -> Result<trackway_hub::CreatedKey, HubError> {
        let new = NewKey {
            dialect: Some(dialect.to_owned()),
            name: "demo".to_owned(),
            test,
            ..NewKey::default()
        };
        self.hub().create_key(new).await
    }

    async fn page(&self, number: &str) -> Result<String, HubError> {
        let carrier = Some(express247::CARRIER);
        let link = self.hub().link(None, carrier, number, LINK_DAYS).await?;
        Ok(format!("{}{}", self.addresses().hub, link.path))
    }

    /// Whether something answers there, if only that it wants a key.
    async fn is_there(&self, url: &str) -> bool {
        let outgoing = Outgoing {
            method: http::Method::GET,
            url: url.to_owned(),
            redacted_url: url.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        };
        let answer = self
            .outbound()
            .send(outgoing, Policy::Operator, super::PATIENCE)
            .await;
        answer.is_ok_and(|answer| answer.status < 400 || answer.status == 401)
    }
}
