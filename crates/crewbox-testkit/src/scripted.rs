//! A scripted IMAP server, for what a Dovecot will not do: literals that lie, counts that shrink, Gmail's folders,
//! answers that ask for a pause, no IDLE, log-ins by token only.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

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

/// Bytes written at once of an answer without end.
const FLOOD_BYTES: usize = 64 * 1024;

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

#[derive(Debug)]
pub struct ScriptedImap {
    pub port: u16,
    script: Arc<Mutex<Script>>,
    task: tokio::task::JoinHandle<()>,
}

impl ScriptedImap {
    /// Serves this on a free port, without TLS.
    pub async fn start(script: Script) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let script = Arc::new(Mutex::new(script));
        let shared = Arc::clone(&script);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                tokio::spawn(async move {
                    // A client that hangs up ends its talk.
                    let _ = Talk::new(client, shared).run().await;
                });
            }
        });
        Self { port, script, task }
    }

    /// What it holds, to be looked at and changed.
    pub fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap()
    }
}

impl Drop for ScriptedImap {
    fn drop(&mut self) {
        self.task.abort();
    }
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

struct Talk {
    script: Arc<Mutex<Script>>,
    from: BufReader<OwnedReadHalf>,
    to: OwnedWriteHalf,
    open: String,
}

type Written = std::io::Result<()>;

impl Talk {
    fn new(client: TcpStream, script: Arc<Mutex<Script>>) -> Self {
        // Answers go out in several writes: held back for an acknowledgement, each would cost 40 ms.
        client.set_nodelay(true).unwrap();
        let (from, to) = client.into_split();
        Self { script, from: BufReader::new(from), to, open: String::new() }
    }

    async fn say(&mut self, text: impl AsRef<str>) -> Written {
        let distort = self.script.lock().unwrap().distort;
        let text = text.as_ref();
        let text = distort.map_or_else(|| text.to_owned(), |distort| distort(text));
        self.send(text.as_bytes()).await
    }

    async fn send(&mut self, bytes: &[u8]) -> Written {
        let interval = {
            let mut script = self.script.lock().unwrap();
            script.sent += bytes.len() as u64;
            script.byte_every
        };
        let Some(interval) = interval else { return self.to.write_all(bytes).await };
        for byte in bytes {
            self.to.write_all(&[*byte]).await?;
            // The fault itself: a server that answers, and never to the end.
            tokio::time::sleep(interval).await;
        }
        Ok(())
    }

    /// Answers this command as the script says besides the usual answer. An error ends the connection.
    async fn misbehave(&mut self, command: &str) -> Written {
        let script = self.script.lock().unwrap().clone();
        let is_meant = |name: &&str| *name == command;
        if script.closes.as_ref().is_some_and(is_meant) {
            return Err(std::io::ErrorKind::BrokenPipe.into());
        }
        if script.silent.as_ref().is_some_and(is_meant) {
            std::future::pending::<()>().await;
        }
        if let Some((_, bytes)) = script.before.filter(|(name, _)| *name == command) {
            self.send(&bytes).await?;
        }
        let Some((_, bytes)) = script.flood.filter(|(name, _)| *name == command) else { return Ok(()) };
        let bytes = bytes.repeat(1 + FLOOD_BYTES / bytes.len());
        loop {
            self.send(&bytes).await?;
        }
    }

    async fn line(&mut self) -> std::io::Result<String> {
        let mut line = String::new();
        if self.from.read_line(&mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end().to_owned())
    }

    fn folder(&self) -> Folder {
        let script = self.script.lock().unwrap();
        script.folders.iter().find(|folder| folder.name == self.open).cloned().unwrap()
    }

    async fn run(mut self) -> Written {
        *self.script.lock().unwrap().seen.entry(String::new()).or_default() += 1;
        self.misbehave("").await?;
        self.say("* OK scripted\r\n").await?;
        loop {
            let line = self.line().await?;
            let (tag, command) = line.split_once(' ').unwrap_or((&line, ""));
            let (tag, upper) = (tag.to_owned(), command.to_uppercase());
            let words: Vec<&str> = upper.split(' ').collect();
            let name = if words[0] == "UID" { words[..2].join(" ") } else { words[0].to_owned() };
            *self.script.lock().unwrap().seen.entry(name.clone()).or_default() += 1;
            self.misbehave(&name).await?;
            let done = match name.as_str() {
                "CAPABILITY" => self.capability().await?,
                "LOGIN" => self.script.lock().unwrap().token.is_none(),
                "AUTHENTICATE" => self.authenticate(command).await?,
                "ID" => true,
                "LIST" => self.list().await?,
                "EXAMINE" => self.examine(command).await?,
                "UID SEARCH" => self.search(&upper).await?,
                "UID FETCH" => match self.fetch(command).await? {
                    Some(refusal) => {
                        self.say(format!("{tag} NO {refusal}\r\n")).await?;
                        continue;
                    }
                    None => true,
                },
                "NOOP" => {
                    let claims = self.script.lock().unwrap().claims;
                    let count = claims.unwrap_or(self.folder().mails.len() as u32);
                    self.say(format!("* {count} EXISTS\r\n")).await?;
                    true
                }
                "IDLE" => self.idle().await?,
                "LOGOUT" => {
                    self.say(format!("* BYE\r\n{tag} OK\r\n")).await?;
                    return Ok(());
                }
                _ => false,
            };
            let outcome = if done { "OK" } else { "NO [AUTHENTICATIONFAILED]" };
            self.say(format!("{tag} {outcome} {name}\r\n")).await?;
        }
    }

