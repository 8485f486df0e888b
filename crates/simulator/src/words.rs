//! The systems' own words, taken from their code tables, so that nothing is told that they do not
//! know; and the carriers' free texts, which are invented.

use std::sync::{Arc, LazyLock};
use trackway_dialects::registry::{self, Vocabularies};
use trackway_dialects::{express247, keydelivery, track123};
use trackway_model::CodeKind;

static TABLES: LazyLock<Arc<Vocabularies>> = LazyLock::new(registry::built_in);

/// Why a delivery failed: 247Express's code and its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delay {
    pub code: &'static str,
    pub text: &'static str,
}

/// What a delay means for the parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlook {
    /// A second attempt may do.
    Mendable,
    /// It goes back.
    Hopeless,
    /// It is gone.
    Gone,
}

fn outlook(code: &str) -> Outlook {
    match code {
        "1" | "4" | "7" | "8" | "9" | "26" | "30" | "31" | "46" | "53" => Outlook::Hopeless,
        "33" => Outlook::Gone,
        _ => Outlook::Mendable,
    }
}

/// Every delay of the table.
pub fn delays() -> &'static [Delay] {
    static ALL: LazyLock<Vec<Delay>> = LazyLock::new(|| {
        express247::vocabulary()
            .of_kind(CodeKind::Reason)
            .map(|row| Delay {
                code: &row.code,
                text: &row.text,
            })
            .collect()
    });
    &ALL
}

/// The delays of one outlook.
pub fn delays_that(are: Outlook) -> &'static [Delay] {
    static BY_OUTLOOK: LazyLock<[Vec<Delay>; 3]> = LazyLock::new(|| {
        [Outlook::Mendable, Outlook::Hopeless, Outlook::Gone].map(|wanted| {
            let of = |delay: &&Delay| outlook(delay.code) == wanted;
            delays().iter().filter(of).copied().collect()
        })
    });
    &BY_OUTLOOK[are as usize]
}

/// A delay by its code.
pub fn delay(code: &str) -> Option<Delay> {
    delays().iter().find(|delay| delay.code == code).copied()
}

/// What a courier writes instead of the table's text.
pub fn note(delay: Delay) -> &'static str {
    match delay.code {
        "2" | "13" | "14" => "Người nhận không có nhà",
        "8" => "Người nhận từ chối nhận hàng",
        "10" => "Người nhận hẹn giao lúc khác",
        "11" | "12" => "Người nhận không nghe máy",
        "1" | "4" => "Sai địa chỉ",
        "24" => "Mưa bão, ngập đường",
        _ => delay.text,
    }
}

/// A status's Vietnamese code and caption.
pub fn status(id: u8) -> (&'static str, &'static str) {
    let id = id.to_string();
    express247::names()
        .iter()
        .find(|row| row.status == id)
        .map_or(("", ""), |row| (&row.name, &row.caption))
}

/// A scan's name.
pub fn scan(id: u8) -> &'static str {
    express247::vocabulary()
        .get(CodeKind::Event, &id.to_string(), "")
        .map_or("", |row| &row.name)
}

/// KeyDelivery's name of a number, which is of either level: of 14's two rows the top-level one.
pub fn aggregated(number: &str) -> &'static str {
    static ROWS: LazyLock<Vec<(&'static str, &'static str, &'static str)>> = LazyLock::new(|| {
        let table = TABLES.of(keydelivery::NAME);
        let rows = table.of_kind(CodeKind::Shipment);
        rows.map(|row| (row.code.as_str(), row.sub.as_str(), row.name.as_str()))
            .collect()
    });
    let top = ROWS
        .iter()
        .find(|(code, sub, _)| *code == number && sub.is_empty());
    let fine = || ROWS.iter().find(|(_, sub, _)| *sub == number);
    top.or_else(fine).map_or("", |(.., name)| name)
}

/// The number on top of KeyDelivery's answer for an item's number, which may be a finer one.
pub fn top(number: &str) -> &'static str {
    let table = TABLES.of(keydelivery::NAME);
    let rows = || table.of_kind(CodeKind::Shipment);
    rows()
        .find(|row| row.code == number)
        .or_else(|| rows().find(|row| row.sub == number))
        .map_or("0", |row| row.code.as_str())
}

/// What the aggregator writes beside a number, in one language or the other.
pub fn context(number: &str, vietnamese: bool) -> &'static str {
    if !vietnamese {
        return aggregated(number);
    }
    match top(number) {
        "0" => "Đơn hàng đang được vận chuyển",
        "1" => "Đã nhận hàng từ người gửi",
        "2" | "14" => "Giao hàng không thành công",
        "3" => "Đã giao hàng thành công",
        "4" => "Đã trả lại người gửi",
        "5" => "Đang giao hàng",
        "6" => "Đang trả lại người gửi",
        "7" => "Chuyển cho đơn vị vận chuyển khác",
        "8" => "Đang làm thủ tục hải quan",
        _ => aggregated(number),
    }
}

/// What the second aggregator writes beside a sub-status: its table's text, or its own in Chinese.
pub fn track123(sub_status: &str, chinese: bool) -> &'static str {
    let table = TABLES.of(track123::NAME);
    let status = sub_status.rsplit_once('_').map_or("", |(status, _)| status);
    let text = || {
        let row = table.get(CodeKind::Shipment, status, sub_status);
        row.map_or("", |row| &row.text)
    };
    match status {
        _ if !chinese => text(),
        "INFO_RECEIVED" => "订单已创建",
        "IN_TRANSIT" => "包裹运输途中",
        "WAITING_DELIVERY" => "快递员正在派送",
        "DELIVERY_FAILED" => "派送未成功",
        "DELIVERED" => "已签收",
        _ => text(),
    }
}

/// What it writes beside an ocean event's code.
pub fn ocean(code: &str) -> &'static str {
    of_cargo(CodeKind::OceanEvent, code)
}

/// What it writes beside an air event's status.
pub fn air(code: &str) -> &'static str {
    of_cargo(CodeKind::AirEvent, code)
}

fn of_cargo(kind: CodeKind, code: &str) -> &'static str {
    let row = TABLES.of(track123::NAME).get(kind, code, "");
    row.map_or("", |row| &row.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_delay_has_one_outlook() {
        let of = |outlook| delays_that(outlook).len();
        let sum = of(Outlook::Mendable) + of(Outlook::Hopeless) + of(Outlook::Gone);
        assert_eq!((sum, delays().len()), (31, 31));
    }

    #[test]
    fn numbers_of_both_levels_have_their_names() {
        for (number, name, above) in [
            ("0", "In transit", "0"),
            ("1002", "In transit", "0"),
            ("14", "Recipient refused", "14"),
            ("401", "Order canceled", "4"),
            ("204", "Failed Attempt", "2"),
            ("13", "Exception(customs clearance)", "8"),
        ] {
            assert_eq!((aggregated(number), top(number)), (name, above));
        }
    }
}
