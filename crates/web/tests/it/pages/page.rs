//! What the page says, and what it never says, whatever sources send.

use super::parcels::{CARRIER, JOURNEY, World};
use crate::installation::NOON;
use reqwest::header::{ACCEPT_LANGUAGE, ETAG, HeaderMap, IF_NONE_MATCH};
use reqwest::{Method, StatusCode};
use serde_json::json;

/// An answer for a reader of a language.
pub async fn get(world: &World, path: &str, language: &str) -> (StatusCode, HeaderMap, String) {
    let request = world.own.served.request(Method::GET, path);
    let answer = request
        .header(ACCEPT_LANGUAGE, language)
        .send()
        .await
        .unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    (status, headers, answer.text().await.unwrap())
}

/// The page of a link, which must be there.
async fn page(world: &World, path: &str, language: &str) -> String {
    let (status, _, body) = get(world, path, language).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    body
}

/// Whether all of these stand in a text, in this order.
fn in_order(text: &str, wanted: &[&str]) {
    let mut at = 0;
    for want in wanted {
        let found = text[at..].find(want);
        let found =
            found.unwrap_or_else(|| panic!("`{want}` is missing after byte {at} of\n{text}"));
        at += found + want.len();
    }
}

#[tokio::test]
async fn a_status_stands_in_the_readers_language_beside_both_names_of_its_carrier() {
    let world = World::start().await;
    world.on_its_way("VD2605310").await;
    let path = world.link("VD2605310").await;
    let names = r#"<span lang="vi">Đang đi phát</span> · <span lang="en">Delivering</span>"#;
    let rows = [
        ("en-GB", "<html lang=\"en\">", ">Out for delivery</h1>"),
        (
            "vi-VN,en;q=0.5",
            "<html lang=\"vi\">",
            ">Đang đi phát hàng</h1>",
        ),
        ("zh-CN", "<html lang=\"zh-Hans\">", ">正在派送</h1>"),
    ];
    for (language, marked, headline) in rows {
        in_order(
            &page(&world, &path, language).await,
            &[marked, headline, names],
        );
    }
    let chosen = page(&world, &format!("{path}?lang=zh"), "vi").await;
    in_order(
        &chosen,
        &["zh-Hans", "正在派送", "aria-current=\"true\">中文"],
    );
}

#[tokio::test]
async fn the_timeline_is_newest_first_by_the_days_of_the_place() {
    let world = World::start().await;
    world.on_its_way("VD2605310").await;
    let body = page(&world, &world.link("VD2605310").await, "en").await;
    in_order(
        &body,
        &[
            "<h3><time datetime=\"2026-06-01\">Monday, 1 June 2026</time>",
            "Out for delivery",
            "<time datetime=\"2026-06-01T07:58:13+07:00\" data-instant>07:58</time> <span class=\"zone\">UTC+07:00</span>",
            "<bdi>Bưu cục Quận 1, HỒ CHÍ MINH</bdi>",
            "Told by 247Express",
            "<h3><time datetime=\"2026-05-31\">Sunday, 31 May 2026</time>",
            "<time datetime=\"2026-05-31T19:05:00\">19:05</time> <span class=\"zone\">local time</span>",
            "<bdi>Kho Sóng Thần</bdi>",
            "Told by KeyDelivery",
            "<h3><time datetime=\"2026-05-30\">Saturday, 30 May 2026</time>",
            "<time datetime=\"2026-05-30T21:44:05+07:00\" data-instant>21:44</time>",
            "Picked up by the carrier",
            "Told by 247Express: <span class=\"names\"><span lang=\"vi\">Đã tạo đơn hàng</span>",
            "“Local time” is what the clock",
        ],
    );
    // Nothing was converted: not one time of the page stands in UTC but our own.
    assert_eq!(body.matches("(UTC)").count(), 2, "{body}");
}

