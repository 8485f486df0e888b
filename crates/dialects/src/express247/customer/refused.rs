//! What our rules refuse, in this system's numbers and names of members.

use super::errors::{Code, Fault, member_of};
use trackway_model::orders::{Kind, NameKind, Refusal};

/// What a call says where its order does not allow it, and where nothing else fits.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    pub illegal: Code,
    pub other: Code,
}

pub const CREATE: Words = Words {
    illegal: Code::Create,
    other: Code::Create,
};
/// §8.3 lists no 14 for an update.
pub const UPDATE: Words = Words {
    illegal: Code::Update,
    other: Code::Update,
};
pub const CANCEL: Words = Words {
    illegal: Code::Status,
    other: Code::Exception,
};
pub const FEEDBACK: Words = CANCEL;
pub const HUB: Words = Words {
    illegal: Code::Exception,
    other: Code::Exception,
};

impl Words {
    pub fn told(self, refusal: &Refusal) -> Fault {
        match refusal {
            Refusal::Invalid { field, problem } if field == "fulfilment" => {
                Fault::plain(self.illegal, format!("The order {problem}."))
            }
            Refusal::Invalid { field, problem } => match member_of(field) {
                Some(member) => Fault::member(&member, problem),
                None => Fault::plain(self.other, format!("{refusal}.")),
            },
            Refusal::Unknown { kind, .. } => self.unknown(*kind, "ClientHubID"),
            Refusal::UnknownName { kind, .. } => self.unknown(*kind, "CusWareHouseID"),
            Refusal::Duplicate {
                kind: Kind::PickupAddress,
                ..
            } => Fault::member("CusWarehouseID", "is another hub's"),
            Refusal::Duplicate { name, .. } => Fault::of(
                Code::Duplicate,
                match name.kind {
                    NameKind::Number => "ExternalCode",
                    _ => "OrderCode",
                },
            ),
            Refusal::IllegalMove { .. } => Fault::of(self.illegal, "OrderCode"),
            Refusal::OutOfStock { .. }
            | Refusal::TooMany { .. }
            | Refusal::SumMismatch { .. }
            | Refusal::InUse { .. } => Fault::plain(self.other, format!("{refusal}.")),
        }
    }

    /// `hub`: the member that a sender's place was named by.
    fn unknown(self, kind: Kind, hub: &str) -> Fault {
        match kind {
            Kind::PickupAddress => Fault::member(hub, "is not known"),
            Kind::Service => Fault::member("ServiceTypeID", "is not offered"),
            Kind::Order | Kind::Fulfilment => Fault::of(Code::NotFound, "OrderCode"),
            _ => Fault::from(self.other),
        }
    }
}
