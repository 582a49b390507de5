//! A mail server as far as the sync machine can see it: folders, UIDs, a connection with one folder open.

use std::collections::BTreeMap;

use crewbox_core::mailbox::FolderRole;
use crewbox_core::time::Timestamp;

/// What a mail is, whatever place it is in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Content {
    pub(crate) size: u64,
    /// Reading it kills the process.
    pub(crate) poison: bool,
    /// The server fails whenever it is asked for it.
    pub(crate) unfetchable: bool,
    /// It fails already when it is asked for its size.
    pub(crate) unsizeable: bool,
    /// Nobody has sent it.
    pub(crate) draft: bool,
    pub(crate) received_at: Timestamp,
    /// It has been in more than one place.
    pub(crate) moved: bool,
    /// It was taken away at some time.
    pub(crate) gone: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Folder {
    pub(crate) role: FolderRole,
    pub(crate) uidvalidity: u32,
    pub(crate) next: u32,
    pub(crate) mails: BTreeMap<u32, u64>,
}

/// How a server does not open a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closed {
    Refuses,
    HangsUp,
}

#[derive(Debug, Default)]
pub(crate) struct Server {
    pub(crate) folders: BTreeMap<String, Folder>,
    pub(crate) contents: Vec<Content>,
    /// The folder open on the connection, under which UIDVALIDITY; none without a connection.
    pub(crate) open: Option<(String, u32)>,
    /// Mail with this UID or a higher one came to the open folder since the connection last asked for news.
    pub(crate) unannounced: u32,
    pub(crate) connected: bool,
    /// It names its next UID.
    pub(crate) counts: bool,
    /// The folder it never opens: it refuses, or ends the connection.
    pub(crate) closed: Option<(&'static str, Closed)>,
    /// It asks for a pause over every mail that it cannot give.
    pub(crate) throttles: bool,
    /// It says that it can IDLE, and every IDLE breaks.
    pub(crate) breaks_idle: bool,
}

impl Server {
    pub(crate) fn new() -> Self {
        let folder = |role| Folder { role, uidvalidity: 1_000, next: 1, mails: BTreeMap::new() };
        let folders = [("INBOX", FolderRole::Inbox), ("Sent", FolderRole::Sent), ("Junk", FolderRole::Junk)];
        Self {
            folders: folders.map(|(name, role)| (name.to_owned(), folder(role))).into(),
            ..Self::default()
        }
    }

    pub(crate) fn deliver(&mut self, name: &str, size: u64, poison: bool, at: Timestamp) -> u64 {
        let content = self.contents.len() as u64;
        self.contents.push(Content {
            size,
            poison,
            unfetchable: false,
            unsizeable: false,
            draft: false,
            received_at: at,
            moved: false,
            gone: false,
        });
        self.put(name, content);
        content
    }

    pub(crate) fn put(&mut self, name: &str, content: u64) {
        let folder = self.folders.get_mut(name).unwrap();
        folder.mails.insert(folder.next, content);
        folder.next += 1;
    }

    /// The mail at a random place, taken away.
    pub(crate) fn take_away(&mut self, name: &str, pick: usize) -> Option<u64> {
        let folder = self.folders.get_mut(name).unwrap();
        let uid = *folder.mails.keys().nth(pick % folder.mails.len().max(1))?;
        let content = folder.mails.remove(&uid)?;
        self.contents[usize::try_from(content).unwrap()].gone = true;
        Some(content)
    }

    /// New numbers for all of a folder, in another order where `step` says so; connections to it are ended.
    pub(crate) fn renumber(&mut self, name: &str, uidvalidity: u32, from: u32, backwards: bool) {
        let folder = self.folders.get_mut(name).unwrap();
        let mut contents: Vec<u64> = folder.mails.values().copied().collect();
        if backwards {
            contents.reverse();
        }
        folder.uidvalidity = uidvalidity;
        folder.mails = (from..).zip(contents).collect();
        folder.next = folder.mails.keys().last().map_or(from, |last| last + 1);
        if self.open.as_ref().is_some_and(|(open, _)| open == name) {
            self.hang_up();
        }
    }

    pub(crate) fn hang_up(&mut self) {
        (self.open, self.connected) = (None, false);
    }

    /// The folder that is open on the connection.
    pub(crate) fn opened(&self) -> &Folder {
        let (name, uidvalidity) = self.open.as_ref().expect("a folder is open");
        let folder = &self.folders[name];
        assert_eq!(folder.uidvalidity, *uidvalidity);
        folder
    }

    /// What the connection knows of the folder that is open.
    pub(crate) fn announced(&self) -> BTreeMap<u32, u64> {
        let mails = self.opened().mails.range(..self.unannounced);
        mails.map(|(uid, content)| (*uid, *content)).collect()
    }

    /// The connection has reported all that came to the open folder.
    pub(crate) fn announce(&mut self) {
        self.unannounced = self.opened().next;
    }

    pub(crate) fn content(&self, id: u64) -> &Content {
        &self.contents[usize::try_from(id).unwrap()]
    }
}
