//! Text as words that compare: small letters without marks, numbers without leading zeros, and beside
//! each word its marks, so that `hoà` is `hòa`, composed or not, and is not quite `hoa`.

use std::sync::LazyLock;

/// A letter taken apart.
#[derive(Clone, Copy, Default)]
struct Letter {
    base: u8,
    /// Breve, circumflex, horn, stroke; 0: none.
    quality: u8,
    /// Of the five tones that are written; 0: none.
    tone: u8,
}

/// A base, its quality, and the letter in each of the tones.
const LETTERS: &[(u8, u8, &str)] = &[
    (b'a', 0, "aàáảãạ"),
    (b'a', BREVE, "ăằắẳẵặ"),
    (b'a', CIRCUMFLEX, "âầấẩẫậ"),
    (b'd', STROKE, "đ"),
    (b'd', STROKE, "ð"),
    (b'e', 0, "eèéẻẽẹ"),
    (b'e', CIRCUMFLEX, "êềếểễệ"),
    (b'i', 0, "iìíỉĩị"),
    (b'o', 0, "oòóỏõọ"),
    (b'o', CIRCUMFLEX, "ôồốổỗộ"),
    (b'o', HORN, "ơờớởỡợ"),
    (b'u', 0, "uùúủũụ"),
    (b'u', HORN, "ưừứửữự"),
    (b'y', 0, "yỳýỷỹỵ"),
];
const BREVE: u8 = 1;
const CIRCUMFLEX: u8 = 2;
const HORN: u8 = 3;
const STROKE: u8 = 4;

/// Letters with marks lie in two ranges.
const LOW: usize = 0x1B1;
const HIGH: u32 = 0x1EA0;

static TABLE: LazyLock<[Letter; LOW + 90]> = LazyLock::new(|| {
    let mut table = [Letter::default(); LOW + 90];
    for (base, quality, tones) in LETTERS {
        for (tone, letter) in tones.chars().enumerate() {
            let known = Letter {
                base: *base,
                quality: *quality,
                tone: tone as u8,
            };
            for letter in letter.to_lowercase().chain(letter.to_uppercase()) {
                if let Some(at) = slot(letter) {
                    table[at] = known;
                }
            }
        }
    }
    table
});

fn slot(letter: char) -> Option<usize> {
    match u32::from(letter) {
        code @ ..0x1B1 => Some(code as usize),
        code @ HIGH..0x1EFA => Some((code - HIGH) as usize + LOW),
        _ => None,
    }
}

/// A mark that follows its letter: the quality and the tone that it gives.
const fn combining(mark: char) -> Option<(u8, u8)> {
    Some(match mark {
        '\u{300}' | '\u{340}' => (0, 1),
        '\u{301}' | '\u{341}' => (0, 2),
        '\u{309}' => (0, 3),
        '\u{303}' => (0, 4),
        '\u{323}' => (0, 5),
        '\u{306}' => (BREVE, 0),
        '\u{302}' => (CIRCUMFLEX, 0),
        '\u{31B}' => (HORN, 0),
        _ => return None,
    })
}

/// What stands between two words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Break {
    /// Nothing, or space.
    #[default]
    None,
    /// A dot, a slash.
    Dot,
    /// A hyphen, a bracket: within some names as well.
    Hyphen,
    /// A comma, a line's end: never within a name.
    Comma,
}

impl Break {
    const fn of(letter: char) -> Self {
        match letter {
            ',' | ';' | '\n' | '\r' | '|' | '，' | '、' => Self::Comma,
            '-' | '–' | '—' | '_' | '(' | ')' | '[' | ']' | ':' => Self::Hyphen,
            _ if letter.is_whitespace() => Self::None,
            _ => Self::Dot,
        }
    }
}

/// A run of letters or of digits.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Word {
    /// Where it stands in the text.
    pub start: usize,
    pub end: usize,
    /// Where its letters are in the folded text.
    folded: (u16, u16),
    /// Of each letter its quality, three bits each, and the word's tone above them. Of a word without
    /// any it is 0.
    pub marks: u64,
    pub is_number: bool,
    /// Whether all of it is written in capitals.
    pub capitals: bool,
    /// What stands before it.
    pub before: Break,
}

/// A text's words.
#[derive(Debug, Default)]
pub(super) struct Words {
    folded: String,
    pub words: Vec<Word>,
}

/// Letters whose quality is kept.
const MARKED: u32 = 19;
const TONE: u32 = 3 * MARKED;

/// What an apostrophe within a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Apostrophe {
    /// Nothing: `H’Leo` is one word.
    Joins,
    /// The end of one: it is two.
    Parts,
}

