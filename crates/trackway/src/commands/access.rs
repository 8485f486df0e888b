//! `trackway account`, `key`, `connect`, `connection` and `endpoint`.

use super::{endpoints, status};
use crate::cli::{Account, Connect, Connection, Endpoint, Key, Place};
use crate::printer::{Output, Printer};
use anyhow::bail;
use trackway_web::admin::{AdminRequest, NewKey};

/// Asks and prints the answer.
async fn print(place: &Place, request: AdminRequest, printer: &Printer) -> anyhow::Result<()> {
    let answer = super::ask(place, request, printer).await?;
    Ok(printer.data(&answer)?)
}

pub async fn account(account: Account, printer: &Printer) -> anyhow::Result<()> {
    match account {
        Account::Create(create) => {
            let request = AdminRequest::AccountCreate { name: create.name };
            print(&create.place, request, printer).await
        }
        Account::List(place) => print(&place, AdminRequest::AccountList, printer).await,
    }
}

pub async fn key(key: Key, printer: &Printer) -> anyhow::Result<()> {
    match key {
        Key::Create(create) => {
            let request = AdminRequest::KeyCreate(NewKey {
                account: create.owner.account,
                dialect: create.dialect,
                name: create.name,
                test: create.test,
                scopes: create.scopes,
                expires_after_s: create.expires_after.map(|after| after.as_secs()),
            });
            print(&create.place, request, printer).await?;
            printer.note("The key is shown this once: keep it.");
            Ok(())
        }
        Key::List(whose) => {
            let account = whose.owner.account;
            print(&whose.place, AdminRequest::KeyList { account }, printer).await
        }
        Key::Disable(named) => {
            let request = AdminRequest::KeyDisable {
                account: named.whose.owner.account,
                id: named.id,
            };
            print(&named.whose.place, request, printer).await
        }
        Key::Expire(expire) => {
            let named = expire.key;
            let request = AdminRequest::KeyExpire {
                account: named.whose.owner.account,
                id: named.id,
                after_s: expire.after.as_secs(),
            };
            print(&named.whose.place, request, printer).await
        }
        Key::Rotate(rotate) => super::rotate::run(rotate, printer).await,
    }
}

pub async fn connect(connect: Connect, printer: &Printer) -> anyhow::Result<()> {
    let request = AdminRequest::Connect {
        account: connect.owner.account,
        dialect: connect.dialect,
        name: connect.name,
        base_url: connect.base_url,
        zone: connect.zone,
        settings: connect.settings.into_iter().collect(),
    };
    print(&connect.place, request, printer).await
}

pub async fn connection(connection: Connection, printer: &Printer) -> anyhow::Result<()> {
    let (named, paused) = match connection {
        Connection::List(whose) => {
            let account = whose.owner.account;
            let request = AdminRequest::ConnectionList { account };
            let told = super::ask(&whose.place, request, printer).await?;
            let shown = match printer.output() {
                Output::Json => told,
                Output::Table => status::lines(&told, status::listed).into(),
            };
            return Ok(printer.data(&shown)?);
        }
        Connection::Test(named) => {
            let request = AdminRequest::ConnectionTest {
                account: named.whose.owner.account,
                name: named.name,
            };
            let told = super::ask(&named.whose.place, request, printer).await?;
            printer.data(&told)?;
            if told["works"] != true {
                bail!("the connection does not work: see `detail`");
            }
            return Ok(());
        }
        Connection::Pause(named) => (named, true),
        Connection::Resume(named) => (named, false),
    };
    let request = AdminRequest::ConnectionPause {
        account: named.whose.owner.account,
        name: named.name,
        paused,
    };
    print(&named.whose.place, request, printer).await
}

pub async fn endpoint(endpoint: Endpoint, printer: &Printer) -> anyhow::Result<()> {
    let (named, paused) = match endpoint {
        Endpoint::Add(add) => {
            let request = AdminRequest::EndpointAdd {
                account: add.owner.account,
                dialect: add.dialect,
                url: add.url,
                settings: add.settings.into_iter().collect(),
            };
            let made = super::ask(&add.place, request, printer).await?;
            printer.data(&made)?;
            endpoints::note_secret(&made, printer);
            return Ok(());
        }
        Endpoint::List(whose) => {
            let account = whose.owner.account;
            return print(
                &whose.place,
                AdminRequest::EndpointList { account },
                printer,
            )
            .await;
        }
        Endpoint::Remove(named) => {
            let request = AdminRequest::EndpointRemove {
                account: named.whose.owner.account,
                id: named.id,
            };
            return print(&named.whose.place, request, printer).await;
        }
        Endpoint::Show(named) => {
            let request = AdminRequest::EndpointShow {
                account: named.whose.owner.account,
                id: named.id,
            };
            return print(&named.whose.place, request, printer).await;
        }
        Endpoint::Set(set) => return endpoints::set(set, printer).await,
        Endpoint::Rotate(rotate) => return endpoints::rotate(rotate, printer).await,
        Endpoint::Test(named) => return endpoints::test(named, printer).await,
        Endpoint::Replay(replay) => return endpoints::replay(replay, printer).await,
        Endpoint::Resend(resend) => {
            let request = AdminRequest::EndpointResend {
                account: resend.whose.owner.account,
                delivery: resend.delivery,
            };
            return print(&resend.whose.place, request, printer).await;
        }
        Endpoint::Pause(named) => (named, true),
        Endpoint::Resume(named) => (named, false),
    };
    let request = AdminRequest::EndpointPause {
        account: named.whose.owner.account,
        id: named.id,
        paused,
    };
    print(&named.whose.place, request, printer).await
}
