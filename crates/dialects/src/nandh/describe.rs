//! The calls served here, as OpenAPI: made of the route table, so that what is served is described, and
//! of the members that each call reads.

use super::bodies::{Members, SHARED, body, query};
use super::errors::ROWS;
use super::routes::{Call, ROUTES, Route, Source};
use serde_json::{Map, Value, json};

const TAG: &str = "N&H Logistics";
const KEY: &str = "Authorization";

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
    let (first, is_list) = first
        .strip_suffix("[]")
        .map_or((first, false), |it| (it, true));
    let properties = object["properties"]
        .as_object_mut()
        .expect("an object has members");
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
            list.or_insert_with(|| json!([]))
                .as_array_mut()
                .expect("a list")
                .push(first.into());
        }
    } else {
        put(
            if is_list {
                &mut member["items"]
            } else {
                member
            },
            rest,
            kind,
            required,
        );
    }
}

fn parameters(route: &Route) -> Vec<Value> {
    let mut told = Vec::new();
    for name in ["id", "name"] {
        if route.path.contains(&format!("{{{name}}}")) {
            told.push(
                json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}),
            );
        }
    }
    let (is_list, own) = query(route.call);
    let shared = if is_list { SHARED } else { &[] };
    for member in shared.iter().chain(own) {
        let (name, kind, required) = split(member);
        told.push(
            json!({"name": name, "in": "query", "required": required, "schema": {"type": kind}}),
        );
    }
    told
}

fn operation(route: &Route) -> Value {
    let said = match route.source {
        Source::Documented => "The path is the vendor's own word.",
        Source::Cut => "The vendor's page ends within the path; the rest is inferred.",
        Source::Inferred => "The path is inferred.",
    };
    let envelope =
        json!({"application/json": {"schema": {"$ref": "#/components/schemas/Envelope"}}});
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
        told["responses"]["200"]["content"] =
            json!({"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}});
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
    let envelope =
        json!({"application/json": {"schema": {"$ref": "#/components/schemas/Envelope"}}});
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
    let codes: Vec<Value> = ROWS
        .iter()
        .map(|row| row.name.into())
        .chain([Value::Null])
        .collect();
    json!({
        "type": "object",
        "description": "Every answer, under the HTTP status that it mirrors.",
        "required": ["status_code", "data", "error", "error_code", "log_id", "messages", "total"],
        "properties": {
            "status_code": {"type": "integer"},
            "data": {"type": ["object", "array", "null"], "description": "A record, or a list of them; null on failure"},
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
    use std::collections::BTreeSet;

    #[test]
    fn every_route_is_described_with_its_body() {
        let document = serde_json::to_value(openapi()).unwrap();
        for route in ROUTES {
            let method = route.method.as_str().to_ascii_lowercase();
            let call = &document["paths"][route.full()][&method];
            assert_eq!(call["tags"][0], TAG, "{}", route.item);
            let has_body = call.get("requestBody").is_some();
            assert_eq!(
                has_body,
                route.method != http::Method::GET,
                "{}",
                route.item
            );
        }
        let paths: BTreeSet<&str> = ROUTES.iter().map(|route| route.path).collect();
        let told = document["paths"].as_object().unwrap().len();
        assert_eq!(told, paths.len() + 1, "and the webhooks' door");
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
