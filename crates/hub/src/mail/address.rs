//! E-mail addresses in one form: the domain in ASCII and lower case, the part before the `@` as it was
//! written.
//!
//! Contract: what is no plain address is refused before it is kept: no quotes, comments, names, line
//! breaks, literal addresses or bare host names. The part before the `@` must be ASCII, since a server
//! on the way may take nothing else; the domain may be written in any script.

use lettre::Address;
use std::fmt;

/// RFC 5321, 4.5.3.1.
const LONGEST: usize = 254;
const LONGEST_LOCAL: usize = 64;

/// What is wrong with an address; it never repeats it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error("it has no `@` with something on both sides")]
    NoAt,
    #[error("it is longer than {LONGEST} characters, or than {LONGEST_LOCAL} before the `@`")]
    TooLong,
    #[error(
        "before the `@` stand ASCII letters, digits and `.!#$%&'*+/=?^_{{|}}~-` only, no dot first, \
         last or twice"
    )]
    Local,
    #[error("after the `@` stands no domain name such as example.org")]
    Domain,
}

/// An address that can be written to.
#[derive(Clone, PartialEq, Eq)]
pub struct Mailbox(Address);

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mailbox(…)")
    }
}

impl Mailbox {
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(AddressError::NoAt)?;
        if local.is_empty() || domain.is_empty() {
            return Err(AddressError::NoAt);
        }
        if !is_local(local) {
            return Err(AddressError::Local);
        }
        let domain = ascii_domain(domain)?;
        if local.len() > LONGEST_LOCAL || local.len() + 1 + domain.len() > LONGEST {
            return Err(AddressError::TooLong);
        }
        Address::new(local, domain)
            .map(Self)
            .map_err(|_| AddressError::Domain)
    }

    pub fn as_str(&self) -> &str {
        self.0.as_ref()
    }

    pub(super) const fn address(&self) -> &Address {
        &self.0
    }

    /// What is compared: nearly every server takes the part before the `@` in any case, and nobody
    /// should hear twice for the sake of a capital letter.
    pub fn known_as(&self) -> String {
        self.as_str().to_ascii_lowercase()
    }
}

/// A `dot-atom` of RFC 5322.
fn is_local(text: &str) -> bool {
    let is_atom = |c: u8| c.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&c);
    text.split('.')
        .all(|atom| !atom.is_empty() && atom.bytes().all(is_atom))
}

fn ascii_domain(text: &str) -> Result<String, AddressError> {
    let ascii = idna::domain_to_ascii_strict(text).map_err(|_| AddressError::Domain)?;
    let labels: Vec<&str> = ascii.split('.').collect();
    // A top-level domain of digits is an IPv4 address.
    let is_name = labels.len() >= 2
        && labels.iter().all(|label| !label.is_empty())
        && labels
            .last()
            .is_some_and(|last| last.bytes().any(|c| c.is_ascii_alphabetic()));
    is_name.then_some(ascii).ok_or(AddressError::Domain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_address_has_one_form() {
        let rows = [
            ("a@example.org", "a@example.org"),
            (" A.b+c@EXAMPLE.org ", "A.b+c@example.org"),
            ("khach@vídụ.vn", "khach@xn--vd-nja3081a.vn"),
            ("a@例子.中国", "a@xn--fsqu00a.xn--fiqs8s"),
            ("o'brien@sub.example.co.uk", "o'brien@sub.example.co.uk"),
        ];
        for (text, form) in rows {
            let parsed = Mailbox::parse(text).unwrap();
            assert_eq!(parsed.as_str(), form);
            assert_eq!(Mailbox::parse(form).unwrap(), parsed);
        }
        assert_eq!(
            Mailbox::parse("A@Example.org").unwrap().known_as(),
            "a@example.org"
        );
        assert!(!format!("{:?}", Mailbox::parse("a@example.org")).contains("example"));
    }

    #[test]
    fn what_is_no_plain_address_is_refused() {
        let long = format!("{}@example.org", "a".repeat(65));
        let longer = format!("aaaaaaaaaa@{}example.org", "abcdefghi.".repeat(24));
        let rows = [
            ("", AddressError::NoAt),
            ("example.org", AddressError::NoAt),
            ("@example.org", AddressError::NoAt),
            ("a@", AddressError::NoAt),
            ("a@localhost", AddressError::Domain),
            ("a@127.0.0.1", AddressError::Domain),
            ("a@[127.0.0.1]", AddressError::Domain),
            ("a@example..org", AddressError::Domain),
            ("a@example.org.", AddressError::Domain),
            ("a@-example.org", AddressError::Domain),
            ("a@exa mple.org", AddressError::Domain),
            ("a@example.org\r\nBcc: b@example.org", AddressError::Local),
            (
                "a@example.org>\r\nRCPT TO:<b@example.org",
                AddressError::Local,
            ),
            ("a\r\nb@example.org", AddressError::Local),
            ("\"a b\"@example.org", AddressError::Local),
            ("A <a@example.org>", AddressError::Local),
            ("a,b@example.org", AddressError::Local),
            ("a(b)@example.org", AddressError::Local),
            (".a@example.org", AddressError::Local),
            ("a..b@example.org", AddressError::Local),
            ("kh\u{e1}ch@example.org", AddressError::Local),
            ("a\0@example.org", AddressError::Local),
            (&long, AddressError::TooLong),
            (&longer, AddressError::TooLong),
        ];
        for (text, wrong) in rows {
            assert_eq!(Mailbox::parse(text), Err(wrong), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_in_no_line_is_broken(text in "\\PC{0,30}@?[\\PC\\r\\n]{0,30}") {
            if let Ok(parsed) = Mailbox::parse(&text) {
                let plain = parsed.as_str();
                prop_assert!(plain.is_ascii() && !plain.contains(char::is_whitespace));
                prop_assert!(!plain.contains(['<', '>', ',', ';', '"', '\0']));
                prop_assert_eq!(Mailbox::parse(plain), Ok(parsed.clone()));
            }
        }
    }
}
