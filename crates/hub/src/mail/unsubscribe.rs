//! The link with which a recipient ends the e-mails about one parcel.
//!
//! Guarantee: sealed as links are, so that nobody can make one or read from it who it is of. It has no
//! end: it can only end something. What it ended the account cannot begin again.

use crate::Hub;
use crate::error::HubError;
use crate::tokens::Tokens;
use trackway_model::ShipmentId;
use trackway_store::notices::{RecipientId, Standing};

/// What the key is for.
const PURPOSE: &str = "unsubscribe links";
const BYTES: usize = 8 + 16;

/// What a link to end e-mails led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsubscribed {
    /// They are ended, by this or before.
    Ended,
    /// They go on until somebody says so.
    Active,
    /// It is no link of ours.
    Nothing,
}

impl Hub {
    /// The path of the link, below the server's public address.
    pub(crate) fn unsubscribe_path(&self, shipment: ShipmentId, id: RecipientId) -> String {
        let mut plain = [0; BYTES];
        plain[..8].copy_from_slice(&shipment.0.to_be_bytes());
        plain[8..].copy_from_slice(&id.0);
        let token = self.unsubscribe_tokens().seal(&plain, self.random());
        format!("/unsubscribe/{token}")
    }

    fn unsubscribe_tokens(&self) -> Tokens {
        Tokens::new(&self.store.secret(PURPOSE))
    }

    fn unsubscribe_claim(&self, token: &str) -> Option<(ShipmentId, RecipientId)> {
        let plain: [u8; BYTES] = self.unsubscribe_tokens().open(token)?;
        let (shipment, id) = plain.split_first_chunk::<8>()?;
        let id = id.try_into().ok()?;
        Some((ShipmentId(i64::from_be_bytes(*shipment)), RecipientId(id)))
    }

    /// What a link would end. Changes nothing: programs open links before people do.
    pub async fn look_at_unsubscribe(&self, token: &str) -> Result<Unsubscribed, HubError> {
        let Some((shipment, id)) = self.unsubscribe_claim(token) else {
            return Ok(Unsubscribed::Nothing);
        };
        let recipients = self.store.recipients(shipment).await?;
        let found = recipients.into_iter().find(|one| one.id == id);
        Ok(match found.map(|one| one.standing) {
            None => Unsubscribed::Nothing,
            Some(Standing::Active) => Unsubscribed::Active,
            Some(Standing::Unsubscribed | Standing::Refused | Standing::Removed) => {
                Unsubscribed::Ended
            }
        })
    }

    /// Ends the e-mails about the parcel to the recipient, for good. Safe to repeat.
    pub async fn unsubscribe(&self, token: &str) -> Result<Unsubscribed, HubError> {
        let Some((shipment, id)) = self.unsubscribe_claim(token) else {
            return Ok(Unsubscribed::Nothing);
        };
        let now = self.clock.now();
        self.store
            .end_recipient(shipment, id, Standing::Unsubscribed, now)
            .await?;
        self.look_at_unsubscribe(token).await
    }
}
