//! The flags of a mail in a Maildir: they are in its file's name, after `:2,` (cr.yp.to/proto/maildir.html).

use std::ffi::OsStr;
use std::path::Path;

use crewbox_mail::{Marks, NotMail};

use super::file::Noted;

/// What precedes `2,`: a colon, or what is used in its place on file systems that allow none.
const BEFORE_FLAGS: [char; 4] = [':', ';', '!', '\u{f022}'];

/// What the name of a file in `cur` or `new` says. Without the flag `S`, nobody has read the mail.
pub(super) fn flags(path: &Path) -> Noted {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let flags =
        name.rsplit_once(BEFORE_FLAGS).and_then(|(_, info)| info.strip_prefix("2,")).unwrap_or_default();
    let not_mail = match () {
        () if flags.contains('D') => Some(NotMail::Draft),
        () if flags.contains('T') => Some(NotMail::Deleted),
        () => None,
    };
    Noted { marks: Marks { not_mail, direction: None, seen: Some(flags.contains('S')) }, at: None }
}
