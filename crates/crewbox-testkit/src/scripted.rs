//! A scripted IMAP server, for what a Dovecot will not do: literals that lie, counts that shrink, Gmail's folders,
//! answers that ask for a pause, no IDLE, log-ins by token only.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

mod script;

pub use script::{Folder, Script};

/// Bytes written at once of an answer without end.
const FLOOD_BYTES: usize = 64 * 1024;

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
