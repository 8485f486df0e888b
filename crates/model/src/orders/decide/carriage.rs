//! Who is to carry: couriers, links, services and boxes that fit each other.

use super::check::invalid;
use super::look::{self, Seen, active};
use crate::orders::{
    Books, BoxSize, Choices, Courier, CourierLink, Kind, RecordId, Refusal, Service, Stop,
};

/// What was asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ask {
    pub courier: Option<RecordId>,
    pub courier_link: Option<RecordId>,
    pub service: Option<RecordId>,
    pub box_size: Option<RecordId>,
}

impl Ask {
    pub fn of(choices: &Choices) -> Self {
        Self {
            courier: choices.courier,
            courier_link: choices.courier_link,
            service: choices.service,
            box_size: choices.box_size,
        }
    }

    const fn names_a_courier(&self) -> bool {
        self.courier.is_some() || self.courier_link.is_some() || self.service.is_some()
    }

    /// This, or where it says nothing, that.
    pub fn or(self, other: Self) -> Self {
        let carriers = if self.names_a_courier() { self } else { other };
        Self {
            box_size: self.box_size.or(other.box_size),
            ..carriers
        }
    }
}

/// What it comes to.
#[derive(Clone, Copy, Debug)]
pub struct Carriage<'a> {
    pub courier: Option<Seen<'a, Courier>>,
    pub ask: Ask,
}

impl<'a> Carriage<'a> {
    /// A link or a service says whose it is; what is given twice must be the same.
    pub fn look(books: &Books<'a>, ask: Ask) -> Result<Self, Stop> {
        let link = ask.courier_link.map(|id| look::courier_link(books, id));
        let service = ask.service.map(|id| look::service(books, id));
        let box_size = ask.box_size.map(|id| look::box_size(books, id));
        let courier = ask.courier.map(|id| look::courier(books, id));
        let link = link.transpose()?;
        let service = service.transpose()?;
        let box_size = box_size.transpose()?;
        let mut courier = courier.transpose()?;
        if courier.is_none()
            && let Some(id) = named(link, service)
        {
            courier = Some(look::courier(books, id)?);
        }
        fits(courier, link, service, box_size)?;
        Ok(Self {
            courier,
            ask: Ask {
                courier: courier.map(|it| it.id()),
                ..ask
            },
        })
    }
}

fn named(
    link: Option<Seen<'_, CourierLink>>,
    service: Option<Seen<'_, Service>>,
) -> Option<RecordId> {
    link.map(|it| it.body.courier)
        .or(service.map(|it| it.body.courier))
}

fn fits(
    courier: Option<Seen<'_, Courier>>,
    link: Option<Seen<'_, CourierLink>>,
    service: Option<Seen<'_, Service>>,
    box_size: Option<Seen<'_, BoxSize>>,
) -> Result<(), Refusal> {
    if let Some(it) = courier {
        active("courier", Kind::Courier, it.id(), it.body.active)?;
    }
    let carrier = courier.map(|it| it.id());
    if let Some(it) = link {
        active("courier_link", Kind::CourierLink, it.id(), it.body.active)?;
        of("courier_link", Some(it.body.courier), carrier)?;
    }
    if let Some(it) = service {
        active("service", Kind::Service, it.id(), it.body.active)?;
        of("service", Some(it.body.courier), carrier)?;
    }
    if let Some(it) = box_size {
        active("box_size", Kind::BoxSize, it.id(), it.body.active)?;
    }
    Ok(())
}

fn of(field: &str, its: Option<RecordId>, courier: Option<RecordId>) -> Result<(), Refusal> {
    if its == courier {
        Ok(())
    } else {
        Err(invalid(field, "belongs to another courier"))
    }
}
