//! What follows from a record by itself: sums, weights, what may be done with it. Whoever shows records
//! asks here and computes nothing.

use super::{
    FULFILMENT, Fee, Fulfilment, FulfilmentState, INBOUND, Inbound, InboundState, Link, ORDER,
    Order, OrderState, Parcel, Payment, PaymentMethod, PaymentStatus, RETURN, RecordId, Return,
    ReturnState, Who,
};
use crate::intake::number_key;
use rust_decimal::Decimal;

/// What an order's payments come to (nandh-oms.md §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct PaymentDetail {
    pub total: Decimal,
    pub paid: Decimal,
    pub unpaid: Decimal,
    pub debt: Decimal,
    pub refund: Decimal,
}

/// Told beside the fees, but in one of them already: what a platform bears of the freight.
const TOLD_ONLY: &[&str] = &["total_platform_discount"];

/// The fee that a receiver pays beyond what is in the parcel.
pub(super) const SHIPPING_FEE: &str = "buyer_shipping_fee";

/// Asked for, and not there yet.
const OPEN: &[PaymentStatus] = &[
    PaymentStatus::NotPaid,
    PaymentStatus::InProcess,
    PaymentStatus::AwaitingPayment,
    PaymentStatus::PartiallyPaid,
];

impl Payment {
    /// Cash that is still to be collected on delivery.
    fn is_open_cod(&self) -> bool {
        self.method == PaymentMethod::Cod && OPEN.contains(&self.status)
    }
}

impl Order {
    /// What the buyer pays: its lines at their discounted prices, with fees, less discounts.
    pub fn total(&self) -> Decimal {
        let sum = |fees: &[Fee]| -> Decimal {
            let counted = fees.iter().filter(|fee| !TOLD_ONLY.contains(&&*fee.code));
            counted.map(|fee| fee.amount).sum()
        };
        self.goods() + sum(&self.fees) - sum(&self.discounts)
    }

    /// Its lines at their discounted prices.
    pub fn goods(&self) -> Decimal {
        let lines = self.lines.iter();
        lines
            .map(|line| line.discounted_price * Decimal::from(line.quantity))
            .sum()
    }

    fn paid_as(&self, of: &[PaymentStatus]) -> Decimal {
        let counted = self.payments.iter().filter(|it| of.contains(&it.status));
        counted.map(|it| it.amount).sum()
    }

    /// What its payments come to together.
    pub fn payment_status(&self) -> PaymentStatus {
        let paid = self.paid_as(&[PaymentStatus::Paid]);
        let first = self
            .payments
            .first()
            .map_or(PaymentStatus::NotPaid, |it| it.status);
        match () {
            () if paid > Decimal::ZERO && paid >= self.total() => PaymentStatus::Paid,
            () if paid > Decimal::ZERO => PaymentStatus::PartiallyPaid,
            () => first,
        }
    }

    pub fn payment_detail(&self) -> PaymentDetail {
        let total = self.total();
        let paid = self.paid_as(&[PaymentStatus::Paid]);
        let refund = self.paid_as(&[PaymentStatus::Refunded, PaymentStatus::PartiallyRefunded]);
        PaymentDetail {
            total,
            paid,
            unpaid: (total - paid - refund).max(Decimal::ZERO),
            debt: self.paid_as(&[PaymentStatus::Overdue]),
            refund,
        }
    }

    /// Cash that couriers are still to collect; `cod_asked` is what it was at first.
    pub fn cod_to_collect(&self) -> Decimal {
        let open = self.payments.iter().filter(|it| it.is_open_cod());
        open.map(|it| it.amount).sum()
    }

    /// So much was collected on delivery, and nothing more will be.
    pub(super) fn settle_cod(&mut self, mut collected: Decimal) {
        let mut settled = Vec::with_capacity(self.payments.len());
        for payment in self.payments.drain(..) {
            if !payment.is_open_cod() {
                settled.push(payment);
                continue;
            }
            let paid = payment.amount.min(collected);
            collected -= paid;
            let of = |status, amount| Payment {
                status,
                method: PaymentMethod::Cod,
                amount,
            };
            if paid > Decimal::ZERO || payment.amount.is_zero() {
                settled.push(of(PaymentStatus::Paid, paid));
            }
            if paid < payment.amount {
                settled.push(of(PaymentStatus::CodCancelled, payment.amount - paid));
            }
        }
        self.payments = settled;
    }

