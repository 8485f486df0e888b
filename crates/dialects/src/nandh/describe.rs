//! The calls served here, as OpenAPI: made of the route table, so that what is served is described, and
//! of the members that each call reads.

use super::errors::ROWS;
use super::routes::{Call, ROUTES, Route, Source};
use serde_json::{Map, Value, json};

const TAG: &str = "N&H Logistics";
const KEY: &str = "Authorization";

/// Members of a body: name and type, `!` where it is required. A dot stands for an object, `[]` for a
/// list of them.
type Members = &'static [&'static str];

const ORDER: Members = &[
    "store_id:integer!",
    "pickup_id:integer!",
    "receiver.customer_id:integer",
    "receiver.country:string",
    "receiver.fullname:string",
    "receiver.phone:string",
    "receiver.email:string",
    "receiver.address:string",
    "receiver.address2:string",
    "receiver.zipcode:string",
    "receiver.province_name:string",
    "receiver.district_name:string",
    "receiver.ward_name:string",
    "receiver.province_id:integer",
    "receiver.district_id:integer",
    "receiver.ward_id:integer",
    "receiver.lat:number",
    "receiver.lng:number",
    "payments[].status:integer!",
    "payments[].method:integer!",
    "payments[].amount:number!",
    "discounts[].code:string!",
    "discounts[].amount:number!",
    "fees[].code:string!",
    "fees[].amount:number!",
    "items[].sku:string!",
    "items[].sale_price:number!",
    "items[].discounted_price:number!",
    "items[].quantity:integer!",
    "config.order_type:string!",
    "config.approve:integer!",
    "config.preview:integer!",
    "config.use_insurance:integer",
    "config.fulfill_now:integer",
    "config.delivery_service:string",
    "config.courier_integration_id:integer",
    "config.courier_id:integer",
    "config.box_dimension:integer",
    "config.additional_services:string",
    "config.tax_paid_by:string",
    "config.fee_paid_by:string",
    "extra_info.note:string",
    "extra_info.packaging_note:string",
    "extra_info.order_number:string",
    "extra_info.estimated_departure_time:integer",
    "extra_info.partner_created_time:integer",
    "documents[].name:string!",
    "documents[].quantity:integer",
    "documents[].doc_type:string",
    "documents[].url:string!",
    "currency:string",
    "total_amount:number",
];

const ITEM: Members = &[
    "sku:string!",
    "name:string!",
    "weight:integer!",
    "package_length:number!",
    "package_width:number!",
    "package_height:number!",
    "product_brand:integer",
    "product_category:integer!",
    "unit:integer!",
    "cost:number!",
    "sale_price:number!",
    "is_serial_number:integer!",
    "is_batch_control:integer!",
    "is_bubble_wrap:integer!",
    "is_kraft_paper:integer!",
    "is_fragile:integer!",
    "is_high_value:integer",
    "min_shelf_life_inbound:integer!",
    "min_shelf_life_outbound:integer!",
    "min_stock_warning:integer",
    "material:string!",
    "product_type:string!",
    "storage_method:string!",
    "outbound_strategy:string!",
    "info.description:string",
    "images[].image_url:string",
    "documents[]:string",
    "barcode_list[].barcode:string",
    "config.create_inventory_stock:boolean",
];

const PRODUCT: Members = &[
    "store_id:integer!",
    "sku:string!",
    "name:string!",
    "sale_price:number!",
    "discounted_price:number",
    "product_category:integer",
    "product_brand:integer",
    "unit:integer",
    "weight:integer",
    "package_length:number",
    "package_width:number",
    "package_height:number",
    "info.description:string",
    "images[].image_url:string",
    "barcode_list[].barcode:string",
    "config.create_inventory:boolean",
];

