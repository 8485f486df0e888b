//! An e-mail's words, from the room above, and its form on the wire.
//!
//! Guarantee: headers are built by type, so that no text can add one. Nothing is loaded from anywhere,
//! and the subject says nothing of a person or a number. It says how to end such e-mails, for people
//! in the text and for programs by RFC 2369 and RFC 8058, and that a program sent it (RFC 3834).

use super::address::Mailbox;
use super::courier::Sender;
use crate::language::Language;
use crate::links::Linked;
use lettre::Message;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{MultiPart, SinglePart};
use std::time::{Duration, UNIX_EPOCH};
use trackway_dialects::registry::Vocabularies;

/// What is to be told.
#[derive(Debug)]
pub struct Letter<'a> {
    pub language: Language,
    /// The shipment, as its page would show it.
    pub linked: &'a Linked,
    pub vocabularies: &'a Vocabularies,
    /// The page.
    pub link: &'a str,
    /// Where to say that one wants no more.
    pub unsubscribe: &'a str,
}

/// What is told, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// Puts letters into words.
pub trait Letters: Send + Sync + 'static {
    fn write(&self, letter: &Letter<'_>) -> Written;
    /// What an operator is sent who tries whether e-mail works.
    fn trial(&self, language: Language) -> Written;
}

/// How an e-mail travels.
pub(super) struct Envelope<'a> {
    pub to: &'a Mailbox,
    /// What its id is made of: the same for the same e-mail.
    pub name: &'a str,
    /// Microseconds since the epoch.
    pub now: i64,
    /// None for what is not of a subscription.
    pub unsubscribe: Option<&'a str>,
}

/// The whole message. None where the library refuses it, which no words of ours bring about.
pub(super) fn message(
    sender: &Sender,
    envelope: &Envelope<'_>,
    written: Written,
) -> Result<Message, lettre::error::Error> {
    let id = blake3::hash(envelope.name.as_bytes()).to_hex();
    let id = &id[..40];
    let now = UNIX_EPOCH + Duration::from_micros(envelope.now.unsigned_abs());
    let mut builder = Message::builder()
        .from(sender.from.clone())
        .to(envelope.to.address().clone().into())
        .subject(written.subject)
        .date(now)
        .message_id(Some(format!("<{id}@{}>", sender.from.email.domain())))
        .raw_header(value("Auto-Submitted", "auto-generated"));
    if let Some(reply_to) = &sender.reply_to {
        builder = builder.reply_to(reply_to.clone());
    }
    if let Some(unsubscribe) = envelope.unsubscribe {
        builder = builder
            .raw_header(value("List-Unsubscribe", &format!("<{unsubscribe}>")))
            .raw_header(value("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
    }
    let parts = MultiPart::alternative()
        .boundary(format!("part-{id}"))
        .singlepart(SinglePart::plain(written.text))
        .singlepart(SinglePart::html(written.html));
    builder.multipart(parts)
}

fn value(name: &'static str, text: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), text.to_owned())
}
