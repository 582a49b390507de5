//! Which files under a path are mail. Every file is accounted for: it is a source, or it is left with the reason.

use std::ffi::OsStr;
use std::fs::{self, DirEntry, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::file::{Fate, Kind, Left, Source, Sources};
use super::kind::look;

/// Deepest nesting of directories looked into; a mail archive stays far below.
const MAX_DEPTH: usize = 64;

/// Finds the mail under these paths, in the order of their names.
///
/// # Errors
/// A path that is not there, as a sentence.
pub(crate) fn find(paths: &[PathBuf]) -> Result<Sources, String> {
    let mut sources = Sources::default();
    for path in paths {
        let meta = fs::metadata(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        if meta.is_dir() {
            sources.walk(path, 0);
        } else {
            sources.file(path.clone(), &meta, Way::Named);
        }
    }
    Ok(sources)
}

/// What to say where there is no file under these paths.
pub(crate) fn nothing_found(paths: &[PathBuf]) -> String {
    let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    format!("there is no file in {}: name files of mail, or a directory that has some", names.join(" and "))
}

/// How a file was come by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Its path was given.
    Named,
    /// In a directory.
    Found,
    /// In a Maildir's `cur` or `new`.
    Maildir,
}

impl Sources {
    fn walk(&mut self, dir: &Path, depth: usize) {
        if depth > MAX_DEPTH {
            return self
                .folder(dir, format!("it is more than {MAX_DEPTH} folders deep; it is not looked into"));
        }
        let entries = fs::read_dir(dir).and_then(|entries| entries.collect::<io::Result<Vec<_>>>());
        let mut entries = match entries {
            Ok(entries) => entries,
            Err(error) => return self.folder(dir, format!("it cannot be read: {error}")),
        };
        entries.sort_by_key(DirEntry::file_name);
        let is_maildir = ["cur", "new"].iter().any(|name| dir.join(name).is_dir());
        let in_maildir = matches!(dir.file_name().and_then(OsStr::to_str), Some("cur" | "new"));
        for entry in entries {
            let path = entry.path();
            let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
            match fs::metadata(&path) {
                Err(error) => self.leave(&path, Fate::Refused, format!("it cannot be read: {error}")),
                // Links to folders may lead in a circle.
                Ok(meta) if meta.is_dir() && is_link => {
                    self.folder(&path, "it is a link to a folder; it is not followed".to_owned());
                }
                Ok(meta) if meta.is_dir() && is_maildir && entry.file_name() == "tmp" => {
                    self.undelivered(&path)
                }
                Ok(meta) if meta.is_dir() => self.walk(&path, depth + 1),
                Ok(meta) => self.file(path, &meta, if in_maildir { Way::Maildir } else { Way::Found }),
            }
        }
    }

    fn file(&mut self, path: PathBuf, meta: &Metadata, way: Way) {
        // A pipe would be waited for.
        if !meta.is_file() {
            return self.leave(&path, Fate::PassedOver, "it is not a regular file".to_owned());
        }
        let found = match way {
            Way::Maildir => Ok(Ok(Kind::Maildir)),
            Way::Named | Way::Found => look(&path, way == Way::Named),
        };
        match found {
            Ok(Ok(kind)) => self.files.push(Source { path, kind, bytes: meta.len() }),
            Ok(Err((fate, why))) => self.leave(&path, fate, why.to_owned()),
            Err(error) => self.leave(&path, Fate::Refused, format!("it cannot be read: {error}")),
        }
    }

    /// What is in a Maildir's `tmp` is being delivered, or never was.
    fn undelivered(&mut self, dir: &Path) {
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            self.leave(
                &entry.path(),
                Fate::PassedOver,
                "its delivery is not finished (Maildir `tmp`)".to_owned(),
            );
        }
    }

    fn leave(&mut self, path: &Path, fate: Fate, why: String) {
        self.left.push(Left { place: path.display().to_string(), fate, why });
    }

    fn folder(&mut self, path: &Path, why: String) {
        self.folders.push((path.display().to_string(), why));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Files(tempfile::TempDir);

    /// Paths below the folder, with what became of each.
    type Named<T> = Vec<(String, T)>;

    impl Files {
        fn new(files: &[(&str, &str)]) -> Self {
            let files_dir = Self(tempfile::tempdir().unwrap());
            for (name, bytes) in files {
                let path = files_dir.path(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, bytes).unwrap();
            }
            files_dir
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        fn found(&self) -> (Named<Kind>, Named<Fate>) {
            let found = find(&[self.0.path().to_owned()]).unwrap();
            let name = |path: &Path| path.strip_prefix(self.0.path()).unwrap().display().to_string();
            let files = found.files.iter().map(|file| (name(&file.path), file.kind)).collect();
            let left = found.left.iter().map(|left| (name(Path::new(&left.place)), left.fate)).collect();
            (files, left)
        }
    }

    #[test]
    fn mail_is_found_in_every_form_and_nothing_else() {
        let files = Files::new(&[
            ("a/one.EML", "Subject: 1\n\n"),
            ("a/notes.txt", "not mail"),
            ("a/outlook.msg", "\u{fffd}"),
            ("archive", "From x Mon Feb  3 10:00:00 2025\n\n"),
            ("Drafts.msf", "// index"),
            ("inbox.mbox/mbox", "From x Mon Feb  3 10:00:00 2025\n\n"),
            ("inbox.mbox/Messages/1.emlx", "10\nSubject: 1\n"),
            ("maildir/cur/123:2,S", "Subject: 2\n\n"),
            ("maildir/new/124", "Subject: 3\n\n"),
            ("maildir/tmp/125", "half a mail"),
            ("maildir/dovecot-uidlist", "3 V1"),
            ("maildir/.Sent/cur/126:2,S", "Subject: 4\n\n"),
        ]);
        let (found, left) = files.found();
        assert_eq!(
            found,
            [
                ("a/one.EML".to_owned(), Kind::Mail),
                ("archive".to_owned(), Kind::Mbox),
                ("inbox.mbox/Messages/1.emlx".to_owned(), Kind::Emlx),
                ("inbox.mbox/mbox".to_owned(), Kind::Mbox),
                ("maildir/.Sent/cur/126:2,S".to_owned(), Kind::Maildir),
                ("maildir/cur/123:2,S".to_owned(), Kind::Maildir),
                ("maildir/new/124".to_owned(), Kind::Maildir),
            ]
        );
        let names: Vec<&str> = left.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            ["Drafts.msf", "a/notes.txt", "a/outlook.msg", "maildir/dovecot-uidlist", "maildir/tmp/125"]
        );
        assert!(find(&[files.path("nowhere")]).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_never_lead_in_a_circle_and_broken_ones_are_told() {
        use std::os::unix::fs::symlink;
        let files = Files::new(&[("a/one.eml", "Subject: 1\n\n")]);
        symlink(files.0.path(), files.path("a/up")).unwrap();
        symlink(files.path("a/one.eml"), files.path("link.eml")).unwrap();
        symlink(files.path("nowhere"), files.path("broken.eml")).unwrap();
        symlink(files.path("self"), files.path("self")).unwrap();
        let (found, left) = files.found();
        assert_eq!(found, [("a/one.eml".to_owned(), Kind::Mail), ("link.eml".to_owned(), Kind::Mail)]);
        assert_eq!(left, [("broken.eml".to_owned(), Fate::Refused), ("self".to_owned(), Fate::Refused)]);
        assert_eq!(find(&[files.0.path().to_owned()]).unwrap().folders.len(), 1);
    }
}
