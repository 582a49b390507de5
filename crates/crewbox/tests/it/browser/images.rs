//! The images of a mail with its own layout, in its frame: none of another server before somebody asks, then through ours.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

use super::{Day, keep_picture};

/// A red square of eight by eight pixels.
const PICTURE: &[u8] = include_bytes!("square.gif");

/// Another server, which has a picture at every path and reports what it is asked.
fn picture_server() -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (report, asked) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let (mut head, mut part) = (Vec::new(), [0; 4096]);
            while !head.windows(4).any(|end| end == b"\r\n\r\n") {
                match stream.read(&mut part) {
                    Ok(count) if count > 0 => head.extend_from_slice(&part[..count]),
                    _ => break,
                }
            }
            let length = PICTURE.len();
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: image/gif\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
            );
            let _ = stream.write_all(answer.as_bytes()).and_then(|()| stream.write_all(PICTURE));
            if report.send(String::from_utf8_lossy(&head).into_owned()).is_err() {
                return;
            }
        }
    });
    (url, asked)
}

#[test]
fn remote_images_are_loaded_after_a_click_and_through_the_server() {
    let (url, asked) = picture_server();
    let day = Day::served(&["--allow-private-hosts"]);
    let browser = &day.browser;
    let id = day.rows()[0];
    day.deliver(
        id,
        &format!(
            "Subject: Our brochure\r\nMessage-ID: <brochure@lead.example>\r\nMIME-Version: 1.0\r\n\
             Content-Type: text/html; charset=utf-8\r\n\r\n<table bgcolor=#eef><tr><td style=\"padding:20px\"><h1>Our brochure</h1>\
             <img src=\"{url}/one.gif\" width=80 height=80 alt=One><img src=\"{url}/two.gif?a=1&amp;b=2\" width=80 height=80 alt=Two>\
             <img src=\"{url}/open.gif\" width=1 height=1><img src=\"https://trace.example/o\" width=0 height=0></td></tr></table>\r\n"
        ),
    );
    browser.go(&day.at(&format!("/inbox/mine/{id}")));
    day.is_ready();
    let original = "[...document.querySelectorAll('main:not([aria-hidden]) details.original')].at(-1)";
    assert!(
        browser
            .text(&format!("{original}.querySelector('summary').innerText"))
            .contains("2 trackers blocked")
    );
    browser.run(&format!("{original}.id = 'brochure'"));
    browser.click("#brochure > summary");
    // It comes into view, wherever its message ends, and is loaded.
    browser.until(
        "(({top, bottom}) => bottom - top > 50 && bottom <= document.querySelector('main:not([aria-hidden]) .scroll').getBoundingClientRect().bottom + 1)(document.querySelector('#brochure iframe').getBoundingClientRect())",
    );
    let pictures = "[...document.images].map((one) => one.naturalWidth).join()";
    browser.switch_to_frame(Some("#brochure iframe"));
    browser.until("document.querySelector('h1')?.textContent === 'Our brochure'");
    browser.until(&format!("[...document.images].every((one) => one.complete) && {pictures} === '0,0,0,0'"));
    browser.switch_to_frame(None);
    keep_picture(browser, "a mail without its images");
    assert!(asked.try_recv().is_err(), "nothing was asked of another server before the click");

    browser.click("#brochure .load-images a");
    browser.switch_to_frame(Some("#brochure iframe"));
    browser.until(&format!("[...document.images].every((one) => one.complete) && {pictures} === '8,8,0,0'"));
    let sources = browser.text("[...document.images].map((one) => new URL(one.src)).map(({protocol, pathname}) => protocol + pathname).join()");
    assert_eq!(sources, "http:/images,http:/images,data:,,data:,", "trackers are never loaded");
    browser.switch_to_frame(None);
    keep_picture(browser, "a mail with its images");
    let heads: Vec<String> = asked.try_iter().collect();
    assert_eq!(heads.len(), 2, "{heads:?}");
    for head in heads {
        let head = head.to_lowercase();
        assert!(head.starts_with("get /one.gif ") || head.starts_with("get /two.gif?a=1&b=2 "), "{head}");
        for private in ["cookie:", "referer:", "chrome", "mozilla"] {
            assert!(!head.contains(private), "{private} in {head}");
        }
    }
    // The page itself still is where it was.
    assert_eq!(browser.text("location.pathname"), format!("/inbox/mine/{id}"));
    day.end();
}
