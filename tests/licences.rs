//! Every dependency may be part of a GPL-3.0-or-later program.

use std::process::Command;

/// Licences that are compatible with GPL-3.0-or-later.
const FINE: [&str; 19] = [
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "Unlicense",
    "CC0-1.0",
    "0BSD",
    "BSL-1.0",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "MPL-2.0",
    "GPL-3.0",
    "GPL-3.0-or-later",
    "LGPL-3.0-or-later",
    "OpenSSL",
    "CDLA-Permissive-2.0",
];

/// Whether a choice can be made in an SPDX expression such as `(MIT OR Apache-2.0) AND Unicode-3.0`.
fn is_fine(expression: &str) -> bool {
    let flat = expression
        .replace(['(', ')'], " ")
        .replace('/', " OR ")
        .replace(" WITH LLVM-exception", "");
    flat.split(" AND ")
        .all(|part| part.split(" OR ").any(|licence| FINE.contains(&licence.trim())))
}

#[test]
fn all_dependencies_have_a_licence_that_fits() {
    // What is built here: crates for other systems were never downloaded on a fresh machine.
    let platform = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--locked"])
        .args(["--filter-platform", &platform])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("cargo gives JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    assert!(packages.len() > 100, "the list is whole");
    let wrong: Vec<String> = packages
        .iter()
        .filter(|p| !p["license"].as_str().is_some_and(is_fine) && p["license_file"].is_null())
        .map(|p| format!("{} {}: {}", p["name"], p["version"], p["license"]))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
