//! Ports by their UN/LOCODE, airports by their IATA code, and the zone of each: generated data, see
//! `data/places/SOURCE`.
//!
//! Guarantee: a place is found by its code, or by its name and country where one port of that country
//! has the name; of any other place the zone is told only where its whole country shares it. What is not found is
//! unresolved, never guessed: its key is 0, and its times keep no zone.

use crate::time::{Occurred, OffsetSource, offset_at};
use jiff::tz::TimeZone;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::LazyLock;

const PORTS: &str = include_str!("../../../data/places/ports.tsv");
const AIRPORTS: &str = include_str!("../../../data/places/airports.tsv");

/// A port or an airport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// UN/LOCODE of a port, IATA code of an airport.
    pub code: &'static str,
    /// ISO 3166-1 alpha-2.
    pub country: &'static str,
    /// IANA's name.
    pub zone: &'static str,
    /// Of a port its name; of an airport its city's, empty where that is not known.
    pub name: &'static str,
}

/// What a place's writing tells of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resolved {
    /// As a statement's place has it; 0: unresolved.
    pub key: u32,
    pub zone: Option<&'static str>,
}

/// Keys of airports lie above those of ports.
const AIRPORT: u32 = 1 << 31;

impl Known {
    /// The key of the place in a spine: made of the code alone, and of no other code.
    pub fn key(&self) -> u32 {
        let digits = self.code.bytes().map(|byte| match byte {
            b'0'..=b'9' => u32::from(byte - b'0') + 1,
            _ => u32::from(byte.to_ascii_uppercase().saturating_sub(b'A')) + 11,
        });
        let key = digits.fold(0, |key: u32, digit| {
            key.wrapping_mul(37).wrapping_add(digit)
        });
        if self.code.len() == 3 {
            key | AIRPORT
        } else {
            key
        }
    }

    pub fn resolved(&self) -> Resolved {
        Resolved {
            key: self.key(),
            zone: Some(self.zone),
        }
    }
}

impl Resolved {
    /// The time with the place's zone, where the source wrote none.
    #[must_use]
    pub fn place(&self, occurred: Occurred) -> Occurred {
        let zone = self.zone.filter(|_| occurred.instant().is_none());
        zone.and_then(|name| TimeZone::get(name).ok())
            .and_then(|zone| offset_at(&zone, occurred.wall))
            .map_or(occurred, |minutes| {
                occurred.with_offset(minutes, OffsetSource::Place)
            })
    }
}

/// A port by its UN/LOCODE, with or without a space, in any case.
pub fn port(code: &str) -> Option<&'static Known> {
    GAZETTEER.ports.get(code_key(code).as_str())
}

/// An airport by its IATA code, in any case.
pub fn airport(code: &str) -> Option<&'static Known> {
    GAZETTEER.airports.get(code_key(code).as_str())
}

/// A place as sources of ocean and air cargo write it: a UN/LOCODE, or a name and last of all its
/// country's code (`Ningbo, CN`). A name with a state (`Portland, ME, US`) is found only where a port
/// is listed with it.
pub fn resolve(text: &str) -> Resolved {
    if let Some(port) = port(text) {
        return port.resolved();
    }
    let Some((name, country)) = text.rsplit_once(',') else {
        return Resolved::default();
    };
    let country = country.trim().to_ascii_uppercase();
    match GAZETTEER.named.get(&name_key(&country, name)) {
        Some(Some(port)) => port.resolved(),
        Some(None) | None => Resolved {
            key: 0,
            zone: GAZETTEER.countries.get(country.as_str()).copied().flatten(),
        },
    }
}

/// Every place, found in the ways in which it is written.
struct Gazetteer {
    ports: HashMap<&'static str, Known>,
    airports: HashMap<&'static str, Known>,
    /// Ports by country and name; None where several have that name.
    named: HashMap<String, Option<Known>>,
    /// The zone of a country; None where it has several.
    countries: HashMap<&'static str, Option<&'static str>>,
}

