//! Carriers as data: what is built in is sound, and what an operator adds is taken or refused.

use std::fs;
use std::path::PathBuf;
use trackway_numbers::{Catalog, CatalogError, Hints, Mode};

fn built_in() -> Catalog {
    Catalog::built_in().unwrap()
}

#[test]
fn the_tables_are_sound() {
    let catalog = built_in();
    assert!(
        catalog.carriers().len() > 250,
        "{}",
        catalog.carriers().len()
    );
    for carrier in catalog.carriers() {
        assert_eq!(catalog.get(&carrier.code).unwrap().code, carrier.code);
        for dialect in ["keydelivery", "track123"] {
            let code = catalog.code(dialect, &carrier.code);
            let code = code.unwrap_or_else(|| panic!("{} in {dialect}", carrier.code));
            let back = catalog.carrier(dialect, &code.to_uppercase());
            assert_eq!(back.unwrap().code, carrier.code, "{dialect}");
        }
    }
    assert_eq!(
        catalog
            .carrier("keydelivery", "nobody")
            .map(|one| &one.code),
        None
    );
    assert_eq!(catalog.code("keydelivery", "nobody"), None);
}

#[test]
fn carriers_are_known_as_their_tables_say() {
    let catalog = built_in();
    let ghn = catalog.get("ghn").unwrap();
    assert_eq!(ghn.name("vi"), "Giao Hàng Nhanh");
    assert_eq!(ghn.name("fr"), "GHN Express");
    assert!(ghn.works_in("vn") && !ghn.works_in("CN"));
    assert_eq!(
        catalog.get("247express").unwrap().zone.as_deref(),
        Some("Asia/Ho_Chi_Minh")
    );
    let maersk = catalog.get("maersk").unwrap();
    assert_eq!(
        (maersk.scac.as_deref(), maersk.smdg.as_deref()),
        (Some("MAEU"), Some("MSK"))
    );
    assert!(maersk.carries(Mode::Ocean) && !maersk.carries(Mode::Parcel));
    assert_eq!(catalog.carrier("track123", "maeu").unwrap().code, "maersk");
    assert_eq!(catalog.owner("MRKU").unwrap().code, "maersk");
    assert_eq!(catalog.airline(738).unwrap().code, "vietnam-airlines-cargo");
    assert!(catalog.airline(3).is_none() && catalog.owner("TCLU").is_none());
    // Countries without a carrier of our own tables have the operator of the S10 table.
    assert_eq!(catalog.get("post-af").unwrap().names.en, "Afghan Post");
    assert!(catalog.get("post-vn").is_none(), "vnpost is it");
}

#[test]
fn documented_codes_are_marked() {
    let catalog = built_in();
    let rows = catalog.codes("keydelivery");
    let documented: Vec<&str> = rows
        .iter()
        .filter(|row| row.documented)
        .map(|row| row.code)
        .collect();
    let mut expected = [
        "dhl",
        "dhlen",
        "dhl_de",
        "dhl_benelux",
        "fedex",
        "fedexcn",
        "ups",
        "usps",
        "gls",
        "seur",
        "spain_correos_es",
    ];
    expected.sort_unstable();
    assert_eq!(documented, expected);
    assert!(
        rows.iter()
            .any(|row| row.code == "247express" && !row.documented)
    );
}

/// track123.md §4: the couriers that need more than a number, and `jt-id` by the code that has its name there.
#[test]
fn track123s_documented_couriers_are_known() {
    let catalog = built_in();
    let named = [
        "alliedexpress",
        "b2ceurope-be",
        "colis-prive",
        "dxdelivery",
        "gel-express-logistik",
        "gls-spain",
        "jetid",
        "jtexpress-mx",
        "mondialrelay",
        "postmedia-parcel-services-bni-pa",
        "sfb2c",
        "thedeliverygroup",
        "xdpexpress",
        "yodel",
    ];
    let rows = catalog.codes("track123");
    let documented = rows.iter().filter(|row| row.documented);
    let documented: Vec<&str> = documented.map(|row| row.code).collect();
    assert!(
        named.iter().all(|code| documented.contains(code)),
        "{documented:?}"
    );
    for code in named.iter().chain(&["postnl", "japan-post"]) {
        let carrier = catalog.carrier("track123", code);
        assert!(carrier.is_some_and(|it| it.carries(Mode::Parcel)), "{code}");
    }
}

