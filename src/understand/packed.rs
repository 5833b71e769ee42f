//! Matrices that are multiplied often by a few rows: by the words of one sentence, or by one sentence.
//!
//! A general product first copies its matrices into the order in which they are read; for a few rows that takes as long as the
//! product itself. Here the large matrix is laid out once, and read once for each product, from its start to its end.

use ndarray::{Array2, ArrayBase, ArrayView2, Data, Ix2};

/// Columns that are multiplied at once: two vectors of eight numbers.
const PANEL: usize = 16;
/// Rows that are multiplied at once: with their sums two vectors each, they fill the registers of AVX2 but four.
const ROWS: usize = 6;
/// Rows that are gone through before the next panel is read: they stay in the cache.
const NEAR: usize = 48;

/// A matrix [inner, outer], to multiply rows of `inner` numbers by.
pub struct Packed {
    /// One panel after the other, each [inner, PANEL]; what the last one lacks is 0.
    panels: Vec<[f32; PANEL]>,
    inner: usize,
    outer: usize,
}

impl Packed {
    /// Lays out a matrix.
    pub fn new(matrix: &ArrayBase<impl Data<Elem = f32>, Ix2>) -> Self {
        let mut packed = Self::empty(matrix.dim());
        for (k, row) in matrix.rows().into_iter().enumerate() {
            row.iter().enumerate().for_each(|(j, &weight)| packed.set(k, j, weight));
        }
        packed
    }

    /// The same of its columns, which are of one length.
    pub fn of_columns(columns: &[&[f32]]) -> Self {
        let mut packed = Self::empty((columns.first().map_or(0, |column| column.len()), columns.len()));
        for (j, column) in columns.iter().enumerate() {
            column
                .iter()
                .enumerate()
                .for_each(|(k, &weight)| packed.set(k, j, weight));
        }
        packed
    }

    fn empty((inner, outer): (usize, usize)) -> Self {
        Self {
            panels: vec![[0f32; PANEL]; outer.div_ceil(PANEL) * inner],
            inner,
            outer,
        }
    }

    fn set(&mut self, k: usize, j: usize, weight: f32) {
        self.panels[j / PANEL * self.inner + k][j % PANEL] = weight;
    }

    /// Rows that this one can multiply are so long.
    pub fn inner(&self) -> usize {
        self.inner
    }

    /// Rows that it gives are so long.
    pub fn outer(&self) -> usize {
        self.outer
    }

    /// rows · self: [n, inner] → [n, outer], on this thread.
    pub fn times(&self, rows: ArrayView2<f32>) -> Array2<f32> {
        let rows = rows.as_standard_layout();
        self.times_each(
            &rows
                .rows()
                .into_iter()
                .map(|row| row.to_slice().expect("in standard layout"))
                .collect::<Vec<_>>(),
        )
    }

    /// The same where the rows stand here and there.
    pub fn times_each(&self, rows: &[&[f32]]) -> Array2<f32> {
        assert!(rows.iter().all(|row| row.len() == self.inner), "rows of another length");
        let mut out = vec![0f32; rows.len() * self.outer];
        if self.inner > 0 && self.outer > 0 {
            self.multiply(rows, &mut out);
        }
        Array2::from_shape_vec((rows.len(), self.outer), out).expect("of this shape")
    }

    fn multiply(&self, rows: &[&[f32]], out: &mut [f32]) {
        #[cfg(target_arch = "x86_64")]
        if std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma") {
            // SAFETY: this processor has both.
            return unsafe { self.multiply_fused(rows, out) };
        }
        self.go_through::<Plain>(rows, out);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    fn multiply_fused(&self, rows: &[&[f32]], out: &mut [f32]) {
        self.go_through::<fused::Fused>(rows, out);
    }

    #[inline(always)]
    fn go_through<K: Kernel>(&self, rows: &[&[f32]], out: &mut [f32]) {
        for (rows, out) in rows.chunks(NEAR).zip(out.chunks_mut(NEAR * self.outer)) {
            for (panel, weights) in self.panels.chunks_exact(self.inner).enumerate() {
                let first = panel * PANEL;
                for (rows, out) in rows.chunks(ROWS).zip(out.chunks_mut(ROWS * self.outer)) {
                    match rows.len() {
                        1 => write(out, first, self.outer, K::sums::<1>(rows, weights)),
                        2 => write(out, first, self.outer, K::sums::<2>(rows, weights)),
                        3 => write(out, first, self.outer, K::sums::<3>(rows, weights)),
                        4 => write(out, first, self.outer, K::sums::<4>(rows, weights)),
                        5 => write(out, first, self.outer, K::sums::<5>(rows, weights)),
                        _ => write(out, first, self.outer, K::sums::<ROWS>(rows, weights)),
                    }
                }
            }
        }
    }
}

