//! Following, listing and reading the feed.

use anyhow::{Context, anyhow, bail};
use serde_json::{Value, json};
use std::time::Duration;
use trackway_dialects::registry;
use trackway_hub::following::FeedPage;
use trackway_hub::listing::{
    Bounds, LONGEST_PAGE, LONGEST_REFERENCE, Listed, MOST_REFERENCES, ShipmentQuery, Total, Wish,
};
use trackway_hub::{Hub, check_number, clock};
use trackway_model::change::FeedPosition;
use trackway_model::{ConnectionId, ShipmentId, Stage};
use trackway_web::admin::{Listing, NumberToTrack};
use trackway_web::api::{feed, proof};

/// The longest wait for a change; whoever waits asks again.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Follows numbers at every connection that the account has to a system.
pub async fn track(
    hub: &Hub,
    account: &str,
    dialect: &str,
    numbers: Vec<NumberToTrack>,
) -> anyhow::Result<Value> {
    let carriers = carriers_of(dialect)?;
    let owner = hub.account(Some(account)).await?;
    let connections = hub.store().connections().await?;
    let asked: Vec<_> = connections
        .iter()
        .filter(|known| known.account == owner.id && known.dialect == dialect)
        .collect();
    if asked.is_empty() {
        bail!(
            "account `{account}` has no connection to {dialect}: make one with \
             `trackway connect {dialect} --account {account} --base-url …`"
        );
    }
    let ids: Vec<ConnectionId> = asked.iter().map(|connection| connection.id).collect();
    let wishes = numbers
        .into_iter()
        .map(|wanted| wish(wanted, dialect, carriers, &ids))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let registered = hub.register(owner.id, wishes).await?;
    let names: Vec<&str> = asked
        .iter()
        .map(|connection| connection.name.as_str())
        .collect();
    let tracked = registered.into_iter().map(|registered| {
        json!({
            "number": registered.number,
            "carrier": registered.carrier,
            "track": registered.shipment.track(),
            "registration": registered.registration,
            "new": registered.new,
            "connections": names,
        })
    });
    Ok(tracked.collect())
}

/// A number with the carrier that is meant; what is wrong with it otherwise.
pub fn wish(
    wanted: NumberToTrack,
    dialect: &str,
    carriers: &[&str],
    connections: &[ConnectionId],
) -> anyhow::Result<Wish> {
    check(&wanted)?;
    let carrier = match (wanted.carrier, carriers) {
        (Some(named), []) => named,
        (Some(named), known) if known.contains(&named.as_str()) => named,
        (Some(named), known) => bail!(
            "{dialect} can't be asked about `{named}`: it speaks for {}",
            known.join(", ")
        ),
        (None, [only]) => (*only).to_owned(),
        (None, _) => bail!("{dialect} serves several carriers: name one with --carrier"),
    };
    Ok(Wish {
        carrier,
        number: wanted.number.trim().to_owned(),
        references: wanted.references,
        data: Value::Null,
        connections: connections.to_vec(),
    })
}

/// Whether a number and its references can be followed; what is wrong otherwise.
fn check(wanted: &NumberToTrack) -> anyhow::Result<()> {
    check_number(&wanted.number)?;
    if wanted.references.len() > MOST_REFERENCES {
        bail!("it has more than {MOST_REFERENCES} references");
    }
    let is_long = |text: &&String| text.chars().count() > LONGEST_REFERENCE;
    match wanted.references.iter().find(is_long) {
        Some(_) => bail!("a reference is longer than {LONGEST_REFERENCE} characters"),
        None => Ok(()),
    }
}

/// The carriers that a system can be asked about; empty: any.
pub fn carriers_of(dialect: &str) -> anyhow::Result<&'static [&'static str]> {
    let known: Vec<&str> = registry::DIALECTS
        .iter()
        .map(|known| known.name())
        .collect();
    let call = registry::find(dialect)
        .with_context(|| format!("no dialect `{dialect}`: choose one of {}", known.join(", ")))?
        .call()
        .with_context(|| format!("{dialect} can't be asked: choose another dialect"))?;
    Ok(call.carriers())
}

