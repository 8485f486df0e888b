//! Whom an order goes to, and where a return is collected, as clients say it.

use crate::nandh::errors::Stop;
use crate::nandh::request::Members;
use crate::nandh::rules;
use trackway_model::address::Epoch;
use trackway_model::orders::{Address, Party, RecordId};

/// A party with the saved customer that it is, or is taken from.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    pub customer: Option<RecordId>,
    /// None: all of it is the saved customer's.
    pub party: Option<Party>,
}

/// Reads a party; ids are of an epoch. `required`: members that must be there where no customer is named.
pub fn read(members: &Members<'_>, required: &[&str], epoch: Epoch) -> Result<Named, Stop> {
    let customer = members.id("customer_id")?;
    if customer.is_none() {
        for name in required {
            if !members.has(name) {
                return Err(members.wrong(name, "is required"));
            }
        }
    }
    let party = Party {
        name: members.text_or_empty("fullname")?,
        phone: members.text("phone")?,
        email: members.text("email")?,
        address: place(members, epoch)?,
        customer,
    };
    let says_nothing =
        party.name.is_empty() && party.phone.is_none() && party.address.line.is_empty();
    Ok(Named {
        customer,
        party: (customer.is_none() || !says_nothing).then_some(party),
    })
}

/// An address: divisions by id, by name, or both, of an epoch; a ward alone within its province is of the
/// one that has no districts, where the request names none.
pub fn place(members: &Members<'_>, epoch: Epoch) -> Result<Address, Stop> {
    let country = members.text("country")?;
    let mut address = Address {
        country: country.unwrap_or_else(|| rules::COUNTRY.to_owned()),
        line: members.text_or_empty("address")?,
        line2: members.text("address2")?,
        zipcode: members.text("zipcode")?,
        province: members.text("province_name")?,
        district: members.text("district_name")?,
        ward: members.text("ward_name")?,
        province_id: division(members, "province_id")?,
        district_id: division(members, "district_id")?,
        ward_id: division(members, "ward_id")?,
        epoch: None,
        lat: members.degrees("lat")?,
        lng: members.degrees("lng")?,
    };
    let is_coded =
        address.province_id.is_some() || address.district_id.is_some() || address.ward_id.is_some();
    let is_short = address.district.is_none() && address.ward.is_some();
    address.epoch = (is_coded || !is_short).then_some(epoch);
    Ok(address)
}

/// The same on the map; for what is asked, and not kept.
pub fn settled(members: &Members<'_>, epoch: Epoch) -> Result<Address, Stop> {
    let settled = place(members, epoch)?.settled();
    settled.map_err(|wrong| members.wrong(wrong.member, &wrong.problem))
}

fn division(members: &Members<'_>, name: &str) -> Result<Option<u32>, Stop> {
    let unknown = || members.wrong(name, "is not in the address directory");
    let id = members.int(name)?;
    id.map(|id| u32::try_from(id).map_err(|_| unknown()))
        .transpose()
}
