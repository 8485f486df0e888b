//! Carriers' zone rules, out of the catalog: the zone in which a carrier writes its local times, for
//! carriers that work in one zone. Used where neither the source nor its connection names a zone.

use crate::error::HubError;
use jiff::tz::TimeZone;
use std::collections::HashMap;
use trackway_numbers::Catalog;

/// The zones, by our carrier code.
#[derive(Debug)]
pub struct Carriers(HashMap<String, TimeZone>);

impl Carriers {
    /// Those of a catalog; a zone that is none is told with the line that names it.
    pub fn of(catalog: &Catalog) -> Result<Self, HubError> {
        let named = catalog.carriers().iter().filter_map(|carrier| {
            let zone = carrier.zone.as_deref()?;
            Some((carrier, zone))
        });
        named
            .map(|(carrier, name)| {
                let found = zone(name)
                    .map_err(|error| HubError::Carriers(format!("{}: {error}", carrier.source)))?;
                Ok((carrier.code.clone(), found))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    pub fn zone(&self, carrier: &str) -> Option<&TimeZone> {
        self.0.get(carrier)
    }
}

/// A zone of the bundled database, by its IANA name.
pub fn zone(name: &str) -> Result<TimeZone, HubError> {
    TimeZone::get(name).map_err(|_| HubError::UnknownZone(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sound() {
        let carriers = Carriers::of(&Catalog::built_in().unwrap()).unwrap();
        assert!(carriers.zone("247express").is_some() && carriers.zone("ghn").is_some());
        assert!(carriers.zone("dhl").is_none());
        assert!(matches!(
            zone("Mars/Olympus"),
            Err(HubError::UnknownZone(_))
        ));
    }
}
