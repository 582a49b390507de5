//! Content codings: which one a request asks for (RFC 9110, section 12.5.3), and compressing a body with it.
//!
//! Owns the codings and how much work each may be. Keeps no body but those that are sent again and again, whose compressed
//! forms are made once.

use std::io::{self, Write};
use std::sync::OnceLock;

use axum::http::{HeaderMap, HeaderValue, header};
use bytes::Bytes;

use crate::payload::Payload;

/// A shorter body is sent as it is: headers and packets outweigh what compression saves.
pub(crate) const COMPRESSED_FROM: usize = 1024;
/// The window of Brotli as a power of two: no page needs more, and a larger one takes megabytes.
const BROTLI_WINDOW: u32 = 18;
/// Bytes that Brotli's writer puts together.
const BROTLI_BUFFER: usize = 16 * 1024;

/// A way to compress a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Zstd,
    Brotli,
    Gzip,
}

/// How much work compressing a body may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effort {
    /// For a body that is compressed for one response, or a few.
    EachTime,
    /// For a body that never changes.
    Once,
}

/// What a coding has: its name, and its level for either effort.
struct Row {
    coding: Coding,
    name: &'static str,
    level: i32,
    level_once: i32,
}

/// All codings, the one that is preferred first: zstd compresses a page to the same size in a third of the time. What is
/// compressed once for good is smallest in [`SMALLEST`].
const CODINGS: [Row; 3] = [
    Row { coding: Coding::Zstd, name: "zstd", level: 3, level_once: 15 },
    Row { coding: Coding::Brotli, name: "br", level: 4, level_once: 11 },
    Row { coding: Coding::Gzip, name: "gzip", level: 5, level_once: 9 },
];

const SMALLEST: Coding = Coding::Brotli;

impl Coding {
    /// The coding that a request prefers; none where it is to be sent as it is.
    pub(crate) fn asked(headers: &HeaderMap) -> Option<Self> {
        Self::preferred(headers, None)
    }

    /// The coding for a body that never changes: the smallest form among those that the request likes as much.
    pub(crate) fn asked_once(headers: &HeaderMap) -> Option<Self> {
        Self::preferred(headers, Some(SMALLEST))
    }

    fn preferred(headers: &HeaderMap, first: Option<Self>) -> Option<Self> {
        // Most programs do not send it.
        headers.get(header::ACCEPT_ENCODING)?;
        let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        let accepted: Vec<(&str, u16)> = values.flat_map(|value| value.split(',')).map(weighed).collect();
        let weight_of = |name: &str| {
            let weight =
                |(accepted, weight): &(&str, u16)| accepted.eq_ignore_ascii_case(name).then_some(*weight);
            accepted.iter().find_map(weight)
        };
        let others = weight_of("*").unwrap_or(0);
        let alias = |name| if name == "gzip" { weight_of("x-gzip") } else { None };
        let weight = |row: &Row| weight_of(row.name).or_else(|| alias(row.name)).unwrap_or(others);
        // Among equals the last one wins.
        let best = CODINGS.iter().rev().max_by_key(|row| (weight(row), Some(row.coding) == first))?;
        let as_it_is = weight_of("identity").unwrap_or(0);
        (weight(best) > 0 && weight(best) >= as_it_is).then_some(best.coding)
    }

    fn row(self) -> &'static Row {
        &CODINGS[self as usize]
    }

    /// Its name in headers.
    pub(crate) fn name(self) -> HeaderValue {
        HeaderValue::from_static(self.row().name)
    }

    /// The `ETag` of the compressed form of what has this `ETag`.
    pub(crate) fn tag(self, tag: &HeaderValue) -> HeaderValue {
        let quoted = tag.to_str().unwrap_or_default().trim_end_matches('"');
        HeaderValue::from_str(&format!("{quoted}-{}\"", self.row().name)).unwrap_or_else(|_| tag.clone())
    }

    /// The compressed body: the same bytes for the same body.
    ///
    /// # Errors
    /// When the system gives the compressor no memory.
    pub(crate) fn compress(self, body: &Payload, effort: Effort) -> io::Result<Vec<u8>> {
        let row = self.row();
        let level = match effort {
            Effort::EachTime => row.level,
            Effort::Once => row.level_once,
        };
        let out = Vec::with_capacity(body.len() / 4);
        match self {
            Self::Zstd => {
                let mut encoder = zstd::stream::write::Encoder::new(out, level)?;
                // Its tables are then as large as the body asks for.
                encoder.set_pledged_src_size(Some(body.len() as u64))?;
                write(body, &mut encoder)?;
                encoder.finish()
            }
            Self::Brotli => {
                let level = level.unsigned_abs();
                let mut encoder = brotli::CompressorWriter::new(out, BROTLI_BUFFER, level, BROTLI_WINDOW);
                write(body, &mut encoder)?;
                Ok(encoder.into_inner())
            }
            Self::Gzip => {
                let level = flate2::Compression::new(level.unsigned_abs());
                let mut encoder = flate2::write::GzEncoder::new(out, level);
                write(body, &mut encoder)?;
                encoder.finish()
            }
        }
    }
}

