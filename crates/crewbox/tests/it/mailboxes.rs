//! Mailboxes that cannot be connected, and many that can.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crewbox_testkit::figures::{figure, is_soak};
use crewbox_testkit::letter::Letter;
use serde_json::{Value, json};

use crate::bed::{ANN, Bed, LEA};
use crate::drive::{Server, command, path, run_with_input};

#[test]
fn each_wrong_setting_gives_one_sentence_that_says_what_to_change() {
    let mut bed = Bed::new();
    let (data, ca) = (bed.house.data(), bed.mail.ca());
    let (good, plain) = (bed.mail.dovecot.imaps.to_string(), bed.mail.dovecot.imap.to_string());
    let closed = crewbox_testkit::ports::free().to_string();
    let trusted = ["--allow-private-hosts", "--ca-file", path(&ca)];
    let (smtps, submission) = (bed.mail.smtp.smtps.to_string(), bed.mail.smtp.submission.to_string());
    let untrusted = ["--allow-private-hosts"];
    let (imap, smtp) = (["localhost", &good, "ssl"], ["localhost", &smtps, "ssl"]);
    let nowhere = |port| ["no-such-host.invalid", port, "ssl"];
    type Case<'a> = ([&'a str; 3], [&'a str; 3], &'a str, &'a [&'a str], [&'a str; 2]);
    let cases: [Case<'_>; 14] = [
        (nowhere(&good), smtp, "secret", &trusted, ["imap dns", "spelling"]),
        (["localhost", &closed, "ssl"], smtp, "secret", &trusted, ["imap connect", "check host and port"]),
        (["localhost", &plain, "ssl"], smtp, "secret", &trusted, ["imap tls", "check the port"]),
        (["localhost", &submission, "none"], smtp, "secret", &trusted, ["imap greeting", "check the port"]),
        (imap, smtp, "secret", &untrusted, ["imap tls", "--ca-file"]),
        (["localhost", &plain, "tls"], smtp, "secret", &untrusted, ["imap tls", "--ca-file"]),
        (imap, smtp, "wrong", &trusted, ["imap log-in", "password"]),
        (imap, smtp, "secret", &[], ["imap connect", "--allow-private-hosts"]),
        (imap, nowhere(&smtps), "secret", &trusted, ["smtp dns", "spelling"]),
        (imap, ["localhost", &closed, "ssl"], "secret", &trusted, ["smtp connect", "check host and port"]),
        (imap, ["localhost", &submission, "ssl"], "secret", &trusted, ["smtp tls", "check the port"]),
        (["localhost", &plain, "none"], smtp, "secret", &untrusted, ["smtp tls", "--ca-file"]),
        (
            ["localhost", &plain, "none"],
            ["localhost", &submission, "tls"],
            "secret",
            &untrusted,
            ["smtp tls", "--ca-file"],
        ),
        (imap, smtp, "smtp-wrong", &trusted, ["smtp log-in", "password"]),
    ];
    for ([host, port, security], [smtp_host, smtp_port, smtp_security], password, net, [step, words]) in cases
    {
        if password == "smtp-wrong" {
            // One password for both: the IMAP server's is changed to it.
            bed.mail.dovecot.set_password(password);
        }
        let add = [
            "mailbox",
            "add",
            "--data",
            path(&data),
            "--email",
            ANN,
            "--name",
            "Ann",
            "--imap-host",
            host,
            "--imap-port",
            port,
            "--imap-security",
            security,
            "--smtp-host",
            smtp_host,
            "--smtp-port",
            smtp_port,
            "--smtp-security",
            smtp_security,
            "--password-stdin",
        ];
        let added = run_with_input(&add, &format!("{password}\n"));
        assert_eq!(added.code, Some(0), "{added:?}");
        let mut test = vec!["mailbox", "test", ANN];
        test.extend(net);
        let since = Instant::now();
        let output = bed.house.run(&test);
        // A resolver that does not answer is waited for no longer than a server is.
        assert!(since.elapsed() < Duration::from_secs(60), "{:?}: {output:?}", since.elapsed());
        assert_eq!(output.code, Some(1), "{output:?}");
        let steps: Vec<Value> = output.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let failed = steps.iter().find(|step| step["ok"] == false).unwrap_or_else(|| panic!("{output:?}"));
        let (at, detail) = (failed["step"].as_str().unwrap(), failed["detail"].as_str().unwrap());
        let case = format!("{host}:{port} {security}, {smtp_host}:{smtp_port} {smtp_security}");
        assert_eq!(at, step, "{case}: {failed}");
        assert!(detail.contains(words), "{case}: {failed}");
        assert!(
            !output.out.contains(&format!("\"{password}")) && !output.err.contains(password),
            "{output:?}"
        );
    }
}

