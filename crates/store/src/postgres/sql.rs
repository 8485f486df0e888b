//! Every statement that the engine runs, by the name of its file, with what the store does with it
//! in the words of an error message. A test prepares them all.

/// A statement.
#[derive(Debug)]
pub struct Sql {
    #[cfg(test)]
    pub name: &'static str,
    pub text: &'static str,
    /// Completes "the store failed while it …".
    pub doing: &'static str,
}

macro_rules! statements {
    ($($constant:ident = $name:literal, $doing:literal;)*) => {
        $(pub const $constant: Sql = Sql {
            #[cfg(test)]
            name: $name,
            text: include_str!(concat!("sql/", $name, ".sql")),
            doing: $doing,
        };)*

        /// All of them.
        #[cfg(test)]
        pub const ALL: &[Sql] = &[$($constant),*];
    };
}

statements! {
    ACCOUNT_ALL = "account_all", "listed accounts";
    ACCOUNT_BY_NAME = "account_by_name", "looked an account up";
    ACCOUNT_CREATE = "account_create", "made an account";
    ATTEMPT_BEFORE = "attempt_before", "read attempts";
    ATTEMPT_KEEP = "attempt_keep", "kept attempts";
    ATTEMPT_OF_DELIVERY = "attempt_of_delivery", "read attempts";
    ATTEMPT_REMOVE = "attempt_remove", "removed old attempts";
    ATTEMPT_WITHIN = "attempt_within", "read attempts";
    BOOKING_CLAIM = "booking_claim", "claimed bookings";
    BOOKING_COUNT = "booking_count", "counted bookings";
    BOOKING_KEEP = "booking_keep", "kept a booking";
    BOOKING_NEXT = "booking_next", "looked for the next booking";
    BOOKING_SETTLE = "booking_settle", "settled a booking";
    BOOKING_TOUCH = "booking_touch", "noted news of a booking";
    CHUNK_BLOCK = "chunk_block", "took ids for the log";
    CLOCK = "clock", "asked for the time";
    CLOCK_DUE = "clock_due", "looked at registrations' clocks";
    CLOCK_NEXT = "clock_next", "looked for the next clock";
    CLOCK_WIND = "clock_wind", "wound registrations' clocks";
    CONNECTION_ALL = "connection_all", "listed connections";
    CONNECTION_BY_ID = "connection_by_id", "looked a connection up";
    CONNECTION_BY_SETTING = "connection_by_setting", "looked a connection up";
    CONNECTION_BY_TOKEN = "connection_by_token", "looked a connection up";
    CONNECTION_CREATE = "connection_create", "stored a connection";
    CONNECTION_PAUSE = "connection_pause", "paused a connection";
    CONNECTION_SETTING_CREATE = "connection_setting_create", "stored a connection";
    DELIVERY_BACKLOG = "delivery_backlog", "counted deliveries";
    DELIVERY_KEEP = "delivery_keep", "kept deliveries";
    DELIVERY_NEXT = "delivery_next", "looked for the next delivery";
    DELIVERY_OF_ACCOUNT = "delivery_of_account", "listed deliveries";
    DELIVERY_OPEN = "delivery_open", "listed deliveries";
    DELIVERY_PARKED = "delivery_parked", "read parked deliveries";
    DELIVERY_REMOVE = "delivery_remove", "settled deliveries";
    DELIVERY_WAITING = "delivery_waiting", "read deliveries";
    ENDPOINT_ALL = "endpoint_all", "listed endpoints";
    ENDPOINT_ASK = "endpoint_ask", "put deliveries into a queue";
    ENDPOINT_ASKED = "endpoint_asked", "looked at queues";
    ENDPOINT_BY_ID = "endpoint_by_id", "looked an endpoint up";
    ENDPOINT_CHANGE = "endpoint_change", "changed an endpoint";
    ENDPOINT_CREATE = "endpoint_create", "stored an endpoint";
    ENDPOINT_ROTATE = "endpoint_rotate", "rotated an endpoint's secret";
    ENDPOINT_CURSOR_SET = "endpoint_cursor_set", "moved an endpoint's cursor";
    ENDPOINT_DELETE = "endpoint_delete", "removed an endpoint";
    ENDPOINT_DELETE_CURSOR = "endpoint_delete_cursor", "removed an endpoint";
    ENDPOINT_DELETE_DELIVERIES = "endpoint_delete_deliveries", "removed an endpoint";
    ENDPOINT_DELETE_LEASE = "endpoint_delete_lease", "removed an endpoint";
    ENDPOINT_DELETE_STATE = "endpoint_delete_state", "removed an endpoint";
    ENDPOINT_DISABLE = "endpoint_disable", "disabled an endpoint";
    ENDPOINT_LEASE_END = "endpoint_lease_end", "removed an endpoint";
    ENDPOINT_LEASE_HELD = "endpoint_lease_held", "took endpoints' lanes";
    ENDPOINT_LEASE_LOCK = "endpoint_lease_lock", "settled deliveries";
    ENDPOINT_LEASE_RELEASE = "endpoint_lease_release", "gave endpoints' lanes back";
    ENDPOINT_LEASE_TAKE = "endpoint_lease_take", "took endpoints' lanes";
    ENDPOINT_LOCK = "endpoint_lock", "removed an endpoint";
    ENDPOINT_PROGRESS_KEEP = "endpoint_progress_keep", "settled deliveries";
    ENDPOINT_START = "endpoint_start", "took up a lane";
    ENDPOINT_STATE_ALL = "endpoint_state_all", "read states of endpoints";
    ENDPOINT_STATE_KEEP = "endpoint_state_keep", "kept states of endpoints";
    ENTRUSTED_ARRIVE = "entrusted_arrive", "noted what an upstream was told";
    ENTRUSTED_COUNT = "entrusted_count", "counted what upstreams are to be told";
    ENTRUSTED_DROP = "entrusted_drop", "noted what an upstream was told";
    ENTRUSTED_ERASE = "entrusted_erase", "erased what upstreams gave";
    ENTRUSTED_KEEP = "entrusted_keep", "kept what an upstream gave";
    ENTRUSTED_MOVE = "entrusted_move", "noted what an upstream is to be told";
    ENTRUSTED_MOVED = "entrusted_moved", "read what an upstream is to be told";
    ENTRUSTED_OWE = "entrusted_owe", "noted what an upstream is to be told";
    ENTRUSTED_READ = "entrusted_read", "read what an upstream gave";
    ENTRUSTED_SETTLE = "entrusted_settle", "noted what an upstream was told";
    ENTRY_COUNT = "entry_count", "counted registrations";
    ENTRY_COUNT_KEYED = "entry_count_keyed", "counted registrations";
    ENTRY_DELETE = "entry_delete", "ended registrations";
    ENTRY_DELETE_OF_TRACKS = "entry_delete_of_tracks", "ended registrations";
    ENTRY_HOLD = "entry_hold", "locked registrations";
    ENTRY_KEYED = "entry_keyed", "listed registrations";
    ENTRY_MOVE = "entry_move", "moved registrations";
    ENTRY_OF_TRACKS = "entry_of_tracks", "read registrations";
    ENTRY_PAGE = "entry_page", "listed registrations";
    ENTRY_REFRESH = "entry_refresh", "noted a refresh";
    ENTRY_REPLACE = "entry_replace", "changed a registration";
    FEED_APPEND = "feed_append", "wrote the feed";
    FEED_HEADS = "feed_heads", "read the feed";
    FEED_LEASE_RELEASE = "feed_lease_release", "gave the feed's lease back";
    FEED_LEASE_TAKE = "feed_lease_take", "took the feed's lease";
    FEED_PEEK = "feed_peek", "looked at the feed";
    FEED_STAMP = "feed_stamp", "numbered the feed";
    FEED_WINDOW = "feed_window", "read the feed";
    HEARD_AGES = "heard_ages", "counted ages";
    HEARD_NOTE = "heard_note", "noted what was heard";
    KEY_BY_ACCOUNT = "key_by_account", "listed keys";
    KEY_BY_CLIENT = "key_by_client", "looked a key up";
    KEY_BY_HASH = "key_by_hash", "looked a key up";
    KEY_BY_USER = "key_by_user", "looked a key up";
    KEY_CHANGE = "key_change", "changed a key";
    KEY_CREATE = "key_create", "stored a key";
    KEY_USE = "key_use", "noted a key's use";
    LOG_APPEND = "log_append", "wrote the log";
    LOG_READ = "log_read", "read the log";
    LOG_SCAN = "log_scan", "read the log";
    MAIL_ACCOUNT = "mail_account", "counted e-mails";
    MAIL_COUNTS = "mail_counts", "counted e-mails";
    MAIL_CURSOR_GET = "mail_cursor_get", "read the cursor of e-mails";
    MAIL_CURSOR_SET = "mail_cursor_set", "moved the cursor of e-mails";
    MAIL_DUE = "mail_due", "looked for e-mails";
    MAIL_NEXT = "mail_next", "looked for the next e-mail";
    MAIL_OF_SHIPMENT = "mail_of_shipment", "read e-mails";
    MAIL_QUEUE = "mail_queue", "queued e-mails";
    MAIL_SET = "mail_set", "settled an e-mail";
    META_GET = "meta_get", "read its settings";
    META_INIT = "meta_init", "wrote its settings";
    META_SET = "meta_set", "wrote its settings";
    METER_SPEND = "meter_spend", "counted a meter";
    NOTICE_END = "notice_end", "ended a recipient";
    NOTICE_ERASE = "notice_erase", "erased addresses";
    NOTICE_KEEP = "notice_keep", "kept a recipient";
    NOTICE_OF_SHIPMENT = "notice_of_shipment", "read recipients";
    NOTICE_POLICY_GET = "notice_policy_get", "read a policy of notices";
    NOTICE_POLICY_SET = "notice_policy_set", "kept a policy of notices";
    NUMBER_CREATE = "number_create", "stored numbers";
    NUMBER_FIND = "number_find", "looked a number up";
    NUMBER_HELD_BY_ANOTHER = "number_held_by_another", "looked a number up";
    NUMBER_RESOLVE = "number_resolve", "looked numbers up";
    PARCEL_LINK_DELETE = "parcel_link_delete", "untied parcels";
    PARCEL_LINK_READ = "parcel_link_read", "looked parcels up";
    PARCEL_LINK_WRITE = "parcel_link_write", "tied parcels";
    PAYLOAD_APPEND = "payload_append", "stored documents";
    PAYLOAD_EDGE = "payload_edge", "looked at the archive";
    PAYLOAD_READ = "payload_read", "read a document";
    PAYLOAD_REMOVE = "payload_remove", "removed old documents";
    PAYLOAD_WALK = "payload_walk", "looked at old documents";
    NUMBER_BEGIN = "number_begin", "searched shipments";
    POLL_ASK = "poll_ask", "planned polls";
    POLL_CLAIM = "poll_claim", "claimed polls";
    POLL_COUNT = "poll_count", "counted polls";
    POLL_CREATE = "poll_create", "planned a poll";
    POLL_END = "poll_end", "ended polls";
    POLL_HEADS = "poll_heads", "looked for polls";
    POLL_NEXT = "poll_next", "looked for the next poll";
    POLL_OF_TRACK = "poll_of_track", "read a number's polls";
    POLL_OWE = "poll_owe", "planned polls";
    POLL_RELEASE = "poll_release", "ended polls";
    POLL_SETTLE = "poll_settle", "settled polls";
    POLL_WAKE = "poll_wake", "woke polls";
    QUARANTINE_DROP = "quarantine_drop", "dropped what was in quarantine";
    QUARANTINE_DROP_PAYLOADS = "quarantine_drop_payloads", "dropped what was in quarantine";
    QUARANTINE_ERASE = "quarantine_erase", "erased what was in quarantine";
    QUARANTINE_KEEP = "quarantine_keep", "put bytes into quarantine";
    QUARANTINE_KNOWN = "quarantine_known", "noted what was strange";
    QUARANTINE_LIST = "quarantine_list", "listed what is in quarantine";
    QUARANTINE_NOTE = "quarantine_note", "noted what was strange";
    QUARANTINE_PAYLOADS = "quarantine_payloads", "read what is in quarantine";
    QUARANTINE_RELEASE = "quarantine_release", "released what was in quarantine";
    QUARANTINE_RELEASED = "quarantine_released", "released what was in quarantine";
    QUARANTINE_REMOVE = "quarantine_remove", "removed what was old in quarantine";
    QUARANTINE_REMOVE_PAYLOADS = "quarantine_remove_payloads", "removed what was old in quarantine";
    QUOTA_COUNTED = "quota_counted", "counted calls";
    QUOTA_LOCK = "quota_lock", "took calls";
    QUOTA_MOVE = "quota_move", "settled calls";
    QUOTA_REFUSAL = "quota_refusal", "read an upstream's refusal";
    QUOTA_REFUSE = "quota_refuse", "kept an upstream's refusal";
    QUOTA_TAKE = "quota_take", "took calls";
    REFERENCE_BEGIN = "reference_begin", "searched shipments";
    REFERENCE_CREATE = "reference_create", "stored references";
    REFERENCE_ERASE = "reference_erase", "erased references";
    RECORD_ACCOUNT_LOCK = "record_account_lock", "locked accounts";
    RECORD_AMONG = "record_among", "listed records";
    RECORD_BLOCK = "record_block", "took ids for records";
    RECORD_CHILDREN = "record_children", "read records";
    RECORD_COUNT_ADD = "record_count_add", "wrote records";
    RECORD_COUNT_READ = "record_count_read", "listed records";
    RECORD_CREATE = "record_create", "wrote records";
    RECORD_FACET_CREATE = "record_facet_create", "wrote records";
    RECORD_FACET_DELETE = "record_facet_delete", "wrote records";
    RECORD_GATHER_CHANGED = "record_gather_changed", "listed records";
    RECORD_GATHER_FACET = "record_gather_facet", "listed records";
    RECORD_GATHER_NAMED = "record_gather_named", "listed records";
    RECORD_NAMED = "record_named", "read records";
    RECORD_NAME_CREATE = "record_name_create", "wrote records";
    RECORD_NAME_DELETE = "record_name_delete", "wrote records";
    RECORD_NAME_HOLDERS = "record_name_holders", "read records";
    RECORD_OF_PARCEL = "record_of_parcel", "read records";
    RECORD_SAMPLE = "record_sample", "listed records";
    RECORD_SHOWN = "record_shown", "read records";
    RECORD_SOME = "record_some", "read records";
    RECORD_UPDATE = "record_update", "wrote records";
    RECORD_WALK_NEWEST = "record_walk_newest", "listed records";
    RECORD_WALK_OLDEST = "record_walk_oldest", "listed records";
    RECORD_WALK_UNCHANGED = "record_walk_unchanged", "listed records";
    RECORD_WALK_UPDATED = "record_walk_updated", "listed records";
    REGISTRATION_AMEND = "registration_amend", "added to registrations";
    REGISTERED_COUNT = "registered_count", "counted registrations";
    REGISTRATION_CREATE = "registration_create", "registered a number";
    REGISTRATION_ERASE = "registration_erase", "erased registrations";
    REGISTRATION_HOLD = "registration_hold", "locked registrations";
    REGISTRATION_KNOWN = "registration_known", "read registrations";
    REGISTRATION_TOLD = "registration_told", "read registrations";
    REGISTRATION_OF_TRACK = "registration_of_track", "listed registrations";
    REMEMBER = "remember", "kept an answer";
    REMEMBER_PRUNE = "remember_prune", "forgot old answers";
    REMEMBERED = "remembered", "looked an idempotency key up";
    SHIPMENT_CREATE = "shipment_create", "stored shipments";
    SHIPMENT_FIND = "shipment_find", "searched shipments";
    SHIPMENT_FIND_AMONG = "shipment_find_among", "searched shipments";
    SHIPMENT_REGISTERED = "shipment_registered", "stored shipments";
    SHIPMENT_REMOVE = "shipment_remove", "stored shipments";
    SHIPMENT_ROWS = "shipment_rows", "read shipments";
    SHIPMENT_UPDATE = "shipment_update", "stored shipments";
    STATE_ALL = "state_all", "read how connections do";
    STATE_NOTE = "state_note", "noted how connections do";
    STOCK_LEVEL_CREATE = "stock_level_create", "wrote stock";
    STOCK_LEVEL_OF = "stock_level_of", "read stock";
    STOCK_LEVEL_SOME = "stock_level_some", "read stock";
    STOCK_LEVEL_UPDATE = "stock_level_update", "wrote stock";
    STOCK_MOVE_APPEND = "stock_move_append", "wrote stock";
    STOCK_MOVE_READ = "stock_move_read", "read stock";
    TRACK_BLOCK = "track_block", "took ids for tracks";
    TRACK_BOUND = "track_bound", "read tracks";
    TRACK_COUNTS = "track_counts", "counted";
    TRACK_CREATE = "track_create", "stored new tracks";
    TRACK_KEY_COUNT = "track_key_count", "counted sealing keys";
    TRACK_KEY_CREATE = "track_key_create", "stored sealing keys";
    TRACK_KEY_DESTROY = "track_key_destroy", "destroyed a sealing key";
    TRACK_KEY_PAGE = "track_key_page", "read sealing keys";
    TRACK_KEY_READ = "track_key_read", "read sealing keys";
    TRACK_KEY_REWRAP = "track_key_rewrap", "wrapped sealing keys anew";
    TRACK_LOCK = "track_lock", "locked tracks";
    TRACK_LOCK_KEYS = "track_lock_keys", "read sealing keys";
    TRACK_READ = "track_read", "read tracks";
    TRACK_SCAN = "track_scan", "read tracks";
    TRACK_SOME = "track_some", "read tracks";
    TRACK_UPDATE = "track_update", "stored tracks";
    VERIFY_COUNTS = "verify_counts", "checked counts";
    VERIFY_RECORDS = "verify_records", "checked records";
    VERIFY_STOCK = "verify_stock", "checked stock";
    VERIFY_SIZE = "verify_size", "looked how much there is to check";
}
