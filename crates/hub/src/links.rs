//! Signed links: what opens one shipment's page to whoever holds it, for a while.
//!
//! Guarantee: a token is authenticated and sealed (AES-256-GCM under a key of the installation that
//! serves nothing else), so that nobody can make one, change one, or read from it which shipment it
//! is of or when it ends. It is of one journey: a later journey under a number that was used again
//! is not shown by it. It can't be called back before its time but by an erasure.
//!
//! Nothing is stored. Every node of an installation opens what any other one made.

use crate::error::HubError;
use crate::tokens::{AROUND, NONCE, Tokens};
use crate::views::opened;
use crate::{Hub, fold_rules};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use trackway_dialects::registry;
use trackway_model::fold::Verdict;
use trackway_model::group::Event;
use trackway_model::track::{Document, Track};
use trackway_model::view::{LazyJourney, ShipmentView, StatementView};
use trackway_model::{AccountId, Certainty, Occurred, ShipmentId};
use trackway_store::retention::Archived;

/// What the key is for.
const PURPOSE: &str = "tracking links";
/// How long a link works where nobody says.
pub const USUAL_DAYS: u16 = 60;
/// The longest that one works: a link that leaked must end some day.
pub const MOST_DAYS: u16 = 400;

const EXPIRES_LEN: usize = 5;
const PLAIN_LEN: usize = 8 + EXPIRES_LEN;
const BYTES: usize = AROUND + PLAIN_LEN;
/// Characters of a token: a multiple of 4, so that no bit of it is unused.
pub const TOKEN_LEN: usize = BYTES / 3 * 4;
const DAY: Duration = Duration::from_hours(24);

/// A link as its owner gets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    pub shipment: ShipmentId,
    pub carrier: String,
    pub number: String,
    /// Below the server's public address.
    pub path: String,
    /// The whole address, where the public one is configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// RFC 3339; from then on it opens nothing.
    pub expires: String,
}

/// What a token opens.
#[derive(Debug)]
pub enum Opened {
    Shipment(Box<Linked>),
    /// It was one, but its time is over, or the shipment was erased.
    Gone,
    /// It is none, or its shipment is not here.
    Nothing,
}

/// A shipment as a link shows it.
#[derive(Debug)]
pub struct Linked {
    /// The journey with the statements of what is to be shown of it.
    pub view: ShipmentView,
    /// The window in which a source expects to deliver: what its newest answer tells.
    pub expected: Option<(Occurred, Occurred)>,
    /// Microseconds since the epoch.
    pub expires: i64,
}

/// What the answers kept of a journey tell beside its statements.
enum Answers {
    Readable(Option<(Occurred, Occurred)>),
    Erased,
}

/// What a token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Claim {
    shipment: ShipmentId,
    /// Seconds since the epoch.
    expires: u64,
}

impl Tokens {
    fn write(&self, claim: Claim, nonce: [u8; NONCE]) -> String {
        let mut plain = [0; PLAIN_LEN];
        plain[..8].copy_from_slice(&claim.shipment.0.to_be_bytes());
        plain[8..].copy_from_slice(&claim.expires.to_be_bytes()[8 - EXPIRES_LEN..]);
        self.seal(&plain, nonce)
    }

    /// None of what this installation did not make.
    fn read(&self, token: &str) -> Option<Claim> {
        let plain: [u8; PLAIN_LEN] = self.open(token)?;
        let (shipment, expires) = plain.split_first_chunk::<8>()?;
        let mut seconds = [0; 8];
        seconds[8 - EXPIRES_LEN..].copy_from_slice(expires);
        Some(Claim {
            shipment: ShipmentId(i64::from_be_bytes(*shipment)),
            expires: u64::from_be_bytes(seconds),
        })
    }
}

impl Hub {
    /// A link to the newest journey under a number.
    pub async fn link(
        &self,
        account: Option<&str>,
        carrier: Option<&str>,
        number: &str,
        days: u16,
    ) -> Result<Link, HubError> {
        let track = self.one_track(account, carrier, number).await?;
        let newest = track.states.len().saturating_sub(1) as u16;
        self.link_to(&track, newest, days)
    }