impl Words {
    /// Cuts a text of less than 64 KB.
    pub fn of(text: &str, apostrophe: Apostrophe) -> Self {
        let mut all = Self {
            folded: String::with_capacity(text.len()),
            words: Vec::with_capacity(text.len() / 4 + 1),
        };
        let mut open: Option<Word> = None;
        let mut gap = Break::Comma;
        for (at, letter) in text.char_indices() {
            let end = at + letter.len_utf8();
            if let Some((quality, tone)) = combining(letter) {
                if let Some(word) = &mut open {
                    let last = all.folded.len() - usize::from(word.folded.0);
                    word.mark(last.saturating_sub(1), quality, tone);
                    word.end = end;
                }
                continue;
            }
            if matches!(letter, '\'' | '’' | '‘' | 'ʼ' | '`' | '´' | '′')
                && apostrophe == Apostrophe::Joins
                && open.is_some()
            {
                continue;
            }
            let is_number = letter.is_ascii_digit();
            if !is_number && !letter.is_alphabetic() {
                if let Some(word) = open.take() {
                    all.close(word);
                    gap = Break::None;
                }
                gap = gap.max(Break::of(letter));
                continue;
            }
            if let Some(word) = open.take_if(|word| word.is_number != is_number) {
                all.close(word);
                gap = Break::None;
            }
            let word = open.get_or_insert_with(|| Word {
                start: at,
                folded: (all.folded.len() as u16, 0),
                is_number,
                capitals: true,
                before: gap,
                ..Word::default()
            });
            word.end = end;
            word.capitals &= !letter.is_lowercase();
            let place = all.folded.len() - usize::from(word.folded.0);
            let known = slot(letter).map(|at| TABLE[at]).filter(|it| it.base != 0);
            if let Some(known) = known {
                all.folded.push(char::from(known.base));
                word.mark(place, known.quality, known.tone);
            } else {
                all.folded.extend(letter.to_lowercase());
            }
        }
        if let Some(word) = open {
            all.close(word);
        }
        all
    }

    fn close(&mut self, mut word: Word) {
        let start = usize::from(word.folded.0);
        let letters = &self.folded[start..];
        if word.is_number {
            let zeros = letters.len() - letters.trim_start_matches('0').len();
            let zeros = zeros.min(letters.len() - 1);
            word.folded.0 += zeros as u16;
        } else if ends_as_i(letters.as_bytes()) {
            self.folded.pop();
            self.folded.push('i');
        }
        word.folded.1 = self.folded.len() as u16;
        self.words.push(word);
    }

    /// The letters of a word as they compare.
    pub fn text(&self, word: &Word) -> &str {
        &self.folded[usize::from(word.folded.0)..usize::from(word.folded.1)]
    }

    /// What stands before the word of that number; the text ends as at a comma.
    pub fn break_at(&self, at: usize) -> Break {
        self.words.get(at).map_or(Break::Comma, |word| word.before)
    }
}

impl Word {
    fn mark(&mut self, place: usize, quality: u8, tone: u8) {
        if (place as u32) < MARKED {
            self.marks |= u64::from(quality) << (3 * place as u32);
        }
        if tone != 0 {
            self.marks = self.marks & !(7 << TONE) | u64::from(tone) << TONE;
        }
    }
}

/// Whether a word ends in a `y` that people write as `i` as well: `Mỹ` and `Mĩ`, `Quý` and `Quí`.
fn ends_as_i(letters: &[u8]) -> bool {
    match letters {
        [.., b'q', b'u', b'y'] => true,
        [.., before, b'y'] => before.is_ascii_alphabetic() && !b"aeiouy".contains(before),
        _ => false,
    }
}

/// A text in small letters without marks, words joined by hyphens: `Bà Rịa - Vũng Tàu` is
/// `ba-ria-vung-tau`.
pub fn slug(name: &str) -> String {
    let mut slug = String::with_capacity(name.len());
    let mut gap = false;
    for letter in name.chars() {
        let known = slot(letter).map(|at| TABLE[at]).filter(|it| it.base != 0);
        if combining(letter).is_some() || matches!(letter, '\'' | '’') {
            continue;
        }
        if !letter.is_alphanumeric() {
            gap = true;
            continue;
        }
        if std::mem::take(&mut gap) && !slug.is_empty() {
            slug.push('-');
        }
        match known {
            Some(known) => slug.push(char::from(known.base)),
            None => slug.extend(letter.to_lowercase()),
        }
    }
    slug
}
