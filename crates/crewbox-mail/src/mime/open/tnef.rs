//! Outlook's own format for a message, TNEF (`winmail.dat`), as MS-OXTNEF describes it: a list of attributes, some of
//! which hold lists of MAPI properties (MS-OXPROPS). Reads the texts and the files, passes over the rest, and stops
//! at what is damaged. Borrows from the bytes; every length is checked against what is left.

use super::super::charset;
use super::code_page::label;
use super::lzfu;
use super::rtf::{self, Rtf};
use crate::budget::{MAX_ATTACHMENTS, MAX_TNEF_PROPERTIES};

/// What every such file starts with.
const SIGNATURE: &[u8] = b"\x78\x9f\x3e\x22";

/// Attributes (MS-OXTNEF, section 2.1.3.1).
mod attribute {
    pub(super) const BODY: u32 = 0x0002_800c;
    pub(super) const ATTACH_DATA: u32 = 0x0006_800f;
    pub(super) const ATTACH_TITLE: u32 = 0x0001_8010;
    pub(super) const ATTACH_REND_DATA: u32 = 0x0006_9002;
    pub(super) const MESSAGE_PROPERTIES: u32 = 0x0006_9003;
    pub(super) const ATTACHMENT: u32 = 0x0006_9005;
    pub(super) const OEM_CODE_PAGE: u32 = 0x0006_9007;
}

/// Properties (MS-OXPROPS).
mod property {
    pub(super) const BODY: u16 = 0x1000;
    pub(super) const RTF_COMPRESSED: u16 = 0x1009;
    pub(super) const HTML: u16 = 0x1013;
    pub(super) const ATTACH_DATA: u16 = 0x3701;
    pub(super) const ATTACH_FILE_NAME: u16 = 0x3704;
    pub(super) const ATTACH_LONG_FILE_NAME: u16 = 0x3707;
    pub(super) const ATTACH_MIME_TAG: u16 = 0x370e;
    pub(super) const INTERNET_CODE_PAGE: u16 = 0x3fde;
}

/// A file in it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct File<'a> {
    /// Its name, as the sender's program gives it.
    pub(crate) name: String,
    /// `type/subtype`; empty where nothing says so.
    pub(crate) media: String,
    /// Its bytes.
    pub(crate) bytes: &'a [u8],
}

/// What it holds.
#[derive(Debug, Default)]
pub(crate) struct Tnef<'a> {
    /// The plain text; empty if there is none.
    pub(crate) text: String,
    /// The HTML; empty if there is none.
    pub(crate) html: String,
    /// The files, in their order.
    pub(crate) files: Vec<File<'a>>,
}

/// Reads it; none if it is no such file.
pub(crate) fn read(bytes: &[u8]) -> Option<Tnef<'_>> {
    // The signature, and a key that means nothing here.
    let mut rest = Bytes(bytes.strip_prefix(SIGNATURE)?);
    rest.take(2)?;
    let mut reader = Reader::default();
    while let Some((id, data)) = rest.attribute() {
        reader.attribute(id, data);
    }
    Some(reader.finish())
}

/// What has been read so far.
#[derive(Default)]
struct Reader<'a> {
    code_page: Option<u32>,
    internet_code_page: Option<u32>,
    body: Option<&'a [u8]>,
    unicode_body: Option<&'a [u8]>,
    narrow_body: Option<&'a [u8]>,
    html: Option<&'a [u8]>,
    unicode_html: Option<&'a [u8]>,
    rtf: Option<&'a [u8]>,
    files: Vec<Names<'a>>,
}

/// A file whose names are not decoded yet: the code page may come behind it.
#[derive(Default)]
struct Names<'a> {
    title: Option<Text<'a>>,
    short: Option<Text<'a>>,
    long: Option<Text<'a>>,
    media: Option<Text<'a>>,
    bytes: Option<&'a [u8]>,
}

