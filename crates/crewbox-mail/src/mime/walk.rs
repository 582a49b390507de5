//! The tree of parts, found in one pass over the lines with a stack of open boundaries. The depth and the
//! number of parts are bounded while it is built, so nothing behind it can be made to recurse or to repeat.

use super::fields::Fields;
use super::parameters::Parameterised;
use super::transfer::Transfer;
use std::borrow::Cow;

use super::{charset, guessed};
use crate::budget::{MAX_BOUNDARY_BYTES, MAX_BOUNDARY_SEARCHES, MAX_MIME_DEPTH, MAX_PARTS};

/// What a part is in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Bytes of their own.
    Leaf,
    /// A multipart with children.
    Multipart,
    /// An attached message, whose own root is its only child.
    Message,
}

/// One part of a mail.
#[derive(Debug)]
pub(crate) struct Part<'a> {
    pub(crate) fields: Fields<'a>,
    /// `type/subtype`, lower case.
    pub(crate) media: String,
    /// The parameters of Content-Type.
    pub(crate) parameters: Option<Parameterised>,
    /// Disposition `attachment`.
    pub(crate) attached: bool,
    /// Decoded file name, without any path.
    pub(crate) file_name: Option<String>,
    pub(crate) transfer: Transfer,
    pub(crate) kind: Kind,
    /// The part that holds it.
    pub(crate) parent: Option<usize>,
    /// The attached message it is in; none for the mail's own parts.
    pub(crate) message: Option<usize>,
    /// Whether it is its parent's first child.
    pub(crate) first: bool,
    /// What its parts are separated by, if it is a multipart.
    boundary: Option<Vec<u8>>,
    /// Its bytes, as they travelled.
    pub(crate) body: &'a [u8],
    depth: usize,
    children: usize,
    body_start: usize,
}

impl Part<'_> {
    /// A multipart in which no part ever began: what there is, is text.
    fn show_if_childless(&mut self) {
        if self.kind == Kind::Multipart && self.children == 0 {
            self.kind = Kind::Leaf;
            self.media = "text/plain".to_owned();
        }
    }

    /// Its bytes, decoded; true if some did not decode.
    pub(crate) fn bytes(&self) -> (Cow<'_, [u8]>, bool) {
        self.transfer.decode(self.body)
    }

    /// Its text, which is not copied where it travelled as UTF-8; true if something was replaced.
    pub(crate) fn text(&self) -> (Cow<'_, str>, bool) {
        let guessed = match self.transfer {
            Transfer::Identity => guessed::decode(self.body),
            Transfer::QuotedPrintable => guessed::base64(self.body),
            _ => None,
        };
        if let Some(bytes) = guessed {
            return charset::owned(charset::decode_owned(bytes, Some("utf-8")));
        }
        let (bytes, lossy) = self.bytes();
        if lossy
            && self.transfer == Transfer::Base64
            && let Some((encoded, footer)) = guessed::base64_and_footer(self.body)
            && let (text, false) = charset::decode(&encoded, self.parameter("charset"))
        {
            // A list has put its own words behind.
            return charset::owned((format!("{}\n\n{}", text.trim_end(), charset::detect(footer).0), false));
        }
        if lossy && self.transfer == Transfer::Base64 && std::str::from_utf8(&bytes).is_err() {
            // It only says that it is base64: what came is better than noise.
            return (charset::in_place(self.body, self.parameter("charset")).0, true);
        }
        let named = self.parameter("charset");
        if named.is_none()
            && self.media == "text/html"
            && let Some(label) = charset_in_html(&bytes)
            && let (text, false) = charset::decode(&bytes, Some(label))
        {
            return charset::owned((text, lossy));
        }
        let (text, replaced) = match bytes {
            Cow::Borrowed(bytes) => charset::in_place(bytes, named),
            Cow::Owned(bytes) => charset::owned(charset::decode_owned(bytes, named)),
        };
        (text, lossy || replaced)
    }

    /// A parameter of its Content-Type.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.as_ref().and_then(|content_type| content_type.get(name))
    }
}

/// A mail's parts in order, the root first.
#[derive(Debug)]
pub(crate) struct Tree<'a> {
    pub(crate) parts: Vec<Part<'a>>,
    /// Which budget was breached, as a person reads it.
    pub(crate) over: Option<&'static str>,
}

