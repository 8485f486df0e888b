//! The console: who gets in, what a key sees and may do there, and how it looks.

use super::browser::{Browser, DESK};
use super::parcels::{CARRIER, World};
use super::seen::{SIDEWAYS, looks, pictures, sound};
use crate::api::orders::{Trading, made};
use crate::api::{key, post, read, register};
use crate::installation::Installation;
use reqwest::header::{ACCEPT, CONTENT_SECURITY_POLICY, COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::json;
use std::time::Duration;
use trackway_hub::NewEndpoint;
use trackway_store::records::KeyChange;

/// Every page that needs nothing to be there.
const PAGES: &[&str] = &[
    "/console",
    "/console/shipments",
    "/console/shipments?number=VD&stage=delivered",
    "/console/orders",
    "/console/orders?keyword=N&status=approved",
    "/console/stock",
    "/console/connections",
    "/console/endpoints",
    "/console/quarantine",
];

/// Somebody at a browser that follows no redirection.
struct Visitor<'a> {
    own: &'a Installation,
    client: Client,
    cookie: String,
}

impl<'a> Visitor<'a> {
    fn new(own: &'a Installation) -> Self {
        Self {
            own,
            client: trackway_testkit::client_that_stays(),
            cookie: String::new(),
        }
    }

    async fn sign_in(&mut self, key: &str) -> Response {
        let sent = self.send(Method::POST, "/console/sign-in");
        let form = serde_urlencoded::to_string([("key", key)]).unwrap();
        let answer = sent.body(form).send().await.unwrap();
        if let Some(cookie) = answer.headers().get(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            cookie
                .split(';')
                .next()
                .unwrap()
                .clone_into(&mut self.cookie);
        }
        answer
    }

    fn send(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = self.own.served.url(path);
        self.client
            .request(method, url)
            .header(COOKIE, &self.cookie)
            .header(ACCEPT, "text/html")
    }

