//! `trackway order`, `fulfilment`, `product`, `stock`, `inbound`, `return` and `report`.

use crate::cli::{
    Arrival, EntryCreate, Fulfilment, KindOf, Order, Place, Product, RecordCancel, RecordCreate,
    RecordGiven, RecordList, RecordMove, RecordNamed, Report, Stock, WhichPage,
};
use crate::printer::{Output, Printer};
use anyhow::{Context, bail};
use serde_json::{Map, Value, json};
use std::fs;
use std::io::{self, Read};
use std::path::Path;
use trackway_web::admin::{AdminRequest, Traded};
use trackway_web::api::orders::listing::Filters;

pub async fn order(order: Order, printer: &Printer) -> anyhow::Result<()> {
    match order {
        Order::List(list) => self::list("orders", list, printer).await,
        Order::Show(named) => show("orders", named, printer).await,
        Order::Create(create) => self::create("orders", create, printer).await,
        Order::Approve(named) => act("orders", named, "approve", json!({}), printer).await,
        Order::Close(named) => act("orders", named, "close", json!({}), printer).await,
        Order::Cancel(cancel) => self::cancel("orders", cancel, printer).await,
        Order::Move(moved) => go("orders", moved, printer).await,
        Order::Fulfil(given) => {
            let RecordGiven { record, with } = given;
            let body = Value::Object(members(with.as_deref())?);
            act("orders", record, "fulfil", body, printer).await
        }
    }
}

pub async fn fulfilment(fulfilment: Fulfilment, printer: &Printer) -> anyhow::Result<()> {
    match fulfilment {
        Fulfilment::List(list) => self::list("fulfilments", list, printer).await,
        Fulfilment::Show(named) => show("fulfilments", named, printer).await,
        Fulfilment::Cancel(cancel) => self::cancel("fulfilments", cancel, printer).await,
        Fulfilment::Move(moved) => go("fulfilments", moved, printer).await,
    }
}

pub async fn product(product: Product, printer: &Printer) -> anyhow::Result<()> {
    match product {
        Product::List(list) => self::list(&list.of.kind, list.list, printer).await,
        Product::Show(named) => show(&named.of.kind, named.record, printer).await,
        Product::Create(EntryCreate { of, create }) => {
            self::create(&of.kind, create, printer).await
        }
        Product::Change(change) => {
            let KindOf { kind } = change.of;
            let body = Value::Object(members(Some(&change.file))?);
            act(&kind, change.record, "change", body, printer).await
        }
    }
}

/// Inbounds or returns.
pub async fn arrival(kind: &str, arrival: Arrival, printer: &Printer) -> anyhow::Result<()> {
    match arrival {
        Arrival::List(list) => self::list(kind, list, printer).await,
        Arrival::Show(named) => show(kind, named, printer).await,
        Arrival::Create(create) => self::create(kind, create, printer).await,
        Arrival::Cancel(cancel) => self::cancel(kind, cancel, printer).await,
        Arrival::Move(moved) => go(kind, moved, printer).await,
    }
}

/// What other systems told of goods.
pub async fn report(report: Report, printer: &Printer) -> anyhow::Result<()> {
    match report {
        Report::List(list) => {
            let filters = Filters {
                r#type: list.report_type,
                standing: Some(list.standing.to_string()),
                about: list.about,
                keyword: list.keyword,
                ..page_of(&list.which)
            };
            listed("reports", filters, &list.place, list.owner.account, printer).await
        }
        Report::Show(named) => show("reports", named, printer).await,
        Report::Payload(named) => {
            let asked = Traded::Payload { id: named.id };
            let told = ask(&named.place, named.owner.account, asked, printer).await?;
            Ok(printer.data(&told)?)
        }
    }
}

pub async fn stock(stock: Stock, printer: &Printer) -> anyhow::Result<()> {
    let (place, account, asked) = match stock {
        Stock::List(list) => {
            let asked = Traded::Levels {
                item: list.item,
                warehouse: list.warehouse,
            };
            (list.place, list.owner.account, asked)
        }
        Stock::Movements(of) => {
            let asked = Traded::Movements {
                item: of.item,
                warehouse: of.warehouse,
            };
            (of.place, of.owner.account, asked)
        }
        Stock::Adjust(adjust) => {
            let body = json!({
                "item": adjust.of.item,
                "warehouse": adjust.of.warehouse,
                "movement": adjust.movement,
                "quantity": adjust.quantity,
            });
            let asked = Traded::Adjust { body };
            (adjust.of.place, adjust.of.owner.account, asked)
        }
    };
    let told = ask(&place, account, asked, printer).await?;
    Ok(printer.data(&told)?)
}

async fn ask(
    place: &Place,
    account: String,
    asked: Traded,
    printer: &Printer,
) -> anyhow::Result<Value> {
    let request = AdminRequest::Trade { account, asked };
    super::ask(place, request, printer).await
}

