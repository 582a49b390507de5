//! What a process asked of the disk, in order, read from the log of `strace`.
//!
//! Owns the options `strace` is given and the reading of its log. Knows files, directories and HTTP responses; what
//! of it outlives a power loss is [`crate::power`]'s matter.

use std::collections::HashMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

/// The longest write that is logged whole. A longer one fails the test instead of being replayed in part.
const LONGEST_WRITE: usize = 8 << 20;

const CALLS: &str = "openat,open,creat,write,pwrite64,writev,pwritev,sendto,sendmsg,lseek,fsync,fdatasync,\
     ftruncate,rename,renameat,renameat2,unlink,unlinkat,link,linkat,mkdir,mkdirat,copy_file_range,sendfile";

/// The words before a program's own, so that its calls are logged to this file. The program stays a child of ours.
pub fn strace(log: &Path) -> Vec<OsString> {
    let mut words: Vec<OsString> =
        ["strace", "-D", "-f", "--seccomp-bpf", "-y", "-xx", "-s"].map(OsString::from).to_vec();
    words.push(LONGEST_WRITE.to_string().into());
    words.extend(["-e", &format!("trace={CALLS}"), "-o"].map(OsString::from));
    words.push(log.into());
    words.push("--".into());
    words
}

/// One finished call that changes a directory tree, or tells a client that something is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Create(PathBuf),
    MakeDirectory(PathBuf),
    Write {
        file: PathBuf,
        at: u64,
        bytes: Vec<u8>,
    },
    Truncate {
        file: PathBuf,
        length: u64,
    },
    /// A file or a directory is on the disk.
    Sync(PathBuf),
    Rename {
        from: PathBuf,
        to: PathBuf,
    },
    Link {
        from: PathBuf,
        to: PathBuf,
    },
    Remove(PathBuf),
    /// The beginning of an HTTP response left the process.
    Response,
}

/// The events below this directory, and the responses.
pub fn events(log: &str, root: &Path) -> Vec<Event> {
    let mut reader = Reader { root, positions: HashMap::new(), events: Vec::new() };
    let mut unfinished: HashMap<&str, String> = HashMap::new();
    for line in log.lines() {
        let Some((process, rest)) = line.split_once(' ') else { continue };
        let rest = rest.trim_start();
        if let Some(begun) = rest.strip_suffix(" <unfinished ...>") {
            unfinished.insert(process, begun.to_owned());
        } else if let Some(resumed) = rest.strip_prefix("<... ") {
            let end = resumed.split_once(" resumed>").map_or("", |(_, end)| end);
            let Some(begun) = unfinished.remove(process) else { continue };
            reader.call(&format!("{begun}{end}"));
        } else if !rest.starts_with(['+', '-']) {
            reader.call(rest);
        }
    }
    reader.events
}

struct Reader<'a> {
    root: &'a Path,
    /// Where the next `write` of a descriptor goes.
    positions: HashMap<u64, u64>,
    events: Vec<Event>,
}

impl Reader<'_> {
    fn call(&mut self, text: &str) {
        let Some((name, rest)) = text.split_once('(') else { return };
        let Some((arguments, result)) = rest.rsplit_once(" = ") else { return };
        // A failed call changes nothing.
        if result.starts_with(['-', '?']) {
            return;
        }
        let number =
            result.split(['<', ' ']).next().and_then(|number| number.parse::<u64>().ok()).unwrap_or(0);
        let arguments = arguments.trim_end().strip_suffix(')').unwrap_or(arguments);
        let descriptor = descriptor(arguments);
        match name {
            "openat" | "open" | "creat" => self.open(arguments, number),
            "lseek" => {
                if let Some((fd, _)) = descriptor {
                    self.positions.insert(fd, number);
                }
            }
            "write" | "pwrite64" => {
                let Some((fd, Some(file))) = descriptor else { return };
                let bytes = bytes(arguments);
                if let Some(file) = self.below(file) {
                    let at = match name {
                        "pwrite64" => last_number(arguments),
                        _ => self.positions.get(&fd).copied().unwrap_or(0),
                    };
                    let written = usize::try_from(number).unwrap();
                    if name == "write" {
                        self.positions.insert(fd, at + number);
                    }
                    self.events.push(Event::Write { file, at, bytes: bytes[..written].to_vec() });
                } else if bytes.starts_with(b"HTTP/1.") {
                    self.events.push(Event::Response);
                }
            }
            "writev" | "sendto" | "sendmsg" => {
                let below = descriptor.and_then(|(_, file)| file).and_then(|file| self.below(file));
                assert!(below.is_none(), "{name} on a file is not replayed");
                if bytes(arguments).starts_with(b"HTTP/1.") {
                    self.events.push(Event::Response);
                }
            }
            "fsync" | "fdatasync" => {
                let file = descriptor.and_then(|(_, file)| file).and_then(|file| self.below(file));
                self.events.extend(file.map(Event::Sync));
            }
            "ftruncate" => {
                let file = descriptor.and_then(|(_, file)| file).and_then(|file| self.below(file));
                let length = last_number(arguments);
                self.events.extend(file.map(|file| Event::Truncate { file, length }));
            }
            "mkdir" | "mkdirat" => self.names(arguments, |names| Event::MakeDirectory(names[0].clone())),
            "unlink" | "unlinkat" => self.names(arguments, |names| Event::Remove(names[0].clone())),
            "rename" | "renameat" | "renameat2" => {
                self.names(arguments, |names| Event::Rename { from: names[0].clone(), to: names[1].clone() })
            }
            "link" | "linkat" => {
                self.names(arguments, |names| Event::Link { from: names[0].clone(), to: names[1].clone() })
            }
            _ => {
                let inside = strings(arguments).into_iter().filter_map(|path| self.below(path)).count();
                assert_eq!(inside, 0, "{name} on a file is not replayed");
            }
        }
    }

    fn open(&mut self, arguments: &str, fd: u64) {
        self.positions.insert(fd, 0);
        let Some(file) = strings(arguments).into_iter().next().and_then(|path| self.below(path)) else {
            return;
        };
        if arguments.contains("O_CREAT") {
            self.events.push(Event::Create(file.clone()));
        }
        if arguments.contains("O_TRUNC") {
            self.events.push(Event::Truncate { file, length: 0 });
        }
    }

    fn names(&mut self, arguments: &str, event: impl Fn(&[PathBuf]) -> Event) {
        let names: Vec<_> = strings(arguments).into_iter().filter_map(|path| self.below(path)).collect();
        if !names.is_empty() {
            self.events.push(event(&names));
        }
    }

    /// The path, if it is one below the root.
    fn below(&self, path: Vec<u8>) -> Option<PathBuf> {
        let path = PathBuf::from(OsString::from_vec(path));
        path.strip_prefix(self.root).ok().map(Path::to_owned)
    }
}

