//! The tracking call's errors (§4.1): code and text as the vendor spells them, and what each means
//! to a client. Both sides read the same table.

/// What an error means to whoever called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// Nothing is known of the order yet.
    Nothing,
    /// Asking again changes nothing.
    Refused,
    /// No look-ups left.
    Quota,
    /// A fault of the server.
    Fault,
}

/// A row of the vendor's error table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrackingError {
    pub code: &'static str,
    pub text: &'static str,
    pub means: Means,
}

macro_rules! errors {
    ($($name:ident $text:literal $means:ident),* $(,)?) => {
        $(pub const $name: TrackingError = TrackingError {
            code: stringify!($name),
            text: $text,
            means: Means::$means,
        };)*

        /// Every error that the vendor lists.
        pub const ALL: &[TrackingError] = &[$($name),*];
    };
}

errors! {
    MISSING_APIKEY "Missing Apikey." Refused,
    MISSING_ORDERCODE "Missing Ordercode." Refused,
    ORDERCODE_MIN_LENGTH "OrderCode less than 5 characters." Refused,
    ORDERCODE_MAX_LENGTH "The maximum number of OrderCode is 20 characters." Refused,
    ORDERCODE_NOT_FOUND "OrderCode is not found." Nothing,
    ORDERCODE_DOES_NOT_BELONG_TO_YOUR_ACCOUNT "Ordercode does not belong to your account." Refused,
    APIKEY_NOT_FOUND "Apikey is not found." Refused,
    APIKEY_LIMIT "Look up more than 200,000 times/day." Quota,
    EXCEPTION "Unknown error, please contact 247." Fault,
    ORDERCODE_FORMAT_EXCEPTION "The ordercode contain special characters (except _-)." Refused,
    ORDERCODE_QUERY_EXPIRED "The order has exceeded the tracking lookup period." Refused,
}

/// What the vendor answers to a login that does not hold (§2).
pub const LOGIN_REFUSED: &str = "Tên tài khoản hoặc mật khẩu không đúng!";
