//! Which folders are read: by what the server says they are for, else by the names people know them by.

use async_imap::imap_proto::NameAttribute;
use crewbox_core::mailbox::FolderRole;

/// The last part of a folder's name, in lower case, for servers that do not say what a folder is for.
const NAMES: &[(&str, FolderRole)] = &[
    ("sent", FolderRole::Sent),
    ("sent items", FolderRole::Sent),
    ("sent messages", FolderRole::Sent),
    ("sent mail", FolderRole::Sent),
    ("gesendet", FolderRole::Sent),
    ("gesendete elemente", FolderRole::Sent),
    ("gesendete objekte", FolderRole::Sent),
    ("envoy&aok-s", FolderRole::Sent),
    ("&amk-l&ak0-ments envoy&aok-s", FolderRole::Sent),
    ("enviados", FolderRole::Sent),
    ("elementos enviados", FolderRole::Sent),
    ("itens enviados", FolderRole::Sent),
    ("posta inviata", FolderRole::Sent),
    ("inviati", FolderRole::Sent),
    ("verzonden", FolderRole::Sent),
    ("verzonden items", FolderRole::Sent),
    ("skickat", FolderRole::Sent),
    ("sendt", FolderRole::Sent),
    ("junk", FolderRole::Junk),
    ("junk e-mail", FolderRole::Junk),
    ("junk email", FolderRole::Junk),
    ("junk mail", FolderRole::Junk),
    ("spam", FolderRole::Junk),
    ("bulk", FolderRole::Junk),
    ("bulk mail", FolderRole::Junk),
    ("spamverdacht", FolderRole::Junk),
    ("unerw&apw-nscht", FolderRole::Junk),
    ("courrier ind&aok-sirable", FolderRole::Junk),
    ("correo no deseado", FolderRole::Junk),
    ("posta indesiderata", FolderRole::Junk),
    ("ongewenste e-mail", FolderRole::Junk),
];

/// A folder of a listing, as far as the choice asks.
#[derive(Debug)]
pub(super) struct Listed {
    name: String,
    delimiter: Option<String>,
    said: Option<FolderRole>,
    selectable: bool,
}

impl Listed {
    pub(super) fn new(name: &str, delimiter: Option<&str>, attributes: &[NameAttribute<'_>]) -> Self {
        Self {
            name: name.to_owned(),
            delimiter: delimiter.map(str::to_owned),
            said: attributes.iter().find_map(role),
            selectable: !attributes.iter().any(|attribute| {
                matches!(attribute, NameAttribute::NoSelect) || is(attribute, "\\NonExistent")
            }),
        }
    }
}

fn is(attribute: &NameAttribute<'_>, name: &str) -> bool {
    matches!(attribute, NameAttribute::Extension(said) if said.eq_ignore_ascii_case(name))
}

fn role(attribute: &NameAttribute<'_>) -> Option<FolderRole> {
    match attribute {
        NameAttribute::Sent => Some(FolderRole::Sent),
        NameAttribute::Junk => Some(FolderRole::Junk),
        NameAttribute::All => Some(FolderRole::All),
        // An older word of Gmail's.
        other if is(other, "\\Spam") => Some(FolderRole::Junk),
        _ => None,
    }
}

/// The folders to be read.
pub(super) fn choose(listed: &[Listed], gmail: bool) -> Vec<(String, FolderRole)> {
    let listed: Vec<&Listed> = listed.iter().filter(|folder| folder.selectable).collect();
    let said = |wanted: FolderRole| listed.iter().find(|folder| folder.said == Some(wanted));
    let named = |wanted: FolderRole| {
        listed.iter().find(|folder| {
            let last = folder.delimiter.as_deref().and_then(|delimiter| folder.name.rsplit(delimiter).next());
            let last = last.unwrap_or(&folder.name).to_lowercase();
            NAMES.iter().any(|(name, role)| *role == wanted && *name == last)
        })
    };
    let mut chosen: Vec<(String, FolderRole)> = Vec::new();
    let mut take = |folder: Option<&&Listed>, role: FolderRole| {
        if let Some(folder) = folder
            && !chosen.iter().any(|(name, _)| *name == folder.name)
        {
            chosen.push((folder.name.clone(), role));
        }
    };
    match said(FolderRole::All).filter(|_| gmail) {
        // All Mail has everything but spam, each mail once whatever its labels.
        Some(all) => take(Some(all), FolderRole::All),
        None => {
            take(listed.iter().find(|folder| folder.name.eq_ignore_ascii_case("INBOX")), FolderRole::Inbox);
            take(said(FolderRole::Sent).or_else(|| named(FolderRole::Sent)), FolderRole::Sent);
        }
    }
    take(said(FolderRole::Junk).or_else(|| named(FolderRole::Junk)), FolderRole::Junk);
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(name: &str, said: Option<FolderRole>) -> Listed {
        Listed { name: name.into(), delimiter: Some("/".into()), said, selectable: true }
    }

    #[test]
    fn what_the_server_says_goes_before_names() {
        let folders = [
            listed("INBOX", None),
            listed("Sent", None),
            listed("Out", Some(FolderRole::Sent)),
            listed("Mail/Spam", None),
            listed("Everything", Some(FolderRole::All)),
        ];
        assert_eq!(
            choose(&folders, false),
            [
                ("INBOX".to_owned(), FolderRole::Inbox),
                ("Out".to_owned(), FolderRole::Sent),
                ("Mail/Spam".to_owned(), FolderRole::Junk)
            ]
        );
        assert_eq!(
            choose(&folders, true),
            [("Everything".to_owned(), FolderRole::All), ("Mail/Spam".to_owned(), FolderRole::Junk)]
        );
    }
}
