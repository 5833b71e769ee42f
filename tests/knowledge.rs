//! `allo knowledge`: official files become Markdown that a plan names, `allo check` says where it contradicts the plan, and a
//! question finds it. The files in `tests/knowledge` are small, and of the official formats.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn allo(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_allo"))
        .current_dir(ROOT)
        .args(arguments)
        .output()
        .expect("allo runs")
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Imports into a folder, and returns what was written and what was said.
fn import(folder: &Path, name: &str, arguments: &[&str]) -> (String, String) {
    let to: PathBuf = folder.join(name);
    let to = to.to_str().expect("a plain path");
    let output = allo(&[&["knowledge", "import"], arguments, &["--to", to]].concat());
    (fs::read_to_string(to).unwrap_or_default(), text(&output))
}

#[test]
fn official_files_become_knowledge() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let (sheets, said) = import(folder, "etat.md", &["tests/knowledge"]);
    assert!(said.contains("1 documents, 4 passages ; 1 fichiers refusés"), "{said}");
    assert!(
        said.contains("F1.xml : XML incomplet"),
        "the broken one is named: {said}"
    );
    assert!(sheets.contains("<!-- source: Service-Public.fr -->"), "{sheets}");
    assert!(
        sheets.contains("## Autorisation de sortie du territoire : à l'étranger, combien ça coûte ?\n\nÀ l'étranger : Cela coûte 12 €."),
        "each case alone: {sheets}"
    );
    let (_, again) = import(folder, "etat.md", &["tests/knowledge"]);
    assert!(again.contains("existe déjà"), "{again}");
    let (_, none) = import(folder, "autre.md", &["tests/knowledge", "--only", "F2"]);
    assert!(none.contains("rien à importer"), "{none}");
    let (directory, _) = import(
        folder,
        "annuaire.md",
        &["tests/knowledge/annuaire.json", "--town", "Valbourg"],
    );
    assert!(
        directory.contains("04 65 71 02 11") && !directory.contains("Autre"),
        "{directory}"
    );

    let plan = fs::read_to_string(Path::new(ROOT).join("dialplans/valbourg.yaml")).expect("the sample");
    let (before, _) = plan
        .split_once("connaissances:\n  guide")
        .expect("the sample has knowledge");
    let (_, after) = plan.split_once("\nsujets:\n").expect("the sample has topics");
    let plan = format!("{before}connaissances:\n  etat: etat.md\n  annuaire: annuaire.md\n\nsujets:\n{after}");
    let file = folder.join("plan.yaml");
    fs::write(&file, plan).expect("it can be written");
    let file = file.to_str().expect("a plain path");
    let checked = text(&allo(&["check", file]));
    for odd in [
        "téléphone (0465710210) et annuaire.md",
        "horaires.mairie (",
        "plan valable",
    ] {
        assert!(checked.contains(odd), "{odd}: {checked}");
    }
    let question = "combien coûte l'autorisation de sortie du territoire à l'étranger";
    let found = text(&allo(&["knowledge", "find", question, "--dialplan", file]));
    let first = found.lines().next().unwrap_or_default();
    assert!(
        first.contains(" Autorisation de sortie du territoire : à l'étranger, combien ça coûte ?"),
        "{found}"
    );
}