/// Text in the file's code page, or in UTF-16.
#[derive(Clone, Copy)]
enum Text<'a> {
    Narrow(&'a [u8]),
    Wide(&'a [u8]),
}

impl<'a> Reader<'a> {
    fn attribute(&mut self, id: u32, data: &'a [u8]) {
        match id {
            attribute::OEM_CODE_PAGE => self.code_page = Bytes(data).u32(),
            attribute::BODY => self.body = Some(data),
            attribute::MESSAGE_PROPERTIES => each_property(data, |id, value| self.property(id, value)),
            attribute::ATTACH_REND_DATA if self.files.len() < MAX_ATTACHMENTS => {
                self.files.push(Names::default());
            }
            attribute::ATTACH_TITLE => self.file().title = Some(Text::Narrow(data)),
            attribute::ATTACH_DATA => self.file().bytes = Some(data),
            attribute::ATTACHMENT => {
                let file = self.file();
                each_property(data, |id, value| file.property(id, value));
            }
            _ => {}
        }
    }

    /// The file that is being described; the attribute that opens one may be missing.
    fn file(&mut self) -> &mut Names<'a> {
        if self.files.is_empty() {
            self.files.push(Names::default());
        }
        let last = self.files.len() - 1;
        &mut self.files[last]
    }

    fn property(&mut self, id: u16, value: Value<'a>) {
        match (id, value) {
            (property::BODY, Value::Wide(text)) => self.unicode_body = Some(text),
            (property::BODY, Value::Narrow(text)) => self.narrow_body = Some(text),
            (property::HTML, Value::Binary(bytes) | Value::Narrow(bytes)) => self.html = Some(bytes),
            (property::HTML, Value::Wide(text)) => self.unicode_html = Some(text),
            (property::RTF_COMPRESSED, Value::Binary(bytes)) => self.rtf = Some(bytes),
            (property::INTERNET_CODE_PAGE, Value::Number(number)) => self.internet_code_page = Some(number),
            _ => {}
        }
    }

    fn finish(self) -> Tnef<'a> {
        let narrow = |bytes: &[u8]| by_code_page(bytes, self.code_page.or(self.internet_code_page));
        let text = match (self.unicode_body, self.narrow_body.or(self.body)) {
            (Some(wide), _) => utf16(wide),
            (None, Some(bytes)) => narrow(bytes),
            (None, None) => String::new(),
        };
        let html = match (self.unicode_html, self.html) {
            (Some(wide), _) => utf16(wide),
            (None, Some(bytes)) => by_code_page(bytes, self.internet_code_page.or(self.code_page)),
            (None, None) => String::new(),
        };
        let mut tnef = Tnef { text, html, files: Vec::new() };
        if tnef.text.trim().is_empty() && tnef.html.trim().is_empty() {
            match self.rtf.and_then(lzfu::decompress).map(|rtf| rtf::read(&rtf)) {
                Some(Rtf::Html(html)) => tnef.html = html,
                Some(Rtf::Text(text)) => tnef.text = text,
                None => {}
            }
        }
        tnef.files = self
            .files
            .into_iter()
            .filter_map(|file| {
                let text = |text: Option<Text<'_>>| {
                    text.map(|text| match text {
                        Text::Narrow(bytes) => narrow(bytes),
                        Text::Wide(bytes) => utf16(bytes),
                    })
                    .filter(|text| !text.is_empty())
                };
                Some(File {
                    bytes: file.bytes?,
                    name: text(file.long)
                        .or_else(|| text(file.title))
                        .or_else(|| text(file.short))
                        .unwrap_or_default(),
                    media: text(file.media).unwrap_or_default().to_ascii_lowercase(),
                })
            })
            .collect();
        tnef
    }
}

impl<'a> Names<'a> {
    fn property(&mut self, id: u16, value: Value<'a>) {
        let text = match value {
            Value::Narrow(bytes) => Text::Narrow(bytes),
            Value::Wide(bytes) => Text::Wide(bytes),
            Value::Binary(bytes) => {
                if id == property::ATTACH_DATA {
                    self.bytes = self.bytes.or(Some(bytes));
                }
                return;
            }
            Value::Number(_) => return,
        };
        match id {
            property::ATTACH_LONG_FILE_NAME => self.long = Some(text),
            property::ATTACH_FILE_NAME => self.short = Some(text),
            property::ATTACH_MIME_TAG => self.media = Some(text),
            _ => {}
        }
    }
}