#[tokio::test]
async fn two_systems_that_tell_of_one_happening_are_one_line() {
    let world = World::start().await;
    world.delivered("VD2605311").await;
    let body = page(&world, &world.link("VD2605311").await, "en").await;
    in_order(
        &body,
        &[
            ">Delivered</h1>",
            "Phát thành công",
            "Monday, 1 June 2026, 16:42",
            "Told by 247Express: ",
            "KeyDelivery",
            "07:58",
        ],
    );
    let shown = body.matches(">16:42<").count() + body.matches(", 16:42<").count();
    assert_eq!(shown, 2, "headline and timeline");
    assert!(
        !body.contains("Expected delivery"),
        "what is there is not expected"
    );
}

#[tokio::test]
async fn the_expected_window_is_what_a_source_told() {
    let world = World::start().await;
    world.on_its_way("VD2605310").await;
    let body = page(&world, &world.link("VD2605310").await, "en").await;
    let window = [
        "Expected delivery",
        "Monday, 1 June 2026</time> – ",
        "Tuesday, 2 June 2026</time>",
    ];
    in_order(&body, &window);
    world.failed("VD2605312").await;
    let body = page(&world, &world.link("VD2605312").await, "en").await;
    assert!(!body.contains("Expected delivery"), "no source told one");
    world.abroad("1Z00AA000000000001").await;
    let body = page(&world, &world.link("1Z00AA000000000001").await, "en").await;
    let estimate = [
        "Expected delivery",
        "Thursday, 4 June 2026</time>",
        "What is planned",
        "Arrived in the destination country",
        ">planned<",
        "Tuesday, 2 June 2026, 06:00",
        "Customs clearance started",
        "2 of 3 pieces",
    ];
    in_order(&body, &estimate);
}

#[tokio::test]
async fn failed_attempts_and_returns_say_why() {
    let world = World::start().await;
    world.failed("VD2605312").await;
    let body = page(&world, &world.link("VD2605312").await, "en").await;
    in_order(
        &body,
        &[
            "Not delivered, waiting for handling</h1>",
            "Nobody was at the address",
            "One failed delivery attempt",
        ],
    );
    world.returned("VD2605313").await;
    let body = page(&world, &world.link("VD2605313").await, "vi").await;
    in_order(
        &body,
        &[
            "Đã chuyển hoàn",
            "Đã trả về người gửi</h1>",
            "1 lần giao không thành công",
            "Người nhận từ chối nhận bưu kiện",
        ],
    );
}

#[tokio::test]
async fn the_carrier_is_named_and_linked() {
    let world = World::start().await;
    world.unheard_of("VD2605315").await;
    let body = page(&world, &world.link("VD2605315").await, "en").await;
    in_order(
        &body,
        &[
            "Nothing is known yet</h1>",
            "Carrier",
            "<a href=\"https://247express.vn/\" rel=\"external noopener noreferrer\" title=\"Go to 247Express\">247Express<",
        ],
    );
    world.abroad("1Z00AA000000000001").await;
    let body = page(&world, &world.link("1Z00AA000000000001").await, "zh").await;
    in_order(
        &body,
        &[
            "https://www.ups.com/track?tracknum=1Z00AA000000000001",
            "打开UPS的查询页面",
        ],
    );
}

/// What sources said of people, of money and in their own words.
const PERSONAL: &[&str] = &[
    "TRAN THI MAU",
    "PHAM VAN",
    "0900000",
    "MS EXAMPLE",
    "Ms Example",
    "Signed by",
    "150000",
    "150,000",
    "Chị Mẫu",
    "hẹn lại",
    "Gọi",
    "shop",
];

#[tokio::test]
async fn nothing_personal_is_on_any_page() {
    let world = World::start().await;
    for (name, path) in world.show().await {
        for language in ["en", "vi", "zh"] {
            let body = page(&world, &path, language).await;
            for word in PERSONAL {
                // Our own advice to those without a link is not on these pages.
                assert!(!body.contains(word), "{name} in {language} shows {word}");
            }
        }
    }
}

