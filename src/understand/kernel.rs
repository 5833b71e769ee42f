//! Kernel ridge regression (Rasmussen & Williams, "Gaussian Processes for Machine Learning", 2006, section 2.2), and
//! what it would have said of each training sentence had it not seen it (leave one out, in closed form, section 5.4.2).
//!
//! Each sentence is compared with all others: with a subset to compare with, as large as half of them, a tenth of the
//! topics is lost, because most sentences are near to few others.
//!
//! All in 32 bits: what rounding adds is far below the [`RIDGE`], and it takes half the time.

use std::sync::Mutex;

use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, ArrayView1, ArrayViewMut2, Axis, s};

use super::features::{ByPart, Vector};
use super::packed::{self, Packed};

/// Share of meaning in the likeness of two sentences; the rest is words, letters and sounds.
const MEANING: f32 = 0.4;
/// How fast likeness falls with the angle between meanings.
const REACH: f32 = 0.35;
/// So many sentences tell what the scores of unseen ones are worth; all would take as long as learning itself.
pub const CALIBRATING: usize = 3000;
/// How strongly the regression is held back from learning each sentence by heart.
const RIDGE: f32 = 0.1;
/// All on which the weights depend beside the sentences.
pub const SETTINGS: [f32; 4] = [MEANING, REACH, CALIBRATING as f32, RIDGE];

/// Sentences that others are compared with.
pub struct Landmarks {
    /// Their meanings, one column for each: [width, landmarks].
    meanings: Packed,
    /// For each part, the landmarks that have it, with its weight there.
    postings: ByPart<Vec<(u32, f32)>>,
    count: usize,
}

impl Landmarks {
    /// Takes these sentences as landmarks.
    pub fn new(vectors: &[&Vector]) -> Self {
        let mut postings: ByPart<Vec<(u32, f32)>> = ByPart::default();
        for (i, vector) in vectors.iter().enumerate() {
            for &(part, weight) in &vector.parts {
                postings.entry(part).or_default().push((i as u32, weight));
            }
        }
        Self {
            meanings: Packed::new(&meanings(vectors).t()),
            postings,
            count: vectors.len(),
        }
    }

    /// How like each landmark each of these sentences is, 0–1.
    pub fn likeness(&self, vectors: &[Vector]) -> Vec<Array1<f32>> {
        let meanings = self.meanings(vectors);
        let parts = vectors.iter().map(|vector| self.parts(vector, self.count));
        match &meanings {
            Some(meanings) => (meanings.rows().into_iter().zip(parts))
                .map(|(meanings, parts)| mixed(Some(meanings), parts))
                .collect(),
            None => parts.map(|parts| mixed(None, parts)).collect(),
        }
    }

    /// For each of these sentences, how near the nearest landmark's meaning is, −1 to 1; without an encoder, how much of
    /// its parts it shares.
    pub fn nearest(&self, vectors: &[Vector]) -> Vec<f32> {
        let vectors: Vec<&Vector> = vectors.iter().collect();
        let mut nearest = Array2::zeros((vectors.len(), 1));
        let highest = |values: ArrayView1<f32>| values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        in_parallel(nearest.view_mut(), |first, mut rows| {
            let vectors = &vectors[first..first + rows.nrows()];
            let meanings = self
                .has_meanings()
                .then(|| self.meanings.times(meanings(vectors).view()));
            for (i, (mut row, vector)) in rows.rows_mut().into_iter().zip(vectors).enumerate() {
                row[0] = match &meanings {
                    Some(meanings) => highest(meanings.row(i)),
                    None => highest(ArrayView1::from(&self.parts(vector, self.count))),
                };
            }
        });
        nearest.into_raw_vec_and_offset().0
    }

    /// Share of a sentence's parts, by weight, that stand in one of these landmarks, 0–1.
    pub fn known(&self, vector: &Vector, mut among: impl FnMut(usize) -> bool) -> f64 {
        let mut stands =
            |part| (self.postings.get(part).into_iter().flatten()).any(|(landmark, _)| among(*landmark as usize));
        let weights = vector.parts.iter();
        weights
            .map(|(part, weight)| if stands(part) { f64::from(weight * weight) } else { 0.0 })
            .sum()
    }