static GAZETTEER: LazyLock<Gazetteer> = LazyLock::new(|| {
    let mut all = Gazetteer {
        ports: HashMap::new(),
        airports: HashMap::new(),
        named: HashMap::new(),
        countries: HashMap::new(),
    };
    for row in rows::<5>(AIRPORTS) {
        let [code, country, zone, name, _] = row;
        let airport = Known {
            code,
            country,
            zone,
            name,
        };
        all.airports.insert(code, airport);
        share(all.countries.entry(country), zone);
    }
    let mut short = HashMap::new();
    for row in rows::<3>(PORTS) {
        let [code, zone, names] = row;
        let (country, _) = code.split_at(2);
        let name = names.split('|').next().unwrap_or(names);
        let port = Known {
            code,
            country,
            zone,
            name,
        };
        all.ports.insert(code, port);
        share(all.countries.entry(country), zone);
        for name in names.split('|') {
            name_port(&mut all.named, name, port);
            // `Seattle (Wa)` and `Jambi, Sumatra` are known without what tells them apart.
            if let Some((name, _)) = name.split_once(['(', ',']) {
                name_port(&mut short, name, port);
            }
        }
    }
    for (name, port) in short {
        all.named.entry(name).or_insert(port);
    }
    all
});

/// Enters a port under a name.
fn name_port(named: &mut HashMap<String, Option<Known>>, name: &str, port: Known) {
    match named.entry(name_key(port.country, name)) {
        Entry::Vacant(entry) => {
            entry.insert(Some(port));
        }
        Entry::Occupied(mut entry) if *entry.get() != Some(port) => {
            entry.insert(None);
        }
        Entry::Occupied(_) => {}
    }
}

/// Notes a zone: a second one makes it none.
fn share<K>(entry: Entry<'_, K, Option<&'static str>>, zone: &'static str) {
    match entry {
        Entry::Vacant(entry) => {
            entry.insert(Some(zone));
        }
        Entry::Occupied(mut entry) if *entry.get() != Some(zone) => {
            entry.insert(None);
        }
        Entry::Occupied(_) => {}
    }
}

/// Rows of `N` members below the header.
fn rows<const N: usize>(table: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    table.lines().skip(1).filter_map(|line| {
        let members: Vec<&str> = line.split('\t').collect();
        members.try_into().ok()
    })
}

fn code_key(code: &str) -> String {
    code.chars()
        .filter(|letter| !letter.is_whitespace())
        .map(|letter| letter.to_ascii_uppercase())
        .collect()
}

