//! What the hub asks of a dialect. All sans-IO: a dialect builds requests and judges answers; the
//! hub's one HTTP client sends them.

pub mod carries;
mod hook;
pub mod pulls;

pub use hook::{
    Ack, Choice, Hook, Message, Proof, REGISTERED, RecordHook, RecordMessage, Registration,
    SEQUENCE, Subscriber, TEST, TEST_NUMBER, marked_as_test, numbered,
};

use crate::desk::Settings;
use crate::quota::Terms;
use crate::settings::SettingError;
use http::HeaderName;
use std::time::Duration;
use trackway_model::intake;
use trackway_model::orders::NewReport;
use trackway_model::orders::Record;
use trackway_model::vocabulary::Vocabulary;
use trackway_model::{
    Clocks, Code, ConnectionId, Milestone, Nature, Occurred, Reason, Strange, StreamDef, StreamId,
};

/// A system that Trackway speaks.
pub trait Dialect: Send + Sync {
    /// Its name in commands, keys and the registry.
    fn name(&self) -> &'static str;
    /// Its name for people.
    fn title(&self) -> &'static str;
    /// Its streams; numbers are given for life in the registry.
    fn streams(&self) -> &'static [StreamDef];
    /// Its `codes.csv`.
    fn codes(&self) -> &'static str;
    /// A sample of its answers that primes the archive's compression; empty where it has none.
    fn sample(&self) -> &'static [u8] {
        b""
    }
    /// The words of a statement, read back from what its source wrote.
    fn words(&self, stream: StreamId, raw: &[u8]) -> Words;
    /// What a stored statement means under a vocabulary: what reading it anew would say. `raw` is
    /// None after the shipment was erased: then the code alone speaks. `held` is the reason that
    /// stands now, which stays where nothing at hand gives another. A dialect whose reasons come
    /// from another member than the code reads them from `raw`.
    fn reread(
        &self,
        vocabulary: &Vocabulary,
        _stream: StreamId,
        code: &Code,
        _raw: Option<&[u8]>,
        held: Reason,
    ) -> (Milestone, Reason) {
        let (milestone, reason) = vocabulary.read(
            code.kind,
            &code.code,
            code.sub.as_deref().unwrap_or_default(),
        );
        (
            milestone,
            if reason == Reason::None { held } else { reason },
        )
    }
    /// The identity that the reader of a stream gave to a statement, from the bytes that are kept
    /// of it: so that what another installation exported is known here as the same.
    fn identity(&self, stream: StreamId, raw: &[u8]) -> Vec<u8>;
    /// The window in which the system expects to deliver, where an answer of its own tells one.
    fn expects(&self, _document: &[u8]) -> Option<(Occurred, Occurred)> {
        None
    }
    /// After how long the system says of a registration that nothing was found, or nothing new.
    fn clocks(&self) -> Clocks {
        Clocks::NONE
    }
    /// Whether a stream's statements come by webhook, unasked.
    fn pushed(&self, stream: StreamId) -> bool {
        self.streams()
            .iter()
            .any(|known| known.id == stream && known.nature == Nature::News)
    }
    /// The books that its registrations stand in: see `desk::Registrar`.
    fn books(&self) -> Vec<&'static str> {
        vec![self.name()]
    }
    /// What a registration is found again by beside its number (`desk::Wish::key`), from the members that
    /// its client gave.
    fn key_of(&self, _data: &serde_json::Value) -> Option<String> {
        None
    }
    /// When the system itself looks after a number that is registered in it; None: as soon and as
    /// often as we like.
    fn rhythm(&self) -> Option<Rhythm> {
        None
    }
    /// The same where an installation's settings may say otherwise.
    fn clocks_by(&self, _setting: &dyn Fn(&str) -> Option<String>) -> Clocks {
        self.clocks()
    }
    /// Our carrier code for this system's own; a system that is one carrier knows itself only.
    fn carrier(&self, code: &str) -> Option<String> {
        code.eq_ignore_ascii_case(self.name())
            .then(|| self.name().to_owned())
    }
    /// Its vocabulary among all.
    fn vocabulary<'v>(&self, vocabularies: &'v crate::registry::Vocabularies) -> &'v Vocabulary {
        vocabularies.of(self.name())
    }
    /// Its API called by us.
    fn call(&self) -> Option<&dyn Call> {
        None
    }
    /// Its webhooks read by us.
    fn inbound(&self) -> Option<&dyn Inbound> {
        None
    }
    /// What differs, in a body that was read, from the members that the dialect knows: of a whole
    /// answer where the stream is its first, of one telling otherwise. Names members and types,
    /// never values.
    fn compare(&self, _stream: StreamId, _body: &[u8]) -> Vec<Strange> {
        Vec::new()
    }
    /// Where a stream's elements have code and time, for people.
    fn members(&self, _stream: StreamId) -> (&'static str, &'static str) {
        ("code", "time")
    }
    /// What it tells itself of a record that was just written, where the record is of its own API.
    fn speaks(&self, _record: &Record) -> Option<intake::Intake> {
        None
    }
    /// Its webhooks sent by us.
    fn hook(&self) -> Option<&dyn Hook> {
        None
    }
}