    /// For each landmark, the cosines of the parts, and of the meanings (0 without any).
    pub fn cosines(&self, vector: &Vector) -> (Vec<f32>, Vec<f32>) {
        let meanings = self.meanings(std::slice::from_ref(vector));
        let meanings = meanings.map_or_else(|| vec![0.0; self.count], |m| m.into_raw_vec_and_offset().0);
        (self.parts(vector, self.count), meanings)
    }

    fn has_meanings(&self) -> bool {
        self.meanings.inner() > 0
    }

    /// The cosines of the meanings, where there are any: [vectors, landmarks].
    fn meanings(&self, vectors: &[Vector]) -> Option<Array2<f32>> {
        let meanings: Vec<&[f32]> = vectors.iter().map(|vector| vector.meaning.as_slice()).collect();
        let fit = meanings.iter().all(|meaning| meaning.len() == self.meanings.inner());
        (self.has_meanings() && fit).then(|| self.meanings.times_each(&meanings))
    }

    /// The cosines of the parts, for the first `most` landmarks.
    fn parts(&self, vector: &Vector, most: usize) -> Vec<f32> {
        let mut parts = vec![0f32; most];
        for (part, weight) in &vector.parts {
            for &(landmark, other) in self.postings.get(part).into_iter().flatten() {
                match parts.get_mut(landmark as usize) {
                    Some(sum) => *sum += weight * other,
                    // They are in order.
                    None => break,
                }
            }
        }
        parts
    }

    /// How like one another the landmarks are, which are these sentences: [landmarks, landmarks], of which only what is
    /// on and below the diagonal is filled.
    pub fn likenesses(&self, own: &[&Vector]) -> Array2<f32> {
        let mut all = Array2::zeros((self.count, self.count));
        let meanings = meanings(own);
        in_parallel(all.view_mut(), |first, mut rows| {
            let last = first + rows.nrows();
            let own_meanings = packed::slices(meanings.slice(s![first..last, ..]));
            let mut meanings = Array2::zeros((rows.nrows(), last));
            self.meanings.write_first(&own_meanings, meanings.view_mut());
            for (i, (mut row, meanings)) in rows.rows_mut().into_iter().zip(meanings.rows()).enumerate() {
                let up_to = first + i + 1;
                let meanings = self.has_meanings().then_some(meanings.slice_move(s![..up_to]));
                row.slice_mut(s![..up_to])
                    .assign(&mixed(meanings, self.parts(own[first + i], up_to)));
            }
        });
        all
    }
}

/// The meanings of some sentences as the rows of a matrix, [sentences, width].
fn meanings(vectors: &[&Vector]) -> Array2<f32> {
    let width = vectors.first().map_or(0, |v| v.meaning.len());
    Array2::from_shape_fn((vectors.len(), width), |(i, j)| vectors[i].meaning[j])
}

/// The likeness from the cosines of meanings, where there are any, and of parts.
fn mixed(meanings: Option<ArrayView1<f32>>, parts: Vec<f32>) -> Array1<f32> {
    let near = |cosine: f32| ((cosine - 1.0) / REACH).exp();
    match meanings {
        None => parts.into(),
        Some(meanings) => {
            let mix = |(&m, p)| MEANING * near(m) + (1.0 - MEANING) * p;
            meanings.iter().zip(parts).map(mix).collect()
        }
    }
}

/// What was learned: for each sentence, how it speaks for each class.
pub struct Regression {
    /// [sentences, classes]
    pub(super) weights: Array2<f32>,
}

impl Regression {
    /// Learns from the `likeness` of sentences to one another (what is on and below the diagonal counts) and each one's
    /// class. Returns the leave-one-out scores [sentences, classes] of the last sentences too, [`CALIBRATING`] or a little
    /// more.
    pub fn fit(mut likeness: Array2<f32>, classes: &[usize], count: usize) -> (Self, Array2<f32>) {
        let mut targets = Array2::zeros((classes.len(), count));
        for (i, &class) in classes.iter().enumerate() {
            targets[[i, class]] = 1.0;
        }
        likeness.diag_mut().mapv_inplace(|x| x + RIDGE);
        let root = Cholesky::of(likeness);
        let weights = root.solve(targets.clone());
        let own = root.inverse_diagonal(CALIBRATING);
        let first = classes.len() - own.len();
        let mut scores = targets.slice(s![first.., ..]).to_owned();
        for (i, (mut row, own)) in scores.rows_mut().into_iter().zip(own).enumerate() {
            row.zip_mut_with(&weights.row(first + i), |score, weight| *score -= weight / own);
        }
        (Self { weights }, scores)
    }

