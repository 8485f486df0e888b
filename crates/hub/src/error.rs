//! What the hub's own calls can fail with, each telling what to do.

use crate::outbound::SendError;
use trackway_dialects::DeskError;
use trackway_dialects::settings::SettingError;
use trackway_model::vocabulary::VocabularyError;
use trackway_store::StoreError;

/// As a facade tells it.
impl From<HubError> for DeskError {
    fn from(error: HubError) -> Self {
        match error {
            HubError::Store(error) => crate::desk::told(error),
            other => Self::Failed(other.to_string()),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum HubError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("no dialect `{name}`: choose one of {known}")]
    UnknownDialect { name: String, known: String },
    #[error("{dialect} can't be called by Trackway: connect another system")]
    NotCalled { dialect: &'static str },
    #[error("{dialect} has no records that can be pulled: name a connection to another system")]
    NotPulled { dialect: &'static str },
    #[error("a sandbox asks no upstream: pull into the account itself")]
    PullInSandbox,
    /// What is wrong with what is to be pulled.
    #[error("it can't be pulled: {0}")]
    PullWanted(String),
    #[error(transparent)]
    Trade(DeskError),
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
    #[error("`{name}` can't be `{value}`: choose one of {known}")]
    UnknownValue {
        name: &'static str,
        value: String,
        known: String,
    },
    #[error(
        "the old secret can't stay for so long: choose at most {} days",
        crate::endpoints::LONGEST_OVERLAP.as_secs() / 86_400
    )]
    Overlap,
    #[error("this endpoint of {dialect} sends what its settings hold: change the settings")]
    NoOwnSecret { dialect: &'static str },
    #[error("{waiting} changes wait for this endpoint already: go on when its queue is shorter")]
    QueueFull { waiting: u64 },
    #[error(
        "{dialect} can't push to this server: set `public_url`, the address under which it is reached"
    )]
    NoPublicUrl { dialect: &'static str },
    #[error(transparent)]
    Setting(#[from] SettingError),
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
    #[error("no connection is asked about `{number}`: follow it with `trackway track`")]
    NotFollowed { number: String },
    #[error("this account has asked often enough for now: try again in {retry_after_s} s")]
    TooOften { retry_after_s: u64 },
    #[error("`{number}` is known with several carriers ({carriers}): name one")]
    SeveralCarriers { number: String, carriers: String },
    #[error(
        "a link can't work for {days} days: choose 1 to {}",
        crate::links::MOST_DAYS
    )]
    LinkDays { days: u16 },
    #[error("the code table of {dialect} can't be used: {source}")]
    Codes {
        dialect: &'static str,
        #[source]
        source: VocabularyError,
    },
    #[error("the table of priors of this release is damaged: {0}")]
    Priors(#[from] crate::polling::priors::PriorsError),
    #[error("a carrier of the catalog can't be used: {0}")]
    Carriers(String),
    #[error("there is no {0} {1}: list them to see which there are")]
    NoRecord(&'static str, i64),
    #[error("there is an account `{0}` already: take another name")]
    AccountExists(String),
    #[error(
        "an account's name has 1 to 64 letters, digits, `-`, `_` or `.`, and does not end with `.test`"
    )]
    AccountName,
    #[error("no scope `{name}`: choose of {known}")]
    UnknownScope { name: String, known: String },
    #[error("a key of {dialect} has no scopes: they are for keys of our own API")]
    NoScopes { dialect: &'static str },
    #[error("a key can't expire at {0}: that is past")]
    Expired(String),
    #[error("a test key can't have the scope `admin`: it sees nothing but its sandbox")]
    TestAdmin,
    #[error("this account has {most} {what} already: remove one first")]
    TooMany { what: &'static str, most: usize },
    #[error("{what} is longer than {most} characters")]
    TooLong { what: &'static str, most: usize },
    #[error("name the carrier: {dialect} serves several")]
    CarrierUnnamed { dialect: &'static str },
    #[error("the e-mail address can't be used: {0}")]
    MailAddress(crate::mail::address::AddressError),
    #[error(
        "e-mails about this shipment to this address were ended ({standing}): they can't be begun again"
    )]
    NoticeEnded { standing: &'static str },
    #[error("e-mail can't be set up: {0}")]
    Mail(#[from] crate::mail::SetupError),
    #[error("no free client number was found: try again")]
    NoClientNumber,
}
