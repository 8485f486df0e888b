//! The list of tricks.

/// What a hostile server does to whoever asks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trick {
    // Connections.
    ResetAtOnce,
    ResetAfterRequest,
    ResetInHead,
    ResetInBody,
    HangUp,
    Silence,
    // Heads.
    EndlessHead,
    EndlessStatusLine,
    ThousandHeaders,
    DripHead,
    /// 1xx answers without end.
    EndlessHints,
    /// Announces another protocol.
    Switch,
    Garbage,
    /// A status of six digits.
    NoStatus,
    BrokenHeader,
    // Bodies.
    Http10,
    EndlessBody,
    EndlessLength,
    DripBody,
    BadChunk,
    HugeChunk,
    /// More comes than was declared.
    ShortLength,
    /// Less comes than was declared.
    LongLength,
    TwoLengths,
    GzipBomb,
    DeflateBomb,
    BrotliBomb,
    // Answers.
    ToMetadata,
    ToMetadataKeepingTheBody,
    /// Accepted by its status, refused by its body.
    GoodStatusBadBody,
    /// Refused by its status, accepted by its body.
    BadStatusGoodBody,
    EmptyOk,
    NoContent,
    /// Accepted, in UTF-16 under another charset's name.
    WrongCharset,
    LoginPage,
    /// Nests deeper than any parser should go.
    DeepBody,
    /// 503, and to be asked again when the sun has gone out.
    NeverAgain,
    // TLS. The first is no trick: it shows that the others fail for theirs.
    TlsGood,
    TlsExpired,
    TlsNotYet,
    TlsSelfSigned,
    TlsWrongName,
    TlsGarbage,
    TlsPlainHttp,
    TlsSilence,
    TlsHangUp,
}

impl Trick {
    pub const ALL: &'static [Self] = &[
        Self::ResetAtOnce,
        Self::ResetAfterRequest,
        Self::ResetInHead,
        Self::ResetInBody,
        Self::HangUp,
        Self::Silence,
        Self::EndlessHead,
        Self::EndlessStatusLine,
        Self::ThousandHeaders,
        Self::DripHead,
        Self::EndlessHints,
        Self::Switch,
        Self::Garbage,
        Self::NoStatus,
        Self::BrokenHeader,
        Self::Http10,
        Self::EndlessBody,
        Self::EndlessLength,
        Self::DripBody,
        Self::BadChunk,
        Self::HugeChunk,
        Self::ShortLength,
        Self::LongLength,
        Self::TwoLengths,
        Self::GzipBomb,
        Self::DeflateBomb,
        Self::BrotliBomb,
        Self::ToMetadata,
        Self::ToMetadataKeepingTheBody,
        Self::GoodStatusBadBody,
        Self::BadStatusGoodBody,
        Self::EmptyOk,
        Self::NoContent,
        Self::WrongCharset,
        Self::LoginPage,
        Self::DeepBody,
        Self::NeverAgain,
        Self::TlsGood,
        Self::TlsExpired,
        Self::TlsNotYet,
        Self::TlsSelfSigned,
        Self::TlsWrongName,
        Self::TlsGarbage,
        Self::TlsPlainHttp,
        Self::TlsSilence,
        Self::TlsHangUp,
    ];

    /// Whether its server is reached by HTTPS.
    pub const fn is_of_tls(self) -> bool {
        matches!(
            self,
            Self::TlsGood
                | Self::TlsExpired
                | Self::TlsNotYet
                | Self::TlsSelfSigned
                | Self::TlsWrongName
                | Self::TlsGarbage
                | Self::TlsPlainHttp
                | Self::TlsSilence
                | Self::TlsHangUp
        )
    }

    /// Whether it goes on until the other side has had enough.
    pub const fn is_endless(self) -> bool {
        matches!(
            self,
            Self::Silence
                | Self::EndlessHead
                | Self::EndlessStatusLine
                | Self::DripHead
                | Self::EndlessHints
                | Self::EndlessBody
                | Self::EndlessLength
                | Self::DripBody
                | Self::HugeChunk
                | Self::TlsSilence
        )
    }
}