const PREVIEW: Members = &[
    "pickup_id:integer!",
    "courier_id:integer",
    "receiver.country:string",
    "receiver.province_id:integer",
    "receiver.province_name:string",
    "receiver.district_id:integer",
    "receiver.district_name:string",
    "receiver.ward_id:integer",
    "receiver.ward_name:string",
    "receiver.address:string",
    "items[].sku:string!",
    "items[].quantity:integer!",
    "items[].sale_price:number",
    "weight:integer",
    "volume:string",
    "box_dimension:integer",
    "cod_amount:number",
    "use_insurance:integer",
];

const RETURN: Members = &[
    "order_tracking_code:string!",
    "return_address:integer!",
    "reason_type:string!",
    "reason:string",
    "pickup.customer_id:integer",
    "pickup.fullname:string",
    "pickup.phone:string",
    "pickup.country:string",
    "pickup.email:string",
    "pickup.address:string",
    "pickup.zipcode:string",
    "pickup.province_id:integer",
    "pickup.district_id:integer",
    "pickup.ward_id:integer",
    "return_items[].sku:string!",
    "return_items[].sale_price:string!",
    "return_items[].return_quantity:integer!",
    "return_items[].order_item_id:integer!",
    "config.delivery_service:string",
    "config.courier_id:integer",
    "config.courier_integration_id:integer",
];

/// What a call's body has; None: it has none.
fn body(call: Call) -> Option<Members> {
    Some(match call {
        Call::CreateOrder => ORDER,
        Call::CreateItem => ITEM,
        Call::CreateProduct => PRODUCT,
        Call::OfferItems => &[
            "store_id:integer!",
            "items[].product_inventory_id:integer!",
            "items[].sku:string",
            "items[].sale_price:number",
            "items[].discounted_price:number",
        ],
        Call::PreviewServices | Call::PreviewCouriers => PREVIEW,
        Call::CouriersOfOrder | Call::CreateShipmentAuto => &["order_id:integer!"],
        Call::ServicesOfCourier => &["courier_integration_id:integer", "courier_id:integer"],
        Call::CreateShipment => &[
            "order_id:integer!",
            "courier_tracking_code:string",
            "courier_integration_id:integer",
            "courier_id:integer",
            "delivery_service:string",
            "box_dimension:integer",
            "items[].order_item_id:integer",
            "items[].sku:string",
            "items[].quantity:integer!",
        ],
        Call::CreateInbound => &[
            "inbound_address:integer!",
            "vendor_id:integer",
            "reference_code:string",
            "inbound_type:string!",
            "estimated_delivery_time:integer",
            "note:string",
            "total_parcel:integer",
            "additional_services:string",
            "is_priority_inbound:integer",
            "items[].sku:string!",
            "items[].quantity:integer!",
            "items[].cost:number",
            "items[].parcel_code:string",
            "documents[]:string",
        ],
        Call::CreateReturn => RETURN,
        Call::CancelOrder | Call::CancelShipment | Call::CancelInbound | Call::CancelReturn => {
            &["reason:string"]
        }
        _ => return None,
    })
}

/// What every list takes.
const SHARED: &[&str] = &[
    "page:integer",
    "page_size:integer",
    "keyword:string",
    "created_from:integer",
    "created_to:integer",
    "updated_from:integer",
    "updated_to:integer",
    "sort:string",
];

