//! Files that came with a mail. They are always saved and never shown, whatever is in them.

use axum::body::Body;
use axum::http::{HeaderValue, Request, Response, header};
use crewbox_app::LargeFile;
use crewbox_app::message::{self, Attached};
use crewbox_core::id::MessageId;

use crate::app::Pages;
use crate::error::PageError;
use crate::guard::Visitor;
use crate::policy;

/// A mail up to this size is read here. In a larger one the server looks for the file itself, as for the API.
const WHOLE_MAIL: usize = 256 * 1024;
/// Characters of a file name: what every file system takes.
const MOST_NAME: usize = 150;
/// Turns the direction of text around, so that `gpj.exe` reads as `exe.jpg`.
const TURNS_TEXT: [char; 9] = [
    '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}', '\u{2067}', '\u{2068}',
    '\u{2069}',
];

/// Where a file is.
pub(super) fn path(message: MessageId, index: u32) -> String {
    format!("/files/{message}/{index}")
}

/// GET `/files/{message}/{index}`.
pub(crate) async fn download(
    pages: &Pages,
    (id, index): (&str, &str),
    request: Request<Body>,
) -> Result<Response<Body>, PageError> {
    let (parts, _) = request.into_parts();
    let visitor = Visitor::of(pages, &parts).await?;
    let id = id.parse().ok().filter(|id| *id > 0).map(MessageId).ok_or(PageError::Nothing)?;
    let index: u32 = index.parse().map_err(|_| PageError::Nothing)?;
    let attached = message::attachment(&pages.services, &visitor.caller, id, index, WHOLE_MAIL).await?;
    match attached {
        Attached::Whole(attachment, bytes) => Ok(saved_as(&attachment.file_name, Body::from(bytes))),
        Attached::In(mail) => {
            let (held, _) =
                message::read(&pages.services, &visitor.caller, id, crewbox_store::BodyLimits::NONE).await?;
            let found = held.attachments.iter().find(|one| one.index == index);
            let name = found.ok_or_else(|| message::no_attachment(id, index))?;
            let mut response = saved_as(&name.file_name, Body::empty());
            response.extensions_mut().insert(LargeFile { mail, index });
            Ok(response)
        }
    }
}

fn saved_as(name: &str, body: Body) -> Response<Body> {
    let name: String = safe_name(name).chars().flat_map(encoded).collect();
    let disposition = format!("attachment; filename*=UTF-8''{name}");
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    policy::protect_file(headers);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_str(&disposition).unwrap_or(HeaderValue::from_static("attachment")),
    );
    response
}

/// A name that any file system takes: without path, control characters and what turns text around.
fn safe_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_safe = |c: &char| !c.is_control() && !TURNS_TEXT.contains(c) && !"<>:\"|?*".contains(*c);
    let name: String = name.chars().filter(is_safe).collect();
    let name = name.trim_matches(['.', ' ']);
    let chars: Vec<char> = name.chars().collect();
    match chars.len() {
        0 => "attachment".to_owned(),
        1..=MOST_NAME => name.to_owned(),
        // The end says what kind of file it is.
        length => chars[..MOST_NAME / 2].iter().chain(&chars[length - MOST_NAME / 2..]).collect(),
    }
}

/// A character as an extended value has it (RFC 8187).
fn encoded(c: char) -> Vec<char> {
    if c.is_ascii_alphanumeric() || "-._".contains(c) {
        return vec![c];
    }
    let mut bytes = [0; 4];
    c.encode_utf8(&mut bytes)
        .bytes()
        .flat_map(|byte| format!("%{byte:02X}").chars().collect::<Vec<_>>())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_name_and_cannot_leave_its_header() {
        for (name, safe) in [
            ("offer.pdf", "offer.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\x\\run.exe", "run.exe"),
            ("a\r\nSet-Cookie: b\".txt", "aSet-Cookie b.txt"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
            ("..", "attachment"),
            ("", "attachment"),
        ] {
            assert_eq!(safe_name(name), safe, "{name}");
        }
        let long = format!("{}.pdf", "é".repeat(1_000));
        assert_eq!((safe_name(&long).chars().count(), safe_name(&long).ends_with(".pdf")), (MOST_NAME, true));
        let response = saved_as("ü a;b.pdf", Body::empty());
        assert_eq!(
            response.headers()["content-disposition"],
            "attachment; filename*=UTF-8''%C3%BC%20a%3Bb.pdf"
        );
    }
}
