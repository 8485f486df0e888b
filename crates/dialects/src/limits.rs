//! Limits on what is parsed. The web room limits size; nesting is limited here, before any parser
//! sees the bytes, so that no parser and no later reader can be made to recurse without bound.

/// Deeper than any document of the systems spoken here (the deepest documented one has five levels).
pub const MAX_DEPTH: usize = 64;

/// Whether JSON nests no deeper than `MAX_DEPTH`. Says nothing about whether it is JSON.
pub fn depth_is_sane(bytes: &[u8]) -> bool {
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut escaped = false;
    for byte in bytes {
        match (in_string, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_string = !in_string,
            (false, b'[' | b'{') => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return false;
                }
            }
            (false, b']' | b'}') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(depth: usize) -> Vec<u8> {
        ["[".repeat(depth), "]".repeat(depth)].concat().into_bytes()
    }

    #[test]
    fn counts_nesting_outside_strings_only() {
        assert!(depth_is_sane(&nested(MAX_DEPTH)));
        assert!(!depth_is_sane(&nested(MAX_DEPTH + 1)));
        assert!(!depth_is_sane(&b"[".repeat(100_000)));
        let text = format!("{{\"a\\\"\": \"{}\"}}", "[".repeat(1_000));
        assert!(depth_is_sane(text.as_bytes()));
        assert!(depth_is_sane(&b"[]".repeat(10_000)));
    }
}
