//! The network: token embeddings, three branches of n-gram convolutions, their sum over the sentence, a small head.
//!
//! ```text
//! ids → table ─┬──────────────────────────────────────────────┐
//!              └ project → normalise ─┬ 2-grams, twice ────────┤
//!                                     ├ 3-grams, twice ────────┤→ normalise → Σ/√n → project → head → unit length
//!                                     └ 5-grams, twice ────────┘
//! ```
//!
//! Whatever depends on the token alone (projection, its share in the first convolution) is computed once for each
//! different token of many sentences: see [`Tokens`].

use std::collections::HashMap;
use std::io::{Read, Seek};

use ndarray::{Array1, Array2, Axis, s};

use super::npz::{Npz, NpzError};
use crate::understand::packed::Packed;

/// The table is stored in so many parts: token id i is row i / PARTS of part i mod PARTS.
const PARTS: usize = 17;
/// Width of a token's embedding, and of a sentence's.
const WIDTH: usize = 512;
/// Width of one convolution branch.
const BRANCH: usize = 256;
/// Bytes of a row of the table: 6 bits for each number.
const ROW: usize = WIDTH * 6 / 8;

/// The weights.
pub struct Network {
    table: Table,
    projection: Packed,
    projection_bias: Array1<f32>,
    projection_norm: Norm,
    branches: Vec<Branch>,
    norm: Norm,
    output: Packed,
    output_bias: Array1<f32>,
    head: Head,
    epsilon: f32,
}

/// Two n-gram convolutions with residual connections.
struct Branch {
    /// How many tokens before the current one the n-gram begins.
    left: usize,
    first: Convolution,
    second: Convolution,
}

/// A convolution over n tokens, as one matrix [BRANCH, n × BRANCH]: block k is for the k-th token of the n-gram.
struct Convolution {
    weights: Packed,
    bias: Array1<f32>,
}

/// Different tokens, and what each of them gives, whatever stands beside it.
pub struct Tokens {
    /// The row of each token id.
    rows: HashMap<u32, usize>,
    /// [tokens, WIDTH]
    embedded: Array2<f32>,
    /// For each branch, what its first convolution takes, [tokens, BRANCH], and what that makes of it, [tokens, n × BRANCH].
    taken: Vec<[Array2<f32>; 2]>,
}

/// Scale and shift of a layer normalisation.
struct Norm {
    gamma: Array1<f32>,
    beta: Array1<f32>,
}

/// Two residual layers and a last projection.
struct Head {
    d0: Packed,
    d1: Packed,
    p1: Packed,
    d2: Packed,
    p3: Packed,
    d3: Packed,
}

impl Network {
    /// Reads the weights.
    pub fn read(npz: &mut Npz<impl Read + Seek>) -> Result<Self, NpzError> {
        let orders = [(2, 0), (3, 1), (5, 2)];
        let mut projection = Array2::zeros((WIDTH, orders.len() * BRANCH));
        let mut per_branch = [(); 3].map(|()| Array1::<f32>::zeros(orders.len() * BRANCH));
        let mut branches = Vec::new();
        for (i, (n, left)) in orders.into_iter().enumerate() {
            let columns = s![.., i * BRANCH..(i + 1) * BRANCH];
            projection
                .slice_mut(columns)
                .assign(&matrix(npz, &format!("proj{n}"), [WIDTH, BRANCH])?);
            for (name, all) in ["proj_b", "ln_g", "ln_b"].iter().zip(&mut per_branch) {
                let part = vector(npz, &format!("{name}{n}"), BRANCH)?;
                all.slice_mut(s![i * BRANCH..(i + 1) * BRANCH]).assign(&part);
            }
            branches.push(Branch {
                left,
                first: convolution(npz, 1, n)?,
                second: convolution(npz, 2, n)?,
            });
        }
        let [projection_bias, gamma, beta] = per_branch;
        let features = WIDTH + orders.len() * BRANCH;
        let hidden = npz.matrix("d0")?.ncols();
        Ok(Self {
            table: Table::read(npz)?,
            projection: Packed::new(&projection),
            projection_bias,
            projection_norm: Norm { gamma, beta },
            branches,
            norm: Norm {
                gamma: vector(npz, "ln_g", features)?,
                beta: vector(npz, "ln_b", features)?,
            },
            output: packed(npz, "cnn_W", [features, WIDTH])?,
            output_bias: vector(npz, "cnn_b", WIDTH)?,
            head: Head {
                d0: packed(npz, "d0", [WIDTH, hidden])?,
                d1: packed(npz, "d1", [hidden, hidden])?,
                p1: packed(npz, "p1", [WIDTH, hidden])?,
                d2: packed(npz, "d2", [hidden, WIDTH])?,
                p3: packed(npz, "p3", [hidden, WIDTH])?,
                d3: packed(npz, "d3", [WIDTH, WIDTH])?,
            },
            epsilon: npz.scalar("eps")? as f32,
        })
    }

