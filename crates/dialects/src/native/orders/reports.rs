//! Reports of other systems as our own API tells them; their bytes are told apart.

use super::At;
use super::told::{Envelope, at};
use serde::Serialize;
use trackway_model::orders::{Report, Says, State};
use utoipa::ToSchema;

/// What another system told of goods that it keeps.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Report)]
pub struct ReportTold<'a> {
    #[serde(flatten)]
    envelope: Envelope<'a>,
    /// `inbound` or `stock`.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "stock")]
    report_type: &'static str,
    /// False: a message, as it came. True: what was told last of this.
    standing: bool,
    /// The connection that it came by, and its system.
    connection: i64,
    dialect: &'a str,
    /// The event by the system's own name.
    event: &'a str,
    /// What the system calls it: an inbound's code, an item's SKU.
    subject: &'a str,
    /// Your inbound or item; null where you have none.
    about: Option<i64>,
    /// Since when it was so, as the system says.
    #[schema(value_type = Option<String>)]
    at: Option<At>,
    /// Of an inbound; null otherwise.
    inbound: Option<InboundSaid<'a>>,
    /// Of stock; null otherwise.
    stock: Option<StockSaid<'a>>,
}

/// What was told of an inbound.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReportOfInbound)]
pub struct InboundSaid<'a> {
    /// What the system has as its reference.
    reference: Option<&'a str>,
    /// Its state in our words; null where its status is none that is known.
    #[schema(value_type = Option<String>, example = "received")]
    state: Option<&'static str>,
}

/// What was told of stock. It is the system's word: your own levels stand in the stock.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReportOfStock)]
pub struct StockSaid<'a> {
    /// The system's code of the warehouse.
    warehouse: Option<&'a str>,
    on_hand: Option<i64>,
    available: Option<i64>,
    reserved: Option<i64>,
    incoming: Option<i64>,
}

impl<'a> ReportTold<'a> {
    pub(super) fn of(envelope: Envelope<'a>, it: &'a Report) -> Self {
        let (inbound, stock) = match &it.says {
            Says::Inbound { reference, state } => {
                let reference = reference.as_deref();
                let state = state.map(State::name);
                (Some(InboundSaid { reference, state }), None)
            }
            Says::Stock { warehouse, level } => {
                let said = StockSaid {
                    warehouse: warehouse.as_deref(),
                    on_hand: level.on_hand,
                    available: level.available,
                    reserved: level.reserved,
                    incoming: level.incoming,
                };
                (None, Some(said))
            }
        };
        Self {
            envelope,
            report_type: it.says.report_type().name(),
            standing: it.standing,
            connection: it.connection,
            dialect: &it.dialect,
            event: &it.event,
            subject: &it.subject,
            about: it.about.map(|id| id.0),
            at: at(it.at),
            inbound,
            stock,
        }
    }
}