/// The first argument: a descriptor and what it is open on.
fn descriptor(arguments: &str) -> Option<(u64, Option<Vec<u8>>)> {
    let digits = arguments.bytes().take_while(u8::is_ascii_digit).count();
    let fd = arguments[..digits].parse().ok()?;
    let open_on = arguments[digits..].strip_prefix('<').and_then(|rest| rest.split('>').next());
    Some((fd, open_on.map(unescape)))
}

/// The quoted strings.
fn strings(arguments: &str) -> Vec<Vec<u8>> {
    assert!(!arguments.contains("\"..."), "a string that is not logged whole");
    arguments.split('"').skip(1).step_by(2).map(unescape).collect()
}

fn bytes(arguments: &str) -> Vec<u8> {
    strings(arguments).into_iter().next().unwrap_or_default()
}

fn last_number(arguments: &str) -> u64 {
    arguments.rsplit(',').next().and_then(|number| number.trim().parse().ok()).unwrap()
}

/// `\x41\x42` is `AB`.
fn unescape(text: &str) -> Vec<u8> {
    text.split("\\x").skip(1).map(|byte| u8::from_str_radix(&byte[..2], 16).unwrap()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &str) -> String {
        text.bytes().map(|byte| format!("\\x{byte:02x}")).collect()
    }

    #[test]
    fn calls_become_events_in_the_order_they_finish() {
        let (file, moved, socket) = (escaped("/d/a"), escaped("/d/b"), escaped("socket:[1]"));
        let log = format!(
            "7   openat(AT_FDCWD<{root}>, \"{file}\", O_RDWR|O_CREAT|O_TRUNC, 0600) = 4<{file}>\n\
             7   write(4<{file}>, \"{ab}\", 2) = 2\n\
             8   fsync(4<{file}> <unfinished ...>\n\
             7   write(4<{file}>, \"{ab}\", 2) = 1\n\
             8   <... fsync resumed>)    = 0\n\
             7   pwrite64(4<{file}>, \"{ab}\", 2, 512) = 2\n\
             7   rename(\"{file}\", \"{moved}\") = 0\n\
             7   unlink(\"{moved}\") = -1 ENOENT (No such file or directory)\n\
             7   write(5<{outside}>, \"{ab}\", 2) = 2\n\
             7   writev(9<{socket}>, [{{iov_base=\"{http}\", iov_len=9}}], 1) = 9\n\
             7   +++ exited with 0 +++\n",
            root = escaped("/"),
            ab = escaped("ab"),
            outside = escaped("/e"),
            http = escaped("HTTP/1.1 "),
        );
        let write = |at, bytes: &[u8]| Event::Write { file: "a".into(), at, bytes: bytes.to_vec() };
        assert_eq!(
            events(&log, Path::new("/d")),
            [
                Event::Create("a".into()),
                Event::Truncate { file: "a".into(), length: 0 },
                write(0, b"ab"),
                write(2, b"a"),
                Event::Sync("a".into()),
                write(512, b"ab"),
                Event::Rename { from: "a".into(), to: "b".into() },
                Event::Response,
            ]
        );
    }
}
