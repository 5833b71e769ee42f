//! axe-core (Deque), which reads a page as the rules of WCAG 2.2 ask, levels A and AA, and tells what it finds wrong.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use crate::browser::Browser;

/// Its script, from a package for Python that brings it (`make peers`).
static AXE: LazyLock<String> = LazyLock::new(|| {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers/bin/python");
    let find =
        "import importlib.util; print(importlib.util.find_spec('axe_playwright_python').submodule_search_locations[0])";
    let found = Command::new(python).args(["-c", find]).output().expect("make peers");
    let folder = String::from_utf8(found.stdout).expect("UTF-8");
    let script = Path::new(folder.trim()).join("axe.min.js");
    fs::read_to_string(&script)
        .unwrap_or_else(|e| panic!("axe-core, {} : {e} ; pour l'installer : make peers", script.display()))
});
/// What breaks a rule: its name, and the elements; and how many rules hold.
const LOOK: &str = "
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const told = ({ target, failureSummary }) => `    ${target} : ${failureSummary.replaceAll('\\n', ' ')}`;
    return axe.run(document, { runOnly: tags }).then(({ violations, passes }) => ({
      hold: passes.length,
      wrong: violations.map(({ id, help, nodes }) => `${id} : ${help}\\n` + nodes.slice(0, 5).map(told).join('\\n')).join('\\n'),
    }));";
/// So many rules hold on any page.
const FEWEST: u64 = 3;

/// What it finds wrong with the page as it is shown now, in words; empty where nothing is.
pub fn look(browser: &Browser) -> String {
    if browser.run("return typeof axe") == "undefined" {
        browser.run(&AXE);
    }
    let found = browser.run(LOOK);
    assert!(found["hold"].as_u64() >= Some(FEWEST), "axe-core : {found:#}");
    found["wrong"].as_str().unwrap_or_default().to_owned()
}
