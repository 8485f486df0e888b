//! What the rules refuse, in N&H's words: their members' names for our commands', as data.

use crate::nandh::errors::{Code, Stop};
use trackway_model::orders::{Kind, Refusal};

pub const NO_SUCH_RECORD: &str = "there is no such record";

/// How one call names what its command is made of.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// What the call is about: where there is none, the answer is 404.
    pub subject: &'static [Kind],
    /// The member that names a record of a kind.
    pub kinds: &'static [(Kind, &'static str)],
    /// Members of the command, `[]` for a place in a list; longer ones first where one begins another.
    pub fields: &'static [(&'static str, &'static str)],
}

pub const ORDER: Terms = Terms {
    subject: &[Kind::Order],
    kinds: &[
        (Kind::Shop, "store_id"),
        (Kind::PickupAddress, "pickup_id"),
        (Kind::Customer, "receiver.customer_id"),
        (Kind::Product, "items.sku"),
        (Kind::Item, "items.sku"),
        (Kind::Service, "config.delivery_service"),
        (Kind::CourierLink, "config.courier_integration_id"),
        (Kind::Courier, "config.courier_id"),
        (Kind::BoxSize, "config.box_dimension"),
    ],
    fields: &[
        ("lines", "items"),
        ("shop", "store_id"),
        ("pickup", "pickup_id"),
        ("number", "extra_info.order_number"),
        ("note", "extra_info.note"),
        ("packaging_note", "extra_info.packaging_note"),
        ("estimated_departure", "extra_info.estimated_departure_time"),
        ("additional_services", "config.additional_services"),
        ("order_type", "config.order_type"),
        ("service", "config.delivery_service"),
        ("courier_link", "config.courier_integration_id"),
        ("courier", "config.courier_id"),
        ("box_size", "config.box_dimension"),
        ("customer", "receiver.customer_id"),
        ("receiver.name", "receiver.fullname"),
        ("receiver.address.line", "receiver.address"),
        ("receiver.address.province_id", "receiver.province_id"),
        ("receiver.address.district_id", "receiver.district_id"),
        ("receiver.address.ward_id", "receiver.ward_id"),
        ("receiver.address.province", "receiver.province_name"),
        ("total", "total_amount"),
    ],
};

pub const SHIPMENT: Terms = Terms {
    subject: &[Kind::Order, Kind::Fulfilment],
    kinds: &[
        (Kind::Service, "delivery_service"),
        (Kind::CourierLink, "courier_integration_id"),
        (Kind::Courier, "courier_id"),
        (Kind::BoxSize, "box_dimension"),
    ],
    fields: &[
        ("lines[].line", "items[].order_item_id"),
        ("lines", "items"),
        ("order", "order_id"),
        ("waybills[]", "courier_tracking_code"),
        ("waybills", "courier_tracking_code"),
        ("service", "delivery_service"),
        ("courier_link", "courier_integration_id"),
        ("courier", "courier_id"),
        ("box_size", "box_dimension"),
        ("by_hand", "courier_id"),
    ],
};

pub const INBOUND: Terms = Terms {
    subject: &[Kind::Inbound],
    kinds: &[
        (Kind::PickupAddress, "inbound_address"),
        (Kind::Vendor, "vendor_id"),
        (Kind::Item, "items.sku"),
    ],
    fields: &[
        ("lines[].sku", "items[].sku"),
        ("lines", "items"),
        ("warehouse", "inbound_address"),
        ("vendor", "vendor_id"),
        ("reference", "reference_code"),
        ("parcels", "total_parcel"),
        ("estimated_delivery", "estimated_delivery_time"),
    ],
};

