//! Which folders are read: by what the server says they are for, else by their usual names.

use async_imap::imap_proto::NameAttribute;
use crewbox_core::mailbox::FolderRole;

use super::names::{Use, by_name, readable};

/// A folder of a listing, as far as the choice asks.
#[derive(Debug)]
pub(super) struct Listed {
    name: String,
    /// The parts of its path, as people read them, without INBOX before others.
    parts: Vec<String>,
    special_use: Option<Use>,
    selectable: bool,
}

impl Listed {
    pub(super) fn new(name: &str, delimiter: Option<&str>, attributes: &[NameAttribute<'_>]) -> Self {
        // A name is split before it is decoded: what looks like a delimiter within an encoded part is none.
        let mut parts: Vec<String> = match delimiter.filter(|delimiter| !delimiter.is_empty()) {
            Some(delimiter) => name.split(delimiter).map(readable).collect(),
            None => vec![readable(name)],
        };
        if parts.len() > 1 && parts[0].eq_ignore_ascii_case("INBOX") {
            parts.remove(0);
        }
        Self {
            name: name.to_owned(),
            parts,
            special_use: attributes.iter().find_map(special_use),
            selectable: !attributes.iter().any(|attribute| {
                matches!(attribute, NameAttribute::NoSelect) || is(attribute, "\\NonExistent")
            }),
        }
    }

    /// How well its name says that it is for this: the fewer folders around it and the more usual its name, the less.
    /// None if it does not.
    fn named(&self, wanted: Use) -> Option<(usize, usize)> {
        let (last, around) = self.parts.split_last()?;
        let (used, place) = by_name(last)?;
        // What was thrown away with its folder is no longer what it was.
        let inside = around.iter().any(|part| by_name(part).is_some_and(|(used, _)| used != wanted));
        (used == wanted && self.special_use.is_none() && !inside).then_some((around.len(), place))
    }
}

fn is(attribute: &NameAttribute<'_>, name: &str) -> bool {
    matches!(attribute, NameAttribute::Extension(text) if text.eq_ignore_ascii_case(name))
}

fn special_use(attribute: &NameAttribute<'_>) -> Option<Use> {
    match attribute {
        NameAttribute::Sent => Some(Use::Sent),
        NameAttribute::Junk => Some(Use::Junk),
        NameAttribute::All => Some(Use::All),
        NameAttribute::Drafts => Some(Use::Drafts),
        NameAttribute::Trash => Some(Use::Trash),
        NameAttribute::Archive | NameAttribute::Flagged => Some(Use::Other),
        // Older words of Gmail's.
        other if is(other, "\\Spam") => Some(Use::Junk),
        other if is(other, "\\AllMail") => Some(Use::All),
        _ => None,
    }
}

/// The folders to be read.
pub(super) fn choose(listed: &[Listed], gmail: bool) -> Vec<(String, FolderRole)> {
    let listed: Vec<&Listed> = listed.iter().filter(|folder| folder.selectable).collect();
    let announced = |wanted: Use| listed.iter().find(|folder| folder.special_use == Some(wanted));
    let named = |wanted: Use| {
        let known = listed.iter().filter_map(|folder| Some((folder.named(wanted)?, folder)));
        known.min_by_key(|(rank, _)| *rank).map(|(_, folder)| folder)
    };
    let mut chosen: Vec<(String, FolderRole)> = Vec::new();
    let mut take = |folder: Option<&&Listed>, role: FolderRole| {
        if let Some(folder) = folder
            && !chosen.iter().any(|(name, _)| *name == folder.name)
        {
            chosen.push((folder.name.clone(), role));
        }
    };
    match announced(Use::All).filter(|_| gmail) {
        // All Mail has everything but spam, each mail once whatever its labels.
        Some(all) => take(Some(all), FolderRole::All),
        None => {
            take(listed.iter().find(|folder| folder.name.eq_ignore_ascii_case("INBOX")), FolderRole::Inbox);
            take(announced(Use::Sent).or_else(|| named(Use::Sent)), FolderRole::Sent);
        }
    }
    take(announced(Use::Junk).or_else(|| named(Use::Junk)), FolderRole::Junk);
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders(list: &[(&str, &str, &[NameAttribute<'_>])]) -> Vec<Listed> {
        list.iter()
            .map(|(name, delimiter, attributes)| {
                Listed::new(name, Some(*delimiter).filter(|one| !one.is_empty()), attributes)
            })
            .collect()
    }

    fn chosen(list: &[(&str, &str, &[NameAttribute<'_>])]) -> Vec<String> {
        choose(&folders(list), false).into_iter().map(|(name, role)| format!("{role:?} {name}")).collect()
    }

    #[test]
    fn what_the_server_says_goes_before_names() {
        let list = folders(&[
            ("INBOX", "/", &[]),
            ("Sent", "/", &[]),
            ("Out", "/", &[NameAttribute::Sent]),
            ("Mail/Spam", "/", &[]),
            ("Everything", "/", &[NameAttribute::All]),
        ]);
        assert_eq!(
            choose(&list, false),
            [
                ("INBOX".to_owned(), FolderRole::Inbox),
                ("Out".to_owned(), FolderRole::Sent),
                ("Mail/Spam".to_owned(), FolderRole::Junk)
            ]
        );
        assert_eq!(
            choose(&list, true),
            [("Everything".to_owned(), FolderRole::All), ("Mail/Spam".to_owned(), FolderRole::Junk)]
        );
    }

    #[test]
    fn names_are_known_in_any_spelling_below_any_prefix() {
        for (sent, junk, delimiter) in [
            ("&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-", "&BCEEPwQwBDw-", "/"),
            ("Отправленные", "Спам", "|"),
            ("INBOX.Sent Items", "INBOX.Junk", "."),
            ("INBOX/Gesendete Objekte", "INBOX/Spamverdacht", "/"),
            ("INBOX.&AMk-l&AOk-ments envoy&AOk-s", "INBOX.Courrier ind&AOk-sirable", "."),
            ("Mail\\已发送", "Mail\\垃圾邮件", "\\"),
            ("보낸편지함", "스팸메일함", ""),
        ] {
            let got = chosen(&[("INBOX", delimiter, &[]), (junk, delimiter, &[]), (sent, delimiter, &[])]);
            assert_eq!(got, ["Inbox INBOX".to_owned(), format!("Sent {sent}"), format!("Junk {junk}")]);
        }
    }

    #[test]
    fn the_folder_in_use_is_told_from_old_ones() {
        let got = chosen(&[
            ("INBOX", "/", &[]),
            ("Archive/2019/Sent", "/", &[]),
            ("Trash/Sent", "/", &[]),
            ("Sent Messages", "/", &[]),
            ("Sent", "/", &[NameAttribute::Archive]),
            ("Sent Items", "/", &[]),
            ("Outbox", "/", &[]),
        ]);
        assert_eq!(got, ["Inbox INBOX", "Sent Sent Items"]);
        assert_eq!(
            chosen(&[("INBOX", "/", &[]), ("Trash/Sent", "/", &[]), ("Drafts", "/", &[])]),
            ["Inbox INBOX"]
        );
    }
}
