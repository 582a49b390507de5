//! The tree of parts, found in one pass over the lines with a stack of open boundaries. The depth and the
//! number of parts are bounded while it is built, so nothing behind it can be made to recurse or to repeat.

use mail_parser::ContentType;

use super::charset;
use super::fields::Fields;
use super::transfer::Transfer;
use crate::budget::{MAX_BOUNDARY_BYTES, MAX_MIME_DEPTH, MAX_PARTS};

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
    pub(crate) parameters: Option<ContentType<'static>>,
    /// Disposition `attachment`.
    pub(crate) attached: bool,
    /// Decoded file name, without any path.
    pub(crate) file_name: Option<String>,
    pub(crate) transfer: Transfer,
    pub(crate) kind: Kind,
    /// The part that holds it.
    pub(crate) parent: Option<usize>,
    /// The attached message it lies in; none for the mail's own parts.
    pub(crate) message: Option<usize>,
    /// Whether it is its parent's first child.
    pub(crate) first: bool,
    /// Its bytes, as they travelled.
    pub(crate) body: &'a [u8],
    depth: usize,
    children: usize,
    body_start: usize,
}

impl Part<'_> {
    /// Its bytes, decoded; true if some did not decode.
    pub(crate) fn bytes(&self) -> (std::borrow::Cow<'_, [u8]>, bool) {
        self.transfer.decode(self.body)
    }

    /// Its text; true if something was replaced.
    pub(crate) fn text(&self) -> (String, bool) {
        let (bytes, lossy) = self.bytes();
        if lossy && self.transfer == Transfer::Base64 && std::str::from_utf8(&bytes).is_err() {
            // It only says that it is base64: what came is better than noise.
            return (charset::decode(self.body, self.parameter("charset")).0, true);
        }
        let (text, replaced) = charset::decode(&bytes, self.parameter("charset"));
        (text, lossy || replaced)
    }

    /// A parameter of its Content-Type.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.as_ref().and_then(|content_type| content_type.attribute(name))
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

/// Finds the parts of a mail.
pub(crate) fn walk(raw: &[u8]) -> Tree<'_> {
    let mut walker = Walker {
        raw,
        tree: Tree { parts: Vec::new(), over: None },
        open: Vec::new(),
        messages: Vec::new(),
        leaf: None,
    };
    let mut at = walker.open_part(0, None);
    while at < raw.len() {
        let end = memchr::memchr(b'\n', &raw[at..]).map_or(raw.len(), |n| at + n + 1);
        if raw[at..end].starts_with(b"--")
            && let Some((level, closing)) = walker.boundary(&raw[at + 2..end])
        {
            at = walker.pass_boundary(level, closing, at, end);
        } else {
            at = end;
        }
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
}

impl<'a> Walker<'a> {
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
            if part.children == 0 {
                // Its boundary never came: what there is, is text.
                part.kind = Kind::Leaf;
                part.media = "text/plain".to_owned();
            }
        }
        // Attached messages end where what they lie in ends.
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
            let boundary = part.parameter("boundary").map(|b| b.as_bytes().to_vec());
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

    fn read_part(&self, at: usize, parent: Option<usize>) -> (Part<'a>, usize) {
        let (fields, length) = Fields::split(&self.raw[at..]);
        let holder = parent.map(|index| &self.tree.parts[index]);
        let parameters = fields.content_type("Content-Type");
        let media = match &parameters {
            Some(content_type) => media(content_type),
            None if holder.is_some_and(|part| part.media == "multipart/digest") => {
                "message/rfc822".to_owned()
            }
            None => "text/plain".to_owned(),
        };
        let disposition = fields.content_type("Content-Disposition");
        let attached = disposition.as_ref().is_some_and(|d| d.ctype().eq_ignore_ascii_case("attachment"));
        let file_name = disposition
            .as_ref()
            .and_then(|d| d.attribute("filename"))
            .or_else(|| parameters.as_ref().and_then(|p| p.attribute("name")))
            .map(base_name)
            .filter(|name| !name.is_empty());
        let transfer = Transfer::named(fields.plain("Content-Transfer-Encoding").as_deref());
        let boundary = parameters.as_ref().and_then(|p| p.attribute("boundary"));
        let kind = if media.starts_with("multipart/")
            && boundary.is_some_and(|b| !b.is_empty() && b.len() <= MAX_BOUNDARY_BYTES)
        {
            Kind::Multipart
        } else if matches!(media.as_str(), "message/rfc822" | "message/global")
            && transfer == Transfer::Identity
        {
            Kind::Message
        } else {
            Kind::Leaf
        };
        // A multipart that names no boundary has no parts: what there is, is text, unless it looks like parts,
        // which are listed as one file.
        let looks_parted = || self.raw[at + length..].trim_ascii_start().starts_with(b"--");
        let media = if kind == Kind::Leaf && media.starts_with("multipart/") && !looks_parted() {
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

    /// What lies behind the last part that is read: one more leaf, so that nothing is out of sight.
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
            body: &[],
            depth,
            children: 0,
            body_start: start,
        });
    }
}

fn media(content_type: &ContentType<'_>) -> String {
    let kind = content_type.ctype().to_ascii_lowercase();
    match content_type.subtype() {
        Some(subtype) => format!("{kind}/{}", subtype.to_ascii_lowercase()),
        None if kind == "text" => "text/plain".to_owned(),
        None => kind,
    }
}

/// A file name without directories, control characters or NUL.
fn base_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    name.chars().filter(|c| !c.is_control()).take(255).collect::<String>().trim().to_owned()
}
