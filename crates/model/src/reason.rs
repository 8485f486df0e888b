//! Why a delivery did not happen: our own fine reasons, which dialects' delay codes and failure
//! sub-statuses translate to and from.

use serde::{Deserialize, Serialize};

macro_rules! reasons {
    ($($number:literal $variant:ident $name:literal $text:literal),* $(,)?) => {
        /// Numbers are stored: they are given once and never given again.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
        #[serde(rename_all = "snake_case")]
        #[repr(u8)]
        pub enum Reason {
            /// The source gave no reason.
            #[default]
            None = 0,
            $(#[doc = $text] $variant = $number),*
        }

        impl Reason {
            /// Every reason, `None` first.
            pub const ALL: &'static [Reason] = &[Reason::None, $(Reason::$variant),*];

            pub const fn name(self) -> &'static str {
                match self { Reason::None => "none", $(Reason::$variant => $name),* }
            }

            /// One English sentence for people.
            pub const fn text(self) -> &'static str {
                match self { Reason::None => "No reason given", $(Reason::$variant => $text),* }
            }
        }
    };
}

reasons! {
    1 WrongAddress "wrong_address" "The address is wrong",
    2 AddressNotFound "address_not_found" "The address was not found",
    3 AddressChanged "address_changed" "The consignee or customer changed the address",
    4 LabelMismatch "label_mismatch" "Label and packaging name different addresses",
    5 Misrouted "misrouted" "The parcel was routed wrongly",
    6 NotAtHome "not_at_home" "Nobody was at the address",
    7 Unreachable "unreachable" "The consignee could not be reached",
    8 WrongPhone "wrong_phone" "The phone number is wrong",
    9 Unaware "unaware" "The consignee knows nothing of the parcel",
    10 Refused "refused" "The consignee refused the parcel",
    11 NoTime "no_time" "The consignee has no time to receive",
    12 Rescheduled "rescheduled" "Another delivery time was agreed",
    13 CollectAtOffice "collect_at_office" "The consignee was told to collect the parcel",
    14 InspectionRefused "inspection_refused" "The consignee asked to inspect goods that may not be inspected",
    15 NoMoney "no_money" "The consignee could not pay",
    16 ClosedSaturday "closed_saturday" "The consignee does not receive on Saturdays",
    17 ClosedHoliday "closed_holiday" "The consignee does not receive on holidays",
    18 Weather "weather" "Weather or natural disaster",
    19 SenderRecalled "sender_recalled" "The sender asked for the parcel back",
    20 Damaged "damaged" "The contents were damaged",
    21 PartMissing "part_missing" "Part of the parcel is missing",
    22 Lost "lost" "The parcel was lost",
    23 IdentityNotProven "identity_not_proven" "The consignee could not prove their identity",
    24 OtherRecipient "other_recipient" "The consignee asked to hand the parcel to somebody else",
    25 WrongOrderData "wrong_order_data" "The order's data is wrong",
    26 CustomerCancelled "customer_cancelled" "The customer asked to cancel the order",
    27 OutOfArea "out_of_area" "The address is outside the service area",
    28 PickupMissed "pickup_missed" "The pick-up did not take place",
    29 Delayed "delayed" "Delayed by circumstances outside",
    30 Unclaimed "unclaimed" "Nobody claimed the parcel",
    31 CustomsHold "customs_hold" "Held by customs",
    32 Unsigned "unsigned" "Handed over without a signature",
    33 Other "other" "Another reason",
}

impl Reason {
    pub fn from_number(number: u8) -> Self {
        // Numbers are given without gaps, so a reason stands at its number.
        Self::ALL
            .get(usize::from(number))
            .copied()
            .unwrap_or(Self::Other)
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|reason| reason.name() == name)
    }
}
