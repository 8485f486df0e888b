//! A catalog, made of its files: what is wrong in one is found here.

use super::file::{CarrierFile, CarriersFile, Standard, StandardFile};
use super::sources::Source;
use super::{Carrier, Catalog, CatalogError, Listed, Names, Owner, Post, check};
use crate::courier::Format;
use crate::courier::file::{CourierFile, FormatFile};
use crate::courier::index::Index;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use toml::Spanned;

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct At {
    file: String,
    line: usize,
}

impl At {
    pub(super) fn wrong(&self, problem: impl Into<String>) -> CatalogError {
        CatalogError {
            file: self.file.clone(),
            line: self.line,
            problem: problem.into(),
        }
    }
}

impl std::fmt::Display for At {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// The public courier files, by their code.
type Couriers = BTreeMap<String, (At, CourierFile)>;

/// What the files say, before it is checked against each other.
#[derive(Debug, Default)]
struct Tables {
    carriers: BTreeMap<String, (At, CarrierFile)>,
    couriers: Couriers,
    standards: BTreeMap<String, (At, StandardFile)>,
}

/// What `own` says replaces what `built_in` says of the same.
pub(super) fn catalog(built_in: &[Source], own: &[Source]) -> Result<Catalog, CatalogError> {
    let mut tables = Tables::read(built_in)?;
    let own = Tables::read(own)?;
    tables.couriers.extend(own.couriers);
    tables.standards.extend(own.standards);
    tables
        .carriers
        .retain(|code, _| !own.carriers.contains_key(code));
    // Ours first: where an operator's contradicts them, the operator's file is named.
    let carriers: Vec<_> = tables
        .carriers
        .into_values()
        .chain(own.carriers.into_values())
        .collect();
    Builder::default().build(&carriers, tables.couriers, &tables.standards)
}

impl Tables {
    fn read(sources: &[Source]) -> Result<Self, CatalogError> {
        let mut tables = Self::default();
        for source in sources {
            if source.is_json() {
                let (at, courier) = json::<CourierFile>(source)?;
                let code = courier.courier_code.clone();
                once(&mut tables.couriers, &code, (at, courier), "courier")?;
                continue;
            }
            let file: CarriersFile = toml::from_str(&source.text).map_err(|error| {
                let start = error.span().map_or(0, |span| span.start);
                line(source, start).wrong(error.message())
            })?;
            for carrier in file.carrier {
                let (at, carrier) = placed(source, carrier);
                check::carrier(&at, &carrier)?;
                let code = carrier.code.clone();
                once(&mut tables.carriers, &code, (at, carrier), "carrier")?;
            }
            for standard in file.standard {
                let (at, standard) = placed(source, standard);
                check::share(&at, standard.share)?;
                let name = format!("{:?}", standard.owner);
                once(&mut tables.standards, &name, (at, standard), "standard")?;
            }
        }
        Ok(tables)
    }
}

fn placed<T>(source: &Source, value: Spanned<T>) -> (At, T) {
    (line(source, value.span().start), value.into_inner())
}

fn line(source: &Source, start: usize) -> At {
    let before = source.text.get(..start).unwrap_or_default();
    At {
        file: source.name.clone(),
        line: before.matches('\n').count() + 1,
    }
}

fn json<T: DeserializeOwned>(source: &Source) -> Result<(At, T), CatalogError> {
    let at = |line| At {
        file: source.name.clone(),
        line,
    };
    let read = serde_json::from_str(&source.text);
    let read = read.map_err(|error| at(error.line().max(1)).wrong(error.to_string()))?;
    Ok((at(1), read))
}

/// Takes what nothing stands for yet.
fn once<T>(
    known: &mut BTreeMap<String, (At, T)>,
    name: &str,
    (at, value): (At, T),
    what: &str,
) -> Result<(), CatalogError> {
    if let Some((first, _)) = known.get(name) {
        return Err(at.wrong(format!("the {what} `{name}` stands at {first} already")));
    }
    known.insert(name.to_owned(), (at, value));
    Ok(())
}

/// A catalog in the making, with where everything was said.
#[derive(Debug, Default)]
struct Builder {
    catalog: Catalog,
    formats: HashMap<String, At>,
    claimed: HashMap<String, At>,
}

impl Builder {
    fn build(
        mut self,
        carriers: &[(At, CarrierFile)],
        mut couriers: Couriers,
        standards: &BTreeMap<String, (At, StandardFile)>,
    ) -> Result<Catalog, CatalogError> {
        let of_standards: Vec<String> = standards
            .values()
            .filter_map(|(_, standard)| standard.courier.clone())
            .collect();
        let mut shared = Couriers::new();
        for name in of_standards {
            if let Some(courier) = couriers.remove(&name) {
                shared.insert(name, courier);
            }
        }
        for (at, file) in carriers {
            let published = file.couriers.iter().map(|code| {
                let found = couriers.remove(code);
                found.ok_or_else(|| {
                    at.wrong(format!(
                        "there is no courier `{code}`, or another carrier has it already"
                    ))
                })
            });
            let published: Vec<(At, CourierFile)> = published.collect::<Result<_, _>>()?;
            self.add(at, file, &published)?;
        }
        if let Some((code, (at, _))) = couriers.first_key_value() {
            return Err(at.wrong(format!(
                "no carrier has `couriers = [\"{code}\"]`: say whose formats these are"
            )));
        }
        for (at, standard) in standards.values() {
            self.add_standard(at, standard, &mut shared)?;
        }
        self.catalog.index = Index::new(&self.catalog.formats);
        Ok(self.catalog)
    }

