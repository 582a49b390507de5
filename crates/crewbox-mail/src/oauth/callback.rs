//! Where a person's browser comes back to after signing in: one page on this machine, for one sign-in (RFC 8252,
//! section 7.3).
//!
//! Owns the reading of that one request. Answers nothing to anybody who does not bring the state that was sent out,
//! and never shows the code.

use std::time::Duration;

use reqwest::Url;
use subtle::ConstantTimeEq as _;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// A browser says what it wants within this.
const REQUEST_TIME: Duration = Duration::from_secs(10);
/// Bytes of a request line: providers' codes are a few hundred.
const LONGEST_LINE: u64 = 16 * 1024;

/// Waits for the browser, and returns the code it brings.
///
/// # Errors
/// A sentence, when the person or the provider refused, or nobody came within `patience`.
pub async fn await_code(listener: &TcpListener, state: &str, patience: Duration) -> Result<String, String> {
    let waiting = async {
        loop {
            let Ok((client, _)) = listener.accept().await else { continue };
            // A browser asks for its icon too, and others may ask for anything.
            if let Ok(Some(answer)) = timeout(REQUEST_TIME, serve(client, state)).await {
                return answer;
            }
        }
    };
    match timeout(patience, waiting).await {
        Ok(answer) => answer,
        Err(_) => Err("the sign-in page did not return in time: start again".to_owned()),
    }
}

/// One request; none if it is not the one awaited.
async fn serve(client: TcpStream, state: &str) -> Option<Result<String, String>> {
    let mut reader = BufReader::new(client).take(LONGEST_LINE);
    let mut line = String::new();
    reader.read_line(&mut line).await.ok()?;
    let answer = awaited(&line, state);
    let (status, text) = match &answer {
        Some(Ok(_)) => ("200 OK", "Signed in. You can close this page."),
        Some(Err(_)) => ("200 OK", "Not signed in. The terminal says why; you can close this page."),
        None => ("404 Not Found", "Nothing is here."),
    };
    let page = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n{text}",
        text.len()
    );
    let mut client = reader.into_inner().into_inner();
    let _ = client.write_all(page.as_bytes()).await;
    let _ = client.shutdown().await;
    answer
}

/// What a request line brings, if its state is ours.
fn awaited(line: &str, state: &str) -> Option<Result<String, String>> {
    let target = line.strip_prefix("GET ")?.split(' ').next()?;
    let url = Url::parse("http://localhost").ok()?.join(target).ok()?;
    let value =
        |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    if !bool::from(value("state")?.as_bytes().ct_eq(state.as_bytes())) {
        return None;
    }
    if let Some(code) = value("code") {
        return Some(Ok(code));
    }
    Some(Err(match value("error").as_deref() {
        Some("access_denied") => "the sign-in was declined: sign in and allow access to mail".to_owned(),
        _ => "the provider refused the sign-in: check the client id and its redirect address".to_owned(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_state_is_answered() {
        let ask = |line: &str| awaited(line, "st");
        assert_eq!(ask("GET /?code=a%2Fb&state=st HTTP/1.1"), Some(Ok("a/b".to_owned())));
        assert_eq!(ask("GET /?code=a&state=other HTTP/1.1"), None);
        assert_eq!(ask("GET /favicon.ico HTTP/1.1"), None);
        assert_eq!(ask("POST /?code=a&state=st HTTP/1.1"), None);
        assert!(
            ask("GET /?error=access_denied&state=st HTTP/1.1").unwrap().unwrap_err().contains("declined")
        );
    }
}