    /// So much more is to be collected on delivery, or less. What is paid beyond its total is the
    /// shipping fee.
    pub(super) fn collect_more(&mut self, more: Decimal) {
        let mut less = (-more).max(Decimal::ZERO);
        for payment in self.payments.iter_mut().filter(|it| it.is_open_cod()) {
            let taken = payment.amount.min(less);
            payment.amount -= taken;
            less -= taken;
        }
        let cash = |it: &Payment| it.is_open_cod();
        self.payments.retain(|it| !cash(it) || !it.amount.is_zero());
        if more > Decimal::ZERO {
            match self.payments.iter_mut().find(|it| cash(it)) {
                Some(payment) => payment.amount += more,
                None => self.payments.push(Payment {
                    status: PaymentStatus::NotPaid,
                    method: PaymentMethod::Cod,
                    amount: more,
                }),
            }
        }
        let paid: Decimal = self.payments.iter().map(|it| it.amount).sum();
        let beyond = paid - self.total();
        if beyond > Decimal::ZERO {
            match self.fees.iter_mut().find(|it| it.code == SHIPPING_FEE) {
                Some(fee) => fee.amount += beyond,
                None => self.fees.push(Fee {
                    code: SHIPPING_FEE.to_owned(),
                    amount: beyond,
                }),
            }
        }
    }

    /// Pieces of all its lines.
    pub fn quantity(&self) -> i64 {
        self.lines.iter().map(|line| line.quantity).sum()
    }

    /// Grams: of its items, as the catalogue had them.
    pub fn items_weight(&self) -> i64 {
        let lines = self.lines.iter();
        lines.map(|line| line.weight * line.quantity).sum()
    }

    /// Grams: as weighed, else of its items.
    pub fn weight(&self) -> i64 {
        self.weighed.unwrap_or_else(|| self.items_weight())
    }

    /// Cubic metres of its items.
    pub fn cbm(&self) -> Decimal {
        let lines = self.lines.iter();
        let cubic_centimetres: Decimal = lines
            .map(|line| line.volume * Decimal::from(line.quantity))
            .sum();
        cubic_centimetres / Decimal::from(1_000_000)
    }

    /// Something in it needs bubble wrap, or is fragile.
    pub fn is_protective(&self) -> bool {
        self.lines.iter().any(|line| line.protective)
    }

    pub fn can_approve(&self) -> bool {
        ORDER
            .find(self.state, OrderState::Approved, Who::Merchant)
            .is_some()
    }

    /// Its members may be changed as long as nothing hangs on them: until it is approved.
    pub fn can_edit(&self) -> bool {
        self.can_approve()
    }

    /// As far as its state says: not once something was handed over.
    pub fn can_cancel(&self) -> bool {
        ORDER
            .find(self.state, OrderState::CancelledBySeller, Who::Merchant)
            .is_some()
            && self.shipped.is_none()
    }

    /// All of it waits for a fulfilment.
    pub const fn can_create_fulfilment(&self) -> bool {
        matches!(self.state, OrderState::Approved)
    }

    /// Enters a state, and says when where the state is one of those that are told.
    pub(super) const fn enter(&mut self, to: OrderState, now: i64) {
        use OrderState as S;
        self.state = to;
        self.state_since = now;
        let when = match to {
            S::Approved => &mut self.confirmed,
            S::ReadyToShip => &mut self.fulfilled,
            S::Shipped | S::Delivering => &mut self.shipped,
            S::Completed => &mut self.completed,
            S::Returned => &mut self.returned,
            S::CancelledBySeller
            | S::CancelledByOperator
            | S::CancelledByPartner
            | S::CancelledBySystem
            | S::WarehouseLoss => &mut self.cancelled,
            S::New
            | S::AwaitingConfirmation
            | S::CourierAllocation
            | S::AwaitingLabel
            | S::ReadyToShipException
            | S::CancellationRequested
            | S::LabelError
            | S::Processing
            | S::Exception
            | S::CourierLost => return,
        };
        if when.is_none() {
            *when = Some(now);
        }
    }
}

