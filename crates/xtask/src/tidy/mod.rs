//! `cargo xtask tidy`: the repository's own rules, as code.
//!
//! Owns which rules there are. Each rule reads the tree and reports faults; none changes a file, and none needs
//! a build. What clippy can check is left to clippy.

mod crates;
mod documents;
mod fault;
mod frontend;
mod imports;
mod manifest;
mod migrations;
mod source;
mod tree;
mod use_cases;
mod words;
mod writes;

use std::path::Path;

use crate::failure::Failure;
use fault::Fault;
use tree::Tree;

type Rule = fn(&Tree) -> Vec<Fault>;

const RULES: &[Rule] = &[
    source::check,
    crates::arrows,
    crates::through_the_workspace,
    imports::cycles,
    words::plain,
    writes::in_use_cases,
    writes::without_stale_exemptions,
    use_cases::require_first,
    documents::dependencies,
    documents::changelog,
    documents::needs_no_other,
    documents::named_documents_exist,
    frontend::vendored,
    migrations::numbers,
    migrations::parity,
];

/// Applies every rule and prints all faults at once.
pub(crate) fn run(root: &Path) -> Result<(), Failure> {
    let tree = Tree::read(root)?;
    let mut faults: Vec<Fault> = RULES.iter().flat_map(|rule| rule(&tree)).collect();
    faults.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    for fault in &faults {
        eprintln!("{}:{}: {}\n    {}", fault.path, fault.line, fault.what, fault.remedy);
    }
    match faults.len() {
        0 => {
            let files = tree.files.len();
            eprintln!(
                "    tidy: {files} files, 0 import cycles, 0 upward dependencies, nothing else to mend"
            );
            if !imports::NOT_YET.is_empty() {
                eprintln!("    not yet checked for import cycles: {}", imports::NOT_YET.join(", "));
            }
            Ok(())
        }
        1 => Err("1 fault".to_owned()),
        count => Err(format!("{count} faults")),
    }
}
