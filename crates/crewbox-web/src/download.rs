//! Files that a client saves: never shown by a browser, whatever is in them. Large ones are read while they are sent.

use axum::body::Body as HttpBody;
use axum::http::{HeaderName, HeaderValue, header};
use crewbox_app::StoredMail;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use utoipa::openapi::Response;

use crate::answer::{Answer, IntoAnswer, bytes_of};
use crate::call::Call;
use crate::error::ApiError;
use crate::large::PIECES_BYTES;
use crate::payload::Payload;
use crate::pieces;
use crate::schema::Components;

/// The media type of a mail.
pub(crate) const MAIL: HeaderValue = HeaderValue::from_static("message/rfc822");

const NO_SNIFF: (HeaderName, HeaderValue) =
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
/// Should a browser show it all the same, nothing in it runs.
const SANDBOX: (HeaderName, HeaderValue) =
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));

/// A file to save.
pub(crate) struct Download {
    pub(crate) media_type: HeaderValue,
    pub(crate) file_name: String,
    pub(crate) content: Content,
}

/// A mail to save.
pub(crate) struct MailFile(Download);

impl IntoAnswer for MailFile {
    fn into_answer(self) -> Answer {
        self.0.into_answer()
    }

    fn describe(_: &mut Components) -> Response {
        bytes_of("message/rfc822", "The mail, byte for byte, as a download.")
    }
}

/// A file's bytes.
pub(crate) enum Content {
    Whole(Payload),
    /// Read while they are sent.
    InPieces(HttpBody),
}

/// A stored mail as a file: compared with its hash before anything is sent, and read in pieces where it is large.
///
/// # Errors
/// 500 for damaged or missing bytes; 503 while too many large responses are in preparation.
pub(crate) async fn mail(call: &Call, mail: StoredMail, file_name: String) -> Result<MailFile, ApiError> {
    let content = match mail {
        StoredMail::Whole(bytes) => Content::Whole(bytes.into()),
        StoredMail::Large(raw) => {
            let length = raw.size();
            let turn = call.app.0.large.turn_of(PIECES_BYTES).await?;
            let (turn, pieces) = turn.run(move || raw.checked()).await?;
            Content::InPieces(pieces::body(pieces?, length, turn.memory()))
        }
    };
    Ok(MailFile(Download { media_type: MAIL, file_name, content }))
}

impl IntoAnswer for Download {
    fn into_answer(self) -> Answer {
        let answer = match self.content {
            Content::Whole(bytes) => Answer::bytes(self.media_type, bytes),
            Content::InPieces(body) => Answer::stream(self.media_type, body),
        };
        saved_as(&self.file_name, answer)
    }

    fn describe(_: &mut Components) -> Response {
        bytes_of("*/*", "The file in its own media type, as a download.")
    }
}

/// A table to save, which is sent while it is read.
pub(crate) struct Table {
    pub(crate) file_name: String,
    pub(crate) body: HttpBody,
}

const CSV: HeaderValue = HeaderValue::from_static("text/csv; charset=utf-8");

impl IntoAnswer for Table {
    fn into_answer(self) -> Answer {
        saved_as(&self.file_name, Answer::stream(CSV, self.body))
    }

    fn describe(_: &mut Components) -> Response {
        bytes_of("text/csv", "The table, as a download.")
    }
}

fn saved_as(file_name: &str, answer: Answer) -> Answer {
    answer
        .header(header::CONTENT_DISPOSITION, disposition(file_name))
        .header(NO_SNIFF.0, NO_SNIFF.1)
        .header(SANDBOX.0, SANDBOX.1)
        .header(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"))
}

/// What RFC 8187 allows in an extended value and every browser reads; the rest is encoded.
const NOT_IN_FILE_NAMES: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');

/// `attachment` with the name as RFC 6266 has it: UTF-8, percent-encoded.
fn disposition(name: &str) -> HeaderValue {
    let text = format!("attachment; filename*=UTF-8''{}", utf8_percent_encode(name, NOT_IN_FILE_NAMES));
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_cannot_leave_its_header() {
        let value = disposition("ü\"\r\n;/..\\a b.pdf");
        assert_eq!(value, "attachment; filename*=UTF-8''%C3%BC%22%0D%0A%3B%2F..%5Ca%20b.pdf");
    }
}
