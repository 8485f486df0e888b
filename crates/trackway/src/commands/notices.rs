//! `trackway notice` and `trackway mail`: e-mail to people.

use crate::cli::{Mail, MailTest, Notice};
use crate::config::Config;
use crate::printer::Printer;
use anyhow::{Context, bail};
use serde_json::json;
use trackway_hub::mail::address::Mailbox;
use trackway_hub::mail::{Courier, HandedOver, MailConfig, language};
use trackway_hub::{Clock, SystemClock};
use trackway_web::admin::AdminRequest;

pub async fn notice(notice: Notice, config: &Config, printer: &Printer) -> anyhow::Result<()> {
    let (place, request) = match notice {
        Notice::Add(add) => {
            let stages = add.telling.stages();
            let request = AdminRequest::NoticeAdd {
                account: add.parcel.owner.account,
                carrier: add.parcel.carrier,
                number: add.parcel.number,
                address: add.to,
                language: add.telling.language,
                stages,
            };
            (add.parcel.place, request)
        }
        Notice::List(parcel) => {
            let request = AdminRequest::NoticeList {
                account: parcel.owner.account,
                carrier: parcel.carrier,
                number: parcel.number,
            };
            (parcel.place, request)
        }
        Notice::Remove(remove) => {
            let request = AdminRequest::NoticeRemove {
                account: remove.parcel.owner.account,
                carrier: remove.parcel.carrier,
                number: remove.parcel.number,
                address: remove.to,
            };
            (remove.parcel.place, request)
        }
        Notice::Policy(policy) => {
            let stages = policy.telling.stages();
            let request = AdminRequest::NoticePolicy {
                account: policy.owner.account,
                language: policy.telling.language,
                stages,
            };
            (policy.place, request)
        }
    };
    let told = super::ask(&place, request, printer).await?;
    printer.data(&told)?;
    if config.mail.host.is_none() {
        printer
            .note("No e-mail is sent by a server of this configuration: `mail.host` is not set.");
    }
    Ok(())
}

pub async fn mail(mail: Mail, config: &Config, printer: &Printer) -> anyhow::Result<()> {
    let Mail::Test(MailTest {
        to,
        language: code,
        // Where the configuration was looked for.
        data: _,
    }) = mail;
    let to = Mailbox::parse(&to).context("the address can't be used")?;
    let language =
        language(&code).with_context(|| format!("no language `{code}`: en, vi or zh"))?;
    let Some(setup) = config.mail.setup(config.public_url.as_deref())? else {
        bail!("e-mail is off: set mail.host, mail.from and public_url");
    };
    let MailConfig { smtp, letters, .. } = setup;
    let courier = Courier::new(&smtp)?;
    let written = letters.trial(language);
    let now = SystemClock::new().now();
    let handed = courier.try_out(&to, written, now).await;
    let server = format!("{}:{}", smtp.host, smtp.port);
    match handed {
        HandedOver::Taken => Ok(printer.data(&json!({ "server": server, "taken": true }))?),
        HandedOver::Refused { code } => bail!("{server} refused the address for good ({code})"),
        HandedOver::NotNow { code } => {
            bail!("{server} does not take it for now ({code}): try again later")
        }
        HandedOver::Unreachable { why } => bail!("{server} can't be used: {why}"),
        HandedOver::Unknown { why } => {
            bail!("whether {server} took it is not known: {why}")
        }
    }
}
