//! E-mails in the words of the pages, sent to a real server, and the page that ends them.

use super::browser::Browser;
use super::page::get;
use super::parcels::{CARRIER, World};
use super::seen::{SIDEWAYS, looks, pictures, sound};
use crate::api::register;
use crate::installation::Installation;
use reqwest::header::{ACCEPT_LANGUAGE, ALLOW, CONTENT_SECURITY_POLICY};
use reqwest::{Method, StatusCode};
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;
use trackway_hub::HubConfig;
use trackway_hub::language::Language;
use trackway_hub::mail::{Letters, Limits, MailConfig, Security, SmtpConfig};
use trackway_hub::notices::NoticeWish;
use trackway_model::{AccountId, ShipmentId};
use trackway_testkit::{Smtp, Taken, eventually};
use trackway_web::pages::letters::PageLetters;

const LIMIT: Duration = Duration::from_secs(20);

/// A shop whose server sends e-mails, and a shipment of it.
async fn shop(server: &Smtp, number: &str) -> (World, AccountId, ShipmentId) {
    let smtp = SmtpConfig {
        host: "127.0.0.1".to_owned(),
        port: server.port(),
        security: Security::None,
        login: None,
        certificates: None,
        from: "parcels@shop.example".to_owned(),
        from_name: Some("Shop".to_owned()),
        reply_to: Some("help@shop.example".to_owned()),
        public_url: "https://track.example.com".to_owned(),
    };
    let limits = Limits {
        fresh: Duration::from_hours(24),
        ..Limits::default()
    };
    let own = Installation::configured(HubConfig {
        public_url: Some(smtp.public_url.clone()),
        poll: false,
        mail: Some(MailConfig {
            smtp,
            limits,
            letters: Arc::new(PageLetters),
        }),
        ..HubConfig::default()
    })
    .await;
    own.hub.start();
    eventually("the feed to be followed", LIMIT, async || {
        let cursor = own.hub.store().mail_cursor().await.unwrap();
        (!cursor.is_empty()).then_some(())
    })
    .await
    .unwrap();
    let world = World::on(own).await;
    let id = register(&world.own, &world.shop, CARRIER, number).await;
    let account = world.own.hub.account(Some("shop")).await.unwrap().id;
    (world, account, ShipmentId(id.parse().unwrap()))
}

async fn notify(world: &World, (account, shipment): (AccountId, ShipmentId), language: Language) {
    let wish = NoticeWish {
        address: format!("{}@example.org", language.code()),
        language: Some(language.code().to_owned()),
        stages: None,
    };
    let kept = world.own.hub.notify(account, shipment, &wish).await;
    assert!(kept.unwrap().is_some());
}

/// So many e-mails, by language.
async fn taken(server: &Smtp, count: usize) -> Vec<Taken> {
    let mut found = eventually(format!("{count} e-mails"), LIMIT, async || {
        let found = server.taken().unwrap();
        (found.len() >= count).then_some(found)
    })
    .await
    .unwrap();
    assert_eq!(found.len(), count);
    found.sort_by(|a, b| a.to.cmp(&b.to));
    found
}

/// With every token taken out, since each is another one.
fn without_tokens(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("https://track.example.com/") {
        let link = &rest[at..];
        let end = link.find(['>', '"', '\r', '\n']).unwrap_or(link.len());
        let (path, _) = link[..end].rsplit_once('/').unwrap();
        let _ = write!(out, "{}{path}/…", &rest[..at]);
        rest = &link[end..];
    }
    (out + rest).replace("\r\n", "\n")
}

#[tokio::test]
async fn an_email_says_what_the_page_says_in_the_readers_language() {
    let server = Smtp::start().await.unwrap();
    let (world, account, shipment) = shop(&server, "VD2605310").await;
    for language in Language::ALL {
        notify(&world, (account, shipment), language).await;
    }
    world.on_its_way("VD2605310").await;
    let mut all = String::new();
    for mail in taken(&server, 3).await {
        for name in [
            "From",
            "To",
            "Reply-To",
            "Subject",
            "Date",
            "List-Unsubscribe",
            "List-Unsubscribe-Post",
            "Auto-Submitted",
        ] {
            let values: Vec<_> = mail.header(name);
            assert_eq!(values.len(), 1, "{name}: {values:?}");
            let _ = writeln!(all, "{name}: {}", without_tokens(values[0]));
        }
        let _ = writeln!(
            all,
            "\n{}\n{}\n",
            without_tokens(&mail.text),
            without_tokens(&mail.html)
        );
        let html = mail.html.to_lowercase();
        for loaded in ["<img", "src=", "url(", "<script", "<link", "@import"] {
            assert!(!html.contains(loaded), "{loaded}");
        }
        assert!(!mail.header("Subject")[0].contains("VD2605310"));
        // The page behind the link says the same.
        let link = mail
            .text
            .lines()
            .find_map(|line| line.strip_prefix("https://track.example.com"));
        let (status, _, page) = get(&world, link.unwrap(), &mail.to[0][..2]).await;
        assert_eq!(status, StatusCode::OK);
        let headline = mail.text.lines().next().unwrap();
        assert!(page.contains(&format!(">{headline}</h1>")), "{headline}");
    }
    insta::assert_snapshot!("emails", all);
    world.own.hub.stop().await.unwrap();
}