    /// The tokens of these sentences.
    pub fn tokens(&self, sentences: &[Vec<u32>]) -> Tokens {
        let (different, rows) = number(sentences);
        let mut embedded = Array2::zeros((different.len(), WIDTH));
        for (mut row, &id) in embedded.rows_mut().into_iter().zip(&different) {
            self.table
                .write_row(id, row.as_slice_mut().expect("rows of a fresh array are contiguous"));
        }
        let mut projected = self.projection.times(embedded.view()) + &self.projection_bias;
        self.projection_norm.apply(&mut projected, self.epsilon);
        let taken = self.branches.iter().enumerate().map(|(i, branch)| {
            let input = projected.slice(s![.., i * BRANCH..(i + 1) * BRANCH]).to_owned();
            let shares = branch.first.weights.times(input.view());
            [input, shares]
        });
        Tokens {
            rows,
            embedded,
            taken: taken.collect(),
        }
    }

    /// One embedding of length 1 for each sentence, given as token ids, all of which are among `known`.
    pub fn embed(&self, sentences: &[Vec<u32>], known: &Tokens) -> Vec<Vec<f32>> {
        let rows: Vec<usize> = sentences.iter().flatten().map(|id| known.rows[id]).collect();
        let tokens = rows.len();
        let spans = spans(sentences);
        let identity: Vec<usize> = (0..tokens).collect();
        let mut features = Array2::zeros((tokens, WIDTH + self.branches.len() * BRANCH));
        for (mut feature, &row) in features.rows_mut().into_iter().zip(&rows) {
            feature.slice_mut(s![..WIDTH]).assign(&known.embedded.row(row));
        }
        for (i, (branch, [input, shares])) in self.branches.iter().zip(&known.taken).enumerate() {
            let once = branch.first.apply(input, shares, &rows, &spans, branch.left);
            let shares = branch.second.weights.times(once.view());
            let twice = branch.second.apply(&once, &shares, &identity, &spans, branch.left);
            let start = WIDTH + i * BRANCH;
            features.slice_mut(s![.., start..start + BRANCH]).assign(&twice);
        }
        self.norm.apply(&mut features, self.epsilon);

        // The sum over the tokens commutes with the projection, which so costs one row for each sentence.
        let mut sums = Array2::zeros((sentences.len(), features.ncols()));
        for (mut sum, &(start, end)) in sums.rows_mut().into_iter().zip(&spans) {
            sum.assign(&features.slice(s![start..end, ..]).sum_axis(Axis(0)));
        }
        let mut pooled = self.output.times(sums.view());
        for (mut row, &(start, end)) in pooled.rows_mut().into_iter().zip(&spans) {
            let length = (end - start).max(1) as f32;
            row.zip_mut_with(&self.output_bias, |x, &b| *x = (*x + length * b) / length.sqrt());
        }
        self.head.apply(&pooled, self.epsilon)
    }
}

impl Convolution {
    /// `rows[t]` is the row of `input`, and of its `shares` (its product with the weights), at position t; `spans` are the
    /// sentences, which no n-gram crosses. Returns relu(convolution) + input, for each position.
    fn apply(
        &self,
        input: &Array2<f32>,
        shares: &Array2<f32>,
        rows: &[usize],
        spans: &[(usize, usize)],
        left: usize,
    ) -> Array2<f32> {
        let n = self.weights.outer() / BRANCH;
        let mut out = Array2::zeros((rows.len(), BRANCH));
        for &(start, end) in spans {
            for t in start..end {
                let mut row = out.row_mut(t);
                row.assign(&self.bias);
                for k in 0..n {
                    let position = t + k;
                    if position >= start + left && position < end + left {
                        row += &shares.slice(s![rows[position - left], k * BRANCH..(k + 1) * BRANCH]);
                    }
                }
                row.zip_mut_with(&input.row(rows[t]), |x, &residual| *x = x.max(0.0) + residual);
            }
        }
        out
    }
}

impl Norm {
    /// Brings each row to mean 0 and variance 1, then scales and shifts it.
    fn apply(&self, rows: &mut Array2<f32>, epsilon: f32) {
        let width = rows.ncols() as f32;
        for mut row in rows.rows_mut() {
            let mean = row.sum() / width;
            row -= mean;
            let scale = (row.dot(&row) / width + epsilon).sqrt().recip();
            ndarray::Zip::from(&mut row)
                .and(&self.gamma)
                .and(&self.beta)
                .for_each(|x, g, b| *x = *x * scale * g + b);
        }
    }
}

impl Head {
    fn apply(&self, pooled: &Array2<f32>, epsilon: f32) -> Vec<Vec<f32>> {
        let relu = |mut x: Array2<f32>| {
            x.mapv_inplace(|v| v.max(0.0));
            x
        };
        let y0 = relu(self.d0.times(pooled.view()));
        let y1 = relu(self.p1.times(pooled.view()) + self.d1.times(y0.view()));
        let y2 = relu(self.d2.times(y1.view()));
        let mut z = self.p3.times(y1.view()) + self.d3.times(y2.view());
        z.mapv_inplace(f32::tanh);
        z.rows()
            .into_iter()
            .map(|row| {
                let scale = row.dot(&row).max(epsilon).sqrt().recip();
                row.iter().map(|x| x * scale).collect()
            })
            .collect()
    }
}

