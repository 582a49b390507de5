//! Reading a form that may have files (RFC 7578).
//!
//! Owns how such a form is received and how slowly it may arrive; its limits are those of who asks for it.
//! Nothing is read before its member is known.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Request, StatusCode, header};
use crewbox_core::outgoing::DraftAttachment;
use multer::{Constraints, Field, Multipart, SizeLimit};
use tokio::time::{Instant, timeout_at};

use crate::app::Pages;
use crate::error::PageError;
use crate::form::{FOREIGN, Form, MAX_FIELDS, MAX_FORM, is_from_here, read};
use crate::form_memory::FormMemory;
use crate::form_pieces::Arriving;
use crate::guard::Visitor;

/// After this time, [`LEAST_BYTES_A_SECOND`] count: a slow connection needs minutes for the files of a mail.
const GRACE: Duration = Duration::from_secs(30);
/// A form that arrives more slowly is given up: half a megabit each second.
const LEAST_BYTES_A_SECOND: u64 = 64 * 1024;
/// A file of more than this takes room for the rest of its form at once: a vector that grows is there twice while it moves,
/// and memory that nothing is written to costs nothing.
const LARGE: usize = 1024 * 1024;

const BROKEN: &str = "The form did not arrive as a whole: try again";
const SLOW: &str = "The files took too long to arrive: try again with a faster connection, or attach less";
const MANY: &str = "The form has too many files: attach less";
const LONG: &str =
    "The text of the form is larger than 4 MiB, or it has more than 100 fields: nothing was done";

/// What a form may have.
pub(crate) struct Limits {
    /// Bytes of the whole.
    pub(crate) bytes: usize,
    /// Files in it.
    pub(crate) files: usize,
    /// The sentence for one that is larger.
    pub(crate) too_large: &'static str,
}

/// The head of a request and its form, which may have files. Those of a form that no signed-in member sent are dropped as
/// they come.
///
/// # Errors
/// As [`read`]; a form beyond its limits.
pub(crate) async fn read_with_files(
    pages: &Pages,
    request: Request<Body>,
    limits: &Limits,
) -> Result<(Parts, Form), PageError> {
    let Some(boundary) = boundary_of(&request) else { return read(request).await };
    let (parts, body) = request.into_parts();
    if !is_from_here(&parts.headers) {
        return Err(PageError::Form(StatusCode::FORBIDDEN, FOREIGN));
    }
    let known = Visitor::of(pages, &parts).await.is_ok();
    let form = receive(&pages.form_memory, &parts, body, (boundary, limits), known).await?;
    Ok((parts, form))
}

/// The boundary of a form that may have files; none of another one.
fn boundary_of<T>(request: &Request<T>) -> Option<String> {
    let media_type = request.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
    multer::parse_boundary(media_type).ok()
}

/// Receives a form. Of one whose member is not `known`, files are not kept.
async fn receive(
    memory: &FormMemory,
    parts: &Parts,
    body: Body,
    (boundary, limits): (String, &Limits),
    known: bool,
) -> Result<Form, PageError> {
    let arriving = Arriving::new(body.into_data_stream());
    let announced = parts.headers.get(header::CONTENT_LENGTH);
    let announced: Option<usize> = announced.and_then(|length| length.to_str().ok()?.parse().ok());
    let form = if announced.is_some_and(|bytes| bytes > limits.bytes) {
        Err(PageError::Form(StatusCode::PAYLOAD_TOO_LARGE, limits.too_large))
    } else {
        let bytes = announced.unwrap_or(limits.bytes);
        let held = if known { memory.hold(bytes).await } else { memory.hold_of_stranger(bytes).await };
        match held {
            Ok(held) => {
                let form = parse(&arriving, (boundary, limits), announced.unwrap_or(0), known).await;
                form.map(|form| Form { _memory: Some(Arc::new(held)), ..form })
            }
            Err(busy) => Err(busy),
        }
    };
    match &form {
        // What came too slowly is not waited for any longer.
        Ok(_) | Err(PageError::Form(StatusCode::REQUEST_TIMEOUT, _)) => {}
        Err(_) => arriving.drain(limits.bytes).await,
    }
    form
}