#[tokio::test]
async fn what_sources_write_stays_text() {
    let world = World::start().await;
    let hostile = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onmouseover='alert(1)",
        "</bdi></main><h1>gone</h1>",
        "{{ 7 * 7 }} {% raw %}",
        "&lt;b&gt; &#60;",
        "\u{202e}dlrow\u{2066} \u{0}\u{1b}[31m",
    ];
    let number = "<b>VD</b>\"'&1";
    let events: Vec<_> = hostile
        .iter()
        .enumerate()
        .map(|(at, place)| {
            json!({
                "carrier": "x-keydelivery:gls", "number": number, "status": "in_transit",
                "occurred_at": format!("2026-05-30T10:{at:02}:00Z"), "place": place,
                "text": place, "id": at.to_string(),
            })
        })
        .chain([json!({
            "carrier": "x-keydelivery:gls", "number": number, "code": "<i>odd</i>",
            "occurred_at": "2026-05-31T10:00:00Z",
        })])
        .collect();
    world.events(json!(events)).await;
    let body = page(&world, &world.link(number).await, "en").await;
    for raw in [
        "<script>alert",
        "<img",
        "onmouseover='",
        "<h1>gone",
        "<b>",
        "<i>odd",
        "\u{202e}",
        "\u{1b}",
    ] {
        assert!(!body.contains(raw), "{raw} came through");
    }
    for kept in [
        "&#60;script&#62;alert(1)",
        "dlrow",
        "{{ 7 * 7 }}",
        "&#38;lt;b&#38;gt;",
    ] {
        assert!(body.contains(kept), "{kept} is missing:\n{body}");
    }
    in_order(&body, &["An update in the carrier’s own code"]);
    assert_eq!(body.matches("<script").count(), 1, "our own");
}

#[tokio::test]
async fn a_page_is_small_whatever_sources_send() {
    let world = World::start().await;
    let number = "1Z00AA000000000002";
    let place = "\"<&>\"".repeat(40);
    for batch in 0..5 {
        let events: Vec<_> = (0..100)
            .map(|at| {
                json!({
                    "carrier": "ups", "number": number, "status": "arrived_at_facility",
                    "occurred_at": format!("2026-05-{:02}T{:02}:{:02}:00Z", 10 + at / 10, at % 10, batch),
                    "place": place, "id": format!("{batch}-{at}"), "reason": "label_mismatch",
                    "pieces": {"count": 2, "total": 3},
                })
            })
            .collect();
        world.events(json!(events)).await;
    }
    let path = world.link(number).await;
    for language in ["en", "vi", "zh"] {
        let body = page(&world, &path, language).await;
        let assets: usize = ["base.css", "tracking.css", "tracking.js", "icon.svg"]
            .map(|name| std::fs::metadata(format!("{}/assets/{name}", env!("CARGO_MANIFEST_DIR"))))
            .into_iter()
            .map(|file| file.unwrap().len() as usize)
            .sum();
        let total = body.len() + assets;
        assert!(
            total < 60_000,
            "{total} bytes in {language}, {} of them the page",
            body.len()
        );
        assert!(body.contains("460"), "says how many are left out");
    }
}

