//! Matrices that are multiplied often by a few rows: by the words of one sentence, or by one sentence.
//!
//! A general product first copies its matrices into the order in which they are read; for a few rows that takes as long as the
//! product itself. Here the large matrix is laid out once, and read once for each product, from its start to its end.

use ndarray::{Array2, ArrayBase, ArrayView2, ArrayViewMut2, Axis, Data, Ix2};

/// Columns that are multiplied at once: two vectors of eight numbers, or one of sixteen.
const PANEL: usize = 16;
/// Rows that are multiplied at once by vectors of sixteen, and by those of eight: their sums, two vectors each, fill the
/// registers of AVX2 but four.
const MOST_ROWS: usize = 12;
const HALF: usize = 6;
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
        self.times_each(&slices(rows.view()))
    }

    /// The same where the rows stand here and there.
    pub fn times_each(&self, rows: &[&[f32]]) -> Array2<f32> {
        let mut out = Array2::zeros((rows.len(), self.outer));
        self.write_first(rows, out.view_mut());
        out
    }

    /// out = rows · self, of whose columns `out` may have only the first. Its rows must not be scattered.
    pub fn write_first(&self, rows: &[&[f32]], out: ArrayViewMut2<f32>) {
        self.multiply::<false>(rows, out);
    }

    /// out −= rows · self, in the same way.
    pub fn subtract_first(&self, rows: &[&[f32]], out: ArrayViewMut2<f32>) {
        self.multiply::<true>(rows, out);
    }

    fn multiply<const SUBTRACT: bool>(&self, rows: &[&[f32]], mut out: ArrayViewMut2<f32>) {
        assert!(rows.iter().all(|row| row.len() == self.inner), "rows of another length");
        assert!(
            out.nrows() == rows.len() && out.ncols() <= self.outer,
            "product of another shape"
        );
        if self.inner == 0 || out.ncols() == 0 {
            return;
        }
        let out = out.rows_mut().into_iter();
        let out = out.map(|row| row.into_slice().expect("rows that are not scattered"));
        let mut out: Vec<&mut [f32]> = out.collect();
        #[cfg(target_arch = "x86_64")]
        {
            let has_fma = std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma");
            if has_fma && std::is_x86_feature_detected!("avx512f") {
                // SAFETY: this processor has all three.
                return unsafe { self.multiply_by_sixteen::<SUBTRACT>(rows, &mut out) };
            }
            if has_fma {
                // SAFETY: this processor has both.
                return unsafe { self.multiply_by_eight::<SUBTRACT>(rows, &mut out) };
            }
        }
        self.go_through::<Plain, SUBTRACT>(rows, &mut out);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma,avx512f")]
    fn multiply_by_sixteen<const SUBTRACT: bool>(&self, rows: &[&[f32]], out: &mut [&mut [f32]]) {
        self.go_through::<fused::Sixteen, SUBTRACT>(rows, out);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    fn multiply_by_eight<const SUBTRACT: bool>(&self, rows: &[&[f32]], out: &mut [&mut [f32]]) {
        self.go_through::<fused::Eight, SUBTRACT>(rows, out);
    }

    #[inline(always)]
    fn go_through<K: Kernel, const SUBTRACT: bool>(&self, rows: &[&[f32]], out: &mut [&mut [f32]]) {
        let columns = out.first().map_or(0, |row| row.len());
        for (rows, out) in rows.chunks(NEAR).zip(out.chunks_mut(NEAR)) {
            let panels = self.panels.chunks_exact(self.inner).take(columns.div_ceil(PANEL));
            for (panel, weights) in panels.enumerate() {
                let first = panel * PANEL;
                for (rows, out) in rows.chunks(K::ROWS).zip(out.chunks_mut(K::ROWS)) {
                    match rows.len() {
                        MOST_ROWS => write::<MOST_ROWS, SUBTRACT>(out, first, K::sums(rows, weights)),
                        HALF.. => {
                            let (rows, more) = rows.split_at(HALF);
                            let (out, beside) = out.split_at_mut(HALF);
                            write::<HALF, SUBTRACT>(out, first, K::sums(rows, weights));
                            few::<K, SUBTRACT>(more, beside, first, weights);
                        }
                        _ => few::<K, SUBTRACT>(rows, out, first, weights),
                    }
                }
            }
        }
    }
}

/// The same for fewer rows than [`HALF`].
#[inline(always)]
fn few<K: Kernel, const SUBTRACT: bool>(
    rows: &[&[f32]],
    out: &mut [&mut [f32]],
    first: usize,
    weights: &[[f32; PANEL]],
) {
    match rows.len() {
        0 => {}
        1 => write::<1, SUBTRACT>(out, first, K::sums(rows, weights)),
        2 => write::<2, SUBTRACT>(out, first, K::sums(rows, weights)),
        3 => write::<3, SUBTRACT>(out, first, K::sums(rows, weights)),
        4 => write::<4, SUBTRACT>(out, first, K::sums(rows, weights)),
        _ => write::<5, SUBTRACT>(out, first, K::sums(rows, weights)),
    }
}

/// The rows of a matrix, which must not be scattered.
pub fn slices(rows: ArrayView2<'_, f32>) -> Vec<&[f32]> {
    let rows = (0..rows.nrows()).map(|i| rows.index_axis_move(Axis(0), i).to_slice());
    rows.map(|row| row.expect("rows that are not scattered")).collect()
}

/// How rows are multiplied by one panel.
trait Kernel {
    /// So many rows at once: [`HALF`] or [`MOST_ROWS`].
    const ROWS: usize;
    /// The products of N rows.
    fn sums<const N: usize>(rows: &[&[f32]], weights: &[[f32; PANEL]]) -> [[f32; PANEL]; N];
}

/// On any processor.
struct Plain;

impl Kernel for Plain {
    const ROWS: usize = HALF;

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

/// By eight or sixteen numbers at once. The compiler does not always see that it could, and what it makes instead takes
/// ten times as long.
#[cfg(target_arch = "x86_64")]
mod fused {
    use std::arch::x86_64::*;

    use super::{HALF, Kernel, MOST_ROWS, PANEL, of_one_length};

    /// On processors that have AVX2 and FMA: only [`super::Packed::multiply_by_eight`] may use it.
    pub struct Eight;

    impl Kernel for Eight {
        const ROWS: usize = HALF;

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

    /// On processors that have AVX-512 too: only [`super::Packed::multiply_by_sixteen`] may use it.
    pub struct Sixteen;

    impl Kernel for Sixteen {
        const ROWS: usize = MOST_ROWS;

        #[inline(always)]
        fn sums<const N: usize>(rows: &[&[f32]], weights: &[[f32; PANEL]]) -> [[f32; PANEL]; N] {
            let rows: [&[f32]; N] = of_one_length(rows, weights);
            let mut out = [[0f32; PANEL]; N];
            // SAFETY: the processor has these instructions; what is loaded and stored are panels.
            unsafe {
                let mut sums = [_mm512_setzero_ps(); N];
                for (k, weights) in weights.iter().enumerate() {
                    let weights = _mm512_loadu_ps(weights.as_ptr());
                    for i in 0..N {
                        let number = _mm512_set1_ps(*rows[i].get_unchecked(k));
                        sums[i] = _mm512_fmadd_ps(number, weights, sums[i]);
                    }
                }
                for (out, sums) in out.iter_mut().zip(sums) {
                    _mm512_storeu_ps(out.as_mut_ptr(), sums);
                }
            }
            out
        }
    }
}

/// Puts sums into the columns from `first` on, of which there may be fewer than a panel has, or subtracts them there.
#[inline(always)]
fn write<const N: usize, const SUBTRACT: bool>(out: &mut [&mut [f32]], first: usize, sums: [[f32; PANEL]; N]) {
    for (out, sums) in out.iter_mut().zip(sums) {
        let columns = PANEL.min(out.len() - first);
        let out = &mut out[first..first + columns];
        if SUBTRACT {
            out.iter_mut().zip(sums).for_each(|(out, sum)| *out -= sum);
        } else {
            out.copy_from_slice(&sums[..columns]);
        }
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
            (35, 20, 30),
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
            // Some of a larger one's columns.
            let mut larger = Array2::from_shape_fn((rows, outer + 2), |(i, j)| number(i, j));
            let some = outer - outer / 3;
            let wanted = &larger.slice(ndarray::s![.., ..some]) - &left.dot(&matrix).slice(ndarray::s![.., ..some]);
            packed.subtract_first(&slices(left), larger.slice_mut(ndarray::s![.., ..some]));
            assert_eq!(larger.slice(ndarray::s![.., ..some]), wanted, "{rows} {inner} {outer}");
            assert!((0..rows).all(|i| (some..outer + 2).all(|j| larger[[i, j]] == number(i, j))));
        }
    }

    type Multiply<'a> = dyn Fn(&[&[f32]], &mut [&mut [f32]]) + 'a;

    /// Not only the kernel that this processor would take.
    #[test]
    fn every_kernel_that_the_processor_has_multiplies_alike() {
        let number = |i: usize, j: usize| ((i * 31 + j * 17) % 23) as f32 - 11.0;
        let matrix = Array2::from_shape_fn((20, 40), |(i, j)| number(i, j));
        let packed = Packed::new(&matrix);
        for rows in 0..=25 {
            let left = Array2::from_shape_fn((rows, 20), |(i, j)| number(j, i));
            let check = |multiply: &Multiply| {
                let mut out = Array2::zeros((rows, 40));
                let into = out.rows_mut().into_iter();
                let mut into: Vec<&mut [f32]> = into.map(|row| row.into_slice().expect("whole rows")).collect();
                multiply(&slices(left.view()), &mut into);
                assert_eq!(out, left.dot(&matrix), "{rows}");
            };
            check(&|rows, out| packed.go_through::<Plain, false>(rows, out));
            #[cfg(target_arch = "x86_64")]
            if std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma") {
                // SAFETY: this processor has both.
                check(&|rows, out| unsafe { packed.multiply_by_eight::<false>(rows, out) });
            }
        }
    }
}