/// UTF-16 up to its NUL.
fn utf16(bytes: &[u8]) -> String {
    let (text, _) = encoding_rs::UTF_16LE.decode_without_bom_handling(bytes);
    text.split('\0').next().unwrap_or_default().to_owned()
}

/// Text in a Windows code page, up to its NUL; detected where none is given.
fn by_code_page(bytes: &[u8], code_page: Option<u32>) -> String {
    let end = memchr::memchr(0, bytes).unwrap_or(bytes.len());
    charset::decode(&bytes[..end], code_page.map(label).as_deref()).0
}

/// A property's value, as far as one is of use.
#[derive(Clone, Copy)]
enum Value<'a> {
    Number(u32),
    Narrow(&'a [u8]),
    Wide(&'a [u8]),
    Binary(&'a [u8]),
}

/// Gives out the properties of a list in their order; stops at what is damaged.
fn each_property<'a>(data: &'a [u8], mut give: impl FnMut(u16, Value<'a>)) {
    let mut rest = Bytes(data);
    let Some(count) = rest.u32() else { return };
    for _ in 0..(count as usize).min(MAX_TNEF_PROPERTIES) {
        let Some((id, value)) = rest.property() else { return };
        if let Some(value) = value {
            give(id, value);
        }
    }
}

/// Bytes from the front of which values are taken.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn u16(&mut self) -> Option<u16> {
        self.take(2)?.try_into().ok().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_le_bytes)
    }

    /// Bytes with their length before them, which end at a multiple of four.
    fn counted(&mut self) -> Option<&'a [u8]> {
        let length = self.u32()? as usize;
        let bytes = self.take(length)?;
        // The last one of a list may lack its padding.
        let _ = self.take((4 - length % 4) % 4);
        Some(bytes)
    }

    /// Level, id, length, data, checksum. A file that was cut off gives what there is.
    fn attribute(&mut self) -> Option<(u32, &'a [u8])> {
        self.take(1)?;
        let id = self.u32()?;
        let length = self.u32()? as usize;
        let data = self.take(length.min(self.0.len()))?;
        let _checksum = self.take(2);
        Some((id, data))
    }

    /// Id and value of a property; a value that is of no use is passed over.
    fn property(&mut self) -> Option<(u16, Option<Value<'a>>)> {
        let (kind, id) = (self.u16()?, self.u16()?);
        if id >= 0x8000 {
            // A named one: its namespace, then a number or a name.
            self.take(16)?;
            if self.u32()? == 0 {
                self.take(4)?;
            } else {
                self.counted()?;
            }
        }
        let many = kind & 0x1000 != 0;
        let width: usize = match kind & 0x0fff {
            // Numbers of two bytes are padded to four.
            0x02 | 0x03 | 0x04 | 0x0a | 0x0b => 4,
            0x05 | 0x06 | 0x07 | 0x14 | 0x40 => 8,
            0x48 => 16,
            0x0d | 0x1e | 0x1f | 0x102 => 0,
            _ => return None,
        };
        if width > 0 {
            let count = if many { self.u32()? as usize } else { 1 };
            let bytes = self.take(width.checked_mul(count)?)?;
            let number = bytes.first_chunk().copied().map(u32::from_le_bytes);
            return Some((id, number.filter(|_| !many).map(Value::Number)));
        }
        let count = self.u32()?;
        let mut value = None;
        for _ in 0..count {
            let bytes = self.counted()?;
            value = value.or(Some(match kind & 0x0fff {
                0x1e => Value::Narrow(bytes),
                0x1f => Value::Wide(bytes),
                _ => Value::Binary(bytes),
            }));
        }
        Some((id, value.filter(|_| !many)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(level: u8, id: u32, data: &[u8]) -> Vec<u8> {
        let length = u32::try_from(data.len()).unwrap();
        [&[level], id.to_le_bytes().as_slice(), &length.to_le_bytes(), data, b"\0\0"].concat()
    }

    fn string(kind: u16, id: u16, data: &[u8]) -> Vec<u8> {
        let length = u32::try_from(data.len()).unwrap();
        let padding = &[0, 0, 0][..(4 - data.len() % 4) % 4];
        [
            kind.to_le_bytes().as_slice(),
            &id.to_le_bytes(),
            &1_u32.to_le_bytes(),
            &length.to_le_bytes(),
            data,
            padding,
        ]
        .concat()
    }

    fn wide(text: &str) -> Vec<u8> {
        text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
    }

    fn file(parts: &[Vec<u8>]) -> Vec<u8> {
        [SIGNATURE, b"\x01\x00", &parts.concat()].concat()
    }

    #[test]
    fn text_and_files_are_found() {
        let named = [
            0x0003_u16.to_le_bytes().as_slice(),
            &0x8001_u16.to_le_bytes(),
            &[7; 16],
            &1_u32.to_le_bytes(),
            &6_u32.to_le_bytes(),
            b"a\0b\0\0\0\0\0",
            &9_u32.to_le_bytes(),
        ]
        .concat();
        let message = [
            3_u32.to_le_bytes().as_slice(),
            &named,
            &string(0x1f, property::BODY, &wide("Ja, gerne – Köln.")),
            &string(0x102, property::HTML, b"<p>x</p>"),
        ]
        .concat();
        let about = [
            2_u32.to_le_bytes().as_slice(),
            &string(0x1f, property::ATTACH_LONG_FILE_NAME, &wide("Preise 2026.pdf")),
            &string(0x1e, property::ATTACH_MIME_TAG, b"Application/PDF\0"),
        ]
        .concat();
        let bytes = file(&[
            attribute(1, attribute::OEM_CODE_PAGE, &1_252_u64.to_le_bytes()),
            attribute(1, attribute::BODY, b"not this\0"),
            attribute(1, attribute::MESSAGE_PROPERTIES, &message),
            attribute(2, attribute::ATTACH_REND_DATA, &[0; 14]),
            attribute(2, attribute::ATTACH_TITLE, b"PREISE~1.PDF\0"),
            attribute(2, attribute::ATTACH_DATA, b"%PDF"),
            attribute(2, attribute::ATTACHMENT, &about),
            attribute(2, attribute::ATTACH_REND_DATA, &[0; 14]),
            attribute(2, attribute::ATTACH_TITLE, b"K\xf6ln.txt\0"),
            attribute(2, attribute::ATTACH_DATA, b"x"),
        ]);
        let read = read(&bytes).unwrap();
        assert_eq!((read.text.as_str(), read.html.as_str()), ("Ja, gerne – Köln.", "<p>x</p>"));
        let named = |name: &str, media: &str, bytes: &'static [u8]| File {
            name: name.into(),
            media: media.into(),
            bytes,
        };
        assert_eq!(
            read.files,
            [named("Preise 2026.pdf", "application/pdf", b"%PDF"), named("Köln.txt", "", b"x")]
        );
    }

    #[test]
    fn what_is_damaged_gives_what_there_is() {
        let bytes =
            file(&[attribute(1, attribute::BODY, b"hello\0"), attribute(2, attribute::ATTACH_DATA, b"abc")]);
        for end in 0..bytes.len() {
            let _ = read(&bytes[..end]);
        }
        assert_eq!(read(&bytes[..bytes.len() - 3]).unwrap().files[0].bytes, b"ab");
        let endless = [u32::MAX.to_le_bytes().as_slice(), &string(0x101e, property::BODY, b"x")].concat();
        assert!(
            read(&file(&[attribute(1, attribute::MESSAGE_PROPERTIES, &endless)])).unwrap().text.is_empty()
        );
        assert!(read(b"\x78\x9f\x3e").is_none() && read(b"%PDF-1.4").is_none());
    }
}
