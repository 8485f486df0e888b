//! What ocean and air cargo have in common: six calls each, the same but for their members, and
//! records that stand whole in answers and webhooks.

pub mod call;
mod describe;
pub mod item;
pub mod own;
mod passage;
pub mod read;
mod register;
pub mod serve;
pub mod told;
pub mod wire;

pub use describe::openapi;
pub use register::STRICT;
pub use serve::routes;

use self::item::kept_number;
use self::own::{Known, Own};
use self::read::said;
use super::envelope::Refused;
use super::service::Code;
use super::{NAME, air, carriers, ocean};
use crate::dialect::{Message, Told};
use crate::raw::Object;
use trackway_model::intake::{Answer, Content};
use trackway_model::vocabulary::Vocabulary;
use trackway_model::{StreamDef, StreamId};
use trackway_numbers::catalog::{self, Carrier};

const NO_CARRIER: &str = "Unsupported carrier code";

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Ocean,
    Air,
}

impl Mode {
    const BOTH: [Self; 2] = [Self::Ocean, Self::Air];

    /// Records of a query's answer: each restates all.
    const fn query(self) -> StreamDef {
        match self {
            Self::Ocean => ocean::QUERY,
            Self::Air => air::QUERY,
        }
    }

    /// Records of a webhook, which restate all as well.
    const fn push(self) -> StreamDef {
        match self {
            Self::Ocean => ocean::PUSH,
            Self::Air => air::PUSH,
        }
    }

    pub const fn streams(self) -> [StreamId; 2] {
        [self.query().id, self.push().id]
    }

    /// Members that only its records have: the status of the whole, and the list in it.
    pub const fn told_by(self) -> (&'static str, &'static str) {
        match self {
            Self::Ocean => (ocean::wire::SEARCH_STATUS, ocean::wire::CONTAINER_INFO),
            Self::Air => (air::wire::AVIATION_STATUS, air::wire::FLIGHT_INFO),
        }
    }

    /// Reads a record.
    fn answer(
        self,
        vocabulary: &Vocabulary,
        stream: StreamId,
        text: &str,
        warnings: &mut Vec<String>,
    ) -> Answer {
        match self {
            Self::Ocean => ocean::read::answer(vocabulary, stream, text, warnings),
            Self::Air => air::read::answer(vocabulary, stream, text, warnings),
        }
    }

    /// Whose records a stream has; None: parcels.
    pub fn of_stream(stream: StreamId) -> Option<Self> {
        let of = |mode: &Self| mode.streams().contains(&stream);
        Self::BOTH.into_iter().find(of)
    }

    /// Whose record an object is; None: of no cargo.
    pub fn of_record(object: &Object<'_>) -> Option<Self> {
        let is = |mode: &Self| {
            let (status, list) = mode.told_by();
            object.get(status).is_some() || object.get(list).is_some()
        };
        Self::BOTH.into_iter().find(is)
    }

    /// What a message tells of: as its number was registered, else as Track123 itself told of it, else
    /// what its carrier carries. None: a parcel.
    pub fn of(message: &Message<'_>) -> Option<Self> {
        let registered = message.registration.map(|it| Own::of(it.data));
        if let Some(own) = registered.filter(Own::is_cargo) {
            return Some(if own.r#type > 0 {
                Self::Ocean
            } else {
                Self::Air
            });
        }
        if let Some(document) = &message.view.document {
            return Self::of_stream(document.stream);
        }
        let carrier = catalog::in_force().get(&message.view.track.carrier)?;
        let carries = |mode: &Self| carrier.carries(mode.of_catalog());
        let is_of_parcels = carrier.carries(catalog::Mode::Parcel);
        Self::BOTH
            .into_iter()
            .find(carries)
            .filter(|_| !is_of_parcels)
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Ocean => "ocean",
            Self::Air => "air",
        }
    }

    const fn of_catalog(self) -> catalog::Mode {
        match self {
            Self::Ocean => catalog::Mode::Ocean,
            Self::Air => catalog::Mode::Air,
        }
    }

    /// The carriers of this mode, by our code.
    pub fn carriers(self) -> impl Iterator<Item = &'static Carrier> {
        let all = catalog::in_force().carriers().iter();
        all.filter(move |carrier| carrier.carries(self.of_catalog()))
    }

    /// The carrier of this mode that Track123 calls so.
    pub fn carrier(self, code: &str) -> Option<&'static Carrier> {
        let found = catalog::in_force().carrier(NAME, code);
        found.filter(|carrier| carrier.carries(self.of_catalog()))
    }
}

