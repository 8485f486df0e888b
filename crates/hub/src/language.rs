//! The languages that people are told in: on pages and in e-mails.

/// A language of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    English,
    Vietnamese,
    Chinese,
}

impl Language {
    /// In the order in which people should see them.
    pub const ALL: [Self; 3] = [Self::English, Self::Vietnamese, Self::Chinese];

    /// BCP 47, as documents are marked.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Vietnamese => "vi",
            Self::Chinese => "zh-Hans",
        }
    }

    /// As it stands in an address.
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Vietnamese => "vi",
            Self::Chinese => "zh",
        }
    }

    /// The language of a tag such as `zh-Hans-CN`.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next()?.trim();
        Self::ALL
            .into_iter()
            .find(|language| language.code().eq_ignore_ascii_case(primary))
    }
}