/// Letters and digits only, so that `St. John's` is `St Johns`.
fn name_key(country: &str, name: &str) -> String {
    let letters = name.chars().filter(|letter| letter.is_alphanumeric());
    country
        .chars()
        .chain([' '])
        .chain(letters.flat_map(char::to_lowercase))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time;
    use std::collections::HashSet;

    #[test]
    fn every_row_is_read_and_has_a_zone_that_is_known() {
        assert_eq!(
            (GAZETTEER.ports.len(), GAZETTEER.airports.len()),
            (3_917, 7_884)
        );
        let places = || GAZETTEER.ports.values().chain(GAZETTEER.airports.values());
        for place in places() {
            assert!(TimeZone::get(place.zone).is_ok(), "{place:?}");
            assert_eq!(place.country.len(), 2, "{place:?}");
        }
        let keys: HashSet<u32> = places().map(Known::key).collect();
        assert_eq!(keys.len(), places().count(), "a key is one place's");
        assert!(!keys.contains(&0));
    }

    /// Ports all over the world, among them countries with several zones, and countries without an
    /// airport in the data.
    #[test]
    fn ports_have_the_zone_of_their_coast() {
        for (code, zone) in [
            ("CNNGB", "Asia/Shanghai"),
            ("CNSHA", "Asia/Shanghai"),
            ("HKHKG", "Asia/Hong_Kong"),
            ("TWKHH", "Asia/Taipei"),
            ("JPTYO", "Asia/Tokyo"),
            ("KRPUS", "Asia/Seoul"),
            ("SGSIN", "Asia/Singapore"),
            ("VNSGN", "Asia/Ho_Chi_Minh"),
            ("VNHPH", "Asia/Ho_Chi_Minh"),
            ("VNCMT", "Asia/Ho_Chi_Minh"),
            ("THBKK", "Asia/Bangkok"),
            ("MYPKG", "Asia/Kuala_Lumpur"),
            ("IDJKT", "Asia/Jakarta"),
            ("IDMAC", "Asia/Makassar"),
            ("IDBIK", "Asia/Jayapura"),
            ("INNSA", "Asia/Kolkata"),
            ("LKCMB", "Asia/Colombo"),
            ("AEJEA", "Asia/Dubai"),
            ("EGPSD", "Africa/Cairo"),
            ("ZADUR", "Africa/Johannesburg"),
            ("NGLOS", "Africa/Lagos"),
            ("GRPIR", "Europe/Athens"),
            ("ITGOA", "Europe/Rome"),
            ("ESALG", "Europe/Madrid"),
            ("ESLPA", "Atlantic/Canary"),
            ("PTLIS", "Europe/Lisbon"),
            ("FRLEH", "Europe/Paris"),
            ("BEANR", "Europe/Brussels"),
            ("NLRTM", "Europe/Amsterdam"),
            ("DEHAM", "Europe/Berlin"),
            ("GBFXT", "Europe/London"),
            ("RULED", "Europe/Moscow"),
            ("RUVVO", "Asia/Vladivostok"),
            ("USNYC", "America/New_York"),
            ("USSAV", "America/New_York"),
            ("USHOU", "America/Chicago"),
            ("USLAX", "America/Los_Angeles"),
            ("USANC", "America/Anchorage"),
            ("USHNL", "Pacific/Honolulu"),
            ("PRSJU", "America/Puerto_Rico"),
            ("CAVAN", "America/Vancouver"),
            ("CAHAL", "America/Halifax"),
            ("MXZLO", "America/Mexico_City"),
            ("MXESE", "America/Tijuana"),
            ("PABLB", "America/Panama"),
            ("BRSSZ", "America/Sao_Paulo"),
            ("BRMAO", "America/Manaus"),
            ("CLVAP", "America/Santiago"),
            ("PECLL", "America/Lima"),
            ("AUSYD", "Australia/Sydney"),
            ("AUFRE", "Australia/Perth"),
            ("AUDRW", "Australia/Darwin"),
            ("NZAKL", "Pacific/Auckland"),
        ] {
            assert_eq!(port(code).map(|port| port.zone), Some(zone), "{code}");
        }
    }

    #[test]
    fn airports_have_their_own_zone() {
        for (code, zone) in [
            ("SGN", "Asia/Ho_Chi_Minh"),
            ("PVG", "Asia/Shanghai"),
            ("ORD", "America/Chicago"),
            ("lhr", "Europe/London"),
        ] {
            assert_eq!(
                airport(code).map(|airport| airport.zone),
                Some(zone),
                "{code}"
            );
        }
        assert_eq!(airport("CNNGB"), None);
        assert_eq!(port("PVG"), None);
    }

    #[test]
    fn a_place_is_found_as_it_is_written() {
        let ningbo = port("CNNGB").unwrap().resolved();
        for text in ["Ningbo, CN", "NINGBO,CN", "cnngb", "CN NGB"] {
            assert_eq!(resolve(text), ningbo, "{text}");
        }
        let angeles = port("USLAX").unwrap().resolved();
        assert_eq!(resolve("Los Angeles, US"), angeles);
        assert_eq!(
            resolve("Mumbai, IN"),
            resolve("Bombay, IN"),
            "a port of two names"
        );
        let zone = |text: &str| (resolve(text).key, resolve(text).zone);
        assert_eq!(zone("Los Angeles, XY, US"), (0, None), "another state's?");
        assert_eq!(zone("An Inland Depot, VN"), (0, Some("Asia/Ho_Chi_Minh")));
        assert_eq!(
            zone("Some Rail Ramp, US"),
            (0, None),
            "nobody knows which zone"
        );
        for text in ["", ",", "Ningbo", "somewhere", "Ningbo, XX", ", CN,"] {
            assert_eq!(resolve(text), Resolved::default(), "{text}");
        }
    }

    #[test]
    fn a_local_time_gets_the_zone_of_its_place_and_says_so() {
        let told = |place: &str, text: &str| resolve(place).place(time::parse(text).unwrap());
        let summer = told("Hamburg, DE", "2025-07-01 10:00:00");
        assert_eq!(
            (summer.offset, summer.offset_source),
            (120, OffsetSource::Place)
        );
        assert_eq!(told("Hamburg, DE", "2025-01-01 10:00:00").offset, 60);
        let written = told("Hamburg, DE", "2025-07-01T10:00:00+08:00");
        assert_eq!(
            (written.offset, written.offset_source),
            (480, OffsetSource::Source)
        );
        let unknown = told("nowhere", "2025-07-01 10:00:00");
        assert_eq!(unknown.offset_source, OffsetSource::Unknown);
    }
}
