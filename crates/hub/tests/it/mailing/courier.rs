//! The connection: how it is protected, and what is never sent over it.

use super::*;
use crate::world::NOON;
use std::path::Path;
use tempfile::TempDir;
use trackway_hub::mail::address::Mailbox;
use trackway_hub::mail::{Courier, HandedOver, Login, SetupError};
use trackway_testkit::SmtpOptions;

/// A certificate for `localhost`, as files and as text.
fn certificate(folder: &Path) -> (SmtpOptions, Vec<u8>) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (certificate, key) = (folder.join("c.pem"), folder.join("k.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let options = SmtpOptions {
        certificate: Some(certificate),
        key: Some(key),
        user: Some("shop".to_owned()),
        password: Some("pass-1".to_owned()),
        ..SmtpOptions::default()
    };
    (options, made.cert.pem().into_bytes())
}

fn login(password: &str) -> Login {
    Login {
        user: "shop".to_owned(),
        password: password.into(),
    }
}

#[tokio::test]
async fn connections_are_protected_and_logged_in() {
    let folder = TempDir::new().unwrap();
    let (options, trusted) = certificate(folder.path());
    let to = Mailbox::parse(WHO).unwrap();
    for (implicit, security) in [(false, Security::StartTls), (true, Security::Tls)] {
        let server = Smtp::with(SmtpOptions {
            implicit,
            ..options.clone()
        })
        .await
        .unwrap();
        let good = SmtpConfig {
            security,
            login: Some(login("pass-1")),
            certificates: Some(trusted.clone()),
            ..smtp(server.port())
        };
        let courier = Courier::new(&good).unwrap();
        let checked = courier.check().await.unwrap();
        assert!(checked.encrypted && checked.logged_in);
        assert!(server.taken().unwrap().is_empty(), "a check sends nothing");
        let written = Plain.trial(Language::English);
        let sent = courier.try_out(&to, written.clone(), NOON).await;
        assert_eq!(sent, HandedOver::Taken);
        let taken = server.taken().unwrap();
        assert_eq!(
            (taken[0].tls, taken[0].user.as_deref()),
            (true, Some("shop"))
        );
        // Another password, a certificate that nobody trusts, another name than the certificate's.
        let wrong = [
            SmtpConfig {
                login: Some(login("pass-2")),
                ..good.clone()
            },
            SmtpConfig {
                certificates: None,
                ..good.clone()
            },
            SmtpConfig {
                host: "127.0.0.1".to_owned(),
                ..good.clone()
            },
        ];
        for config in wrong {
            let courier = Courier::new(&config).unwrap();
            let why = courier.check().await.unwrap_err();
            assert!(!why.contains("pass-"), "{why}");
            let sent = courier.try_out(&to, written.clone(), NOON).await;
            assert!(matches!(sent, HandedOver::Unreachable { .. }), "{sent:?}");
        }
        assert_eq!(server.taken().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn what_would_be_sent_in_the_clear_is_not() {
    let open = Smtp::start().await.unwrap();
    // A server that offers no STARTTLS is not spoken to without.
    let config = SmtpConfig {
        security: Security::StartTls,
        ..smtp(open.port())
    };
    let why = Courier::new(&config).unwrap().check().await.unwrap_err();
    assert!(why.contains("STARTTLS"), "{why}");
    let config = SmtpConfig {
        login: Some(login("pass-1")),
        ..smtp(open.port())
    };
    let refused = Courier::new(&config);
    assert!(matches!(refused, Err(SetupError::LoginInTheClear)));
    // A relay without protection is near, or none.
    let far = SmtpConfig {
        host: "192.0.2.1".to_owned(),
        ..smtp(25)
    };
    let why = Courier::new(&far).unwrap().check().await.unwrap_err();
    assert!(why.contains("not near"), "{why}");
    let near = Courier::new(&smtp(open.port()))
        .unwrap()
        .check()
        .await
        .unwrap();
    assert!(!near.encrypted && !near.logged_in);
    for (from, public) in [
        ("nobody", "https://track.example.com"),
        ("a@example.org", "/"),
    ] {
        let config = SmtpConfig {
            from: from.to_owned(),
            public_url: public.to_owned(),
            ..smtp(25)
        };
        assert!(Courier::new(&config).is_err());
    }
}
