//! `crewbox import mail`, the built program on a mailbox file of mails of about 5 KB.
//!
//! Owns that section: the mails, an account with leads for them to belong to, and watching the program's
//! memory while it works.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crewbox_core::id::{CampaignId, MailboxId};
use crewbox_core::model::{LeadFields, MailboxSettings};
use crewbox_store::contract::{MailboxSecrets, NewMailbox};
use crewbox_store::{Batch, Op, Open, Outcome, Scope, Store};
use crewbox_testkit::sample::NOW;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::report::{self, Report};
use crate::text::Vocabulary;
use crate::{Failure, Options, memory};

const MAILBOX: &str = "anna@sender.example";
const ACCOUNT: &str = "bench";
/// People who write them.
const LEADS: u64 = 20_000;
/// Bytes of text a mail; with headers and, in some, HTML, about 5 KB.
const TEXT_BYTES: usize = 4_300;
/// How often the program's memory is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// Mails a second.
const TARGET: f64 = 3_000.0;
/// Memory at the end against memory after a quarter of the run, for it to count as flat.
const FLAT: f64 = 1.25;

/// Measures.
pub(crate) fn measure(options: &Options, report: &mut Report) -> Result<(), Failure> {
    report.section(
        "Import",
        "--only import",
        "`crewbox import mail` of one mbox file into a fresh directory: read, threaded, classified, stored.",
    );
    let program = build()?;
    let scratch = tempfile::tempdir()?;
    let mbox = scratch.path().join("mails.mbox");
    eprintln!("   writing {} mails", report::thousands(options.mails));
    let bytes = write_mbox(&mbox, options)?;
    let data = scratch.path().join("data");
    set_up(&program, &data)?;
    let started = Instant::now();
    let (output, looks) = watch(
        Command::new(&program)
            .args(["import", "mail", "--data"])
            .arg(&data)
            .args(["--account", ACCOUNT, "--mailbox", MAILBOX])
            .arg(&mbox),
    )?;
    let took = started.elapsed();
    if !output.status.success() {
        return Err(format!("import ended with {}", output.status).into());
    }
    let counts: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let messages = counts["messages"].as_u64().unwrap_or_default();
    let peak = looks.iter().copied().max().unwrap_or_default();
    let early = looks.iter().take(looks.len().div_ceil(4)).copied().max().unwrap_or_default();
    let rate = messages as f64 / took.as_secs_f64();
    report.table(
        &[
            "mails",
            "untracked",
            "bytes a mail",
            "a second",
            "took",
            "most memory",
            "most in its first quarter",
        ],
        &[vec![
            report::thousands(messages),
            report::thousands(counts["untracked"].as_u64().unwrap_or_default()),
            report::thousands(bytes / options.mails.max(1)),
            report::thousands(rate as u64),
            report::time(took),
            report::mebibytes(peak),
            report::mebibytes(early),
        ]],
    );
    let what = format!("import of {} mails of about 5 KB, a second", report::thousands(messages));
    report.judge(what, "≥ 3,000", report::thousands(rate as u64), rate >= TARGET);
    let growth = peak as f64 / early.max(1) as f64;
    report.judge(
        "import, memory flat: whole run against its first quarter",
        "≤ 1.25 ×",
        report::times(growth),
        growth <= FLAT,
    );
    Ok(())
}

/// The program as it is now.
fn build() -> Result<PathBuf, Failure> {
    eprintln!("   building crewbox");
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--release", "--locked", "--quiet", "-p", "crewbox"])
        .stdout(Stdio::null())
        .status()?;
    let program = std::env::current_exe()?.with_file_name("crewbox");
    if !status.success() || !program.is_file() {
        return Err("crewbox could not be built".into());
    }
    Ok(program)
}

