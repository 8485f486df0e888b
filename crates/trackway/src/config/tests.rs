//! The sample is the default; the layers win in their order; mistakes are told where they stand.

use super::*;

const SAMPLE: &str = include_str!("../../../../packaging/trackway.toml");

fn file(text: &str) -> anyhow::Result<File> {
    File::parse(text, Path::new("trackway.toml"))
}

fn layered(text: &str, env: &[(&str, &str)], flags: &[(&str, &str)]) -> anyhow::Result<Config> {
    let of = |name: &str| {
        let found = env.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    let flags: Vec<_> = flags
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Config::layered(&file(text)?, of, &flags)
}

#[test]
fn the_sample_is_the_default_and_names_every_option() {
    let sample = file(SAMPLE).unwrap();
    assert_eq!(layered(SAMPLE, &[], &[]).unwrap(), Config::default());
    // What has no default stands there as a remark, in its table.
    let mut table = String::new();
    let mut named = std::collections::BTreeSet::new();
    for line in SAMPLE.lines() {
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            table = format!("{name}.");
        }
        let line = line.strip_prefix("# ").unwrap_or(line);
        if let Some((name, value)) = line.split_once(" = ")
            && name
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        {
            let name = format!("{table}{name}");
            let value: toml::Table = format!("v = {value}").parse().unwrap();
            let value = &value["v"];
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            if !value.is_array() {
                checked(&name, &text).unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
            }
            named.insert(name);
        }
    }
    let every: std::collections::BTreeSet<String> = OPTIONS
        .iter()
        .map(|option| option.name)
        .chain(options::of_dialects())
        .map(str::to_owned)
        .collect();
    assert_eq!(named, every);
    for option in OPTIONS {
        let default = (option.get)(&Config::default());
        assert_eq!(
            sample
                .options
                .get(option.name)
                .filter(|text| !text.is_empty()),
            default.as_ref(),
            "{}",
            option.name
        );
    }
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let text = "listen = \"127.0.0.1:1\"\n[limits]\nrequests = 1\nbody = \"2MiB\"\n";
    let env = [
        ("TRACKWAY_LISTEN", "127.0.0.1:2"),
        ("TRACKWAY_LIMITS_REQUESTS", "2"),
    ];
    let config = layered(text, &env, &[("listen", "127.0.0.1:3")]).unwrap();
    assert_eq!(config.listen.port(), 3);
    assert_eq!(config.limits.requests, 2);
    assert_eq!(config.limits.body, 2 << 20);
    let nets = layered("trusted_proxies = [\"10.0.0.0/8\", \"::1\"]\n", &[], &[]).unwrap();
    assert_eq!(nets.trusted_proxies.len(), 2);
    let set = layered("[express247]\nlookups_per_day = 7\n", &[], &[]).unwrap();
    assert_eq!(set.dialects["express247.lookups_per_day"], "7");
}

#[test]
fn mistakes_are_told_where_they_stand_with_the_name_that_was_meant() {
    type Case = (
        &'static str,
        &'static [(&'static str, &'static str)],
        &'static str,
    );
    let cases: &[Case] = &[
        ("lisen = \"127.0.0.1:1\"", &[], "did you mean `listen`"),
        (
            "[limits]\nrequest_count = 3",
            &[],
            "did you mean `limits.request",
        ),
        ("[limit]\nrequests = 3", &[], "did you mean `limits"),
        (
            "[limits]\nrequests = 0",
            &[],
            "limits.requests: `0` is no whole number",
        ),
        (
            "[express247]\nlookup_per_day = 3",
            &[],
            "did you mean `express247.lookups_per_day`",
        ),
        (
            "listen = \"here\"",
            &[],
            "trackway.toml, listen: `here` is no address",
        ),
        ("listen = ", &[], "is no TOML"),
        (
            "public_url = \"track.example.com\"",
            &[],
            "`track.example.com` is no address",
        ),
        ("[tls]\nkey = \"a\"", &[], "name both"),
        (
            "",
            &[("TRACKWAY_LIMITS_HEAD", "soon")],
            "TRACKWAY_LIMITS_HEAD: `soon` is no time",
        ),
    ];
    for (text, env, told) in cases {
        let error = format!("{:#}", layered(text, env, &[]).unwrap_err());
        assert!(error.contains(told), "{text}: {error}");
    }
}