/// A command that does not outlive its test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Answers one token request, and returns what was asked.
fn provider(listener: &TcpListener) -> String {
    listener.set_nonblocking(true).unwrap();
    let since = Instant::now();
    let mut client = loop {
        match listener.accept() {
            Ok((client, _)) => break client,
            Err(error) => {
                assert!(since.elapsed() < Duration::from_secs(30), "nobody asks for a token: {error}")
            }
        }
        std::thread::park_timeout(Duration::from_millis(5));
    };
    client.set_nonblocking(false).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut request = String::new();
    let mut bytes = [0; 4_096];
    while !request.contains("client_secret=") {
        let read = client.read(&mut bytes).unwrap();
        assert!(read > 0, "{request}");
        request.push_str(&String::from_utf8_lossy(&bytes[..read]));
    }
    let body = r#"{"access_token":"access","refresh_token":"refresh-word","expires_in":3600}"#;
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ";
    write!(client, "{head}{}\r\n\r\n{body}", body.len()).unwrap();
    request
}

#[test]
fn a_person_signs_in_with_a_browser_and_only_the_refresh_token_is_kept() {
    let bed = Bed::new();
    let data = bed.house.data();
    let tokens = TcpListener::bind("127.0.0.1:0").unwrap();
    let token_url = format!("http://{}/token", tokens.local_addr().unwrap());
    let words = [
        "mailbox",
        "sign-in",
        ANN,
        "--data",
        path(&data),
        "--provider",
        "other",
        "--client-id",
        "our id",
        "--client-secret-stdin",
        "--authorise-url",
        "https://sign-in.example/page?tenant=1",
        "--token-url",
        &token_url,
        "--scope",
        "mail offline",
        "--allow-private-hosts",
    ];
    let mut command = command(&words);
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = Ended(piped.spawn().unwrap());
    child.0.stdin.take().unwrap().write_all(b"hush\n").unwrap();
    let mut lines = BufReader::new(child.0.stderr.take().unwrap()).lines().map(Result::unwrap);
    let page = lines.find(|line| line.starts_with("https://sign-in.example/page?")).unwrap();
    let value = |name: &str| {
        let start = page.find(&format!("{name}=")).unwrap() + name.len() + 1;
        page[start..].split('&').next().unwrap().to_owned()
    };
    assert!(
        page.contains("tenant=1") && value("code_challenge_method") == "S256" && !page.contains("hush"),
        "{page}"
    );
    let back = value("redirect_uri").replace("%3A", ":").replace("%2F", "/");
    let visit = |query: &str| {
        crate::http::send(back.trim_end_matches('/'), "GET", query, "", "text/plain", b"").unwrap()
    };
    assert_eq!(visit("/?code=forged&state=guessed").status, 404, "who does not know the state is nobody");
    let asked = std::thread::scope(|scope| {
        let asked = scope.spawn(|| provider(&tokens));
        assert_eq!(visit(&format!("/?code=the-code&state={}", value("state"))).status, 200);
        asked.join().unwrap()
    });
    assert!(
        asked.contains("code=the-code")
            && asked.contains("code_verifier=")
            && asked.contains("client_secret=hush")
    );
    let rest: Vec<String> = lines.collect();
    assert!(child.0.wait().unwrap().success(), "{rest:?}");
    let listed = bed.house.run(&["mailbox", "list"]);
    assert!(!listed.out.contains("refresh-word") && !listed.out.contains("hush"), "{listed:?}");
    let server = bed.serve();
    let account =
        server.call("GET", &format!("/email-accounts/{}", bed.mailbox), &bed.house.key, &Value::Null);
    assert_eq!(account.json()["from_name"], "Ann Lee", "{}", String::from_utf8_lossy(&account.body));
    assert!(!String::from_utf8_lossy(&account.body).contains("refresh-word"));
}

