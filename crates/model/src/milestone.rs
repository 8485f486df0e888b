//! Milestones: our own fine status. Each stands in one stage; whether a stage is final, and which
//! milestones may leave a final stage, is data in the table below.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The coarse position of a shipment. What belongs to a registration (pending, no record, expired)
/// is no stage.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default,
)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Stage {
    /// Told, but in a code that no table knows.
    #[default]
    Unknown = 0,
    InfoReceived,
    Accepted,
    Preparing,
    InTransit,
    Customs,
    Transshipment,
    OutForDelivery,
    ReadyForPickup,
    AttemptFailed,
    Exception,
    Returning,
    Delivered,
    Returned,
    Cancelled,
    Lost,
    Seized,
}

impl Stage {
    pub const ALL: &'static [Stage] = &[
        Stage::Unknown,
        Stage::InfoReceived,
        Stage::Accepted,
        Stage::Preparing,
        Stage::InTransit,
        Stage::Customs,
        Stage::Transshipment,
        Stage::OutForDelivery,
        Stage::ReadyForPickup,
        Stage::AttemptFailed,
        Stage::Exception,
        Stage::Returning,
        Stage::Delivered,
        Stage::Returned,
        Stage::Cancelled,
        Stage::Lost,
        Stage::Seized,
    ];

    /// A final stage is left only by a milestone that lists it in `reopens`.
    pub const fn is_final(self) -> bool {
        matches!(
            self,
            Stage::Delivered | Stage::Returned | Stage::Cancelled | Stage::Lost | Stage::Seized
        )
    }

    /// Order of stages within one instant: how far along the journey a stage is.
    pub const fn rank(self) -> u8 {
        self as u8
    }

    pub const fn name(self) -> &'static str {
        match self {
            Stage::Unknown => "unknown",
            Stage::InfoReceived => "info_received",
            Stage::Accepted => "accepted",
            Stage::Preparing => "preparing",
            Stage::InTransit => "in_transit",
            Stage::Customs => "customs",
            Stage::Transshipment => "transshipment",
            Stage::OutForDelivery => "out_for_delivery",
            Stage::ReadyForPickup => "ready_for_pickup",
            Stage::AttemptFailed => "attempt_failed",
            Stage::Exception => "exception",
            Stage::Returning => "returning",
            Stage::Delivered => "delivered",
            Stage::Returned => "returned",
            Stage::Cancelled => "cancelled",
            Stage::Lost => "lost",
            Stage::Seized => "seized",
        }
    }

    pub fn from_number(number: u8) -> Self {
        Self::ALL
            .get(usize::from(number))
            .copied()
            .unwrap_or(Self::Unknown)
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

macro_rules! milestones {
    ($($number:literal $variant:ident $name:literal $stage:ident $([$($left:ident),*])? $text:literal),* $(,)?) => {
        /// Numbers are stored: they are given once and never given again.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
        #[serde(rename_all = "snake_case")]
        #[repr(u8)]
        pub enum Milestone {
            /// A code that no table knows: kept, shown, counted, and never the current status
            /// while anything known is there.
            #[default]
            Unknown = 0,
            $(#[doc = $text] $variant = $number),*
        }

        impl Milestone {
            /// Every milestone, `Unknown` first.
            pub const ALL: &'static [Milestone] = &[Milestone::Unknown, $(Milestone::$variant),*];

            pub const fn name(self) -> &'static str {
                match self { Milestone::Unknown => "unknown", $(Milestone::$variant => $name),* }
            }

            /// One English sentence for people.
            pub const fn text(self) -> &'static str {
                match self { Milestone::Unknown => "Unknown status", $(Milestone::$variant => $text),* }
            }

            pub const fn stage(self) -> Stage {
                match self { Milestone::Unknown => Stage::Unknown, $(Milestone::$variant => Stage::$stage),* }
            }

            /// The final stages that this milestone may leave.
            pub const fn reopens(self) -> &'static [Stage] {
                match self {
                    Milestone::Unknown => &[],
                    $(Milestone::$variant => &[$($(Stage::$left),*)?]),*
                }
            }
        }
    };
}

