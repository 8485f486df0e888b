//! The address directory (A1 to A3). A parent's id is required; one that nobody has has no parts.

use super::listing::held;
use crate::nandh::address;
use crate::nandh::envelope::Done;
use crate::nandh::errors::Stop;
use crate::nandh::query::Query;

pub fn provinces(query: Query<'_>) -> Result<Done, Stop> {
    let here = query
        .text("country")
        .is_none_or(|country| country.eq_ignore_ascii_case(address::COUNTRY));
    let all = if here {
        address::provinces()
    } else {
        Vec::new()
    };
    held(query, all, |it| &it.province_name)
}

pub fn districts(query: Query<'_>) -> Result<Done, Stop> {
    let parent = parent(query, "province_id")?;
    held(query, address::districts(parent), |it| &it.district_name)
}

pub fn wards(query: Query<'_>) -> Result<Done, Stop> {
    let parent = parent(query, "district_id")?;
    held(query, address::wards(parent), |it| &it.ward_name)
}

fn parent(query: Query<'_>, name: &str) -> Result<i64, Stop> {
    query
        .int(name)?
        .ok_or_else(|| Stop::field(name, "is required"))
}
