//! What orders are made of and where they start, each kind by the members that its records have.
//!
//! An entry is made of what is given over the kind's usual members, and changed by what is given over
//! those that it has. A member that the kind has not is refused, and so is one that only the warehouse
//! and the rules write.

use super::{At, Find, Known, PartyPart, Ref};
use crate::native::wire::MemberError;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::str::FromStr;
use trackway_model::orders::{Body, Catalogued, Command, Decimal, Kind, Record};
use utoipa::ToSchema;

/// A kind of the catalogue: its place in paths, and its members.
#[derive(Clone, Copy, Debug)]
pub struct Segment {
    /// In paths, and what lists of it are called.
    pub name: &'static str,
    pub kind: Kind,
    /// Those that must be given.
    required: &'static [&'static str],
    /// All others as they are where nobody says.
    usual: &'static str,
    /// Those that name other records.
    names: &'static [(&'static str, Kind)],
    /// Those that clients don't write.
    kept: &'static [&'static str],
    /// Whether it has a `contact`, who is a person or a company.
    contact: bool,
}

const PLAIN: Segment = Segment {
    name: "",
    kind: Kind::Unit,
    required: &["name"],
    usual: "{}",
    names: &[],
    kept: &[],
    contact: false,
};

/// Every kind that a client makes and changes by its members.
pub static CATALOGUE: [Segment; 14] = [
    Segment {
        name: "shops",
        kind: Kind::Shop,
        usual: r#"{"logo":null,"platform":"retail","platform_logo":null,"shop_type":"b2c","active":true}"#,
        ..PLAIN
    },
    Segment {
        name: "pickup_addresses",
        kind: Kind::PickupAddress,
        usual: r#"{"fulfilment_provider":"self","fulfilment_provider_name":"","warehouse":null,"warehouse_name":null,"default":false,"active":true}"#,
        contact: true,
        ..PLAIN
    },
    Segment {
        name: "vendors",
        kind: Kind::Vendor,
        usual: r#"{"logo":null,"company":false}"#,
        contact: true,
        ..PLAIN
    },
    Segment {
        name: "box_sizes",
        kind: Kind::BoxSize,
        required: &["name", "length", "width", "height"],
        usual: r#"{"max_weight":null,"active":true}"#,
        ..PLAIN
    },
    Segment {
        name: "couriers",
        kind: Kind::Courier,
        required: &["name", "carrier"],
        usual: r#"{"description":null,"logo":null,"tracking_url":null,"rating":null,"own_fleet":false,"platform_fleet":false,"fulfil_now":false,"active":true}"#,
        ..PLAIN
    },
    Segment {
        name: "courier_links",
        kind: Kind::CourierLink,
        required: &["courier", "name"],
        usual: r#"{"active":true}"#,
        names: &[("courier", Kind::Courier)],
        ..PLAIN
    },
    Segment {
        name: "services",
        kind: Kind::Service,
        required: &["courier", "name"],
        usual: r#"{"estimate":"","fulfil_now":false,"promise":null,"rate_card":null,"active":true}"#,
        names: &[("courier", Kind::Courier), ("rate_card", Kind::RateCard)],
        ..PLAIN
    },
    Segment {
        name: "rate_cards",
        kind: Kind::RateCard,
        required: &["name", "zones"],
        usual: r#"{"currency":"VND","epoch":"2024","volumetric_divisor":"5000","cod":{"percent":"0","least":"0","free_up_to":"0"},"insurance":{"percent":"0","least":"0","free_up_to":"0"},"remote":[],"remote_fee":"0","fuel_percent":"0","vat_percent":"0","round_to":"0","extras":[],"parts_to":"0"}"#,
        ..PLAIN
    },
    Segment {
        name: "categories",
        kind: Kind::Category,
        usual: r#"{"parent":null,"level":1}"#,
        names: &[("parent", Kind::Category)],
        ..PLAIN
    },
    Segment {
        name: "brands",
        kind: Kind::Brand,
        ..PLAIN
    },
    Segment {
        name: "units",
        kind: Kind::Unit,
        ..PLAIN
    },
    Segment {
        name: "customers",
        kind: Kind::Customer,
        required: &["contact"],
        contact: true,
        ..PLAIN
    },
    Segment {
        name: "products",
        kind: Kind::Product,
        required: &["shop", "sku", "name", "sale_price"],
        usual: r#"{"platform":"","image_url":null,"category":null,"brand":null,"active":true}"#,
        names: &[
            ("shop", Kind::Shop),
            ("category", Kind::Category),
            ("brand", Kind::Brand),
        ],
        kept: &["platform"],
        ..PLAIN
    },
    Segment {
        name: "items",
        kind: Kind::Item,
        required: &["sku", "name"],
        usual: r#"{"sku_uuid":"","image_urls":[],"barcodes":[],"documents":[],"description":"","weight":0,"length":"0","width":"0","height":"0","category":null,"brand":null,"unit":null,"cost":"0","sale_price":"0","serial_number":false,"batch_control":false,"bubble_wrap":false,"kraft_paper":false,"fragile":false,"high_value":false,"min_shelf_life_inbound":null,"min_shelf_life_outbound":null,"material":"","product_type":"","storage_method":"","outbound_strategy":"","min_stock_warning":0,"qualified":false,"status_since":0,"active":true}"#,
        names: &[
            ("category", Kind::Category),
            ("brand", Kind::Brand),
            ("unit", Kind::Unit),
        ],
        kept: &["sku_uuid", "qualified", "status_since"],
        ..PLAIN
    },
];

