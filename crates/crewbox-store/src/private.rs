//! Files and directories that only their owner may use, whatever the umask: a data directory holds mail and keys.
//!
//! What root makes belongs to the owner of the directory that it is made in, so that a server that runs as another user
//! can use it. SQLite does the same for the files that it makes. Every file and directory of the store is made here. Never opens an existing file: closing one of SQLite's would
//! drop the locks that this process holds on it (sqlite.org/howtocorrupt.html, section 2.2).

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::os::unix::fs::{fchown, lchown};
use std::path::Path;

/// Read and write for the owner alone.
const FILE_MODE: u32 = 0o600;
/// The same, and use of what is in it.
const DIRECTORY_MODE: u32 = 0o700;
/// What group and others may do.
const OTHERS: u32 = 0o077;
/// The user id of root.
const ROOT: u32 = 0;

/// Makes a file that is not there yet, for writing.
///
/// # Errors
/// The system's; `AlreadyExists` where it is there.
pub(crate) fn create_file(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().read(true).write(true).create_new(true).mode(FILE_MODE).open(path)?;
    // The umask can take rights of the owner, too.
    file.set_permissions(Permissions::from_mode(FILE_MODE))?;
    give_to_owner(path, file.metadata()?.uid(), |user, group| fchown(&file, Some(user), Some(group)));
    Ok(file)
}

/// Gives what root has just made to the owner of the directory that it is in. `maker` is the user who made it.
fn give_to_owner(path: &Path, maker: u32, give: impl FnOnce(u32, u32) -> io::Result<()>) {
    if maker != ROOT {
        return;
    }
    let owner = fs::metadata(directory_of(path)).map(|directory| (directory.uid(), directory.gid()));
    let given = owner.and_then(|(user, group)| if user == ROOT { Ok(()) } else { give(user, group) });
    if let Err(error) = given {
        tracing::warn!(file = %path.display(), %error, "the owner of the directory cannot be given this file");
    }
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes an empty file where there is none, and takes rights of others from one that is there: earlier versions left
/// that to the umask.
///
/// # Errors
/// The system's. A file of another user, or on a disk that cannot be written, stays as it is without an error.
pub(crate) fn keep_file(path: &Path) -> io::Result<()> {
    match create_file(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        made => return made.map(drop),
    }
    restrict(path);
    Ok(())
}

/// Takes the rights of others from a file, if it is there and has any.
pub(crate) fn restrict(path: &Path) {
    let is_open = fs::metadata(path).is_ok_and(|file| file.permissions().mode() & OTHERS != 0);
    if is_open && let Err(error) = fs::set_permissions(path, Permissions::from_mode(FILE_MODE)) {
        tracing::warn!(file = %path.display(), %error, "a file cannot be restricted to its owner");
    }
}

/// Makes a directory below one that is there. One that is there already stays as it is.
///
/// # Errors
/// The system's.
pub(crate) fn create_directory(path: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(DIRECTORY_MODE).create(path) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(()),
        Err(error) => return Err(error),
    }
    fs::set_permissions(path, Permissions::from_mode(DIRECTORY_MODE))?;
    // Not through a symbolic link that the directory's owner may have put there since.
    let maker = fs::symlink_metadata(path)?.uid();
    give_to_owner(path, maker, |user, group| lchown(path, Some(user), Some(group)));
    Ok(())
}

/// Makes a directory with those above it.
///
/// # Errors
/// The system's.
pub(crate) fn create_directories(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let parent = directory_of(path);
    create_directories(parent)?;
    create_directory(path)?;
    // A power loss must not take the name of a directory whose data was acknowledged.
    File::open(parent)?.sync_all()
}

/// Takes the rights of others from a directory that is empty, so nobody uses it yet.
///
/// # Errors
/// The system's.
pub(crate) fn restrict_empty(directory: &Path) -> io::Result<()> {
    if open_to_others(directory)?.is_some() && fs::read_dir(directory)?.next().is_none() {
        restrict_directory(directory)?;
    }
    Ok(())
}

/// Takes the rights of others from a directory.
///
/// # Errors
/// The system's, such as that it belongs to another user.
pub(crate) fn restrict_directory(directory: &Path) -> io::Result<()> {
    fs::set_permissions(directory, Permissions::from_mode(DIRECTORY_MODE))
}

/// Whether this process may write to a file or directory: its rights, and those of the file system.
pub(crate) fn is_writable(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok()
}

/// The mode of a directory that others than its owner may use; none for one that is its owner's alone.
///
/// # Errors
/// The system's.
pub(crate) fn open_to_others(directory: &Path) -> io::Result<Option<u32>> {
    let mode = fs::metadata(directory)?.permissions().mode() & 0o777;
    Ok((mode & OTHERS != 0).then_some(mode))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_made_is_its_owners_alone() {
        let dir = tempfile::tempdir().unwrap();
        let deep = dir.path().join("a/b");
        create_directories(&deep).unwrap();
        create_directories(&deep).unwrap();
        assert_eq!((mode(&dir.path().join("a")), mode(&deep)), (0o700, 0o700));
        assert_eq!(open_to_others(&deep).unwrap(), None);
        let file = deep.join("file");
        keep_file(&file).unwrap();
        assert_eq!(mode(&file), 0o600);
        assert_eq!(create_file(&file).unwrap_err().kind(), ErrorKind::AlreadyExists);
    }

    #[test]
    fn a_file_of_an_earlier_version_is_restricted_and_an_open_directory_is_reported() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("crewbox.db");
        fs::write(&file, "kept").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        keep_file(&file).unwrap();
        assert_eq!((mode(&file), fs::read_to_string(&file).unwrap().as_str()), (0o600, "kept"));
        fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
        restrict_empty(dir.path()).unwrap();
        assert_eq!(open_to_others(dir.path()).unwrap(), Some(0o755), "it is in use");
        fs::remove_file(&file).unwrap();
        restrict_empty(dir.path()).unwrap();
        assert_eq!(open_to_others(dir.path()).unwrap(), None);
    }
}