    async fn capability(&mut self) -> std::io::Result<bool> {
        let capabilities = self.script.lock().unwrap().capabilities.clone();
        self.say(format!("* CAPABILITY IMAP4rev1 {capabilities}\r\n")).await?;
        Ok(true)
    }

    async fn authenticate(&mut self, command: &str) -> std::io::Result<bool> {
        let initial = command.split(' ').nth(2).map(str::to_owned);
        let words = match initial {
            Some(words) => words,
            None => {
                self.say("+ \r\n").await?;
                self.line().await?
            }
        };
        let wanted = self.script.lock().unwrap().token.clone();
        if wanted.is_some_and(|token| words == token) {
            return Ok(true);
        }
        // As Gmail does: the reason as a challenge, and an empty answer expected.
        self.say("+ eyJzdGF0dXMiOiI0MDAifQ==\r\n").await?;
        self.line().await?;
        Ok(false)
    }

    async fn list(&mut self) -> std::io::Result<bool> {
        let folders = self.script.lock().unwrap().folders.clone();
        for folder in folders {
            self.say(format!("* LIST ({}) \"/\" \"{}\"\r\n", folder.attributes, folder.name)).await?;
        }
        Ok(true)
    }

    async fn examine(&mut self, command: &str) -> std::io::Result<bool> {
        let name = command.split_once(' ').map_or("", |(_, name)| name).trim_matches('"');
        {
            let script = self.script.lock().unwrap();
            if script.wants_id && !script.seen.contains_key("ID") {
                return Ok(false);
            }
        }
        if self.script.lock().unwrap().unopenable.as_deref() == Some(name) {
            return Ok(false);
        }
        self.open = name.to_owned();
        if self.script.lock().unwrap().changes_uidvalidity {
            self.script.lock().unwrap().folders.iter_mut().for_each(|folder| folder.uidvalidity += 1);
        }
        let (folder, script) = (self.folder(), self.script.lock().unwrap().clone());
        let count = script.claims.map_or(folder.mails.len() + script.overcount, |claims| claims as usize);
        self.say(format!("* {count} EXISTS\r\n* OK [UIDVALIDITY {}] valid\r\n", folder.uidvalidity)).await?;
        if !script.silent_uid_next {
            self.say(format!("* OK [UIDNEXT {}] next\r\n", folder.next)).await?;
        }
        Ok(true)
    }

    async fn search(&mut self, upper: &str) -> std::io::Result<bool> {
        let mails = self.folder().mails;
        let last = mails.keys().last().copied().unwrap_or(0);
        let found: Vec<u32> = match upper.rsplit_once("UID ") {
            Some((_, set)) if !set.contains("HEADER") => {
                mails.keys().copied().filter(|uid| within(set, *uid, last)).collect()
            }
            _ => Vec::new(),
        };
        let (finds, backwards) = {
            let script = self.script.lock().unwrap();
            (script.finds, script.backwards)
        };
        let mut found = match (finds, upper.rsplit_once("UID ")) {
            (Some(most), Some((_, set))) => (1..=most).filter(|uid| within(set, *uid, most)).collect(),
            _ => found,
        };
        if backwards {
            found.reverse();
        }
        let found: Vec<String> = found.iter().map(u32::to_string).collect();
        self.say(format!("* SEARCH {}\r\n", found.join(" "))).await?;
        Ok(true)
    }

