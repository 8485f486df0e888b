//! The words of the pages, in every language, from the Fluent files in `locales/`.
//!
//! Guarantee: every word that a page can ask for is there in every language, and none is there that
//! no page asks for (tested). Words are plain text: the templates escape them like all else.

use super::language::Language;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use std::borrow::Cow;
use std::sync::LazyLock;
use trackway_model::{Milestone, Reason, Stage};
use unic_langid::LanguageIdentifier;

macro_rules! keys {
    ($($variant:ident $id:literal),* $(,)?) => {
        /// A message that a page names itself; those of milestones, stages, reasons, months and
        /// weekdays are named by what they are of.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Key { $($variant),* }

        impl Key {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => $id),* }
            }
        }
    };
}

keys! {
    Language "language",
    Title "title",
    Parcel "parcel",
    Carrier "carrier",
    CarrierPage "carrier-page",
    CarrierSite "carrier-site",
    CarrierOwn "carrier-own",
    Languages "languages",
    Progress "progress",
    StepDone "step-done",
    StepNow "step-now",
    StepAhead "step-ahead",
    StepStopped "step-stopped",
    StepAnnounced "step-announced",
    StepAccepted "step-accepted",
    StepMoving "step-moving",
    StepArriving "step-arriving",
    StepDelivered "step-delivered",
    StepReturning "step-returning",
    StepReturned "step-returned",
    Expected "expected",
    Attempts "attempts",
    WayBack "way-back",
    History "history",
    Earlier "earlier",
    NoTime "no-time",
    PlannedTitle "planned-title",
    Planned "planned",
    Estimated "estimated",
    Sender "sender",
    ToldBy "told-by",
    Pieces "pieces",
    LocalTime "local-time",
    LocalTimeWhy "local-time-why",
    ZoneRuled "zone-ruled",
    NothingTitle "nothing-title",
    NothingText "nothing-text",
    LastHeard "last-heard",
    Expires "expires",
    NothingPersonal "nothing-personal",
    Skip "skip",
    GoneTitle "gone-title",
    GoneText "gone-text",
    GoneAdvice "gone-advice",
    RefusedTitle "refused-title",
    RefusedText "refused-text",
    MailSubject "mail-subject",
    MailWhen "mail-when",
    MailPlace "mail-place",
    MailOpen "mail-open",
    MailWhy "mail-why",
    MailEnd "mail-end",
    TrialSubject "trial-subject",
    TrialText "trial-text",
    EndTitle "end-title",
    EndText "end-text",
    EndButton "end-button",
    EndedTitle "ended-title",
    EndedText "ended-text",
    Date "date",
    DateAndTime "date-and-time",
}

/// Every message that a page can ask for.
pub fn every_id() -> impl Iterator<Item = String> {
    let keys = Key::ALL.iter().map(|key| key.id().to_owned());
    let milestones = Milestone::ALL.iter().map(|it| id("milestone", it.name()));
    let stages = Stage::ALL.iter().map(|it| id("stage", it.name()));
    // No reason is said by saying none.
    let said = |reason: &&Reason| **reason != Reason::None;
    let reasons = Reason::ALL.iter().filter(said);
    let reasons = reasons.map(|it| id("reason", it.name()));
    let months = (1..=12).map(|month: u8| id("month", &month.to_string()));
    let weekdays = (1..=7).map(|day: u8| id("weekday", &day.to_string()));
    keys.chain(milestones)
        .chain(stages)
        .chain(reasons)
        .chain(months)
        .chain(weekdays)
}

fn id(kind: &str, name: &str) -> String {
    format!("{kind}-{name}")
}

/// One language's words.
pub struct Words {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

/// A language's file.
pub const fn source(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("../../locales/en.ftl"),
        Language::Vietnamese => include_str!("../../locales/vi.ftl"),
        Language::Chinese => include_str!("../../locales/zh.ftl"),
    }
}