/// A page of an account's shipments, newest first.
pub async fn list(hub: &Hub, listing: Listing) -> anyhow::Result<Value> {
    let known = hub.store().find_account(&listing.account).await?;
    let account = known.with_context(|| {
        format!(
            "no account `{0}`: `trackway account list` shows which there are",
            listing.account
        )
    })?;
    let stage = match &listing.stage {
        None => None,
        Some(name) => Some(stage(name)?),
    };
    let ago = |seconds: Option<u64>| {
        let seconds = i64::try_from(seconds?).unwrap_or(i64::MAX);
        Some(
            hub.clock()
                .now()
                .saturating_sub(seconds.saturating_mul(1_000_000)),
        )
    };
    let query = ShipmentQuery {
        stage,
        carrier: listing.carrier,
        number: listing.number,
        reference: listing.reference,
        moved: Bounds {
            from: ago(listing.moved_within_s),
            before: ago(listing.still_for_s),
        },
        registered: listing.registered,
        ..ShipmentQuery::of(account.id)
    };
    let limit = listing.limit.clamp(1, LONGEST_PAGE);
    let (rows, next, total) = hub
        .list(&query, listing.after.map(ShipmentId), limit)
        .await?;
    let total = match total {
        None => Value::Null,
        Some(Total::Exact(count)) => json!({ "count": count, "exact": true }),
        Some(Total::AtLeast(count)) => json!({ "count": count, "exact": false }),
    };
    let rows: Vec<Value> = rows.iter().map(row).collect();
    Ok(json!({ "shipments": rows, "next": next, "total": total }))
}

fn stage(name: &str) -> anyhow::Result<Stage> {
    let found = Stage::ALL
        .iter()
        .copied()
        .find(|stage| stage.name() == name);
    found.ok_or_else(|| {
        let known: Vec<&str> = Stage::ALL.iter().map(|stage| stage.name()).collect();
        anyhow!("no stage `{name}`: choose one of {}", known.join(", "))
    })
}

fn row(listed: &Listed) -> Value {
    let row = &listed.row;
    json!({
        "shipment": row.shipment,
        "carrier": row.carrier,
        "number": row.number,
        "stage": row.stage,
        "milestone": row.milestone,
        "reason": row.reason,
        // As its source wrote it, without a zone where none is known.
        "occurred": listed.occurred.map(trackway_model::Occurred::display),
        "created": clock::text(row.created),
        "events": row.events,
        "references": row.references,
    })
}

/// Changes of an account after a position, and the position behind them.
pub async fn feed(
    hub: &Hub,
    account: &str,
    after: &str,
    limit: usize,
    wait_ms: u64,
) -> anyhow::Result<Value> {
    let mut bell = hub.feed_bell();
    let owner = hub.account(Some(account)).await?;
    let mut cursor = cursor(after)?;
    let limit = limit.clamp(1, LONGEST_PAGE);
    let mut page = read(hub, owner.id, &mut cursor, limit).await?;
    let wait = Duration::from_millis(wait_ms).min(LONGEST_WAIT);
    let mut waited = Duration::ZERO;
    while page.changes.is_empty() && waited < wait {
        let pause = hub.look_every().min(wait.saturating_sub(waited));
        let began = tokio::time::Instant::now();
        // Rung or not: look again.
        let _ = tokio::time::timeout(pause, bell.changed()).await;
        waited += began.elapsed();
        page = read(hub, owner.id, &mut cursor, limit).await?;
    }
    let lines: Vec<Value> = page.changes.iter().map(feed::as_json).collect();
    Ok(json!({ "changes": lines, "next": text(&page.cursor), "more": page.more }))
}

/// Passes over what is other accounts'.
async fn read(
    hub: &Hub,
    account: trackway_model::AccountId,
    cursor: &mut Vec<FeedPosition>,
    limit: usize,
) -> anyhow::Result<FeedPage> {
    let page = hub.follow(account, cursor, limit).await?;
    cursor.clone_from(&page.cursor);
    Ok(page)
}

/// Hashes of an account's changes, as much as is told at once.
pub async fn proof(
    hub: &Hub,
    account: &str,
    after: Option<&str>,
    since: Option<&str>,
) -> anyhow::Result<Value> {
    let owner = hub.account(Some(account)).await?;
    let slice = proof::slice(hub, owner.id, after, since, proof::MOST).await;
    let slice = slice.map_err(|problem| anyhow!("{}", problem.detail))?;
    Ok(serde_json::to_value(slice)?)
}

/// `0:15,3:2`: the last change that was read of each shard.
pub fn text(cursor: &[FeedPosition]) -> String {
    let parts: Vec<String> = cursor.iter().map(ToString::to_string).collect();
    parts.join(",")
}

pub fn cursor(text: &str) -> anyhow::Result<Vec<FeedPosition>> {
    crate::config::values::list(text)
        .map(|text| {
            FeedPosition::parse(text).with_context(|| {
                format!("`{text}` is no position: take the `position` of a line of the feed")
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_read_as_they_are_written() {
        for written in ["", "0:15", "0:15,3:2"] {
            assert_eq!(text(&cursor(written).unwrap()), written);
        }
        for wrong in ["15", "0:", "a:1", "0:1;1:2", "70000:1"] {
            assert!(cursor(wrong).is_err(), "{wrong}");
        }
    }
}
