//! What a disk may hold after the power fails: what was synced, and any part of what was not.
//!
//! Owns the model of a disk that keeps writes in any order and tears them at sectors, and the names of a directory
//! in the order they changed, until a sync. Replays [`Event`]s onto it and writes one possible outcome to a directory.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use rand::{Rng, RngExt as _};

use crate::trace::Event;

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

#[derive(Clone, Debug)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Truncate(usize),
}

/// A file's bytes that are safe, and the changes that are not.
#[derive(Clone, Debug, Default)]
struct Content {
    synced: Vec<u8>,
    pending: Vec<Change>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Node {
    Directory,
    File(usize),
}

#[derive(Clone, Debug)]
enum NameChange {
    Put(PathBuf, Node),
    Move(PathBuf, PathBuf, Node),
    Remove(PathBuf),
}

/// The disk below one directory.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    contents: Vec<Content>,
    /// What the process sees.
    names: BTreeMap<PathBuf, Node>,
    synced: BTreeMap<PathBuf, Node>,
    /// Of each directory, in order.
    pending: HashMap<PathBuf, Vec<NameChange>>,
}

impl Disk {
    /// The directory as it is now, all of it safe.
    pub fn of(root: &Path) -> Self {
        let mut disk = Self::default();
        disk.add(root, Path::new(""));
        disk.synced = disk.names.clone();
        disk
    }

    fn add(&mut self, root: &Path, within: &Path) {
        for entry in fs::read_dir(root.join(within)).unwrap() {
            let entry = entry.unwrap();
            let path = within.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                self.names.insert(path.clone(), Node::Directory);
                self.add(root, &path);
            } else {
                let synced = fs::read(entry.path()).unwrap();
                self.contents.push(Content { synced, pending: Vec::new() });
                self.names.insert(path, Node::File(self.contents.len() - 1));
            }
        }
    }

    /// Performs an event.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Create(file) if self.names.contains_key(file) => {}
            Event::Create(file) => {
                self.contents.push(Content::default());
                self.put(file, Node::File(self.contents.len() - 1));
            }
            Event::MakeDirectory(path) => self.put(path, Node::Directory),
            Event::Link { from, to } => {
                if let Some(node) = self.names.get(from).copied() {
                    self.put(to, node);
                }
            }
            Event::Rename { from, to } => {
                let Some(node) = self.names.remove(from) else { return };
                assert!(node != Node::Directory, "a directory that moves is not replayed");
                self.names.insert(to.clone(), node);
                self.change(to, NameChange::Move(from.clone(), to.clone(), node));
            }
            Event::Remove(path) => {
                if self.names.remove(path).is_some() {
                    self.change(path, NameChange::Remove(path.clone()));
                }
            }
            Event::Write { file, at, bytes } => {
                let at = usize::try_from(*at).unwrap();
                self.pend(file, Change::Write { at, bytes: bytes.clone() });
            }
            Event::Truncate { file, length } => {
                self.pend(file, Change::Truncate(usize::try_from(*length).unwrap()));
            }
            Event::Sync(path) => self.sync(path),
            Event::Response => {}
        }
    }

    fn put(&mut self, path: &Path, node: Node) {
        self.names.insert(path.to_owned(), node);
        self.change(path, NameChange::Put(path.to_owned(), node));
    }

    fn change(&mut self, path: &Path, change: NameChange) {
        let directory = path.parent().unwrap_or(Path::new("")).to_owned();
        self.pending.entry(directory).or_default().push(change);
    }

    fn pend(&mut self, file: &Path, change: Change) {
        // A file that was removed while open is nobody's any more.
        if let Some(Node::File(content)) = self.names.get(file) {
            self.contents[*content].pending.push(change);
        }
    }

    fn sync(&mut self, path: &Path) {
        match self.names.get(path) {
            Some(Node::File(content)) => {
                let content = &mut self.contents[*content];
                for change in std::mem::take(&mut content.pending) {
                    change.apply(&mut content.synced);
                }
            }
            _ => {
                for change in self.pending.remove(path).unwrap_or_default() {
                    change.apply(&mut self.synced);
                }
            }
        }
    }

    /// Writes one of the possible states after a power loss to an empty directory.
    pub fn lose_power(&self, rng: &mut impl Rng, to: &Path) {
        let mut names = self.synced.clone();
        let mut directories: Vec<_> = self.pending.iter().collect();
        directories.sort_unstable_by_key(|(directory, _)| *directory);
        for (_, changes) in directories {
            let kept = rng.random_range(0..=changes.len());
            changes[..kept].iter().for_each(|change| change.apply(&mut names));
        }
        // None, some or all: each is a state that disks leave behind.
        let chance = [0.0, 0.5, 1.0][rng.random_range(0..3)];
        let contents: Vec<Vec<u8>> = self.contents.iter().map(|content| content.cut(rng, chance)).collect();
        // A name sorts behind the directory that it is in.
        for (path, node) in &names {
            let path = to.join(path);
            match node {
                _ if !path.parent().is_some_and(Path::is_dir) => {}
                Node::Directory => fs::create_dir(path).unwrap(),
                Node::File(content) => fs::write(path, &contents[*content]).unwrap(),
            }
        }
    }
}

