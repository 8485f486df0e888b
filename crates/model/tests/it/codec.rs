//! Damaged rows are errors, never panics.

use crate::world::{PUSH, fact, said, told};
use proptest::prelude::*;
use trackway_model::{Milestone, Track};

#[test]
fn a_row_cut_anywhere_is_an_error() {
    let row = told(&[fact(
        PUSH,
        1,
        vec![said("2024-05-06T10:00:00Z", Milestone::InTransit)],
    )])
    .encode();
    for end in 0..row.len() {
        assert!(Track::decode(&row[..end]).is_err(), "cut at {end}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_the_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut row = vec![1];
        row.extend(bytes);
        let _ = Track::decode(&row);
    }
}
