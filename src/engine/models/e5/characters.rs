//! SentencePiece's compiled map of characters: a double-array trie of UTF-8 bytes (darts-clone), then the replacements.
//!
//! A node at `n` whose children's base is `b` holds `n ^ b`; its child by a byte is at `b ^ byte`, its value at `b`.

/// The place of the byte, in a unit.
const LABEL: u32 = 0xff;
/// The node has a value.
const HAS_VALUE: u32 = 1 << 8;
/// This is a value.
const VALUE: u32 = 1 << 31;
/// Where the distance to the children's base begins, which has 21 bits.
const DISTANCE: u32 = 10;

/// Compiles the map; none where it is too large for the form. No text may hold a NUL.
pub fn compile(characters: &[(char, String)]) -> Option<Vec<u8>> {
    let mut replacements = Vec::new();
    let mut keys = Vec::new();
    for (from, to) in characters {
        keys.push((from.to_string().into_bytes(), replacements.len() as u32));
        replacements.extend(to.bytes().chain([0]));
    }
    keys.sort();
    let mut trie = Trie::default();
    trie.take(0);
    trie.place(0, &keys, 0);
    (trie.units.len() < 1 << 21).then(|| {
        let size = (4 * trie.units.len() as u32).to_le_bytes();
        let units = trie.units.iter().flat_map(|unit| unit.to_le_bytes());
        size.into_iter().chain(units).chain(replacements).collect()
    })
}

#[derive(Default)]
struct Trie {
    units: Vec<u32>,
    taken: Vec<bool>,
    /// No two nodes have the same base: each would take the other's children for its own.
    bases: Vec<bool>,
    /// All units before this one are taken.
    full: usize,
}

impl Trie {
    /// Places what follows the node at `node`, which `keys`, in order, share their first `depth` bytes with.
    fn place(&mut self, node: usize, keys: &[(Vec<u8>, u32)], depth: usize) {
        let (value, longer) = match keys.split_first() {
            Some((first, rest)) if first.0.len() == depth => (Some(first.1), rest),
            _ => (None, keys),
        };
        let children = || longer.chunk_by(|a, b| a.0[depth] == b.0[depth]);
        let bytes: Vec<u8> = value
            .map(|_| 0)
            .into_iter()
            .chain(children().map(|keys| keys[0].0[depth]))
            .collect();
        let base = self.free_base(&bytes);
        self.grow(base);
        self.bases[base] = true;
        self.units[node] |= ((node ^ base) as u32) << DISTANCE;
        for byte in bytes {
            self.take(base ^ usize::from(byte));
            self.units[base ^ usize::from(byte)] = u32::from(byte) & LABEL;
        }
        if let Some(value) = value {
            self.units[node] |= HAS_VALUE;
            self.units[base] = VALUE | value;
        }
        for keys in children() {
            self.place(base ^ usize::from(keys[0].0[depth]), keys, depth + 1);
        }
    }

    /// The first base from which all of `bytes` lead to free units.
    fn free_base(&mut self, bytes: &[u8]) -> usize {
        while self.taken.get(self.full) == Some(&true) {
            self.full += 1;
        }
        let first = usize::from(bytes.first().copied().unwrap_or(0));
        let is_free = |of: &[bool], at: usize| of.get(at) != Some(&true);
        (self.full..)
            .map(|unit| unit ^ first)
            .find(|base| {
                is_free(&self.bases, *base) && bytes.iter().all(|byte| is_free(&self.taken, base ^ usize::from(*byte)))
            })
            .expect("beyond the end all are free")
    }

    fn take(&mut self, unit: usize) {
        self.grow(unit);
        self.taken[unit] = true;
    }

    fn grow(&mut self, unit: usize) {
        let end = (unit | usize::from(u8::MAX)) + 1;
        if self.units.len() < end {
            self.units.resize(end, 0);
            self.taken.resize(end, false);
            self.bases.resize(end, false);
        }
    }
}
