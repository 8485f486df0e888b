//! What can be seen without opening the data.

use crate::admin::{Finding, Severity};
use crate::cli::Place;
use crate::config::Config;
use crate::{master, system};
use std::net::IpAddr;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio_postgres::{Client, NoTls};
use trackway_hub::mail::Courier;

/// How long PostgreSQL may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Less free than this is said, whatever the server's own limit is.
const LITTLE: u64 = 1 << 30;
/// How far two machines' clocks may be apart.
const SKEW_US: i64 = 5_000_000;

pub async fn examine(place: &Place, config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(folder(&place.data));
    findings.extend(keys(&master::key_file(place)));
    findings.extend(disk(&place.data));
    findings.extend(configuration(config));
    findings.extend(mail(config).await);
    if let Some(url) = &place.database_url {
        findings.extend(postgres(url).await);
    }
    findings
}

/// The folder is its owner's, and others can't change what is in it.
fn folder(path: &Path) -> Option<Finding> {
    let mode = std::fs::metadata(path).ok()?.mode();
    let open = mode & 0o022 != 0;
    open.then(|| {
        Finding::new(
            Severity::Warning,
            "data folder",
            format!(
                "others than its owner may write in it (mode {:o})",
                mode & 0o777
            ),
            format!("chmod go-w {}", path.display()),
        )
    })
}

/// The key's file, and what a change of it left beside it.
fn keys(current: &Path) -> Vec<Finding> {
    let next = master::next_file(current);
    let former = master::former_files(current);
    let files = [current, &next]
        .into_iter()
        .chain(former.iter().map(PathBuf::as_path));
    let mut findings: Vec<Finding> = files.filter_map(key).collect();
    if next.exists() {
        findings.push(Finding::new(
            Severity::Warning,
            "master key",
            format!(
                "a change for the key in {} was begun and not done",
                next.display()
            ),
            "Run `trackway key rotate` again; the data opens with the key of before until then.",
        ));
    }
    findings.extend(former.iter().map(|former| {
        Finding::new(
            Severity::Note,
            "master key",
            format!("{} is a former one, beside the data", former.display()),
            "Keep it with the backups that were made under it, or destroy it with them.",
        )
    }));
    findings
}

/// Nobody but its owner may read the key; where it is in no file there is nothing to see.
fn key(path: &Path) -> Option<Finding> {
    let mode = std::fs::metadata(path).ok()?.mode();
    (mode & 0o077 != 0).then(|| {
        Finding::new(
            Severity::Error,
            "master key",
            format!(
                "others than its owner may read it (mode {:o})",
                mode & 0o777
            ),
            format!("chmod 600 {}", path.display()),
        )
    })
}

fn disk(path: &Path) -> Option<Finding> {
    let stat = rustix::fs::statvfs(path).ok()?;
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    (free < LITTLE).then(|| {
        Finding::new(
            Severity::Warning,
            "disk",
            format!("{} MiB are free", free >> 20),
            "Make room: when it is nearly full, nothing new is taken in.",
        )
    })
}

/// Whether the e-mail server lets us in; nothing is sent.
async fn mail(config: &Config) -> Option<Finding> {
    let checked = match config.mail.setup(config.public_url.as_deref()) {
        Ok(None) => return None,
        Ok(Some(setup)) => match Courier::new(&setup.smtp) {
            Ok(courier) => courier.check().await.map(drop),
            Err(error) => Err(error.to_string()),
        },
        Err(error) => Err(format!("{error:#}")),
    };
    checked.err().map(|problem| {
        let advice = "Mend [mail] in the configuration; `trackway mail test ADDRESS` sends one.";
        Finding::new(Severity::Error, "mail", problem, advice)
    })
}

/// What is allowed and yet seldom meant.
fn configuration(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    let is_private = |address: IpAddr| address.is_loopback();
    let bare = config.tls.certificate.is_none() && config.trusted_proxies.is_empty();
    if bare && !is_private(config.listen.ip()) {
        findings.push(Finding::new(
            Severity::Warning,
            "listen",
            format!("{} is open to other machines, without TLS and without a proxy", config.listen),
            "Set tls.certificate and tls.key, or put a proxy in front and name it in trusted_proxies: keys travel in the clear.",
        ));
    }
    if let Some(url) = config
        .public_url
        .as_deref()
        .filter(|url| url.starts_with("http://"))
    {
        findings.push(Finding::new(
            Severity::Note,
            "public_url",
            format!("{url} is no HTTPS: who sees a link on its way can open it"),
            "Serve by HTTPS, and say so in public_url.",
        ));
    }
    for (name, path) in [
        ("tls.certificate", &config.tls.certificate),
        ("tls.key", &config.tls.key),
    ] {
        if let Some(path) = path
            .as_ref()
            .filter(|path| std::fs::File::open(path).is_err())
        {
            findings.push(Finding::new(
                Severity::Error,
                name,
                format!("{} can't be read", path.display()),
                "Name a file that this user may read.",
            ));
        }
    }
    findings
}