    /// The score of each class, about 1 for the right one and 0 for the others.
    pub fn scores(&self, likeness: &Array1<f32>) -> Vec<f32> {
        likeness.dot(&self.weights).to_vec()
    }
}

/// Does `work` on all rows, a few at a time, on all cores: it is given the first row's number, and the rows.
fn in_parallel(rows: ArrayViewMut2<f32>, work: impl Fn(usize, ArrayViewMut2<f32>) + Sync) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut rows = rows;
    let chunks = Mutex::new(rows.axis_chunks_iter_mut(Axis(0), CHUNK).enumerate());
    let next = || chunks.lock().expect("no panic while held").next();
    let go_on = || {
        while let Some((n, chunk)) = next() {
            work(n * CHUNK, chunk);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(go_on);
        }
        go_on();
    });
}

/// A symmetric positive definite matrix as L·Lᵀ with L lower triangular; by blocks, so that nearly all the work is
/// multiplication of matrices.
struct Cholesky {
    lower: Array2<f32>,
    /// The inverses of the blocks on L's diagonal.
    diagonal: Vec<Array2<f32>>,
}

/// Width of a block.
const BLOCK: usize = 96;
/// Rows that a thread takes at a time.
const CHUNK: usize = 256;

impl Cholesky {
    /// Only what is on and below the diagonal counts.
    fn of(mut a: Array2<f32>) -> Self {
        let n = a.nrows();
        let mut diagonal = Vec::new();
        for start in (0..n).step_by(BLOCK) {
            let end = (start + BLOCK).min(n);
            let (block, inverse) = small_cholesky(&a.slice(s![start..end, start..end]).to_owned());
            a.slice_mut(s![start..end, start..end]).assign(&block);
            let mut panel = a.slice(s![end.., start..end]).to_owned();
            in_parallel(panel.view_mut(), |_, mut rows| {
                let solved = rows.dot(&inverse.t());
                rows.assign(&solved);
            });
            a.slice_mut(s![end.., start..end]).assign(&panel);
            let across = Packed::new(&panel.t());
            in_parallel(a.slice_mut(s![end.., end..]), |first, mut rows| {
                let last = first + rows.nrows();
                let down = packed::slices(panel.slice(s![first..last, ..]));
                across.subtract_first(&down, rows.slice_mut(s![.., ..last]));
            });
            diagonal.push(inverse);
        }
        Self { lower: a, diagonal }
    }

    /// L⁻¹·b
    fn forward(&self, mut b: Array2<f32>) -> Array2<f32> {
        for (i, inverse) in self.diagonal.iter().enumerate() {
            let start = i * BLOCK;
            let end = start + inverse.nrows();
            let rows = inverse.dot(&b.slice(s![start..end, ..]));
            b.slice_mut(s![start..end, ..]).assign(&rows);
            let mut rest = b.slice_mut(s![end.., ..]);
            general_mat_mul(-1.0, &self.lower.slice(s![end.., start..end]), &rows, 1.0, &mut rest);
        }
        b
    }

    /// The end of the diagonal of (L·Lᵀ)⁻¹, `most` or up to a block more: the squared lengths of L⁻¹'s columns. They
    /// need nothing of L but its last rows and columns.
    fn inverse_diagonal(&self, most: usize) -> Vec<f32> {
        let n = self.lower.nrows();
        let first = n.saturating_sub(most) / BLOCK * BLOCK;
        let lower = self.lower.slice(s![first.., first..]);
        let mut b = Array2::eye(n - first);
        for (i, inverse) in self.diagonal[first / BLOCK..].iter().enumerate() {
            let start = i * BLOCK;
            let end = start + inverse.nrows();
            // L⁻¹ is lower triangular too: nothing stands right of `end`.
            let rows = inverse.dot(&b.slice(s![start..end, ..end]));
            b.slice_mut(s![start..end, ..end]).assign(&rows);
            let across = Packed::new(&rows);
            in_parallel(b.slice_mut(s![end.., ..end]), |first, rest| {
                let down = lower.slice(s![end + first..end + first + rest.nrows(), start..end]);
                across.subtract_first(&packed::slices(down), rest);
            });
        }
        b.mapv_inplace(|x| x * x);
        b.sum_axis(Axis(0)).to_vec()
    }

