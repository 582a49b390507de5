//! A real Chromium, driven over WebDriver (<https://www.w3.org/TR/webdriver2/>) by `chromedriver`.
//!
//! Owns the driver's process and its session; both end with the value. Speaks the few commands that tests and measurements
//! need, and waits inside the page, never by sleeping.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

/// Keys of the WebDriver standard, section "Keyboard actions".
pub const ENTER: char = '\u{e007}';
pub const ESCAPE: char = '\u{e00c}';
pub const CONTROL: char = '\u{e009}';
pub const SHIFT: char = '\u{e008}';

/// How the standard marks an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Milliseconds that a page gets until something that a test waits for is so.
const WAIT_MS: u64 = 15_000;
/// A command that is not answered within this names itself instead of holding up all tests after it: scripts of a page have
/// thirty seconds.
const ANSWERED_WITHIN: Duration = Duration::from_secs(60);
/// How often a driver is started that ends without a port, which happens now and then where many tests take ports.
const STARTS: usize = 5;

/// A driver that listens, and its port.
fn start_driver() -> (Child, u16) {
    let mut printed = String::new();
    for _ in 0..STARTS {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts: install the package chromium-driver");
        let mut lines = BufReader::new(driver.stdout.take().expect("its output is piped")).lines();
        let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let _ = writeln!(printed, "{line}");
            let port = line.split(" on port ").nth(1)?;
            port.trim_end_matches('.').parse().ok().filter(|port| *port != 0)
        });
        if let Some(port) = port {
            // What it prints later must not fill the pipe.
            std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
            return (driver, port);
        }
        let _ = driver.kill();
        let _ = driver.wait();
    }
    panic!("chromedriver prints no port in {STARTS} starts:\n{printed}");
}

/// A browser with one window.
#[derive(Debug)]
pub struct Browser {
    driver: Child,
    port: u16,
    session: String,
}

impl Browser {
    /// Starts a browser whose window has this size, in CSS pixels.
    ///
    /// # Panics
    /// Without `chromedriver` and `chromium`, which `cargo xtask test` installs.
    #[must_use]
    pub fn start(width: u32, height: u32) -> Self {
        Self::start_logging(width, height, &json!({"browser": "ALL"}))
    }

    /// The same, which keeps what [`requested`](Self::requested) gives.
    #[must_use]
    pub fn recording(width: u32, height: u32) -> Self {
        Self::start_logging(width, height, &json!({"browser": "ALL", "performance": "ALL"}))
    }