impl Segment {
    /// The kind of a place in a path.
    pub fn named(name: &str) -> Option<&'static Self> {
        CATALOGUE.iter().find(|segment| segment.name == name)
    }

    /// How a kind is served; None where clients neither make nor change it by its members.
    pub fn of(kind: Kind) -> Option<&'static Self> {
        CATALOGUE.iter().find(|segment| segment.kind == kind)
    }

    fn usual(&self) -> Map<String, Value> {
        serde_json::from_str(self.usual).expect("the table holds JSON objects")
    }

    /// The members that a client may give.
    pub fn members(&self) -> Vec<String> {
        let usual = self.usual();
        let given = usual.keys().map(String::as_str);
        let mut members: Vec<&str> = self.required.iter().copied().chain(given).collect();
        members.extend(self.contact.then_some("contact"));
        members.extend((self.kind == Kind::Product).then_some("discounted_price"));
        members.extend((self.kind == Kind::Product).then_some("parts"));
        members.retain(|member| !self.kept.contains(member));
        members.sort_unstable();
        members.dedup();
        members.into_iter().map(str::to_owned).collect()
    }
}

/// An entry of the catalogue: what every record has, and the members of its kind.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CatalogueEntry)]
pub struct EntryTold {
    id: i64,
    code: String,
    #[schema(value_type = String)]
    created: At,
    #[schema(value_type = String)]
    updated: At,
    version: u32,
    /// The members of its kind.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    members: Map<String, Value>,
}

impl EntryTold {
    pub fn of(record: &Record) -> Self {
        let mut members = facts(record);
        if let Some(since) = members.get_mut("status_since")
            && let Some(at) = since.as_i64()
        {
            *since = json!(At(at));
        }
        let has_contact = Segment::of(record.kind()).is_some_and(|segment| segment.contact);
        if has_contact && let Some(party) = record.body.party() {
            members.insert("contact".to_owned(), json!(PartyPart::from(party)));
        }
        Self {
            id: record.id.0,
            code: record.code.clone(),
            created: At(record.created),
            updated: At(record.updated),
            version: record.version,
            members,
        }
    }
}

fn facts(record: &Record) -> Map<String, Value> {
    serde_json::from_slice(&record.body.facts()).unwrap_or_default()
}