    /// (L·Lᵀ)⁻¹·b
    fn solve(&self, mut b: Array2<f32>) -> Array2<f32> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let share = b.ncols().div_ceil(threads).max(1);
        std::thread::scope(|scope| {
            for mut columns in b.axis_chunks_iter_mut(Axis(1), share) {
                scope.spawn(move || {
                    let solved = self.backward(self.forward(columns.to_owned()));
                    columns.assign(&solved);
                });
            }
        });
        b
    }

    /// L⁻ᵀ·b
    fn backward(&self, mut b: Array2<f32>) -> Array2<f32> {
        for (i, inverse) in self.diagonal.iter().enumerate().rev() {
            let start = i * BLOCK;
            let end = start + inverse.nrows();
            let rows = inverse.t().dot(&b.slice(s![start..end, ..]));
            b.slice_mut(s![start..end, ..]).assign(&rows);
            let mut rest = b.slice_mut(s![..start, ..]);
            general_mat_mul(
                -1.0,
                &self.lower.slice(s![start..end, ..start]).t(),
                &rows,
                1.0,
                &mut rest,
            );
        }
        b
    }
}

/// L of a small matrix, and L⁻¹.
fn small_cholesky(a: &Array2<f32>) -> (Array2<f32>, Array2<f32>) {
    let n = a.nrows();
    // The inverse by its columns, so that what is multiplied stands together.
    let (mut lower, mut columns) = (Array2::<f32>::zeros((n, n)), Array2::<f32>::zeros((n, n)));
    for i in 0..n {
        for j in 0..=i {
            let sum = lower.slice(s![i, ..j]).dot(&lower.slice(s![j, ..j]));
            let rest = a[[i, j]] - sum;
            // Rounding may bring a pivot that is all but zero below it.
            lower[[i, j]] = if i == j {
                rest.max(1e-6).sqrt()
            } else {
                rest / lower[[j, j]]
            };
        }
        columns[[i, i]] = 1.0 / lower[[i, i]];
        for j in 0..i {
            let sum = lower.slice(s![i, j..i]).dot(&columns.slice(s![j, j..i]));
            columns[[j, i]] = -sum / lower[[i, i]];
        }
    }
    (lower, columns.reversed_axes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A likeness of points on a line.
    fn likeness(points: &[f32]) -> Array2<f32> {
        Array2::from_shape_fn((points.len(), points.len()), |(i, j)| {
            (-(points[i] - points[j]).abs()).exp()
        })
    }

    #[test]
    fn solves() {
        let points: Vec<f32> = (0..133).map(|i: i32| (i * i % 101) as f32 / 7.0).collect();
        let mut matrix = likeness(&points);
        matrix.diag_mut().mapv_inplace(|x| x + 0.1);
        let wanted = Array2::from_shape_fn((133, 3), |(i, j)| (i % (j + 5)) as f32);
        let found = Cholesky::of(matrix.clone()).solve(matrix.dot(&wanted));
        let error = (found - wanted).mapv(f32::abs).iter().copied().fold(0.0, f32::max);
        assert!(error < 1e-3, "{error}");
    }

    #[test]
    fn leave_one_out_is_what_training_without_it_says() {
        let points = [0.0, 0.3, 0.5, 2.0, 2.4, 3.0, 0.9];
        let classes = [0, 0, 0, 1, 1, 1, 1];
        let (_, loo) = Regression::fit(likeness(&points), &classes, 2);
        for out in 0..points.len() {
            let keep: Vec<usize> = (0..points.len()).filter(|&i| i != out).collect();
            let some: Vec<f32> = keep.iter().map(|&i| points[i]).collect();
            let their: Vec<usize> = keep.iter().map(|&i| classes[i]).collect();
            let (without, _) = Regression::fit(likeness(&some), &their, 2);
            let to: Array1<f32> = some.iter().map(|p| (-(p - points[out]).abs()).exp()).collect();
            for (a, b) in without.scores(&to).iter().zip(loo.row(out)) {
                assert!((a - b).abs() < 2e-3, "{a} {b}");
            }
        }
    }
}
