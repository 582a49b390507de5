//! Files copied from elsewhere, such as a script library: each is in the list of checksums beside it.
//!
//! Owns that every vendored file is listed; `sha256sum --check CHECKSUMS` in the folder compares the bytes.

use super::fault::Fault;
use super::tree::Tree;

const FOLDER: &str = "/vendor/";
const LIST: &str = "CHECKSUMS";

/// Every file in a folder called vendor has its line in CHECKSUMS, and every line its file.
pub(crate) fn vendored(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for path in tree.files.iter().map(|file| &file.path).chain(&tree.binary) {
        let Some((folder, name)) = split(path) else { continue };
        let list = tree.get(&format!("{folder}{LIST}"));
        if name != LIST && !list.is_some_and(|list| listed(&list.text).any(|listed| listed == name)) {
            let what = format!("`{name}` is vendored without a checksum");
            faults.push(Fault::new(path, 1, what, "run `sha256sum FILE >> CHECKSUMS` in its folder"));
        }
        if let Some(file) = list.filter(|_| name == LIST) {
            for (number, line) in file.lines() {
                let gone = listed(line).find(|name| !tree.has(&format!("{folder}{name}")));
                if let Some(gone) = gone {
                    let what = format!("`{gone}` is listed and not there");
                    faults.push(Fault::new(&file.path, number, what, "take the line out, or add the file"));
                }
            }
        }
    }
    faults
}

fn split(path: &str) -> Option<(&str, &str)> {
    let end = path.rfind(FOLDER)? + FOLDER.len();
    Some(path.split_at(end))
}

/// File names of `sha256sum`'s own format: the sum, two spaces, the name.
fn listed(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| line.split_once("  ").map(|(_, name)| name.trim()))
}

#[cfg(test)]
mod tests {
    use super::super::tree::tree;
    use super::*;

    #[test]
    fn files_and_list_agree() {
        let script = ("web/vendor/a.js", "x");
        let list = ("web/vendor/CHECKSUMS", "00ff  a.js\n");
        assert!(vendored(&tree(&[script, list])).is_empty());
        assert_eq!(vendored(&tree(&[script])).len(), 1);
        assert_eq!(vendored(&tree(&[list]))[0].what, "`a.js` is listed and not there");
        let font = |files: &[_]| Tree { binary: vec!["web/vendor/a.js".to_owned()], ..tree(files) };
        assert!(vendored(&font(&[list])).is_empty());
        assert_eq!(vendored(&font(&[])).len(), 1);
    }
}
