//! Measures the web inbox in a real Chromium, against a demo that it starts: from a key press to the frame that shows its
//! effect, conversations that are not loaded, filters and the first load, with the server near and 150 ms away, and the bytes
//! of the first page. `cargo xtask bench ui` runs it.
//!
//! Owns no figure: it prints what the page measured, as a table. Each row is the best of [`ROUNDS`]: what else the machine
//! does makes a round slower and never faster.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, ExitCode, Stdio};

use crewbox_testkit::browser::{Browser, CONTROL, ESCAPE};
use serde_json::Value;

/// Milliseconds to the server.
const LATENCIES: [u64; 2] = [0, 150];
/// Times that an interaction is measured in a round.
const TIMES: usize = 40;
/// Times that one is measured which needs the server, or a row of its own. Even, so that the last list is not the first one.
const FEW_TIMES: usize = 16;
const ROUNDS: usize = 3;
/// Rows of a page: a key held so long reaches the last one.
const ROWS: usize = 20;

/// Notes the time from each key press to the end of the frame that follows it. `frame(test, then)` waits for the end of the
/// first frame in which something is so.
const PROBE: &str = "window.times = []; window.afterFrame = then => requestAnimationFrame(() => {
      const channel = new MessageChannel(); channel.port1.onmessage = then; channel.port2.postMessage(0); });
    window.frame = (test, then) => afterFrame(() => test() ? then() : frame(test, then));
    addEventListener('keydown', event => afterFrame(() => window.times.push(performance.now() - event.timeStamp)), true);";

/// Nothing is loaded in advance any more.
const NOTHING_AHEAD: &str = "const whole = window.fetch;
    window.fetch = (path, options) => path.includes('/conversations?') ? Promise.reject(new Error()) : whole(path, options);";

/// Figures by interaction and latency: those of the best round.
#[derive(Default)]
struct Table(BTreeMap<(usize, u64), (&'static str, Vec<f64>)>);

impl Table {
    /// Keeps the round whose slow end is the fastest.
    fn add(&mut self, order: usize, name: &'static str, latency: u64, mut times: Vec<f64>) {
        times.sort_by(f64::total_cmp);
        let kept = self.0.entry((order, latency)).or_insert_with(|| (name, times.clone()));
        if at(&times, 95) < at(&kept.1, 95) {
            kept.1 = times;
        }
    }

    fn print(&self) {
        println!("| interaction | ms to the server | p50 | p95 | worst |\n|---|---|---|---|---|");
        for ((_, latency), (name, times)) in &self.0 {
            let figure =
                |time: Option<f64>| time.map_or_else(|| "none".to_owned(), |ms| format!("{ms:.1} ms"));
            let (p50, p95) = (figure(at(times, 50)), figure(at(times, 95)));
            println!("| {name} | {latency} | {p50} | {p95} | {} |", figure(times.last().copied()));
        }
    }
}

fn at(sorted: &[f64], part: usize) -> Option<f64> {
    sorted.get((sorted.len() * part / 100).min(sorted.len().saturating_sub(1))).copied()
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(program), Some(conversations)) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: bench_ui PROGRAM CONVERSATIONS");
        return ExitCode::from(2);
    };
    let (mut demo, json) = start(&program, &conversations);
    let mut table = Table::default();
    let mut bytes = Vec::new();
    for latency in LATENCIES {
        for _ in 0..ROUNDS {
            let browser = Browser::start(1440, 900);
            sign_in(&browser, &json);
            browser.network(latency, false);
            first_load(&browser, latency, &mut table);
            bytes = sizes(&browser);
            browser.run(PROBE);
            keys(&browser, latency, &mut table);
            held_key(&browser, latency, &mut table);
            from_server(&browser, latency, &mut table);
        }
    }
    println!("\n## Web inbox, {conversations} conversations, best of {ROUNDS}\n");
    table.print();
    println!("\n| compressed, until the first page is shown | bytes |\n|---|---|");
    for (label, size) in bytes {
        println!("| {label} | {size} |");
    }
    let _ = demo.kill();
    let _ = demo.wait();
    ExitCode::SUCCESS
}

/// Signs in without loading a page, so that the browser has no file of ours yet.
fn sign_in(browser: &Browser, json: &Value) {
    let member = &json["members"][0];
    browser.go(&format!("{}/assets/none", json["url"].as_str().unwrap_or_default()));
    browser.run(&format!(
        "fetch('/sign-in', {{method: 'POST', body: new URLSearchParams({{email: {}, password: {}}})}})
           .then(answer => {{ window.signedIn = answer.ok }})",
        member["email"], member["password"]
    ));
    browser.until("window.signedIn");
}

fn first_load(browser: &Browser, latency: u64, table: &mut Table) {
    browser.run("location.href = '/inbox/mine'");
    is_ready(browser);
    let paint = "performance.getEntriesByName('first-contentful-paint')[0].startTime";
    let page = "performance.getEntriesByType('navigation')[0]";
    let readable = browser.run(&format!("return Math.max({paint}, {page}.responseEnd)"));
    table.add(0, "first load, empty cache: list readable", latency, readable.as_f64().into_iter().collect());
    let before = format!(
        "return 1 + performance.getEntriesByType('resource').filter(one => one.startTime < {paint}).length"
    );
    let requests = browser.run(&before);
    eprintln!("{requests} requests before the list is readable, at {latency} ms");
}