/// Settings with which an acknowledged commit can be lost, and what each should be.
const SETTINGS: &[(&str, &[&str], &str)] = &[
    (
        "fsync",
        &["on"],
        "a crash of its machine can destroy the whole database",
    ),
    (
        "full_page_writes",
        &["on"],
        "a crash of its machine can destroy pages",
    ),
    (
        "synchronous_commit",
        &["on", "remote_apply", "remote_write", "local"],
        "what was acknowledged in the last moments before a crash is lost",
    ),
];

async fn postgres(url: &str) -> Vec<Finding> {
    let unknown = |problem: String| {
        let advice = "Check database_url, and whether the server runs and lets this user in.";
        vec![Finding::new(Severity::Error, "postgresql", problem, advice)]
    };
    match tokio::time::timeout(PATIENCE, asked(url)).await {
        Ok(Ok(findings)) => findings,
        Ok(Err(error)) => unknown(format!("it can't be asked: {error}")),
        Err(_) => unknown(format!(
            "it did not answer within {} seconds",
            PATIENCE.as_secs()
        )),
    }
}

async fn asked(url: &str) -> Result<Vec<Finding>, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    let connection = tokio::spawn(connection);
    let findings = settings(&client).await;
    drop(client);
    connection.abort();
    findings
}

async fn settings(client: &Client) -> Result<Vec<Finding>, tokio_postgres::Error> {
    let mut findings = Vec::new();
    for (name, good, otherwise) in SETTINGS {
        let row = client
            .query_one("SELECT current_setting($1)", &[name])
            .await?;
        let value: String = row.get(0);
        if !good.contains(&value.as_str()) {
            findings.push(Finding::new(
                Severity::Error,
                "postgresql",
                format!("{name} is {value}: {otherwise}"),
                format!("ALTER SYSTEM SET {name} = 'on', and reload its configuration."),
            ));
        }
    }
    let now = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
    let theirs: i64 = client.query_one(now, &[]).await?.get(0);
    let apart = system::now().saturating_sub(theirs);
    if apart.saturating_abs() > SKEW_US {
        findings.push(Finding::new(
            Severity::Warning,
            "clock",
            format!(
                "this machine and PostgreSQL's are {} seconds apart",
                apart / 1_000_000
            ),
            "Keep both with NTP: what is due is told by one of them and claimed by the other.",
        ));
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_and_a_folder_that_others_may_use_are_told() {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("master.key");
        assert_eq!(key(&file), None, "it is not there");
        std::fs::write(&file, "x").unwrap();
        let mode = |path: &Path, mode| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        mode(&file, 0o644);
        let found = key(&file).unwrap();
        assert_eq!(found.severity, Severity::Error);
        assert!(found.advice.contains("chmod 600"), "{found:?}");
        mode(&file, 0o600);
        assert_eq!(key(&file), None);
        assert_eq!(keys(&file), []);
        let (next, former) = (
            master::next_file(&file),
            temp.path().join("master.key.0a1b2c3d"),
        );
        for (path, severity) in [(&next, Severity::Warning), (&former, Severity::Note)] {
            std::fs::write(path, "x").unwrap();
            mode(path, 0o600);
            let found = keys(&file);
            assert_eq!(found.len(), 1, "{found:?}");
            assert_eq!(found[0].severity, severity);
            mode(path, 0o640);
            assert_eq!(keys(&file)[0].severity, Severity::Error);
            std::fs::remove_file(path).unwrap();
        }
        mode(temp.path(), 0o777);
        assert_eq!(folder(temp.path()).unwrap().severity, Severity::Warning);
        mode(temp.path(), 0o750);
        assert_eq!(folder(temp.path()), None);
    }

    #[test]
    fn what_is_seldom_meant_is_told() {
        let config = |change: fn(&mut Config)| {
            let mut config = Config::default();
            change(&mut config);
            configuration(&config)
        };
        assert_eq!(config(|_| ()), []);
        let open = config(|config| config.listen = ([0, 0, 0, 0], 8247).into());
        assert_eq!(open[0].subject, "listen");
        assert_eq!(
            config(|config| {
                config.listen = ([0, 0, 0, 0], 8247).into();
                config.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
            }),
            []
        );
        let missing = config(|config| config.tls.key = Some("/nowhere/key.pem".into()));
        assert_eq!(missing[0].severity, Severity::Error);
    }
}
