//! An order closed short: what is in none of its fulfilments is not sent any more. It becomes free, and the
//! order goes where what was sent takes it.

use super::check::invalid;
use super::follow::{Flow, follow, held, left, live};
use super::stock::{demand, moves};
use crate::orders::{Books, Movement, RecordId, Stop, Verdict};

pub fn close(order: RecordId, books: &Books<'_>) -> Result<Verdict, Stop> {
    let flow = Flow::look(order, books)?;
    let (seen, bodies) = (flow.order, flow.bodies());
    let live = live(&bodies);
    if live.iter().all(|it| it.shipped.is_none()) {
        let problem = "nothing of it was handed over: cancel it";
        return Err(invalid("order", problem).into());
    }
    let rest = left(seen.body, &held(live));
    if rest.values().all(|left| *left <= 0) {
        let problem = "all of it is in its fulfilments: nothing is left to close";
        return Err(invalid("order", problem).into());
    }
    let mut after = seen.body.clone();
    let mut verdict = Verdict {
        subject: Some(order),
        ..Verdict::default()
    };
    if after.reserved {
        let lines = after.lines.iter();
        let free = demand(lines.map(|line| (&*line.parts, rest[&line.id])));
        let released = moves(&free, after.pickup, Movement::Release, order);
        verdict.moves.extend(released);
    }
    for line in &mut after.lines {
        line.closed += rest[&line.id];
    }
    follow(&mut after, &bodies, books.now);
    verdict.writes.push(seen.rewritten(books, after));
    Ok(verdict)
}