/// What a call's query has beside its path; the flag: whether it is a list of records.
fn query(call: Call) -> (bool, &'static [&'static str]) {
    match call {
        Call::PickupAddresses
        | Call::BoxSizes
        | Call::Vendors
        | Call::Shops
        | Call::Categories
        | Call::Brands
        | Call::Units
        | Call::Couriers
        | Call::CourierLinks => (true, &[]),
        Call::LinkedServices => (true, &["courier_id:string"]),
        Call::Products => (true, &["store_id:string", "sku:string"]),
        Call::Items => (
            true,
            &[
                "status:string",
                "product_category:string",
                "sku:string",
                "nhsin:string",
                "barcode:string",
            ],
        ),
        Call::ItemsInWarehouse => (true, &["warehouse_provider:string", "sku:string", "nhsin:string"]),
        Call::Orders => (
            true,
            &[
                "status:string",
                "order_type:string",
                "platform:string",
                "store_id:string",
                "pickup_id:string",
                "payment_status:string",
                "tracking_code:string",
                "partner_tracking_code:string",
            ],
        ),
        Call::Shipments => (
            true,
            &[
                "status:string",
                "order_id:string",
                "tracking_code:string",
                "courier_tracking_code:string",
                "store_id:string",
                "courier_id:string",
            ],
        ),
        Call::ShipmentsOfOrder => (true, &["order_id:integer!"]),
        Call::Inbounds => (
            true,
            &[
                "status:string",
                "inbound_code:string",
                "reference_code:string",
                "inbound_type:string",
            ],
        ),
        Call::Returns => (
            true,
            &[
                "status:string",
                "order_id:string",
                "store_id:string",
                "reason_type:string",
                "return_tracking_code:string",
                "courier_tracking_code:string",
            ],
        ),
        Call::Provinces => (false, &["country:string", "keyword:string"]),
        Call::Districts => (false, &["province_id:integer!", "keyword:string"]),
        Call::Wards => (false, &["district_id:integer!", "keyword:string"]),
        _ => (false, &[]),
    }
}

/// Name, type, and whether it is required.
fn split(member: &str) -> (&str, &str, bool) {
    let (name, kind) = member.split_once(':').unwrap_or((member, "string"));
    (name, kind.trim_end_matches('!'), kind.ends_with('!'))
}

/// The schema of a body.
fn schema(members: Members) -> Value {
    let mut root = json!({"type": "object", "properties": {}});
    for member in members {
        let (name, kind, required) = split(member);
        put(&mut root, name, kind, required);
    }
    root
}

fn put(object: &mut Value, name: &str, kind: &str, required: bool) {
    let (first, rest) = name.split_once('.').unwrap_or((name, ""));
    let (first, is_list) = first.strip_suffix("[]").map_or((first, false), |it| (it, true));
    let properties = object["properties"].as_object_mut().expect("an object has members");
    let inner = if rest.is_empty() {
        json!({"type": kind})
    } else {
        json!({"type": "object", "properties": {}})
    };
    let made = if is_list {
        json!({"type": "array", "items": inner})
    } else {
        inner
    };
    let member = properties.entry(first).or_insert(made);
    if rest.is_empty() {
        if required {
            let list = object.as_object_mut().expect("it is one").entry("required");
            list.or_insert_with(|| json!([])).as_array_mut().expect("a list").push(first.into());
        }
    } else {
        put(if is_list { &mut member["items"] } else { member }, rest, kind, required);
    }
}

fn parameters(route: &Route) -> Vec<Value> {
    let mut told = Vec::new();
    for name in ["id", "name"] {
        if route.path.contains(&format!("{{{name}}}")) {
            told.push(json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}));
        }
    }
    let (is_list, own) = query(route.call);
    let shared = if is_list { SHARED } else { &[] };
    for member in shared.iter().chain(own) {
        let (name, kind, required) = split(member);
        told.push(json!({"name": name, "in": "query", "required": required, "schema": {"type": kind}}));
    }
    told
}