#[test]
fn credentials_never_come_back_out() {
    let bed = Bed::new();
    let server = bed.serve();
    for path in ["/email-accounts/".to_owned(), format!("/email-accounts/{}", bed.mailbox)] {
        let response = server.call("GET", &path, &bed.house.key, &Value::Null);
        assert_eq!(response.status, 200);
        assert!(!String::from_utf8_lossy(&response.body).contains("secret"), "{path}");
    }
    let tested = format!("/email-accounts/{}/test", bed.mailbox);
    let response = server.call("POST", &tested, &bed.house.key, &json!({}));
    assert_eq!(response.status, 200, "{}", String::from_utf8_lossy(&response.body));
    assert!(!String::from_utf8_lossy(&response.body).contains("secret"));
    let ledger =
        server.call("GET", &format!("/email-accounts/{}/ledger", bed.mailbox), &bed.house.key, &Value::Null);
    assert_eq!(ledger.status, 200, "{}", String::from_utf8_lossy(&ledger.body));
}

/// The processor time of a process so far, in milliseconds; and its resident memory now, in MiB.
fn cost(server: &Server) -> (u64, u64) {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", server.pid())).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap();
    (ticks * 10, line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024)
}

/// Mailboxes that the API lists at a time, at most.
const PAGE: usize = 100;

#[test]
fn many_idle_mailboxes_cost_little() {
    let count = figure("CREWBOX_IDLE", 40) as usize;
    let bed = Bed::new();
    for number in 0..count {
        let address = format!("idle{number}@crew.example");
        bed.mail.users(&[&address]);
        bed.add_mailbox(&address, None, None);
    }
    let server = bed.serve();
    let all_live = || {
        let page = |number: usize| {
            let path = format!("/email-accounts/?limit={PAGE}&offset={}", number * PAGE);
            server.call("GET", &path, &bed.house.key, &Value::Null).json()
        };
        let pages = (0..=count / PAGE).map(page);
        let is_live =
            |page: Value| page.as_array().unwrap().iter().filter(|one| one["status"] == "live").count();
        let live: usize = pages.map(is_live).sum();
        if live == count + 1 { Ok(()) } else { Err(format!("{live} of {}", count + 1)) }
    };
    bed.until("live mailboxes", Duration::from_secs(120), all_live);
    // Time in which nothing happens but the rests themselves.
    let watched = Duration::from_secs(figure("CREWBOX_IDLE_SECONDS", 5));
    let (before, _) = cost(&server);
    std::thread::park_timeout(watched);
    let (after, resident) = cost(&server);
    let share = (after - before) as f64 / watched.as_millis() as f64 * 100.0;
    println!(
        "soak: {} idle mailboxes over {watched:?}: {resident} MiB resident, {share:.2} % of a processor",
        count + 1
    );
    assert!(resident <= 100, "{resident} MiB");
    // The test run shares its processors with other tests' servers; the soak run is what counts.
    assert!(share <= if is_soak() { 1.0 } else { 10.0 }, "{share} %");
}

/// How much more memory a server may use at its highest, with a mailbox read in, than when it began: readers,
/// caches, and the mails being read; nothing that grows with the mailbox.
const MOST_GROWTH: u64 = 250;

#[test]
fn a_mailbox_of_100_000_mails_syncs_with_flat_memory() {
    let count = figure("CREWBOX_MAILBOX", 2_000) as usize;
    let bed = Bed::new();
    for number in 0..count {
        let letter = Letter::new(LEA, ANN, &format!("Letter {number}"));
        bed.mail.dovecot.deliver(ANN, "INBOX", &letter.raw());
    }
    let server = bed.serve();
    let ((_, before), since) = (cost(&server), Instant::now());
    // The first tenth fills what is kept; what comes after must not add to it by the mail.
    let (mut peak, mut early) = (before, None);
    let status = || {
        server.call("GET", &format!("/email-accounts/{}", bed.mailbox), &bed.house.key, &Value::Null).json()
    };
    loop {
        let response = status();
        peak = peak.max(cost(&server).1);
        if early.is_none() && since.elapsed() > Duration::from_secs(count as u64 / 2_000) {
            early = Some(peak);
        }
        if response["status"] == "live" {
            break;
        }
        assert!(since.elapsed() < Duration::from_secs(60 + count as u64 / 50), "{response}");
        std::thread::park_timeout(Duration::from_millis(100));
    }
    let took = since.elapsed();
    let rate = count as f64 / took.as_secs_f64();
    let early = early.unwrap_or(peak);
    println!(
        "soak: a mailbox of {count} mails: {rate:.0} mails/s, {before} MiB resident at first, {early} MiB after a \
         little, {peak} MiB at most"
    );
    bed.until("ledger without gaps", Duration::from_secs(60), || match bed.ledger() {
        [server, held, 0, 0] if server == held && held == count as u64 => Ok(()),
        other => Err(format!("{other:?}")),
    });
    assert!(peak - before <= MOST_GROWTH, "{before} MiB grew to {peak} MiB");
    if is_soak() {
        assert!(rate >= 200.0, "{rate}");
    }
}