/// How a system looks after a registered number of which nothing is known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rhythm {
    /// From the registration to the first look.
    pub first: Duration,
    /// From a look that found nothing to the next.
    pub then: Duration,
}

/// What people read of a statement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    pub text: Option<String>,
    /// The name of the status as the source spelt it.
    pub name: Option<String>,
    pub place: Option<String>,
    /// BCP 47, where the source says or the system always uses one.
    pub language: Option<&'static str>,
}

/// A request that the hub is to send.
#[derive(Clone, Debug)]
pub struct Outgoing {
    pub method: http::Method,
    /// Complete, with query. May hold a credential: shown only with `redacted_url`.
    pub url: String,
    pub redacted_url: String,
    pub headers: Vec<(HeaderName, http::HeaderValue)>,
    pub body: Vec<u8>,
}

/// What came back.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    pub status: u16,
    /// `Retry-After` in seconds, where the answer had one.
    pub retry_after_s: Option<u64>,
    pub body: &'a [u8],
}

/// A parcel that an upstream is asked about.
#[derive(Clone, Copy, Debug, Default)]
pub struct Parcel<'a> {
    /// Our carrier code.
    pub carrier: &'a str,
    pub number: &'a str,
    /// What the upstream gave when it was given the number, as the dialect wrote it: see `Admits`.
    pub given: Option<&'a serde_json::Value>,
    /// What our client said with its registration of the number in this dialect.
    pub registered: Option<&'a serde_json::Value>,
}

/// A connection's settings as a dialect needs them.
#[derive(Clone, Copy, Debug)]
pub struct Upstream<'a> {
    pub connection: ConnectionId,
    pub base_url: &'a str,
    pub settings: &'a Settings,
}

/// Why an answer brought no statements.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The connection lacks a setting.
    #[error("the connection has no `{0}`: set it with `trackway connect … --set {0}=…`")]
    Unset(&'static str),
    /// Nothing known of the parcel yet.
    #[error("{code}: {text}")]
    Nothing { code: String, text: String },
    /// Our key, number or parameters are refused: asking again changes nothing.
    #[error("{code}: {text}")]
    Refused { code: String, text: String },
    /// No calls left, or too fast.
    #[error("{code}: {text}")]
    Quota { code: String, text: String },
    /// A fault on their side: try again.
    #[error("{code}: {text}")]
    Fault { code: String, text: String },
    /// The answer has not the shape that the dialect knows; `member` says where.
    #[error("the answer has an unknown shape at `{member}`: {problem}")]
    Shape { member: String, problem: String },
}

/// A parcel's answer, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    pub answer: intake::Answer,
    /// What was strange but did no harm: unknown codes, unreadable times.
    pub warnings: Vec<String>,
}

