//! Where a store keeps its data.

use std::path::{Path, PathBuf};

/// Where a store keeps its data: one kind for each engine. Printed as an operator writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DataLocation {
    /// The embedded engine's: this directory.
    Directory(PathBuf),
}

impl std::fmt::Display for DataLocation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Directory(dir) => dir.display().fmt(f),
        }
    }
}

impl From<&Path> for DataLocation {
    fn from(dir: &Path) -> Self {
        Self::Directory(dir.to_owned())
    }
}