#[tokio::test]
async fn one_click_ends_the_emails_and_a_look_does_not() {
    let server = Smtp::start().await.unwrap();
    let (world, account, shipment) = shop(&server, "VD2605310").await;
    notify(&world, (account, shipment), Language::English).await;
    world.on_its_way("VD2605310").await;
    let mail = taken(&server, 1).await.remove(0);
    let link = mail.header("List-Unsubscribe")[0];
    let link = link.trim_start_matches('<').trim_end_matches('>');
    let path = link.strip_prefix("https://track.example.com").unwrap();
    assert!(mail.text.contains(link) && mail.html.contains(link));
    let standing = async || {
        let all = world
            .own
            .hub
            .notices(account, shipment)
            .await
            .unwrap()
            .unwrap();
        all[0].standing
    };
    let rows = [
        ("en", "No more emails about this parcel?", "No more emails"),
        (
            "vi",
            "Không nhận email về bưu kiện này nữa?",
            "Đã ngừng gửi email",
        ),
        ("zh", "不再接收此包裹的邮件？", "已停止发送邮件"),
    ];
    for (language, question, _) in rows {
        let (status, headers, page) = get(&world, path, language).await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            page.contains(&format!(">{question}</h1>")) && page.contains("<form method=\"post\">"),
            "{page}"
        );
        assert!(
            headers[CONTENT_SECURITY_POLICY]
                .to_str()
                .unwrap()
                .contains("form-action 'self'")
        );
        assert!(
            !page.contains("example.org") && !page.contains("VD2605310"),
            "{page}"
        );
    }
    assert_eq!(standing().await, "active", "programs open links");
    // As a mail program sends it, twice.
    for _ in 0..2 {
        let request = world.own.served.request(Method::POST, path);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = request
            .body("List-Unsubscribe=One-Click")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(standing().await, "unsubscribed");
    }
    for (language, _, ended) in rows {
        let page = get(&world, path, language).await.2;
        assert!(
            page.contains(&format!(">{ended}</h1>")) && !page.contains("<form"),
            "{page}"
        );
    }
    let other = world.own.served.request(Method::DELETE, path);
    let other = other.header(ACCEPT_LANGUAGE, "en").send().await.unwrap();
    assert_eq!(other.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(other.headers()[ALLOW], "GET, HEAD, POST");
    for wrong in [
        "/unsubscribe",
        "/unsubscribe/x",
        "/unsubscribe/x/y",
        &path[..path.len() - 1],
    ] {
        for method in [Method::GET, Method::POST] {
            let answer = world
                .own
                .served
                .request(method.clone(), wrong)
                .send()
                .await
                .unwrap();
            let status = answer.status();
            let refused =
                status == StatusCode::NOT_FOUND || status == StatusCode::METHOD_NOT_ALLOWED;
            assert!(refused, "{method} {wrong}: {status}");
        }
    }
    world.own.hub.stop().await.unwrap();
}

/// What a mail program would show of an e-mail.
async fn sound_letter(browser: &mut Browser, html: &str, name: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("letter.html");
    std::fs::write(&file, html).unwrap();
    let url = format!("file://{}", file.display());
    for (named, look) in looks() {
        let visit = browser.visit(&url, look).await;
        assert_eq!(visit.complaints(), [""; 0], "{name} {named}");
        assert_eq!(
            visit.requests(),
            std::slice::from_ref(&url),
            "{name} asks for nothing"
        );
        assert_eq!(browser.value(SIDEWAYS).await, 0, "{name} {named}");
        let file = format!("letter-{name}-{named}.png");
        browser.picture(&pictures().join(file)).await;
    }
}

#[tokio::test]
async fn the_emails_and_the_page_that_ends_them_are_sound_in_every_look() {
    let server = Smtp::start().await.unwrap();
    let (world, account, shipment) = shop(&server, "VD2605310").await;
    for language in Language::ALL {
        notify(&world, (account, shipment), language).await;
    }
    world.on_its_way("VD2605310").await;
    let mut browser = Browser::start().await;
    for mail in taken(&server, 3).await {
        let language = &mail.to[0][..2];
        sound_letter(&mut browser, &mail.html, language).await;
        let link = mail.header("List-Unsubscribe")[0];
        let link = link.trim_start_matches('<').trim_end_matches('>');
        let path = link.strip_prefix("https://track.example.com").unwrap();
        let path = format!("{path}?lang={language}");
        for name in ["unsubscribe", "ended"] {
            for (named, look) in looks() {
                sound(&mut browser, &world, &path, look).await;
                assert_eq!(browser.texts("h1").await.len(), 1);
                let file = format!("{name}-{language}-{named}.png");
                browser.picture(&pictures().join(file)).await;
            }
            // Whoever presses has ended it; after that there is nothing left to press.
            let buttons = browser.texts("form button").await.len();
            assert_eq!(buttons, usize::from(name == "unsubscribe"), "{language}");
            if buttons > 0 {
                browser.press("form button").await;
                assert!(browser.texts("form").await.is_empty(), "{language}");
            }
        }
    }
    let all = world.own.hub.notices(account, shipment).await;
    let all = all.unwrap().unwrap();
    assert!(all.iter().all(|one| one.standing == "unsubscribed"));
    world.own.hub.stop().await.unwrap();
}

#[test]
fn a_trial_is_told_in_every_language() {
    for language in Language::ALL {
        let trial = PageLetters.trial(language);
        assert!(trial.subject.contains("Trackway") && trial.html.contains(&trial.text));
    }
}
