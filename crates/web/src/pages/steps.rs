//! A journey as a few steps, from announced to delivered or back at the sender.

use super::words::{Key, Words};
use std::borrow::Cow;
use trackway_model::Stage;

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub text: Cow<'static, str>,
    pub at: At,
}

/// Where a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    Done,
    Now,
    /// The journey is here, and something is wrong with it.
    Stopped,
    Ahead,
}

impl At {
    /// The class of its look.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Now => "now",
            Self::Stopped => "now stopped",
            Self::Ahead => "ahead",
        }
    }

    pub const fn is_now(self) -> bool {
        matches!(self, Self::Now | Self::Stopped)
    }

    /// What it says to those who don't see the look.
    pub const fn key(self) -> Key {
        match self {
            Self::Done => Key::StepDone,
            Self::Now => Key::StepNow,
            Self::Stopped => Key::StepStopped,
            Self::Ahead => Key::StepAhead,
        }
    }
}

const FORWARD: [Key; 5] = [
    Key::StepAnnounced,
    Key::StepAccepted,
    Key::StepMoving,
    Key::StepArriving,
    Key::StepDelivered,
];
const ARRIVING: usize = 3;

/// The step of a stage on the way forward; None for what can happen anywhere.
const fn place(stage: Stage) -> Option<usize> {
    match stage {
        Stage::InfoReceived | Stage::Preparing => Some(0),
        Stage::Accepted => Some(1),
        Stage::InTransit | Stage::Customs | Stage::Transshipment => Some(2),
        Stage::OutForDelivery | Stage::ReadyForPickup | Stage::AttemptFailed => Some(ARRIVING),
        Stage::Delivered => Some(4),
        Stage::Unknown
        | Stage::Exception
        | Stage::Returning
        | Stage::Returned
        | Stage::Cancelled
        | Stage::Lost
        | Stage::Seized => None,
    }
}

/// The steps of a journey that stands at `stage` and was at the stages `passed` before.
pub fn of(stage: Stage, passed: impl Iterator<Item = Stage>, words: &'static Words) -> Vec<Step> {
    let furthest = passed.filter_map(place).max();
    let step = |key: Key, at: At| Step {
        text: words.say(key),
        at,
    };
    let done = |most: usize| {
        let count = furthest.map_or(0, |at| at.min(most) + 1);
        FORWARD[..count]
            .iter()
            .map(|key| step(*key, At::Done))
            .collect::<Vec<_>>()
    };
    let forward = |now: usize, at: At| {
        let at = |place: usize| match place {
            place if place < now => At::Done,
            place if place == now => at,
            _ => At::Ahead,
        };
        FORWARD
            .iter()
            .enumerate()
            .map(|(place, key)| step(*key, at(place)))
            .collect()
    };
    match stage {
        Stage::Unknown => FORWARD.iter().map(|key| step(*key, At::Ahead)).collect(),
        Stage::Returning | Stage::Returned => {
            let mut steps = done(ARRIVING);
            let (going, there) = match stage {
                Stage::Returned => (At::Done, At::Now),
                _ => (At::Now, At::Ahead),
            };
            steps.push(step(Key::StepReturning, going));
            steps.push(step(Key::StepReturned, there));
            steps
        }
        Stage::Cancelled | Stage::Lost | Stage::Seized => {
            let mut steps = done(ARRIVING);
            steps.push(Step {
                text: words.stage(stage),
                at: At::Stopped,
            });
            steps
        }
        Stage::Exception => forward(furthest.unwrap_or(0).min(ARRIVING), At::Stopped),
        Stage::AttemptFailed => forward(ARRIVING, At::Stopped),
        Stage::InfoReceived
        | Stage::Accepted
        | Stage::Preparing
        | Stage::InTransit
        | Stage::Customs
        | Stage::Transshipment
        | Stage::OutForDelivery
        | Stage::ReadyForPickup
        | Stage::Delivered => forward(place(stage).unwrap_or(0), At::Now),
    }
}

#[cfg(test)]
mod tests {
    use super::super::language::Language;
    use super::*;

    /// Done `+`, now `*`, stopped `!`, ahead `-`.
    fn drawn(stage: Stage, passed: &[Stage]) -> String {
        let steps = of(stage, passed.iter().copied(), Words::of(Language::English));
        let sign = |step: &Step| match step.at {
            At::Done => '+',
            At::Now => '*',
            At::Stopped => '!',
            At::Ahead => '-',
        };
        steps.iter().map(sign).collect()
    }

    #[test]
    fn a_journey_is_as_far_as_it_was_told() {
        use Stage::{
            Accepted, AttemptFailed, Cancelled, Customs, Delivered, Exception, InTransit,
            InfoReceived, Lost, OutForDelivery, Preparing, Returned, Returning, Unknown,
        };
        let rows: &[(Stage, &[Stage], &str)] = &[
            (Unknown, &[], "-----"),
            (InfoReceived, &[InfoReceived], "*----"),
            (Preparing, &[Preparing], "*----"),
            (Customs, &[Accepted, Customs], "++*--"),
            // It went back from the door to the office.
            (
                InTransit,
                &[OutForDelivery, AttemptFailed, InTransit],
                "++*--",
            ),
            (AttemptFailed, &[OutForDelivery, AttemptFailed], "+++!-"),
            (Exception, &[Accepted, InTransit, Exception], "++!--"),
            (Exception, &[Exception], "!----"),
            (Delivered, &[Accepted, Delivered], "++++*"),
            (Returning, &[Accepted, InTransit, Returning], "+++*-"),
            (Returned, &[Accepted, OutForDelivery, Returned], "+++++*"),
            (Returned, &[Returned], "+*"),
            (Cancelled, &[InfoReceived, Cancelled], "+!"),
            (Lost, &[InTransit, Lost], "+++!"),
        ];
        for (stage, passed, expected) in rows {
            assert_eq!(drawn(*stage, passed), *expected, "{stage} after {passed:?}");
        }
    }

    #[test]
    fn every_stage_has_steps_and_at_most_one_is_now() {
        for stage in Stage::ALL {
            let steps = of(*stage, [*stage].into_iter(), Words::of(Language::Chinese));
            let now = steps.iter().filter(|step| step.at.is_now()).count();
            assert_eq!(now, usize::from(*stage != Stage::Unknown), "{stage}");
            assert!(steps.len() >= 2 || stage.is_final(), "{stage}");
        }
    }
}
