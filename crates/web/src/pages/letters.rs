//! E-mails to people, in the words of the pages: the same names of stages, reasons and carriers, the
//! same honest times.
//!
//! Guarantee: what an e-mail says the page behind its link says as well; there is no free text of a
//! source and no name in it, and the subject names neither number nor place. The HTML loads nothing.

use super::parcel::Parcel;
use super::when::Moment;
use super::words::{Key, Words};
use askama::Template;
use trackway_hub::language::Language;
use trackway_hub::mail::{Letter, Letters, Written};

/// The words of the pages, for e-mails.
#[derive(Clone, Copy, Debug, Default)]
pub struct PageLetters;

impl Letters for PageLetters {
    fn write(&self, letter: &Letter<'_>) -> Written {
        let words = Words::of(letter.language);
        let parcel = Parcel::of(letter.linked, letter.vocabularies, words);
        let status = [("status", parcel.stage.to_string())];
        let subject = words.with(Key::MailSubject, status);
        let news = News {
            words,
            parcel: &parcel,
            subject: &subject,
            facts: facts(&parcel, words),
            link: letter.link,
            unsubscribe: letter.unsubscribe,
        };
        let text = TextLetter { it: &news }.render();
        let html = HtmlLetter { it: &news }.render();
        Written {
            // A template over texts in memory has nothing to fail at.
            text: text.unwrap_or_default(),
            html: html.unwrap_or_default(),
            subject,
        }
    }

    fn trial(&self, language: Language) -> Written {
        let words = Words::of(language);
        let text = words.say(Key::TrialText).into_owned();
        Written {
            subject: words.say(Key::TrialSubject).into_owned(),
            html: format!("<!doctype html><meta charset=\"utf-8\"><p>{text}</p>"),
            text,
        }
    }
}

/// What both forms say.
struct News<'a> {
    words: &'static Words,
    parcel: &'a Parcel,
    subject: &'a str,
    /// A name and what is told under it.
    facts: Vec<(String, String)>,
    link: &'a str,
    unsubscribe: &'a str,
}

impl News<'_> {
    /// Whether the time that is told is of a zone that nobody told.
    fn has_local_time(&self) -> bool {
        let is_local = |when: &Moment| !when.is_instant && when.zone.is_some();
        self.parcel.when.as_ref().is_some_and(is_local)
    }
}

fn facts(parcel: &Parcel, words: &'static Words) -> Vec<(String, String)> {
    let when = parcel.when.as_ref().map(Moment::sentence);
    let all = [
        (Key::MailWhen, when),
        (Key::MailPlace, parcel.place.clone()),
        (Key::Parcel, Some(parcel.number.clone())),
        (Key::Carrier, Some(parcel.carrier.name.clone())),
    ];
    all.into_iter()
        .filter_map(|(key, told)| Some((words.say(key).into_owned(), told?)))
        .collect()
}

#[derive(Template)]
#[template(path = "letter.txt")]
struct TextLetter<'a> {
    it: &'a News<'a>,
}

#[derive(Template)]
#[template(path = "letter.html", whitespace = "minimize")]
struct HtmlLetter<'a> {
    it: &'a News<'a>,
}
