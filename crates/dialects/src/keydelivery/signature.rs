//! KeyDelivery's signature: 32 upper-case hex digits of MD5 over the body's very bytes, the key and
//! the secret, joined without a separator.

use md5::{Digest, Md5};
use subtle::ConstantTimeEq;

/// Signs the bytes that are sent.
pub fn sign(body: &[u8], key: &str, secret: &str) -> String {
    let digest = Md5::new()
        .chain_update(body)
        .chain_update(key)
        .chain_update(secret)
        .finalize();
    hex::encode_upper(digest)
}

/// Whether a signature holds. Lower-case digits don't: nothing documents them. Takes the same time
/// wherever the first difference is.
pub fn holds(signature: &[u8], body: &[u8], key: &str, secret: &str) -> bool {
    sign(body, key, secret).as_bytes().ct_eq(signature).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "KD-EXAMPLE-KEY-01";
    const SECRET: &str = "kd-example-secret-02";

    /// keydelivery.md §2: three spellings of one object, UTF-8 and escaped text, next to nothing.
    #[test]
    fn the_references_vectors_hold_over_raw_bytes() {
        let indented = "{\n  \"carrier_id\": \"gls\",\n  \"tracking_number\": \"ZZ000111222\",\n  \"area_show\": 1\n}";
        let vectors = [
            (
                r#"{"carrier_id":"gls","tracking_number":"ZZ000111222","area_show":1}"#,
                "133E188F6CC2CA2E8E7790B47501D330",
            ),
            (
                r#"{"carrier_id": "gls", "tracking_number": "ZZ000111222", "area_show": 1}"#,
                "F3AAF010AF8C93DD0A4ADF0CCD998055",
            ),
            (indented, "D590DC6F0B39FED7DAA0C7518D90EFF7"),
            (
                r#"{"carrier_id":"gls","tracking_number":"ZZ000111222","ship_to":"Málaga"}"#,
                "D7ABCF10B07CC03F998AE704F7660116",
            ),
            (
                r#"{"carrier_id":"gls","tracking_number":"ZZ000111222","ship_to":"M\u00e1laga"}"#,
                "6D19D82536F5569C73E555EAF4ABC58C",
            ),
            ("{}", "15AA3AC6DB420BDA72EED73B03C829F0"),
            ("", "4C0B7413CFDF6DDD495E72D3E5024445"),
        ];
        for (body, signature) in vectors {
            assert_eq!(sign(body.as_bytes(), KEY, SECRET), signature, "{body}");
            assert!(holds(signature.as_bytes(), body.as_bytes(), KEY, SECRET));
            assert!(!holds(
                signature.to_lowercase().as_bytes(),
                body.as_bytes(),
                KEY,
                SECRET
            ));
            assert!(!holds(
                &signature.as_bytes()[..31],
                body.as_bytes(),
                KEY,
                SECRET
            ));
        }
    }
}