/// How rows are multiplied by one panel.
trait Kernel {
    /// The products of N rows.
    fn sums<const N: usize>(rows: &[&[f32]], weights: &[[f32; PANEL]]) -> [[f32; PANEL]; N];
}

/// On any processor.
struct Plain;

impl Kernel for Plain {
    #[inline(always)]
    fn sums<const N: usize>(rows: &[&[f32]], weights: &[[f32; PANEL]]) -> [[f32; PANEL]; N] {
        let rows: [&[f32]; N] = of_one_length(rows, weights);
        let mut sums = [[0f32; PANEL]; N];
        for (k, weights) in weights.iter().enumerate() {
            for (sums, row) in sums.iter_mut().zip(rows) {
                for (sum, weight) in sums.iter_mut().zip(weights) {
                    *sum += row[k] * *weight;
                }
            }
        }
        sums
    }
}

/// The rows, as long as the panel, so that no index is checked.
#[inline(always)]
fn of_one_length<'a, const N: usize>(rows: &[&'a [f32]], weights: &[[f32; PANEL]]) -> [&'a [f32]; N] {
    std::array::from_fn(|i| &rows[i][..weights.len()])
}

/// By eight numbers at once. The compiler does not always see that it could, and what it makes instead takes ten
/// times as long.
#[cfg(target_arch = "x86_64")]
mod fused {
    use std::arch::x86_64::{_mm256_fmadd_ps, _mm256_loadu_ps, _mm256_set1_ps, _mm256_setzero_ps, _mm256_storeu_ps};

    use super::{Kernel, PANEL, of_one_length};

    /// On processors that have AVX2 and FMA: only [`super::Packed::multiply_fused`] may use it.
    pub struct Fused;

    impl Kernel for Fused {
        #[inline(always)]
        fn sums<const N: usize>(rows: &[&[f32]], weights: &[[f32; PANEL]]) -> [[f32; PANEL]; N] {
            let rows: [&[f32]; N] = of_one_length(rows, weights);
            let mut out = [[0f32; PANEL]; N];
            // SAFETY: the processor has these instructions; what is loaded and stored are halves of a panel.
            unsafe {
                let mut sums = [[_mm256_setzero_ps(); 2]; N];
                for (k, weights) in weights.iter().enumerate() {
                    let left = _mm256_loadu_ps(weights.as_ptr());
                    let right = _mm256_loadu_ps(weights.as_ptr().add(PANEL / 2));
                    for i in 0..N {
                        let number = _mm256_set1_ps(*rows[i].get_unchecked(k));
                        sums[i][0] = _mm256_fmadd_ps(number, left, sums[i][0]);
                        sums[i][1] = _mm256_fmadd_ps(number, right, sums[i][1]);
                    }
                }
                for (out, [left, right]) in out.iter_mut().zip(sums) {
                    _mm256_storeu_ps(out.as_mut_ptr(), left);
                    _mm256_storeu_ps(out.as_mut_ptr().add(PANEL / 2), right);
                }
            }
            out
        }
    }
}

/// Puts sums into the columns from `first` on, of which there may be fewer than a panel has.
#[inline(always)]
fn write<const N: usize>(out: &mut [f32], first: usize, outer: usize, sums: [[f32; PANEL]; N]) {
    let columns = PANEL.min(outer - first);
    for (out, sums) in out.chunks_exact_mut(outer).zip(sums) {
        out[first..first + columns].copy_from_slice(&sums[..columns]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multiplies_as_ndarray_does() {
        for (rows, inner, outer) in [
            (1, 512, 33),
            (4, 7, 16),
            (6, 3, 1),
            (13, 20, 40),
            (100, 64, 50),
            (0, 5, 5),
            (3, 0, 2),
        ] {
            let number = |i: usize, j: usize| ((i * 31 + j * 17) % 23) as f32 - 11.0;
            let matrix = Array2::from_shape_fn((inner, outer), |(i, j)| number(i, j));
            // Columns of a larger one, as views often are.
            let wider = Array2::from_shape_fn((rows, inner + 3), |(i, j)| number(j, i));
            let left = wider.slice(ndarray::s![.., 2..2 + inner]);
            let packed = Packed::new(&matrix);
            assert_eq!((packed.inner(), packed.outer()), (inner, outer));
            assert_eq!(packed.times(left), left.dot(&matrix), "{rows} {inner} {outer}");
            let columns: Vec<Vec<f32>> = matrix.columns().into_iter().map(|column| column.to_vec()).collect();
            let columns: Vec<&[f32]> = columns.iter().map(Vec::as_slice).collect();
            assert_eq!(
                Packed::of_columns(&columns).times(left),
                left.dot(&matrix),
                "{rows} {inner} {outer}"
            );
        }
    }
}