fn set_up(program: &Path, data: &Path) -> Result<(), Failure> {
    let status = Command::new(program)
        .args(["setup", "--data"])
        .arg(data)
        .args(["--account", ACCOUNT, "--name", "Owner", "--email", "owner@sender.example"])
        .stdout(Stdio::null())
        .status()?;
    if !status.success() {
        return Err(format!("setup ended with {status}").into());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let store = Store::open(&Open::command(data))?;
        let account = store.accounts().await?.first().ok_or("setup made no account")?.id;
        let scope = Scope::operator(account);
        let ops = vec![
            Op::SaveMailbox(Box::new(NewMailbox {
                email: MAILBOX.to_owned(),
                name: "Anna".to_owned(),
                client: None,
                settings: MailboxSettings::default(),
                secrets: MailboxSecrets::default(),
            })),
            Op::AddCampaign { name: "Spring".to_owned(), client: None, parent: None },
        ];
        let made = store.commit(Batch::new(scope, NOW, ops)).await?.outcomes;
        let [Outcome::Id(mailbox), Outcome::Id(campaign)] = made[..] else { return Err("no ids".into()) };
        let (mailboxes, campaign) = (vec![MailboxId(mailbox)], CampaignId(campaign));
        let mut ops = vec![Op::AddCampaignMailboxes { campaign, mailboxes }];
        let leads: Vec<LeadFields> =
            (0..LEADS).map(|lead| LeadFields { email: address(lead), ..LeadFields::default() }).collect();
        ops.extend(leads.chunks(400).map(|leads| Op::AddLeads { campaign, leads: leads.to_vec() }));
        store.commit(Batch::new(scope, NOW, ops)).await?;
        store.close().await;
        Ok(())
    })
}

fn address(lead: u64) -> String {
    format!("lead{lead}@company{}.example", lead % 997)
}

/// Writes the mails; gives their bytes.
fn write_mbox(path: &Path, options: &Options) -> Result<u64, Failure> {
    let words = Vocabulary::new();
    let mut random = ChaCha8Rng::seed_from_u64(options.seed);
    let mut file = BufWriter::new(File::create(path)?);
    let mut bytes = 0;
    for number in 0..options.mails {
        let mail = mail(number, &words, &mut random)?;
        bytes += mail.len() as u64;
        file.write_all(b"From MAILER-DAEMON Thu Jan  1 00:00:00 2026\n")?;
        file.write_all(mail.replace("\nFrom ", "\n>From ").as_bytes())?;
        file.write_all(b"\n")?;
    }
    file.into_inner()?.sync_all()?;
    Ok(bytes)
}

/// A mail from a lead, or a third of the time to one; every fourth has HTML beside its text.
fn mail(number: u64, words: &Vocabulary, random: &mut ChaCha8Rng) -> Result<String, Failure> {
    let lead = address(random.random_range(0..LEADS));
    let (from, to) =
        if number.is_multiple_of(3) { (MAILBOX, lead.as_str()) } else { (lead.as_str(), MAILBOX) };
    let at = NOW.millis() - random.random_range(0..31_536_000_000);
    let date = jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_string(&jiff::Timestamp::from_millisecond(at)?)?;
    let head = format!(
        "Return-Path: <{from}>\nReceived: from mx.example (mx.example [192.0.2.1]) by mail.example; {date}\n\
         Message-ID: <{number}.{at}@mail.example>\nDate: {date}\nFrom: <{from}>\nTo: <{to}>\nSubject: Re: {} {}\n\
         MIME-Version: 1.0\n",
        words.word(random),
        words.word(random)
    );
    if !number.is_multiple_of(4) {
        let own = words.text(random, TEXT_BYTES / 2);
        let quoted = words.text(random, TEXT_BYTES / 2).replace('\n', "\n> ");
        return Ok(format!(
            "{head}Content-Type: text/plain; charset=utf-8\n\n{own}\nOn Monday, {to} wrote:\n> {quoted}\n"
        ));
    }
    let text = words.text(random, TEXT_BYTES / 2);
    let html = words.text(random, TEXT_BYTES / 2).replace("\n\n", "</p>\n<p>");
    Ok(format!(
        "{head}Content-Type: multipart/alternative; boundary=\"b{number}\"\n\n--b{number}\n\
         Content-Type: text/plain; charset=utf-8\n\n{text}\n--b{number}\nContent-Type: text/html; charset=utf-8\n\n\
         <html><body><p>{html}</p></body></html>\n--b{number}--\n"
    ))
}

/// Runs a program and looks at its resident memory, in bytes, until it ends.
fn watch(command: &mut Command) -> Result<(Output, Vec<u64>), Failure> {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let pid = child.id();
    let (ended, end) = channel();
    std::thread::spawn(move || ended.send(child.wait_with_output()));
    let mut looks = Vec::new();
    loop {
        match end.recv_timeout(LOOK) {
            Ok(output) => return Ok((output?, looks)),
            Err(RecvTimeoutError::Timeout) => looks.extend(memory::status(pid, "VmRSS")),
            Err(RecvTimeoutError::Disconnected) => return Err("the program's end was missed".into()),
        }
    }
}
