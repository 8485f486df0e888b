//! Small bodies that swell when they are unpacked.

/// Packed bytes of the two that are made here; they unpack to some 160 times as much.
const PACKED: usize = 1 << 20;

/// 64 MiB of zeros in Brotli.
pub const BROTLI: &[u8] = &[
    0xcf, 0xff, 0xff, 0x7f, 0xf8, 0x27, 0x00, 0xe2, 0xb1, 0x40, 0x20, 0xf7, 0xfe, 0x9f, 0xff, 0xff,
    0xff, 0x04, 0xf0, 0x0c, 0x46, 0x10, 0x18, 0x0e, 0xef, 0xd3, 0xff, 0xff, 0xff, 0xe1, 0x9f, 0x00,
    0x88, 0xc3, 0x22, 0x00, 0xdd, 0xfb, 0xff, 0xfc, 0xff, 0xfc, 0x73, 0xf0, 0x11, 0x08, 0x70, 0x50,
    0x0b, 0xaf, 0x7f, 0xff,
];

/// As `content-encoding: gzip` names it: header, data, and a sum that nobody gets to check.
pub fn gzip() -> Vec<u8> {
    let header = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    [&header[..], &deflate(), &[0; 8]].concat()
}

/// As `content-encoding: deflate` names it.
pub fn zlib() -> Vec<u8> {
    [&[0x78, 0x9c][..], &deflate(), &[0; 4]].concat()
}

/// Zeros: one, then "the last byte 258 times again", over and over.
fn deflate() -> Vec<u8> {
    let mut bits = Bits::default();
    // The last block, with the fixed code: numbers go lowest bit first, codes highest bit first.
    bits.push(0b1, 1);
    bits.push(0b10, 2);
    bits.push(0b0011_0000, 8);
    while bits.bytes.len() < PACKED {
        bits.push(0b1100_0101, 8);
        bits.push(0b0_0000, 5);
    }
    bits.push(0b000_0000, 7);
    bits.bytes
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    count: usize,
}

impl Bits {
    /// The lowest `count` bits, the highest of them first.
    fn push(&mut self, bits: u8, count: u32) {
        for at in (0..count).rev() {
            if self.count.is_multiple_of(8) {
                self.bytes.push(0);
            }
            if let Some(last) = self.bytes.last_mut() {
                *last |= (bits >> at & 1) << (self.count % 8);
            }
            self.count += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bombs_are_small_and_begin_as_their_formats_do() {
        for (bomb, magic) in [(gzip(), &[0x1f, 0x8b][..]), (zlib(), &[0x78])] {
            assert!(bomb.starts_with(magic));
            assert!((PACKED..PACKED + 64).contains(&bomb.len()));
        }
        // Final, fixed code, the literal 0, then "258 more".
        assert_eq!(deflate()[..2], [0b0110_0011, 0b0001_1000]);
    }
}
