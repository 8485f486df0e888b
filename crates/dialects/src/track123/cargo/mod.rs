//! What ocean and air cargo have in common: six calls each, the same but for their members, and
//! records that stand whole in answers and webhooks.

pub mod call;
mod describe;
pub mod item;
pub mod own;
pub mod read;
mod register;
pub mod serve;
pub mod told;
pub mod wire;

pub use describe::openapi;
pub use register::STRICT;
pub use serve::routes;

use self::own::Own;
use super::{NAME, air, ocean};
use crate::dialect::{Message, Told};
use crate::raw::Object;
use trackway_model::StreamId;
use trackway_model::vocabulary::Vocabulary;
use trackway_numbers::catalog::{self, Carrier};

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Ocean,
    Air,
}

impl Mode {
    /// Whose records a stream has; None: parcels.
    pub fn of_stream(stream: StreamId) -> Option<Self> {
        if ocean::STREAMS.contains(&stream) {
            Some(Self::Ocean)
        } else if air::STREAMS.contains(&stream) {
            Some(Self::Air)
        } else {
            None
        }
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
        [Self::Ocean, Self::Air]
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
    let told = if ocean::is_record(object) {
        ocean::told(vocabulary, ocean::PUSH.id, data)
    } else if air::is_record(object) {
        air::told(vocabulary, air::PUSH.id, data)
    } else {
        return None;
    };
    Some(told.ok_or("data names no trackingNo"))
}
