//! Lists the migrations for `sqlite/schema.rs`: every file of the folder, in the order of their names, so that a new one
//! is a new file and nothing else. `cargo xtask tidy` checks their numbers.

use std::path::PathBuf;
use std::{env, fs, io};

const FOLDER: &str = "migrations/sqlite";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={FOLDER}");
    let folder = directory("CARGO_MANIFEST_DIR")?.join(FOLDER);
    let mut files: Vec<String> = Vec::new();
    for file in fs::read_dir(folder)? {
        files.push(file?.file_name().to_string_lossy().into_owned());
    }
    files.retain(|file| file.ends_with(".sql"));
    files.sort();
    // Each path is completed by the compiler, so that the list also holds where the sources were moved.
    let list: String = files
        .iter()
        .map(|file| {
            format!("    include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/{FOLDER}/{file}\")),\n")
        })
        .collect();
    fs::write(directory("OUT_DIR")?.join("sqlite_migrations.rs"), format!("&[\n{list}]\n"))
}

/// A directory that cargo names to build scripts.
fn directory(variable: &str) -> io::Result<PathBuf> {
    env::var_os(variable).map(PathBuf::from).ok_or_else(|| io::Error::other(format!("{variable} is not set")))
}