milestones! {
    10 InfoReceived "info_received" InfoReceived "The carrier has the shipper's data",
    11 AwaitingAcceptance "awaiting_acceptance" InfoReceived "Waiting for the carrier to accept it",
    12 Booked "booked" InfoReceived "Booked on a transport",

    20 Accepted "accepted" Accepted "The carrier has accepted it",
    21 PickedUp "picked_up" Accepted "Picked up by the carrier",
    22 ReceivedFromShipper "received_from_shipper" Accepted "Received from the shipper",
    23 EnteredSystem "entered_system" Accepted "Entered at the carrier's first office",

    30 Preparing "preparing" Preparing "Being prepared in the warehouse",
    31 OutOfStock "out_of_stock" Preparing "Out of stock",
    32 Packing "packing" Preparing "Being packed",
    33 ReadyToShip "ready_to_ship" Preparing "Ready to ship",
    34 AwaitingLabel "awaiting_label" Preparing "Waiting for a label",
    35 AwaitingHandover "awaiting_handover" Preparing "Waiting for the hand-over to the carrier",

    40 InTransit "in_transit" InTransit [Lost] "On its way",
    41 ArrivedAtFacility "arrived_at_facility" InTransit [Lost] "Arrived at a carrier facility",
    42 DepartedFacility "departed_facility" InTransit [Lost] "Left a carrier facility",
    43 PackedForDispatch "packed_for_dispatch" InTransit "Packed for dispatch",
    44 HandedToAirline "handed_to_airline" InTransit "Handed to the airline",
    45 ArrivedInCountry "arrived_in_country" InTransit "Arrived in the destination country",
    46 AtLocalOffice "at_local_office" InTransit [Lost] "At the local office",
    47 Departed "departed" InTransit "The transport departed",
    48 Arrived "arrived" InTransit "The transport arrived",
    49 Loaded "loaded" InTransit "Loaded on the transport",
    50 Discharged "discharged" InTransit "Discharged from the transport",
    51 GateIn "gate_in" InTransit "Entered the terminal",
    52 GateOut "gate_out" InTransit "Left the terminal",
    53 Berthed "berthed" InTransit "The vessel is alongside",
    54 Forwarded "forwarded" InTransit "Forwarded to another delivery address",
    55 EmptyToShipper "empty_to_shipper" InfoReceived "The empty container went to the shipper",
    56 EmptyReturned "empty_returned" InTransit "The empty container came back",
    57 CarrierReleased "carrier_released" InTransit "Released by the carrier",
    58 FlightDeparted "flight_departed" InTransit "The aircraft with it departed",
    59 FlightArrived "flight_arrived" InTransit "Arrived on a flight",

    60 Customs "customs" Customs "In customs clearance",
    61 CustomsPending "customs_pending" Customs "Waiting for customs clearance",
    62 CustomsStarted "customs_started" Customs "Customs clearance started",
    63 CustomsCleared "customs_cleared" Customs "Cleared by customs",
    64 CustomsException "customs_exception" Customs "Customs clearance met a problem",
    65 CustomsHold "customs_hold" Customs "Held by customs",

    70 Transshipment "transshipment" Transshipment "Handed from one carrier to another",

    80 OutForDelivery "out_for_delivery" OutForDelivery [Lost] "Out for delivery",
    81 HandedToCourier "handed_to_courier" OutForDelivery "Handed to the courier for delivery",
    82 Redelivery "redelivery" OutForDelivery "A further delivery is arranged",
    85 ReadyForPickup "ready_for_pickup" ReadyForPickup "Ready for collection",
    86 ConsigneeNotified "consignee_notified" ReadyForPickup "The consignee was told of its arrival",

    90 AttemptFailed "attempt_failed" AttemptFailed "A delivery attempt failed",
    91 PendingHandling "pending_handling" AttemptFailed "Not delivered, waiting for handling",
    92 RefusedByConsignee "refused_by_consignee" AttemptFailed "Refused by the consignee",

    100 Exception "exception" Exception "Something irregular happened",
    101 Damaged "damaged" Exception "Damaged",
    102 Delayed "delayed" Exception "Delayed by circumstances outside",
    103 Undelivered "undelivered" Exception "Not delivered or not signed for",
    104 Unclaimed "unclaimed" Exception "Nobody claimed it",
    105 OutOfArea "out_of_area" Exception "Outside the service area",
    106 PickupMissed "pickup_missed" Exception "The pick-up did not take place",
    107 OnHold "on_hold" Exception "On hold",
    108 Unsigned "unsigned" Exception "Handed over without a signature",
    109 Missing "missing" Exception "Damaged, lost or discarded",

    110 Returning "returning" Returning [Delivered, Cancelled, Lost] "On its way back to the sender",

    120 Delivered "delivered" Delivered [Cancelled, Lost] "Delivered",
    121 Collected "collected" Delivered [Cancelled, Lost] "Collected by the consignee",
    122 SignedByConsignee "signed_by_consignee" Delivered [Cancelled, Lost] "Delivered and signed for by the consignee",
    123 SignedByOther "signed_by_other" Delivered [Cancelled, Lost] "Delivered and signed for by somebody else",
    124 InMailbox "in_mailbox" Delivered [Cancelled, Lost] "Left in the mailbox",
    125 DeliveredAfterException "delivered_after_exception" Delivered [Cancelled, Lost] "Delivered after an exception",

    130 Returned "returned" Returned [Delivered, Cancelled, Lost] "Back at the sender",
    131 ReturnedRefused "returned_refused" Returned [Delivered, Cancelled, Lost] "Refused and back at the sender",

    140 Cancelled "cancelled" Cancelled "Cancelled",
    150 Lost "lost" Lost "Lost",
    160 Seized "seized" Seized "Seized by the authorities",
}

impl Milestone {
    /// Read for every statement of every row: a table, not a search.
    const BY_NUMBER: [Milestone; 256] = {
        let mut table = [Milestone::Unknown; 256];
        let mut at = 0;
        while at < Self::ALL.len() {
            table[Self::ALL[at] as usize] = Self::ALL[at];
            at += 1;
        }
        table
    };

    pub const fn from_number(number: u8) -> Self {
        Self::BY_NUMBER[number as usize]
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|milestone| milestone.name() == name)
    }
}

impl fmt::Display for Milestone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
