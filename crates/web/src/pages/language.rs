//! Which language a reader gets: the one named in the address, else the best that the browser asks
//! for, else English.

use http::{HeaderMap, header};
use trackway_dialects::http::query_member;

/// A language of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    English,
    Vietnamese,
    Chinese,
}

/// Preferences after this many are not read.
const MOST_WISHES: usize = 32;

impl Language {
    /// In the order in which people should see them.
    pub const ALL: [Self; 3] = [Self::English, Self::Vietnamese, Self::Chinese];

    /// BCP 47, as documents are marked.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Vietnamese => "vi",
            Self::Chinese => "zh-Hans",
        }
    }

    /// As it stands in an address.
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Vietnamese => "vi",
            Self::Chinese => "zh",
        }
    }

    /// The language of a tag such as `zh-Hans-CN`.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next()?.trim();
        Self::ALL
            .into_iter()
            .find(|language| language.code().eq_ignore_ascii_case(primary))
    }

    /// The reader's language.
    pub fn choose(query: Option<&str>, headers: &HeaderMap) -> Self {
        query
            .and_then(|query| query_member(query, "lang"))
            .and_then(|tag| Self::of_tag(&tag))
            .or_else(|| Self::wished(headers))
            .unwrap_or(Self::English)
    }

    /// The best of `Accept-Language` that we have; of equal wishes the first.
    fn wished(headers: &HeaderMap) -> Option<Self> {
        let mut best: Option<(u16, Self)> = None;
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
                best = Self::of_tag(tag.trim())
                    .map(|language| (weight, language))
                    .or(best);
            }
        }
        best.map(|(_, language)| language)
    }
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
        Language::choose(query, &headers)
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
