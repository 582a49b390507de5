//! Reads the start of a file; [`crewbox_mail::form`] decides what it is.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use crewbox_mail::form::{self, Form, HEAD_BYTES};

use super::file::{Fate, Kind};

/// What a file turned out to be.
pub(super) type Found = Result<Kind, (Fate, &'static str)>;

/// Looks at a file that is not in a Maildir. One that was `named` by its path is mail if its first line is a field.
///
/// # Errors
/// The system's, when it cannot be read.
pub(super) fn look(path: &Path, named: bool) -> io::Result<Found> {
    let mut head = Vec::new();
    File::open(path)?.take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    Ok(match form::of_file(&head, &ending, named) {
        Ok(Form::Mail) => Ok(Kind::Mail),
        Ok(Form::Emlx) => Ok(Kind::Emlx),
        Ok(Form::Mbox) => Ok(Kind::Mbox),
        Err(not) => Err((if not.holds_mail { Fate::Refused } else { Fate::PassedOver }, not.why)),
    })
}
