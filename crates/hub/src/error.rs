//! What the hub's own calls can fail with, each telling what to do.

use crate::outbound::SendError;
use trackway_model::vocabulary::VocabularyError;
use trackway_store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum HubError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("no dialect `{name}`: choose one of {known}")]
    UnknownDialect { name: String, known: String },
    #[error("{dialect} can't be called by Trackway: connect another system")]
    NotCalled { dialect: &'static str },
    #[error("{dialect} has no webhooks: choose another dialect for the endpoint")]
    NoWebhooks { dialect: &'static str },
    #[error("{dialect} needs `{name}`: give it with `--set {name}=…`")]
    MissingSetting {
        dialect: &'static str,
        name: &'static str,
    },
    #[error("{dialect} has no setting `{name}`: it knows {known}")]
    UnknownSetting {
        dialect: &'static str,
        name: String,
        known: String,
    },
    #[error("no time zone `{0}`: give an IANA name such as Asia/Ho_Chi_Minh")]
    UnknownZone(String),
    #[error("the address {url} can't be used: {problem}")]
    Address { url: String, problem: SendError },
    #[error("`{number}` is no tracking number: {problem}")]
    Number {
        number: String,
        problem: &'static str,
    },
    #[error("no account `{0}`: create it with `trackway key create --account {0}`")]
    NoAccount(String),
    #[error("no connection `{name}` that can be asked about {carrier}: see `trackway connect`")]
    NoConnection { name: String, carrier: String },
    #[error("account `{account}` has a connection `{name}` already: give this one another name")]
    ConnectionExists { account: String, name: String },
    #[error("account `{account}` has no shipment `{number}`: track it first")]
    NoShipment { account: String, number: String },
    #[error("`{number}` is known with several carriers ({carriers}): name one")]
    SeveralCarriers { number: String, carriers: String },
    #[error("the code table of {dialect} can't be used: {source}")]
    Codes {
        dialect: &'static str,
        #[source]
        source: VocabularyError,
    },
    #[error("the carrier table of this release is damaged: {0}")]
    Carriers(String),
    #[error("no free client number was found: try again")]
    NoClientNumber,
}
