//! The hub's APIs over HTTP, as the programs of the show call them.

use anyhow::{Context, bail, ensure};
use http::{HeaderName, Method, header};
use serde_json::Value;
use std::time::Duration;
use trackway_dialects::{Outgoing, nandh};
use trackway_hub::Hub;
use trackway_hub::outbound::{Outbound, Policy, Reach};

const DEADLINE: Duration = Duration::from_secs(10);

/// A way to the hub, whose ever key is used on it.
pub struct Api {
    outbound: Outbound,
    address: String,
}

impl Api {
    pub fn new(hub: &Hub, address: &str) -> Self {
        Self {
            outbound: Outbound::new(Reach::default(), hub.clock().clone()),
            address: address.to_owned(),
        }
    }

    /// A call with these headers; HTTP's status and what was told.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        headers: &[(HeaderName, &str)],
        body: &Value,
    ) -> anyhow::Result<(u16, Value)> {
        let url = format!("{}{path}", self.address);
        let mut sent = vec![(header::CONTENT_TYPE, "application/json".parse()?)];
        for (name, value) in headers {
            sent.push((name.clone(), value.parse()?));
        }
        let outgoing = Outgoing {
            method,
            redacted_url: url.clone(),
            url,
            headers: sent,
            body: body.to_string().into_bytes(),
        };
        let sent = self.outbound.send(outgoing, Policy::Operator, DEADLINE);
        let answer = sent.await.context("the hub's own API can't be reached")?;
        let told = serde_json::from_slice(&answer.body).unwrap_or_default();
        Ok((answer.status, told))
    }

    /// N&H's API, as a merchant's program calls it with its key: the answer's `data`.
    pub async fn nandh(
        &self,
        key: &str,
        method: Method,
        path: &str,
        body: &Value,
    ) -> anyhow::Result<Value> {
        let path = format!("{}{path}", nandh::ROOT);
        let headers = [(header::AUTHORIZATION, key)];
        let (status, mut told) = self.call(method, &path, &headers, body).await?;
        ensure!(status == 200, "{path}: {told}");
        Ok(told["data"].take())
    }

    /// Our own API, as a robot calls it; None where what it wants was overtaken by what a carrier told.
    pub async fn own(
        &self,
        bearer: &str,
        path: &str,
        body: &Value,
    ) -> anyhow::Result<Option<Value>> {
        let headers = [(header::AUTHORIZATION, bearer)];
        let (status, told) = self.call(Method::POST, path, &headers, body).await?;
        match status {
            200 => Ok(Some(told)),
            409 => Ok(None),
            _ => bail!("{path}: {told}"),
        }
    }
}