#[test]
fn a_mailbox_that_needs_a_log_in_is_not_tried_by_whoever_asks() {
    let bed = Bed::new();
    let mut bed = bed;
    let server = bed.serve();
    bed.mail.dovecot.deliver(ANN, "INBOX", &Letter::new(LEA, ANN, "Hello").raw());
    bed.live(&server);
    bed.mail.dovecot.set_password("changed");
    let get = |path: &str| {
        let path = format!("/email-accounts/{}{path}", bed.mailbox);
        server.call("GET", &path, &bed.house.key, &Value::Null)
    };
    bed.until("need of a log-in", Duration::from_secs(60), || match get("").json() {
        found if found["status"] == "needs login" => Ok(()),
        other => Err(other.to_string()),
    });
    let response = get("/ledger");
    let body = response.json();
    assert_eq!(response.status, 200, "{body}");
    assert!(body["detail"].as_str().unwrap().contains("needs a log-in"), "{body}");
    assert_eq!(body["ledger"].as_array().unwrap().len(), 3, "{body}");
    assert_eq!(bed.ledger()[2], 0, "the command answers from what is kept, too");
    let listed = bed.house.run(&["mailbox", "list"]).json();
    assert_eq!((&listed["held"], &listed["of"]), (&json!(1), &json!(1)), "{listed}");
    let tested = bed.house.run(&["mailbox", "test", ANN, "--allow-private-hosts"]);
    assert_eq!(tested.code, Some(1), "trying is what it is asked for: {tested:?}");
}

#[test]
fn a_backlog_is_read_fast_while_the_api_goes_on_answering() {
    let count = figure("CREWBOX_BACKLOG", 1_000) as usize;
    let bed = Bed::new();
    let body = "Thank you for the offer. We would like to know more about prices and dates.\r\n".repeat(30);
    for number in 0..count {
        let letter = Letter::new(LEA, ANN, &format!("Letter {number}")).saying(&body);
        bed.mail.dovecot.deliver(ANN, "INBOX", &letter.raw());
    }
    let server = bed.serve();
    let since = Instant::now();
    let ask = |times: &mut Vec<Duration>| {
        let start = Instant::now();
        let response = server.call("POST", "/master-inbox/views", &bed.house.key, &json!({"limit": 10}));
        assert_eq!(response.status, 200);
        times.push(start.elapsed());
    };
    let (mut during, mut alone, mut peak) = (Vec::new(), Vec::new(), 0);
    loop {
        for _ in 0..20 {
            ask(&mut during);
        }
        let status =
            server.call("GET", &format!("/email-accounts/{}", bed.mailbox), &bed.house.key, &Value::Null);
        peak = peak.max(cost(&server).1);
        if status.json()["status"] == "live" {
            break;
        }
        assert!(since.elapsed() < Duration::from_secs(900), "{}", String::from_utf8_lossy(&status.body));
    }
    let took = since.elapsed();
    for _ in 0..during.len().clamp(200, 2_000) {
        ask(&mut alone);
    }
    let p99 = |times: &mut Vec<Duration>| {
        times.sort();
        times[(times.len() * 99).div_ceil(100) - 1]
    };
    let (during, alone) = (p99(&mut during), p99(&mut alone));
    let rate = count as f64 / took.as_secs_f64();
    println!(
        "soak: a backlog of {count} mails: {rate:.0} mails/s stored and threaded, {peak} MiB resident at most; list p99 \
         {during:.1?} while syncing, {alone:.1?} without"
    );
    bed.until("ledger without gaps", Duration::from_secs(60), || match bed.ledger() {
        [server, held, 0, 0] if server == held && held == count as u64 => Ok(()),
        other => Err(format!("{other:?}")),
    });
    if is_soak() {
        assert!(rate >= 200.0, "{rate}");
        assert!(during <= (alone * 2).max(Duration::from_millis(10)), "{during:?} against {alone:?}");
    }
}
