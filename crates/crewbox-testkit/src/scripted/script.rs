//! What a scripted server holds, and how it misbehaves.

use std::collections::BTreeMap;
use std::time::Duration;

/// One folder.
#[derive(Clone, Debug)]
pub struct Folder {
    pub name: String,
    /// LIST's attributes, as they are written.
    pub attributes: String,
    pub uidvalidity: u32,
    pub next: u32,
    pub mails: BTreeMap<u32, Vec<u8>>,
    /// Flags and Gmail's labels, as they are written; none: no flags.
    pub flags: BTreeMap<u32, String>,
    pub labels: BTreeMap<u32, String>,
}

/// What the server holds, and how it misbehaves. Counters go down as they are used.
#[derive(Clone, Debug, Default)]
pub struct Script {
    pub folders: Vec<Folder>,
    /// Capabilities besides IMAP4rev1.
    pub capabilities: String,
    /// Bodies whose literal promises more bytes than come before the connection ends.
    pub promise_more: u32,
    /// Bodies whose literal promises fewer bytes than come.
    pub promise_less: u32,
    /// Answers to FETCH of bodies that are this NO.
    pub refuse: Vec<String>,
    /// A FETCH of bodies with one of these UIDs in it is refused whole.
    pub unfetchable: Vec<u32>,
    /// FETCH of bodies is answered with lines about nothing, and never ends.
    pub chatters: bool,
    /// IDLE is refused, although it is among the capabilities.
    pub refuse_idle: bool,
    /// A folder it refuses to open.
    pub unopenable: Option<String>,
    /// What it says as soon as anybody is in IDLE, and over and over from then on.
    pub says_in_idle: Option<String>,
    /// Times the server says BYE in the midst of IDLE.
    pub bye_in_idle: u32,
    /// EXAMINE says nothing of UIDNEXT.
    pub silent_uid_next: bool,
    /// EXAMINE counts so many mails more than there are, and takes them back without naming any.
    pub overcount: usize,
    /// Every answer to FETCH comes twice, with news of mails nobody asked for between.
    pub stray: bool,
    /// What becomes of each line it says; the bytes of mails stay as they are.
    pub distort: Option<fn(&str) -> String>,
    /// No folder is opened before ID.
    pub wants_id: bool,
    /// The size of every mail, as it is told.
    pub told_size: Option<u64>,
    /// The size of the literal of this mail, of which a few bytes come and then nothing.
    pub giant: Option<(u32, u64)>,
    /// The size of the literal of every mail, which comes whole whatever the mail's own size is.
    pub body_size: Option<u64>,
    /// The command (the empty one: the greeting) that is answered with these bytes, over and over, until the client
    /// closes the connection.
    pub flood: Option<(&'static str, Vec<u8>)>,
    /// The command that is answered with these bytes before the usual answer.
    pub before: Option<(&'static str, Vec<u8>)>,
    /// The command (the empty one: the greeting) that is never answered.
    pub silent: Option<&'static str>,
    /// The command (the empty one: the greeting) upon which the server closes the connection.
    pub closes: Option<&'static str>,
    /// Everything is sent byte by byte, at this interval.
    pub byte_every: Option<Duration>,
    /// UIDVALIDITY grows each time a folder is opened.
    pub changes_uidvalidity: bool,
    /// EXAMINE and NOOP count this many mails, whatever there are.
    pub claims: Option<u32>,
    /// SEARCH finds every UID that is asked for, up to so many.
    pub finds: Option<u32>,
    /// SEARCH and FETCH answer with the highest UID first.
    pub backwards: bool,
    /// Every answer to FETCH comes this many times more.
    pub repeats: u32,
    /// INTERNALDATE of all mails; without it they came in long ago.
    pub date: Option<String>,
    /// Only this token lets anybody in.
    pub token: Option<String>,
    /// Commands seen, by their first word or two; connections, by the empty one.
    pub seen: BTreeMap<String, u32>,
    /// Bytes sent.
    pub sent: u64,
}

impl Script {
    /// INBOX, Sent and Junk, and a server that can IDLE.
    pub fn usual() -> Self {
        let folders = vec![
            Folder::new("INBOX", "\\HasNoChildren"),
            Folder::new("Sent", "\\Sent"),
            Folder::new("Junk", "\\Junk"),
        ];
        Self { folders, capabilities: "IDLE".into(), ..Self::default() }
    }

    /// Puts a mail into a folder.
    pub fn deliver(&mut self, folder: &str, raw: &[u8]) -> u32 {
        let folder = self.folders.iter_mut().find(|one| one.name == folder).unwrap();
        let uid = folder.next;
        folder.mails.insert(uid, raw.to_vec());
        folder.next += 1;
        uid
    }
}

impl Folder {
    pub fn new(name: &str, attributes: &str) -> Self {
        Self {
            name: name.into(),
            attributes: attributes.into(),
            uidvalidity: 7,
            next: 1,
            mails: BTreeMap::new(),
            flags: BTreeMap::new(),
            labels: BTreeMap::new(),
        }
    }
}
