//! Kinds of divisions, and the words that say them.

use super::Level;

/// What a division is called besides its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    Province,
    City,
    UrbanDistrict,
    RuralDistrict,
    Town,
    Ward,
    Commune,
    Township,
    Zone,
}

impl Kind {
    const ALL: [(Self, &str, &str); 9] = [
        (Self::Province, "T", "Tỉnh"),
        (Self::City, "TP", "Thành phố"),
        (Self::UrbanDistrict, "Q", "Quận"),
        (Self::RuralDistrict, "H", "Huyện"),
        (Self::Town, "TX", "Thị xã"),
        (Self::Ward, "P", "Phường"),
        (Self::Commune, "X", "Xã"),
        (Self::Township, "TT", "Thị trấn"),
        (Self::Zone, "DK", "Đặc khu"),
    ];

    /// As the tables have it.
    pub fn of_short(text: &str) -> Option<Self> {
        let same = |(_, short, _): &(Self, &str, &str)| *short == text;
        Self::ALL.into_iter().find(same).map(|(kind, ..)| kind)
    }

    /// As it is written before a name.
    pub const fn text(self) -> &'static str {
        Self::ALL[self as usize].2
    }

    pub const fn set(self) -> Kinds {
        Kinds(1 << self as u8)
    }
}

/// A set of kinds: what a word may mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kinds(u16);

impl Kinds {
    const fn of(kinds: &[Kind]) -> Self {
        let (mut set, mut at) = (0, 0);
        while at < kinds.len() {
            set |= kinds[at].set().0;
            at += 1;
        }
        Self(set)
    }

    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The kinds that divisions of a level have.
    pub const fn of_level(level: Level) -> Self {
        match level {
            Level::Province => Self::of(&[Kind::Province, Kind::City]),
            Level::District => Self::of(&[
                Kind::City,
                Kind::UrbanDistrict,
                Kind::RuralDistrict,
                Kind::Town,
            ]),
            Level::Ward => Self::of(&[Kind::Ward, Kind::Commune, Kind::Township, Kind::Zone]),
        }
    }
}

/// Where a word stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Before,
    After,
    Either,
}

const URBAN_OR_RURAL: Kinds = Kinds::of(&[Kind::UrbanDistrict, Kind::RuralDistrict]);

/// Words for kinds, without marks.
pub(super) const WORDS: &[(&str, Kinds, Side)] = &[
    ("tinh", Kind::Province.set(), Side::Before),
    ("t", Kind::Province.set(), Side::Before),
    ("province", Kind::Province.set(), Side::Either),
    ("prov", Kind::Province.set(), Side::Either),
    ("thanh pho", Kind::City.set(), Side::Before),
    ("t pho", Kind::City.set(), Side::Before),
    ("tp", Kind::City.set(), Side::Before),
    ("t p", Kind::City.set(), Side::Before),
    ("city", Kind::City.set(), Side::Either),
    ("quan", Kind::UrbanDistrict.set(), Side::Before),
    ("q", Kind::UrbanDistrict.set(), Side::Before),
    ("qu", Kind::UrbanDistrict.set(), Side::Before),
    ("huyen", Kind::RuralDistrict.set(), Side::Before),
    ("h", Kind::RuralDistrict.set(), Side::Before),
    ("huyen dao", Kind::RuralDistrict.set(), Side::Before),
    ("district", URBAN_OR_RURAL, Side::Either),
    ("dist", URBAN_OR_RURAL, Side::Either),
    ("d", URBAN_OR_RURAL, Side::Before),
    ("thi xa", Kind::Town.set(), Side::Before),
    ("tx", Kind::Town.set(), Side::Before),
    ("t x", Kind::Town.set(), Side::Before),
    (
        "town",
        Kinds::of(&[Kind::Town, Kind::Township]),
        Side::Either,
    ),
    ("phuong", Kind::Ward.set(), Side::Before),
    ("p", Kind::Ward.set(), Side::Before),
    ("ph", Kind::Ward.set(), Side::Before),
    ("f", Kind::Ward.set(), Side::Before),
    ("ward", Kind::Ward.set(), Side::Either),
    ("w", Kind::Ward.set(), Side::Before),
    ("xa", Kind::Commune.set(), Side::Before),
    ("x", Kind::Commune.set(), Side::Before),
    ("commune", Kind::Commune.set(), Side::Either),
    ("thi tran", Kind::Township.set(), Side::Before),
    ("tt", Kind::Township.set(), Side::Before),
    ("t t", Kind::Township.set(), Side::Before),
    ("ttr", Kind::Township.set(), Side::Before),
    ("township", Kind::Township.set(), Side::Either),
    ("dac khu", Kind::Zone.set(), Side::Before),
    ("dk", Kind::Zone.set(), Side::Before),
    ("special zone", Kind::Zone.set(), Side::Either),
];
