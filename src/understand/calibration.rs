//! From scores to probabilities: logistic regression (Platt, "Probabilistic outputs for support vector machines",
//! 1999) on what the classifier says of sentences that it has not seen.

/// What the probability depends on: a constant, the best topic's score, the background's, the second topic's, how
/// much of the sentence the best topic's sentences know.
const INPUTS: usize = 5;
/// Weights for plans with too few examples to learn from; others are drawn towards them.
const PRIOR: [f64; INPUTS] = [-0.6, 6.5, -5.0, -3.0, 0.0];
/// How strongly they are drawn: as much as so many examples.
const PRIOR_STRENGTH: f64 = 0.3;
/// Off-topic sentences together weigh at most so much of the others: most callers do want something of the town.
const OFF_TOPIC: f64 = 0.5;

/// Scores of one sentence, as the calibration sees them.
#[derive(Clone, Copy, Debug)]
pub struct Evidence {
    /// Score of the best topic.
    pub best: f64,
    /// Score of the background: that nothing which the town covers is meant.
    pub background: f64,
    /// Score of the second topic.
    pub second: f64,
    /// Share of the sentence's words, letters and sounds that stand in some sentence of the best topic, 0–1.
    pub known: f64,
}

/// A learned mapping from [`Evidence`] to the probability that the best topic is meant.
#[derive(Clone, Copy, Debug)]
pub struct Calibration([f64; INPUTS]);

impl Calibration {
    /// Learns from evidence and whether the best topic was right. The last `off_topic` of the samples are of none.
    pub fn fit(samples: &[(Evidence, bool)], off_topic: usize) -> Self {
        let mut weights = PRIOR;
        let on_topic = samples.len() - off_topic;
        let share = (OFF_TOPIC * on_topic as f64 / off_topic.max(1) as f64).min(1.0);
        // Newton's method; the function is convex, and a dozen steps are plenty.
        for _ in 0..12 {
            let mut gradient = [0.0; INPUTS];
            let mut hessian = [[0.0; INPUTS]; INPUTS];
            for i in 0..INPUTS {
                gradient[i] = PRIOR_STRENGTH * (weights[i] - PRIOR[i]);
                hessian[i][i] = PRIOR_STRENGTH;
            }
            for (n, (evidence, right)) in samples.iter().enumerate() {
                let weight = if n < on_topic { 1.0 } else { share };
                let x = inputs(*evidence);
                let p = logistic(dot(&weights, &x));
                let error = p - f64::from(u8::from(*right));
                for i in 0..INPUTS {
                    gradient[i] += weight * error * x[i];
                    for j in 0..INPUTS {
                        hessian[i][j] += weight * p * (1.0 - p) * x[i] * x[j];
                    }
                }
            }
            let step = solve(hessian, gradient);
            for i in 0..INPUTS {
                weights[i] -= step[i].clamp(-4.0, 4.0);
            }
        }
        Self(weights)
    }

    /// With other odds of off-topic calls: such that what was `from` becomes `to`.
    pub fn shifted(mut self, from: f64, to: f64) -> Self {
        let odds = |p: f64| (p / (1.0 - p)).ln();
        self.0[0] += odds(to) - odds(from);
        self
    }

    /// The probability that the best topic is meant.
    pub fn probability(&self, evidence: Evidence) -> f64 {
        logistic(dot(&self.0, &inputs(evidence)))
    }
}

fn inputs(evidence: Evidence) -> [f64; INPUTS] {
    [1.0, evidence.best, evidence.background, evidence.second, evidence.known]
}

fn dot(a: &[f64; INPUTS], b: &[f64; INPUTS]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Solves a small symmetric positive definite system by elimination.
fn solve(mut a: [[f64; INPUTS]; INPUTS], mut b: [f64; INPUTS]) -> [f64; INPUTS] {
    for k in 0..INPUTS {
        let row = a[k];
        let pivot = row[k].max(1e-12);
        for i in k + 1..INPUTS {
            let factor = a[i][k] / pivot;
            a[i].iter_mut().zip(row).for_each(|(x, y)| *x -= factor * y);
            b[i] -= factor * b[k];
        }
    }
    for k in (0..INPUTS).rev() {
        let rest: f64 = (k + 1..INPUTS).map(|j| a[k][j] * b[j]).sum();
        b[k] = (b[k] - rest) / a[k][k].max(1e-12);
    }
    b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn learns_what_the_scores_are_worth() {
        // Right exactly as often as best − background says.
        let samples: Vec<(Evidence, bool)> = (0..2000)
            .map(|i| {
                let best = f64::from(i % 20) / 20.0;
                let right = (i / 20) % 20 < i % 20;
                (
                    Evidence {
                        best,
                        background: 0.2,
                        second: 0.1,
                        known: 0.5,
                    },
                    right,
                )
            })
            .collect();
        let calibration = Calibration::fit(&samples, 0);
        for best in [0.2, 0.5, 0.8] {
            let p = calibration.probability(Evidence {
                best,
                background: 0.2,
                second: 0.1,
                known: 0.5,
            });
            assert!((p - best).abs() < 0.08, "{best}: {p}");
        }
    }

    #[test]
    fn without_examples_the_prior_speaks() {
        let calibration = Calibration::fit(&[], 0);
        let sure = Evidence {
            best: 0.9,
            background: 0.1,
            second: 0.1,
            known: 0.5,
        };
        let unsure = Evidence {
            best: 0.3,
            background: 0.5,
            second: 0.2,
            known: 0.5,
        };
        assert!(calibration.probability(sure) > 0.9 && calibration.probability(unsure) < 0.2);
    }
}
