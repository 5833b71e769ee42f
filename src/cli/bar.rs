//! One turn as a bar: where the time went between the caller's last sound and ours.

use crate::call::event::{Stage, TurnTimes};

/// Milliseconds that one character stands for.
const CELL: u64 = 40;
/// Characters of one stage at the most; a longer one ends in `…`.
const MOST: u64 = 40;

/// How a stage is drawn, and its French name.
fn drawn(stage: Stage) -> (char, &'static str) {
    match stage {
        Stage::Pause => ('·', "silence"),
        Stage::Queue => ('▒', "file"),
        Stage::Decoding => ('█', "décodage"),
        Stage::EndOfTurn => ('░', "fin de tour"),
        Stage::Voice => ('▚', "voix"),
    }
}

/// A turn that was answered, in one French line: `··███████░░▚ 560 ms : silence 80, décodage 400, …`.
pub(super) fn bar(times: &TurnTimes) -> String {
    let stages = times.stages();
    let mut bar = String::new();
    // Each stage ends where its end falls, so that rounding never adds up.
    let (mut end, mut cells) = (0, 0);
    for (stage, took) in stages {
        end += took;
        let more = (end + CELL / 2) / CELL - cells;
        cells += more;
        bar.extend(std::iter::repeat_n(drawn(stage).0, more.min(MOST) as usize));
        if more > MOST {
            bar.push('…');
        }
    }
    let told: Vec<String> = stages
        .iter()
        .filter(|(_, took)| *took > 0)
        .map(|(stage, took)| format!("{} {took}", drawn(*stage).1))
        .collect();
    format!("{bar} {} ms : {}", times.answered, told.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stages_add_up_to_the_response() {
        let times = TurnTimes {
            paused: 80,
            recognised: 520,
            over: 560,
            answered: 600,
            stt: 400,
            understand_us: 900,
            synthesis: 20,
        };
        assert_eq!(
            bar(&times),
            "··▒██████████░▚ 600 ms : silence 80, file 40, décodage 400, fin de tour 40, voix 40"
        );
        assert_eq!(times.stages().map(|(_, took)| took).iter().sum::<u64>(), times.answered);
    }

    #[test]
    fn a_turn_judged_over_before_its_words_were_there_has_no_wait() {
        let times = TurnTimes {
            paused: 80,
            recognised: 700,
            over: 300,
            answered: 9_700,
            stt: 620,
            ..TurnTimes::default()
        };
        let bar = bar(&times);
        assert!(bar.contains("décodage 620, voix 9000"), "{bar}");
        assert!(bar.contains('…') && bar.chars().count() < 120, "{bar}");
    }
}
