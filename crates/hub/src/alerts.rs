//! When somebody should be woken, as rules for Prometheus: the table behind `docs/alerts.yml`.
//!
//! Contract: every rule names metrics of the table only (a test checks it), says what is wrong and
//! what to do, and is true for a server of any size: figures that depend on it are shares and lags.

/// How soon somebody must look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Now.
    Page,
    /// Today.
    Ticket,
}

impl Severity {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Ticket => "ticket",
        }
    }
}

/// A rule.
#[derive(Clone, Copy, Debug)]
pub struct Alert {
    pub name: &'static str,
    pub expr: &'static str,
    /// How long it must hold first.
    pub lasting: &'static str,
    pub severity: Severity,
    /// What is wrong.
    pub summary: &'static str,
    /// What to do.
    pub action: &'static str,
}

/// All of them.
pub const ALERTS: &[Alert] = &[
    Alert {
        name: "TrackwayNotReady",
        expr: "min by (instance, check) (trackway_ready) == 0",
        lasting: "1m",
        severity: Severity::Page,
        summary: "A check of /readyz fails: {{ $labels.check }}.",
        action: "Ask /readyz, which says why, then run `trackway doctor`.",
    },
    Alert {
        name: "TrackwayDiskNearlyFull",
        expr: "predict_linear(trackway_disk_free_bytes[6h], 24 * 3600) < 0",
        lasting: "30m",
        severity: Severity::Ticket,
        summary: "The disk of the data folder is full within a day.",
        action: "Make room, or let payloads and attempts go earlier.",
    },
    Alert {
        name: "TrackwayQueueFull",
        expr: "trackway_store_queue / trackway_store_queue_limit > 0.8",
        lasting: "5m",
        severity: Severity::Page,
        summary: "Statements come in faster than the store commits them.",
        action: "Look at the disk's latency; tell senders to slow down.",
    },
    Alert {
        name: "TrackwayErrors",
        expr: "sum by (system) (rate(trackway_requests_total{status=~\"5..\"}[5m])) / sum by (system) (rate(trackway_requests_total[5m])) > 0.02",
        lasting: "5m",
        severity: Severity::Page,
        summary: "More than 2 % of the answers of {{ $labels.system }} are failures of the server.",
        action: "Read the log's warnings of that time: each names its route.",
    },
    Alert {
        name: "TrackwaySlow",
        expr: "histogram_quantile(0.99, sum by (le, system) (rate(trackway_request_seconds_bucket{system!=\"native\"}[10m]))) > 1",
        lasting: "10m",
        severity: Severity::Ticket,
        summary: "One in a hundred calls of {{ $labels.system }} takes more than a second.",
        action: "Look at trackway_store_queue and at the machine.",
    },
    Alert {
        name: "TrackwayCommitsSlow",
        expr: "histogram_quantile(0.99, sum by (le) (rate(trackway_ingest_seconds_bucket[10m]))) > 1",
        lasting: "10m",
        severity: Severity::Ticket,
        summary: "One in a hundred batches takes more than a second to be committed.",
        action: "Look at the disk's latency, or the database's.",
    },
    Alert {
        name: "TrackwayDataGetsOld",
        expr: "trackway_poll_lag_seconds > 1800",
        lasting: "10m",
        severity: Severity::Page,
        summary: "Upstreams are asked more than half an hour late.",
        action: "Look at trackway_poll_seconds: one may be slow, or no node polls.",
    },
    Alert {
        name: "TrackwayUpstreamFails",
        expr: "sum by (dialect) (rate(trackway_polls_total{outcome=~\"fault|shape|refused|unset\"}[15m])) / sum by (dialect) (rate(trackway_polls_total[15m])) > 0.5",
        lasting: "15m",
        severity: Severity::Ticket,
        summary: "More than half of the questions to {{ $labels.dialect }} bring nothing.",
        action: "Try its connections out: POST /v1/connections/{id}/test.",
    },
    Alert {
        name: "TrackwayUpstreamDown",
        expr: "max(trackway_connections{state=~\"open|half_open\"}) > 0",
        lasting: "1h",
        severity: Severity::Ticket,
        summary: "An upstream has been left alone for an hour, for its calls fail.",
        action: "`trackway status` shows which, why and until when.",
    },
    Alert {
        name: "TrackwayQuotaUsedUp",
        expr: "sum by (dialect) (increase(trackway_polls_total{outcome=\"quota\"}[1h])) > 0",
        lasting: "1h",
        severity: Severity::Ticket,
        summary: "{{ $labels.dialect }} answers that no calls are left.",
        action: "Ask for a larger quota, or follow fewer parcels.",
    },
    Alert {
        name: "TrackwayUnreadableWebhooks",
        expr: "sum by (dialect) (increase(trackway_quarantined_total[1h])) > 0",
        lasting: "0m",
        severity: Severity::Ticket,
        summary: "{{ $labels.dialect }} sent what can't be read; it is kept.",
        action: "`trackway quarantine list` tells what and where; after an upgrade that reads it, `trackway quarantine retry --all`.",
    },
    Alert {
        name: "TrackwayUpstreamChanged",
        expr: "sum by (dialect, kind) (increase(trackway_drift_total[1h])) > 0 unless sum by (dialect, kind) (increase(trackway_drift_total[1h] offset 1h)) > 0",
        lasting: "0m",
        severity: Severity::Ticket,
        summary: "{{ $labels.dialect }} began to send what is not known of it: {{ $labels.kind }}.",
        action: "`trackway drift` names the member; an unknown code gets a row in a table for `trackway replay`.",
    },
    Alert {
        name: "TrackwayDataOld",
        expr: "max by (connection) (trackway_data_age_seconds{quantile=\"0.95\"}) > 6 * 3600",
        lasting: "30m",
        severity: Severity::Ticket,
        summary: "Connection {{ $labels.connection }} said nothing of some of its numbers for more than six hours.",
        action: "`trackway status` shows its last failure and what is left of its quota.",
    },
    Alert {
        name: "TrackwayMessagesParked",
        expr: "sum by (dialect) (increase(trackway_deliveries_parked_total[1h])) > 0",
        lasting: "0m",
        severity: Severity::Ticket,
        summary: "Messages to {{ $labels.dialect }} endpoints failed at their last attempt.",
        action: "GET /v1/deliveries?parked=true shows which and why.",
    },
    Alert {
        name: "TrackwaySubscribersBehind",
        expr: "trackway_endpoint_behind_changes > 10000 and delta(trackway_endpoint_behind_changes[30m]) >= 0",
        lasting: "30m",
        severity: Severity::Ticket,
        summary: "A subscriber is far behind the feed and does not catch up.",
        action: "GET /v1/endpoints shows which; pause it or have its owner repair it.",
    },
    Alert {
        name: "TrackwayEndpointsDown",
        expr: "max(trackway_endpoints{state=~\"open|half_open\"}) > 0",
        lasting: "1h",
        severity: Severity::Ticket,
        summary: "Endpoints have not answered for an hour.",
        action: "GET /v1/endpoints shows which and what it answered last; what happens meanwhile waits.",
    },
    Alert {
        name: "TrackwayMessagesWait",
        expr: "max(trackway_delivery_oldest_seconds) > 6 * 3600",
        lasting: "10m",
        severity: Severity::Ticket,
        summary: "A message has been waiting for more than six hours.",
        action: "GET /v1/deliveries?parked=false shows what its receiver answers.",
    },
    Alert {
        name: "TrackwayRetriesLate",
        expr: "trackway_delivery_lag_seconds > 600",
        lasting: "10m",
        severity: Severity::Ticket,
        summary: "Retries are made more than ten minutes late.",
        action: "See whether any node delivers, and whether many endpoints are dead at once.",
    },
];