async fn list(kind: &str, list: RecordList, printer: &Printer) -> anyhow::Result<()> {
    let filters = Filters {
        status: list.status,
        shop: list.shop,
        pickup: list.pickup,
        payment_status: list.payment_status,
        order: list.order,
        number: list.number,
        keyword: list.keyword,
        ..page_of(&list.which)
    };
    listed(kind, filters, &list.place, list.owner.account, printer).await
}

fn page_of(which: &WhichPage) -> Filters {
    Filters {
        limit: Some(which.limit.to_string()),
        page: Some(which.page.to_string()),
        ..Filters::default()
    }
}

async fn listed(
    kind: &str,
    filters: Filters,
    place: &Place,
    account: String,
    printer: &Printer,
) -> anyhow::Result<()> {
    let asked = Traded::List {
        kind: kind.to_owned(),
        filters: Box::new(filters),
    };
    let told = ask(place, account, asked, printer).await?;
    match printer.output() {
        Output::Json => printer.data(&told)?,
        Output::Table => {
            let rows = told["records"].as_array().map(Vec::as_slice);
            let rows: Vec<Value> = rows.unwrap_or_default().iter().map(row).collect();
            printer.data(&Value::Array(rows))?;
            printer.note(&format!("{} in all.", told["total"]));
        }
    }
    Ok(())
}

/// What people look for in a list, of whatever kind it is.
const SHOWN: [&str; 16] = [
    "id",
    "code",
    "type",
    "subject",
    "event",
    "about",
    "at",
    "number",
    "sku",
    "name",
    "reference",
    "order_code",
    "state",
    "payment_status",
    "total",
    "created",
];

fn row(record: &Value) -> Value {
    let members = SHOWN.iter().filter_map(|name| {
        let value = record.get(*name)?;
        Some(((*name).to_owned(), value.clone()))
    });
    members.collect::<Map<_, _>>().into()
}

async fn show(kind: &str, named: RecordNamed, printer: &Printer) -> anyhow::Result<()> {
    let asked = Traded::Show {
        kind: kind.to_owned(),
        id: named.id,
    };
    let told = ask(&named.place, named.owner.account, asked, printer).await?;
    Ok(printer.data(&told)?)
}

async fn act(
    kind: &str,
    named: RecordNamed,
    act: &str,
    body: Value,
    printer: &Printer,
) -> anyhow::Result<()> {
    let asked = Traded::Act {
        kind: kind.to_owned(),
        id: named.id,
        act: act.to_owned(),
        body,
    };
    let told = ask(&named.place, named.owner.account, asked, printer).await?;
    Ok(printer.data(&told)?)
}

async fn cancel(kind: &str, cancel: RecordCancel, printer: &Printer) -> anyhow::Result<()> {
    let body = json!({ "reason": cancel.reason });
    act(kind, cancel.record, "cancel", body, printer).await
}

async fn go(kind: &str, moved: RecordMove, printer: &Printer) -> anyhow::Result<()> {
    let mut body = members(moved.with.as_deref())?;
    body.insert("to".to_owned(), json!(moved.to));
    act(kind, moved.record, "move", Value::Object(body), printer).await
}

async fn create(kind: &str, create: RecordCreate, printer: &Printer) -> anyhow::Result<()> {
    let bodies = match read(&create.file)? {
        Value::Array(bodies) => bodies,
        one => vec![one],
    };
    let asked = Traded::Make {
        kind: kind.to_owned(),
        bodies,
    };
    let told = ask(&create.place, create.owner.account, asked, printer).await?;
    printer.data(&told)?;
    match told["refused"].as_array().map_or(0, Vec::len) {
        0 => Ok(()),
        refused => bail!("{refused} were refused: mend them and send them again"),
    }
}

fn members(file: Option<&Path>) -> anyhow::Result<Map<String, Value>> {
    let Some(file) = file else {
        return Ok(Map::new());
    };
    match read(file)? {
        Value::Object(members) => Ok(members),
        _ => bail!("{} holds no JSON object", file.display()),
    }
}

/// JSON as it stands on the command line, from a file, or from stdin.
fn read(given: &Path) -> anyhow::Result<Value> {
    let inline = given.to_str().filter(|text| text.starts_with(['{', '[']));
    if let Some(text) = inline {
        return serde_json::from_str(text).context("what was given is no JSON");
    }
    let mut text = String::new();
    if given == Path::new("-") {
        io::stdin().read_to_string(&mut text)?;
    } else {
        text = fs::read_to_string(given)
            .with_context(|| format!("{} can't be read", given.display()))?;
    }
    serde_json::from_str(&text).with_context(|| format!("{} is no JSON", given.display()))
}
