//! KeyDelivery's carrier ids and ours, one to one. Matched without case; the facade echoes what the
//! client sent.

use std::sync::LazyLock;

/// A row of `carriers.csv`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CarrierRow {
    /// Theirs.
    pub code: &'static str,
    /// Ours.
    pub carrier: &'static str,
    /// Whether the vendor's own pages show the id.
    pub documented: bool,
}

/// A carrier that only KeyDelivery knows is ours under this prefix and its own id.
const ONLY_HERE: &str = "x-keydelivery:";

static ROWS: LazyLock<Vec<CarrierRow>> = LazyLock::new(|| {
    include_str!("carriers.csv")
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut cells = line.split(',');
            let (code, carrier) = (cells.next()?, cells.next()?);
            Some(CarrierRow {
                code,
                carrier,
                documented: cells.next()? == "documented",
            })
        })
        .collect()
});

/// Every carrier that the table knows.
pub fn carriers() -> &'static [CarrierRow] {
    &ROWS
}

/// Our carrier code for theirs.
pub fn carrier(code: &str) -> Option<&'static str> {
    ROWS.iter()
        .find(|row| row.code.eq_ignore_ascii_case(code))
        .map(|row| row.carrier)
}

/// Their carrier id for our code.
pub fn code_of(carrier: &str) -> Option<&str> {
    ROWS.iter()
        .find(|row| row.carrier == carrier)
        .map(|row| row.code)
        .or_else(|| carrier.strip_prefix(ONLY_HERE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_read_and_every_code_has_one_carrier() {
        assert_eq!(
            carriers().len(),
            include_str!("carriers.csv").lines().count() - 1
        );
        for row in carriers() {
            assert_eq!(carrier(&row.code.to_uppercase()), Some(row.carrier));
            assert_eq!(code_of(row.carrier), Some(row.code));
        }
        assert_eq!(carrier("nobody"), None);
        assert_eq!(code_of("x-keydelivery:zto"), Some("zto"));
    }
}
