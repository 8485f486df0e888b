//! What a carrier is to be told of a fulfilment: follows from the record, from what else it names, and
//! from what the carrier was told last.

use trackway_dialects::dialect::carries::{Carries, Consignment};
use trackway_model::orders::{
    Body, Booking, BoxSize, Decimal, Deed, FULFILMENT, Fulfilment, FulfilmentState, Kind, Order,
    Party, Record, RecordId, Wished, advance,
};
use trackway_model::{AccountId, Milestone};
use trackway_store::{Store, StoreError};

/// A fulfilment with what a carrier is told of beside it.
pub struct Facts {
    pub record: Record,
    fulfilment: Fulfilment,
    order: Option<Order>,
    pickup: Option<Record>,
    service: Option<String>,
    box_size: Option<BoxSize>,
}

/// What is to be told.
#[derive(Debug, PartialEq)]
pub enum Duty {
    Create,
    Update(String),
    /// None: it may have been created, and nobody knows under which number.
    Cancel(Option<String>),
    Wish(String, Wished),
}

impl Facts {
    pub async fn read(
        store: &dyn Store,
        account: AccountId,
        id: RecordId,
    ) -> Result<Option<Self>, StoreError> {
        let Some(record) = store.record(account, Kind::Fulfilment, id).await? else {
            return Ok(None);
        };
        let Body::Fulfilment(fulfilment) = &record.body else {
            return Ok(None);
        };
        let fulfilment = (**fulfilment).clone();
        let order = store.record(account, Kind::Order, fulfilment.order).await?;
        let pickup = store.record(account, Kind::PickupAddress, fulfilment.pickup);
        let pickup = pickup.await?;
        let service = match fulfilment.service {
            Some(service) => store.record(account, Kind::Service, service).await?,
            None => None,
        };
        let box_size = match fulfilment.box_size {
            Some(size) => store.record(account, Kind::BoxSize, size).await?,
            None => None,
        };
        Ok(Some(Self {
            record,
            fulfilment,
            order: order.and_then(|it| match it.body {
                Body::Order(order) => Some(*order),
                _ => None,
            }),
            pickup,
            service: service.map(|it| it.code),
            box_size: box_size.and_then(|it| match it.body {
                Body::BoxSize(size) => Some(*size),
                _ => None,
            }),
        }))
    }

    /// Whom it goes to; nobody after an erasure.
    pub fn receiver(&self) -> Party {
        self.fulfilment.receiver.clone().unwrap_or_default()
    }

    /// How it is to be carried; None after an erasure.
    pub fn consignment(&self) -> Option<Consignment<'_>> {
        let (order, pickup) = (self.order.as_ref()?, self.pickup.as_ref()?);
        let it = &self.fulfilment;
        let taken = it.lines.iter().filter_map(|line| {
            let of = order.lines.iter().find(|of| of.id == line.line)?;
            Some((of, line.quantity))
        });
        let (mut weight, mut worth) = (0_i64, Decimal::ZERO);
        for (line, quantity) in taken {
            weight = weight.saturating_add(line.weight.saturating_mul(quantity));
            worth += line.discounted_price * Decimal::from(quantity);
        }
        let asked = it.consigned.as_deref();
        let size = self.box_size.as_ref();
        let boxed = size.map(|size| [size.length, size.width, size.height]);
        let sides = asked.map(|asked| asked.sides);
        Some(Consignment {
            reference: &self.record.code,
            order_number: &it.order_number,
            pickup: &pickup.code,
            sender: pickup.body.party()?,
            receiver: it.receiver.as_ref()?,
            weight: it
                .weighed
                .unwrap_or_else(|| asked.map_or(weight, |asked| asked.weight)),
            sides: sides
                .filter(|sides| sides.iter().all(|side| !side.is_zero()))
                .or(boxed),
            cod: it.cod,
            worth: asked.map_or(worth, |asked| asked.declared),
            service: self.service.as_deref(),
            is_insured: order.choices.use_insurance,
            may_be_opened: asked
                .and_then(|asked| asked.show_goods)
                .unwrap_or(order.choices.inspection_by_buyer),
            note: &order.note,
            asked,
        })
    }

    /// What is to be told first. `told`: what the carrier was told last; `unsure`: a call was made of
    /// which nobody knows what came of it.
    pub fn duty(
        &self,
        carries: &dyn Carries,
        told: Option<i64>,
        known_by: Option<i64>,
        unsure: bool,
    ) -> Option<Duty> {
        let it = &self.fulfilment;
        let none = Booking::default();
        let booking = it.booking.as_ref().unwrap_or(&none);
        let number = self.number(booking, carries.carrier());
        let refused = booking.refused.as_ref().map(|it| it.deed);
        if it.state == FulfilmentState::Cancelled {
            let may_be_there =
                number.is_some() || booking.taken.is_some() || (unsure && carries.creates());
            let is_known = booking.cancelled.is_some()
                || refused == Some(Deed::Cancel)
                || it
                    .parcels
                    .iter()
                    .any(|it| it.milestone == Milestone::Cancelled);
            return (may_be_there && !is_known).then_some(Duty::Cancel(number));
        }
        let unheard = it.wishes.len() > booking.heard as usize;
        if let (Some(number), Some(last), true) = (&number, it.wishes.last(), unheard) {
            return Some(Duty::Wish(number.clone(), last.clone()));
        }
        if FULFILMENT.is_final(it.state) {
            return None;
        }
        if booking.taken.is_none() {
            let unnumbered = it.parcels.is_empty() || it.made_by_carrier().is_some();
            let wanted = carries.creates() && unnumbered;
            return (wanted && (told.is_none() || told != known_by)).then_some(Duty::Create);
        }
        let number = number?;
        let is_here = advance(it.state) < advance(FulfilmentState::Shipped);
        // What of it was erased stays as it was told.
        let differs = known_by.is_some() && told != known_by;
        (is_here && differs).then_some(Duty::Update(number))
    }

    /// The number under which the carrier has it: the one that it gave, or one that was given by hand. A
    /// consigned parcel's own is ours.
    fn number(&self, booking: &Booking, carrier: &str) -> Option<String> {
        let is_ours = self.fulfilment.made_by_carrier().is_some();
        let parcels = self.fulfilment.parcels.iter();
        let mut known = parcels.filter(|parcel| parcel.carrier == carrier && !is_ours);
        let by_hand = || known.next().map(|parcel| parcel.waybill.clone());
        booking.number.clone().or_else(by_hand)
    }
}
