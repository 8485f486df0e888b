//! The address directory (A1 to A3). A parent's id is required; one that nobody has has no parts.
//!
//! From July 2025 there are no districts: `?version=2025-07` asks for the wards of a province.

use super::Asked;
use super::listing::held;
use crate::desk::{Desk, Trade};
use crate::nandh::address;
use crate::nandh::envelope::Done;
use crate::nandh::errors::Stop;
use crate::nandh::query::Query;

pub fn provinces<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let (query, epoch) = (asked.query(), asked.epoch()?);
    let here = query
        .text("country")
        .is_none_or(|country| country.eq_ignore_ascii_case(address::COUNTRY));
    let all = if here {
        address::provinces(epoch)
    } else {
        Vec::new()
    };
    held(query, all, |it| &it.province_name)
}

pub fn districts<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let (query, epoch) = (asked.query(), asked.epoch()?);
    let parent = parent(query, "province_id")?;
    held(query, address::districts(epoch, parent), |it| {
        &it.district_name
    })
}

pub fn wards<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let (query, epoch) = (asked.query(), asked.epoch()?);
    let name = if epoch.has_districts() {
        "district_id"
    } else {
        "province_id"
    };
    let parent = parent(query, name)?;
    held(query, address::wards(epoch, parent), |it| &it.ward_name)
}

fn parent(query: Query<'_>, name: &str) -> Result<i64, Stop> {
    query
        .int(name)?
        .ok_or_else(|| Stop::field(name, "is required"))
}
