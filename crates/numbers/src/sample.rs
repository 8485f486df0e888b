//! Numbers made up by a seed, to measure detection with: valid ones of carriers' formats, each made
//! by hand here and not from the tables that detection goes by, and strings that are nobody's.
//!
//! The same seed makes the same numbers. None of them is known to be anybody's parcel.

use crate::catalog::Catalog;
use crate::detect::Hints;
use crate::identifiers::{gs1, s10};

/// A number that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    pub number: String,
    /// Our code of the carrier; None: nobody's.
    pub carrier: Option<&'static str>,
    /// Whether a check digit decides: it has one, and no other carrier's numbers have the same form
    /// with the same one.
    pub decided: bool,
}

/// What is made of randomness, and how often.
struct Kind {
    carrier: &'static str,
    weight: u64,
    decided: bool,
    make: fn(&mut Generator) -> String,
}

const fn decided(carrier: &'static str, weight: u64, make: fn(&mut Generator) -> String) -> Kind {
    Kind {
        carrier,
        weight,
        decided: true,
        make,
    }
}

const fn open(carrier: &'static str, weight: u64, make: fn(&mut Generator) -> String) -> Kind {
    Kind {
        carrier,
        weight,
        decided: false,
        make,
    }
}

const KINDS: &[Kind] = &[
    decided("ups", 120, ups),
    decided("usps", 90, |g| usps_22(g, "")),
    decided("usps", 15, |g| {
        let serial = format!("7{}{}", g.below(2), g.digits(17));
        with_mod_10(&serial, 3, 1)
    }),
    open("usps", 10, |g| {
        let zip = g.digits(5);
        usps_22(g, &format!("420{zip}"))
    }),
    decided("fedex", 45, fedex_12),
    decided("fedex", 15, |g| with_mod_10(&g.digits(14), 1, 3)),
    decided("fedex", 20, |g| {
        let head = format!("96{}", g.digits(5));
        format!("{head}{}", with_mod_10(&g.digits(14), 1, 3))
    }),
    open("fedex", 5, |g| {
        let serial = format!("926129{}{}", g.digits(8), g.digits(7));
        with_mod_10(&serial, 3, 1)
    }),
    decided("dhl", 50, |g| {
        let serial = 100_000_000 + g.below(899_999_999);
        format!("{serial:09}{}", serial % 7)
    }),
    open("dhl", 8, |g| format!("JJD{}", g.digits(10))),
    decided("dhl_de", 20, |g| {
        let serial = format!("340434{}", g.digits(11));
        format!("00{}", with_mod_10(&serial, 3, 1))
    }),
    decided("dpd", 20, |g| with_37_36(&g.digits(14))),
    decided("dpd", 10, |g| {
        let country = ["276", "250", "528"][g.below(3) as usize];
        with_37_36(&format!("{}101{country}", g.digits(21)))
    }),
    decided("canada-post", 20, |g| {
        with_mod_10(&format!("7{}", g.digits(14)), 3, 1)
    }),
    decided("ontrac", 10, |g| {
        let serial = format!("1{}", g.digits(12));
        let whole = with_mod_10(&format!("4{serial}"), 1, 2);
        format!("C{}", &whole[1..])
    }),
    decided("old-dominion", 6, |g| {
        let head = ["777", "778", "072", "780"][g.below(4) as usize];
        with_luhn(&format!("{head}{}", g.digits(7)))
    }),
    open("amazon", 36, |g| format!("TBA{}", g.digits(12))),
    open("lasership", 6, |g| {
        format!("LX{}{}", g.below(3) + 1, g.digits(7))
    }),
    open("landmark", 2, |g| format!("LTN{}N1", g.digits(8))),
    decided("china-post", 50, |g| {
        s10(g, &["RR", "LK", "CP", "UA"], "CN")
    }),
    decided("ems-cn", 15, |g| s10(g, &["EE", "EA"], "CN")),
    decided("vnpost", 20, |g| s10(g, &["RR", "CP", "PA"], "VN")),
    decided("deutschepost", 10, |g| s10(g, &["RB", "LX"], "DE")),
    decided("royal-mail", 15, |g| s10(g, &["RN", "LY"], "GB")),
    decided("usps", 15, |g| s10(g, &["LZ", "EA", "CJ"], "US")),
    decided("post-se", 5, |g| s10(g, &["RR", "CP"], "SE")),
    decided("singpost", 5, |g| s10(g, &["RF"], "SG")),
    decided("maersk", 6, |g| container(g, &["MSKU", "MRKU"])),
    decided("msc", 6, |g| container(g, &["MEDU", "MSCU"])),
    decided("evergreen", 4, |g| container(g, &["EGHU", "EISU"])),
    decided("cosco", 4, |g| container(g, &["CBHU", "CSNU"])),
    decided("vietnam-airlines-cargo", 3, |g| waybill(g, "738")),
    decided("lufthansa-cargo", 3, |g| waybill(g, "020")),
    decided("emirates-skycargo", 3, |g| waybill(g, "176")),
    open("247express", 20, |g| format!("VD{}", g.digits(8))),
    open("ghtk", 20, |g| {
        format!(
            "S{}.SG{}.A{}.{}",
            g.digits(7),
            g.digits(2),
            g.digits(1),
            g.digits(9)
        )
    }),
    open("spx-vn", 20, |g| format!("SPXVN{}", g.digits(12))),
    open("jt-vn", 15, |g| format!("8{}", g.digits(11))),
    open("ninjavan-vn", 10, |g| format!("NVVN{}", g.digits(9))),
    open("sf", 30, |g| format!("SF{}", g.digits(13))),
    open("yto", 20, |g| format!("YT{}", g.digits(13))),
    open("yunexpress", 15, |g| format!("YT{}", g.digits(16))),
    open("cainiao", 10, |g| format!("LP{}", g.digits(14))),
    open("zto", 20, |g| {
        format!("7{}{}", g.below(7) + 3, g.digits(12))
    }),
    open("4px", 10, |g| format!("4PX{}CN", g.digits(13))),
];