    fn add(
        &mut self,
        at: &At,
        file: &CarrierFile,
        couriers: &[(At, CourierFile)],
    ) -> Result<(), CatalogError> {
        let number = self.add_carrier(at, file)?;
        let owner = Owner::Carrier(number);
        let published = couriers.iter().flat_map(|(place, courier)| {
            courier.tracking_numbers.iter().map(move |one| (place, one))
        });
        let own = file.formats.iter().map(|format| (at, format));
        let formats: Vec<(&At, &FormatFile)> = published.chain(own).collect();
        let unknown = file
            .shares
            .keys()
            .find(|id| !formats.iter().any(|(_, format)| format.id() == id.as_str()));
        if let Some(id) = unknown {
            return Err(at.wrong(format!(
                "`shares` names the format `{id}`, which it has not"
            )));
        }
        for (place, format) in &formats {
            let part = file.shares.get(format.id()).copied().or(format.share);
            let part = part.unwrap_or(1.0 / formats.len() as f64);
            check::share(at, part)?;
            self.add_format(place, format, owner, file.share * part)?;
        }
        for post in &file.s10 {
            let country = check::country(at, &post.country)?;
            self.catalog.posts.entry(country).or_default().push(Post {
                carrier: number,
                services: post.services.clone(),
            });
        }
        let catalog = &mut self.catalog;
        claim(&mut catalog.airlines, at, &file.awb, number, "the prefix")?;
        claim(
            &mut catalog.owners,
            at,
            &file.containers,
            number,
            "the prefix",
        )?;
        Ok(())
    }

    fn add_carrier(&mut self, at: &At, file: &CarrierFile) -> Result<u16, CatalogError> {
        let catalog = &mut self.catalog;
        let number = u16::try_from(catalog.carriers.len())
            .map_err(|_| at.wrong("there are too many carriers"))?;
        let codes = [("SCAC", &file.scac), ("SMDG", &file.smdg)];
        for (kind, code) in codes {
            if let Some(code) = code {
                let claim = format!("{kind} {code}");
                if let Some(first) = self.claimed.get(&claim) {
                    return Err(at.wrong(format!("{claim} stands at {first} already")));
                }
                self.claimed.insert(claim, at.clone());
            }
        }
        for (dialect, code) in &file.dialects {
            let codes = catalog.dialects.entry(dialect.clone()).or_default();
            let theirs = code.code();
            if let Some(other) = codes.carriers.insert(theirs.to_ascii_lowercase(), number) {
                let other = &catalog.carriers[usize::from(other)].code;
                return Err(at.wrong(format!(
                    "{dialect}'s code `{theirs}` is the carrier `{other}`'s already"
                )));
            }
            let row = (theirs.to_owned(), code.is_documented());
            codes.codes.insert(number, row);
        }
        catalog.by_code.insert(file.code.clone(), number);
        catalog.carriers.push(Carrier {
            code: file.code.clone(),
            names: file.names.clone(),
            site: file.site.clone(),
            link: file.link.clone(),
            countries: file.countries.clone(),
            modes: file.modes.clone(),
            zone: file.zone.clone(),
            scac: file.scac.clone(),
            smdg: file.smdg.clone(),
            awb: file.awb.clone(),
            containers: file.containers.clone(),
            source: at.to_string(),
        });
        Ok(number)
    }

