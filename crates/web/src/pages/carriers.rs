//! Carriers as people know them: names, and the pages where carriers tell of a parcel themselves.
//!
//! Both come out of the catalog: the addresses are what the carriers publish, not part of any API.

use super::words::{Key, Words};
use trackway_numbers::catalog;

/// An account's own parcels.
const OWN: &str = trackway_dialects::native::OWN_CARRIER;
const NUMBER: &str = catalog::check::NUMBER;

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
        let Some(known) = catalog::in_force().get(code) else {
            return Self {
                name: as_spelt(code),
                link: None,
            };
        };
        let name = known.name(words.language().code());
        let page = known.link.as_deref().map(|page| (Key::CarrierPage, page));
        let site = known.site.as_deref().map(|site| (Key::CarrierSite, site));
        let link = page.or(site).map(|(key, page)| Link {
            url: page.replace(NUMBER, &escaped(number)),
            text: words.with(key, [("carrier", name)]),
        });
        Self {
            name: name.to_owned(),
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
    fn names_are_in_the_language_of_the_page() {
        let name = |language| Carrier::of("ghn", "1", Words::of(language)).name;
        assert_eq!(name(Language::English), "GHN Express");
        assert_eq!(name(Language::Vietnamese), "Giao Hàng Nhanh");
        let site = Carrier::of("gls", "1", Words::of(Language::English));
        assert_eq!(site.link.unwrap().url, "https://gls-group.com/");
    }
}
