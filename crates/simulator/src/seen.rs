//! What a system knows of a parcel at an instant, ready to be told in its words.

use crate::draw::Draw;
use crate::journey::{Happening, Status};
use crate::scenario::Manner;

/// A parcel as a system sees it.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    pub number: &'a str,
    /// The carrier's id, as the aggregator spells it.
    pub carrier: &'a str,
    /// Its sender's number of it; None: one that is drawn.
    pub reference: Option<&'a str>,
    pub draw: Draw,
    pub manner: &'a Manner,
    /// What is told now of the journey that is told now, oldest first; never empty.
    pub journey: &'a [Happening],
    pub kept: Kept,
}

/// How much of its history a system still has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    All,
    Newest,
    Nothing,
}

impl<'a> Seen<'a> {
    /// What is told at an instant of all that ever happens under a number; None while that is
    /// nothing.
    pub fn at(
        number: &'a str,
        carrier: &'a str,
        draw: Draw,
        manner: &'a Manner,
        script: &'a [Happening],
        now: i64,
    ) -> Option<Self> {
        let known = now - manner.hesitant;
        let told = &script[..script.partition_point(|happening| happening.at <= known)];
        let newest = told.last()?;
        let begin = told.partition_point(|happening| happening.journey < newest.journey);
        let ended = newest.status.is_some_and(Status::is_final);
        let since = now - newest.at;
        let kept = match manner.purge {
            Some(after) if ended && since >= 2 * after => Kept::Nothing,
            Some(after) if ended && since >= after => Kept::Newest,
            _ => Kept::All,
        };
        Some(Self {
            number,
            carrier,
            reference: None,
            draw: draw.again(newest.journey),
            manner,
            journey: &told[begin..],
            kept,
        })
    }

    /// An answer's list: what it keeps, in the order in which it is told.
    pub fn listed<T>(&self, purpose: &str, mut list: Vec<T>) -> Vec<T> {
        match self.kept {
            Kept::All => {}
            Kept::Newest => {
                list.drain(..list.len().saturating_sub(1));
            }
            Kept::Nothing => list.clear(),
        }
        if self.manner.shuffled {
            self.draw.shuffle(purpose, &mut list);
        }
        list
    }

    /// Whether the nth text is in Vietnamese where it could be in English.
    pub fn vietnamese(&self, nth: usize) -> bool {
        self.manner.bilingual && self.draw.chance("language", nth, 50)
    }
}
