//! All formats asked at once: for each length a table that says, of each character at each place,
//! which shapes are left. A number costs a table look-up for each of its characters, however many
//! formats there are, and ends at the first character that no format has.

use super::text::{CLASSES, LONGEST, Text};
use super::{Fit, Format};

/// Shapes that one bank holds: a bit each.
const BANK: usize = 64;

/// The formats of a catalog, by shape.
#[derive(Clone, Debug, Default)]
pub struct Index {
    /// By length.
    banks: Vec<Vec<Bank>>,
}

#[derive(Clone, Debug)]
struct Bank {
    /// Of each place and character: which shapes allow it.
    allowed: Vec<[u64; CLASSES]>,
    /// Of each bit: which format's which shape.
    shapes: Vec<(u32, u32)>,
}

impl Index {
    pub fn new(formats: &[Format]) -> Self {
        let mut index = Self {
            banks: vec![Vec::new(); LONGEST + 1],
        };
        for (format, at) in formats.iter().zip(0..) {
            for (shape, nth) in format.shapes().iter().zip(0..) {
                index.add(&shape.cells, (at, nth));
            }
        }
        index
    }

    fn add(&mut self, cells: &[super::text::Cells], which: (u32, u32)) {
        let Some(banks) = self.banks.get_mut(cells.len()) else {
            return;
        };
        if banks.last().is_none_or(|bank| bank.shapes.len() == BANK) {
            banks.push(Bank {
                allowed: vec![[0; CLASSES]; cells.len()],
                shapes: Vec::new(),
            });
        }
        let Some(bank) = banks.last_mut() else { return };
        let bit = 1_u64 << bank.shapes.len();
        for (row, cells) in bank.allowed.iter_mut().zip(cells) {
            for class in cells.classes() {
                row[usize::from(class)] |= bit;
            }
        }
        bank.shapes.push(which);
    }

    /// Hands every format that the number is of to `take`, with the format's place in the table.
    pub fn fits<'f>(
        &self,
        formats: &'f [Format],
        text: &Text,
        mut take: impl FnMut(usize, Fit<'f>),
    ) {
        let classes = text.classes();
        for bank in self.banks.get(classes.len()).into_iter().flatten() {
            let mut left = u64::MAX;
            for (row, class) in bank.allowed.iter().zip(classes) {
                left &= row[usize::from(*class)];
                if left == 0 {
                    break;
                }
            }
            while left != 0 {
                let (format, shape) = bank.shapes[left.trailing_zeros() as usize];
                left &= left - 1;
                let at = format as usize;
                if let Some(fit) = formats[at].fit(shape as usize, text) {
                    take(at, fit);
                }
            }
        }
    }
}
