//! The mel filters that a ggml file carries, for whisper.cpp to apply to a 400-point spectrum at 16 kHz: Slaney's mel
//! scale, each triangle of unit area. Equal to the last bit to `mel_filters.npz` of OpenAI's repository, which librosa
//! made.

/// Bins of the spectrum, from 0 to 8000 Hz.
pub const BINS: usize = 201;

/// `mels` filters of [`BINS`] weights each, one after the other.
pub fn mel_filters(mels: usize) -> Vec<f32> {
    const NYQUIST: f64 = 8000.0;
    let top = mel_of_hz(NYQUIST);
    let edges: Vec<f64> = (0..mels + 2)
        .map(|i| hz_of_mel(i as f64 * (top / (mels + 1) as f64)))
        .collect();
    let mut filters = Vec::with_capacity(mels * BINS);
    for edge in edges.windows(3) {
        for bin in 0..BINS {
            let hz = bin as f64 * (NYQUIST / (BINS - 1) as f64);
            // As librosa writes it, which makes the very first -0.
            let rising = -(edge[0] - hz) / (edge[1] - edge[0]);
            let falling = (edge[2] - hz) / (edge[2] - edge[1]);
            let height = rising.min(falling);
            // On a triangle's foot, rounding must not decide: the result is pinned on every machine.
            let height = if height < 1e-9 && height != 0.0 {
                0.0
            } else {
                height as f32
            };
            filters.push((f64::from(height) * (2.0 / (edge[2] - edge[0]))) as f32);
        }
    }
    filters
}

/// Slaney's scale: linear below 1000 Hz, logarithmic above, with 27 steps to a factor of 6.4.
const HZ_PER_MEL: f64 = 200.0 / 3.0;
const LOG_FROM_HZ: f64 = 1000.0;

fn log_step() -> f64 {
    6.4f64.ln() / 27.0
}

fn mel_of_hz(hz: f64) -> f64 {
    if hz < LOG_FROM_HZ {
        hz / HZ_PER_MEL
    } else {
        LOG_FROM_HZ / HZ_PER_MEL + (hz / LOG_FROM_HZ).ln() / log_step()
    }
}

fn hz_of_mel(mel: f64) -> f64 {
    let from = LOG_FROM_HZ / HZ_PER_MEL;
    if mel < from {
        HZ_PER_MEL * mel
    } else {
        LOG_FROM_HZ * (log_step() * (mel - from)).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filters_are_triangles_of_unit_area() {
        let filters = mel_filters(80);
        assert_eq!(filters.len(), 80 * BINS);
        // Values of OpenAI's mel_filters.npz, mel_80.
        assert_eq!((filters[0], filters[1]), (0.0, 0.024_862_595));
        assert_eq!(filters[79 * BINS + 195], 0.002_243_795_2);
        // Bins are 40 Hz apart; only triangles of several bins have an area that can be told from them.
        for wide in filters.chunks(BINS).skip(40) {
            let area: f32 = wide.iter().sum::<f32>() * 40.0;
            assert!((area - 1.0).abs() < 0.1, "{area}");
        }
    }
}
