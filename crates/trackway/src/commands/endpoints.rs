//! `trackway endpoint set`, `rotate`, `test` and `replay`.

use super::{Session, ask, is_meant};
use crate::cli::{EndpointNamed, EndpointReplay, EndpointRotate, EndpointSet};
use crate::printer::Printer;
use anyhow::{Context, bail};
use serde_json::{Value, json};
use std::io::{self, IsTerminal};
use trackway_web::admin::{AdminRequest, EndpointReplay as Wanted};

pub async fn set(set: EndpointSet, printer: &Printer) -> anyhow::Result<()> {
    let named = set.endpoint;
    let is_set = set.unset_all || !set.settings.is_empty();
    let request = AdminRequest::EndpointSet {
        account: named.whose.owner.account,
        id: named.id,
        url: set.url,
        paused: set.paused,
        settings: is_set.then(|| set.settings.into_iter().collect()),
    };
    let changed = ask(&named.whose.place, request, printer).await?;
    Ok(printer.data(&changed)?)
}

pub async fn rotate(rotate: EndpointRotate, printer: &Printer) -> anyhow::Result<()> {
    let named = rotate.endpoint;
    let request = AdminRequest::EndpointRotate {
        account: named.whose.owner.account,
        id: named.id,
        overlap_s: rotate.overlap.as_secs(),
    };
    let rotated = ask(&named.whose.place, request, printer).await?;
    printer.data(&rotated)?;
    note_secret(&rotated, printer);
    Ok(())
}

/// What is shown this once, where something is.
pub fn note_secret(told: &Value, printer: &Printer) {
    if told["secret"].is_string() {
        printer.note("The signing secret is shown this once: keep it.");
    }
}

pub async fn test(named: EndpointNamed, printer: &Printer) -> anyhow::Result<()> {
    let request = AdminRequest::EndpointTest {
        account: named.whose.owner.account,
        id: named.id,
    };
    let told = ask(&named.whose.place, request, printer).await?;
    printer.data(&told)?;
    if told["accepted"] != true {
        bail!("the endpoint did not accept the test: see `error` and `answer`");
    }
    Ok(())
}

/// Counts, asks whoever sits at a terminal, and queues what was counted.
pub async fn replay(replay: EndpointReplay, printer: &Printer) -> anyhow::Result<()> {
    let named = replay.endpoint;
    let wanted = Wanted {
        account: named.whose.owner.account,
        id: named.id,
        from: replay.from,
        to: replay.to,
        carrier: replay.carrier,
        number: replay.number,
        stage: replay.stage,
        parked: replay.parked,
        dry_run: true,
        after: String::new(),
    };
    let mut session = Session::open(&named.whose.place, printer).await?;
    let outcome = async {
        let count = walk(&mut session, wanted.clone()).await?;
        if replay.dry_run || count == 0 {
            return Ok(json!({ "changes": count, "queued": false }));
        }
        let question = format!("{count} changes will be sent again. Go on? [y/N]");
        if !replay.yes && io::stdin().is_terminal() && !is_meant(&question, printer)? {
            bail!("nothing was queued");
        }
        let wanted = Wanted {
            dry_run: false,
            ..wanted
        };
        let count = walk(&mut session, wanted).await?;
        Ok(json!({ "changes": count, "queued": true }))
    };
    let outcome: anyhow::Result<Value> = outcome.await;
    session.close().await?;
    Ok(printer.data(&outcome?)?)
}

/// Asks until there is no more; returns how many changes there were.
async fn walk(session: &mut Session, mut wanted: Wanted) -> anyhow::Result<u64> {
    let mut count = 0;
    loop {
        let asked = AdminRequest::EndpointReplay(wanted.clone());
        let told = session.ask(asked).await.with_context(|| {
            let done = if wanted.dry_run { "counted" } else { "queued" };
            format!("{count} changes were {done} before this")
        })?;
        count += told["changes"].as_u64().unwrap_or_default();
        match told["next"].as_str() {
            Some(next) => next.clone_into(&mut wanted.after),
            None => return Ok(count),
        }
    }
}
