//! Whom a change concerns by its registration: the account's own registration of the number in the
//! endpoint's dialect, and the address that was named with it.
//!
//! Contract: what a registration's clock brought about is told by the endpoints of its own dialect (and
//! by ours, which tell everything); an endpoint that was made for registrations tells of those that
//! name an address of its origin, and of no other number.

use super::Target;
use crate::Hub;
use crate::listing::OWN_DIALECT;
use crate::outbound::origin;
use trackway_dialects::dialect::{REGISTERED, Registration};
use trackway_model::change::ShipmentChange;
use trackway_store::StoreError;
use trackway_store::records::Registration as Kept;

/// What an endpoint knows of a change's registration.
#[derive(Debug, Default)]
pub(super) struct Own {
    kept: Option<Kept>,
    /// Where it is told, if not at the endpoint's own address.
    pub url: Option<String>,
}

impl Own {
    pub fn registration(&self) -> Option<Registration<'_>> {
        self.kept.as_ref().map(|kept| Registration {
            id: kept.id,
            created: kept.created,
            data: &kept.data,
        })
    }
}

impl Hub {
    /// None where the change does not concern the endpoint.
    pub(super) async fn own(
        &self,
        target: &Target,
        change: &ShipmentChange,
    ) -> Result<Option<Own>, StoreError> {
        let clock = change.kind.registration();
        let listens = target.endpoint.settings.get(REGISTERED);
        let is_needed = clock.is_some() || listens.is_some() || target.hook.tells_history();
        if target.dialect.name() == OWN_DIALECT || !is_needed {
            return Ok(Some(Own::default()));
        }
        for book in target.dialect.books() {
            let account = target.endpoint.account;
            let known = self
                .store
                .registrations(account, book, change.shipment.track());
            for kept in known.await? {
                if clock.is_some_and(|clock| clock != kept.id) {
                    continue;
                }
                let named = target.hook.address(&kept.data);
                let url = named.filter(|_| listens.is_some()).map(str::to_owned);
                if listens.is_none() || url.as_deref().and_then(origin).as_ref() == listens {
                    let kept = Some(kept);
                    return Ok(Some(Own { kept, url }));
                }
            }
        }
        let is_anybodys = clock.is_none() && listens.is_none();
        Ok(is_anybodys.then(Own::default))
    }
}
