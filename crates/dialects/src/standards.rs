//! Code lists of standards, for translation: accepted tables of the same form and under the same laws
//! as the dialects', of systems that Trackway does not speak. Texts are ours.

/// A standard's code list.
#[derive(Clone, Copy, Debug)]
pub struct Standard {
    pub name: &'static str,
    pub title: &'static str,
    pub codes: &'static str,
}

/// All of them.
pub static STANDARDS: &[Standard] = &[
    Standard {
        name: "dcsa",
        title: "DCSA Track & Trace",
        codes: include_str!("standards/dcsa.csv"),
    },
    Standard {
        name: "cargo-imp",
        title: "Cargo-IMP",
        codes: include_str!("standards/cargo_imp.csv"),
    },
];