#[test]
fn the_file_is_found_by_flag_variable_and_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (beside, named) = (folder.path().join(FILE), folder.path().join("named.toml"));
    std::fs::write(&beside, "listen = \"127.0.0.1:1\"").unwrap();
    std::fs::write(&named, "listen = \"127.0.0.1:2\"").unwrap();
    let args = |args: &[&str]| args.iter().map(OsString::from).collect::<Vec<_>>();
    let data = folder.path().to_str().unwrap();
    let named = named.to_str().unwrap();
    let with = |given: &[&str], env: &[(&str, &str)]| {
        let of = |name: &str| {
            env.iter()
                .find(|(known, _)| *known == name)
                .map(|(_, v)| v.into())
        };
        File::find(&args(given), of).map(|file| file.options.get("listen").cloned())
    };
    let ending =
        |found: anyhow::Result<Option<String>>| found.unwrap().map(|text| text[10..].to_owned());
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(ending(with(&["--data", data], &[])), some("1"));
    assert_eq!(ending(with(&[], &[("TRACKWAY_DATA", data)])), some("1"));
    assert_eq!(
        ending(with(&["--data", data, &format!("--config={named}")], &[])),
        some("2")
    );
    assert_eq!(
        ending(with(&["--data", data], &[("TRACKWAY_CONFIG", named)])),
        some("2")
    );
    assert_eq!(ending(with(&["--data", "/nowhere"], &[])), None);
    assert!(with(&["--config", "/nowhere/trackway.toml"], &[]).is_err());
}

/// `docs/configuration.md`, made of the table.
mod docs {
    use super::*;
    use std::fmt::Write;

    fn document() -> String {
        let mut text = String::from(
            "# Configuration\n\nGenerated by the tests (`make docs`); do not edit.\n\nA flag wins over the environment, \
             that over the file, that over the default. The file is the one that `--config` or `TRACKWAY_CONFIG` names, \
             otherwise `DIR/trackway.toml` in the data folder. [packaging/trackway.toml](../packaging/trackway.toml) is a \
             file of all defaults. A name that is not in this table is an error, also in the file.\n\n`trackway serve --set \
             NAME=VALUE` sets any option. Times are written `500ms`, `20s`, `2m`, `12h`, `90d`, sizes `512KiB`, `16MiB`, \
             `1GiB`; lists are TOML lists in the file and separated by commas elsewhere.\n\n\
             | option | variable | default | what it is |\n| --- | --- | --- | --- |\n",
        );
        for option in OPTIONS {
            let default = (option.get)(&Config::default());
            let default = default.map_or_else(|| "none".to_owned(), |text| format!("`{text}`"));
            let _ = writeln!(
                text,
                "| `{}` | `{}` | {default} | {} |",
                option.name,
                options::env_of(option.name),
                option.about
            );
        }
        for name in options::of_dialects() {
            let env = options::env_of(name);
            let _ = writeln!(
                text,
                "| `{name}` | `{env}` | the dialect's | Figure or habit of the API served. |"
            );
        }
        text.push_str("\nVariables that are no options of the file:\n\n| variable | what it is |\n| --- | --- |\n");
        for (name, about) in OTHERS {
            let _ = writeln!(text, "| `{name}` | {about} |");
        }
        text
    }

    const OTHERS: &[(&str, &str)] = &[
        ("TRACKWAY_CONFIG", "The configuration file, as `--config`."),
        (
            "TRACKWAY_MASTER_KEY",
            "The master key itself, where it is kept in no file. There is no flag for it: a command line is seen by every user of the machine.",
        ),
        (
            "TRACKWAY_ACCOUNT",
            "The account that commands work for, as `--account`.",
        ),
        ("TRACKWAY_OUTPUT", "`table` or `json`, as `--output`."),
        (
            "TRACKWAY_LOG",
            "What is logged, as `--log`; wins over `log.filter`.",
        ),
        (
            "TRACKWAY_SET",
            "Options of the server, `NAME=VALUE,…`, as `--set`.",
        ),
    ];

    #[test]
    fn the_configuration_document_is_what_the_table_says() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
        let made = document();
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&path, &made).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == made,
            "docs/configuration.md is not what the table says: run `make docs`"
        );
    }
}