    fn add_format(
        &mut self,
        at: &At,
        file: &FormatFile,
        owner: Owner,
        share: f64,
    ) -> Result<(), CatalogError> {
        let id = file.id();
        let wrong = |problem: String| at.wrong(format!("the format `{id}`: {problem}"));
        let format = Format::new(file).map_err(|error| wrong(error.to_string()))?;
        if let Some(first) = self.formats.get(id) {
            return Err(wrong(format!("it stands at {first} already")));
        }
        self.formats.insert(id.to_owned(), at.clone());
        self.catalog.formats.push(format);
        self.catalog.listed.push(Listed { owner, share });
        Ok(())
    }

    fn add_standard(
        &mut self,
        at: &At,
        standard: &StandardFile,
        shared: &mut Couriers,
    ) -> Result<(), CatalogError> {
        let courier = match &standard.courier {
            Some(code) => {
                let found = shared.remove(code);
                Some(found.ok_or_else(|| at.wrong(format!("there is no courier `{code}`")))?)
            }
            None => None,
        };
        let published = courier.iter().flat_map(|(place, courier)| {
            courier.tracking_numbers.iter().map(move |one| (place, one))
        });
        let formats: Vec<(&At, &FormatFile)> = published
            .chain(standard.format.iter().map(|format| (at, format)))
            .collect();
        let part = standard.share / formats.len().max(1) as f64;
        for (place, format) in formats {
            self.add_format(place, format, Owner::Standard(standard.owner), part)?;
            if standard.owner == Standard::Post {
                self.add_operators()?;
            }
        }
        Ok(())
    }

    /// Operators of countries for which no carrier is listed are carriers by their country's code.
    fn add_operators(&mut self) -> Result<(), CatalogError> {
        let Some(format) = self.catalog.formats.last() else {
            return Ok(());
        };
        let entries = format.operators().map(|(_, lookup)| lookup.entries.clone());
        for entry in entries.unwrap_or_default() {
            let (Some(country), Some(operator)) = (&entry.value, &entry.operator) else {
                continue;
            };
            let at = At {
                file: format!("S10 operators, {country}"),
                line: 1,
            };
            let key = check::country(&at, country)?;
            if self.catalog.posts.contains_key(&key) {
                continue;
            }
            let file = CarrierFile::post(country, &operator.name, operator.site.as_deref());
            let carrier = self.add_carrier(&at, &file)?;
            let post = Post {
                carrier,
                services: None,
            };
            self.catalog.posts.entry(key).or_default().push(post);
        }
        Ok(())
    }
}

impl CarrierFile {
    /// A country's post, as the S10 table tells of it.
    fn post(country: &str, name: &str, site: Option<&str>) -> Self {
        let secure = site.filter(|site| site.starts_with("http"));
        Self {
            code: format!("post-{}", country.to_ascii_lowercase()),
            names: Names {
                en: name.to_owned(),
                vi: None,
                zh: None,
            },
            site: secure.map(str::to_owned),
            link: None,
            countries: vec![country.to_owned()],
            modes: vec![super::Mode::Parcel],
            zone: None,
            share: 0.0,
            dialects: BTreeMap::new(),
            couriers: Vec::new(),
            shares: BTreeMap::new(),
            formats: Vec::new(),
            s10: Vec::new(),
            awb: Vec::new(),
            scac: None,
            smdg: None,
            containers: Vec::new(),
        }
    }
}

/// Each of these is the carrier's, and was nobody's.
fn claim<const N: usize>(
    known: &mut HashMap<[u8; N], u16>,
    at: &At,
    values: &[String],
    carrier: u16,
    what: &str,
) -> Result<(), CatalogError>
where
    [u8; N]: Hash + Eq,
{
    for value in values {
        let key = <[u8; N]>::try_from(value.as_bytes())
            .map_err(|_| at.wrong(format!("{what} `{value}` has not {N} characters")))?;
        if known.insert(key, carrier).is_some() {
            return Err(at.wrong(format!("{what} `{value}` is another's already")));
        }
    }
    Ok(())
}