pub const RETURN: Terms = Terms {
    subject: &[Kind::Order, Kind::Return],
    kinds: &[
        (Kind::PickupAddress, "return_address"),
        (Kind::Customer, "pickup.customer_id"),
        (Kind::Service, "config.delivery_service"),
        (Kind::CourierLink, "config.courier_integration_id"),
        (Kind::Courier, "config.courier_id"),
    ],
    fields: &[
        ("lines[].line", "return_items[].order_item_id"),
        ("lines[].quantity", "return_items[].return_quantity"),
        ("lines", "return_items"),
        ("order", "order_tracking_code"),
        ("warehouse", "return_address"),
        ("customer", "pickup.customer_id"),
        ("pickup.name", "pickup.fullname"),
        ("pickup.address.line", "pickup.address"),
        ("pickup.address.province_id", "pickup.province_id"),
        ("pickup.address.district_id", "pickup.district_id"),
        ("pickup.address.ward_id", "pickup.ward_id"),
        ("pickup.address.province", "pickup.province_id"),
        ("service", "config.delivery_service"),
        ("courier_link", "config.courier_integration_id"),
        ("courier", "config.courier_id"),
    ],
};

/// Products and items.
pub const CATALOGUE: Terms = Terms {
    subject: &[],
    kinds: &[
        (Kind::Shop, "store_id"),
        (Kind::Item, "product_inventory_id"),
        (Kind::Category, "product_category"),
        (Kind::Brand, "product_brand"),
        (Kind::Unit, "unit"),
    ],
    fields: &[
        ("shop", "store_id"),
        ("length", "package_length"),
        ("width", "package_width"),
        ("height", "package_height"),
        ("category", "product_category"),
        ("brand", "product_brand"),
        ("description", "info.description"),
        ("image_urls[]", "images[].image_url"),
        ("barcodes[]", "barcode_list[].barcode"),
        ("parts[].item", "product_inventory_id"),
    ],
};

impl Terms {
    /// A refusal as it is answered.
    pub fn told(&self, refusal: &Refusal) -> Stop {
        match refusal {
            Refusal::Unknown { kind, .. } if self.subject.contains(kind) => Code::NotFound.into(),
            Refusal::Unknown { kind, .. } => Stop::field(self.of_kind(*kind), NO_SUCH_RECORD),
            Refusal::UnknownName { kind, name } => {
                let problem = format!("there is no `{}`", name.text);
                Stop::field(self.of_kind(*kind), &problem)
            }
            Refusal::Invalid { field, problem } => Stop::field(&self.field(field), problem),
            Refusal::TooMany {
                field,
                wanted,
                left,
            } => {
                let problem = format!("{wanted} are wanted, {left} are left");
                Stop::field(&self.field(field), &problem)
            }
            Refusal::SumMismatch { field, given, sum } => {
                let problem = format!("{given} was given, {sum} is what the parts come to");
                Stop::field(&self.field(field), &problem)
            }
            Refusal::Duplicate { .. } => Stop::because(Code::Duplicate, sentence(refusal)),
            Refusal::IllegalMove { .. } | Refusal::InUse { .. } => {
                Stop::because(Code::InvalidStatus, sentence(refusal))
            }
            Refusal::OutOfStock { .. } => Stop::because(Code::OutOfStock, sentence(refusal)),
        }
    }

    fn of_kind(&self, kind: Kind) -> &'static str {
        let named = self.kinds.iter().find(|(known, _)| *known == kind);
        named.map_or(kind.name(), |(_, name)| name)
    }

    /// The request's name of a command's member.
    fn field(&self, field: &str) -> String {
        let (pattern, places) = split(field);
        let begins = |known: &str| {
            pattern
                .strip_prefix(known)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        let renamed = self
            .fields
            .iter()
            .find(|(known, _)| begins(known))
            .map_or_else(
                || pattern.clone(),
                |(known, name)| format!("{name}{}", &pattern[known.len()..]),
            );
        placed(&renamed, &places)
    }
}

/// `lines[3].sku` as `lines[].sku`, and its places.
fn split(field: &str) -> (String, Vec<String>) {
    let (mut pattern, mut places) = (String::new(), Vec::new());
    let mut parts = field.split('[');
    pattern.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (place, rest) = part.split_once(']').unwrap_or((part, ""));
        places.push(place.to_owned());
        pattern.push_str("[]");
        pattern.push_str(rest);
    }
    (pattern, places)
}