/// Parses what arrives.
async fn parse(
    arriving: &Arc<Arriving>,
    (boundary, limits): (String, &Limits),
    announced: usize,
    known: bool,
) -> Result<Form, PageError> {
    let size = SizeLimit::new().whole_stream(limits.bytes as u64);
    let constraints = Constraints::new().size_limit(size);
    let mut receiving = Receiving { since: Instant::now(), bytes: 0, announced };
    let mut fields = Multipart::with_constraints(arriving.pieces(), boundary, constraints);
    let mut form = Form::default();
    let mut left = MAX_FORM;
    let broken = |error: multer::Error| match error {
        multer::Error::StreamSizeExceeded { .. } => {
            PageError::Form(StatusCode::PAYLOAD_TOO_LARGE, limits.too_large)
        }
        _ => PageError::Form(StatusCode::BAD_REQUEST, BROKEN),
    };
    for part in 0.. {
        arriving.head();
        let next = receiving.in_time(fields.next_field()).await?.map_err(broken)?;
        let Some(field) = next else { break };
        arriving.field();
        if part == MAX_FIELDS + limits.files {
            return Err(PageError::Form(StatusCode::UNPROCESSABLE_ENTITY, MANY));
        }
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.file_name().map(str::to_owned);
        let file_type = field.content_type().map(ToString::to_string);
        let keep = match file_name {
            None if form.fields.len() == MAX_FIELDS => return Err(long()),
            None => Keep::AtMost(left),
            Some(_) if known => Keep::All,
            Some(_) => Keep::Nothing,
        };
        let bytes = receiving.whole(field, keep).await?.map_err(broken)?;
        match file_name {
            // A browser sends an empty one where nothing was chosen.
            Some(file_name) if file_name.is_empty() && bytes.is_empty() => {}
            Some(file_name) => {
                form.had_files = true;
                if form.files.len() == limits.files {
                    return Err(PageError::Form(StatusCode::UNPROCESSABLE_ENTITY, MANY));
                }
                let file_type = file_type.unwrap_or_else(|| "application/octet-stream".to_owned());
                form.files.push(DraftAttachment { file_name: own_name(&file_name), file_type, bytes });
            }
            None => {
                left -= bytes.len();
                form.fields.push((name, String::from_utf8_lossy(&bytes).into_owned()));
            }
        }
    }
    if !known {
        form.files.clear();
    }
    Ok(form)
}

/// How much of a form has come, and since when.
struct Receiving {
    since: Instant,
    bytes: usize,
    /// Bytes of the whole form, where that is known.
    announced: usize,
}

/// Which of a field's bytes are kept.
#[derive(Clone, Copy)]
enum Keep {
    All,
    /// All of them, where there are no more than this.
    AtMost(usize),
    Nothing,
}

fn long() -> PageError {
    PageError::Form(StatusCode::PAYLOAD_TOO_LARGE, LONG)
}

impl Receiving {
    /// What comes next, if it comes in time.
    async fn in_time<T>(&self, next: impl Future<Output = T>) -> Result<T, PageError> {
        let due =
            self.since + GRACE + Duration::from_millis(self.bytes as u64 * 1_000 / LEAST_BYTES_A_SECOND);
        let slow = |_| PageError::Form(StatusCode::REQUEST_TIMEOUT, SLOW);
        timeout_at(due, next).await.map_err(slow)
    }

