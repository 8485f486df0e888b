//! Places as sources wrote them, made fit for a page that anybody with the link may read.
//!
//! Guarantee: one line of bounded length without control or direction marks; nothing that looks like
//! a phone number or an e-mail address: such a place is not shown at all.

/// Longest place that is shown whole.
const MOST_CHARS: usize = 80;
/// So many digits in a row, perhaps with separators, may be somebody's number. The longest postal
/// codes have seven.
const DIGITS_OF_A_PHONE: usize = 8;

/// A place as it may be shown; None where nothing is left of it.
pub fn shown(text: &str) -> Option<String> {
    let kept: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .filter(|c| !is_mark(*c))
        .collect();
    let line = kept.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() || is_personal(&line) {
        return None;
    }
    Some(match line.char_indices().nth(MOST_CHARS) {
        Some((at, _)) => format!("{}…", line[..at].trim_end()),
        None => line,
    })
}

/// Marks that can't be seen, or that change the direction of what follows.
const fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn is_personal(line: &str) -> bool {
    let mut digits = 0;
    for c in line.chars() {
        if c == '@' || c == '＠' {
            return true;
        }
        if c.is_numeric() {
            digits += 1;
        } else if !matches!(c, ' ' | '-' | '.' | '(' | ')' | '+' | '/') {
            digits = 0;
        }
        if digits >= DIGITS_OF_A_PHONE {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_one_clean_line() {
        let rows = [
            ("BC Quận 1, HỒ CHÍ MINH", Some("BC Quận 1, HỒ CHÍ MINH")),
            ("  Ha\tNoi \r\n ", Some("Ha Noi")),
            ("a\u{202e}b\u{200b}c\0d", Some("abc d")),
            ("上海浦东国际机场 T2", Some("上海浦东国际机场 T2")),
            ("700000 Quận 1", Some("700000 Quận 1")),
            ("Tokyo 100-0001", Some("Tokyo 100-0001")),
            ("", None),
            ("\u{200b}\u{200e}", None),
        ];
        for (text, expected) in rows {
            assert_eq!(shown(text).as_deref(), expected, "{text:?}");
        }
        assert_eq!(
            shown(&"ä".repeat(81)).unwrap(),
            format!("{}…", "ä".repeat(80))
        );
        assert_eq!(shown(&"ä".repeat(80)).unwrap(), "ä".repeat(80));
    }

    #[test]
    fn what_may_be_somebodys_number_is_not_shown() {
        for text in [
            "Nhà chị Hoa 0900000001",
            "call (090) 000-0001",
            "+84 90 000 0001",
            "a.person@example.org",
            "９０００００００１",
        ] {
            assert_eq!(shown(text), None, "{text}");
        }
    }
}
