//! What is set about e-mail to people. Without `mail.host` there is none.

use anyhow::{Context, bail};
use secrecy::{ExposeSecret, SecretString};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use trackway_hub::mail::{Limits, Login, MailConfig, Security, SmtpConfig};
use trackway_web::pages::letters::PageLetters;

/// A password as it is set: it is never shown and never written back.
#[derive(Clone, Debug, Default)]
pub struct Secret(Option<SecretString>);

impl Secret {
    pub fn new(text: &str) -> Self {
        Self((!text.is_empty()).then(|| SecretString::from(text)))
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        let text = |of: &Self| of.0.as_ref().map(|text| text.expose_secret().to_owned());
        text(self) == text(other)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Mail {
    pub host: Option<String>,
    pub port: Option<u16>,
    pub security: Security,
    pub user: Option<String>,
    pub password: Secret,
    pub password_file: Option<PathBuf>,
    pub ca_file: Option<PathBuf>,
    pub from: Option<String>,
    pub from_name: Option<String>,
    pub reply_to: Option<String>,
    pub per_minute: usize,
    pub account_daily: usize,
    pub address_daily: usize,
    pub fresh: Duration,
}

impl Default for Mail {
    fn default() -> Self {
        let Limits {
            per_minute,
            by_account,
            to_one,
            fresh,
        } = Limits::default();
        Self {
            host: None,
            port: None,
            security: Security::StartTls,
            user: None,
            password: Secret::default(),
            password_file: None,
            ca_file: None,
            from: None,
            from_name: None,
            reply_to: None,
            per_minute: per_minute as usize,
            account_daily: by_account as usize,
            address_daily: to_one as usize,
            fresh,
        }
    }
}

impl Mail {
    /// What the hub sends with; None where e-mail is off. Reads the files that are named.
    pub fn setup(&self, public_url: Option<&str>) -> anyhow::Result<Option<MailConfig>> {
        let Some(host) = &self.host else {
            if self.from.is_some() || self.user.is_some() {
                bail!("mail.host is not set, and other options of [mail] are: name the server");
            }
            return Ok(None);
        };
        let from = self.from.clone().context(
            "mail.host is set and mail.from is not: name the address that e-mails come from",
        )?;
        let public_url = public_url
            .context("mail.host is set and public_url is not: links in e-mails begin with it")?;
        let certificates = self
            .ca_file
            .as_deref()
            .map(|file| read("mail.ca_file", file));
        let limit = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Ok(Some(MailConfig {
            smtp: SmtpConfig {
                host: host.clone(),
                port: self.port.unwrap_or(self.security.usual_port()),
                security: self.security,
                login: self.login()?,
                certificates: certificates.transpose()?,
                from,
                from_name: self.from_name.clone(),
                reply_to: self.reply_to.clone(),
                public_url: public_url.to_owned(),
            },
            limits: Limits {
                per_minute: limit(self.per_minute),
                by_account: limit(self.account_daily),
                to_one: limit(self.address_daily),
                fresh: self.fresh,
            },
            letters: Arc::new(PageLetters),
        }))
    }

    fn login(&self) -> anyhow::Result<Option<Login>> {
        let password = match (&self.password.0, &self.password_file) {
            (Some(_), Some(_)) => {
                bail!("mail.password and mail.password_file are both set: keep one")
            }
            (Some(password), None) => Some(password.clone()),
            (None, Some(file)) => {
                let text = String::from_utf8(read("mail.password_file", file)?);
                let text = text.context("mail.password_file holds no text")?;
                Some(SecretString::from(text.trim_end_matches(['\r', '\n'])))
            }
            (None, None) => None,
        };
        match (&self.user, password) {
            (Some(user), Some(password)) => Ok(Some(Login {
                user: user.clone(),
                password,
            })),
            (None, None) => Ok(None),
            (Some(_), None) => {
                bail!("mail.user is set and has no mail.password or mail.password_file")
            }
            (None, Some(_)) => bail!("mail.password is set and mail.user is not"),
        }
    }
}

fn read(option: &str, file: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(file).with_context(|| format!("{option}: {} can't be read", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set() -> Mail {
        Mail {
            host: Some("smtp.example.net".to_owned()),
            from: Some("parcels@example.org".to_owned()),
            ..Mail::default()
        }
    }

    fn refused(mail: &Mail, public_url: Option<&str>) -> String {
        format!("{:#}", mail.setup(public_url).unwrap_err())
    }

    const PUBLIC: Option<&str> = Some("https://track.example.com");

    #[test]
    fn nothing_is_guessed_and_nothing_half_set() {
        assert!(Mail::default().setup(PUBLIC).unwrap().is_none());
        let made = set().setup(PUBLIC).unwrap().unwrap().smtp;
        assert_eq!((made.port, made.security), (587, Security::StartTls));
        assert!(refused(&set(), None).contains("public_url"));
        let cases = [
            (
                Mail {
                    host: None,
                    ..set()
                },
                "mail.host",
            ),
            (
                Mail {
                    from: None,
                    ..set()
                },
                "mail.from",
            ),
            (
                Mail {
                    user: Some("u".to_owned()),
                    ..set()
                },
                "mail.password",
            ),
            (
                Mail {
                    password: Secret::new("p"),
                    ..set()
                },
                "mail.user",
            ),
            (
                Mail {
                    user: Some("u".to_owned()),
                    password_file: Some("/nowhere".into()),
                    ..set()
                },
                "mail.password_file: /nowhere",
            ),
        ];
        for (mail, told) in cases {
            let why = refused(&mail, PUBLIC);
            assert!(why.contains(told), "{why}");
        }
    }

    #[test]
    fn a_password_comes_from_a_file_and_is_never_shown() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        std::fs::write(&file, "pass-1\n").unwrap();
        let mail = Mail {
            user: Some("u".to_owned()),
            password_file: Some(file),
            ..set()
        };
        let made = mail.setup(PUBLIC).unwrap().unwrap();
        let login = made.smtp.login.clone().unwrap();
        assert_eq!(login.password.expose_secret(), "pass-1");
        let both = Mail {
            password: Secret::new("pass-2"),
            ..mail
        };
        assert!(refused(&both, PUBLIC).contains("both"));
        assert!(!format!("{both:?} {made:?}").contains("pass-"));
    }
}