/// Why a carrier is none of a mode: it carries something else, which is the caller's own doing and no
/// other spelling of the code would mend; or nobody knows it.
pub fn no_carrier(code: &str) -> Refused {
    let Some(known) = catalog::in_force().carrier(NAME, code) else {
        return Refused::new(Code::Parameter, NO_CARRIER);
    };
    let calls = [
        (catalog::Mode::Parcel, "parcels", "track/import"),
        (catalog::Mode::Ocean, "ocean cargo", "ocean/track/import"),
        (catalog::Mode::Air, "air cargo", "aviation/track/import"),
    ];
    let carried = calls.iter().find(|(mode, ..)| known.carries(*mode));
    carried.map_or_else(
        || Refused::new(Code::Parameter, NO_CARRIER),
        |(_, what, path)| {
            let msg = format!("{code} carries {what}: register the number with {path}");
            Refused::new(Code::User, msg)
        },
    )
}

/// A carrier as records tell it.
pub fn carrier_info(carrier: &str) -> Option<wire::CarrierInfo> {
    let carrier = catalog::in_force().get(carrier)?;
    Some(info(carrier))
}

/// The same of one of the catalog.
pub fn info(carrier: &Carrier) -> wire::CarrierInfo {
    let code = catalog::in_force().code(NAME, &carrier.code);
    wire::CarrierInfo {
        carrier_code: code.unwrap_or(&carrier.code).to_owned(),
        carrier_name_cn: carrier.name("zh").to_owned(),
        carrier_name_en: carrier.name("en").to_owned(),
        carrier_home_page: carrier.site.clone(),
    }
}

/// What a webhook's `data` tells, where it is a record of cargo; or what it lacks.
pub fn heard(
    vocabulary: &Vocabulary,
    data: &str,
    object: &Object<'_>,
) -> Option<Result<Told, &'static str>> {
    let mode = Mode::of_record(object)?;
    Some(told(mode, vocabulary, data, object).ok_or("data names no trackingNo"))
}

fn told(mode: Mode, vocabulary: &Vocabulary, text: &str, record: &Object<'_>) -> Option<Told> {
    let number = kept_number(mode, &said(record, wire::TRACKING_NO)?);
    let carrier = record
        .get(wire::CARRIER_INFO)
        .and_then(|info| Object::of_text(info).ok());
    let carrier = carrier
        .as_ref()
        .and_then(|info| said(info, wire::CARRIER_CODE));
    let mut warnings = Vec::new();
    let answer = mode.answer(vocabulary, mode.push().id, text, &mut warnings);
    Some(Told {
        carrier: carriers::told(carrier.as_deref()),
        number,
        content: Content::Document(answer),
        warnings,
    })
}

/// The record of a registered number: Track123's own where it told something, else in its words.
pub fn record(mode: Mode, vocabulary: &Vocabulary, known: &Known<'_>) -> String {
    let own = known.document(&mode.streams());
    if let Some(kept) = own.filter(|kept| passage::tells(mode, kept)) {
        return passage::record(mode, &kept, known);
    }
    let written = match mode {
        Mode::Ocean => serde_json::to_string(&ocean::synthesis::record(vocabulary, known)),
        Mode::Air => serde_json::to_string(&air::synthesis::record(vocabulary, known)),
    };
    written.expect("strings and numbers are always JSON")
}
