//! The files a rule sees: everything git tracks or would track, as text.
//!
//! Owns reading them. Of files that are not UTF-8 there is the path alone.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::failure::Failure;

/// The repository's text files, by path.
pub(crate) struct Tree {
    pub(crate) files: Vec<File>,
    /// Paths of files that are no text.
    pub(crate) binary: Vec<String>,
}

/// One file.
pub(crate) struct File {
    /// From the repository's root, with forward slashes.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Tree {
    /// Reads what git lists, new files that are not ignored too, so that a fault shows before the commit.
    pub(crate) fn read(root: &Path) -> Result<Self, Failure> {
        let output = Command::new("git")
            // Reading is safe whoever owns the clone; CI often runs as somebody else.
            .args(["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(root)
            .output()
            .map_err(|error| format!("git could not be started: {error}"))?;
        if !output.status.success() {
            return Err(format!(
                "git cannot list the files: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            ));
        }
        let listed = String::from_utf8_lossy(&output.stdout);
        let mut paths: Vec<&str> = listed.split('\0').filter(|path| !path.is_empty()).collect();
        paths.sort_unstable();
        paths.dedup();
        let (mut files, mut binary) = (Vec::new(), Vec::new());
        for path in paths {
            // A file deleted but not yet committed is listed and cannot be read.
            let Ok(bytes) = fs::read(root.join(path)) else { continue };
            match String::from_utf8(bytes) {
                Ok(text) => files.push(File { path: path.to_owned(), text }),
                Err(_) => binary.push(path.to_owned()),
            }
        }
        Ok(Self { files, binary })
    }

    /// There is a file at this path, of text or not.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.get(path).is_some() || self.binary.iter().any(|other| other == path)
    }

    /// The file at this path.
    pub(crate) fn get(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Files below this folder, which ends in a slash.
    pub(crate) fn under<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = &'a File> {
        self.files.iter().filter(move |file| file.path.starts_with(folder))
    }

    /// All Rust source.
    pub(crate) fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.path.ends_with(".rs"))
    }
}

impl File {
    /// Lines with their numbers, from one.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// Lines that are code, each with its number and whether it is test code: in a file below `tests/` or called
    /// tests.rs, or in a `#[cfg(test)]` module up to the brace that closes it at the margin.
    pub(crate) fn code(&self) -> impl Iterator<Item = (usize, &str, bool)> {
        let all_test = ["/tests/", "/benches/", "/tests.rs"].iter().any(|part| self.path.contains(part));
        let mut marked = false;
        let mut inside = false;
        self.lines().filter_map(move |(number, line)| {
            if line == "}" {
                inside = false;
            }
            if marked && line.contains("mod ") && line.ends_with('{') {
                inside = true;
            }
            marked = line.starts_with("#[cfg(test)]") || (marked && line.starts_with('#'));
            let comment = line.trim_start().starts_with("//");
            (!comment).then_some((number, line, all_test || inside))
        })
    }
}

#[cfg(test)]
pub(crate) fn tree(files: &[(&str, &str)]) -> Tree {
    let files = files.iter().map(|(path, text)| File { path: (*path).to_owned(), text: (*text).to_owned() });
    Tree { files: files.collect(), binary: Vec::new() }
}
