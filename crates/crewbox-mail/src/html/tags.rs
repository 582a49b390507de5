//! Reads single tags and texts of what the sanitiser wrote: balanced, in lower case, each attribute in double quotes.
//! Knows nothing of what the elements mean.

use memchr::{memchr, memchr2_iter};

/// The character references that the sanitiser's serialiser writes.
const REFERENCES: &[(&str, char)] =
    &[("&nbsp;", ' '), ("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"')];

/// Where the `>` of a tag is: not in an attribute's value.
pub(crate) fn tag_end(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let mut quoted = false;
    for at in memchr2_iter(b'"', b'>', bytes) {
        if bytes[at] == b'"' {
            quoted = !quoted;
        } else if !quoted {
            return at;
        }
    }
    bytes.len()
}

/// An attribute's value as it is written.
pub(crate) fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let value = tag.match_indices(name).find_map(|(at, _)| {
        // Within a value, a quote is written as a reference.
        tag[..at].ends_with(' ').then(|| tag[at + name.len()..].strip_prefix("=\"")).flatten()
    })?;
    Some(&value[..memchr(b'"', value.as_bytes())?])
}

/// Text with its character references replaced.
pub(crate) fn decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    push_decoded(&mut out, text);
    out
}

pub(crate) fn push_decoded(out: &mut String, mut text: &str) {
    while let Some(at) = memchr(b'&', text.as_bytes()) {
        out.push_str(&text[..at]);
        text = &text[at..];
        let (reference, char) =
            REFERENCES.iter().copied().find(|(name, _)| text.starts_with(name)).unwrap_or(("&", '&'));
        out.push(char);
        text = &text[reference.len()..];
    }
    out.push_str(text);
}
