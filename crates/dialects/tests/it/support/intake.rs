//! How the desk of the tests takes what was told, and shows it.

use super::*;

impl Inner {
    pub(super) fn ingest(&mut self, intake: Intake) -> Receipt {
        self.taken += 1;
        let found = self.find(intake.account, Some(&intake.carrier), &intake.number);
        let at = found.unwrap_or_else(|| {
            let track = Track::new(
                TrackId(self.kept.len() as i64 + 1),
                intake.account,
                intake.carrier.as_str().into(),
                intake.number.as_str().into(),
            );
            self.kept.push(Kept {
                track,
                told: Vec::new(),
                erased: false,
                bodies: HashMap::new(),
            });
            self.kept.len() - 1
        });
        let kept = &mut self.kept[at];
        let before = kept.track.states.last().map(Mark::of);
        let mut tally = Tally::default();
        let news = intake.received;
        match intake.content {
            Content::Document(answer) => kept.document(intake.connection, news, answer, &mut tally),
            Content::News(told) => {
                for statement in told {
                    kept.sight(intake.connection, news, &statement, 0, 0, &mut tally);
                }
            }
            Content::Opening(instant) => {
                kept.track.open(instant);
            }
        }
        refold(&mut kept.track, &rules());
        let state = kept.track.states.last().unwrap().clone();
        let shipment = ShipmentId::new(kept.track.id, state.epoch);
        if !tally.ordinals.is_empty() || before.is_none_or(|before| before != Mark::of(&state)) {
            self.changes.push(ShipmentChange {
                account: intake.account,
                shipment,
                kind: ChangeKind::Live,
                learned: intake.received,
                before,
                after: Mark::of(&state),
                statements: tally.ordinals.iter().copied().collect(),
            });
        }
        Receipt {
            shipment,
            stage: state.stage(),
            new: tally.new,
            versions: tally.versions,
            repeats: tally.repeats,
            unchanged: tally.unchanged,
        }
    }

    pub(super) fn view(&self, at: usize, dialect: &'static str) -> ShipmentView {
        let kept = &self.kept[at];
        let track = Arc::new(kept.track.clone());
        let journey = LazyJourney::newest(track.clone(), rules());
        let streams = registry::streams();
        let document = kept
            .track
            .documents
            .iter()
            .filter(|held| streams.get(held.stream).dialect == dialect)
            .filter(|_| !kept.erased)
            .max_by_key(|held| held.received)
            .map(|held| DocumentView {
                connection: held.connection,
                stream: held.stream,
                received: held.received,
                body: kept.bodies[&(held.connection, held.stream)].clone(),
            });
        let since = document.as_ref().map(|document| document.received);
        let mut ordinals: Vec<u16> = journey
            .events
            .iter()
            .flat_map(|(event, _)| event.witnesses.iter().copied())
            .collect();
        ordinals.sort_unstable();
        let statements = ordinals
            .into_iter()
            .map(|ordinal| kept.statement(ordinal))
            .filter(|told| {
                let stream = streams.get(told.stream);
                let is_news = stream.dialect == dialect && stream.nature == Nature::News;
                since.is_none_or(|since| is_news && told.spine.last_seen > since)
            })
            .collect();
        ShipmentView {
            track,
            journey,
            document,
            statements,
        }
    }
}
