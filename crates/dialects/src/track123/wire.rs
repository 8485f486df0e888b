//! Track123's JSON as on the wire: where its calls stand and how their members are named.

/// Where its calls are mounted, on their host and on ours; behind it stand the version and the call. One
/// handler serves all versions.
pub const ROOT: &str = "/gateway/open-api/tk/";
pub const VERSIONS: [&str; 3] = ["v1", "v2", "v2.1"];
/// The version that we call.
pub const CALLED: &str = "v2.1";
/// Where its webhooks come in: the token is a connection's own.
pub const DOOR: &str = "/in/{token}/track123";

/// The header that holds the key; and those of a webhook's proof.
pub const API_SECRET: &str = "track123-api-secret";
pub const TIMESTAMP_HEADER: &str = "x-track123-timestamp";
pub const SIGNATURE_HEADER: &str = "x-track123-signature";

/// Paths of the calls for packages, behind the version.
pub const COURIERS: &str = "courier/list";
pub const DETECTION: &str = "courier/detection";
pub const IMPORT: &str = "track/import";
pub const QUERY: &str = "track/query";
pub const UPDATE_COURIER: &str = "track/update-courier";
pub const REFRESH: &str = "track/refresh";
pub const REFRESH_BATCH: &str = "track/refresh-batch";
pub const UPDATE: &str = "track/update";
pub const UPDATE_BATCH: &str = "track/update-batch";
pub const DELETE: &str = "track/delete";
pub const QUERY_REALTIME: &str = "track/query-realtime";

/// Members of the envelope.
pub const CODE: &str = "code";
pub const MSG: &str = "msg";
pub const DATA: &str = "data";
pub const ACCEPTED: &str = "accepted";
pub const REJECTED: &str = "rejected";
pub const CONTENT: &str = "content";
pub const ERROR: &str = "error";

/// Members of a webhook.
pub const VERIFY: &str = "verify";
pub const TIMESTAMP: &str = "timestamp";
pub const SIGNATURE: &str = "signature";

/// Members that name a tracking.
pub const TRACK_NO: &str = "trackNo";
pub const COURIER_CODE: &str = "courierCode";
pub const NEW_COURIER_CODE: &str = "newCourierCode";
pub const TRACKING_NUMBER: &str = "tracking_number";

/// Members that a client gives with a registration.
pub const ORDER_NO: &str = "orderNo";
pub const COUNTRY: &str = "country";
pub const SHIP_TIME: &str = "shipTime";
pub const CUSTOMER_EMAIL: &str = "customerEmail";
pub const POSTAL_CODE: &str = "postalCode";
pub const EXTEND_FIELD_MAP: &str = "extendFieldMap";
pub const PHONE_SUFFIX: &str = "phoneSuffix";
pub const REMARK: &str = "remark";
pub const CUSTOM_1: &str = "custom1";
pub const CUSTOM_2: &str = "custom2";

/// Members of a query.
pub const TRACK_NOS: &str = "trackNos";
pub const TRACK_NO_INFOS: &str = "trackNoInfos";
pub const ORDER_NOS: &str = "orderNos";
pub const CREATE_TIME_START: &str = "createTimeStart";
pub const CREATE_TIME_END: &str = "createTimeEnd";
pub const CURSOR: &str = "cursor";
pub const QUERY_PAGE_SIZE: &str = "queryPageSize";

/// Members of a tracking.
pub const ID: &str = "id";
pub const CREATE_TIME: &str = "createTime";
pub const NEXT_UPDATE_TIME: &str = "nextUpdateTime";
pub const SHIP_FROM: &str = "shipFrom";
pub const SHIP_TO: &str = "shipTo";
pub const TRACKING_STATUS: &str = "trackingStatus";
pub const TRANSIT_STATUS: &str = "transitStatus";
pub const TRANSIT_SUB_STATUS: &str = "transitSubStatus";
pub const ORDER_TIME: &str = "orderTime";
pub const RECEIPT_TIME: &str = "receiptTime";
pub const DELIVERED_TIME: &str = "deliveredTime";
pub const LAST_TRACKING_TIME: &str = "lastTrackingTime";
pub const TRANSIT_DAYS: &str = "transitDays";
pub const STAY_DAYS: &str = "stayDays";
pub const DELIVERED_DAYS: &str = "deliveredDays";
pub const RECEIPT_DAYS: &str = "receiptDays";
pub const EXPECTED_DELIVERY: &str = "expectedDelivery";
pub const SHIPMENT_TYPE: &str = "shipmentType";
pub const EXCEPTION: &str = "exception";
pub const LOCAL: &str = "localLogisticsInfo";
pub const LAST_MILE: &str = "lastMileInfo";
pub const WAY_BILL: &str = "openApiWayBillInfo";
pub const LM_TRACK_NO: &str = "lmTrackNo";
pub const EXTRA_INFO: &str = "extraInfo";

/// Members of a carrier.
pub const NAME_CN: &str = "courierNameCN";
pub const NAME_EN: &str = "courierNameEN";
pub const HOME_PAGE: &str = "courierHomePage";
pub const TRACKING_LINK: &str = "courierTrackingLink";
pub const DETAILS: &str = "trackingDetails";

/// Members of an event.
pub const ADDRESS: &str = "address";
pub const EVENT_TIME: &str = "eventTime";
pub const TIMEZONE: &str = "timezone";
pub const EVENT_TIME_UTC: &str = "eventTimeZeroUTC";
pub const EVENT_DETAIL: &str = "eventDetail";
pub const EVENT_TRANSLATION: &str = "eventDetailTranslation";
