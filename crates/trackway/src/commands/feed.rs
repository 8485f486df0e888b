//! `trackway feed`: what changed, one JSON document a line, however data is printed otherwise; and
//! whether somebody's copy of it is whole.

mod compare;
mod copy;
mod remote;
mod verify;

use super::Session;
use super::serve::asked_to_end;
use crate::cli::{Feed, FeedAction};
use crate::config::Config;
use crate::printer::Printer;
use anyhow::Context;
use trackway_web::admin::AdminRequest;

/// Changes that are asked for at once.
const PAGE: usize = 500;
/// The command line sees to it that there is one.
const NO_PLACE: &str = "name the data folder with --data";
/// How long a question waits for a change.
const WAIT_MS: u64 = 10_000;

pub async fn run(feed: Feed, config: Config, printer: &Printer) -> anyhow::Result<()> {
    if let (Some(FeedAction::Verify), Some(file)) = (feed.action, &feed.file) {
        return verify::run(&feed, file, config, printer).await;
    }
    let place = feed.place.0.as_ref().context(NO_PLACE)?;
    let asked = asked_to_end()?;
    let mut session = Session::open(place, printer).await?;
    let outcome = tokio::select! {
        outcome = print(&mut session, &feed, printer) => outcome,
        () = asked => Ok(()),
    };
    session.close().await?;
    outcome
}

async fn print(session: &mut Session, feed: &Feed, printer: &Printer) -> anyhow::Result<()> {
    let mut after = feed.after.clone();
    loop {
        let request = AdminRequest::Feed {
            account: feed.owner.account.clone(),
            after: after.clone(),
            limit: PAGE,
            wait_ms: if feed.follow { WAIT_MS } else { 0 },
        };
        let page = session.ask(request).await?;
        for change in page["changes"].as_array().into_iter().flatten() {
            printer.line(change)?;
        }
        page["next"]
            .as_str()
            .unwrap_or_default()
            .clone_into(&mut after);
        if !feed.follow && page["more"] != true {
            return Ok(());
        }
    }
}