impl Parcel {
    /// Whether this is its number; carriers do not tell case apart.
    pub fn has(&self, number: &str) -> bool {
        number_key(&self.waybill) == number_key(number)
    }
}

impl Fulfilment {
    pub fn quantity(&self) -> i64 {
        self.lines.iter().map(|line| line.quantity).sum()
    }

    /// Grams: as weighed, else of what of the order is in it.
    pub fn weight(&self, order: &Order) -> i64 {
        let of = |line: u32| order.lines.iter().find(|it| it.id == line);
        self.weighed.unwrap_or_else(|| {
            let lines = self.lines.iter();
            lines
                .filter_map(|it| Some(of(it.line)?.weight * it.quantity))
                .sum()
        })
    }

    pub fn can_cancel(&self) -> bool {
        FULFILMENT
            .find(self.state, FulfilmentState::Cancelled, Who::Merchant)
            .is_some()
    }

    pub(super) fn links(&self, id: RecordId) -> impl Iterator<Item = Link> {
        self.parcels.iter().map(move |parcel| Link {
            carrier: parcel.carrier.clone(),
            number: parcel.waybill.clone(),
            record: id,
        })
    }

    pub(super) fn cancel(&mut self, reason: Option<&str>, now: i64) {
        self.enter(FulfilmentState::Cancelled, now, now);
        self.cancel_reason = reason.map(str::to_owned);
    }

    /// Enters a state that it came to at an instant.
    pub(super) fn enter(&mut self, to: FulfilmentState, at: i64, now: i64) {
        use FulfilmentState as S;
        self.state = to;
        self.state_since = now;
        if to == S::ReadyToShip || super::decide::was_handed_over(to) {
            self.fulfilled.get_or_insert(at);
        }
        if super::decide::was_handed_over(to) {
            self.shipped.get_or_insert(at);
        }
        match to {
            S::Delivered => {
                self.delivered = Some(at);
                self.completed = Some(now);
            }
            S::Returned => {
                self.returned = Some(at);
                self.completed = Some(now);
            }
            _ => {}
        }
    }
}

impl Inbound {
    pub fn quantity(&self) -> i64 {
        self.lines.iter().map(|line| line.quantity).sum()
    }

    pub fn received_quantity(&self) -> i64 {
        self.lines.iter().map(|line| line.received).sum()
    }

    pub fn lost_quantity(&self) -> i64 {
        self.lines.iter().map(|line| line.lost).sum()
    }

    /// By the three grades of damage.
    pub fn damaged_quantity(&self) -> [i64; 3] {
        self.lines.iter().fold([0; 3], |sum, line| {
            std::array::from_fn(|grade| sum[grade] + line.damaged[grade])
        })
    }

    pub fn cost(&self) -> Decimal {
        let lines = self.lines.iter();
        lines
            .map(|line| line.cost * Decimal::from(line.quantity))
            .sum()
    }

    /// Different SKUs in it.
    pub fn skus(&self) -> usize {
        let mut skus: Vec<&str> = self.lines.iter().map(|line| &*line.sku).collect();
        skus.sort_unstable();
        skus.dedup();
        skus.len()
    }

    pub fn can_cancel(&self) -> bool {
        self.return_.is_none()
            && INBOUND
                .find(self.state, InboundState::Cancelled, Who::Merchant)
                .is_some()
    }
}

impl Return {
    pub fn quantity(&self) -> i64 {
        self.lines.iter().map(|line| line.quantity).sum()
    }

    pub fn total(&self) -> Decimal {
        let lines = self.lines.iter();
        lines
            .map(|line| line.sale_price * Decimal::from(line.quantity))
            .sum()
    }

    pub(super) fn link(&self, id: RecordId) -> Option<Link> {
        self.parcel.as_ref().map(|parcel| Link {
            carrier: parcel.carrier.clone(),
            number: parcel.waybill.clone(),
            record: id,
        })
    }

    pub fn can_cancel(&self) -> bool {
        RETURN
            .find(self.state, ReturnState::Cancelled, Who::Merchant)
            .is_some()
    }
}
