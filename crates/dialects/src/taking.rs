//! What every door does with a webhook of a proved sender, once it was read or could not be.

use crate::desk::{Desk, DeskError, Door, Unread};
use crate::dialect::{Told, Unreadable};
use crate::raw::Problem;
use trackway_model::intake::{Intake, Verified};
use trackway_model::{Oddity, Strange};

/// Commits what a webhook told of one shipment. Only for a sender who was proved: this attests it.
pub async fn take<D: Desk>(desk: &D, door: &Door, told: Told) -> Result<(), DeskError> {
    let intake = Intake {
        account: door.account,
        connection: door.connection,
        carrier: told.carrier,
        number: told.number,
        received: desk.now(),
        content: told.content,
    };
    desk.take(Verified::attest(vec![intake])).await?;
    Ok(())
}

/// Says in the log what was strange but did no harm.
pub fn warn(door: &Door, told: &Told) {
    for warning in &told.warnings {
        tracing::info!(connection = door.connection.0, "{warning}");
    }
}

/// Bytes that are no object.
#[expect(
    clippy::unnecessary_box_returns,
    reason = "results of readers hold it so"
)]
pub fn unreadable(problem: &Problem, body: &[u8]) -> Box<Unreadable> {
    let found = match problem {
        Problem::TooDeep | Problem::NotText => problem.to_string(),
        // The parser's own words may quote what it read.
        Problem::NotAnObject(_) => "no JSON object".to_owned(),
    };
    Box::new(Unreadable {
        strange: Strange::new(Oddity::Unreadable, "", "a JSON object", found),
        problem: problem.to_string(),
        body: body.to_vec(),
    })
}

/// Puts the bytes aside that no statement could be made of.
pub async fn set_aside<D: Desk>(
    desk: &D,
    door: &Door,
    dialect: &'static str,
    unreadable: &Unreadable,
) -> Result<(), DeskError> {
    let unread = Unread {
        strange: unreadable.strange.clone(),
        body: &unreadable.body,
        over: None,
    };
    desk.quarantine(door, dialect, unread).await
}
