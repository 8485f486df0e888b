//! Compression before sealing: zstd, primed with a sample of the dialect's own bytes. The codec byte
//! says how something was packed, so that what an older release wrote stays readable.
//!
//! Compressors live in the thread and dictionaries are prepared once: a call allocates nothing but
//! what its output needs.

use std::cell::RefCell;
use trackway_model::bytes::{Reader, Writer};
use trackway_model::{StreamId, StreamTable};
use zstd::zstd_safe::{self, CCtx, CDict, DCtx, DDict};

/// Stored as it is.
pub const PLAIN: u8 = 0;
/// Compressed without a dictionary.
const BARE: u8 = u8::MAX;
const LEVEL: i32 = 1;
/// Below this a frame's own bytes eat what a dictionary gains.
const WORTH_PACKING: usize = 80;
/// No body is larger: the limit on what comes in is far below.
const MAX_UNPACKED: usize = 64 << 20;

/// A sample of a dialect's bytes that primes the compression. Its number is written with everything
/// that it packed, so a number is never given to another sample: a better one is added under the
/// next number.
#[derive(Clone, Copy, Debug)]
pub struct Dictionary {
    /// 1 to 254.
    pub number: u8,
    /// The dialect as the stream table names it.
    pub dialect: &'static str,
    pub sample: &'static [u8],
}

struct Prepared {
    number: u8,
    dialect: &'static str,
    pack: CDict<'static>,
    unpack: DDict<'static>,
}

pub struct Packer {
    dictionaries: Vec<Prepared>,
    /// For each known stream, which dictionary packs it.
    of_stream: Vec<(StreamId, usize)>,
}

thread_local! {
    static COMPRESSOR: RefCell<CCtx<'static>> = RefCell::new(CCtx::create());
    static DECOMPRESSOR: RefCell<DCtx<'static>> = RefCell::new(DCtx::create());
}

impl Packer {
    pub fn new(streams: StreamTable, dictionaries: &[Dictionary]) -> Self {
        let dictionaries: Vec<_> = dictionaries
            .iter()
            .filter(|dictionary| !dictionary.sample.is_empty())
            .map(|dictionary| Prepared {
                number: dictionary.number,
                dialect: dictionary.dialect,
                pack: zstd_safe::create_cdict(dictionary.sample, LEVEL),
                unpack: zstd_safe::create_ddict(dictionary.sample),
            })
            .collect();
        // The newest of a dialect's samples packs.
        let newest = |dialect| {
            let of_dialect = dictionaries
                .iter()
                .enumerate()
                .filter(|(_, d)| d.dialect == dialect);
            of_dialect.max_by_key(|(_, d)| d.number).map(|(at, _)| at)
        };
        let of_stream = streams
            .0
            .iter()
            .filter_map(|def| Some((def.id, newest(def.dialect)?)))
            .collect();
        Self {
            dictionaries,
            of_stream,
        }
    }

    fn dictionary(&self, stream: StreamId) -> Option<&Prepared> {
        let (_, at) = self.of_stream.iter().find(|(id, _)| *id == stream)?;
        self.dictionaries.get(*at)
    }

    /// A statement is too short to gain without a dictionary.
    pub fn pack_statement(&self, stream: StreamId, raw: &[u8], out: &mut Vec<u8>) -> u8 {
        match self.dictionary(stream) {
            Some(dictionary) if raw.len() >= WORTH_PACKING => pack(Some(dictionary), raw, out),
            _ => plain(raw, out),
        }
    }

    pub fn pack_document(&self, stream: StreamId, body: &[u8], out: &mut Vec<u8>) -> u8 {
        if body.len() < WORTH_PACKING {
            return plain(body, out);
        }
        pack(self.dictionary(stream), body, out)
    }

    /// None when the bytes are no work of this packer.
    pub fn unpack(&self, codec: u8, packed: Vec<u8>) -> Option<Vec<u8>> {
        let dictionary = match codec {
            PLAIN => return Some(packed),
            BARE => None,
            number => Some(self.dictionaries.iter().find(|d| d.number == number)?),
        };
        let mut row = Reader(&packed);
        let length = row.length().ok().filter(|length| *length <= MAX_UNPACKED)?;
        let mut out = Vec::with_capacity(length);
        let done = DECOMPRESSOR.with_borrow_mut(|context| match dictionary {
            Some(dictionary) => context.decompress_using_ddict(&mut out, row.0, &dictionary.unpack),
            None => context.decompress(&mut out, row.0),
        });
        (done.ok()? == length).then_some(out)
    }
}

fn plain(raw: &[u8], out: &mut Vec<u8>) -> u8 {
    out.extend_from_slice(raw);
    PLAIN
}

/// Appends length and frame, or the bytes as they are where packing gains nothing.
fn pack(dictionary: Option<&Prepared>, raw: &[u8], out: &mut Vec<u8>) -> u8 {
    let start = out.len();
    let mut writer = Writer(std::mem::take(out));
    writer.varint(raw.len() as u64);
    *out = writer.0;
    let frame = out.len();
    out.resize(frame + zstd_safe::compress_bound(raw.len()), 0);
    let packed = COMPRESSOR.with_borrow_mut(|context| match dictionary {
        Some(dictionary) => context.compress_using_cdict(&mut out[frame..], raw, &dictionary.pack),
        None => context.compress(&mut out[frame..], raw, LEVEL),
    });
    match packed {
        Ok(length) if frame - start + length < raw.len() => {
            out.truncate(frame + length);
            dictionary.map_or(BARE, |dictionary| dictionary.number)
        }
        _ => {
            out.truncate(start);
            plain(raw, out)
        }
    }
}
