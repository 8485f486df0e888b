//! Random draws that are a function of a seed, a parcel and a purpose: whoever draws the same draws
//! the same, in any order and on any machine.

/// Draws for one parcel, number or call.
#[derive(Clone, Copy, Debug)]
pub struct Draw([u8; 32]);

impl Draw {
    /// A parcel's, by its place in the world.
    pub fn new(seed: u64, index: u32) -> Self {
        Self::of("trackway simulator 2026 world", seed, &index.to_le_bytes())
    }

    /// A number's, where any number has a journey.
    pub fn of_number(seed: u64, number: &str) -> Self {
        Self::of("trackway simulator 2026 number", seed, number.as_bytes())
    }

    /// A call's, by its place in the order of calls.
    pub fn of_call(seed: u64, nth: u64) -> Self {
        Self::of("trackway simulator 2026 call", seed, &nth.to_le_bytes())
    }

    fn of(context: &str, seed: u64, what: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key(context);
        hasher.update(&seed.to_le_bytes()).update(what);
        Self(*hasher.finalize().as_bytes())
    }

    /// The same parcel's draws for another journey under its number.
    #[must_use]
    pub fn again(self, journey: u16) -> Self {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(b"journey").update(&journey.to_le_bytes());
        Self(*hasher.finalize().as_bytes())
    }

    fn word(self, purpose: &str, nth: usize) -> u64 {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher
            .update(&(nth as u64).to_le_bytes())
            .update(purpose.as_bytes());
        let mut word = [0; 8];
        word.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
        u64::from_le_bytes(word)
    }

    /// A number from `from` up to, not including, `to`.
    pub fn between(self, purpose: &str, nth: usize, from: i64, to: i64) -> i64 {
        from + (self.word(purpose, nth) % (to - from).max(1) as u64) as i64
    }

    /// True so many times out of a hundred.
    pub fn chance(self, purpose: &str, nth: usize, percent: i64) -> bool {
        self.between(purpose, nth, 0, 100) < percent
    }

    pub fn pick<'t, T>(self, purpose: &str, nth: usize, of: &'t [T]) -> &'t T {
        &of[(self.word(purpose, nth) % of.len() as u64) as usize]
    }

    /// Puts a list into an order of its own.
    pub fn shuffle<T>(self, purpose: &str, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.between(purpose, at, 0, at as i64 + 1) as usize);
        }
    }

    /// 32 hexadecimal digits in the grouping of a UUID.
    pub fn uuid(self, purpose: &str, nth: usize) -> String {
        let (a, b) = (
            self.word(purpose, nth),
            self.word(purpose, nth ^ usize::MAX),
        );
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            a >> 32,
            (a >> 16) & 0xffff,
            a & 0xffff,
            b >> 48,
            b & 0xffff_ffff_ffff
        )
    }
}
