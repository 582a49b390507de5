//! Lists the migrations for `sqlite/schema.rs`: every file of the folder, in the order of their names, so that a new one
//! is a new file and nothing else. `cargo xtask tidy` checks their numbers.

use std::path::PathBuf;
use std::{env, fs, io};

const FOLDER: &str = "migrations/sqlite";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={FOLDER}");
    let folder = directory("CARGO_MANIFEST_DIR")?.join(FOLDER);
    let mut files: Vec<PathBuf> = Vec::new();
    for file in fs::read_dir(folder)? {
        files.push(file?.path());
    }
    files.retain(|file| file.extension().is_some_and(|end| end == "sql"));
    files.sort();
    let list: String = files.iter().map(|file| format!("    include_str!({file:?}),\n")).collect();
    fs::write(directory("OUT_DIR")?.join("sqlite_migrations.rs"), format!("&[\n{list}]\n"))
}

/// A directory that cargo names to build scripts.
fn directory(variable: &str) -> io::Result<PathBuf> {
    env::var_os(variable).map(PathBuf::from).ok_or_else(|| io::Error::other(format!("{variable} is not set")))
}
