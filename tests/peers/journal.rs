//! What a log may not hold: what callers said, their numbers, passwords.

use std::fs;

use serde_json::Value;

use crate::common::Allo;

/// Words in a row that name a caller's sentence and nothing of ours.
const WINDOW: usize = 3;

/// Compares the log, at the level that the test chose, with what the store knows of every call.
pub fn holds_nothing_personal(allo: &Allo, secrets: &[&str]) {
    let log = allo.process.log().to_lowercase();
    // The heading of what is cited is the town's, even where a caller said it.
    let ours = |line: &&str| !line.contains("event=cited");
    let told = log.lines().filter(ours).collect::<Vec<_>>().join("\n");
    let calls = allo.json(&["calls", "--json", "--reveal", "--last", "1000"]);
    let (mut numbers, mut sentences) = (Vec::new(), Vec::new());
    for call in calls.as_array().expect("calls") {
        let number = call["caller"].as_str().unwrap_or_default();
        if number.len() >= 6 && !numbers.contains(&number) {
            numbers.push(number);
        }
        if call["turns"].as_u64() == Some(0) {
            continue;
        }
        let call = allo.json(&["calls", "show", call["id"].as_str().expect("id"), "--json", "--reveal"]);
        let events = call["events"].as_array().cloned().unwrap_or_default();
        let heard =
            |event: &Value| (event[1]["event"] == "heard").then(|| event[1]["text"].as_str().map(str::to_owned));
        sentences.extend(events.iter().filter_map(heard).flatten());
    }
    for file in fs::read_dir(allo.folder.join("data/messages")).into_iter().flatten() {
        let file = file.expect("file").path();
        if file.extension().is_some_and(|e| e == "wav") {
            let file = file.to_string_lossy();
            let words = allo.json(&["hear", "--json", "--dialplan", "tests/peers/plan.yaml", &file]);
            sentences.extend(words["text"].as_str().map(str::to_owned));
        }
    }
    let requests = allo.json(&["requests", "--json", "--reveal"]);
    let answers = requests.as_array().into_iter().flatten();
    let answers = answers.filter_map(|request| request["answers"].as_object()).flatten();
    sentences.extend(answers.filter_map(|(_, answer)| answer.as_str().map(str::to_owned)));
    let looked_for = numbers.len() + secrets.len();
    assert!(looked_for > 0 && !sentences.is_empty(), "{calls:#?}");
    for secret in numbers.iter().chain(secrets) {
        assert!(!log.contains(&secret.to_lowercase()), "le journal dit « {secret} »");
    }
    for sentence in &sentences {
        let words: Vec<String> = sentence.to_lowercase().split_whitespace().map(Into::into).collect();
        for window in words.windows(WINDOW.min(words.len()).max(1)) {
            let said = window.join(" ");
            assert!(
                said.len() < 8 || !told.contains(&said),
                "le journal dit « {said} », de « {sentence} »"
            );
        }
    }
    println!(
        "          {} numéros et {} phrases absents d'un journal de {} lignes",
        numbers.len(),
        sentences.len(),
        log.lines().count()
    );
}
