//! What the benches send: invented shipments, the same for product and ceiling, from a fixed seed.

use trackway_dialects::{registry, track123};

/// A small generator with good mixing (splitmix64), so that runs repeat.
#[derive(Clone, Debug)]
pub struct Seeded(pub u64);

impl Seeded {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// How much is sent.
#[derive(Clone, Copy, Debug)]
pub struct Volume {
    pub statements: usize,
    pub shipments: usize,
    pub batch: usize,
}

const MILESTONES: [&str; 8] = [
    "info_received",
    "picked_up",
    "in_transit",
    "arrived_at_facility",
    "departed_facility",
    "at_local_office",
    "out_for_delivery",
    "attempt_failed",
];
const PLACES: [&str; 8] = [
    "Kho A, Ha Noi",
    "Kho B, Da Nang",
    "Kho C, Hue",
    "Kho D, Can Tho",
    "Kho E, Vinh",
    "Kho F, Nha Trang",
    "Kho G, Hai Phong",
    "Kho H, Ho Chi Minh",
];

/// A shipment's number.
pub fn number(shipment: usize) -> String {
    format!("VD{shipment:09}")
}

/// Bodies for `POST /v1/events`: batches of statements of 300 bytes, one in ten of which repeats an
/// earlier one, over shipments touched at random.
pub fn event_batches(volume: Volume) -> Vec<Vec<u8>> {
    let mut random = Seeded(0x7261_636b);
    let mut sent: Vec<(u32, u32)> = Vec::with_capacity(volume.statements);
    (0..volume.statements / volume.batch)
        .map(|_| {
            let mut body = Vec::with_capacity(volume.batch * 302 + 16);
            body.extend_from_slice(b"{\"events\":[");
            for at in 0..volume.batch {
                if at > 0 {
                    body.push(b',');
                }
                let repeat = !sent.is_empty() && random.below(10) == 0;
                let (shipment, serial) = if repeat {
                    sent[random.below(sent.len() as u64) as usize]
                } else {
                    (
                        random.below(volume.shipments as u64) as u32,
                        sent.len() as u32,
                    )
                };
                if !repeat {
                    sent.push((shipment, serial));
                }
                push_event(&mut body, shipment as usize, serial);
            }
            body.extend_from_slice(b"]}");
            body
        })
        .collect()
}

/// One event of exactly 300 bytes. Everything follows from the serial, so a repeat is exact.
fn push_event(body: &mut Vec<u8>, shipment: usize, serial: u32) {
    let from = body.len();
    let mut random = Seeded(u64::from(serial) + 1);
    let milestone = MILESTONES[random.below(8) as usize];
    let place = PLACES[random.below(8) as usize];
    let (day, hour, minute, second) = (
        1 + random.below(28),
        random.below(24),
        random.below(60),
        random.below(60),
    );
    body.extend_from_slice(
        format!(
            "{{\"id\":\"e{serial}\",\"carrier\":\"own\",\"number\":\"{}\",\"status\":\"{milestone}\",\"occurred_at\":\"2026-03-{day:02}T{hour:02}:{minute:02}:{second:02}+07:00\",\"place\":\"{place}\",\"text\":\"",
            number(shipment)
        )
        .as_bytes(),
    );
    while body.len() - from < 298 {
        body.push(b'a' + random.below(26) as u8);
    }
    body.extend_from_slice(b"\"}");
}

/// Stands before the number in the text of a marked event; whoever passes the text on passes it on.
pub const MARK: &[u8] = b"\"text\":\"#";

/// A batch of one event of 300 bytes that is found again wherever it is told, by its serial.
pub fn marked(shipment: usize, serial: usize) -> Vec<u8> {
    let mut body = b"{\"events\":[".to_vec();
    let from = body.len();
    push_event(&mut body, shipment, serial as u32);
    let at = from
        + body[from..]
            .windows(MARK.len() - 1)
            .position(|at| at == &MARK[..MARK.len() - 1])
            .expect("every event has a text")
        + MARK.len()
        - 1;
    body[at..at + 9].copy_from_slice(format!("#{:08}", serial % 100_000_000).as_bytes());
    body.extend_from_slice(b"]}");
    body
}

/// A body of `POST /v1/shipments` with these numbers, each with an order number.
pub fn wishes(shipments: std::ops::Range<usize>) -> Vec<u8> {
    let wish = |shipment: usize| {
        format!(
            "{{\"number\":\"{}\",\"carrier\":\"247express\",\"references\":[\"SO-{shipment:08}\"]}}",
            number(shipment)
        )
    };
    let wishes: Vec<String> = shipments.map(wish).collect();
    format!("{{\"shipments\":[{}]}}", wishes.join(",")).into_bytes()
}

/// The body of one 247Express status webhook.
pub fn webhook(key: &str, shipment: usize, serial: usize) -> String {
    let (status, name) = [
        ("23", "DALAYHANG"),
        ("24", "DANGVANCHUYEN"),
        ("25", "DANGDIPHAT"),
        ("16", "CHOXULY"),
    ][serial % 4];
    let (day, hour, minute) = (1 + serial / 1440 % 28, serial / 60 % 24, serial % 60);
    format!(
        "{{\"ApiKey\":\"{key}\",\"OrderCode\":\"{}\",\"ExternalCode\":\"SO-{shipment}\",\"ReferenceCode\":\"PO-{shipment}\",\"Status\":\"{status}\",\"StatusName\":\"{name}\",\"Description\":\"Change order status: DANGVANCHUYEN ==> {name}\",\"RequestFeedbackCount\":0,\"DelayCode\":null,\"DelayNotes\":null,\"DeliveryNotes\":null,\"Mailman\":null,\"DeliveryDate\":null,\"ReceiverName\":\"NGUYEN VAN VI DU\",\"TransactionId\":\"11112222-3333-4444-5555-{serial:012}\",\"Time\":\"2026-03-{day:02}T{hour:02}:{minute:02}:02.{serial:07}+07:00\"}}",
        number(shipment)
    )
}

/// A 247Express tracking answer with this many of its journey's ten happenings told so far, half of
/// them statuses, half scans.
pub fn tracking_answer(shipment: usize, told: usize) -> String {
    answer(shipment, told.div_ceil(2).min(5), told / 2)
}

/// The same with scans only.
pub fn scans_answer(shipment: usize, told: usize) -> String {
    answer(shipment, 0, told)
}

fn answer(shipment: usize, statuses_told: usize, scans_told: usize) -> String {
    const STATUSES: [(&str, &str, &str); 5] = [
        ("21", "DATIEPNHAN", "Đã tạo đơn hàng"),
        ("23", "DALAYHANG", "Đã lấy hàng"),
        ("24", "DANGVANCHUYEN", "Đang vận chuyển"),
        ("25", "DANGDIPHAT", "Đang đi phát"),
        ("30", "PHATTHANHCONG", "Phát thành công"),
    ];
    const SCANS: [(&str, &str); 5] = [
        ("0", "Nhập hệ thống"),
        ("2", "Đóng gói"),
        ("3", "Đang chuyển tiếp"),
        ("4", "Đến bưu cục"),
        ("5", "Đi phát"),
    ];
    let mut random = Seeded(shipment as u64);
    let day = 1 + random.below(20);
    let statuses: Vec<String> = STATUSES[..statuses_told]
        .iter()
        .enumerate()
        .map(|(at, (id, name, caption))| {
            format!("{{\"time\":\"2026-03-{:02}T{:02}:10:56.92+07:00\",\"status\":\"{id}\",\"statusName\":\"{name}\",\"trackingName\":\"{caption}\",\"provinceName\":\"HÀ NỘI\",\"postOfficeName\":\"Bưu cục A\"}}", day as usize + at, 8 + at)
        })
        .collect();
    let scans: Vec<String> = SCANS[..scans_told.min(5)]
        .iter()
        .enumerate()
        .map(|(at, (id, name))| {
            format!("{{\"statusID\":\"{id}\",\"postOfficeID\":\"AAA\",\"provinceID\":\"HNI\",\"provinceName\":\"HÀ NỘI\",\"dateChange\":\"2026-03-{:02}T{:02}:36:56.92+07:00\",\"postOfficeName\":\"Bưu cục A\",\"statusName\":\"{name}\",\"notes\":null}}", day as usize + at, 10 + at)
        })
        .collect();
    let (status, name, caption) = STATUSES[statuses_told.clamp(1, 5) - 1];
    let price = 20_000 + random.below(30_000);
    format!(
        "{{\"errorMessage\":null,\"errorCode\":null,\"orderCode\":\"{}\",\"externalCode\":\"SO-{shipment}\",\"acceptDate\":\"2026-03-{day:02}T00:00:00+07:00\",\"status\":\"{status}\",\"statusName\":\"{name}\",\"trackingName\":\"{caption}\",\"delayCode\":null,\"delayNote\":null,\"deliveryNotes\":null,\"deliveryDate\":null,\"poDeliveryID\":null,\"mailMan\":null,\"receiverName\":null,\"serviceTypeID\":\"DE\",\"mailerTypeID\":\"HH\",\"extraServiceName\":null,\"length\":20,\"width\":15,\"height\":10,\"realWeight\":0.8,\"calWeight\":0.5,\"weight\":0.8,\"quantity\":1,\"price\":{price}.0000,\"priceFR\":0.0000,\"farRegionFeeAmount\":0.0000,\"fuelFeeAmount\":5000.0000,\"vatAmount\":2400.0000,\"totalServiceCost\":{}.0000,\"edtFrom\":null,\"edtTo\":null,\"postOfficeAcceptID\":null,\"codAmount\":150000.000,\"priceInfo\":[{{\"serviceName\":\"Chuyển phát nhanh\",\"serviceID\":\"DE\",\"cost\":{price}.0000}}],\"statuses\":[{}],\"trackings\":[{}],\"estimateRoutes\":null,\"confirmImage\":null}}",
        number(shipment),
        price + 7_400,
        statuses.join(","),
        scans.join(",")
    )
}

/// Track123's query, and the courier that all its trackings are of.
pub const QUERY: &str = "/gateway/open-api/tk/v2.1/track/query";
pub const TRACKING_COURIER: &str = "usps";
/// Events of a tracking.
pub const TRACKING_EVENTS: usize = 10;

/// Our code of that courier.
pub fn tracking_carrier() -> String {
    let dialect = registry::find(track123::NAME);
    let carrier = dialect.and_then(|dialect| dialect.carrier(TRACKING_COURIER));
    carrier.unwrap_or_else(|| TRACKING_COURIER.to_owned())
}

/// The body of a query of these numbers.
pub fn tracking_query(shipments: impl Iterator<Item = usize>) -> Vec<u8> {
    let info = |shipment| {
        let number = number(shipment);
        format!(r#"{{"trackNo":"{number}","courierCode":"{TRACKING_COURIER}"}}"#)
    };
    let infos: Vec<String> = shipments.map(info).collect();
    format!(r#"{{"trackNoInfos":[{}]}}"#, infos.join(",")).into_bytes()
}

/// Track123's answer to a query of these numbers.
pub fn tracking_answers(shipments: std::ops::Range<usize>) -> String {
    let count = shipments.len();
    let trackings: Vec<String> = shipments.map(tracking).collect();
    format!(
        r#"{{"code":"00000","msg":"Success","data":{{"accepted":{{"content":[{}],"totalElements":"{count}","currentPage":1,"totalPages":1,"pageSize":100,"cursor":""}},"rejected":[]}},"traceId":"00000000000000000000000000000000.1.1"}}"#,
        trackings.join(",")
    )
}

/// A tracking of ten events.
pub fn tracking(shipment: usize) -> String {
    const STEPS: [(&str, &str, &str); TRACKING_EVENTS] = [
        ("INFO_RECEIVED_01", "Hanoi", "Shipment information received"),
        ("IN_TRANSIT_01", "Hanoi", "Accepted at the counter"),
        ("IN_TRANSIT_02", "Hanoi", "Arrived at sorting centre"),
        ("IN_TRANSIT_04", "Hanoi", "Packed for dispatch"),
        ("IN_TRANSIT_05", "Hanoi", "Handed to the airline"),
        ("IN_TRANSIT_08", "Hanoi", "Flight departed"),
        (
            "IN_TRANSIT_06",
            "Chicago, IL",
            "Landed in the destination country",
        ),
        (
            "IN_TRANSIT_03",
            "Chicago, IL",
            "Customs clearance completed",
        ),
        ("IN_TRANSIT_07", "Austin, TX", "At the local post office"),
        ("WAITING_DELIVERY_01", "Austin, TX", "Out for delivery"),
    ];
    let mut random = Seeded(shipment as u64);
    let day = 1 + random.below(18) as usize;
    let details: Vec<String> = STEPS
        .iter()
        .enumerate()
        .rev()
        .map(|(at, (sub, place, text))| {
            let (day, hour) = (day + at, 8 + at % 10);
            format!(r#"{{"address":"{place}","eventTime":"2026-03-{day:02} {hour:02}:10:56","timezone":"+07:00","eventTimeZeroUTC":"2026-03-{day:02}T{:02}:10:56Z","eventDetail":"{text}","transitSubStatus":"{sub}"}}"#, hour - 7)
        })
        .collect();
    let number = number(shipment);
    let last = day + TRACKING_EVENTS - 1;
    format!(
        r#"{{"id":"{}","trackNo":"{number}","createTime":"2026-03-{day:02} 08:00:00","nextUpdateTime":null,"orderNo":"SO-{shipment}","shipFrom":"VN","shipTo":"US","trackingStatus":"001","transitStatus":"WAITING_DELIVERY","transitSubStatus":"WAITING_DELIVERY_01","shipTime":null,"orderTime":null,"receiptTime":null,"deliveredTime":null,"lastTrackingTime":"2026-03-{last:02} 17:10:56","transitDays":9,"stayDays":0,"deliveredDays":null,"expectedDelivery":null,"shipmentType":null,"remark":null,"localLogisticsInfo":{{"courierCode":"{TRACKING_COURIER}","courierNameCN":null,"courierNameEN":"USPS","courierHomePage":"https://www.usps.com/","courierTrackingLink":null,"trackingDetails":[{}]}},"lastMileInfo":{{"lmTrackNo":null,"openApiWayBillInfo":{{"trackingDetails":[]}}}},"extraInfo":null}}"#,
        731_000_000_000_000_000_u64 + shipment as u64,
        details.join(",")
    )
}