/// The first page is shown, and the conversations of its rows are loaded.
fn is_ready(browser: &Browser) {
    browser.until("location.pathname === '/inbox/mine' && document.readyState === 'complete'");
    browser.until("performance.getEntriesByType('resource').some(one => one.name.includes('/conversations?') && one.responseEnd)");
    browser.until("performance.getEntriesByName('first-contentful-paint').length");
}

/// Bytes of what came before the page was complete. Scripts that are loaded when nothing else is to be done have a row of their own.
fn sizes(browser: &Browser) -> Vec<(&'static str, String)> {
    let sum = |wanted: &str| {
        browser.text(&format!(
            "performance.getEntriesByType('resource').filter(one => {wanted}).reduce((sum, one) => sum + one.encodedBodySize, 0)"
        ))
    };
    vec![
        ("scripts", sum("/(inbox|theme)-\\w+.js$/.test(one.name)")),
        ("scripts for later", sum("one.name.endsWith('.js') && !/(inbox|theme)-\\w+.js$/.test(one.name)")),
        ("styles", sum("one.name.endsWith('.css')")),
        ("first page", browser.text("performance.getEntriesByType('navigation')[0].encodedBodySize")),
    ]
}

fn keys(browser: &Browser, latency: u64, table: &mut Table) {
    browser.press(['j']);
    browser.until("window.times.length === 1");
    let moves = measured(browser, TIMES, |at| browser.press([if at / 10 % 2 == 0 { 'j' } else { 'k' }]));
    table.add(1, "`j` and `k`", latency, moves);
    table.add(3, "archive", latency, measured(browser, FEW_TIMES, |_| browser.press(['e'])));
    table.add(4, "undo", latency, measured(browser, FEW_TIMES, |_| browser.press(['z'])));
    table.add(5, "mark important", latency, measured(browser, TIMES, |_| browser.press(['s'])));
    let mut palette = Vec::new();
    for _ in 0..FEW_TIMES {
        browser.run(
            "window.took = null; addEventListener('keydown', function opened(event) {
               if (event.key !== 'k') return; removeEventListener('keydown', opened, true);
               frame(() => document.querySelector('#palette').open, () => { window.took = performance.now() - event.timeStamp });
             }, true)",
        );
        browser.press_with(&[CONTROL], 'k');
        browser.until("window.took !== null");
        palette.extend(browser.run("return window.took").as_f64());
        browser.press([ESCAPE]);
    }
    table.add(6, "palette", latency, palette);
}

fn held_key(browser: &Browser, latency: u64, table: &mut Table) {
    let mut times = Vec::new();
    for key in ['k', 'j', 'k', 'j'] {
        browser.run("window.times = []");
        browser.hold(key, ROWS);
        browser.until(&format!("window.times.length >= {ROWS}"));
        times.extend(browser.run("return window.times.at(-1)").as_f64());
    }
    table.add(2, "`j` held for 20 rows: last key", latency, times);
}

/// What needs the server: a filter, and conversations that are not loaded.
fn from_server(browser: &Browser, latency: u64, table: &mut Table) {
    browser.run(NOTHING_AHEAD);
    let mut filters = Vec::new();
    for at in 0..FEW_TIMES {
        browser.run(&format!(
            "window.took = null; const began = performance.now(), before = document.querySelector('.sheet > section');
             const links = document.querySelectorAll('nav.side .view'); (links[{at} % 2 + 1].closest('a') ?? links[{at} % 2 + 1]).click();
             frame(() => document.querySelector('.sheet > section') !== before, () => {{ window.took = performance.now() - began }});"
        ));
        browser.until("window.took !== null");
        filters.extend(browser.run("return window.took").as_f64());
    }
    table.add(9, "another list with its exact count", latency, filters);
    let mut whole = Vec::new();
    let headers = measured(browser, FEW_TIMES, |_| {
        browser.run(
            "window.took = null; addEventListener('keydown', event => frame(
               () => { const main = document.querySelector('main'); return main.dataset.id && !('loading' in main.dataset) },
               () => { window.took = performance.now() - event.timeStamp }), {once: true, capture: true});",
        );
        browser.press(['j']);
        browser.until("window.took !== null");
        whole.extend(browser.run("return window.took").as_f64());
    });
    table.add(7, "a conversation that is not loaded: header", latency, headers);
    table.add(8, "a conversation that is not loaded: whole", latency, whole);
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
fn measured(browser: &Browser, times: usize, mut press: impl FnMut(usize)) -> Vec<f64> {
    browser.run("window.times = []");
    for at in 0..times {
        press(at);
        browser.until(&format!("window.times.length > {at}"));
    }
    let times = browser.run("return window.times");
    times.as_array().map(|all| all.iter().filter_map(Value::as_f64).collect()).unwrap_or_default()
}
