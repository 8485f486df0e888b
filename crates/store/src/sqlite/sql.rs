//! Every statement that the engine runs. Each is a file of its own, so that it can be read, run and
//! explained by itself; a test prepares them all against the schema.
//!
//! SQLite numbers `$1` by first appearance: parameters are written `?1`.

macro_rules! statements {
    ($($name:ident = $file:literal),* $(,)?) => {
        $(pub const $name: &str = include_str!(concat!("sql/", $file, ".sql"));)*
        /// All of them with their names, for the tests.
        #[cfg(test)]
        pub const ALL: &[(&str, &str)] = &[$(($file, $name)),*];
    };
}

statements! {
    ACCOUNT_ALL = "account_all",
    ACCOUNT_CREATE = "account_create",
    ATTEMPT_APPEND = "attempt_append",
    ATTEMPT_WITHIN = "attempt_within",
    CONNECTION_ALL = "connection_all",
    CONNECTION_CREATE = "connection_create",
    CURSOR_ALL = "cursor_all",
    CURSOR_SET = "cursor_set",
    DELIVERY_DUE = "delivery_due",
    DELIVERY_NEXT = "delivery_next",
    DELIVERY_OF_ACCOUNT = "delivery_of_account",
    DELIVERY_REMOVE = "delivery_remove",
    DELIVERY_WRITE = "delivery_write",
    ENDPOINT_ALL = "endpoint_all",
    ENDPOINT_CREATE = "endpoint_create",
    FEED_APPEND = "feed_append",
    FEED_AT = "feed_at",
    FEED_FROM = "feed_from",
    FEED_LAST = "feed_last",
    KEY_ALL = "key_all",
    KEY_CREATE = "key_create",
    LOG_APPEND = "log_append",
    LOG_LAST = "log_last",
    LOG_READ = "log_read",
    LOG_SCAN = "log_scan",
    META_GET = "meta_get",
    META_SET = "meta_set",
    METER_FORGET = "meter_forget",
    METER_GET = "meter_get",
    METER_SAVE = "meter_save",
    METER_SET = "meter_set",
    NUMBER_FIND = "number_find",
    NUMBER_RESOLVE = "number_resolve",
    NUMBER_WRITE = "number_write",
    PAYLOAD_APPEND = "payload_append",
    PAYLOAD_LAST = "payload_last",
    PAYLOAD_READ = "payload_read",
    POLL_CREATE = "poll_create",
    POLL_DUE = "poll_due",
    POLL_NEXT = "poll_next",
    POLL_SET = "poll_set",
    REGISTRATION_CREATE = "registration_create",
    REGISTRATION_ERASE = "registration_erase",
    REGISTRATION_OF_TRACK = "registration_of_track",
    REMEMBER = "remember",
    REMEMBER_PRUNE = "remember_prune",
    REMEMBERED = "remembered",
    SAVEPOINT = "savepoint",
    SAVEPOINT_RELEASE = "savepoint_release",
    SAVEPOINT_UNDO = "savepoint_undo",
    TRACK_KEY_DESTROY = "track_key_destroy",
    TRACK_KEY_LAST = "track_key_last",
    TRACK_KEY_READ = "track_key_read",
    TRACK_KEY_WRITE = "track_key_write",
    TRACK_LAST = "track_last",
    TRACK_READ = "track_read",
    TRACK_SCAN = "track_scan",
    TRACK_WRITE = "track_write",
}
