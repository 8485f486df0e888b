//! What the show ends with: a parcel as three systems saw it, a container of a bill of lading and an
//! air waybill, as the hub holds them.

use super::cargo::held;
use super::stage::Stage;
use trackway_dialects::registry;
use trackway_hub::explain::{ExplainedEvent, Explanation, Witness};
use trackway_hub::fold_rules;
use trackway_model::fold::{Verdict, unit};
use trackway_model::statement::unit_key;
use trackway_model::{Certainty, Occurred};
use trackway_simulator::{World, air, ocean};

/// Parcels that are looked at for the one that is shown.
const LOOKED_AT: usize = 30;

impl Stage {
    /// The lines.
    pub async fn close(&self) -> anyhow::Result<Vec<String>> {
        let mut lines = self.parcel().await?;
        lines.extend(self.container().await?);
        lines.extend(self.waybill().await?);
        Ok(lines)
    }

    /// The parcel that was seen best.
    async fn parcel(&self) -> anyhow::Result<Vec<String>> {
        let mut best: Option<(usize, Explanation)> = None;
        for index in self.parcels().indexes().take(LOOKED_AT) {
            for journey in held(self.hub(), &World::number(index)).await? {
                let seen = journey
                    .events
                    .iter()
                    .map(|event| event.witnesses.len())
                    .sum();
                if best.as_ref().is_none_or(|(most, _)| seen > *most) {
                    best = Some((seen, journey));
                }
            }
        }
        let Some((_, journey)) = best else {
            return Ok(Vec::new());
        };
        let title = format!("Parcel {}, as three systems saw it", journey.number);
        Ok(listed(&title, journey.events.iter().map(of_parcel)))
    }

    async fn container(&self) -> anyhow::Result<Vec<String>> {
        let hub = self.hub();
        let number = ocean::bill(0);
        let account = hub.account(None).await?.id;
        let tracks = hub
            .store()
            .find(account, Some(ocean::CARRIER), &number)
            .await?;
        let bill = self.world().cargo().bill(0);
        let container = bill.and_then(|bill| bill.containers.last());
        let (Some(track), Some(container)) = (tracks.first(), container) else {
            return Ok(Vec::new());
        };
        let Some(journey) = unit(track, &fold_rules(), 0, unit_key(Some(container))) else {
            return Ok(Vec::new());
        };
        let title = format!("Container {container} of bill of lading {number}");
        let events = journey.events.iter().map(|(event, _)| {
            let time = event.occurred.map(clock).unwrap_or_default();
            line(&time, event.certainty, event.milestone.text(), "")
        });
        Ok(listed(&title, events))
    }

    async fn waybill(&self) -> anyhow::Result<Vec<String>> {
        let number = air::waybill(0);
        let journeys = held(self.hub(), &number).await?;
        let title = format!("Air waybill {number}");
        let events = journeys.iter().flat_map(|journey| &journey.events);
        let events = events.map(|event| {
            let place = event
                .witnesses
                .first()
                .and_then(|witness| witness.place.as_deref());
            let time = event.time.as_deref().unwrap_or_default();
            let what = format!("{} {}", event.milestone.text(), place.unwrap_or_default());
            let some = matches!(event.verdict, Verdict::SomePieces { .. });
            let because = if some { event.because.as_str() } else { "" };
            line(time, event.certainty, what.trim(), because)
        });
        Ok(listed(&title, events))
    }
}

fn listed(title: &str, events: impl Iterator<Item = String>) -> Vec<String> {
    let head = [String::new(), title.to_owned()];
    head.into_iter().chain(events).collect()
}

fn line(time: &str, certainty: Certainty, what: &str, beside: &str) -> String {
    let expected = match certainty {
        Certainty::Actual => "",
        Certainty::Estimated | Certainty::Planned | Certainty::Withdrawn => " (expected)",
    };
    let what = format!("{what}{expected}");
    format!("  {time:<34}{what:<40} {beside}")
        .trim_end()
        .to_owned()
}

/// An event with the systems that told of it, each with the time of day that it wrote.
fn of_parcel(event: &ExplainedEvent) -> String {
    let mut systems: Vec<&Witness> = Vec::new();
    for witness in &event.witnesses {
        if systems.iter().all(|known| known.dialect != witness.dialect) {
            systems.push(witness);
        }
    }
    let said: Vec<String> = systems.into_iter().map(said).collect();
    let time = event.time.as_deref().unwrap_or_default();
    let what = event.milestone.text();
    line(time, event.certainty, what, &said.join(", "))
}

fn said(witness: &Witness) -> String {
    const DATE: usize = "2026-01-01 ".len();
    let title = registry::find(witness.dialect).map_or(witness.dialect, |it| it.title());
    let text = &witness.time_text;
    format!("{title} {}", text.get(DATE..).unwrap_or(text))
}

/// A time on its own clock.
fn clock(at: Occurred) -> String {
    let shown = jiff::Timestamp::from_microsecond(at.wall)
        .map(|wall| wall.strftime("%Y-%m-%dT%H:%M").to_string());
    shown.unwrap_or_default()
}