#[tokio::test]
async fn a_page_tells_browsers_and_robots_how_to_treat_it() {
    let world = World::start().await;
    world.on_its_way("VD2605310").await;
    let path = world.link("VD2605310").await;
    let (_, headers, body) = get(&world, &path, "vi").await;
    let rows = [
        ("content-type", "text/html; charset=utf-8"),
        ("content-language", "vi"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("x-robots-tag", "noindex, nofollow, noarchive"),
        ("cache-control", "private, no-cache"),
        ("vary", "accept-language"),
    ];
    for (name, value) in rows {
        assert_eq!(headers[name], value, "{name}");
    }
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'self';"), "{policy}");
    assert!(
        !policy.contains("unsafe") && !policy.contains("http"),
        "{policy}"
    );
    assert!(
        !body.contains("style=") && !body.contains("<style"),
        "{body}"
    );

    let again = world
        .own
        .served
        .request(Method::GET, &path)
        .header(ACCEPT_LANGUAGE, "vi");
    let held = again
        .header(IF_NONE_MATCH, &headers[ETAG])
        .send()
        .await
        .unwrap();
    assert_eq!(held.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(held.headers()["cache-control"], "private, no-cache");
    assert!(held.text().await.unwrap().is_empty());
    let other = world
        .own
        .served
        .request(Method::GET, &path)
        .header(ACCEPT_LANGUAGE, "en");
    let fresh = other
        .header(IF_NONE_MATCH, &headers[ETAG])
        .send()
        .await
        .unwrap();
    assert_eq!(
        fresh.status(),
        StatusCode::OK,
        "another language is another page"
    );

    let head = world
        .own
        .served
        .request(Method::HEAD, &path)
        .send()
        .await
        .unwrap();
    assert_eq!(head.status(), StatusCode::OK);
    let posted = world.own.served.post(&path).send().await.unwrap();
    assert_eq!(posted.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(posted.headers()["allow"], "GET, HEAD");
}

#[tokio::test]
async fn files_are_kept_for_ever_under_the_hash_of_their_bytes() {
    let world = World::start().await;
    world.unheard_of("VD2605315").await;
    let body = page(&world, &world.link("VD2605315").await, "en").await;
    let named = |text: &str| text.split('"').next().unwrap().to_owned();
    let paths: Vec<String> = body.split("\"/assets/").skip(1).map(named).collect();
    assert_eq!(paths.len(), 4, "{paths:?}");
    for path in paths {
        let (status, headers, _) = get(&world, &format!("/assets/{path}"), "en").await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert_eq!(
            headers["cache-control"],
            "public, max-age=31536000, immutable"
        );
        assert_eq!(headers["x-content-type-options"], "nosniff");
        let (stem, _) = path.split_once('-').unwrap();
        let (status, ..) = get(
            &world,
            &format!("/assets/{stem}-0000000000000000.css"),
            "en",
        )
        .await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
    for path in [
        "/assets/../src/lib.rs",
        "/assets/%2e%2e/Cargo.toml",
        "/assets/",
        "/assets/x",
    ] {
        let (status, ..) = get(&world, path, "en").await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
}

/// A request that no handler answers gets a page too, in every language at once.
#[tokio::test]
async fn a_refusal_is_a_page() {
    let world = World::start().await;
    let request = world.own.served.request(Method::GET, "/t/A");
    let body = request.header("content-encoding", "gzip").body("x");
    let answer = body.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.headers()["referrer-policy"], "no-referrer");
    let page = answer.text().await.unwrap();
    in_order(
        &page,
        &[
            "lang=\"en\">",
            "Please try again",
            "lang=\"vi\">",
            "Vui lòng thử lại",
            "lang=\"zh-Hans\">",
            "请稍后再试",
        ],
    );
}

#[tokio::test]
async fn the_same_facts_are_the_same_page() {
    let world = World::start().await;
    world.express("VD2605310", &JOURNEY[..2], None).await;
    let path = world
        .own
        .hub
        .link(Some("shop"), Some(CARRIER), "VD2605310", 30)
        .await
        .unwrap()
        .path;
    let before = page(&world, &path, "en").await;
    assert_eq!(page(&world, &path, "en").await, before);
    world.own.clock.set(NOON + 3_600_000_000);
    assert_eq!(
        page(&world, &path, "en").await,
        before,
        "time alone changes nothing"
    );
    world.express("VD2605310", &JOURNEY[..3], None).await;
    assert_ne!(page(&world, &path, "en").await, before);
}
