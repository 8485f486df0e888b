//! `trackway show`, `refresh`, `list`, `explain`, `link`, `replay` and `erase`.

use super::{Session, is_meant};
use crate::cli::{Erase, Link, List, Parcel, Replay};
use crate::config::Config;
use crate::printer::Printer;
use anyhow::{Context, bail};
use serde_json::Value;
use std::io::{self, IsTerminal};
use trackway_dialects::registry::{self, DIALECTS};
use trackway_hub::links::address;
use trackway_model::vocabulary::Vocabulary;
use trackway_web::admin::{AdminRequest, Listing, Traded};

pub async fn show(parcel: Parcel, printer: &Printer) -> anyhow::Result<()> {
    let request = AdminRequest::Show {
        account: parcel.owner.account,
        carrier: parcel.carrier,
        number: parcel.number,
    };
    let shown = super::ask(&parcel.place, request, printer).await?;
    Ok(printer.data(&shown)?)
}

pub async fn refresh(parcel: Parcel, printer: &Printer) -> anyhow::Result<()> {
    let request = AdminRequest::Refresh {
        account: parcel.owner.account,
        carrier: parcel.carrier,
        number: parcel.number,
    };
    let asked = super::ask(&parcel.place, request, printer).await?;
    printer.note("A running server asks at once; without one it is asked at the next start.");
    Ok(printer.data(&asked)?)
}

pub async fn list(list: List, printer: &Printer) -> anyhow::Result<()> {
    let seconds = |time: Option<std::time::Duration>| time.map(|time| time.as_secs());
    let mut listing = Listing {
        account: list.owner.account,
        stage: list.stage,
        carrier: list.carrier,
        number: list.number,
        reference: list.reference,
        moved_within_s: seconds(list.moved_within),
        still_for_s: seconds(list.still_for),
        registered: list.unregistered.then_some(false),
        after: None,
        limit: 0,
    };
    let limit = list.limit as usize;
    let mut session = Session::open(&list.place, printer).await?;
    let mut shipments: Vec<Value> = Vec::new();
    let mut total = Value::Null;
    let outcome = loop {
        listing.limit = limit - shipments.len();
        let page = match session.ask(AdminRequest::List(listing.clone())).await {
            Ok(page) => page,
            Err(error) => break Err(error),
        };
        shipments.extend(page["shipments"].as_array().cloned().unwrap_or_default());
        if total.is_null() {
            total = page["total"].clone();
        }
        listing.after = page["next"].as_i64();
        if listing.after.is_none() || shipments.len() >= limit {
            break Ok(());
        }
    };
    session.close().await?;
    outcome?;
    printer.data(&Value::Array(shipments))?;
    if listing.after.is_some() {
        let more = if total["exact"] == true {
            ""
        } else {
            "more than "
        };
        let total = &total["count"];
        printer.note(&format!(
            "{more}{total} match: --limit shows more of them, filters fewer."
        ));
    }
    Ok(())
}

pub async fn explain(parcel: Parcel, printer: &Printer) -> anyhow::Result<()> {
    let request = AdminRequest::Explain {
        account: parcel.owner.account,
        carrier: parcel.carrier,
        number: parcel.number,
    };
    let told = super::ask(&parcel.place, request, printer).await?;
    Ok(printer.data(&told)?)
}

pub async fn replay(replay: Replay, printer: &Printer) -> anyhow::Result<()> {
    let codes = std::fs::read_to_string(&replay.codes)
        .with_context(|| format!("the code table {} can't be read", replay.codes.display()))?;
    let dialect = match replay.dialect {
        Some(named) => named,
        None => dialect_of(&codes)?.to_owned(),
    };
    let request = AdminRequest::Replay {
        dialect,
        codes,
        dry_run: replay.dry_run,
    };
    let mut session = Session::open(&replay.place, printer).await?;
    let changed = session.follow(request, "tracks", printer).await;
    session.close().await?;
    Ok(printer.data(&changed?)?)
}

/// The dialect whose table has most of these codes, under the names that they have here.
fn dialect_of(codes: &str) -> anyhow::Result<&'static str> {
    let table = Vocabulary::parse(codes)?;
    let built_in = registry::built_in();
    let shared = |name: &str| {
        let own = built_in.of(name);
        table
            .rows()
            .iter()
            .filter(|row| {
                own.get(row.kind, &row.code, &row.sub)
                    .is_some_and(|known| known.name == row.name)
            })
            .count()
    };
    let mut found: Vec<(usize, &str)> = DIALECTS
        .iter()
        .map(|dialect| (shared(dialect.name()), dialect.name()))
        .collect();
    found.sort_unstable();
    match found[..] {
        [.., (second, _), (first, name)] if first > second => Ok(name),
        _ => bail!("the codes do not tell whose table it is: say --dialect"),
    }
}

pub async fn link(link: Link, config: &Config, printer: &Printer) -> anyhow::Result<()> {
    let parcel = link.parcel;
    let request = AdminRequest::Link {
        account: parcel.owner.account,
        carrier: parcel.carrier,
        number: parcel.number,
        days: link.days,
    };
    let mut made = super::ask(&parcel.place, request, printer).await?;
    if made["url"].is_null() {
        match (&config.public_url, made["path"].as_str()) {
            (Some(public), Some(path)) => {
                made["url"] = address(public, path).into();
            }
            _ => printer.note("The path stands below the server's public address: set `public_url` for the whole link."),
        }
    }
    Ok(printer.data(&made)?)
}

pub async fn erase(erase: Erase, printer: &Printer) -> anyhow::Result<()> {
    let account = erase.owner.account;
    let (phone, email) = (erase.phone, erase.email);
    let (what, request) = match (erase.order, erase.number, phone.as_ref().or(email.as_ref())) {
        (Some(order), ..) => (
            format!("Whom order `{order}` is for will be gone"),
            AdminRequest::Trade {
                account,
                asked: Traded::Erase { id: order },
            },
        ),
        (None, Some(number), _) => (
            format!("The texts and documents of `{number}` will be unreadable"),
            AdminRequest::Erase {
                account,
                carrier: erase.carrier,
                number,
            },
        ),
        (None, None, Some(known_by)) => (
            format!("Whoever is known by `{known_by}` will be gone"),
            AdminRequest::Trade {
                account,
                asked: Traded::Forget { phone, email },
            },
        ),
        (None, None, None) => bail!("say which parcel, which order, or whom"),
    };
    let question = format!("{what} for ever. Go on? [y/N]");
    if !erase.yes && io::stdin().is_terminal() && !is_meant(&question, printer)? {
        bail!("nothing was erased");
    }
    let erased = super::ask(&erase.place, request, printer).await?;
    Ok(printer.data(&erased)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_tells_whose_it_is() {
        for dialect in DIALECTS {
            assert_eq!(dialect_of(dialect.codes()).unwrap(), dialect.name());
        }
        let part = "kind,code,name,milestone\nshipment,25,DANGDIPHAT,in_transit\n";
        assert_eq!(dialect_of(part).unwrap(), "247express");
        assert!(dialect_of("kind,code\nshipment,4711\n").is_err());
        assert!(dialect_of("nonsense").is_err());
    }
}
