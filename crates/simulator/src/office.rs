//! Invented post offices in real provinces, and invented people.

/// A post office.
#[derive(Debug, PartialEq, Eq)]
pub struct Office {
    pub id: &'static str,
    pub name: &'static str,
    pub province_id: &'static str,
    pub province: &'static str,
}

const fn office(
    id: &'static str,
    name: &'static str,
    province_id: &'static str,
    province: &'static str,
) -> Office {
    Office {
        id,
        name,
        province_id,
        province,
    }
}

pub static OFFICES: &[Office] = &[
    office("HNA", "Bưu cục Sông Mẫu", "HNI", "HÀ NỘI"),
    office("HNB", "Bưu cục Hồ Ví Dụ", "HNI", "HÀ NỘI"),
    office("HPA", "Bưu cục Bến Mẫu", "HPG", "HẢI PHÒNG"),
    office("DNA", "Bưu cục Biển Mẫu", "DNG", "ĐÀ NẴNG"),
    office("SGA", "Bưu cục Chợ Ví Dụ", "HCM", "HỒ CHÍ MINH"),
    office("SGB", "Bưu cục Vườn Mẫu", "HCM", "HỒ CHÍ MINH"),
    office("CTA", "Bưu cục Cầu Ví Dụ", "CTO", "CẦN THƠ"),
];

pub static COURIERS: &[&str] = &["Trần Văn Mẫu", "Lê Thị Ví Dụ", "Phạm Văn Thử"];
pub static RECEIVERS: &[&str] = &["NGUYEN VAN VI DU", "DO THI MAU", "HOANG VAN THU"];