/// A multipart whose end is still to come.
struct Open {
    boundary: Vec<u8>,
    part: usize,
}

/// A mail whose lines end with CR alone, as old Macintoshes wrote them, with line feeds; any other as it is.
pub(crate) fn with_line_feeds(raw: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'\n', raw).is_some() || memchr::memchr(b'\r', raw).is_none() {
        return Cow::Borrowed(raw);
    }
    Cow::Owned(raw.iter().map(|byte| if *byte == b'\r' { b'\n' } else { *byte }).collect())
}

/// Finds the parts of a mail.
pub(crate) fn walk(raw: &[u8]) -> Tree<'_> {
    let mut walker = Walker {
        raw,
        tree: Tree { parts: Vec::new(), over: None },
        open: Vec::new(),
        messages: Vec::new(),
        leaf: None,
        searches: 0,
    };
    let mut at = walker.open_part(0, None);
    // Outside of multiparts nothing more is to be found.
    while at < raw.len() && !walker.open.is_empty() {
        if !raw[at..].starts_with(b"--") {
            at = memchr::memmem::find(&raw[at..], b"\n--").map_or(raw.len(), |found| at + found + 1);
            continue;
        }
        let end = memchr::memchr(b'\n', &raw[at..]).map_or(raw.len(), |n| at + n + 1);
        at = match walker.boundary(&raw[at + 2..end]) {
            Some((level, closing)) => walker.pass_boundary(level, closing, at, end),
            None => end,
        };
    }
    walker.end_above(0, raw.len());
    walker.tree
}

struct Walker<'a> {
    raw: &'a [u8],
    tree: Tree<'a>,
    open: Vec<Open>,
    /// Attached messages still open, with the number of multiparts open around each.
    messages: Vec<(usize, usize)>,
    /// The leaf whose bytes are being passed.
    leaf: Option<usize>,
    /// Declared boundaries that were searched for.
    searches: usize,
}

impl<'a> Walker<'a> {
    /// What separates the parts of a multipart whose body starts at `start`: the boundary it declares, unless that
    /// never comes, and what looks like one does.
    fn boundary_of(&mut self, declared: Option<&str>, start: usize) -> Option<Vec<u8>> {
        let declared = declared
            .map(str::as_bytes)
            .filter(|boundary| !boundary.is_empty() && boundary.len() <= MAX_BOUNDARY_BYTES);
        let body = &self.raw[start..];
        let seen = first_separator(body);
        let (Some(declared), Some(seen)) = (declared, seen) else {
            let is_sure = |seen: &&[u8]| self.searches < MAX_BOUNDARY_SEARCHES && recurs(body, seen);
            let found = declared.or_else(|| seen.filter(is_sure));
            self.searches += usize::from(declared.is_none());
            return found.map(<[u8]>::to_vec);
        };
        // The boundaries of what is around end this multipart: they are none of its own.
        let is_around = self.open.iter().any(|open| open.boundary == seen);
        if seen == declared || is_around || self.searches == MAX_BOUNDARY_SEARCHES {
            return Some(declared.to_vec());
        }
        self.searches += 1;
        let comes = memchr::memmem::find(body, &[b"\n--", declared].concat()).is_some();
        Some(if comes { declared } else { seen }.to_vec())
    }

    /// Which open multipart a line (after its `--`) belongs to, and whether it ends it.
    fn boundary(&self, line: &[u8]) -> Option<(usize, bool)> {
        let line = line.trim_ascii_end();
        self.open.iter().enumerate().rev().find_map(|(level, open)| {
            let rest = line.strip_prefix(open.boundary.as_slice())?;
            match rest {
                b"" => Some((level, false)),
                b"--" => Some((level, true)),
                _ => None,
            }
        })
    }

    /// Ends what the boundary ends, and opens the part behind it.
    fn pass_boundary(&mut self, level: usize, closing: bool, line: usize, next: usize) -> usize {
        let mut end = line;
        if self.raw[..end].ends_with(b"\n") {
            end -= 1;
        }
        if self.raw[..end].ends_with(b"\r") {
            end -= 1;
        }
        self.end_above(level + 1, end);
        let parent = self.open[level].part;
        if closing {
            self.tree.parts[parent].body = self.slice(self.tree.parts[parent].body_start, end);
            self.tree.parts[parent].show_if_childless();
            self.open.truncate(level);
            return next;
        }
        if self.tree.parts.len() >= MAX_PARTS {
            self.tree.over = Some("more than 1,000 parts");
            self.push_rest(next, parent);
            return self.raw.len();
        }
        self.open_part(next, Some(parent))
    }

