//! Every use case requires a permission before it does anything.
//!
//! Owns what a use case looks like: a public function of crewbox-app that takes a `Caller`. Which roles have a permission
//! is tested in crewbox-app; this finds the use case that asks for none.

use super::fault::Fault;
use super::tree::{File, Tree};

const HOME: &str = "crates/crewbox-app/src/";
const TAKES: &str = "caller: &Caller";
const REQUIRES: &str = "caller.require(Permission::";

/// Each use case whose first statement is something else.
pub(crate) fn require_first(tree: &Tree) -> Vec<Fault> {
    tree.under(HOME).filter(|file| file.path.ends_with(".rs")).flat_map(faults).collect()
}

fn faults(file: &File) -> Vec<Fault> {
    let mut faults = Vec::new();
    // The line where the signature at work begins, and the signature up to here.
    let mut signature: Option<(usize, String)> = None;
    // The line of a use case whose first statement comes next.
    let mut open: Option<usize> = None;
    for (number, line, test) in file.code() {
        if let Some(begins) = open.take()
            && !line.contains(REQUIRES)
        {
            let what = "a use case does not require a permission in its first line";
            faults.push(Fault::new(&file.path, begins, what, "begin with `caller.require(Permission::…)?`"));
        }
        if !test && ["pub fn ", "pub async fn "].iter().any(|start| line.starts_with(start)) {
            signature = Some((number, String::new()));
        }
        if let Some((begins, text)) = &mut signature {
            text.push_str(line);
            if line.ends_with('{') {
                open = text.contains(TAKES).then_some(*begins);
                signature = None;
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::super::tree::tree;
    use super::*;

    #[test]
    fn a_use_case_that_asks_for_no_permission_is_found() {
        let signature =
            "pub async fn add(\n    services: &Services,\n    caller: &Caller,\n) -> Result<(), Refusal> {\n";
        let requires = format!("    {REQUIRES}Triage)?;\n");
        let faults = |path: &str, text: &str| require_first(&tree(&[(path, text)]));
        let path = "crates/crewbox-app/src/note.rs";
        assert!(faults(path, &format!("{signature}    // Why.\n{requires}}}\n")).is_empty());
        let late = faults(path, &format!("\n{signature}    look().await?;\n{requires}}}\n"));
        assert_eq!(late.iter().map(|fault| fault.line).collect::<Vec<_>>(), [2]);
        assert!(faults("crates/crewbox-web/src/note.rs", signature).is_empty());
        assert!(faults(path, "pub fn plain(text: &str) -> String {\n    text.to_owned()\n}\n").is_empty());
    }
}
