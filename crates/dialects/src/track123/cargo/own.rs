//! What belongs to a client's own registration of a cargo: its order number, made by us, and what
//! the client said with it. Kept as the registration's data, and put into every record of its cargo.

use super::super::{clock, ocean};
use super::{Mode, wire};
use crate::dialect::Message;
use crate::raw::{Object, quoted};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trackway_model::change::ChangeKind;
use trackway_model::intake::number_key;
use trackway_model::view::ShipmentView;
use trackway_model::vocabulary::Vocabulary;
use trackway_model::{AccountId, Standing, StreamId};

/// The client's own members.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Own {
    /// `ocean` or `air`: what tells it from a parcel's registration.
    pub cargo: String,
    pub order_no: String,
    /// Of an ocean number: 1 booking, 2 bill of lading, 3 container; 0 of an air waybill.
    pub r#type: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_email: Option<String>,
}

impl Own {
    pub fn of(data: &Value) -> Self {
        Self::deserialize(data).unwrap_or_default()
    }

    pub fn is_cargo(&self) -> bool {
        !self.cargo.is_empty()
    }

    pub fn data(&self) -> Value {
        serde_json::to_value(self).expect("strings and numbers are always JSON")
    }
}

/// What is known of a number that a client registered.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    pub own: &'a Own,
    pub number: &'a str,
    /// Our carrier code.
    pub carrier: &'a str,
    /// When it was registered, as told; None: it is not.
    pub created: Option<&'a str>,
    pub standing: Standing,
    pub view: Option<&'a ShipmentView>,
}

impl<'a> Known<'a> {
    /// The members of a record that are the client's own, as JSON. Of a number that nobody registered
    /// nobody's are told: another client's are not this one's.
    pub fn members(&self) -> Vec<(&'static str, String)> {
        let text = |text: Option<&str>| text.map_or_else(|| "null".to_owned(), quoted);
        let order_no = self.own.is_cargo().then_some(&*self.own.order_no);
        let mut members = vec![
            (wire::ORDER_NO, text(order_no)),
            (wire::TRACKING_NO, quoted(self.number)),
            (wire::CREATE_TIME, text(self.created)),
            (
                wire::CUSTOMER_EMAIL,
                text(self.own.customer_email.as_deref()),
            ),
        ];
        if self.own.r#type > 0 {
            members.push((ocean::wire::TYPE, self.own.r#type.to_string()));
        }
        members
    }

    /// What Track123 itself told of it in one of these streams.
    pub fn document(&self, streams: &[StreamId]) -> Option<Object<'a>> {
        let document = self.view?.document.as_ref()?;
        let own = streams.contains(&document.stream);
        own.then(|| Object::parse(&document.body).ok()).flatten()
    }
}

/// What a webhook tells of: `data` of its body.
pub fn pushed(mode: Mode, vocabulary: &Vocabulary, message: &Message<'_>) -> String {
    let registration = message.registration;
    let own = registration.map_or_else(Own::default, |it| Own::of(it.data));
    let view = message.view;
    let created = registration.map(|it| clock::text(it.created));
    let standing = match message.change.kind {
        ChangeKind::NoRecord { .. } => Standing::NoRecord,
        ChangeKind::Expired { .. } => Standing::Expired,
        ChangeKind::Live | ChangeKind::Revised | ChangeKind::Registered { .. }
            if view.state().events == 0 =>
        {
            Standing::Pending
        }
        ChangeKind::Live | ChangeKind::Revised | ChangeKind::Registered { .. } => Standing::Active,
    };
    let known = Known {
        own: &own,
        number: &view.track.number,
        carrier: &view.track.carrier,
        created: created.as_deref(),
        standing,
        view: Some(view),
    };
    super::record(mode, vocabulary, &known)
}

/// An order number: 18 digits, as the vendor's are. The same wish of an account at one instant has
/// one number; what nobody can guess is no use for it, since an account is asked for with it.
pub fn order_no(account: AccountId, mode: Mode, carrier: &str, number: &str, now: i64) -> String {
    let prefix = match mode {
        Mode::Ocean => 577,
        Mode::Air => 588,
    };
    let of_mode = mode.name();
    let number = number_key(number);
    let told = format!(
        "{}\u{1f}{of_mode}\u{1f}{carrier}\u{1f}{number}\u{1f}{now}",
        account.0
    );
    let digest = blake3::hash(told.as_bytes());
    let mut short = [0; 8];
    short.copy_from_slice(&digest.as_bytes()[..8]);
    let serial = u64::from_le_bytes(short) % 1_000_000_000_000_000;
    format!("{prefix}{serial:015}")
}
