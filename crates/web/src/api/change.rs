//! A change as the feed tells it: of a shipment, or of a record (see `native::record`).

use super::Problem;
use super::failures::failed;
use super::told::InBrief;
use super::window::{Place, Window};
use serde::{Serialize, Serializer};
use trackway_dialects::native::record::{About, Stood};
use trackway_dialects::native::told::{Status, Told, instant};
use trackway_hub::Hub;
use trackway_hub::following::{FeedPage, Followed, Of};
use trackway_model::change::{ChangeKind, FeedPosition, Mark, RecordChange, ShipmentChange};
use trackway_model::orders::Record;
use trackway_model::proof::{self, Covered, CoveredRecord};
use trackway_model::view::StatementView;
use trackway_model::{Digest, Track};
use utoipa::ToSchema;

/// A change of a shipment, or of an order or another record, which has a `subject`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum Change<'a> {
    Shipment(OfShipment<'a>),
    Record(OfRecord<'a>),
}

/// A change of a shipment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChangeOfShipment)]
pub(super) struct OfShipment<'a> {
    shipment: String,
    carrier: &'a str,
    number: &'a str,
    /// `live`: somebody told something. `revised`: a correction of how codes are read. `no_record`:
    /// nothing was found of a number that you registered. `expired`: nothing new was told of it for
    /// long, and it is not asked about any more. `registered`: a number of which something was known
    /// was registered through KeyDelivery's API, whose client is told how it stands.
    #[schema(value_type = String, example = "live")]
    kind: ChangeKind,
    /// With `no_record`, `expired` and `registered`: the registration.
    #[serde(skip_serializing_if = "Option::is_none")]
    registration: Option<String>,
    /// When Trackway learned it.
    learned: String,
    /// Null where the shipment is new.
    before: Option<Standing>,
    after: Standing,
    /// What was told, as it stands now, or stood half a minute ago at most.
    events: Vec<EventTold<'a>>,
    /// Where it stands in the feed.
    #[schema(example = "0:15")]
    position: String,
    /// SHA-256 of what never changes of it, in hexadecimal digits; `docs/webhooks.md` tells how it is
    /// computed.
    #[schema(value_type = String)]
    hash: Hex,
    /// In streams: what was read up to this change.
    #[serde(skip_serializing_if = "Option::is_none")]
    window: Option<Window>,
}

/// A hash as hexadecimal digits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hex(pub Digest);

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut digits = [0; 64];
        hex::encode_to_slice(self.0, &mut digits).expect("two digits a byte");
        serializer.serialize_str(std::str::from_utf8(&digits).expect("digits are ASCII"))
    }
}

/// Where a shipment stood.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ShipmentState)]
pub(super) struct Standing {
    #[serde(flatten)]
    status: Status,
    /// How many happenings were known.
    events: u16,
}

/// A statement, in brief or with its words.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = EventOfChange)]
pub(super) enum EventTold<'a> {
    InBrief(InBrief),
    InFull(Box<Told<'a>>),
}

impl Standing {
    fn of(mark: Mark) -> Self {
        Self {
            status: Status::of(mark),
            events: mark.events,
        }
    }
}

/// A change of a record: of an order, a shipment of one, an inbound, a return, what they are made of,
/// or of the stock of an item.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChangeOfRecord)]
pub(super) struct OfRecord<'a> {
    subject: About<'a>,
    /// Of stock: the pickup address that stands for the warehouse where it changed. Read the level
    /// from `/v1/stock`.
    #[serde(skip_serializing_if = "Option::is_none")]
    warehouse: Option<i64>,
    /// The record on whose account it changed, where that is another: the order of a reservation.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<i64>,
    /// When it was done.
    learned: String,
    /// Null where the record is new.
    before: Option<Stood>,
    after: Stood,
    /// Counts the writes of the record; of stock, the movements of the ledger.
    version: u64,
    /// Where it stands in the feed.
    #[schema(example = "0:15")]
    position: String,
    /// SHA-256 of what never changes of it, in hexadecimal digits; `docs/webhooks.md` tells how it is
    /// computed.
    #[schema(value_type = String)]
    hash: Hex,
    /// In streams: what was read up to this change.
    #[serde(skip_serializing_if = "Option::is_none")]
    window: Option<Window>,
}

impl<'a> Change<'a> {
    /// `words`: the statements told, where they were asked for.
    pub(super) fn of(followed: &'a Followed, words: Option<&'a [StatementView]>) -> Self {
        let at = followed.position;
        match &followed.of {
            Of::Shipment(change, track) => Self::Shipment(OfShipment::of(at, change, track, words)),
            Of::Record(change, record) => Self::Record(OfRecord::of(at, change, record)),
        }
    }

    /// The change, and the reader's place moved behind it.
    pub(super) fn taken(
        followed: &'a Followed,
        words: Option<&'a [StatementView]>,
        place: &mut Place,
    ) -> Self {
        let change = Self::of(followed, words);
        place.take(followed.position, &change.hash());
        change
    }

