//! What `allo eval` says of the corpora that are no list of topics: answers to questions (`values.tsv`), questions to the
//! town's knowledge (`knowledge.tsv`, and `knowledge_dev.tsv` to which its weights were fitted), and whole dialogues
//! (`dialogues.txt`). All were written by people who had not seen how they are understood. The bounds lie a little below what
//! was measured when they were set.

use std::process::Command;

use serde_json::Value;

fn eval(corpus: &str, json: bool) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_allo"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(["eval", corpus]);
    command.arg(if json { "--json" } else { "--show" });
    let output = command.output().expect("allo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("it is text")
}

fn rows(corpus: &str) -> Vec<Value> {
    serde_json::from_str(&eval(corpus, true)).expect("it is JSON")
}

fn count(rows: &[Value], is_counted: impl Fn(&str, &str, &str) -> bool) -> usize {
    let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let counted = |row: &&Value| is_counted(&text(row, "expected"), &text(row, "found"), &text(row, "verdict"));
    rows.iter().filter(counted).count()
}

#[test]
fn answers_are_read() {
    let rows = rows("tests/values.tsv");
    assert!(rows.len() >= 300, "the corpus has shrunk: {}", rows.len());
    let right = count(&rows, |_, _, verdict| verdict == "right");
    println!("{right} of {}", rows.len());
    assert!(right * 100 >= rows.len() * 96, "{right} of {}", rows.len());
    for (kind, least) in [
        ("téléphone", 95),
        ("date", 96),
        ("heure", 96),
        ("nom", 93),
        ("adresse", 96),
    ] {
        let of_kind = |expected: &str| expected.starts_with(kind);
        let all = count(&rows, |expected, _, _| of_kind(expected));
        let right = count(&rows, |expected, _, verdict| of_kind(expected) && verdict == "right");
        println!("{kind}: {right} of {all}");
        assert!(all >= 20 && right * 100 >= all * least, "{kind}: {right} of {all}");
    }
}

#[test]
fn passages_are_found_and_never_told_for_another() {
    for corpus in ["tests/knowledge_dev.tsv", "tests/knowledge.tsv"] {
        let rows = rows(corpus);
        let is_passage = |label: &str| label.starts_with("passage=");
        let all = count(&rows, |expected, _, _| is_passage(expected));
        let served = count(&rows, |expected, _, verdict| {
            is_passage(expected) && ["right", "asked", "asked_second"].contains(&verdict)
        });
        let told_for_another = count(&rows, |_, found, verdict| is_passage(found) && verdict == "wrong");
        println!("{corpus}: {served} of {all} served, {told_for_another} told for another");
        assert!(all >= 100 && served * 100 >= all * 40, "{corpus}: {served} of {all}");
        assert_eq!(told_for_another, 0, "{corpus}");
    }
}

#[test]
fn whole_dialogues_go_as_they_should() {
    let said = eval("tests/dialogues.txt", false);
    println!("{said}");
    let last = said.lines().last().unwrap_or_default();
    let numbers: Vec<usize> = last.split(' ').filter_map(|word| word.parse().ok()).collect();
    let [right, all] = numbers[..] else { panic!("{last}") };
    assert!(all >= 130 && right * 100 >= all * 80, "{last}");
}