    /// The bytes of a field that are kept.
    async fn whole(
        &mut self,
        mut field: Field<'_>,
        keep: Keep,
    ) -> Result<Result<Vec<u8>, multer::Error>, PageError> {
        let mut whole = Vec::new();
        loop {
            match self.in_time(field.chunk()).await? {
                Ok(Some(chunk)) => {
                    match keep {
                        Keep::Nothing => {}
                        Keep::AtMost(most) if whole.len() + chunk.len() > most => return Err(long()),
                        Keep::All | Keep::AtMost(_) => {
                            if whole.len() >= LARGE && whole.capacity() < whole.len() + chunk.len() {
                                whole.reserve_exact(self.announced.saturating_sub(self.bytes));
                            }
                            whole.extend_from_slice(&chunk);
                        }
                    }
                    self.bytes += chunk.len();
                }
                Ok(None) => {
                    if whole.capacity() / 2 > whole.len() {
                        whole.shrink_to_fit();
                    }
                    return Ok(Ok(whole));
                }
                Err(error) => return Ok(Err(error)),
            }
        }
    }
}

/// A file's name without its path and without control characters, which end a header.
fn own_name(name: &str) -> String {
    let own = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let own: String = own.chars().filter(|c| !c.is_control()).collect();
    if own.trim().is_empty() { "attachment".to_owned() } else { own }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form_memory::ALL_BYTES;

    const LIMITS: Limits = Limits { bytes: 2_000, files: 2, too_large: "too large" };

    /// The form in these bytes.
    async fn form(memory: &FormMemory, text: &str, known: bool) -> Result<Form, PageError> {
        let request = Request::post("/").header(header::CONTENT_TYPE, "multipart/form-data; boundary=b");
        let request = request.body(()).unwrap();
        let boundary = boundary_of(&request).unwrap();
        let (parts, ()) = request.into_parts();
        receive(memory, &parts, Body::from(text.to_owned()), (boundary, &LIMITS), known).await
    }

    async fn of(memory: &FormMemory, limits: &Limits, text: &str) -> Result<Form, PageError> {
        let (parts, ()) = Request::post("/").body(()).unwrap().into_parts();
        receive(memory, &parts, Body::from(text.to_owned()), ("b".to_owned(), limits), true).await
    }

    /// A body that stops after these bytes.
    async fn stopped(text: &str) -> (impl Sized + use<>, Body) {
        let (mut sender, body) = http_body_util::channel::Channel::<_, axum::Error>::new(1_000);
        for part in text.as_bytes().chunks(16 * 1024) {
            sender.send_data(axum::body::Bytes::copy_from_slice(part)).await.unwrap();
        }
        (sender, Body::new(body))
    }

    fn file(name: &str, text: &str) -> String {
        format!(
            "--b\r\nContent-Disposition: form-data; name=\"upload\"; filename=\"{name}\"\r\n\
             Content-Type: text/plain\r\n\r\n{text}\r\n"
        )
    }

    fn field(name: &str, text: &str) -> String {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
    }

    fn status(form: Result<Form, PageError>) -> StatusCode {
        match form {
            Err(PageError::Form(status, _)) => status,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn fields_and_files_come_in_order_and_names_have_no_path() {
        let memory = FormMemory::default();
        let text = [
            field("reply", "Hi\r\nyou"),
            file("C:\\\\x\\\\plan.txt", "one"),
            file("", ""),
            field("file", "a"),
            field("file", "b"),
        ]
        .concat()
            + "--b--\r\n";
        let read = form(&memory, &text, true).await.unwrap();
        assert_eq!(read.get("reply"), "Hi\r\nyou");
        assert_eq!(read.all("file").collect::<Vec<_>>(), ["a", "b"]);
        let files: Vec<(&str, &[u8])> =
            read.files.iter().map(|file| (&*file.file_name, &*file.bytes)).collect();
        assert_eq!(files, [("plan.txt", &b"one"[..])]);
        let read = form(&memory, &text, false).await.unwrap();
        assert!(read.files.is_empty() && read.had_files, "of a stranger no file is kept");
        assert_eq!(read.get("reply"), "Hi\r\nyou");
    }

    #[tokio::test]
    async fn every_limit_has_its_answer() {
        let memory = FormMemory::default();
        let three = [file("a", "1"), file("b", "2"), file("c", "3")].concat() + "--b--\r\n";
        assert_eq!(status(form(&memory, &three, true).await), StatusCode::UNPROCESSABLE_ENTITY);
        let long = file("a", &"x".repeat(2_000)) + "--b--\r\n";
        assert_eq!(status(form(&memory, &long, true).await), StatusCode::PAYLOAD_TOO_LARGE);
        let empty = file("", "").repeat(MAX_FIELDS + LIMITS.files + 1) + "--b--\r\n";
        let wide = Limits { bytes: 1 << 20, ..LIMITS };
        assert_eq!(status(of(&memory, &wide, &empty).await), StatusCode::UNPROCESSABLE_ENTITY);
        let cut = file("a", "1");
        assert_eq!(status(form(&memory, &cut, true).await), StatusCode::BAD_REQUEST);
        let many =
            (0..=MAX_FIELDS).map(|_| "--b\r\nContent-Disposition: form-data\r\n\r\n\r\n").collect::<String>();
        assert_eq!(status(of(&memory, &wide, &(many + "--b--\r\n")).await), StatusCode::PAYLOAD_TOO_LARGE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_field_that_is_too_long_is_refused_before_it_is_there() {
        let memory = FormMemory::default();
        let wide = Limits { bytes: 30 << 20, ..LIMITS };
        let text = field("reply", &"x".repeat(MAX_FORM + 1));
        for known in [false, true] {
            let (_sender, body) = stopped(&text).await;
            let (parts, ()) = Request::post("/").body(()).unwrap().into_parts();
            let read = receive(&memory, &parts, body, ("b".to_owned(), &wide), known);
            assert_eq!(status(read.await), StatusCode::PAYLOAD_TOO_LARGE);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_without_an_end_is_refused_before_all_of_it_is_there() {
        let memory = FormMemory::default();
        let wide = Limits { bytes: 30 << 20, ..LIMITS };
        let long = "x".repeat(1 << 20);
        for text in
            [long.clone(), format!("--b\r\nX: {long}"), format!("--b\r\nX: {}", "\r\nX: y".repeat(200_000))]
        {
            let (_sender, body) = stopped(&text).await;
            let (parts, ()) = Request::post("/").body(()).unwrap().into_parts();
            let read = receive(&memory, &parts, body, ("b".to_owned(), &wide), false);
            assert_eq!(status(read.await), StatusCode::BAD_REQUEST);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_fit_waits_and_is_told_so() {
        let memory = FormMemory::default();
        let text = file("a", "1") + "--b--\r\n";
        let held = memory.hold(ALL_BYTES).await.unwrap();
        assert_eq!(status(form(&memory, &text, true).await), StatusCode::SERVICE_UNAVAILABLE);
        assert!(form(&memory, &text, false).await.is_ok(), "a stranger takes no room from members");
        let mut strangers = Vec::new();
        for _ in 0..4 {
            strangers.push(memory.hold_of_stranger(ALL_BYTES).await.unwrap());
        }
        assert_eq!(status(form(&memory, &text, false).await), StatusCode::SERVICE_UNAVAILABLE);
        drop(held);
        let read = form(&memory, &text, true).await.unwrap();
        assert!(memory.hold(ALL_BYTES).await.is_err(), "it is held as long as the form");
        drop(read);
        assert!(memory.hold(ALL_BYTES).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_form_that_stops_is_given_up() {
        let memory = FormMemory::default();
        let (_sender, body) = stopped(&file("a", "1")).await;
        let (parts, ()) = Request::post("/").body(()).unwrap().into_parts();
        let since = Instant::now();
        let read = receive(&memory, &parts, body, ("b".to_owned(), &LIMITS), true).await;
        assert_eq!(status(read), StatusCode::REQUEST_TIMEOUT);
        assert!(since.elapsed() < GRACE + Duration::from_secs(2));
    }
}