fn operation(route: &Route) -> Value {
    let said = match route.source {
        Source::Documented => "The path is the vendor's own word.",
        Source::Cut => "The vendor's page ends within the path; the rest is inferred.",
        Source::Inferred => "The path is inferred.",
    };
    let envelope = json!({"application/json": {"schema": {"$ref": "#/components/schemas/Envelope"}}});
    let mut told = json!({
        "tags": [TAG],
        "summary": route.name,
        "description": said,
        "operationId": route.item,
        "security": [{KEY: []}],
        "parameters": parameters(route),
        "responses": {
            "200": {"description": "`data` is the record, or the page of records", "content": envelope},
            "default": {"description": "`data` is null; `error_code` says why", "content": envelope},
        },
    });
    if route.call == Call::Download {
        told["responses"]["200"]["content"] = json!({"application/octet-stream": {}});
    }
    if let Some(members) = body(route.call) {
        told["requestBody"] = json!({"content": {"application/json": {"schema": schema(members)}}});
    }
    if route.call == Call::Upload {
        let file = json!({"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}, "required": ["file"]});
        told["requestBody"] = json!({"content": {"multipart/form-data": {"schema": file}}});
    }
    told
}

/// The address that webhooks come in at.
fn door() -> Value {
    let envelope = json!({"application/json": {"schema": {"$ref": "#/components/schemas/Envelope"}}});
    json!({"post": {
        "tags": [TAG],
        "summary": "Takes a webhook in",
        "description": "At the address that a connection has for itself. It is acknowledged once it is committed.",
        "operationId": "webhook",
        "parameters": [{"name": "token", "in": "path", "required": true, "schema": {"type": "string"}}],
        "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
        "responses": {"200": {"description": "The event was committed", "content": envelope}},
    }})
}

fn envelope() -> Value {
    let codes: Vec<Value> = ROWS.iter().map(|row| row.name.into()).chain([Value::Null]).collect();
    json!({
        "type": "object",
        "description": "Every answer, under the HTTP status that it mirrors.",
        "required": ["status_code", "data", "error", "error_code", "log_id", "messages", "total"],
        "properties": {
            "status_code": {"type": "integer"},
            "data": {"description": "A record, or a list of them; null on failure"},
            "error": {"type": "boolean"},
            "error_code": {"type": ["string", "null"], "enum": codes},
            "log_id": {"type": ["string", "null"]},
            "messages": {"type": "string"},
            "total": {"type": "integer", "description": "Of all matching records, not of the page"},
        },
    })
}

/// The document of the calls served here.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut paths = Map::new();
    for route in ROUTES {
        let path = paths.entry(route.full()).or_insert_with(|| json!({}));
        let method = route.method.as_str().to_ascii_lowercase();
        // Two rows of the index are one call.
        let calls = path.as_object_mut().expect("it was made so");
        calls.entry(method).or_insert_with(|| operation(route));
    }
    paths.insert("/in/{token}/nandh".to_owned(), door());
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": TAG,
            "version": "1.0",
            "description": "N&H's order management, served by Trackway at the paths of the original over the records of the account, whichever API made them.",
        },
        "paths": paths,
        "components": {
            "schemas": {"Envelope": envelope()},
            "securitySchemes": {KEY: {"type": "apiKey", "in": "header", "name": KEY, "description": "The raw key, without a scheme before it"}},
        },
        "tags": [{"name": TAG, "description": "Orders, shipments, inbounds, returns, products and stock"}],
    });
    serde_json::from_value(document).expect("the document is written here and read in a test")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_described_with_its_body() {
        let document = serde_json::to_value(openapi()).unwrap();
        for route in ROUTES {
            let method = route.method.as_str().to_ascii_lowercase();
            let call = &document["paths"][route.full()][&method];
            assert_eq!(call["tags"][0], TAG, "{}", route.item);
            let has_body = call.get("requestBody").is_some();
            assert_eq!(has_body, route.method != http::Method::GET, "{}", route.item);
        }
        assert_eq!(document["paths"].as_object().unwrap().len(), 53);
    }

    #[test]
    fn bodies_nest_as_they_are_written() {
        let told = schema(&["a:integer!", "b.c:string!", "d[].e:number!", "f[]:string"]);
        assert_eq!(
            told,
            json!({"type": "object", "required": ["a"], "properties": {
                "a": {"type": "integer"},
                "b": {"type": "object", "required": ["c"], "properties": {"c": {"type": "string"}}},
                "d": {"type": "array", "items": {"type": "object", "required": ["e"], "properties": {"e": {"type": "number"}}}},
                "f": {"type": "array", "items": {"type": "string"}},
            }})
        );
    }
}
