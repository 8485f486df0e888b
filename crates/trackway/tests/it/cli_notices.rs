//! `trackway notice`, `trackway mail test`, and what `doctor` says of the mail server.

use crate::program::{Data, run};
use trackway_testkit::Smtp;

on_both_stores!(
    people_are_told_by_commands_with_and_without_a_server,
    the_mail_server_is_tried_and_checked,
);

const CONNECT: [&str; 6] = [
    "connect",
    "247express",
    "--base-url",
    "http://127.0.0.1:9",
    "--set",
    "apikey=1111-2222",
];

/// A configuration file with this server in it.
fn configured(data: &Data, port: u16) -> String {
    let path = data.path().join("mail.toml");
    let text = format!(
        "public_url = \"https://track.example.com\"\n[mail]\nhost = \"127.0.0.1\"\nport = {port}\n\
         tls = \"none\"\nfrom = \"parcels@shop.example\"\n"
    );
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

async fn people_are_told_by_commands_with_and_without_a_server(data: Data) {
    data.run(&CONNECT).await.json();
    data.run(&["track", "247express", "VD0000001"]).await.json();
    let add = ["notice", "add", "VD0000001", "--to", "Buyer@example.org"];
    let off = data.run(&add).await;
    assert!(off.stderr.contains("mail.host"), "{}", off.stderr);
    assert_eq!(off.json()["address"], "B…@example.org");
    let server = data.launch().start().await.unwrap();
    let more = [&add[..], &["--language", "vi", "--stage", "delivered"]].concat();
    let changed = data.run(&more).await.json();
    assert_eq!(
        (&changed["language"], &changed["stages"][0]),
        (&"vi".into(), &"delivered".into())
    );
    let list = data.run(&["notice", "list", "VD0000001"]).await.json();
    assert_eq!(list.as_array().unwrap().len(), 1);
    let remove = ["notice", "remove", "VD0000001", "--to", "buyer@example.org"];
    assert_eq!(data.run(&remove).await.json()["standing"], "removed");
    let policy = [
        "notice",
        "policy",
        "--stage",
        "delivered",
        "--language",
        "zh",
    ];
    data.run(&policy).await.json();
    let policy = data.run(&["notice", "policy"]).await.json();
    assert_eq!(
        (&policy["language"], &policy["stages"][0]),
        (&"zh".into(), &"delivered".into())
    );
    for (args, told) in [
        (["notice", "add", "VD0000001", "--to", "nobody"], "no `@`"),
        (
            ["notice", "remove", "VD0000001", "--to", "buyer@example.org"],
            "nobody of this address",
        ),
        (
            ["notice", "add", "VD0000009", "--to", "buyer@example.org"],
            "VD0000009",
        ),
    ] {
        let refused = data.run(&args).await;
        assert_eq!((refused.code, &*refused.stdout), (1, ""));
        assert!(refused.stderr.contains(told), "{}", refused.stderr);
    }
    drop(server);
}

async fn the_mail_server_is_tried_and_checked(data: Data) {
    let mail = Smtp::start().await.unwrap();
    let config = configured(&data, mail.port());
    let tried = run([
        "mail",
        "test",
        "op@example.org",
        "--output=json",
        "--config",
        &config,
    ])
    .await;
    assert_eq!(tried.json()["taken"], true);
    assert_eq!(mail.taken().unwrap()[0].to, ["op@example.org"]);
    data.run(&CONNECT).await.json();
    let well = data.run(&["doctor", "--config", &config]).await;
    assert!(!well.stdout.contains("\"mail\""), "{}", well.stdout);
    assert_eq!(mail.taken().unwrap().len(), 1, "a check sends nothing");
    mail.at_recipient("op@example.org", "550 No", 1).unwrap();
    let refused = run([
        "mail",
        "test",
        "op@example.org",
        "--output=json",
        "--config",
        &config,
    ])
    .await;
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("(550)"), "{}", refused.stderr);
    drop(mail);
    let ill = data.run(&["doctor", "--config", &config]).await;
    assert_eq!(ill.code, 1);
    assert!(ill.stderr.contains("mail: "), "{}", ill.stderr);
    let off = run(["mail", "test", "op@example.org"]).await;
    assert!(off.stderr.contains("e-mail is off"), "{}", off.stderr);
}