/// An entry as a client gives it: to be made, or what is to change of one.
#[derive(Clone, Debug)]
pub struct EntryWanted {
    segment: &'static Segment,
    given: Map<String, Value>,
    /// The record that is changed.
    over: Option<Record>,
}

/// Reads an entry: an object of members that the kind has, with all that it needs.
pub fn entry(
    segment: &'static Segment,
    given: Map<String, Value>,
    over: Option<Record>,
) -> Result<EntryWanted, Vec<MemberError>> {
    let known = segment.members();
    let mut errors: Vec<MemberError> = given
        .keys()
        .filter(|member| *member != "code" && !known.contains(member))
        .map(|member| {
            let detail = format!(
                "{} have no such member that can be given: choose of code, {}",
                segment.name.replace('_', " "),
                known.join(", ")
            );
            MemberError::of(format!("/{member}"), detail)
        })
        .collect();
    if over.is_none() {
        let missing = segment
            .required
            .iter()
            .filter(|it| !given.contains_key(**it));
        errors.extend(missing.map(|it| MemberError::of(format!("/{it}"), "it is missing")));
    }
    let wanted = EntryWanted {
        segment,
        given,
        over,
    };
    // What it names is looked up later; all else is known to be right from here on.
    let mut known = Known::default();
    let mut find = Find::new(&mut known);
    if errors.is_empty() {
        wanted.catalogued(&mut find);
        errors.append(&mut find.errors);
    }
    if errors.is_empty() {
        Ok(wanted)
    } else {
        Err(errors)
    }
}

impl EntryWanted {
    fn catalogued(&self, find: &mut Find<'_>) -> Option<Catalogued> {
        let kind = self.segment.kind;
        let mut members = self.base();
        let mut contact = self
            .over
            .as_ref()
            .and_then(|over| over.body.party().cloned());
        for (name, value) in &self.given {
            match name.as_str() {
                "code" => {}
                "contact" => match PartyPart::deserialize_in(value) {
                    Ok(part) => contact = Some(part.party()),
                    Err(detail) => find.wrong("/contact".to_owned(), detail),
                },
                _ => {
                    members.insert(name.clone(), exact(value.clone()));
                }
            }
        }
        for (name, named) in self.segment.names {
            resolve(&mut members, name, *named, find);
        }
        if kind == Kind::Product {
            parts(&mut members, find);
        }
        let facts = serde_json::to_vec(&members).expect("JSON is always JSON");
        let mut body = match Body::of_facts(kind, &facts) {
            Ok(body) => body,
            Err(torn) => {
                let because = torn.because.split(" at line ").next().unwrap_or_default();
                find.wrong(self.suspect(&members), because);
                return None;
            }
        };
        if let Some(party) = contact {
            let party = serde_json::to_vec(&party).expect("a party is always JSON");
            if body.set_personal(&party).is_err() {
                find.wrong("/contact".to_owned(), "it has none");
            }
        }
        let code = match self.given.get("code") {
            None | Some(Value::Null) => None,
            Some(Value::String(code)) if !matches!(Ref::parse(code), Ref::Id(_)) => {
                Some(code.clone())
            }
            Some(_) => {
                find.wrong(
                    "/code".to_owned(),
                    "it must be a string that is not of digits alone",
                );
                None
            }
        };
        Some(Catalogued {
            id: self.over.as_ref().map(|over| over.id),
            code,
            body,
        })
    }

    /// The members before what is given.
    fn base(&self) -> Map<String, Value> {
        if let Some(over) = &self.over {
            return facts(over);
        }
        let mut usual = self.segment.usual();
        if self.segment.kind == Kind::Product {
            let price = self.given.get("sale_price").cloned().unwrap_or_default();
            let is_amount = price.is_string() || price.is_number();
            let price = if is_amount { exact(price) } else { json!("0") };
            usual.insert("discounted_price".to_owned(), price);
        }
        usual
    }