impl Content {
    fn cut(&self, rng: &mut impl Rng, chance: f64) -> Vec<u8> {
        let mut bytes = self.synced.clone();
        for change in &self.pending {
            match change {
                _ if !rng.random_bool(chance) => {}
                Change::Write { at, bytes: written } if rng.random_bool(0.2) => {
                    let sectors = rng.random_range(0..=written.len() / SECTOR);
                    let torn = written[..sectors * SECTOR].to_vec();
                    Change::Write { at: *at, bytes: torn }.apply(&mut bytes);
                }
                change => change.apply(&mut bytes),
            }
        }
        bytes
    }
}

impl Change {
    fn apply(&self, to: &mut Vec<u8>) {
        match self {
            Self::Truncate(length) => to.resize(*length, 0),
            Self::Write { bytes, .. } if bytes.is_empty() => {}
            Self::Write { at, bytes } => {
                let end = at + bytes.len();
                if to.len() < end {
                    to.resize(end, 0);
                }
                to[*at..end].copy_from_slice(bytes);
            }
        }
    }
}

impl NameChange {
    fn apply(&self, names: &mut BTreeMap<PathBuf, Node>) {
        match self {
            Self::Put(path, node) => {
                names.insert(path.clone(), *node);
            }
            Self::Move(from, to, node) => {
                names.remove(from);
                names.insert(to.clone(), *node);
            }
            Self::Remove(path) => {
                names.remove(path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;
    use tempfile::TempDir;

    use super::*;

    /// What a file may hold after these events, over many tries.
    fn outcomes(events: &[Event], file: &str) -> std::collections::BTreeSet<Option<Vec<u8>>> {
        let empty = TempDir::new().unwrap();
        let mut disk = Disk::of(empty.path());
        events.iter().for_each(|event| disk.apply(event));
        (0..200)
            .map(|seed| {
                let to = TempDir::new().unwrap();
                disk.lose_power(&mut ChaCha8Rng::seed_from_u64(seed), to.path());
                fs::read(to.path().join(file)).ok()
            })
            .collect()
    }

    fn write(at: u64, bytes: &[u8]) -> Event {
        Event::Write { file: "a".into(), at, bytes: bytes.to_vec() }
    }

    #[test]
    fn what_is_synced_with_its_directory_stays() {
        let events = [
            Event::Create("a".into()),
            write(0, b"one"),
            Event::Sync("a".into()),
            Event::Sync("".into()),
            write(3, b"two"),
        ];
        let found = outcomes(&events, "a");
        assert!(found.contains(&Some(b"one".to_vec())) && found.contains(&Some(b"onetwo".to_vec())));
        assert_eq!(found.len(), 2, "{found:?}");
    }

    #[test]
    fn a_name_or_bytes_that_are_not_synced_may_be_gone() {
        let unnamed = outcomes(&[Event::Create("a".into()), write(0, b"one"), Event::Sync("a".into())], "a");
        assert!(unnamed.contains(&None) && unnamed.contains(&Some(b"one".to_vec())));
        let events = [
            Event::Create("a".into()),
            write(0, &[1; 1024]),
            Event::Rename { from: "a".into(), to: "b".into() },
            Event::Sync("".into()),
        ];
        let torn = outcomes(&events, "b");
        assert!(torn.contains(&Some(Vec::new())) && torn.contains(&Some(vec![1; 1024])));
        assert!(torn.contains(&Some(vec![1; 512])), "torn at a sector");
        assert_eq!(outcomes(&events, "a").len(), 1);
    }
}