impl Words {
    pub fn of(language: Language) -> &'static Self {
        static ALL: LazyLock<[Words; 3]> = LazyLock::new(|| Language::ALL.map(Words::read));
        let at = Language::ALL.iter().position(|known| *known == language);
        &ALL[at.unwrap_or_default()]
    }

    /// Every language, in the order in which people should see them.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        Language::ALL.into_iter().map(Self::of)
    }

    fn read(language: Language) -> Self {
        let tag: LanguageIdentifier = language
            .tag()
            .parse()
            .expect("the tags of our languages are BCP 47");
        let mut bundle = FluentBundle::new_concurrent(vec![tag]);
        // The marks keep words of two directions apart; ours have one, and texts from outside stand
        // in elements of their own.
        bundle.set_use_isolating(false);
        let resource = match FluentResource::try_new(source(language).to_owned()) {
            Ok(resource) | Err((resource, _)) => resource,
        };
        bundle.add_resource_overriding(resource);
        Self { language, bundle }
    }

    pub const fn language(&self) -> Language {
        self.language
    }

    pub fn say(&'static self, key: Key) -> Cow<'static, str> {
        self.get(key.id())
    }

    /// The stylesheet's or script's address.
    pub fn asset(&self, name: &str) -> &'static str {
        super::assets::path(name)
    }

    /// A message with what it speaks of.
    pub fn with<'a, V: Into<FluentValue<'a>>>(
        &self,
        key: Key,
        members: impl IntoIterator<Item = (&'a str, V)>,
    ) -> String {
        let args: FluentArgs<'a> = members.into_iter().collect();
        self.format(key.id(), Some(&args)).into_owned()
    }

    pub fn milestone(&'static self, milestone: Milestone) -> Cow<'static, str> {
        self.get(&id("milestone", milestone.name()))
    }

    pub fn stage(&'static self, stage: Stage) -> Cow<'static, str> {
        self.get(&id("stage", stage.name()))
    }

    /// None where no reason is given.
    pub fn reason(&'static self, reason: Reason) -> Option<Cow<'static, str>> {
        (reason != Reason::None).then(|| self.get(&id("reason", reason.name())))
    }

    pub fn month(&'static self, month: i8) -> Cow<'static, str> {
        self.get(&id("month", &month.to_string()))
    }

    /// 1 is Monday.
    pub fn weekday(&'static self, day: i8) -> Cow<'static, str> {
        self.get(&id("weekday", &day.to_string()))
    }

    fn get(&'static self, id: &str) -> Cow<'static, str> {
        self.format(id, None)
    }

    /// A message that is missing, which the tests exclude, is shown by its name.
    fn format(&self, id: &str, args: Option<&FluentArgs<'_>>) -> Cow<'_, str> {
        let message = self.bundle.get_message(id);
        let Some(pattern) = message.and_then(|message| message.value()) else {
            return Cow::Owned(id.to_owned());
        };
        self.bundle.format_pattern(pattern, args, &mut Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The names and arguments of a file's messages.
    fn messages(language: Language) -> BTreeSet<(String, BTreeSet<String>)> {
        let mut found = BTreeSet::new();
        let mut name = String::new();
        let mut body = String::new();
        let arguments = |body: &str| {
            let found = body.split('$').skip(1);
            let word = |text: &str| text.chars().take_while(char::is_ascii_alphabetic).collect();
            found.map(word).collect::<BTreeSet<String>>()
        };
        for line in source(language).lines().chain([""]) {
            let begins = line.starts_with(|first: char| first.is_ascii_alphabetic());
            if (begins || line.is_empty() || line.starts_with('#')) && !name.is_empty() {
                found.insert((std::mem::take(&mut name), arguments(&body)));
                body.clear();
            }
            if begins {
                line.split(' ').next().unwrap().clone_into(&mut name);
            }
            body.push_str(line);
        }
        found
    }

    #[test]
    fn every_file_is_sound() {
        for language in Language::ALL {
            if let Err((_, errors)) = FluentResource::try_new(source(language).to_owned()) {
                panic!("{language:?}: {errors:?}");
            }
        }
    }

    #[test]
    fn no_word_is_missing_in_any_language_and_none_is_unused() {
        let wanted: BTreeSet<String> = every_id().collect();
        for language in Language::ALL {
            let there: BTreeSet<String> = messages(language).into_iter().map(|it| it.0).collect();
            let missing: Vec<_> = wanted.difference(&there).collect();
            let unused: Vec<_> = there.difference(&wanted).collect();
            assert!(missing.is_empty(), "{language:?} lacks {missing:?}");
            assert!(unused.is_empty(), "{language:?}: unused {unused:?}");
        }
    }

    #[test]
    fn a_word_takes_the_same_members_in_every_language() {
        let english = messages(Language::English);
        for language in Language::ALL {
            assert_eq!(messages(language), english, "{language:?}");
        }
    }

    /// Every key is asked for somewhere: in the templates or beside them.
    #[test]
    fn every_key_is_used() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/pages");
        let templates = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
        let mut text = String::new();
        for folder in [folder, templates] {
            for file in std::fs::read_dir(folder).unwrap() {
                let path = file.unwrap().path();
                if path.is_file() && !path.ends_with("words.rs") {
                    text += &std::fs::read_to_string(path).unwrap();
                }
            }
        }
        for key in Key::ALL {
            let named = format!("Key::{key:?}");
            let is_whole = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric());
            let is_used = text.split(&named).skip(1).any(is_whole);
            assert!(is_used, "{named} is used nowhere");
        }
    }

    #[test]
    fn no_word_is_empty_or_has_holes() {
        for words in Words::all() {
            for id in every_id() {
                let message = words.bundle.get_message(&id).unwrap();
                let args: FluentArgs<'_> = ["count", "total", "day", "year"]
                    .map(|name| (name, 1))
                    .into_iter()
                    .collect();
                let mut args = args;
                for name in [
                    "status", "number", "carrier", "when", "weekday", "month", "date", "time",
                ] {
                    args.set(name, "x");
                }
                let mut errors = Vec::new();
                let text =
                    words
                        .bundle
                        .format_pattern(message.value().unwrap(), Some(&args), &mut errors);
                assert!(errors.is_empty(), "{id}: {errors:?}");
                assert!(
                    !text.trim().is_empty() && !text.contains('{'),
                    "{id}: {text}"
                );
            }
        }
    }

    #[test]
    fn english_tells_one_from_many() {
        let english = Words::of(Language::English);
        assert_eq!(
            english.with(Key::Attempts, [("count", 1)]),
            "One failed delivery attempt"
        );
        assert_eq!(
            english.with(Key::Attempts, [("count", 3)]),
            "3 failed delivery attempts"
        );
        let chinese = Words::of(Language::Chinese);
        assert_eq!(chinese.with(Key::Attempts, [("count", 1)]), "1 次派送失败");
        let pieces = |words: &Words, count: u16, total: u16| {
            words.with(Key::Pieces, [("count", count), ("total", total)])
        };
        assert_eq!(pieces(english, 2, 5), "2 of 5 pieces");
        assert_eq!(pieces(english, 1, 0), "one piece");
        assert_eq!(pieces(chinese, 2, 5), "共 5 件中的 2 件");
    }
}