/// Every number that a table gives as an example is of its carrier, and what it gives as none is not.
#[test]
fn examples_are_what_they_are_said_to_be() {
    let catalog = built_in();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/carriers");
    let mut seen = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let file: trackway_numbers::catalog::file::CarriersFile = toml::from_str(&text).unwrap();
        for carrier in file.carrier {
            let carrier = carrier.into_inner();
            for format in &carrier.formats {
                assert!(!format.test_numbers.valid.is_empty(), "{}", format.id());
                assert!(!format.test_numbers.invalid.is_empty(), "{}", format.id());
                let names = |number: &str| {
                    let found = catalog.detect(number, &Hints::default());
                    found.candidates.iter().any(|one| {
                        let said = format!("{:?}", one.evidence);
                        one.carrier.code == carrier.code && said.contains(&format.name)
                    })
                };
                for number in &format.test_numbers.valid {
                    assert!(names(number), "{}: {number}", format.id());
                    seen += 1;
                }
                for number in &format.test_numbers.invalid {
                    assert!(!names(number), "{}: {number}", format.id());
                }
            }
        }
    }
    assert!(seen > 50, "{seen}");
}

/// A folder of its own, removed afterwards.
struct Folder(PathBuf);

impl Folder {
    fn with(name: &str, files: &[(&str, &str)]) -> Self {
        let path =
            std::env::temp_dir().join(format!("trackway-carriers-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        for (name, text) in files {
            fs::write(path.join(name), text).unwrap();
        }
        Self(path)
    }

    fn read(&self) -> Result<Catalog, CatalogError> {
        Catalog::read(&self.0)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const SWIFT: &str = r#"
[[carrier]]
code = "swift-parcel"
names = { en = "Swift Parcel" }
share = 0.01
dialects = { keydelivery = "swift" }

[[carrier.formats]]
id = "swift"
name = "Swift label"
regex = 'SWFT[0-9]{8}'
"#;

#[test]
fn an_operators_folder_adds_and_replaces() {
    let ghn = "[[carrier]]\ncode = \"ghn\"\nnames = { en = \"GHN as we say\" }\n";
    let folder = Folder::with(
        "adds",
        &[("a.toml", SWIFT), ("b.toml", ghn), ("notes.txt", "?")],
    );
    let catalog = folder.read().unwrap();
    let found = catalog.detect("swft 0000 0001", &Hints::default());
    assert_eq!(found.likely().unwrap().carrier.code, "swift-parcel");
    assert_eq!(catalog.code("keydelivery", "swift-parcel"), Some("swift"));
    assert_eq!(catalog.get("ghn").unwrap().names.en, "GHN as we say");
    assert!(catalog.get("dhl").is_some());
}

/// The public courier files can be given as they are, newer than ours.
#[test]
fn a_courier_file_replaces_the_one_that_is_built_in() {
    let json = r#"{"name":"Landmark Global","courier_code":"landmark","tracking_numbers":[
        {"name":"Landmark new","id":"landmark_new","regex":"LMK[0-9]{9}","validation":{},
         "tracking_url":null,"test_numbers":{"valid":[],"invalid":[]}}]}"#;
    let catalog = Folder::with("json", &[("landmark.json", json)])
        .read()
        .unwrap();
    let named = |number: &str| {
        let found = catalog.detect(number, &Hints::default());
        found
            .candidates
            .iter()
            .any(|one| one.carrier.code == "landmark")
    };
    assert!(named("LMK000000001") && !named("LTN74207623N1"));
}

#[test]
fn mistakes_name_the_file_and_the_line() {
    let wrong = |name: &str, text: &str| {
        let file = if text.starts_with('{') {
            "x.json"
        } else {
            "x.toml"
        };
        Folder::with(name, &[(file, text)]).read().unwrap_err()
    };
    let second =
        format!("{SWIFT}\n[[carrier]]\ncode = \"swift-parcel\"\nnames = {{ en = \"Twice\" }}\n");
    for (name, text, line, says) in [
        ("syntax", "[[carrier]]\ncode = ", 2, ""),
        (
            "member",
            "[[carrier]]\ncode = \"a\"\nnames = { en = \"A\" }\ncolour = 1\n",
            4,
            "colour",
        ),
        ("twice", second.as_str(), 13, "stands at"),
        (
            "code",
            "\n\n[[carrier]]\ncode = \"A b\"\nnames = { en = \"A\" }\n",
            3,
            "no carrier code",
        ),
        (
            "own",
            "[[carrier]]\ncode = \"own\"\nnames = { en = \"A\" }\n",
            1,
            "kept for other things",
        ),
        (
            "country",
            "[[carrier]]\ncode = \"a\"\nnames = { en = \"A\" }\ncountries = [\"Vietnam\"]\n",
            1,
            "two capitals",
        ),
        (
            "link",
            "[[carrier]]\ncode = \"a\"\nnames = { en = \"A\" }\nlink = \"https://a.example/\"\n",
            1,
            "{number}",
        ),
        (
            "share",
            "[[carrier]]\ncode = \"a\"\nnames = { en = \"A\" }\nshare = 2.0\n",
            1,
            "between 0 and 1",
        ),
        (
            "theirs",
            "[[carrier]]\ncode = \"a\"\nnames = { en = \"A\" }\ndialects = { keydelivery = \"UPS\" }\n",
            1,
            "`UPS`",
        ),
        (
            "prefix",
            "[[carrier]]\ncode = \"a\"\nnames = { en = \"A\" }\nawb = [\"020\"]\n",
            1,
            "another's",
        ),
        (
            "box",
            "[[carrier]]\ncode = \"a\"\nnames = { en = \"A\" }\ncontainers = [\"TCL\"]\n",
            1,
            "container prefix",
        ),
        (
            "scac",
            "[[carrier]]\ncode = \"a\"\nnames = { en = \"A\" }\nscac = \"MAEU\"\n",
            1,
            "SCAC MAEU",
        ),
        (
            "regex",
            "[[carrier]]\ncode = \"a\"\nnames = { en = \"A\" }\n[[carrier.formats]]\nname = \"f\"\nregex = '['\n",
            1,
            "`f`",
        ),
        (
            "format",
            "[[carrier]]\ncode = \"a\"\nnames = { en = \"A\" }\n[[carrier.formats]]\nname = \"ups\"\nregex = 'A'\n",
            1,
            "already",
        ),
        (
            "courier",
            "[[carrier]]\ncode = \"a\"\nnames = { en = \"A\" }\ncouriers = [\"acme\"]\n",
            1,
            "no courier `acme`",
        ),
        (
            "json",
            "{\"name\":\"x\",\n\"courier_code\":\"x\"}",
            2,
            "tracking_numbers",
        ),
        (
            "nobody",
            "{\"courier_code\":\"x\",\"tracking_numbers\":[]}",
            1,
            "no carrier has",
        ),
    ] {
        let error = wrong(name, text);
        assert!(error.file.contains("x."), "{name}: {error}");
        assert_eq!(error.line, line, "{name}: {error}");
        assert!(error.problem.contains(says), "{name}: {error}");
    }
    let missing = Catalog::read(std::path::Path::new("/nowhere/carriers")).unwrap_err();
    assert!(missing.to_string().contains("/nowhere/carriers"));
}
