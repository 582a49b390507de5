//! How a store is opened: by which kind of process, where, with which key.

use std::path::PathBuf;

use crate::contract::DataLocation;

/// Who opens a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The one server of this directory: takes its lock, migrates, checks the sealing key, runs the search
    /// writer and the checkpoints.
    Server,
    /// A command beside it, or alone: short transactions; migrates only while no server holds the directory.
    Command,
    /// A command that writes nothing. As `Command`, but where this process may not write to the directory or to its
    /// database, it is read as it is: nothing is made or migrated, every write is refused, and there is no search.
    Reader,
}

/// How to open a store.
#[derive(Clone)]
pub struct Open {
    /// Where the data is.
    pub location: DataLocation,
    /// On whose behalf.
    pub role: Role,
    /// Make the directory and an empty store where there is none; else that is [`StoreError::NoData`](crate::contract::StoreError::NoData).
    pub create: bool,
    /// The sealing key, if the operator gives it; else `secret.key` in the directory.
    pub secret_key: Option<[u8; 32]>,
    /// Accept a directory that other users may use, where its mode cannot be restricted; else that is
    /// [`StoreError::OpenToOthers`](crate::contract::StoreError::OpenToOthers).
    pub allow_open_data: bool,
    /// Open although the sealing key is missing or wrong (`secrets reset`): sealed values cannot be read.
    pub without_key: bool,
}

// By hand, so that the sealing key is never printed.
impl std::fmt::Debug for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Open")
            .field("location", &self.location)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

impl Open {
    /// As a command on an existing directory.
    #[must_use]
    pub fn command(dir: impl Into<PathBuf>) -> Self {
        Self {
            location: DataLocation::Directory(dir.into()),
            role: Role::Command,
            create: false,
            secret_key: None,
            allow_open_data: false,
            without_key: false,
        }
    }

    /// As the server of a directory, made if it must be.
    #[must_use]
    pub fn server(dir: impl Into<PathBuf>) -> Self {
        Self { role: Role::Server, create: true, ..Self::command(dir) }
    }
}