/// Carriers whose numbers of these kinds are in the public courier files; the posts' by S10.
const PUBLISHED: [&str; 17] = [
    "ups",
    "usps",
    "fedex",
    "dhl",
    "dpd",
    "canada-post",
    "ontrac",
    "old-dominion",
    "amazon",
    "lasership",
    "landmark",
    "china-post",
    "ems-cn",
    "vnpost",
    "deutschepost",
    "royal-mail",
    "singpost",
];

/// Makes numbers.
#[derive(Clone, Debug)]
pub struct Generator(u64);

impl Generator {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A carrier's number.
    pub fn carriers(&mut self) -> Sample {
        let sum: u64 = KINDS.iter().map(|kind| kind.weight).sum();
        let mut at = self.below(sum);
        let kind = KINDS.iter().find(|kind| {
            let here = at < kind.weight;
            at = at.saturating_sub(kind.weight);
            here
        });
        let kind = kind.unwrap_or(&KINDS[0]);
        Sample {
            number: (kind.make)(self),
            carrier: Some(kind.carrier),
            decided: kind.decided,
        }
    }

    /// A carrier's number, of those formats that the public courier files have as well.
    pub fn published(&mut self) -> Sample {
        loop {
            let sample = self.carriers();
            if sample
                .carrier
                .is_some_and(|carrier| PUBLISHED.contains(&carrier))
            {
                return sample;
            }
        }
    }

    /// A string of 8 to 22 random digits.
    pub fn random_digits(&mut self) -> Sample {
        let length = 8 + self.below(15) as usize;
        nobodys(self.digits(length))
    }

    /// What shops call their orders.
    pub fn order(&mut self) -> Sample {
        let head = ["SO-", "PO", "INV-", "ORD", "#", "A", "ORDER"][self.below(7) as usize];
        let length = 4 + self.below(6) as usize;
        nobodys(format!("{head}{}", self.digits(length)))
    }

    /// What people ask about: of five numbers three of carriers, one of random digits, one order.
    pub fn any(&mut self) -> Sample {
        match self.below(5) {
            0 => self.random_digits(),
            1 => self.order(),
            _ => self.carriers(),
        }
    }

    /// A random number below this, by SplitMix64.
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }

    fn digits(&mut self, count: usize) -> String {
        (0..count)
            .map(|_| char::from(b'0' + self.below(10) as u8))
            .collect()
    }
}

const fn nobodys(number: String) -> Sample {
    Sample {
        number,
        carrier: None,
        decided: false,
    }
}

fn values(serial: &str) -> impl DoubleEndedIterator<Item = u32> + ExactSizeIterator {
    serial.bytes().map(|byte| match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        _ => u32::from(byte - 3) % 10,
    })
}

/// With a check digit over alternating weights, from the left.
fn with_mod_10(serial: &str, first: u32, second: u32) -> String {
    let weights = [first, second].into_iter().cycle();
    let sum: u32 = values(serial)
        .zip(weights)
        .map(|(value, weight)| value * weight)
        .sum();
    format!("{serial}{}", (10 - sum % 10) % 10)
}

fn with_luhn(serial: &str) -> String {
    let doubled = values(serial)
        .rev()
        .enumerate()
        .map(|(at, value)| match at % 2 {
            0 if value > 4 => value * 2 - 9,
            0 => value * 2,
            _ => value,
        });
    let sum: u32 = doubled.sum();
    format!("{serial}{}", (10 - sum % 10) % 10)
}

/// With ISO 7064's check character modulo 37, 36.
fn with_37_36(serial: &str) -> String {
    let product = values(serial).fold(36, |product, value| match (product + value) % 36 {
        0 => 72 % 37,
        sum => sum * 2 % 37,
    });
    let check = (37 - product) % 36;
    let check = char::from_digit(check, 36)
        .unwrap_or('0')
        .to_ascii_uppercase();
    format!("{serial}{check}")
}