/// The places put back, as far as the name has lists.
fn placed(pattern: &str, places: &[String]) -> String {
    let mut parts = pattern.split("[]");
    let mut name = parts.next().unwrap_or_default().to_owned();
    for (part, place) in parts.zip(places) {
        name.push('[');
        name.push_str(place);
        name.push(']');
        name.push_str(part);
    }
    name
}

/// A refusal's own words as a sentence.
fn sentence(refusal: &Refusal) -> String {
    let words = refusal.to_string();
    let mut letters = words.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use trackway_model::orders::{Name, NameKind, RecordId};

    #[test]
    fn a_members_name_is_the_requests() {
        for (terms, field, name) in [
            (ORDER, "lines[2].quantity", "items[2].quantity"),
            (ORDER, "lines", "items"),
            (ORDER, "receiver.name", "receiver.fullname"),
            (ORDER, "receiver.phone", "receiver.phone"),
            (ORDER, "payments[0].amount", "payments[0].amount"),
            (
                ORDER,
                "additional_services[1]",
                "config.additional_services",
            ),
            (
                RETURN,
                "lines[1].quantity",
                "return_items[1].return_quantity",
            ),
            (RETURN, "lines[1].sale_price", "return_items[1].sale_price"),
            (SHIPMENT, "waybills[0]", "courier_tracking_code"),
            (CATALOGUE, "image_urls[3]", "images[3].image_url"),
        ] {
            let told = terms.field(field);
            assert!(told.starts_with(name), "{field}: {told}");
        }
    }

    #[test]
    fn every_refusal_has_its_code() {
        let id = RecordId(7);
        let name = Name::new(NameKind::Sku, RecordId(0), "DEMO-9");
        let field = || "lines[0].quantity".to_owned();
        let cases = [
            (
                Refusal::Unknown {
                    kind: Kind::Order,
                    id,
                },
                "NOT_FOUND",
                "Record not found",
            ),
            (
                Refusal::Unknown {
                    kind: Kind::Shop,
                    id,
                },
                "INVALID_PAYLOAD",
                "store_id: there is no such record",
            ),
            (
                Refusal::UnknownName {
                    kind: Kind::Product,
                    name: name.clone(),
                },
                "INVALID_PAYLOAD",
                "items.sku: there is no `DEMO-9`",
            ),
            (
                Refusal::Invalid {
                    field: field(),
                    problem: "must be 1 or more".to_owned(),
                },
                "INVALID_PAYLOAD",
                "items[0].quantity: must be 1 or more",
            ),
            (
                Refusal::TooMany {
                    field: field(),
                    wanted: 3,
                    left: 2,
                },
                "INVALID_PAYLOAD",
                "items[0].quantity: 3 are wanted, 2 are left",
            ),
            (
                Refusal::SumMismatch {
                    field: "total".to_owned(),
                    given: "1".to_owned(),
                    sum: "2".to_owned(),
                },
                "INVALID_PAYLOAD",
                "total_amount: 1 was given, 2 is what the parts come to",
            ),
            (
                Refusal::Duplicate {
                    kind: Kind::Item,
                    name,
                    existing: id,
                },
                "DUPLICATE",
                "A item `DEMO-9` exists already",
            ),
            (
                Refusal::IllegalMove {
                    kind: Kind::Order,
                    id,
                    from: "shipped",
                    to: "cancelled_by_seller",
                },
                "INVALID_STATUS",
                "Order 7 is shipped: it can't become cancelled_by_seller now",
            ),
            (
                Refusal::OutOfStock {
                    sku: "DEMO-1".to_owned(),
                    wanted: 2,
                    available: 1,
                },
                "OUT_OF_STOCK",
                "Only 1 of `DEMO-1` can be had, 2 are wanted",
            ),
        ];
        for (refusal, code, message) in cases {
            let told = ORDER.told(&refusal);
            assert_eq!(
                (told.code.row().name, told.message.as_str()),
                (code, message)
            );
        }
    }
}
