//! Track123's courier codes and our carriers, out of the catalog; and what a courier needs beside the
//! number (track123.md §4).

use super::{NAME, wire};
use crate::desk::UNDETECTED;
use crate::raw::quoted;
use trackway_numbers::catalog::{self, Carrier, Mode};
use trackway_numbers::{Detection, Hints};

/// Our carrier code for theirs.
pub fn carrier(code: &str) -> Option<&'static str> {
    let carrier = catalog::in_force().carrier(NAME, code.trim());
    carrier.map(|carrier| carrier.code.as_str())
}

/// Our carrier code for one that they told of; one that only they know is ours under their name.
pub fn told(code: Option<&str>) -> String {
    match code.map(str::trim).filter(|code| !code.is_empty()) {
        None => UNDETECTED.to_owned(),
        Some(code) => carrier(code).map_or_else(
            || format!("x-{NAME}:{}", code.to_ascii_lowercase()),
            str::to_owned,
        ),
    }
}

/// Their code for our carrier; None of one that nobody knows.
pub fn code_of(carrier: &str) -> Option<&str> {
    let own = carrier
        .strip_prefix("x-track123:")
        .or_else(|| catalog::in_force().code(NAME, carrier));
    own.or_else(|| (carrier != UNDETECTED).then_some(carrier))
}

/// Couriers of parcels, by our code.
pub fn couriers() -> impl Iterator<Item = &'static Carrier> {
    let all = catalog::in_force().carriers().iter();
    all.filter(|carrier| carrier.carries(Mode::Parcel))
}

/// Which carriers a number may be of.
pub fn detect(number: &str, country: Option<&str>) -> Detection<'static> {
    let hints = Hints {
        country,
        mode: Some(Mode::Parcel),
        dialect: Some(NAME),
    };
    catalog::in_force().detect(number, &hints)
}

/// Members that say who a courier is, as JSON: its code as the client spelt it, or as we know it.
pub fn info(carrier: &str, spelt: Option<&str>) -> Vec<(&'static str, String)> {
    let known = catalog::in_force().get(carrier);
    let code = spelt.or_else(|| code_of(carrier));
    let text = |text: Option<&str>| text.map_or_else(|| "null".to_owned(), quoted);
    vec![
        (wire::COURIER_CODE, text(code)),
        (wire::NAME_CN, text(known.map(|known| known.name("zh")))),
        (
            wire::NAME_EN,
            text(known.map(|known| known.name("en")).or(code)),
        ),
        (
            wire::HOME_PAGE,
            text(known.and_then(|known| known.site.as_deref())),
        ),
    ]
}

/// The English name of a courier of theirs.
pub fn name(code: &str) -> Option<&'static str> {
    let carrier = catalog::in_force().carrier(NAME, code)?;
    Some(carrier.name("en"))
}

/// Where people follow a number at its courier's.
pub fn link(carrier: &str, number: &str) -> Option<String> {
    let carrier = catalog::in_force().get(carrier)?;
    Some(carrier.link.as_deref()?.replace("{number}", number))
}

/// Couriers that need more than the number: the second is told inside `extendFieldMap`.
const NEED_POSTAL_CODE: &[&str] = &[
    "alliedexpress",
    "b2ceurope-be",
    "colis-prive",
    "dxdelivery",
    "gel-express-logistik",
    "gls-spain",
    "mondialrelay",
    "postnl",
    "postmedia-parcel-services-bni-pa",
    "thedeliverygroup",
    "xdpexpress",
    "yodel",
];
const NEED_PHONE_SUFFIX: &[&str] = &["sfb2c", "jtexpress-mx", "jetid"];

/// The member that a courier needs beside the number, if it needs one.
pub fn needs(code: &str) -> Option<&'static str> {
    let is_among = |list: &[&str]| list.iter().any(|known| known.eq_ignore_ascii_case(code));
    if is_among(NEED_POSTAL_CODE) {
        Some(wire::POSTAL_CODE)
    } else if is_among(NEED_PHONE_SUFFIX) {
        Some(wire::PHONE_SUFFIX)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_knows_keeps_its_name() {
        assert_eq!(told(Some("Demo-Post ")), "x-track123:demo-post");
        assert_eq!(code_of("x-track123:demo-post"), Some("demo-post"));
        assert_eq!(told(Some("")), UNDETECTED);
        assert_eq!(told(None), UNDETECTED);
        assert_eq!(code_of(UNDETECTED), None);
        for carrier in couriers() {
            let code = code_of(&carrier.code).unwrap();
            assert_eq!(told(Some(code)), carrier.code, "{code}");
        }
    }

    #[test]
    fn some_need_more_than_the_number() {
        assert_eq!(needs("PostNL"), Some("postalCode"));
        assert_eq!(needs("jetid"), Some("phoneSuffix"));
        assert_eq!(needs("dhl"), None);
    }
}
