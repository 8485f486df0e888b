//! The customer API's numeric errors (§8.3), delivered as a string in `ErrorCode`, and which of them a
//! member that is wrong is told by, as data: `errors.csv` and `members.csv`. Texts are ours, since the
//! vendor lists meanings only.

use crate::desk::DeskError;
use serde::Deserialize;
use std::sync::LazyLock;

macro_rules! codes {
    ($($name:ident = $number:literal),* $(,)?) => {
        /// A number of the vendor's table. 11 was never seen.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Code { $($name = $number),* }

        impl Code {
            pub const ALL: &[Self] = &[$(Self::$name),*];
        }
    };
}

codes! {
    Success = 0,
    Ward = 1,
    District = 2,
    Province = 3,
    Duplicate = 4,
    Server = 5,
    Exception = 6,
    Create = 7,
    Update = 8,
    SpecialInstruction = 9,
    ServiceType = 10,
    Account = 12,
    NotFound = 13,
    Status = 14,
    OrderCodeMissing = 15,
    OrderCode = 16,
    ReceiverAddress = 17,
    MailerType = 18,
    Quantity = 19,
    Packages = 20,
    Sender = 21,
    ConfirmId = 22,
    DeliveryInfoMissing = 23,
    DeliveryInfo = 24,
    CopAmount = 25,
}

/// A row of `errors.csv`.
#[derive(Clone, Debug, Deserialize)]
pub struct Row {
    pub code: u8,
    pub name: String,
    pub text: String,
    /// The calls that the vendor lists it for.
    pub calls: String,
    /// `documented` or `inferred`.
    pub mark: String,
}

/// A row of `members.csv`.
#[derive(Clone, Debug, Deserialize)]
struct Member {
    #[serde(rename = "member")]
    name: String,
    code: u8,
    /// What our own commands call it.
    ours: String,
}

fn table<T: serde::de::DeserializeOwned>(text: &str) -> Vec<T> {
    csv::Reader::from_reader(text.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .expect("the table in the binary is tested")
}

/// Every row, by number.
pub fn rows() -> &'static [Row] {
    static TABLE: LazyLock<Vec<Row>> = LazyLock::new(|| table(include_str!("errors.csv")));
    &TABLE
}

fn members() -> &'static [Member] {
    static TABLE: LazyLock<Vec<Member>> = LazyLock::new(|| table(include_str!("members.csv")));
    &TABLE
}

impl Code {
    fn from_number(number: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| *code as u8 == number)
    }

    /// On the wire.
    pub fn number(self) -> String {
        (self as u8).to_string()
    }

    pub fn text(self) -> &'static str {
        let row = rows().iter().find(|row| row.code == self as u8);
        row.map_or("", |row| row.text.as_str())
    }

    /// What a request is told by in which this member is wrong.
    pub fn of_member(member: &str) -> Self {
        let name = member.split(['[', '.']).next().unwrap_or(member);
        let row = members().iter().find(|row| row.name == name);
        row.and_then(|row| Self::from_number(row.code))
            .unwrap_or(Self::Exception)
    }
}

/// The vendor's name of a member of our commands, such as `packages[1].weight`.
pub fn member_of(ours: &str) -> Option<String> {
    let exact = members().iter().find(|row| row.ours == ours);
    if let Some(row) = exact.filter(|_| !ours.is_empty()) {
        return Some(row.name.clone());
    }
    let (name, rest) = ours.split_once('[')?;
    let row = members().iter().find(|row| row.ours == name)?;
    let at = rest.split_once(']').map_or(rest, |(at, _)| at);
    Some(format!("{}[{at}]", row.name))
}

/// Why a call is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub code: Code,
    pub property: Option<String>,
    pub text: String,
}

impl Fault {
    pub fn of(code: Code, property: &str) -> Self {
        Self {
            code,
            property: Some(property.to_owned()),
            text: code.text().to_owned(),
        }
    }

    /// A member that is wrong, told by the number that the vendor has for it.
    pub fn member(name: &str, problem: &str) -> Self {
        Self {
            code: Code::of_member(name),
            property: Some(name.to_owned()),
            text: format!("{name} {problem}."),
        }
    }

    pub fn plain(code: Code, text: impl Into<String>) -> Self {
        Self {
            code,
            property: None,
            text: text.into(),
        }
    }
}

impl From<Code> for Fault {
    fn from(code: Code) -> Self {
        Self::plain(code, code.text())
    }
}

/// Why a call ends without what was asked for.
#[derive(Debug)]
pub enum Stop {
    Fault(Fault),
    Desk(DeskError),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Code> for Stop {
    fn from(code: Code) -> Self {
        Self::Fault(code.into())
    }
}

impl From<DeskError> for Stop {
    fn from(error: DeskError) -> Self {
        Self::Desk(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_table_are_the_same() {
        let numbers: Vec<u8> = rows().iter().map(|row| row.code).collect();
        let codes: Vec<u8> = Code::ALL.iter().map(|code| *code as u8).collect();
        assert_eq!(numbers, codes);
        for row in rows() {
            assert!(row.code == 0 || !row.text.is_empty(), "{}", row.code);
            assert!(matches!(row.mark.as_str(), "documented" | "inferred"));
            assert!(!row.name.is_empty() && !row.calls.is_empty());
        }
    }

    #[test]
    fn members_have_codes_of_the_table() {
        for row in members() {
            assert!(Code::from_number(row.code).is_some(), "{}", row.name);
        }
        assert_eq!(Code::of_member("Packages[1].RealWeight"), Code::Packages);
        assert_eq!(Code::of_member("Nothing"), Code::Exception);
        assert_eq!(member_of("packages[1].weight").unwrap(), "Packages[1]");
        assert_eq!(member_of("weight").unwrap(), "RealWeight");
        assert_eq!(member_of(""), None);
    }
}
