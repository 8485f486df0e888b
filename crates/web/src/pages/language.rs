//! Which language a reader gets: the one named in the address, else the best that the browser asks
//! for, else English.

use http::{HeaderMap, header};
use trackway_dialects::http::query_member;

pub use trackway_hub::language::Language;

/// Preferences after this many are not read.
const MOST_WISHES: usize = 32;

/// The reader's language.
pub fn choose(query: Option<&str>, headers: &HeaderMap) -> Language {
    query
        .and_then(|query| query_member(query, "lang"))
        .and_then(|tag| Language::of_tag(&tag))
        .or_else(|| wished(headers))
        .unwrap_or(Language::English)
}

/// The best of `Accept-Language` that we have; of equal wishes the first.
fn wished(headers: &HeaderMap) -> Option<Language> {
    let mut best: Option<(u16, Language)> = None;
    let wishes = headers
        .get_all(header::ACCEPT_LANGUAGE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    for wish in wishes.take(MOST_WISHES) {
        let (tag, weight) = wish.split_once(';').unwrap_or((wish, ""));
        let weight = weight_of(weight);
        let better = best.is_none_or(|(held, _)| weight > held);
        if weight > 0 && better {
            best = Language::of_tag(tag.trim())
                .map(|language| (weight, language))
                .or(best);
        }
    }
    best.map(|(_, language)| language)
}

/// Thousandths of `q=0.8`; what is no weight counts as none given.
fn weight_of(text: &str) -> u16 {
    let value = text.trim().strip_prefix("q=").unwrap_or("1");
    let weight: f32 = value.parse().unwrap_or(1.0);
    (weight.clamp(0.0, 1.0) * 1000.0) as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn chosen(query: Option<&str>, accept: &str) -> Language {
        let mut headers = HeaderMap::new();
        if let Ok(value) = HeaderValue::try_from(accept) {
            headers.insert(header::ACCEPT_LANGUAGE, value);
        }
        choose(query, &headers)
    }

    #[test]
    fn the_address_wins_over_the_browser_and_the_best_wish_over_the_others() {
        use Language::{Chinese, English, Vietnamese};
        let rows = [
            (None, "", English),
            (None, "vi", Vietnamese),
            (None, "zh-CN,zh;q=0.9,en;q=0.8", Chinese),
            (None, "fr-FR,fr;q=0.9,vi-VN;q=0.8,en;q=0.7", Vietnamese),
            (None, "en;q=0.5, zh-Hant;q=0.6", Chinese),
            (None, "vi;q=0, zh;q=0.1", Chinese),
            (None, "vi;q=nonsense,zh", Vietnamese),
            (None, "*;q=0.5", English),
            (None, "de,fr", English),
            (Some("lang=vi"), "zh", Vietnamese),
            (Some("a=b&LANG=ZH-cn"), "vi", Chinese),
            (Some("lang=tlh"), "vi", Vietnamese),
            (Some("lang="), "zh", Chinese),
        ];
        for (query, accept, expected) in rows {
            assert_eq!(chosen(query, accept), expected, "{query:?} {accept}");
        }
        assert_eq!(chosen(None, &"xx,".repeat(10_000)), English);
    }
}
