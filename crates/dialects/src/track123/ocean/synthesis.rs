//! A shipment that other sources told of, as an ocean record: one container for each unit that the
//! journey knows, with what was said of it and of the consignment as a whole. Where nobody named a
//! unit, the number of a container is its own; of a bill of lading or a booking there is one container
//! without a number. What Track123 itself said of an event leaves as it came.

use super::super::cargo::own::Known;
use super::super::cargo::told::{Telling, listed, unit_name};
use super::super::cargo::{self, read};
use super::wire::{self, Container, Current, Detail, Record};
use super::{CONTAINER, STREAMS};
use crate::raw::Object;
use trackway_model::fold::Journey;
use trackway_model::view::ShipmentView;
use trackway_model::vocabulary::Vocabulary;
use trackway_model::{Certainty, CodeKind, Milestone, Stage, Standing};

/// Where codes come from that Track123 itself never has, such as those of another carrier's journey.
const UNKNOWN: &str = "UNKNOWN";

/// The record.
pub fn record<'a>(vocabulary: &Vocabulary, known: &Known<'a>) -> Record<'a> {
    let telling = Synthesis { vocabulary };
    let containers = known
        .view
        .map_or_else(Vec::new, |view| telling.containers(view, known));
    Record {
        order_no: known.own.is_cargo().then_some(&*known.own.order_no),
        tracking_no: known.number,
        r#type: known.own.r#type,
        search_status: telling.search_status(&containers, known.standing),
        create_time: known.created.map(str::to_owned),
        customer_email: known.own.customer_email.as_deref(),
        carrier_info: cargo::carrier_info(known.carrier),
        container_info: containers,
    }
}

struct Synthesis<'a> {
    vocabulary: &'a Vocabulary,
}

impl Synthesis<'_> {
    fn containers(&self, view: &ShipmentView, known: &Known<'_>) -> Vec<Container> {
        let whole = view.journey();
        let mut units: Vec<_> = whole
            .units
            .iter()
            .map(|key| (unit_name(view, *key), *key))
            .collect();
        units.sort();
        if units.is_empty() {
            if whole.events.is_empty() {
                return Vec::new();
            }
            let number = (known.own.r#type == CONTAINER).then(|| known.number.to_owned());
            return vec![self.container(view, number, whole, known.standing)];
        }
        units
            .into_iter()
            .filter_map(|(name, key)| {
                let journey = view.journey.unit(key)?;
                Some(self.container(view, name, &journey, known.standing))
            })
            .collect()
    }

    fn container(
        &self,
        view: &ShipmentView,
        number: Option<String>,
        journey: &Journey,
        standing: Standing,
    ) -> Container {
        let delivered = journey.state.delivered;
        let status = |milestone| self.code(CodeKind::OceanTransit, milestone);
        let mut details = Vec::new();
        let mut current = None;
        for event in listed(journey) {
            let telling = Telling::of(view, event);
            let own = telling.own(&STREAMS);
            // Of the container's end its status tells, not its list.
            if own.is_some_and(|told| told.code.kind == CodeKind::OceanTransit) {
                continue;
            }
            let is_after = delivered.is_some_and(|at| event.assumed >= at);
            let milestone = if is_after && event.certainty == Certainty::Actual {
                Milestone::Delivered
            } else {
                Milestone::InTransit
            };
            let detail = self.detail(&telling, status(milestone));
            if current.is_none() && event.certainty == Certainty::Actual {
                current = Some(Current {
                    event_details: detail.event_details.clone(),
                    event_time: detail.event_time.clone(),
                    event_time_utc: detail.event_time_utc.clone(),
                    location_name: detail.location_name.clone(),
                    location_type: detail.location_type.clone(),
                });
            }
            details.push(detail);
        }
        let aboard =
            |of: fn(&Detail) -> &Option<String>| details.iter().find_map(|d| of(d).clone());
        Container {
            container_no: number,
            container_size: None,
            container_type: None,
            container_details: None,
            transit_status: self.transit_status(journey, standing),
            transit_sub_status: None,
            vessel_name: aboard(|detail| &detail.vessel_name),
            voyage: aboard(|detail| &detail.voyage),
            last_tracking_time: current
                .as_ref()
                .and_then(|current| current.event_time.clone()),
            current_status: current,
            tracking_details: details,
        }
    }

    fn detail(&self, telling: &Telling<'_>, transit_status: String) -> Detail {
        let own = telling.own(&STREAMS);
        let text = own.and_then(|told| std::str::from_utf8(told.raw.as_deref()?).ok());
        let members = text.and_then(|text| Object::of_text(text).ok());
        let said = |name| {
            let members = members.as_ref()?;
            read::said(members, name).map(std::borrow::Cow::into_owned)
        };
        let (event_details, location_name) = telling.words();
        let code = own.map(|told| told.code.code.clone());
        Detail {
            event_details,
            event_status: code.unwrap_or_else(|| self.event_status(telling.event.milestone)),
            event_time: telling.local(),
            event_time_utc: telling.utc(),
            location_name,
            location_type: said(wire::LOCATION_TYPE),
            transit_status,
            transit_sub_status: None,
            vessel_name: said(wire::VESSEL_NAME),
            voyage: said(wire::VOYAGE),
        }
    }

    fn event_status(&self, milestone: Milestone) -> String {
        let code = self.code(CodeKind::OceanEvent, milestone);
        if code.is_empty() {
            UNKNOWN.to_owned()
        } else {
            code
        }
    }

    fn code(&self, kind: CodeKind, milestone: Milestone) -> String {
        let row = self.vocabulary.tell(kind, milestone).0;
        row.map_or_else(String::new, |row| row.code.clone())
    }

    fn standing(&self, kind: CodeKind, standing: Standing) -> Option<String> {
        let row = self.vocabulary.tell_standing(kind, standing)?;
        Some(row.code.clone())
    }

    /// One container's: no container is "just added".
    fn transit_status(&self, journey: &Journey, standing: Standing) -> String {
        let kind = CodeKind::OceanTransit;
        if journey.state.stage() == Stage::Delivered {
            return self.code(kind, journey.state.milestone);
        }
        let by_clock = self
            .standing(kind, standing)
            .filter(|_| standing.is_by_clock());
        by_clock.unwrap_or_else(|| self.code(kind, Milestone::InTransit))
    }

    /// The whole shipment's (track123.md §6.3): final when every container is delivered, in transit
    /// when one has an event.
    fn search_status(&self, containers: &[Container], standing: Standing) -> String {
        let kind = CodeKind::OceanSearch;
        let delivered = self.code(CodeKind::OceanTransit, Milestone::Delivered);
        if !containers.is_empty() && containers.iter().all(|it| it.transit_status == delivered) {
            return self.code(kind, Milestone::Delivered);
        }
        let of_standing = |standing| self.standing(kind, standing).unwrap_or_default();
        match standing {
            Standing::Expired => of_standing(Standing::Expired),
            _ if containers.is_empty() && standing == Standing::Pending => of_standing(standing),
            _ if containers.is_empty() => of_standing(Standing::NoRecord),
            _ => self.code(kind, Milestone::InTransit),
        }
    }
}