/// The embedding table, kept as it was quantised: 6 bits for each number.
struct Table {
    rows: Vec<u8>,
    /// For each part, the step and the lowest value.
    scale: Array1<f32>,
    low: Array1<f32>,
}

impl Table {
    fn read(npz: &mut Npz<impl Read + Seek>) -> Result<Self, NpzError> {
        let (scale, low) = (vector(npz, "scale", PARTS)?, vector(npz, "lo", PARTS)?);
        let mut rows = Vec::new();
        for part in 0..PARTS {
            let name = format!("q{}", part + 1);
            let (bytes, [count, width]) = npz.bytes(&name)?;
            if part == 0 {
                rows = vec![0; count * PARTS * ROW];
            }
            if width != WIDTH || count * PARTS * ROW != rows.len() || bytes.iter().any(|&b| b > 63) {
                return Err(NpzError::Array(name, "expected rows of 512 numbers of 6 bits"));
            }
            for (i, row) in bytes.chunks_exact(WIDTH).enumerate() {
                let id = i * PARTS + part;
                let packed = rows[id * ROW..(id + 1) * ROW].as_chunks_mut::<3>().0;
                for (three, four) in packed.iter_mut().zip(row.as_chunks::<4>().0) {
                    let bits = four.iter().rev().fold(0u32, |bits, &b| bits << 6 | u32::from(b));
                    let [a, b, c, _] = bits.to_le_bytes();
                    *three = [a, b, c];
                }
            }
        }
        Ok(Self { rows, scale, low })
    }

    /// Writes the embedding of token `id` to `out`; zeros for an id that the table lacks.
    fn write_row(&self, id: u32, out: &mut [f32]) {
        let id = id as usize;
        let Some(row) = self.rows.get(id * ROW..(id + 1) * ROW) else {
            return out.fill(0.0);
        };
        let (scale, low) = (self.scale[id % PARTS], self.low[id % PARTS]);
        for (four, &[a, b, c]) in out.as_chunks_mut::<4>().0.iter_mut().zip(row.as_chunks::<3>().0) {
            let bits = u32::from_le_bytes([a, b, c, 0]);
            for (k, x) in four.iter_mut().enumerate() {
                *x = (bits >> (6 * k) & 63) as f32 * scale + low;
            }
        }
    }
}

/// The different ids, and the index of each among them.
fn number(sentences: &[Vec<u32>]) -> (Vec<u32>, HashMap<u32, usize>) {
    let mut different = Vec::new();
    let mut rows = HashMap::new();
    for &id in sentences.iter().flatten() {
        rows.entry(id).or_insert_with(|| {
            different.push(id);
            different.len() - 1
        });
    }
    (different, rows)
}

/// Where each sentence begins and ends in the row of all tokens.
fn spans(sentences: &[Vec<u32>]) -> Vec<(usize, usize)> {
    sentences
        .iter()
        .scan(0, |start, sentence| {
            let span = (*start, *start + sentence.len());
            *start = span.1;
            Some(span)
        })
        .collect()
}

fn vector(npz: &mut Npz<impl Read + Seek>, name: &str, length: usize) -> Result<Array1<f32>, NpzError> {
    let vector = npz.vector(name)?;
    if vector.len() == length {
        Ok(vector)
    } else {
        Err(NpzError::Array(name.into(), "unexpected length"))
    }
}

fn matrix(npz: &mut Npz<impl Read + Seek>, name: &str, shape: [usize; 2]) -> Result<Array2<f32>, NpzError> {
    let matrix = npz.matrix(name)?;
    if matrix.shape() == shape {
        Ok(matrix)
    } else {
        Err(NpzError::Array(name.into(), "unexpected shape"))
    }
}

fn packed(npz: &mut Npz<impl Read + Seek>, name: &str, shape: [usize; 2]) -> Result<Packed, NpzError> {
    Ok(Packed::new(&matrix(npz, name, shape)?))
}

/// Reads [n × BRANCH, BRANCH] and lays its n blocks side by side.
fn convolution(npz: &mut Npz<impl Read + Seek>, layer: usize, n: usize) -> Result<Convolution, NpzError> {
    let stored = matrix(npz, &format!("w{layer}_{n}"), [n * BRANCH, BRANCH])?;
    let mut weights = Array2::zeros((BRANCH, n * BRANCH));
    for k in 0..n {
        let block = stored.slice(s![k * BRANCH..(k + 1) * BRANCH, ..]);
        weights.slice_mut(s![.., k * BRANCH..(k + 1) * BRANCH]).assign(&block);
    }
    Ok(Convolution {
        weights: Packed::new(&weights),
        bias: vector(npz, &format!("b{layer}_{n}"), BRANCH)?,
    })
}
