//! What a person sees of the show: who is who, and a board that moves. At a terminal the board is
//! drawn over itself; elsewhere a plain line now and then says the same.

use super::sights::Sights;
use crate::printer::Printer;
use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, stderr};
use std::time::Duration;
use trackway_hub::ages::Age;

/// Where there is no terminal, every so many draws make a line.
const DRAWS_A_LINE: usize = 25;

const STRONG: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const LINK: Style = AnsiColor::Cyan.on_default();

/// A moment of the show, as the hub has it.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    /// Day and hour in the carrier's world.
    pub date: String,
    pub parcels: usize,
    pub delivered: usize,
    /// Returned, cancelled, lost or seized.
    pub ended_otherwise: usize,
    pub webhooks: usize,
    pub spoilt_webhooks: usize,
    pub calls: u64,
    pub failed_calls: u64,
    pub statements: u64,
    pub events: usize,
    pub verified: usize,
    pub age: Age,
    /// Whether the failing subscriber is down, how its endpoint's breaker stands, what waits for it,
    /// and what it has.
    pub down: bool,
    pub breaker: String,
    pub waiting: usize,
    pub caught_up: usize,
}

pub struct Board<'p> {
    printer: &'p Printer,
    bar: ProgressBar,
    paint: bool,
    draws: usize,
}

impl<'p> Board<'p> {
    pub fn new(printer: &'p Printer) -> Self {
        let is_terminal = stderr().is_terminal();
        // Hidden by itself where stderr is no terminal.
        let bar = ProgressBar::new_spinner();
        let style = ProgressStyle::with_template("\n{spinner:.cyan} {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        bar.set_style(style);
        Self {
            printer,
            bar,
            paint: is_terminal && std::env::var_os("NO_COLOR").is_none(),
            draws: 0,
        }
    }

    fn paint(&self, style: Style, text: &str) -> String {
        if self.paint {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    pub fn introduce(&self, sights: &Sights, time: Option<Duration>) {
        let long = match time {
            Some(time) => format!("in {} seconds", time.as_secs()),
            None => "an hour a second, until Ctrl-C".to_owned(),
        };
        let title = format!("Trackway: a carrier's days, {long}");
        let row = |name: &str, what: &str, at: &str| {
            let name = self.paint(STRONG, &format!("{name:<13}"));
            format!("  {name}{what:<45}{}", self.paint(LINK, at))
        };
        let arrow = |text: &str| self.paint(FAINT, &format!("       │  {text}"));
        let mut lines = vec![
            String::new(),
            self.paint(STRONG, &title),
            String::new(),
            row("247Express", "a carrier, simulated", &sights.carrier),
            row(
                "KeyDelivery",
                "an aggregator, simulated",
                &sights.aggregator,
            ),
            row(
                "Track123",
                "another, with containers and air cargo",
                &sights.second,
            ),
            row("N&H", "another merchant's orders", &sights.merchant),
            arrow("are asked, and fail often; webhooks come late, twice, out of order, torn"),
            self.paint(FAINT, "       ▼"),
            row(
                "Trackway",
                "one history of each parcel and order",
                &sights.hub,
            ),
            arrow("tells every change once, signed; what can't be told waits"),
            self.paint(FAINT, "       ▼"),
            row("a subscriber", "checks every signature", &sights.subscriber),
            row(
                "another",
                "is down at first, and catches up",
                &sights.failing,
            ),
            String::new(),
            self.paint(STRONG, "Look at it meanwhile"),
        ];
        for (what, how) in &sights.doors {
            lines.push(format!("  {}", self.paint(FAINT, what)));
            lines.push(format!("    {}", self.paint(LINK, how)));
        }
        for line in lines {
            self.note(&line);
        }
    }

    pub fn draw(&mut self, scene: &Scene) {
        self.draws += 1;
        if self.bar.is_hidden() {
            if self.draws % DRAWS_A_LINE == 1 {
                self.printer.note(&self.lines(scene).join("; "));
            }
            return;
        }
        self.bar.set_message(self.lines(scene).join("\n  "));
        self.bar.tick();
    }

    /// Where the world is, what came in, what went out.
    fn lines(&self, scene: &Scene) -> [String; 4] {
        let moving = scene
            .parcels
            .saturating_sub(scene.delivered + scene.ended_otherwise);
        let good = |count: usize, what: &str| self.paint(GOOD, &format!("{count} {what}"));
        let failed = format!("{} failed", scene.failed_calls);
        let spoilt = format!("{} repeated or torn", scene.spoilt_webhooks);
        [
            format!(
                "{}  {} parcels: {moving} on the road, {}, {} ended otherwise",
                self.paint(STRONG, &scene.date),
                scene.parcels,
                good(scene.delivered, "delivered"),
                scene.ended_otherwise,
            ),
            format!(
                "in   {} webhooks ({}), {} look-ups ({}): {} statements, {}",
                scene.webhooks,
                self.paint(BAD, &spoilt),
                scene.calls,
                self.paint(BAD, &failed),
                scene.statements,
                good(scene.events, "events"),
            ),
            format!(
                "age  half of what is known is no older than {}, 95 % no older than {}",
                seconds(scene.age.p50_s),
                seconds(scene.age.p95_s),
            ),
            format!(
                "out  {}; the other is {}, breaker {}: {} wait, {}",
                good(scene.verified, "messages verified"),
                if scene.down {
                    self.paint(BAD, "down")
                } else {
                    self.paint(GOOD, "up")
                },
                scene.breaker.replace('_', " "),
                scene.waiting,
                good(scene.caught_up, "verified"),
            ),
        ]
    }

    pub fn note(&self, text: &str) {
        // Above the board, so that it is not torn.
        self.bar.suspend(|| self.printer.note(text));
    }

    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

fn seconds(age: Option<u64>) -> String {
    age.map_or_else(|| "nothing yet".to_owned(), |age| format!("{age} s"))
}
