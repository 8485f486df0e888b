//! What the customer API's numeric errors (§8.3) mean to whoever called, as data. Texts are ours: the
//! vendor lists meanings only, and what it answers may name people.

/// What is to be done after an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// Nothing: the same asked again is refused again.
    Never,
    /// Ask again later.
    Again,
    /// Log in, and ask again.
    LogIn,
    /// It is there already.
    Has,
    /// There is no such order.
    Gone,
    /// How far the order is does not allow it.
    Late,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    pub code: &'static str,
    pub then: Then,
    pub text: &'static str,
}

const fn row(code: &'static str, then: Then, text: &'static str) -> Row {
    Row { code, then, text }
}

/// Every code that is known.
pub const ROWS: &[Row] = &[
    row("1", Then::Never, "the receiver's ward is not known there"),
    row(
        "2",
        Then::Never,
        "the receiver's district is not known there",
    ),
    row(
        "3",
        Then::Never,
        "the receiver's province is missing or not known there",
    ),
    row("4", Then::Has, "an order of that code is there already"),
    row("5", Then::Again, "an error of the server"),
    row("6", Then::Again, "the request could not be processed"),
    row("7", Then::Again, "the order could not be made"),
    row("8", Then::Again, "the order could not be changed"),
    row(
        "9",
        Then::Never,
        "it is not said whether the goods may be shown",
    ),
    row(
        "10",
        Then::Never,
        "the service is missing or not known there",
    ),
    row("12", Then::LogIn, "the session does not hold"),
    row("13", Then::Gone, "there is no such order"),
    row("14", Then::Late, "how far the order is does not allow it"),
    row("15", Then::Never, "the order's code is missing"),
    row("16", Then::Never, "the order's code is wrong"),
    row("17", Then::Never, "the receiver's address is wrong"),
    row("18", Then::Never, "it is neither goods nor a document"),
    row("19", Then::Never, "the number of packages is wrong"),
    row("20", Then::Never, "the packages are wrong"),
    row(
        "21",
        Then::Never,
        "what is said of the sender is not complete",
    ),
    row("22", Then::Never, "the answer is none of the five"),
    row("23", Then::Never, "it is not said where it is to go"),
    row("24", Then::Never, "where it is to go is wrong"),
    row("25", Then::Never, "the cash to be paid at pick-up is wrong"),
];

/// The row of a code; None where nothing is known of it.
pub fn of(code: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.code == code)
}