    pub(super) const fn hash(&self) -> Digest {
        match self {
            Self::Shipment(change) => change.hash.0,
            Self::Record(change) => change.hash.0,
        }
    }

    pub(super) fn in_window(mut self, read: Window) -> Self {
        let (Self::Shipment(OfShipment { window, .. }) | Self::Record(OfRecord { window, .. })) =
            &mut self;
        *window = Some(read);
        self
    }
}

impl<'a> OfShipment<'a> {
    fn of(
        position: FeedPosition,
        change: &ShipmentChange,
        track: &'a Track,
        words: Option<&'a [StatementView]>,
    ) -> Self {
        let events = match words {
            Some(words) => words
                .iter()
                .map(|told| EventTold::InFull(Box::new(Told::of(told))))
                .collect(),
            None => change
                .statements
                .iter()
                .filter_map(|ordinal| track.spine.get(usize::from(*ordinal)))
                .map(|spine| EventTold::InBrief(InBrief::of(spine, track.stream_of(spine))))
                .collect(),
        };
        let shipment = change.shipment.to_string();
        let registration = change.kind.registration().map(|id| id.to_string());
        let learned = instant(change.learned);
        let texts = (shipment.as_str(), registration.as_deref(), learned.as_str());
        let hash = hash(position, change, track, texts);
        Self {
            shipment,
            carrier: &track.carrier,
            number: &track.number,
            kind: change.kind,
            registration,
            learned,
            before: change.before.map(Standing::of),
            after: Standing::of(change.after),
            events,
            position: position.to_string(),
            hash: Hex(hash),
            window: None,
        }
    }
}

impl<'a> OfRecord<'a> {
    fn of(position: FeedPosition, change: &RecordChange, record: &'a Record) -> Self {
        Self {
            subject: About::of(record),
            warehouse: change.warehouse.map(|id| id.0),
            cause: change.cause.map(|id| id.0),
            learned: instant(change.at),
            before: Stood::before(change),
            after: Stood::after(change),
            version: change.version,
            position: position.to_string(),
            hash: Hex(hash_of_record(position, change)),
            window: None,
        }
    }
}

/// A change as a page of the feed tells it, in brief.
pub fn as_json(followed: &Followed) -> serde_json::Value {
    serde_json::to_value(Change::of(followed, None)).expect("strings and numbers are always JSON")
}

/// The hash of a change, without its document.
pub(super) fn hash_of(followed: &Followed) -> Digest {
    match &followed.of {
        Of::Shipment(change, track) => {
            let registration = change.kind.registration().map(|id| id.to_string());
            let (shipment, learned) = (change.shipment.to_string(), instant(change.learned));
            let texts = (shipment.as_str(), registration.as_deref(), learned.as_str());
            hash(followed.position, change, track, texts)
        }
        Of::Record(change, _) => hash_of_record(followed.position, change),
    }
}

/// The same, of texts that are made already: shipment, registration and when it was learned.
fn hash(
    position: FeedPosition,
    change: &ShipmentChange,
    track: &Track,
    (shipment, registration, learned): (&str, Option<&str>, &str),
) -> Digest {
    let statements = change.statements.iter();
    let ids: Vec<String> = statements
        .filter_map(|ordinal| track.spine.get(usize::from(*ordinal)))
        .map(|spine| hex::encode(spine.id.0))
        .collect();
    let covered = Covered {
        position,
        shipment,
        carrier: &track.carrier,
        number: &track.number,
        kind: change.kind.name(),
        registration,
        learned,
        before: change.before.map(proof::Stood::of),
        after: proof::Stood::of(change.after),
    };
    covered.hash(&ids)
}

fn hash_of_record(position: FeedPosition, change: &RecordChange) -> Digest {
    let state = |stood: Stood| stood.state.unwrap_or_default();
    let covered = CoveredRecord {
        position,
        kind: change.kind.name(),
        id: change.record.0,
        learned: &instant(change.at),
        cause: change.cause.map(|id| id.0),
        warehouse: change.warehouse.map(|id| id.0),
        version: change.version,
        before: Stood::before(change).map(state),
        after: state(Stood::after(change)),
    };
    covered.hash()
}

/// The words of a page's changes, where they were asked for.
pub(super) async fn words_of(
    hub: &Hub,
    page: &FeedPage,
    wanted: bool,
) -> Result<Option<Vec<Vec<StatementView>>>, Problem> {
    if !wanted {
        return Ok(None);
    }
    let mut words = Vec::with_capacity(page.changes.len());
    for followed in &page.changes {
        words.push(match &followed.of {
            Of::Shipment(change, track) => {
                let told = hub.statements_of(track, &change.statements).await;
                told.map_err(failed)?
            }
            // Nobody's words stand behind it.
            Of::Record(..) => Vec::new(),
        });
    }
    Ok(Some(words))
}