    /// The member that keeps a body from being read: the one without which it can be.
    fn suspect(&self, members: &Map<String, Value>) -> String {
        let usual = match &self.over {
            Some(over) => facts(over),
            None => self.segment.usual(),
        };
        let mended = |name: &str| {
            let mut mended = members.clone();
            match usual.get(name) {
                Some(value) => mended.insert(name.to_owned(), value.clone()),
                None => mended.insert(name.to_owned(), stand_in(name)),
            };
            let facts = serde_json::to_vec(&mended).unwrap_or_default();
            Body::of_facts(self.segment.kind, &facts).is_ok()
        };
        let found = self.given.keys().find(|name| mended(name));
        found.map_or_else(String::new, |name| format!("/{name}"))
    }
}

/// Replaces the name of a record by its id.
fn resolve(members: &mut Map<String, Value>, name: &str, kind: Kind, find: &mut Find<'_>) {
    let Some(value) = members.get_mut(name) else {
        return;
    };
    if value.is_null() {
        return;
    }
    match Ref::deserialize_in(value) {
        Ok(named) => *value = json!(find.id(kind, &named, &format!("/{name}"))),
        Err(detail) => find.wrong(format!("/{name}"), detail),
    }
}

/// A product without parts is one of the item with its SKU.
fn parts(members: &mut Map<String, Value>, find: &mut Find<'_>) {
    // A SKU that is no text is told of by itself.
    let one = match members.get("sku") {
        Some(Value::String(sku)) => json!([{ "item": sku, "quantity": 1 }]),
        _ => json!([]),
    };
    let parts = members.entry("parts").or_insert(one);
    let Some(parts) = parts.as_array_mut() else {
        return find.wrong("/parts".to_owned(), "it must be a list of {item, quantity}");
    };
    for (at, part) in parts.iter_mut().enumerate() {
        let pointer = format!("/parts/{at}/item");
        match part
            .get_mut("item")
            .map(|item| (Ref::deserialize_in(item), item))
        {
            Some((Ok(named), item)) => *item = json!(find.id(Kind::Item, &named, &pointer)),
            Some((Err(detail), _)) => find.wrong(pointer, detail),
            None => find.wrong(pointer, "it is missing"),
        }
    }
}

/// What fits the required member of this name.
fn stand_in(name: &str) -> Value {
    match name {
        "name" | "sku" | "carrier" => json!("x"),
        "zones" | "parts" => json!([]),
        "shop" | "courier" => json!(1),
        _ => json!("1"),
    }
}

/// Numbers that are not whole as the texts that they were written as, since amounts are decimals.
fn exact(value: Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => {
            let text = number.to_string();
            Decimal::from_str(&text).map_or(Value::String(text), |it| json!(it.to_string()))
        }
        Value::Array(items) => items.into_iter().map(exact).collect(),
        Value::Object(members) => {
            let members = members.into_iter();
            members.map(|(name, value)| (name, exact(value))).collect()
        }
        other => other,
    }
}

trait DeserializeIn: serde::de::DeserializeOwned {
    fn deserialize_in(value: &Value) -> Result<Self, String> {
        serde_json::from_value(value.clone()).map_err(|error| error.to_string())
    }
}

impl DeserializeIn for PartyPart {}
impl DeserializeIn for Ref {}

impl super::Ask for EntryWanted {
    fn command(&self, find: &mut Find<'_>) -> Command {
        let made = self.catalogued(find).unwrap_or_else(|| Catalogued {
            id: None,
            code: None,
            body: Body::from(trackway_model::orders::Unit {
                name: String::new(),
            }),
        });
        Command::Catalogue(Box::new(made))
    }

    fn place(&self, kind: Kind, _: Option<&str>) -> String {
        let names = self.segment.names.iter();
        let named = names.into_iter().find(|(_, named)| *named == kind);
        match named {
            Some((name, _)) => format!("/{name}"),
            None if kind == Kind::Item => "/parts".to_owned(),
            None => "/code".to_owned(),
        }
    }
}
