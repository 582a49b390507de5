//! Which files under a path are mail.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::{Kind, Source, Sources};

/// Deepest nesting of directories looked into; a mail archive stays far below.
const MAX_DEPTH: usize = 64;

/// Finds the mail under these paths, in the order of their names. A path given by name is taken for mail whatever
/// it is called.
///
/// # Errors
/// A path that is not there, as a sentence.
pub(crate) fn find(paths: &[PathBuf]) -> Result<Sources, String> {
    let mut sources = Sources::default();
    for path in paths {
        let unseen = |error: io::Error| format!("cannot read {}: {error}", path.display());
        let meta = fs::metadata(path).map_err(unseen)?;
        if meta.is_dir() {
            walk(path, 0, &mut sources);
        } else {
            let kind = if starts_as_mbox(path).map_err(unseen)? { Kind::Mbox } else { Kind::Mail };
            sources.files.push(Source { path: path.clone(), kind, bytes: meta.len() });
        }
    }
    Ok(sources)
}

fn walk(dir: &Path, depth: usize, sources: &mut Sources) {
    let mut entries = match fs::read_dir(dir).and_then(|entries| entries.collect::<io::Result<Vec<_>>>()) {
        Ok(entries) => entries,
        Err(error) => return sources.unread.push((dir.display().to_string(), error.to_string())),
    };
    entries.sort_by_key(fs::DirEntry::file_name);
    let is_maildir = ["cur", "new"].iter().any(|name| dir.join(name).is_dir());
    let in_maildir = matches!(dir.file_name().and_then(OsStr::to_str), Some("cur" | "new"));
    for entry in entries {
        let path = entry.path();
        // Links to directories are not followed: they may lead in a circle.
        let Ok(meta) = entry.metadata() else { continue };
        if meta.is_dir() {
            // What lies in a Maildir's `tmp` is not delivered yet.
            if depth < MAX_DEPTH && !(is_maildir && entry.file_name() == "tmp") {
                walk(&path, depth + 1, sources);
            }
            continue;
        }
        match kind(&path, in_maildir) {
            Ok(Some(kind)) => sources.files.push(Source { path, kind, bytes: meta.len() }),
            Ok(None) => sources.other += 1,
            Err(error) => sources.unread.push((path.display().to_string(), error.to_string())),
        }
    }
}

/// What a file found in a directory is, if it is mail.
fn kind(path: &Path, in_maildir: bool) -> io::Result<Option<Kind>> {
    if in_maildir {
        return Ok(Some(Kind::Mail));
    }
    let named_mail = path.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("eml"));
    Ok(match (starts_as_mbox(path)?, named_mail) {
        (true, _) => Some(Kind::Mbox),
        (false, true) => Some(Kind::Mail),
        (false, false) => None,
    })
}

fn starts_as_mbox(path: &Path) -> io::Result<bool> {
    let mut first = Vec::with_capacity(5);
    File::open(path)?.take(5).read_to_end(&mut first)?;
    Ok(first == b"From ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_is_found_in_every_form_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &str| {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        };
        write("a/one.EML", "Subject: 1\n\n");
        write("a/notes.txt", "not mail");
        write("archive", "From x Mon Feb  3 10:00:00 2025\n\n");
        write("maildir/cur/123:2,S", "Subject: 2\n\n");
        write("maildir/new/124", "Subject: 3\n\n");
        write("maildir/tmp/125", "half a mail");
        write("maildir/.Sent/cur/126:2,S", "Subject: 4\n\n");
        let found = find(&[dir.path().to_owned()]).unwrap();
        let names: Vec<(String, Kind)> = found
            .files
            .iter()
            .map(|file| (file.path.strip_prefix(dir.path()).unwrap().display().to_string(), file.kind))
            .collect();
        assert_eq!(
            names,
            [
                ("a/one.EML".to_owned(), Kind::Mail),
                ("archive".to_owned(), Kind::Mbox),
                ("maildir/.Sent/cur/126:2,S".to_owned(), Kind::Mail),
                ("maildir/cur/123:2,S".to_owned(), Kind::Mail),
                ("maildir/new/124".to_owned(), Kind::Mail),
            ]
        );
        assert_eq!(found.other, 1);
        assert!(find(&[dir.path().join("nowhere")]).is_err());
    }
}