    async fn get(&self, path: &str) -> (StatusCode, String) {
        let answer = self.send(Method::GET, path).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    /// Whether a page sends its visitor to sign in.
    async fn is_out(&self) -> bool {
        let answer = self.send(Method::GET, "/console").send().await.unwrap();
        answer.status() == StatusCode::SEE_OTHER && led_to(&answer) == "/console/sign-in"
    }
}

fn led_to(answer: &Response) -> &str {
    answer.headers()[LOCATION].to_str().unwrap()
}

#[tokio::test]
async fn a_key_signs_in_sees_its_own_and_signs_out() {
    let own = Installation::start().await;
    let (shop, other) = (own.shop("shop").await, own.shop("other").await);
    let mine = register(&own, &shop, CARRIER, "VD1").await;
    let theirs = register(&own, &other, CARRIER, "VD2").await;
    let mut visitor = Visitor::new(&own);
    let home = visitor.send(Method::GET, "/").send().await.unwrap();
    assert_eq!(led_to(&home), "/console");
    assert!(visitor.is_out().await);
    for wrong in ["", "nonsense", &shop.express247.key, &"x".repeat(500)] {
        let refused = visitor.sign_in(wrong).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{wrong}");
        assert!(visitor.cookie.is_empty());
    }
    let answer = visitor.sign_in(&shop.native.key).await;
    assert_eq!(led_to(&answer), "/console");
    let cookie = answer.headers()[SET_COOKIE].to_str().unwrap();
    for part in [
        "HttpOnly",
        "SameSite=Strict",
        "Path=/console",
        "Max-Age=43200",
    ] {
        assert!(cookie.contains(part), "{part}: {cookie}");
    }
    assert!(!cookie.contains(&shop.native.key) && !cookie.contains("Secure"));
    for path in PAGES {
        let (status, body) = visitor.get(path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        assert!(!body.contains("VD2"), "{path} tells of another account");
    }
    let (status, body) = visitor.get(&format!("/console/shipments/{mine}")).await;
    assert!(status == StatusCode::OK && body.contains("VD1"), "{body}");
    for path in [format!("shipments/{theirs}"), "nothing".to_owned()] {
        let (status, body) = visitor.get(&format!("/console/{path}")).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{body}");
        assert!(body.contains("Sign out"), "the menu stays: {body}");
    }
    // Out: by hand, with the end of the day, or with the key.
    let kept = visitor.cookie.clone();
    let out = visitor.send(Method::POST, "/console/sign-out");
    let out = out.send().await.unwrap();
    let forgotten = out.headers()[SET_COOKIE].to_str().unwrap();
    assert!(forgotten.contains("Max-Age=0"), "{forgotten}");
    own.clock.advance(Duration::from_hours(11));
    assert!(!visitor.is_out().await);
    own.clock.advance(Duration::from_hours(2));
    assert!(visitor.is_out().await, "a session lasts for a working day");
    visitor.sign_in(&shop.native.key).await;
    assert_ne!(visitor.cookie, kept);
    assert!(!visitor.is_out().await);
    let disable = KeyChange {
        disabled: Some(true),
        ..KeyChange::default()
    };
    let changed = own.hub.change_key(Some("shop"), shop.native.id, disable);
    assert!(changed.await.unwrap().disabled);
    assert!(visitor.is_out().await, "its key is disabled");
    for changed in [
        &kept[..kept.len() - 1],
        &format!("{kept}A"),
        "trackway_console=",
    ] {
        changed.clone_into(&mut visitor.cookie);
        assert!(visitor.is_out().await);
    }
}

#[tokio::test]
async fn a_key_does_there_what_its_scopes_let_it_do() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    register(&own, &shop, CARRIER, "VD1").await;
    let reader = key(&own, "shop", &["read"]).await;
    let mut visitor = Visitor::new(&own);
    visitor.sign_in(&reader).await;
    let (status, body) = visitor.get("/console").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(body.contains("lacks the scope `manage`"), "{body}");
    assert_eq!(visitor.get("/console/shipments").await.0, StatusCode::OK);
    let pause = format!("/console/connections/{}/pause", shop.connection.id.0);
    let answer = visitor.send(Method::POST, &pause).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    // A key that may read nothing gets in, and is told so by each page.
    let teller = key(&own, "shop", &["events"]).await;
    visitor.sign_in(&teller).await;
    let (status, _) = visitor.get("/console/shipments").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn only_a_page_of_ours_changes_anything() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let mut visitor = Visitor::new(&own);
    visitor.sign_in(&shop.native.key).await;
    let path = format!("/v1/connections/{}", shop.connection.id.0);
    let paused = async || read(&own, &shop.native.key, &path).await["paused"] == true;
    let pause = format!("/console/connections/{}/pause", shop.connection.id.0);
    for (name, value) in [
        ("origin", "https://elsewhere.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
    ] {
        let sent = visitor.send(Method::POST, &pause).header(name, value);
        let answer = sent.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{name}: {value}");
        assert!(!paused().await);
    }
    let sent = visitor.send(Method::POST, &pause);
    let answer = sent
        .header(ORIGIN, own.served.url(""))
        .send()
        .await
        .unwrap();
    assert_eq!(led_to(&answer), "/console/connections?done=pause");
    assert!(paused().await);
    let resume = pause.replace("/pause", "/resume");
    visitor.send(Method::POST, &resume).send().await.unwrap();
    assert!(!paused().await);
    let odd = pause.replace("/pause", "/erase");
    let answer = visitor.send(Method::POST, &odd).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_operator_can_do_without() {
    let own = Installation::with(&[("native.console", "false")]).await;
    let visitor = Visitor::new(&own);
    for path in ["/", "/console", "/console/sign-in"] {
        assert_eq!(visitor.get(path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
}

/// A shop with something on every page; the paths of what each page can tell of one thing.
async fn busy(world: &World) -> Vec<(&'static str, String)> {
    let own = &world.own;
    let key = &world.shop.native.key;
    world.show().await;
    let found = read(own, key, "/v1/shipments?number=VD2605311").await;
    let shipment = found["shipments"][0]["id"].as_str().unwrap();
    let trading = Trading::open(own, key, 10).await;
    let order = made(own, key, "/v1/orders", trading.order("N-1", 4)).await;
    let path = format!("/v1/orders/{}/fulfilments", order["id"]);
    let (status, told) = post(own, key, &path, &json!({"waybills": ["OWN-1"]})).await;
    assert!(status.is_success(), "{told}");
    let endpoint = NewEndpoint {
        account: Some("shop".to_owned()),
        url: "http://127.0.0.1:9/hook".to_owned(),
        operator: true,
        ..NewEndpoint::default()
    };
    let endpoint = own.hub.add_endpoint(endpoint).await.unwrap();
    let named = [
        ("shipment", format!("shipments/{shipment}")),
        ("order", format!("orders/{}", order["id"])),
        ("endpoint", format!("endpoints/{}", endpoint.id.0)),
        ("overview", String::new()),
        ("shipments", "shipments".to_owned()),
        ("orders", "orders".to_owned()),
        ("stock", "stock".to_owned()),
        ("connections", "connections".to_owned()),
        ("endpoints", "endpoints".to_owned()),
        ("quarantine", "quarantine".to_owned()),
    ];
    let whole = |(name, path)| {
        (
            name,
            format!("/console/{path}").trim_end_matches('/').into(),
        )
    };
    named.into_iter().map(whole).collect()
}

#[tokio::test]
async fn every_page_is_sound_small_and_large_light_and_dark() {
    let world = World::start().await;
    let shown = busy(&world).await;
    let mut browser = Browser::start().await;
    let door = world.own.served.url("/console");
    browser.visit(&door, DESK).await;
    assert_eq!(browser.texts("h1").await, ["Sign in"]);
    let file = pictures().join("console-sign-in.png");
    browser.picture(&file).await;
    let typed = format!(
        "document.querySelector('#key').value = {}",
        json!(world.shop.native.key)
    );
    browser.value(&typed).await;
    browser.press("button.go").await;
    assert_eq!(browser.texts("h1").await, ["Overview"]);
    for (name, path) in &shown {
        for (look_name, look) in looks() {
            sound(&mut browser, &world, path, look).await;
            assert_eq!(browser.texts("h1").await.len(), 1, "{path}");
            assert_eq!(browser.value(SIDEWAYS).await, json!(0), "{path}");
            let file = format!("console-{name}-{look_name}.png");
            browser.picture(&pictures().join(file)).await;
        }
    }
    let (_, shipment) = &shown[0];
    browser.visit(&world.own.served.url(shipment), DESK).await;
    browser.press("form[action$='/link'] button").await;
    let said = browser.texts("[role=status]").await.join(" ");
    assert!(said.contains("/t/"), "{said}");
    let (_, endpoint) = &shown[2];
    browser.visit(&world.own.served.url(endpoint), DESK).await;
    browser.press("form[action$='/pause'] button").await;
    assert_eq!(browser.texts("[role=status]").await, ["It is paused."]);
    browser.press("form[action$='/sign-out'] button").await;
    assert_eq!(browser.texts("h1").await, ["Sign in"]);
}

#[tokio::test]
async fn a_page_sends_its_forms_to_us_alone_and_is_framed_by_nobody() {
    let own = Installation::start().await;
    let answer = Visitor::new(&own).send(Method::GET, "/console/sign-in");
    let answer = answer.send().await.unwrap();
    let policy = answer.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
    for part in [
        "default-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(part), "{part}: {policy}");
    }
}
