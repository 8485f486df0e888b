//! The documents of every API served here: `docs/openapi/*.json`, which clients are made of, and the
//! pages. `UPDATE_DOCS=1` writes the files anew, otherwise they are compared.

use crate::installation::Installation;
use reqwest::{Method, StatusCode};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use trackway_dialects::express247;
use trackway_web::api::openapi::APIS;

fn documents() -> Vec<(&'static str, Value)> {
    let read = |text: &str| serde_json::from_str(text).unwrap();
    APIS.iter()
        .map(|api| (api.name, read(api.text())))
        .collect()
}

#[test]
fn the_documents_are_what_the_code_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi");
    for api in &APIS {
        let path = folder.join(format!("{}.json", api.name));
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, api.text()).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == api.text(),
            "docs/openapi/{}.json is not what the code says: run `make docs`",
            api.name
        );
    }
}

fn calls(document: &Value) -> impl Iterator<Item = (&String, &String, &Value)> {
    calls_of(&document["paths"])
}

/// What is sent to subscribers.
fn webhooks(document: &Value) -> impl Iterator<Item = (&String, &String, &Value)> {
    calls_of(&document["webhooks"])
}

fn calls_of(paths: &Value) -> impl Iterator<Item = (&String, &String, &Value)> {
    let paths = paths.as_object().into_iter().flatten();
    paths.flat_map(|(path, item)| {
        let calls = item.as_object().unwrap().iter();
        calls.map(move |(method, call)| (method, path, call))
    })
}

/// Every `$ref` of a document.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(link)) = members.get("$ref") {
                found.insert(link.clone());
            }
            members
                .values()
                .for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn every_document_is_whole() {
    for (name, document) in documents() {
        assert_eq!(document["openapi"], "3.1.0", "{name}");
        let mut links = BTreeSet::new();
        references(&document, &mut links);
        for link in links {
            let at = document.pointer(link.trim_start_matches('#'));
            assert!(at.is_some(), "{name}: {link} leads nowhere");
        }
        let schemes = &document["components"]["securitySchemes"];
        let tags: Vec<&Value> = document["tags"]
            .as_array()
            .unwrap()
            .iter()
            .map(|tag| &tag["name"])
            .collect();
        let mut ids = BTreeSet::new();
        for (method, path, call) in calls(&document).chain(webhooks(&document)) {
            let what = format!("{name}: {method} {path}");
            assert!(
                tags.contains(&&call["tags"][0]),
                "{what}: its tag is not described"
            );
            assert!(
                call["summary"]
                    .as_str()
                    .is_some_and(|text| !text.is_empty()),
                "{what}"
            );
            assert!(
                ids.insert(call["operationId"].to_string()),
                "{what}: its id is taken"
            );
            assert!(
                call["responses"]
                    .as_object()
                    .is_some_and(|all| !all.is_empty()),
                "{what}"
            );
            for way in call["security"].as_array().into_iter().flatten() {
                for scheme in way.as_object().unwrap().keys() {
                    assert!(schemes.get(scheme).is_some(), "{what}: no scheme {scheme}");
                }
            }
            for named in path
                .split('{')
                .skip(1)
                .map(|rest| rest.split('}').next().unwrap())
            {
                let params = call["parameters"].as_array().unwrap();
                let found = params
                    .iter()
                    .any(|one| one["name"] == named && one["in"] == "path");
                assert!(found, "{what}: {named} is not described");
            }
        }
    }
}

/// `in/*/intergrationapi` as the document writes it.
fn spelt(pattern: &str) -> String {
    format!("/{}", pattern.replace('*', "{token}"))
}

#[test]
fn the_facades_documents_name_what_they_serve_and_nothing_else() {
    let documents = documents();
    let told = |name: &str| -> BTreeSet<String> {
        let (_, document) = documents.iter().find(|(known, _)| *known == name).unwrap();
        calls(document)
            .map(|(method, path, _)| format!("{method} {path}").to_ascii_lowercase())
            .collect()
    };
    let served: BTreeSet<String> = express247::calls()
        .map(|(method, path)| format!("{method} {}", spelt(path)).to_ascii_lowercase())
        .collect();
    assert_eq!(told("247express"), served);
    let keydelivery = [
        "post /api/v1/carriers/detect",
        "post /api/v1/tracking/create",
        "post /api/v1/tracking/realtime",
        "post /in/{token}/keydelivery",
    ];
    assert_eq!(told("keydelivery"), keydelivery.map(str::to_owned).into());
}

#[tokio::test]
async fn what_the_facades_documents_name_is_served() {
    let own = Installation::start().await;
    for (name, document) in documents().into_iter().skip(1) {
        for (method, path, _) in calls(&document) {
            let method: Method = method.to_ascii_uppercase().parse().unwrap();
            let path = path.replace("{token}", "nobody");
            let answer = own.served.request(method, &path).send().await.unwrap();
            // An answer of the system's own, not "there is no such path".
            let expected = match (name, path.starts_with("/in/")) {
                ("nandh", true) => StatusCode::NOT_FOUND,
                ("nandh", false) => StatusCode::UNAUTHORIZED,
                _ => StatusCode::OK,
            };
            assert_eq!(answer.status(), expected, "{name}: {path}");
        }
    }
}

#[tokio::test]
async fn documents_and_pages_are_served_to_anybody() {
    let own = Installation::start().await;
    for api in &APIS {
        let answer = own
            .served
            .request(Method::GET, api.path)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.headers()["content-type"], "application/json");
        assert_eq!(answer.text().await.unwrap(), api.text());
        let answer = own
            .served
            .request(Method::GET, api.page)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{}", api.page);
        assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
        let policy = answer.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(
            policy.starts_with("default-src 'self'") && !policy.contains("unsafe"),
            "{policy}"
        );
        let page = answer.text().await.unwrap();
        for banned in ["<script", "style=", "http://", "//cdn", " on"] {
            let found = page.matches(banned).count();
            // Words may hold ` on`; attributes may not.
            let attribute =
                banned == " on" && !page.contains(" onclick") && !page.contains(" onload");
            assert!(found == 0 || attribute, "{}: {banned}", api.page);
        }
    }
}

/// What a page shows of a document: every call and every shape, each link leading somewhere.
#[tokio::test]
async fn a_page_shows_all_of_its_document() {
    let own = Installation::start().await;
    for (api, (name, document)) in APIS.iter().zip(documents()) {
        let answer = own
            .served
            .request(Method::GET, api.page)
            .send()
            .await
            .unwrap();
        let page = answer.text().await.unwrap();
        let ids: BTreeSet<&str> = page
            .split("id=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap())
            .collect();
        for link in page.split("href=\"#").skip(1) {
            let id = link.split('"').next().unwrap();
            assert!(ids.contains(id), "{name}: #{id} leads nowhere");
        }
        for (method, path, _) in calls(&document).chain(webhooks(&document)) {
            assert!(
                page.contains(&format!(">{path}</a>")),
                "{name}: {method} {path}"
            );
        }
        for shape in document["components"]["schemas"]
            .as_object()
            .unwrap()
            .keys()
        {
            assert!(
                page.contains(&format!(">{shape}</a></h3>")),
                "{name}: {shape}"
            );
        }
    }
}