    /// A link to a shipment of an account; None where the account has no such shipment.
    pub async fn link_shipment(
        &self,
        account: AccountId,
        shipment: ShipmentId,
        days: u16,
    ) -> Result<Option<Link>, HubError> {
        let found = self.store.track(shipment.track()).await?;
        let own = found.filter(|track| track.account == account && has(track, shipment));
        own.map(|track| self.link_to(&track, shipment.epoch(), days))
            .transpose()
    }

    pub(crate) fn link_to(&self, track: &Track, epoch: u16, days: u16) -> Result<Link, HubError> {
        if !(1..=MOST_DAYS).contains(&days) {
            return Err(HubError::LinkDays { days });
        }
        let now = Timestamp::from_microsecond(self.clock.now()).unwrap_or_default();
        let expires = now
            .checked_add(DAY * u32::from(days))
            .unwrap_or(Timestamp::MAX);
        let expires = Timestamp::from_second(expires.as_second()).unwrap_or_default();
        let claim = Claim {
            shipment: ShipmentId::new(track.id, epoch),
            expires: expires.as_second().unsigned_abs(),
        };
        let path = format!("/t/{}", self.tokens().write(claim, self.random()));
        let public = self.config.public_url.as_deref();
        Ok(Link {
            shipment: claim.shipment,
            carrier: track.carrier.to_string(),
            number: track.number.to_string(),
            url: public.map(|public| address(public, &path)),
            path,
            expires: expires.to_string(),
        })
    }

    /// What a token opens now. Of what happened and of what is planned `most` happenings each come
    /// with their statements: the newest and the next ones.
    pub async fn open_link(&self, token: &str, most: usize) -> Result<Opened, HubError> {
        let Some(claim) = self.tokens().read(token) else {
            return Ok(Opened::Nothing);
        };
        let expires = (claim.expires as i64).saturating_mul(crate::clock::SECOND);
        if expires <= self.clock.now() {
            return Ok(Opened::Gone);
        }
        let found = self.store.track(claim.shipment.track()).await?;
        let Some(track) = found.filter(|track| has(track, claim.shipment)) else {
            return Ok(Opened::Nothing);
        };
        let epoch = claim.shipment.epoch();
        let view = self.journey_of(track, epoch, most).await?;
        let answers = self.answers(&view).await?;
        // What was said before an erasure can't be read any more.
        let erased = |told: &StatementView| told.raw.is_none();
        match answers {
            Answers::Readable(expected) if !view.statements.iter().any(erased) => {
                let linked = Linked {
                    view,
                    expected,
                    expires,
                };
                Ok(Opened::Shipment(Box::new(linked)))
            }
            Answers::Readable(_) | Answers::Erased => Ok(Opened::Gone),
        }
    }

    /// Reads the answers that tell of this journey, the newest first.
    async fn answers(&self, view: &ShipmentView) -> Result<Answers, HubError> {
        let track = &view.track;
        let epoch = usize::from(view.state().epoch);
        if epoch + 1 < track.states.len() {
            return Ok(Answers::Readable(None));
        }
        let mut documents: Vec<&Document> = track
            .documents
            .iter()
            .filter(|document| document.received >= opened(track))
            .collect();
        documents.sort_by_key(|document| std::cmp::Reverse(document.received));
        let mut expected = None;
        for document in documents {
            let body = match self.store.archived(track, document).await? {
                Archived::Kept(body) => body,
                // Past its age: what it told is in the statements.
                Archived::Removed => continue,
                Archived::Erased => return Ok(Answers::Erased),
            };
            let dialect = registry::of_stream(document.stream);
            expected = expected.or_else(|| dialect?.expects(&body));
        }
        Ok(Answers::Readable(expected))
    }

    async fn journey_of(
        &self,
        track: Arc<Track>,
        epoch: u16,
        most: usize,
    ) -> Result<ShipmentView, HubError> {
        let journey = LazyJourney::new(track.clone(), epoch, fold_rules());
        let mut view = ShipmentView {
            track,
            journey,
            document: None,
            statements: Vec::new(),
        };
        let ordinals = wanted(&view, most);
        view.statements = self.store.statements(&view.track, &ordinals).await?;
        Ok(view)
    }