    fn start_logging(width: u32, height: u32, logs: &Value) -> Self {
        let (driver, port) = start_driver();
        let arguments = [
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            // What happens in a sandboxed frame is in the page's log only while it is in the page's process.
            "--disable-features=IsolateSandboxedIframes".to_owned(),
            format!("--window-size={width},{height}"),
        ];
        let mut browser = Self { driver, port, session: String::new() };
        let capabilities = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": logs,
            "timeouts": {"script": WAIT_MS + 5_000, "implicit": WAIT_MS},
        }}});
        let made = browser.request("POST", "/session", &capabilities);
        browser.session = made["sessionId"].as_str().expect("a session has an id").to_owned();
        browser
    }

    /// Goes to an address.
    pub fn go(&self, url: &str) {
        self.command("POST", "/url", &json!({"url": url}));
    }

    /// The result of a function's body in the page.
    pub fn run(&self, body: &str) -> Value {
        self.command("POST", "/execute/sync", &json!({"script": body, "args": []}))
    }

    /// What a function's body in the page gives to its function `done`, at some time.
    pub fn run_async(&self, body: &str) -> Value {
        let script = format!("const done = arguments[0]; {body}");
        self.command("POST", "/execute/async", &json!({"script": script, "args": []}))
    }

    /// The result of an expression, as text.
    #[must_use]
    pub fn text(&self, expression: &str) -> String {
        match self.run(&format!("return {expression}")) {
            Value::String(text) => text,
            other => other.to_string(),
        }
    }

    /// Waits until an expression is true in the page, looked at in every frame. Where the page is left meanwhile, it is looked
    /// at in the next one.
    ///
    /// # Panics
    /// When it is not in time, with what the page says.
    pub fn until(&self, expression: &str) {
        let script = format!(
            "const done = arguments[0]; const end = performance.now() + {WAIT_MS};
             const look = () => {{ let is; try {{ is = {expression}; }} catch {{ is = false; }}
               if (is) done(true); else if (performance.now() > end) done(false); else setTimeout(look, 16); }}; look();"
        );
        let asked = json!({"script": script, "args": []});
        let since = Instant::now();
        let is_so = loop {
            match self.answer("POST", &format!("/session/{}/execute/async", self.session), &asked) {
                (200, answer) => break answer["value"].clone(),
                // What the driver says of a script whose page is gone.
                (_, answer)
                    if answer["value"]["error"] == "script timeout"
                        && since.elapsed().as_millis() < u128::from(WAIT_MS) => {}
                (_, answer) => panic!("{expression}: {}", answer["value"]["message"]),
            }
        };
        assert_eq!(
            is_so,
            Value::Bool(true),
            "never so: {expression}; the page: {}; its log: {:?}",
            self.text("document.body.innerText"),
            self.log()
        );
    }

    /// Presses and releases keys, one after the other.
    pub fn press(&self, keys: impl IntoIterator<Item = char>) {
        let each = keys.into_iter().flat_map(|key| [down(key), up(key)]);
        self.act(each.collect());
    }

    /// Presses a key while others are held.
    pub fn press_with(&self, held: &[char], key: char) {
        let before = held.iter().map(|key| down(*key));
        let after = held.iter().rev().map(|key| up(*key));
        self.act(before.chain([down(key), up(key)]).chain(after).collect());
    }

    /// The same with a pause of so many milliseconds after each, as a person types.
    pub fn press_each(&self, keys: impl IntoIterator<Item = char>, pause_ms: u64) {
        let each = keys.into_iter().flat_map(|key| [down(key), up(key), pause(pause_ms)]);
        self.act(each.collect());
    }

    /// Holds a key down, which repeats so many times, as fast as the browser takes it.
    pub fn hold(&self, key: char, times: usize) {
        let repeats = std::iter::repeat_with(|| down(key)).take(times);
        self.act(repeats.chain([up(key)]).collect());
    }

    /// The same with so many milliseconds between one and the next.
    pub fn hold_at(&self, key: char, times: usize, pause_ms: u64) {
        let repeats = std::iter::repeat_with(|| [pause(pause_ms), down(key)]).take(times).flatten();
        self.act(repeats.skip(1).chain([up(key)]).collect());
    }

    fn act(&self, actions: Vec<Value>) {
        let keyboard = json!({"actions": [{"type": "key", "id": "keyboard", "actions": actions}]});
        self.command("POST", "/actions", &keyboard);
    }

    /// Clicks in the middle of an element.
    pub fn click(&self, selector: &str) {
        let id = self.element(selector);
        self.command("POST", &format!("/element/{id}/click"), &json!({}));
    }

    /// Replaces what is in a field, as a person types it.
    pub fn type_in(&self, selector: &str, text: &str) {
        let id = self.element(selector);
        self.command("POST", &format!("/element/{id}/clear"), &json!({}));
        self.command("POST", &format!("/element/{id}/value"), &json!({"text": text}));
    }

    /// Chooses a file in a field for files.
    pub fn choose_file(&self, selector: &str, file: &std::path::Path) {
        let id = self.element(selector);
        self.command("POST", &format!("/element/{id}/value"), &json!({"text": file.to_str()}));
    }

    /// Waits until an element is in the page, also where scripts are off.
    pub fn shows(&self, selector: &str) {
        self.element(selector);
    }

    fn element(&self, selector: &str) -> String {
        let found = self.command("POST", "/element", &json!({"using": "css selector", "value": selector}));
        let id = found.as_object().and_then(|found| found.values().next()).and_then(Value::as_str);
        id.unwrap_or_else(|| panic!("there is no {selector}: {found}")).to_owned()
    }

    /// Commands go to a frame of the page from now on; `None` is the page again.
    pub fn switch_to_frame(&self, selector: Option<&str>) {
        let id = selector.map(|selector| json!({ELEMENT: self.element(selector)}));
        self.command("POST", "/frame", &json!({"id": id}));
    }

    /// A picture of the page, as a PNG file.
    ///
    /// # Panics
    /// When the driver gives none.
    #[must_use]
    pub fn screenshot(&self) -> Vec<u8> {
        let picture = self.command("GET", "/screenshot", &Value::Null);
        BASE64_STANDARD
            .decode(picture.as_str().unwrap_or_default())
            .expect("the driver encodes pictures in Base64")
    }

    /// Sets the size of the page, in CSS pixels.
    pub fn resize(&self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", &size);
    }

    /// Sets what the page learns of the person's wishes, such as `prefers-color-scheme`.
    pub fn prefer(&self, features: &[(&str, &str)]) {
        let list: Vec<Value> =
            features.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        self.devtools("Emulation.setEmulatedMedia", &json!({"features": list}));
    }

    /// Whether pages run their scripts, from the next one on. The page that is open is left first: a script that
    /// is stopped in the middle of its work would report an error of its own.
    pub fn scripts(&self, are_on: bool) {
        if !are_on {
            self.go("about:blank");
        }
        self.devtools("Emulation.setScriptExecutionDisabled", &json!({"value": !are_on}));
    }

    /// A command of Chromium's own protocol (<https://chromedevtools.github.io/devtools-protocol/>).
    pub fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.command("POST", "/goog/cdp/execute", &json!({"cmd": command, "params": parameters}))
    }

    /// The tab that commands go to.
    #[must_use]
    pub fn tab(&self) -> String {
        self.command("GET", "/window", &Value::Null).as_str().unwrap_or_default().to_owned()
    }

    /// Opens an empty tab, to which commands go from now on.
    pub fn open_tab(&self) -> String {
        let opened = self.command("POST", "/window/new", &json!({"type": "tab"}));
        let tab = opened["handle"].as_str().expect("a tab has a handle").to_owned();
        self.switch_to(&tab);
        tab
    }

    /// Commands go to this tab.
    pub fn switch_to(&self, tab: &str) {
        self.command("POST", "/window", &json!({"handle": tab}));
    }

    /// Closes the tab that commands go to; the next ones need another.
    pub fn close_tab(&self) {
        self.command("DELETE", "/window", &Value::Null);
    }

    /// Sets the connection of the page: its latency in milliseconds, or none at all.
    pub fn network(&self, latency_ms: u64, is_offline: bool) {
        let conditions = json!({"network_conditions": {
            "offline": is_offline, "latency": latency_ms, "download_throughput": -1, "upload_throughput": -1,
        }});
        self.command("POST", "/chromium/network_conditions", &conditions);
    }

    /// What the console has got since the last call, such as errors and violations of the page's policy.
    #[must_use]
    pub fn log(&self) -> Vec<String> {
        let entries = self.command("POST", "/se/log", &json!({"type": "browser"}));
        let message = |entry: &Value| entry["message"].as_str().unwrap_or_default().to_owned();
        entries.as_array().map(|all| all.iter().map(message).collect()).unwrap_or_default()
    }

    /// The addresses that a recording browser has asked for since the last call, in pages and in their frames.
    #[must_use]
    pub fn requested(&self) -> Vec<String> {
        let entries = self.command("POST", "/se/log", &json!({"type": "performance"}));
        let address = |entry: &Value| {
            let event: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
            let message = &event["message"];
            let is_request = message["method"] == "Network.requestWillBeSent";
            is_request.then(|| message["params"]["request"]["url"].as_str().map(str::to_owned))?
        };
        entries.as_array().map(|all| all.iter().filter_map(address).collect()).unwrap_or_default()
    }

    fn command(&self, method: &str, path: &str, body: &Value) -> Value {
        self.request(method, &format!("/session/{}{path}", self.session), body)
    }

    fn request(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.answer(method, path, body);
        assert!(status == 200, "{method} {path}: {}", answer["value"]["message"]);
        answer["value"].clone()
    }

    /// The driver's status and its whole answer.
    fn answer(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let (status, answer) = self
            .exchange(method, path, body)
            .unwrap_or_else(|e| panic!("{method} {path} {body} is answered: {e}"));
        let answer =
            serde_json::from_str(&answer).unwrap_or_else(|e| panic!("chromedriver answers with JSON: {e}"));
        (status, answer)
    }

    fn exchange(&self, method: &str, path: &str, body: &Value) -> std::io::Result<(u16, String)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(ANSWERED_WITHIN))?;
        let body = if method == "POST" { body.to_string() } else { String::new() };
        let mut head = String::new();
        let _ = write!(
            head,
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.port,
            body.len()
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(body.as_bytes())?;
        let mut answer = BufReader::new(stream);
        let (mut status, mut length) = (0, 0);
        for line in answer.by_ref().lines() {
            let line = line?;
            if line.is_empty() {
                break;
            }
            if let Some(rest) = line.strip_prefix("HTTP/1.1 ") {
                status = rest.split(' ').next().and_then(|code| code.parse().ok()).unwrap_or(0);
            } else if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        let mut bytes = vec![0; length];
        answer.read_exact(&mut bytes)?;
        Ok((status, String::from_utf8_lossy(&bytes).into_owned()))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.exchange("DELETE", &format!("/session/{}", self.session), &Value::Null);
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn down(key: char) -> Value {
    json!({"type": "keyDown", "value": key.to_string()})
}

fn pause(ms: u64) -> Value {
    json!({"type": "pause", "duration": ms})
}

fn up(key: char) -> Value {
    json!({"type": "keyUp", "value": key.to_string()})
}
