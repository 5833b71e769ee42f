//! Who may use whom: the drawing in `src/lib.rs`, held against the `use crate::` lines.

use std::fs;
use std::path::Path;

/// Each module and those of the crate that it may use.
const MAY_USE: &[(&str, &[&str])] = &[
    ("pii", &[]),
    ("units", &[]),
    ("audio", &["units"]),
    ("wire", &["units", "audio"]),
    ("hear", &["pii", "units", "audio", "wire"]),
    ("understand", &["pii", "units"]),
    ("speak", &["pii", "units", "audio", "wire"]),
    ("transfer", &["pii", "units"]),
    ("dialogue", &["pii", "units", "audio", "understand"]),
    (
        "call",
        &[
            "pii",
            "units",
            "audio",
            "wire",
            "hear",
            "understand",
            "speak",
            "transfer",
            "dialogue",
        ],
    ),
    ("engine", &["pii", "units", "audio", "hear", "understand", "speak"]),
    ("net", &["pii", "units", "wire"]),
    ("store", &["pii", "units", "audio", "call"]),
    ("import", &[]),
    ("deliver", &["pii", "units", "understand", "dialogue", "store"]),
    // The pages are of what `app` wires together.
    (
        "web",
        &[
            "pii",
            "units",
            "understand",
            "dialogue",
            "transfer",
            "call",
            "store",
            "deliver",
            "net",
            "app",
        ],
    ),
];
/// Nothing below the line may know these.
const IO: [&str; 9] = [
    "tokio",
    "std::net::Udp",
    "std::net::Tcp",
    "std::fs",
    "Instant::now",
    "SystemTime",
    "use ort",
    "whisper_rs",
    "rusqlite",
];
const CORE: [&str; 8] = [
    "audio",
    "wire",
    "hear",
    "understand",
    "speak",
    "transfer",
    "dialogue",
    "call",
];

/// Whether a file is one of a module's tests that are a folder.
fn is_in_tests(path: &Path) -> bool {
    path.parent().is_some_and(|folder| folder.ends_with("tests"))
}

/// The lines of a module's files, tests left out.
fn lines(module: &str) -> Vec<(String, String)> {
    fn visit(path: &Path, found: &mut Vec<(String, String)>) {
        if path.is_dir() {
            for entry in fs::read_dir(path).expect("the folder is there") {
                visit(&entry.expect("it can be read").path(), found);
            }
        } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("tests.rs") && !is_in_tests(path) {
            let text = fs::read_to_string(path).expect("it can be read");
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            found.extend(
                code.lines()
                    .map(|line| (path.display().to_string(), line.trim().to_string())),
            );
        }
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    for path in [source.join(module), source.join(format!("{module}.rs"))] {
        if path.exists() {
            visit(&path, &mut found);
        }
    }
    assert!(!found.is_empty(), "no module {module}");
    found
}

#[test]
fn no_module_uses_one_that_stands_after_it() {
    for (module, allowed) in MAY_USE {
        for (file, line) in lines(module) {
            let Some((_, rest)) = line.split_once("crate::") else {
                continue;
            };
            if line.starts_with("//") {
                continue;
            }
            let used = rest
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
                .unwrap_or_default();
            let known = used == *module || allowed.contains(&used) || used.is_empty();
            assert!(known, "{file}: `{module}` may not use `{used}`: {line}");
        }
    }
}

#[test]
fn the_core_knows_no_clock_socket_file_or_model_runtime() {
    for module in CORE {
        for (file, line) in lines(module) {
            if line.starts_with("//") {
                continue;
            }
            for io in IO {
                assert!(!line.contains(io), "{file}: `{io}` below the line: {line}");
            }
        }
    }
}