fn write(body: &Payload, out: &mut impl Write) -> io::Result<()> {
    body.pieces().try_for_each(|piece| out.write_all(piece))
}

/// A coding's name and its weight in thousandths. A weight that cannot be read is none.
fn weighed(one: &str) -> (&str, u16) {
    let mut parts = one.split(';');
    let name = parts.next().unwrap_or_default().trim();
    let given = parts.find_map(|part| {
        let (key, value) = part.split_once('=')?;
        key.trim().eq_ignore_ascii_case("q").then(|| value.trim())
    });
    let weight = given.map_or(1.0, |text| text.parse::<f32>().unwrap_or(0.0));
    (name, (weight.clamp(0.0, 1.0) * 1000.0) as u16)
}

/// Whether bodies of this media type are compressed. Files are not: most of them are compressed already.
pub(crate) fn is_compressible(content_type: &HeaderValue) -> bool {
    let media = content_type.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    media == "application/json" || (media.starts_with("text/") && media != "text/event-stream")
}

/// The compressed forms of a body that is sent more than once: each is made when it is asked for first.
#[derive(Debug)]
pub(crate) struct CompressedForms {
    pub(crate) effort: Effort,
    /// A longer form is made again each time.
    longest: usize,
    forms: [OnceLock<Bytes>; CODINGS.len()],
}

impl CompressedForms {
    pub(crate) fn new(effort: Effort) -> Self {
        Self::up_to(effort, usize::MAX)
    }

    /// Keeps forms of at most this many bytes.
    pub(crate) fn up_to(effort: Effort, longest: usize) -> Self {
        Self { effort, longest, forms: Default::default() }
    }

    pub(crate) fn get(&self, coding: Coding) -> Option<Bytes> {
        self.forms[coding as usize].get().cloned()
    }

    pub(crate) fn keep(&self, coding: Coding, form: &Bytes) {
        if form.len() > self.longest {
            return;
        }
        // Where two made it at once, it is the same. A copy, since the compressor leaves room behind what it made.
        let _ = self.forms[coding as usize].set(Bytes::copy_from_slice(form));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(values: &[&str]) -> Option<Coding> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::ACCEPT_ENCODING, HeaderValue::from_str(value).unwrap());
        }
        Coding::asked(&headers)
    }

    #[test]
    fn the_coding_with_the_highest_weight_is_chosen() {
        use Coding::{Brotli, Gzip, Zstd};
        for (values, coding) in [
            (&[][..], None),
            (&[""], None),
            (&["gzip, deflate, br, zstd"], Some(Zstd)),
            (&["gzip, deflate, br"], Some(Brotli)),
            (&["GZIP"], Some(Gzip)),
            (&["x-gzip"], Some(Gzip)),
            (&["deflate"], None),
            (&["br;q=0.5, gzip;q=0.8"], Some(Gzip)),
            (&["br; q=0.5", "gzip ; Q = 0.501"], Some(Gzip)),
            (&["*"], Some(Zstd)),
            (&["*;q=0.1, zstd;q=0"], Some(Brotli)),
            (&["*;q=0"], None),
            (&["zstd;q=0, br;q=0, gzip;q=0"], None),
            (&["identity;q=0, gzip;q=0.1"], Some(Gzip)),
            (&["identity;q=0"], None),
            (&["identity, gzip;q=0.5"], None),
            (&["identity;q=0.5, gzip"], Some(Gzip)),
            (&["zstd;q=much, gzip;q=0.1"], Some(Gzip)),
        ] {
            assert_eq!(asked(values), coding, "{values:?}");
        }
    }

    #[test]
    fn what_never_changes_is_sent_in_its_smallest_form() {
        for (accepted, coding) in [
            ("gzip, deflate, br, zstd", Some(Coding::Brotli)),
            ("br;q=0.5, zstd", Some(Coding::Zstd)),
            ("gzip", Some(Coding::Gzip)),
        ] {
            let headers =
                HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(accepted))]);
            assert_eq!(Coding::asked_once(&headers), coding, "{accepted}");
        }
    }

    #[test]
    fn each_form_has_a_tag_of_its_own() {
        let tag = HeaderValue::from_static("\"abc\"");
        assert_eq!(CODINGS.map(|row| row.coding.tag(&tag)), ["\"abc-zstd\"", "\"abc-br\"", "\"abc-gzip\""]);
    }

    #[test]
    fn the_table_is_in_the_order_of_the_codings() {
        assert!(CODINGS.iter().all(|row| row.coding.row().coding == row.coding));
    }
}
