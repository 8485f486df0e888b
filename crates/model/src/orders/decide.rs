//! What becomes of a command: the rules of the house, one file a subject.
//!
//! Contract: `decide` is a function of the command and the books alone. It checks in this order, and
//! the first that fails is the refusal: what is wrong with the command by itself; what it names and
//! the account does not have; what contradicts itself (sums, numbers given twice); whether the state
//! allows it; whether the quantities are there. A verdict is whole: carried out as it is, every law of
//! `orders` holds after it that held before it.

mod booking;
mod carriage;
mod catalogue;
mod check;
mod codes;
mod consign;
mod follow;
mod fulfilment;
mod inbound;
mod look;
mod offer;
mod order;
mod parcel;
pub(super) mod ratecard;
mod receiver;
mod report;
mod returns;
mod short;
mod stock;

use super::{Books, Command, Stop, Verdict};
pub use check::{MAX_LINES, MAX_PARCELS, MAX_QUANTITY};
pub(super) use follow::was_handed_over;
pub use follow::{drives, rank as advance};
pub use parcel::{told, told_return};

/// What is to be written for a command, what is missing to say so, or why not.
pub fn decide(command: &Command, books: &Books<'_>) -> Result<Verdict, Stop> {
    let verdict = match command {
        Command::Catalogue(it) => catalogue::put(it, books),
        Command::Offer(offers) => offer::offer(offers, books),
        Command::Report(it) => report::take(it, books),
        Command::Stock {
            key,
            movement,
            quantity,
        } => stock::counted(*key, *movement, *quantity, books),
        Command::PlaceOrder(it) => order::place(it, books),
        Command::ApproveOrder { order } => order::approve(*order, books),
        Command::CancelOrder { order, reason, who } => {
            order::cancel(*order, reason.as_deref(), *who, books)
        }
        Command::CloseOrder { order } => short::close(*order, books),
        Command::MoveOrder { order, to, who } => order::go(*order, *to, *who, books),
        Command::CreateFulfilment(it) => fulfilment::create(it, books),
        Command::CancelFulfilment {
            fulfilment,
            reason,
            who,
        } => fulfilment::cancel(*fulfilment, reason.as_deref(), *who, books),
        Command::MoveFulfilment {
            fulfilment,
            to,
            who,
            waybill,
            weighed,
        } => {
            let found = fulfilment::Found {
                waybill: waybill.as_deref(),
                weighed: *weighed,
            };
            fulfilment::go(*fulfilment, *to, *who, found, books)
        }
        Command::Consign { wanted, terms } => consign::place(wanted, terms, books),
        Command::ChangeConsigned {
            fulfilment,
            wanted,
            terms,
        } => consign::change(*fulfilment, wanted, terms, books),
        Command::AnswerCarrier { fulfilment, answer } => {
            consign::answer(*fulfilment, answer, books)
        }
        Command::CarrierAnswered { fulfilment, reply } => {
            booking::answered(*fulfilment, reply, books)
        }
        Command::ParcelTold {
            carrier,
            number,
            milestone,
            at,
        } => parcel::tell(carrier, number, *milestone, *at, books),
        Command::AnnounceInbound(it) => inbound::announce(it, books),
        Command::CancelInbound { inbound, reason } => {
            inbound::cancel(*inbound, reason.as_deref(), books)
        }
        Command::MoveInbound {
            inbound,
            to,
            conditions,
        } => inbound::go(*inbound, *to, conditions, books),
        Command::RequestReturn(it) => returns::request(it, books),
        Command::CancelReturn { return_, reason } => {
            returns::cancel(*return_, reason.as_deref(), books)
        }
        Command::MoveReturn {
            return_,
            to,
            who,
            conditions,
            waybill,
        } => returns::go(*return_, *to, *who, conditions, waybill.as_deref(), books),
    };
    // A look that stops knows only of those before it.
    verdict.map_err(|stop| match stop {
        Stop::Want(_) => Stop::Want(books.wanted()),
        refused @ Stop::Refused(_) => refused,
    })
}