    /// Ends the open leaf and every multipart from `level` up, at `end`.
    fn end_above(&mut self, level: usize, end: usize) {
        if let Some(leaf) = self.leaf.take() {
            self.tree.parts[leaf].body = self.slice(self.tree.parts[leaf].body_start, end);
        }
        while self.open.len() > level {
            let Some(open) = self.open.pop() else { return };
            let body = self.slice(self.tree.parts[open.part].body_start, end);
            let part = &mut self.tree.parts[open.part];
            part.body = body;
            part.show_if_childless();
        }
        // Attached messages end where their container ends.
        while let Some((_, index)) = self.messages.pop_if(|(depth, _)| *depth >= level) {
            self.tree.parts[index].body = self.slice(self.tree.parts[index].body_start, end);
        }
    }

    fn slice(&self, start: usize, end: usize) -> &'a [u8] {
        &self.raw[start.min(end)..end]
    }

    /// Reads the header block at `at`, and of what it opens; gives where bytes start that need scanning.
    fn open_part(&mut self, mut at: usize, mut parent: Option<usize>) -> usize {
        loop {
            let index = self.tree.parts.len();
            let (part, body_start) = self.read_part(at, parent);
            if part.fields.over_budget {
                self.tree.over = Some("headers larger than the limit");
            }
            if let Some(parent) = parent {
                self.tree.parts[parent].children += 1;
            }
            let kind = part.kind;
            let deep = part.depth >= MAX_MIME_DEPTH;
            let boundary = part.boundary.clone();
            self.tree.parts.push(part);
            at = body_start;
            if kind != Kind::Leaf && (deep || self.tree.parts.len() >= MAX_PARTS) {
                self.tree.over = Some("nested more than 100 levels deep");
            } else if let (Kind::Multipart, Some(boundary)) = (kind, boundary) {
                self.open.push(Open { boundary, part: index });
                return at;
            } else if kind == Kind::Message {
                self.messages.push((self.open.len(), index));
                parent = Some(index);
                continue;
            }
            self.tree.parts[index].kind = Kind::Leaf;
            self.leaf = Some(index);
            return at;
        }
    }

    fn read_part(&mut self, at: usize, parent: Option<usize>) -> (Part<'a>, usize) {
        let read = if parent.is_none() { Fields::of_mail } else { Fields::split };
        let (fields, length) = read(&self.raw[at..]);
        let holder = parent.map(|index| &self.tree.parts[index]);
        let parameters = fields.parameterised("Content-Type");
        let media = match &parameters {
            Some(content_type) => media(content_type),
            // The header is lost, and the parts are there.
            None if parent.is_none() && starts_with_parts(&self.raw[at + length..]) => {
                "multipart/mixed".to_owned()
            }
            None if holder.is_some_and(|part| part.media == "multipart/digest") => {
                "message/rfc822".to_owned()
            }
            None => "text/plain".to_owned(),
        };
        let disposition = fields.parameterised("Content-Disposition");
        let attached = disposition.as_ref().is_some_and(|d| d.value == "attachment");
        let file_name = disposition
            .as_ref()
            .and_then(|d| d.get("filename"))
            .or_else(|| parameters.as_ref().and_then(|p| p.get("name")))
            .map(base_name)
            .filter(|name| !name.is_empty());
        let transfer = Transfer::named(fields.plain("Content-Transfer-Encoding").as_deref());
        let boundary = media
            .starts_with("multipart/")
            .then(|| self.boundary_of(parameters.as_ref().and_then(|p| p.get("boundary")), at + length))
            .flatten();
        let holder = parent.map(|index| &self.tree.parts[index]);
        let kind = if boundary.is_some() {
            Kind::Multipart
        } else if matches!(media.as_str(), "message/rfc822" | "message/global")
            && transfer == Transfer::Identity
        {
            Kind::Message
        } else {
            Kind::Leaf
        };
        // A multipart without boundaries has no parts: what there is, is text.
        let media = if kind == Kind::Leaf && media.starts_with("multipart/") {
            "text/plain".to_owned()
        } else {
            media
        };
        let message = match holder {
            Some(part) if part.kind == Kind::Message => parent,
            Some(part) => part.message,
            None => None,
        };
        let part = Part {
            attached,
            file_name,
            transfer,
            kind,
            parent,
            message,
            first: holder.is_none_or(|part| part.children == 0),
            boundary,
            body: &[],
            depth: holder.map_or(0, |part| part.depth + 1),
            children: 0,
            body_start: at + length,
            fields,
            media,
            parameters,
        };
        (part, at + length)
    }

    /// What is after the last part that is read: one more leaf, so that nothing is out of sight.
    fn push_rest(&mut self, start: usize, parent: usize) {
        let message = self.tree.parts[parent].message;
        let depth = self.tree.parts[parent].depth + 1;
        self.leaf = Some(self.tree.parts.len());
        self.tree.parts.push(Part {
            fields: Fields::default(),
            media: "text/plain".to_owned(),
            parameters: None,
            attached: true,
            file_name: Some("rest-of-the-mail.txt".to_owned()),
            transfer: Transfer::Identity,
            kind: Kind::Leaf,
            parent: Some(parent),
            message,
            first: false,
            boundary: None,
            body: &[],
            depth,
            children: 0,
            body_start: start,
        });
    }
}

