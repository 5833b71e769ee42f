//! What many times come to.

/// What this share of the values stays below; infinite where there is none.
pub fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1) as f64;
    sorted
        .get((last * share).round() as usize)
        .copied()
        .unwrap_or(f64::INFINITY)
}

/// Median, 95th percentile and the worst, in milliseconds.
#[allow(dead_code, reason = "a bench uses what it needs")]
pub fn spread(values: &[f64]) -> String {
    if values.is_empty() {
        return "-".to_owned();
    }
    let [p50, p95, max] = [0.5, 0.95, 1.0].map(|share| percentile(values, share));
    format!("p50 {p50:4.0}, p95 {p95:4.0}, max {max:4.0} ms (n {})", values.len())
}
