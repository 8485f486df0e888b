//! KeyDelivery's carrier ids and ours, one to one, out of the catalog: its own id where a table names
//! one, otherwise ours. Matched without case; the facade echoes what the client sent.

use super::NAME;
use trackway_numbers::catalog::{self, CodeRow};

/// A carrier that only KeyDelivery knows is ours under this prefix and its own id.
const ONLY_HERE: &str = "x-keydelivery:";

/// Every carrier for which a table names KeyDelivery's own id.
pub fn carriers() -> Vec<CodeRow<'static>> {
    catalog::in_force().codes(NAME)
}

/// Our carrier code for theirs.
pub fn carrier(code: &str) -> Option<&'static str> {
    let carrier = catalog::in_force().carrier(NAME, code);
    carrier.map(|carrier| carrier.code.as_str())
}

/// Our carrier code for one that they told of; one that only they know is ours under their name.
pub fn told(code: &str) -> String {
    carrier(code).map_or_else(
        || format!("{ONLY_HERE}{}", code.to_lowercase()),
        str::to_owned,
    )
}

/// Their carrier id for our code.
pub fn code_of(carrier: &str) -> Option<&str> {
    carrier
        .strip_prefix(ONLY_HERE)
        .or_else(|| catalog::in_force().code(NAME, carrier))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_one_carrier() {
        assert!(carriers().len() >= 19);
        for row in carriers() {
            assert_eq!(carrier(&row.code.to_uppercase()), Some(row.carrier));
            assert_eq!(code_of(row.carrier), Some(row.code));
        }
        assert_eq!(carrier("nobody"), None);
        assert_eq!(code_of("x-keydelivery:zto"), Some("zto"));
        assert_eq!(told("DHL"), "dhl");
        assert_eq!(told("ZTO"), "zto");
        assert_eq!(told("Acme"), "x-keydelivery:acme");
    }
}