    fn tokens(&self) -> Tokens {
        Tokens::new(&self.store.secret(PURPOSE))
    }
}

/// The statements to be read: of the present state, of what happened last and of what is planned
/// next; and the oldest of all, which tells whether there was an erasure.
fn wanted(view: &ShipmentView, most: usize) -> Vec<u16> {
    let events = &view.journey().events;
    let is_actual = |event: &Event| event.certainty == Certainty::Actual;
    let current = events
        .iter()
        .rfind(|(_, verdict)| *verdict == Verdict::Current)
        .map(|(event, _)| event);
    let now = current.map_or(i64::MIN, |event| event.assumed);
    let all = || events.iter().map(|(event, _)| event);
    let happened = all().rev().filter(|event| is_actual(event)).take(most);
    let next = all().filter(|event| !is_actual(event) && event.assumed > now);
    let shown = current.into_iter().chain(happened).chain(next.take(most));
    let witnesses = |event: &Event| event.witnesses.clone();
    let oldest = all()
        .flat_map(witnesses)
        .min_by_key(|ordinal| view.track.spine[usize::from(*ordinal)].position);
    let mut ordinals: Vec<u16> = shown.flat_map(witnesses).chain(oldest).collect();
    ordinals.sort_unstable();
    ordinals.dedup();
    ordinals
}

/// The whole address of a link below the server's public one.
pub fn address(public_url: &str, path: &str) -> String {
    format!("{}{path}", public_url.trim_end_matches('/'))
}

/// Whether a track has that journey. One of which nothing is known yet has its first.
pub(crate) fn has(track: &Track, shipment: ShipmentId) -> bool {
    let epoch = usize::from(shipment.epoch());
    epoch == 0 || epoch < track.states.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;

    fn tokens() -> Tokens {
        Tokens::new(&[7; 32])
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(
            shipment in any::<i64>(), expires in 0_u64..1 << 40, nonce in any::<[u8; NONCE]>(),
        ) {
            let claim = Claim { shipment: ShipmentId(shipment), expires };
            let token = tokens().write(claim, nonce);
            prop_assert_eq!(token.len(), TOKEN_LEN);
            prop_assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)));
            prop_assert_eq!(tokens().read(&token), Some(claim));
            prop_assert_eq!(Tokens::new(&[8; 32]).read(&token), None);
        }

        #[test]
        fn a_token_with_one_other_bit_is_none(
            shipment in any::<i64>(), nonce in any::<[u8; NONCE]>(), bit in 0..BYTES * 8,
        ) {
            let claim = Claim { shipment: ShipmentId(shipment), expires: 1_800_000_000 };
            let token = tokens().write(claim, nonce);
            let mut bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(tokens().read(&URL_SAFE_NO_PAD.encode(bytes)), None);
        }

        #[test]
        fn no_text_that_we_did_not_write_is_read(text in "\\PC{0,80}", like in "[A-Za-z0-9_-]{56}") {
            prop_assert_eq!(tokens().read(&text), None);
            prop_assert_eq!(tokens().read(&like), None);
        }
    }

    #[test]
    fn an_address_has_one_slash_where_its_parts_meet() {
        for public in ["https://track.example.com", "https://track.example.com/"] {
            assert_eq!(address(public, "/t/A"), "https://track.example.com/t/A");
        }
    }

    #[test]
    fn no_character_of_a_token_can_be_another_one() {
        let claim = Claim {
            shipment: ShipmentId(42 << 10),
            expires: 1_800_000_000,
        };
        let token = tokens().write(claim, [1; NONCE]);
        for at in 0..token.len() {
            for other in ["A", "b", "9", "-", "_", "=", "%", "\0"] {
                if &token[at..=at] == other {
                    continue;
                }
                let changed = format!("{}{other}{}", &token[..at], &token[at + 1..]);
                assert_eq!(tokens().read(&changed), None, "{at}");
            }
            assert_eq!(tokens().read(&token[..at]), None);
        }
        assert_eq!(tokens().read(&format!("{token}A")), None);
    }
}