/// How far into HTML its charset is looked for, bytes, as browsers do.
const HTML_HEAD_BYTES: usize = 1_024;

/// The charset that HTML names itself, if it is one that is known.
fn charset_in_html(html: &[u8]) -> Option<&str> {
    let head = &html[..html.len().min(HTML_HEAD_BYTES)];
    let at = memchr::memmem::find(&head.to_ascii_lowercase(), b"charset=")? + b"charset=".len();
    let rest = head[at..].trim_ascii_start();
    let rest = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"'")).unwrap_or(rest);
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let label = std::str::from_utf8(&rest[..rest.iter().take_while(is_name).count()]).ok()?;
    charset::is_known(label).then_some(label)
}

/// Lines of a multipart's start in which its first separator is looked for.
const PREAMBLE_LINES: usize = 20;

/// The separator that a multipart's body starts with, without its dashes: a line of `--` and a word, before a header
/// of a part or the empty line that ends none.
fn first_separator(body: &[u8]) -> Option<&[u8]> {
    let mut lines = body.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end).take(PREAMBLE_LINES);
    while let Some(line) = lines.next() {
        if let Some(word) = line.strip_prefix(b"--")
            && !word.is_empty()
            && word.len() <= MAX_BOUNDARY_BYTES
        {
            let next = lines.next()?;
            let starts_part =
                next.is_empty() || next.get(..8).is_some_and(|name| name.eq_ignore_ascii_case(b"content-"));
            return starts_part.then_some(word);
        }
    }
    None
}

/// Whether a body is parts, which its header does not say.
fn starts_with_parts(body: &[u8]) -> bool {
    let body = body.trim_ascii_start();
    body.starts_with(b"--")
        && first_separator(body)
            .is_some_and(|separator| body[2..].starts_with(separator) && recurs(body, separator))
}

/// Whether a line of the body, but not its first, starts with this separator.
fn recurs(body: &[u8], separator: &[u8]) -> bool {
    memchr::memmem::find_iter(body, &[b"\n--", separator].concat())
        .nth(usize::from(!body.starts_with(b"--")))
        .is_some()
}

/// `type/subtype`; what is not of that form is text, as the standard says of what has no type.
fn media(content_type: &Parameterised) -> String {
    match content_type.value.split_once('/') {
        Some((kind, subtype)) if !kind.trim().is_empty() && !subtype.trim().is_empty() => {
            format!("{}/{}", kind.trim(), subtype.trim())
        }
        Some(("text" | "", _)) => "text/plain".to_owned(),
        None if matches!(content_type.value.as_str(), "text" | "") => "text/plain".to_owned(),
        Some((kind, _)) => kind.to_owned(),
        None => content_type.value.clone(),
    }
}

/// A file name without directories, control characters or NUL.
pub(crate) fn base_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    name.chars().filter(|c| !c.is_control()).take(255).collect::<String>().trim().to_owned()
}
