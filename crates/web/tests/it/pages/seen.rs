//! The page as Chromium sees it: without JavaScript and with it, small and large, light and dark.

use super::browser::{Browser, DESK, Look, PHONE};
use super::parcels::World;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Where pictures are put, for people to look at.
pub fn pictures() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("../pages")
}

/// How far a page reaches over its window's edge.
pub const SIDEWAYS: &str =
    "document.documentElement.scrollWidth - document.documentElement.clientWidth";

/// Small and large, light and dark, each with its name.
pub fn looks() -> impl Iterator<Item = (String, Look)> {
    let sizes = [("phone", PHONE), ("desk", DESK)];
    sizes.into_iter().flat_map(|(size, view)| {
        [("light", false), ("dark", true)].map(|(light, dark)| {
            let look = Look {
                dark,
                script: dark,
                ..view
            };
            (format!("{size}-{light}"), look)
        })
    })
}

/// What holds for every page, however it is looked at.
pub async fn sound(browser: &mut Browser, world: &World, path: &str, look: Look) {
    let url = world.own.served.url(path);
    let visit = browser.visit(&url, look).await;
    let complaints: Vec<_> = visit.complaints();
    assert!(complaints.is_empty(), "{path} {look:?}: {complaints:?}");
    let home = world.own.served.url("/");
    for request in visit.requests() {
        assert!(request.starts_with(&home), "{path} asks {request}");
    }
    let bytes = visit.bytes();
    assert!(bytes < 60_000, "{path} takes {bytes} bytes");
    let over = browser.value(SIDEWAYS).await;
    assert_eq!(over, json!(0), "{path} {look:?}: it scrolls sideways");
}

#[tokio::test]
async fn every_state_stands_in_the_page_without_javascript() {
    let world = World::start().await;
    let mut browser = Browser::start().await;
    // Headline, the step that it is at, steps in all, happenings.
    let rows = [
        ("moving", "Out for delivery", "Now: Arriving", 5, 6),
        ("delivered", "Delivered", "Now: Delivered", 5, 5),
        (
            "failed",
            "Not delivered, waiting for handling",
            "Stopped here: Arriving",
            5,
            5,
        ),
        (
            "returned",
            "Back at the sender",
            "Now: Back at the sender",
            6,
            7,
        ),
        (
            "abroad",
            "Customs clearance started",
            "Now: On its way",
            5,
            5,
        ),
        ("nothing", "Nothing is known yet", "", 5, 0),
    ];
    for ((name, path), row) in world.show().await.into_iter().zip(rows) {
        assert_eq!(name, row.0);
        sound(&mut browser, &world, &path, PHONE).await;
        assert_eq!(browser.texts("h1").await, [row.1], "{name}");
        assert_eq!(
            browser.texts(".steps [aria-current=step]").await.join(""),
            row.2,
            "{name}"
        );
        assert_eq!(browser.texts(".steps li").await.len(), row.3, "{name}");
        assert_eq!(
            browser.texts("#history .happening").await.len(),
            row.4,
            "{name}"
        );
        let current = usize::from(row.4 > 0);
        assert_eq!(
            browser.texts(".happening.current").await.len(),
            current,
            "{name}"
        );
        for landmark in [
            "header",
            "main",
            "footer",
            "nav[aria-label]",
            "h1",
            "html[lang=en]",
        ] {
            assert_eq!(browser.texts(landmark).await.len(), 1, "{name}: {landmark}");
        }
        assert_eq!(
            browser.texts("nav a").await,
            ["English", "Tiếng Việt", "中文"],
            "{name}"
        );
        assert_eq!(
            browser
                .texts("script:not([src]), style, [style]")
                .await
                .len(),
            0,
            "{name}"
        );
    }
}

#[tokio::test]
async fn every_language_and_look_is_sound_at_every_width() {
    let world = World::start().await;
    let mut browser = Browser::start().await;
    let shown = world.show().await;
    for (name, path) in &shown {
        for language in ["en", "vi", "zh"] {
            let path = format!("{path}?lang={language}");
            for (named, look) in looks() {
                sound(&mut browser, &world, &path, look).await;
                let file = format!("{name}-{language}-{named}.png");
                browser.picture(&pictures().join(file)).await;
            }
        }
    }
    let print = Look {
        print: true,
        width: 794,
        ..DESK
    };
    sound(&mut browser, &world, &shown[0].1, print).await;
    browser
        .picture(&pictures().join("moving-en-print.png"))
        .await;
    let hidden = "getComputedStyle(document.querySelector('nav')).display";
    assert_eq!(
        browser.value(hidden).await,
        "none",
        "nobody needs links on paper"
    );
}

#[tokio::test]
async fn the_page_that_opens_nothing_is_sound() {
    let world = World::start().await;
    let mut browser = Browser::start().await;
    for (size, view) in [("phone", PHONE), ("desk", DESK)] {
        for language in ["en", "vi", "zh"] {
            let path = format!("/t/nothing?lang={language}");
            let visit = browser.visit(&world.own.served.url(&path), view).await;
            // The browser itself notes the status 404.
            let complaints = visit.complaints();
            assert!(
                complaints.iter().all(|said| said.contains("404")),
                "{complaints:?}"
            );
            assert_eq!(browser.value(SIDEWAYS).await, json!(0));
            assert_eq!(browser.texts("h1").await.len(), 1);
            let file = format!("gone-{language}-{size}.png");
            browser.picture(&pictures().join(file)).await;
        }
    }
}

#[tokio::test]
async fn with_javascript_the_page_says_how_long_ago() {
    let world = World::start().await;
    let mut browser = Browser::start().await;
    // Long ago by any machine's clock: the browser has no other.
    world
        .own
        .told(&world.shop, "VD2001010", "25", "2020-01-01T08:00:00+07:00")
        .await;
    let url = world.own.served.url(&world.link("VD2001010").await);
    browser
        .visit(
            &url,
            Look {
                script: false,
                ..DESK
            },
        )
        .await;
    let without = browser.texts("[data-ago]").await;
    browser
        .visit(
            &url,
            Look {
                script: true,
                ..DESK
            },
        )
        .await;
    let with = browser.texts("[data-ago]").await;
    assert!(
        with[0].starts_with(&without[0]) && with[0].len() > without[0].len(),
        "{with:?}"
    );
    assert!(with[0].ends_with(" ago"), "{with:?}");
}

#[tokio::test]
async fn the_keyboard_reaches_everything_and_sees_where_it_is() {
    let world = World::start().await;
    let mut browser = Browser::start().await;
    world.on_its_way("VD2605310").await;
    let url = world.own.served.url(&world.link("VD2605310").await);
    browser.visit(&url, PHONE).await;
    let outlined = "[...document.querySelectorAll('a')].every(a => {
        a.focus({focusVisible: true});
        const look = getComputedStyle(a);
        return document.activeElement === a && look.outlineStyle === 'solid' && parseFloat(look.outlineWidth) >= 2;
    })";
    assert_eq!(browser.value(outlined).await, true);
    let order = "[...document.querySelectorAll('a')].map(a => a.className || a.rel || a.lang)";
    let order = browser.value(order).await;
    assert_eq!(
        order,
        json!([
            "skip",
            "en",
            "vi",
            "zh-Hans",
            "external noopener noreferrer"
        ])
    );
    let large = "[...document.querySelectorAll('nav a')].every(a => a.getBoundingClientRect().height >= 24)";
    assert_eq!(
        browser.value(large).await,
        true,
        "targets are large enough for a finger"
    );
}
