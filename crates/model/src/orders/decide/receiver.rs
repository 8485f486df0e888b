//! Whom a parcel goes to, or where a return is collected: given, or a saved customer.

use super::check::{NAME, TEXT, invalid, name, text};
use super::look::Seen;
use crate::orders::{Address, Customer, Party, Refusal};

/// The given party; what it leaves open is the customer's.
pub fn party(
    field: &str,
    given: Option<&Party>,
    customer: Option<Seen<'_, Customer>>,
) -> Result<Party, Refusal> {
    let mut party = match (given, customer) {
        (None, None) => return Err(invalid(field, "must be given, or a saved customer")),
        (Some(given), None) => Party {
            customer: None,
            ..given.clone()
        },
        (given, Some(saved)) => Party {
            customer: Some(saved.id()),
            ..given.map_or_else(
                || saved.body.party.clone(),
                |it| filled(it, &saved.body.party),
            )
        },
    };
    complete(field, &party)?;
    locate(field, &mut party)?;
    Ok(party)
}

/// Puts a party's address on the map.
pub fn locate(field: &str, party: &mut Party) -> Result<(), Refusal> {
    party.address = party.address.settled().map_err(|wrong| {
        let member = format!("{field}.address.{}", wrong.member);
        invalid(member, wrong.problem)
    })?;
    Ok(())
}

fn filled(given: &Party, saved: &Party) -> Party {
    let text =
        |given: &String, saved: &String| if given.is_empty() { saved } else { given }.clone();
    let some = |given: &Option<String>, saved: &Option<String>| given.clone().or(saved.clone());
    Party {
        name: text(&given.name, &saved.name),
        phone: some(&given.phone, &saved.phone),
        email: some(&given.email, &saved.email),
        // Parts of two addresses make none.
        address: if given.address.line.is_empty() {
            saved.address.clone()
        } else {
            given.address.clone()
        },
        customer: None,
    }
}

fn complete(field: &str, party: &Party) -> Result<(), Refusal> {
    name(format!("{field}.name"), &party.name)?;
    name(
        format!("{field}.phone"),
        party.phone.as_deref().unwrap_or_default(),
    )?;
    name(format!("{field}.address.line"), &party.address.line)?;
    bounded(field, party)
}

/// Nothing of a party is too long.
pub fn bounded(field: &str, party: &Party) -> Result<(), Refusal> {
    let Party {
        name,
        phone,
        email,
        address,
        customer: _,
    } = party;
    let Address {
        country,
        line,
        line2,
        zipcode,
        province,
        district,
        ward,
        province_id: _,
        district_id: _,
        ward_id: _,
        epoch: _,
        lat,
        lng,
    } = address;
    text(format!("{field}.address.line"), line, TEXT)?;
    for (member, given) in [("name", Some(name)), ("address.country", Some(country))]
        .into_iter()
        .chain([
            ("phone", phone.as_ref()),
            ("email", email.as_ref()),
            ("address.line2", line2.as_ref()),
            ("address.zipcode", zipcode.as_ref()),
            ("address.province", province.as_ref()),
            ("address.district", district.as_ref()),
            ("address.ward", ward.as_ref()),
            ("address.lat", lat.as_ref()),
            ("address.lng", lng.as_ref()),
        ])
    {
        text(
            format!("{field}.{member}"),
            given.map_or("", String::as_str),
            NAME,
        )?;
    }
    Ok(())
}