/// A system's API called by us.
pub trait Call: Send + Sync {
    /// Settings that a connection needs, and those it may have.
    fn settings(&self) -> (&'static [&'static str], &'static [&'static str]);
    /// What the system documents of how often it may be called; a connection may overrule it.
    fn terms(&self) -> Terms<'static> {
        Terms::default()
    }
    /// The setting by whose value the system counts our calls.
    fn counted_by(&self) -> &'static str;
    /// The carriers that it can be asked about; empty: any that it has a code for.
    fn carriers(&self) -> &'static [&'static str];
    fn request(&self, upstream: &Upstream<'_>, parcel: &Parcel<'_>) -> Result<Outgoing, CallError>;
    /// Cuts, redacts and maps an answer. Never fails for one bad item: what can't be read is kept
    /// raw with an unknown milestone.
    fn parse(
        &self,
        vocabulary: &Vocabulary,
        parcel: &Parcel<'_>,
        answer: &Answer<'_>,
    ) -> Result<Parsed, CallError>;
    /// How many parcels one call may ask about.
    fn batch(&self) -> usize {
        1
    }
    /// A request about several parcels, at most `batch` and at least one.
    fn request_all(
        &self,
        upstream: &Upstream<'_>,
        parcels: &[Parcel<'_>],
    ) -> Result<Outgoing, CallError> {
        match parcels {
            [parcel] => self.request(upstream, parcel),
            _ => Err(CallError::Refused {
                code: String::new(),
                text: format!("{} parcels do not fit into one call", parcels.len()),
            }),
        }
    }
    /// Its registration of numbers, after which it tells of them by webhook.
    fn registers(&self) -> Option<&dyn Registers> {
        None
    }
    /// Its taking of numbers, before which it knows nothing of them.
    fn admits(&self) -> Option<&dyn Admits> {
        None
    }
    /// What it is told of fulfilments.
    fn carries(&self) -> Option<&dyn carries::Carries> {
        None
    }
    /// Its records, for an account to pull.
    fn pulls(&self) -> Option<&dyn pulls::Pulls> {
        None
    }
    /// Its detection of carriers.
    fn detects(&self) -> Option<&dyn Detects> {
        None
    }
    /// What an answer says of each parcel that it was asked about, in their order.
    fn parse_all(
        &self,
        vocabulary: &Vocabulary,
        parcels: &[Parcel<'_>],
        answer: &Answer<'_>,
    ) -> Vec<Result<Parsed, CallError>> {
        let parse = |parcel| self.parse(vocabulary, parcel, answer);
        parcels.iter().map(parse).collect()
    }
}

/// A system that is given numbers, and pushes what becomes of them to a connection's own address.
pub trait Registers: Send + Sync {
    /// Whether its settings have values that they take.
    fn check(&self, _settings: &Settings) -> Result<(), SettingError> {
        Ok(())
    }
    /// Whether a connection with these settings has its numbers registered.
    fn is_wanted(&self, settings: &Settings) -> bool;
    /// What stands behind `/in/{token}` in the address of its pushes.
    fn door(&self) -> &'static str;
    /// Whether the call names that address; otherwise it is set in the system's own portal.
    fn names_address(&self) -> bool {
        true
    }
    fn request(
        &self,
        upstream: &Upstream<'_>,
        parcel: &Parcel<'_>,
        webhook_url: &str,
    ) -> Result<Outgoing, CallError>;
    /// Whether the number is registered by this call; false: it was before.
    fn judge(&self, answer: &Answer<'_>) -> Result<bool, CallError>;
}

/// A system that must be given numbers before it can be asked about them.
pub trait Admits: Send + Sync {
    /// Whether a connection with these settings gives it its numbers.
    fn is_wanted(&self, settings: &Settings) -> bool;
    /// Whether it can only be asked about a number with what it gave for it.
    fn asks_by_given(&self, _settings: &Settings) -> bool {
        false
    }
    /// A request that gives it several, at most a batch of the call and at least one.
    fn request_all(
        &self,
        upstream: &Upstream<'_>,
        parcels: &[Parcel<'_>],
    ) -> Result<Outgoing, CallError>;
    /// What became of each, in their order: it has the number now, or had it before. What it gave for
    /// one that it has now is kept and comes back with the parcel; null where it gives nothing.
    fn judge_all(
        &self,
        parcels: &[Parcel<'_>],
        answer: &Answer<'_>,
    ) -> Vec<Result<Taken, CallError>>;
    /// A request that tells it of a number that we gave it; None: it is not told of that.
    fn errand(
        &self,
        upstream: &Upstream<'_>,
        errand: Errand<'_>,
        parcel: &Parcel<'_>,
    ) -> Result<Option<Outgoing>, CallError>;
    /// What became of that. `Nothing`: it knows no such number.
    fn judge_errand(&self, errand: Errand<'_>, answer: &Answer<'_>) -> Result<(), CallError>;
}

/// What a system that takes numbers says of one.
#[derive(Clone, Debug, PartialEq)]
pub enum Taken {
    /// It has the number of us now, and gave this for it.
    Now(serde_json::Value),
    /// It had it before: of us, or of somebody else.
    Before,
}

/// What a system is told of a number that we gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand<'a> {
    /// What its client says with it is something else now.
    Edited,
    /// Its client wants it looked at again.
    Refreshed,
    /// Its client says that another carrier has it, not this one (our code).
    Moved { from: &'a str },
    /// Nobody has it registered any more.
    Ended,
}

impl Errand<'_> {
    /// Its name in metrics and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Edited => "edited",
            Self::Refreshed => "refreshed",
            Self::Moved { .. } => "moved",
            Self::Ended => "ended",
        }
    }
}

/// A carrier that a system thinks a number may be of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Ours.
    pub carrier: String,
    /// Theirs.
    pub code: String,
    pub name: String,
}

/// A system that says which carriers a number may be of.
pub trait Detects: Send + Sync {
    fn request(&self, upstream: &Upstream<'_>, number: &str) -> Result<Outgoing, CallError>;
    /// The most likely first.
    fn parse(&self, answer: &Answer<'_>) -> Result<Vec<Candidate>, CallError>;
}

/// What a webhook tells of one shipment.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// Our carrier code.
    pub carrier: String,
    /// As written by the sender.
    pub number: String,
    pub content: intake::Content,
    pub warnings: Vec<String>,
}

/// A body that no statement can be made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    pub strange: Strange,
    /// In words, for its sender.
    pub problem: String,
    /// The bytes without the credential, where one can be found in them.
    pub body: Vec<u8>,
}

/// A system's webhooks read by us, sans-IO: the sender was proved before, or long ago when the bytes
/// were put aside.
pub trait Inbound: Send + Sync {
    fn read(&self, vocabulary: &Vocabulary, body: &[u8]) -> Result<Told, Box<Unreadable>>;
    /// What a body that was read reports of goods that its sender keeps; None: it tells of a shipment.
    /// `counted_at`: what the connection's `COUNTED_AT` says.
    fn report(
        &self,
        _connection: ConnectionId,
        _counted_at: Option<String>,
        _body: &[u8],
    ) -> Option<NewReport> {
        None
    }
}

/// A connection's setting: the code of the pickup address whose stock its sender counts. There our
/// ledger follows what the sender reports.
pub const COUNTED_AT: &str = "stock_of";
