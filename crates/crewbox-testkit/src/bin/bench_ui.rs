//! Measures the web inbox in a real Chromium, against a demo that it starts: from a key press to the frame that shows its
//! effect, with the server near and 150 ms away, and the bytes of the first page. `cargo xtask bench ui` runs it.
//!
//! Owns no figure: it prints what the page measured, as a table.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, ExitCode, Stdio};

use crewbox_testkit::browser::{Browser, CONTROL, ESCAPE};
use serde_json::Value;

/// Milliseconds to the server.
const LATENCIES: [u64; 2] = [0, 150];
/// Times that each interaction is measured.
const TIMES: usize = 40;

/// Notes the time from each key press to the end of the frame that follows it.
const PROBE: &str = "window.times = []; addEventListener('keydown', event => { requestAnimationFrame(() => {
    const channel = new MessageChannel(); channel.port1.onmessage = () => window.times.push(performance.now() - event.timeStamp);
    channel.port2.postMessage(0); }); }, true);";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(program), Some(conversations)) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: bench_ui PROGRAM CONVERSATIONS");
        return ExitCode::from(2);
    };
    let (mut demo, json) = start(&program, &conversations);
    let browser = Browser::start(1440, 900);
    println!("\n## Web inbox, {conversations} conversations\n");
    println!("| interaction | ms to the server | p50 | p95 | worst |\n|---|---|---|---|---|");
    browser.go(json["members"][0]["sign_in_url"].as_str().unwrap_or_default());
    for latency in LATENCIES {
        browser.network(latency, false);
        browser.run("location.href = '/inbox/mine'");
        browser.until("location.pathname === '/inbox/mine' && document.readyState === 'complete'");
        browser.until("performance.getEntriesByType('resource').some(one => one.name.includes('/conversations?') && one.responseEnd)");
        browser.run(PROBE);
        browser.press(['j']);
        browser.until("window.times.length === 1");
        row(
            "`j` and `k`",
            latency,
            measured(&browser, |at| browser.press([if at / 10 % 2 == 0 { 'j' } else { 'k' }])),
        );
        row("archive", latency, measured(&browser, |_| browser.press(['e'])).into_iter().take(20).collect());
        row("undo", latency, measured(&browser, |_| browser.press(['z'])).into_iter().take(20).collect());
        row("mark important", latency, measured(&browser, |_| browser.press(['s'])));
        let palette = measured(&browser, |_| {
            browser.press_with(&[CONTROL], 'k');
            browser.press([ESCAPE]);
        });
        row("palette, and closing it", latency, palette);
    }
    println!("\n| compressed | bytes |\n|---|---|");
    let bytes = |label: &str, ends: &str| {
        let sum = format!(
            "performance.getEntriesByType('resource').filter(one => one.name.endsWith('{ends}')).reduce((sum, one) => sum + one.encodedBodySize, 0)"
        );
        println!("| {label} | {} |", browser.text(&sum));
    };
    bytes("scripts", ".js");
    bytes("styles", ".css");
    println!(
        "| first page | {} |",
        browser.text("performance.getEntriesByType('navigation')[0].encodedBodySize")
    );
    drop(browser);
    let _ = demo.kill();
    let _ = demo.wait();
    ExitCode::SUCCESS
}

fn start(program: &str, conversations: &str) -> (Child, Value) {
    let mut demo = Command::new(program)
        .args(["demo", "--json", "--listen", "127.0.0.1:0", "--conversations", conversations])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the demo starts");
    let mut line = String::new();
    let out = demo.stdout.take().expect("its output is piped");
    BufReader::new(out).read_line(&mut line).expect("the demo prints a line");
    let json = serde_json::from_str(&line).expect("the line is JSON");
    (demo, json)
}

/// What the page has noted for the presses.
fn measured(browser: &Browser, press: impl Fn(usize)) -> Vec<f64> {
    browser.run("window.times = []");
    for at in 0..TIMES {
        press(at);
        browser.until(&format!("window.times.length > {at}"));
    }
    let times = browser.run("return window.times");
    times.as_array().map(|all| all.iter().filter_map(Value::as_f64).collect()).unwrap_or_default()
}

fn row(name: &str, latency: u64, mut times: Vec<f64>) {
    times.sort_by(f64::total_cmp);
    let at = |part: usize| times.get((times.len() * part / 100).min(times.len().saturating_sub(1)));
    let figure = |time: Option<&f64>| time.map_or_else(|| "none".to_owned(), |ms| format!("{ms:.1} ms"));
    println!("| {name} | {latency} | {} | {} | {} |", figure(at(50)), figure(at(95)), figure(times.last()));
}