fn ups(g: &mut Generator) -> String {
    const SHIPPERS: &[u8] = b"0123456789ABCDEFGHJKLMNPRSTVWXYZ";
    let shipper: String = (0..6)
        .map(|_| char::from(SHIPPERS[g.below(SHIPPERS.len() as u64) as usize]))
        .collect();
    let service = ["01", "02", "03", "12", "22", "42", "68", "YW"][g.below(8) as usize];
    let serial = format!("{shipper}{service}{}", g.digits(7));
    format!("1Z{}", with_mod_10(&serial, 1, 2))
}

fn usps_22(g: &mut Generator, before: &str) -> String {
    let head = ["9400", "9405", "9505", "9407"][g.below(4) as usize];
    let serial = format!("{head}{}", g.digits(17));
    let digits: Vec<u8> = serial.bytes().map(|byte| byte - b'0').collect();
    format!("{before}{serial}{}", gs1::check_digit(&digits))
}

fn fedex_12(g: &mut Generator) -> String {
    let serial = g.digits(11);
    let weights = [3, 1, 7].into_iter().cycle();
    let sum: u32 = values(&serial)
        .zip(weights)
        .map(|(value, weight)| value * weight)
        .sum();
    format!("{serial}{}", sum % 11 % 10)
}

fn s10(g: &mut Generator, services: &[&str], country: &str) -> String {
    let service = services[g.below(services.len() as u64) as usize];
    let serial = g.digits(8);
    let mut digits = [0; 8];
    for (digit, byte) in digits.iter_mut().zip(serial.bytes()) {
        *digit = byte - b'0';
    }
    format!("{service}{serial}{}{country}", s10::check_digit(digits))
}

/// The tenth of the ten numbers with this serial that holds.
fn container(g: &mut Generator, owners: &[&str]) -> String {
    let owner = owners[g.below(owners.len() as u64) as usize];
    let serial = g.digits(6);
    let numbers = (0..10).map(|check| format!("{owner}{serial}{check}"));
    let mut right = numbers.filter(|number| crate::identifiers::Container::parse(number).is_ok());
    right.next().unwrap_or_default()
}

fn waybill(g: &mut Generator, airline: &str) -> String {
    let serial = g.below(10_000_000);
    format!("{airline}-{serial:07}{}", serial % 7)
}

/// How right a catalog is about made numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Accuracy {
    /// Of carriers' numbers: those whose carrier is among the candidates.
    pub among: f64,
    /// Of those that a check digit decides: whose first candidate is right.
    pub first: f64,
    /// Of strings of random digits: those for which a carrier is called likely.
    pub fooled: f64,
    /// The mean of Σ (probability - truth)² over every carrier and nobody, over what people ask
    /// about: 0 is a prophet, 2 is sure of the wrong one.
    pub brier: f64,
    /// The same where nothing is ever named.
    pub brier_of_silence: f64,
}

/// Measures it over so many numbers of each sort.
pub fn accuracy(catalog: &Catalog, seed: u64, count: usize) -> Accuracy {
    let mut generator = Generator::new(seed);
    let hints = Hints::default();
    let (mut among, mut first, mut decided, mut fooled) = (0_usize, 0_usize, 0_usize, 0_usize);
    for _ in 0..count {
        let sample = generator.carriers();
        let found = catalog.detect(&sample.number, &hints);
        let is = |code: &str| Some(code) == sample.carrier;
        among += usize::from(found.candidates.iter().any(|one| is(&one.carrier.code)));
        if sample.decided {
            decided += 1;
            first += usize::from(
                found
                    .candidates
                    .first()
                    .is_some_and(|one| is(&one.carrier.code)),
            );
        }
        let random = generator.random_digits();
        fooled += usize::from(catalog.detect(&random.number, &hints).likely().is_some());
    }
    let (mut brier, mut silence) = (0.0, 0.0);
    for _ in 0..count {
        let sample = generator.any();
        let found = catalog.detect(&sample.number, &hints);
        let nobody = 1.0
            - found
                .candidates
                .iter()
                .map(|one| one.probability)
                .sum::<f64>();
        let truth = |is: bool| f64::from(u8::from(is));
        let off = found.candidates.iter().map(|one| {
            let is = Some(one.carrier.code.as_str()) == sample.carrier;
            (one.probability - truth(is)).powi(2)
        });
        brier += off.sum::<f64>() + (nobody - truth(sample.carrier.is_none())).powi(2);
        let named = found
            .candidates
            .iter()
            .any(|one| Some(one.carrier.code.as_str()) == sample.carrier);
        brier += truth(sample.carrier.is_some() && !named);
        silence += 2.0 * truth(sample.carrier.is_some());
    }
    let part = |some: usize, all: usize| some as f64 / all.max(1) as f64;
    Accuracy {
        among: part(among, count),
        first: part(first, decided),
        fooled: part(fooled, count),
        brier: brier / count.max(1) as f64,
        brier_of_silence: silence / count.max(1) as f64,
    }
}