    /// What it refuses with, if it does.
    async fn fetch(&mut self, command: &str) -> std::io::Result<Option<String>> {
        let set = command.split(' ').nth(2).unwrap_or_default();
        let bodies = command.contains("BODY");
        if bodies {
            let mut script = self.script.lock().unwrap();
            if !script.refuse.is_empty() {
                return Ok(Some(script.refuse.remove(0)));
            }
        }
        let mails = self.folder().mails;
        let last = mails.keys().last().copied().unwrap_or(0);
        if bodies {
            let script = self.script.lock().unwrap().clone();
            if script.unfetchable.iter().any(|uid| mails.contains_key(uid) && within(set, *uid, last)) {
                return Ok(Some("[SERVERBUG] this mail cannot be read".to_owned()));
            }
            while self.script.lock().unwrap().chatters {
                self.say("* OK still at it\r\n").await?;
                // The fault itself: a word now and then, and never an answer.
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        let (stray, backwards, repeats) = {
            let script = self.script.lock().unwrap();
            (script.stray, script.backwards, script.repeats)
        };
        let mut asked: Vec<(u32, (&u32, &Vec<u8>))> =
            (1..).zip(&mails).filter(|(_, (uid, _))| within(set, **uid, last)).collect();
        if backwards {
            asked.reverse();
        }
        for (number, (uid, raw)) in asked {
            for _ in 0..=u32::from(stray).max(repeats) {
                if stray {
                    self.say(format!("* {number} FETCH (FLAGS (\\Seen))\r\n* 1 RECENT\r\n")).await?;
                    self.say(format!("* 1 FETCH (UID 4000000000 RFC822.SIZE 5{})\r\n", stray_body(bodies)))
                        .await?;
                }
                if bodies {
                    self.body(number, *uid, raw).await?;
                } else {
                    let about = self.about(*uid, raw, command);
                    self.say(format!("* {number} FETCH (UID {uid} {about})\r\n")).await?;
                }
            }
        }
        Ok(None)
    }

    /// Size, flags and labels, as far as they are asked for.
    fn about(&self, uid: u32, raw: &[u8], command: &str) -> String {
        let (folder, told) = (self.folder(), self.script.lock().unwrap().told_size);
        let mut about = format!("RFC822.SIZE {}", told.unwrap_or(raw.len() as u64));
        for (item, values) in [("FLAGS", &folder.flags), ("X-GM-LABELS", &folder.labels)] {
            if command.contains(item) {
                let value = values.get(&uid).map_or("", String::as_str);
                about.push_str(&format!(" {item} ({value})"));
            }
        }
        about
    }

    async fn body(&mut self, number: u32, uid: u32, raw: &[u8]) -> Written {
        let giant = self.script.lock().unwrap().giant.filter(|(giant, _)| *giant == uid);
        if let Some((_, size)) = giant {
            self.say(format!("* {number} FETCH (UID {uid} BODY[] {{{size}}}\r\n")).await?;
            return self.to.write_all(b"and so on").await;
        }
        let size = self.script.lock().unwrap().body_size;
        if let Some(size) = size {
            self.say(format!("* {number} FETCH (UID {uid} BODY[] {{{size}}}\r\n")).await?;
            let bytes = vec![b'x'; FLOOD_BYTES];
            let mut left = size;
            while left > 0 {
                let now = left.min(FLOOD_BYTES as u64);
                self.send(&bytes[..now as usize]).await?;
                left -= now;
            }
            return self.say(")\r\n").await;
        }
        let lie = {
            let mut script = self.script.lock().unwrap();
            if script.promise_more > 0 {
                script.promise_more -= 1;
                1
            } else if script.promise_less > 0 {
                script.promise_less -= 1;
                -1
            } else {
                0
            }
        };
        let promised = raw.len().saturating_add_signed(lie * 40);
        let date = self.script.lock().unwrap().date.clone();
        let date = date.unwrap_or_else(|| "02-Jun-2025 10:00:00 +0000".to_owned());
        self.say(format!("* {number} FETCH (UID {uid} INTERNALDATE \"{date}\" BODY[] {{{promised}}}\r\n"))
            .await?;
        self.to.write_all(raw).await?;
        if lie > 0 {
            self.to.shutdown().await?;
            return Err(std::io::ErrorKind::BrokenPipe.into());
        }
        self.say(")\r\n").await
    }

    async fn idle(&mut self) -> std::io::Result<bool> {
        if self.script.lock().unwrap().refuse_idle {
            return Ok(false);
        }
        self.say("+ idling\r\n").await?;
        let bye = {
            let mut script = self.script.lock().unwrap();
            let bye = script.bye_in_idle > 0;
            script.bye_in_idle = script.bye_in_idle.saturating_sub(1);
            bye
        };
        if bye {
            self.say("* BYE shutting down\r\n").await?;
            self.to.shutdown().await?;
            return Err(std::io::ErrorKind::BrokenPipe.into());
        }
        let (known, says) = (self.folder().mails.len(), self.script.lock().unwrap().says_in_idle.clone());
        loop {
            if let Some(says) = &says {
                self.say(says).await?;
            }
            let mut byte = [0];
            tokio::select! {
                read = self.from.read(&mut byte) => {
                    if read? == 0 {
                        return Err(std::io::ErrorKind::UnexpectedEof.into());
                    }
                    self.line().await?;
                    return Ok(true);
                }
                () = tokio::time::sleep(Duration::from_millis(20)) => {
                    let count = self.folder().mails.len();
                    if count != known {
                        self.say(format!("* {count} EXISTS\r\n")).await?;
                        self.line().await?;
                        return Ok(true);
                    }
                }
            }
        }
    }
}

fn stray_body(bodies: bool) -> &'static str {
    if bodies { " BODY[] {5}\r\nstray" } else { "" }
}

/// Whether a set of the protocol (`1:5,7,9:*`) holds a UID.
fn within(set: &str, uid: u32, last: u32) -> bool {
    let number = |text: &str| if text == "*" { last } else { text.parse().unwrap_or(0) };
    set.split(',').any(|part| {
        let (low, high) = part.split_once(':').unwrap_or((part, part));
        let (low, high) = (number(low), number(high));
        (low.min(high)..=low.max(high)).contains(&uid)
    })
}
