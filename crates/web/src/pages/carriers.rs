//! Carriers as people know them: names, and the pages where carriers tell of a parcel themselves.
//!
//! The addresses are what the carriers publish, not part of any API: inferred, so they are data.

use super::words::{Key, Words};

/// A row: our code, the name, and the carrier's page, where `{number}` stands for the number.
struct Row(&'static str, &'static str, Option<&'static str>);

const CARRIERS: &[Row] = &[
    Row("247express", "247Express", Some("https://247express.vn/")),
    Row(
        "dhl",
        "DHL",
        Some("https://www.dhl.com/global-en/home/tracking.html?tracking-id={number}"),
    ),
    Row(
        "dhlen",
        "DHL",
        Some("https://www.dhl.com/global-en/home/tracking.html?tracking-id={number}"),
    ),
    Row("dhl_de", "DHL", Some("https://www.dhl.de/")),
    Row(
        "dhl_benelux",
        "DHL",
        Some("https://www.dhl.com/nl-en/home/tracking.html?tracking-id={number}"),
    ),
    Row(
        "fedex",
        "FedEx",
        Some("https://www.fedex.com/fedextrack/?trknbr={number}"),
    ),
    Row(
        "fedexcn",
        "FedEx",
        Some("https://www.fedex.com/fedextrack/?trknbr={number}"),
    ),
    Row(
        "ups",
        "UPS",
        Some("https://www.ups.com/track?tracknum={number}"),
    ),
    Row(
        "usps",
        "USPS",
        Some("https://tools.usps.com/go/TrackConfirmAction?tLabels={number}"),
    ),
    Row("gls", "GLS", Some("https://gls-group.com/")),
    Row("seur", "SEUR", Some("https://www.seur.com/")),
    Row(
        "spain_correos_es",
        "Correos",
        Some("https://www.correos.es/"),
    ),
    Row(
        "deutschepost",
        "Deutsche Post",
        Some("https://www.deutschepost.de/"),
    ),
    Row("hermes", "Hermes", Some("https://www.myhermes.de/")),
    Row("dpd", "DPD", Some("https://www.dpd.com/")),
    Row("amazon", "Amazon", None),
    Row("postnl", "PostNL", Some("https://www.postnl.nl/")),
    Row("evri", "Evri", Some("https://www.evri.com/")),
    Row("tnt", "TNT", Some("https://www.tnt.com/")),
];

/// An account's own parcels.
const OWN: &str = trackway_dialects::native::OWN_CARRIER;
const NUMBER: &str = "{number}";

/// A carrier as the page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carrier {
    pub name: String,
    pub link: Option<Link>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub url: String,
    pub text: String,
}

impl Carrier {
    pub fn of(code: &str, number: &str, words: &'static Words) -> Self {
        if code == OWN {
            return Self {
                name: words.say(Key::CarrierOwn).into_owned(),
                link: None,
            };
        }
        let Some(Row(_, name, page)) = CARRIERS.iter().find(|row| row.0 == code) else {
            return Self {
                name: as_spelt(code),
                link: None,
            };
        };
        let link = page.map(|page| {
            let key = if page.contains(NUMBER) {
                Key::CarrierPage
            } else {
                Key::CarrierSite
            };
            Link {
                url: page.replace(NUMBER, &escaped(number)),
                text: words.with(key, [("carrier", *name)]),
            }
        });
        Self {
            name: (*name).to_owned(),
            link,
        }
    }
}

/// A code that no table knows; of `x-<dialect>:<code>` what the source called it.
fn as_spelt(code: &str) -> String {
    let own = code
        .strip_prefix("x-")
        .and_then(|code| code.split_once(':'));
    own.map_or(code, |(_, code)| code).to_uppercase()
}

/// Percent-encoded for a query.
fn escaped(number: &str) -> String {
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    number.bytes().fold(String::new(), |mut out, byte| {
        if kept(byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push_str(&hex::encode_upper([byte]));
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::super::language::Language;
    use super::*;

    #[test]
    fn links_go_to_the_carriers_own_pages_and_numbers_stay_numbers() {
        let words = Words::of(Language::English);
        let ups = Carrier::of("ups", "1Z 9&x=<'\"/ä", words);
        assert_eq!(ups.name, "UPS");
        let link = ups.link.unwrap();
        assert_eq!(
            link.url,
            "https://www.ups.com/track?tracknum=1Z%209%26x%3D%3C%27%22%2F%C3%A4"
        );
        assert_eq!(link.text, "Open the page of UPS");
        assert_eq!(
            Carrier::of("x-keydelivery:gls_it", "1", words).name,
            "GLS_IT"
        );
        assert_eq!(
            Carrier::of("own", "1", words).name,
            "Delivered by the sender"
        );
    }

    #[test]
    fn the_table_is_sound() {
        let mut codes: Vec<_> = CARRIERS.iter().map(|row| row.0).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), CARRIERS.len());
        for Row(code, name, page) in CARRIERS {
            assert!(!name.is_empty(), "{code}");
            assert!(
                page.is_none_or(|page| page.starts_with("https://")),
                "{code}"
            );
        }
    }
}
