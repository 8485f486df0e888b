//! A number as it is compared: without white space, in capitals, of letters, digits and the few
//! signs that numbers are written with.

/// Characters that a number may have.
pub const LONGEST: usize = 64;
/// Letters, digits and signs, numbered: digits from 0, letters from 10, signs from 36.
const SIGNS: [u8; 4] = *b"-/._";
const DIGITS: u64 = (1 << 10) - 1;
const LETTERS: u64 = ((1 << 26) - 1) << 10;

/// Characters told apart.
pub const CLASSES: usize = 36 + SIGNS.len();

/// A character's number; None for those that no number has.
pub const fn class(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'Z' => Some(byte - b'A' + 10),
        b'-' => Some(36),
        b'/' => Some(37),
        b'.' => Some(38),
        b'_' => Some(39),
        _ => None,
    }
}

/// A set of characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cells(u64);

impl Cells {
    pub const fn one(class: u8) -> Self {
        Self(1 << class)
    }

    #[must_use]
    pub const fn with(self, class: u8) -> Self {
        Self(self.0 | 1 << class)
    }

    pub const fn has(self, class: u8) -> bool {
        self.0 & 1 << class != 0
    }

    /// What it holds.
    pub fn classes(self) -> impl Iterator<Item = u8> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let class = left.trailing_zeros() as u8;
            left &= left.wrapping_sub(1);
            (class < 64).then_some(class)
        })
    }

    /// How many it holds.
    pub const fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// Only letters and digits.
    pub const fn is_word(self) -> bool {
        self.0 & !(DIGITS | LETTERS) == 0
    }

    /// Whether it and the next hold characters of one kind each, and of different kinds.
    pub const fn parts_from(self, next: Self) -> bool {
        const fn kind(cells: Cells) -> u8 {
            match (cells.0 & DIGITS != 0, cells.0 & LETTERS != 0) {
                (true, false) => 1,
                (false, true) => 2,
                (false, false) => 3,
                (true, true) => 0,
            }
        }
        let (one, other) = (kind(self), kind(next));
        one != 0 && other != 0 && one != other
    }

    /// Every digit and nothing else.
    pub const fn is_any_digit(self) -> bool {
        self.0 == DIGITS
    }

    /// The only character in it.
    pub const fn single(self) -> Option<u8> {
        if self.0.is_power_of_two() {
            let class = self.0.trailing_zeros() as u8;
            Some(match class {
                0..=9 => b'0' + class,
                10..=35 => b'A' + class - 10,
                _ => SIGNS[class as usize - 36],
            })
        } else {
            None
        }
    }

    /// How much rarer what is in it is than any character of the same kind.
    pub fn gain(self) -> f64 {
        let (digits, letters) = (self.0 & DIGITS, self.0 & LETTERS);
        let (digits, letters) = (digits.count_ones(), letters.count_ones());
        match (digits, letters) {
            (0, 0) => 3.0,
            (digits, 0) => 10.0 / f64::from(digits),
            (0, letters) => 26.0 / f64::from(letters),
            (digits, letters) => 36.0 / f64::from(digits + letters),
        }
    }
}

/// A number, read.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    bytes: [u8; LONGEST],
    classes: [u8; LONGEST],
    length: usize,
    /// Runs of letters, of digits and of signs.
    runs: u32,
    signs: bool,
}

impl Text {
    /// None where it is empty, too long, or has a character that no number has.
    pub fn read(text: &str) -> Option<Self> {
        let mut read = Self {
            bytes: [0; LONGEST],
            classes: [0; LONGEST],
            length: 0,
            runs: 0,
            signs: false,
        };
        let mut kind = u8::MAX;
        for byte in text.bytes() {
            if byte.is_ascii_whitespace() {
                continue;
            }
            let byte = byte.to_ascii_uppercase();
            let class = class(byte)?;
            if read.length == LONGEST {
                return None;
            }
            read.bytes[read.length] = byte;
            read.classes[read.length] = class;
            read.length += 1;
            let new = kind_of(class);
            read.runs += u32::from(new != kind);
            read.signs |= new == SIGN;
            kind = new;
        }
        (read.length > 0).then_some(read)
    }

    /// The same without signs, if it has any.
    pub fn bare(&self) -> Option<Self> {
        if !self.signs {
            return None;
        }
        let bare: String = self
            .as_str()
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect();
        Self::read(&bare)
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.bytes()).unwrap_or_default()
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    pub fn classes(&self) -> &[u8] {
        &self.classes[..self.length]
    }

    pub const fn runs(&self) -> u32 {
        self.runs
    }

    pub fn is_digits(&self) -> bool {
        self.runs == 1 && self.classes[0] < 10
    }
}

const SIGN: u8 = 2;

const fn kind_of(class: u8) -> u8 {
    match class {
        0..=9 => 0,
        10..=35 => 1,
        _ => SIGN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_without_what_people_add() {
        let text = Text::read(" rr 123\t456785vn ").unwrap();
        assert_eq!(text.as_str(), "RR123456785VN");
        assert_eq!(text.runs(), 3);
        assert!(!text.is_digits() && text.bare().is_none());
        let waybill = Text::read("020-1234 5675").unwrap();
        assert_eq!(waybill.bare().unwrap().as_str(), "02012345675");
        assert!(waybill.bare().unwrap().is_digits());
        for wrong in ["", "  ", "é", "12#4", &"1".repeat(65)] {
            assert!(Text::read(wrong).is_none(), "{wrong:?}");
        }
    }
}
