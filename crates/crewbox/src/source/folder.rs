//! The folder that a file of mail was exported from, by its path: what is in Sent was sent, and drafts are no mail.

use std::ffi::OsStr;
use std::path::Path;

use crewbox_mail::Marks;

use super::file::{Kind, Source};

/// The ending of an mbox's name, and of the folders of Apple Mail.
const MBOX: &str = ".mbox";

/// What the folder's name says about the mails in it.
pub(super) fn marks(source: &Source) -> Marks {
    name(source).map_or_else(Marks::default, Marks::of_folder)
}

fn name(source: &Source) -> Option<&str> {
    let own = file_name(&source.path)?;
    let around = source.path.parent()?;
    match source.kind {
        // Apple Mail exports `Sent Messages.mbox/mbox`.
        Kind::Mbox if own == "mbox" => file_name(around).map(without_ending),
        Kind::Mbox => Some(without_ending(own)),
        Kind::Emlx => around.ancestors().filter_map(file_name).find_map(|name| name.strip_suffix(MBOX)),
        // `.INBOX.Sent/cur`: the folder's path is one name, with dots.
        Kind::Maildir => file_name(around.parent()?)?.rsplit('.').next(),
        Kind::Mail => file_name(around),
    }
}

fn without_ending(name: &str) -> &str {
    name.strip_suffix(MBOX).unwrap_or(name)
}

fn file_name(path: &Path) -> Option<&str> {
    path.file_name().and_then(OsStr::to_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_named_as_each_form_names_them() {
        for (path, kind, expected) in [
            ("profile/Mail/Sent", Kind::Mbox, "Sent"),
            ("Takeout/Mail/Gesendet.mbox", Kind::Mbox, "Gesendet"),
            ("Sent Messages.mbox/mbox", Kind::Mbox, "Sent Messages"),
            ("V10/Sent Messages.mbox/AB/Data/1/Messages/7.emlx", Kind::Emlx, "Sent Messages"),
            ("Maildir/.INBOX.Sent Items/cur/1:2,S", Kind::Maildir, "Sent Items"),
            ("Maildir/cur/1:2,S", Kind::Maildir, "Maildir"),
            ("export/Sent/1.eml", Kind::Mail, "Sent"),
        ] {
            let source = Source { path: path.into(), kind, bytes: 0 };
            assert_eq!(name(&source), Some(expected), "{path}");
        }
    }
}
