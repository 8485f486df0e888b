//! Addresses as clients name them: province, district and ward by name, in three levels or (from July
//! 2025) two. Each level that is wrong has its own number (§8.3).

use super::errors::{Code, Fault};
use super::request::Fields;
use trackway_model::address::{COUNTRY, Level, Misfit, Names, Place, Unit, Why, resolve};
use trackway_model::orders::Address;

/// What a call names the parts of an address.
#[derive(Clone, Copy, Debug)]
pub struct Parts {
    pub line: &'static str,
    pub province: &'static str,
    pub district: &'static str,
    pub ward: &'static str,
    /// Whether a place of two levels needs its ward [inferred].
    pub exact: bool,
}

pub const RECEIVER: Parts = Parts {
    line: "ReceiverAddress",
    province: "ReceiverProvinceName",
    district: "ReceiverDistrictName",
    ward: "ReceiverWardName",
    exact: true,
};

pub const HUB: Parts = Parts {
    line: "Address",
    province: "ProvinceName",
    district: "DistrictName",
    ward: "WardName",
    exact: false,
};

pub const DESTINATION: Parts = Parts {
    line: "ToAddress",
    province: "ToProvinceName",
    district: "ToDistrictName",
    ward: "ToWardName",
    exact: false,
};

pub const ORIGIN: Parts = Parts {
    line: "FromAddress",
    province: "FromProvinceName",
    district: "FromDistrictName",
    ward: "FromWardName",
    exact: false,
};

impl Parts {
    const fn member(&self, level: Level) -> (&'static str, Code) {
        match level {
            Level::Province => (self.province, Code::Province),
            Level::District => (self.district, Code::District),
            Level::Ward => (self.ward, Code::Ward),
        }
    }

    /// Whether any part but the line is given.
    pub fn are_named(&self, fields: &Fields<'_>) -> bool {
        [self.province, self.district, self.ward]
            .iter()
            .any(|name| fields.has(name))
    }

    /// An address of which the province must be named.
    pub fn read(&self, fields: &Fields<'_>) -> Result<Address, Fault> {
        self.over(fields, &Address::default())
    }

    /// The same over an address that stands: what is not given is as it was. A place that is named anew
    /// is named whole, since parts of two places make none.
    pub fn over(&self, fields: &Fields<'_>, before: &Address) -> Result<Address, Fault> {
        let line = fields.text(self.line)?;
        let mut address = if self.are_named(fields) {
            Address {
                province: fields.text(self.province)?,
                district: fields.text(self.district)?,
                ward: fields.text(self.ward)?,
                ..Address::default()
            }
        } else {
            before.clone()
        };
        COUNTRY.clone_into(&mut address.country);
        address.line = line.unwrap_or_else(|| before.line.clone());
        self.recognise(&mut address)?;
        Ok(address)
    }

    fn recognise(&self, address: &mut Address) -> Result<(), Fault> {
        let names = Names {
            province: address.province.as_deref().unwrap_or_default(),
            district: address.district.as_deref(),
            ward: address.ward.as_deref(),
        };
        let is_wide = address.district.is_none() && address.ward.is_none();
        let place = resolve(&names, None).map_err(|misfit| self.told(&misfit))?;
        if self.exact && is_wide {
            return Err(Fault::of(Code::Ward, self.ward));
        }
        let Place {
            province,
            district,
            ward,
        } = place;
        address.epoch = Some(province.epoch());
        address.province_id = Some(province.code());
        address.district_id = district.map(Unit::code);
        address.ward_id = ward.map(Unit::code);
        Ok(())
    }

    fn told(&self, misfit: &Misfit) -> Fault {
        let (member, code) = self.member(misfit.level);
        let problem = match &misfit.why {
            Why::Missing => "is required",
            Why::Unknown => "is not known",
            Why::Elsewhere(_) => "is not in the place that is named above it",
            Why::Ambiguous(_) => "fits several places",
            Why::NoDistricts => "must be null in an address of two levels",
        };
        Fault {
            code,
            property: Some(member.to_owned()),
            text: format!("{member} {problem}."),
        }
    }
}
