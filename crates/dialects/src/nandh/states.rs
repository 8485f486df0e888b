//! N&H's numbers, names and looks of states, as data: what is followed by `codes.csv`, all else by
//! `states.csv`. A number that nobody has filters to nothing; a state without a row does not exist
//! (a test walks the machines).

use std::sync::LazyLock;
use trackway_model::orders::State;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct Status {
    #[serde(default = "shipment")]
    subject: String,
    /// Our name.
    pub state: String,
    pub code: u16,
    #[serde(alias = "name")]
    pub display: String,
    pub css: String,
}

fn shipment() -> String {
    SHIPMENT.to_owned()
}

pub const ORDER: &str = "order";
pub const SHIPMENT: &str = "shipment";
pub const INBOUND: &str = "inbound";
pub const RETURN: &str = "return";
pub const ITEM: &str = "item";
pub const PRODUCT: &str = "product";
pub const PAYMENT: &str = "payment";
pub const METHOD: &str = "method";
pub const INBOUND_TYPE: &str = "inbound_type";
pub const ORDER_TYPE: &str = "order_type";
pub const VENDOR_TYPE: &str = "vendor_type";
pub const REASON: &str = "reason";

static ROWS: LazyLock<Vec<Status>> = LazyLock::new(|| {
    let tables = [super::CODES, include_str!("states.csv")];
    tables.into_iter().flat_map(rows).collect()
});

fn rows(csv: &str) -> Vec<Status> {
    let mut reader = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .from_reader(csv.as_bytes());
    reader
        .deserialize()
        .collect::<Result<_, _>>()
        .expect("the tables in the binary are tested")
}

/// What stands for one of our names.
pub fn of(subject: &str, state: &str) -> &'static Status {
    ROWS.iter()
        .find(|row| row.subject == subject && row.state == state)
        .expect("every state has a row: a test walks them")
}

/// Our name for a number; None: nobody has it.
pub fn named(subject: &str, code: i64) -> Option<&'static str> {
    ROWS.iter()
        .find(|row| row.subject == subject && i64::from(row.code) == code)
        .map(|row| row.state.as_str())
}

/// The state of a machine that a number stands for.
pub fn state<S: State>(subject: &str, code: i64) -> Option<S> {
    let name = named(subject, code)?;
    S::ALL.iter().copied().find(|state| state.name() == name)
}

/// Our names of a subject, as the system orders them.
#[cfg(test)]
fn names(subject: &str) -> impl Iterator<Item = &'static str> {
    ROWS.iter()
        .filter(move |row| row.subject == subject)
        .map(|row| row.state.as_str())
}

/// The row of an item.
pub fn of_item(qualified: bool) -> &'static Status {
    of(
        ITEM,
        if qualified {
            "qualified"
        } else {
            "unqualified"
        },
    )
}

/// The row of a product.
pub fn of_product(active: bool) -> &'static Status {
    of(PRODUCT, if active { "active" } else { "inactive" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use trackway_model::orders::{
        FulfilmentState, InboundState, InboundType, OrderState, OrderType, PaymentMethod,
        PaymentStatus, ReturnReason, ReturnState,
    };

    fn walk<S: State>(subject: &str) {
        let mut codes = BTreeSet::new();
        for each in S::ALL {
            let row = of(subject, each.name());
            assert!(
                codes.insert(row.code),
                "{subject} {} stands twice",
                row.code
            );
            assert!(state::<S>(subject, i64::from(row.code)) == Some(*each));
            assert!(!row.display.is_empty() && !row.css.is_empty());
        }
        assert_eq!(names(subject).count(), S::ALL.len(), "{subject}");
    }

    #[test]
    fn every_state_has_a_number_of_its_own_and_every_number_a_state() {
        walk::<OrderState>(ORDER);
        walk::<FulfilmentState>(SHIPMENT);
        walk::<InboundState>(INBOUND);
        walk::<ReturnState>(RETURN);
        assert_eq!(state::<OrderState>(ORDER, 204), None);
    }

    #[test]
    fn every_name_of_the_lists_has_a_row() {
        let lists: [(&str, Vec<&str>); 5] = [
            (
                PAYMENT,
                PaymentStatus::ALL.iter().map(|it| it.name()).collect(),
            ),
            (
                METHOD,
                PaymentMethod::ALL.iter().map(|it| it.name()).collect(),
            ),
            (
                INBOUND_TYPE,
                InboundType::ALL.iter().map(|it| it.name()).collect(),
            ),
            (
                ORDER_TYPE,
                OrderType::ALL.iter().map(|it| it.name()).collect(),
            ),
            (
                REASON,
                ReturnReason::ALL.iter().map(|it| it.name()).collect(),
            ),
        ];
        for (subject, known) in lists {
            assert_eq!(names(subject).collect::<Vec<_>>(), known, "{subject}");
        }
        assert_eq!((of_item(false).code, of_item(true).code), (100, 450));
        assert_eq!(of_product(true).display, "Active");
    }

    /// nandh-oms.md §9: the one documented pairing, and looks that were seen.
    #[test]
    fn what_was_seen_is_so() {
        let ready = of(ORDER, "ready_to_ship");
        assert_eq!((ready.code, ready.css.as_str()), (460, "info"));
        assert_eq!(of(SHIPMENT, "ready_to_ship").code, 220);
        assert_eq!(of(PAYMENT, "paid").css, "success");
        assert_eq!(of(INBOUND, "completed").css, "success");
        assert_eq!(of_item(false).css, "warning");
    }
}
