//! Carriers' zone rules as data: the zone in which a carrier writes its local times, for carriers
//! that work in one zone. Used where neither the source nor its connection names a zone.

use crate::error::HubError;
use jiff::tz::TimeZone;
use std::collections::HashMap;

const TABLE: &str = include_str!("carriers.csv");

/// The table, indexed by our carrier code.
#[derive(Debug)]
pub struct Carriers(HashMap<String, TimeZone>);

impl Carriers {
    pub fn built_in() -> Result<Self, HubError> {
        csv::Reader::from_reader(TABLE.as_bytes())
            .deserialize::<(String, String)>()
            .map(|row| {
                let (carrier, name) = row.map_err(|e| HubError::Carriers(e.to_string()))?;
                Ok((carrier, zone(&name)?))
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
        let carriers = Carriers::built_in().unwrap();
        assert!(carriers.zone("247express").is_some());
        assert!(carriers.zone("dhl").is_none());
        assert!(matches!(
            zone("Mars/Olympus"),
            Err(HubError::UnknownZone(_))
        ));
    }
}
