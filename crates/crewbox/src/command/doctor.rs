//! `crewbox doctor`: every invariant of the data, checked. Reads only.

use clap::Args;
use crewbox_core::id::{MessageId, Seq};
use crewbox_core::index::Index;
use crewbox_store::contract::Fault;
use crewbox_store::{Open, Role, Scope, Store, StoreError};
use serde::Serialize;

use crate::clock;
use crate::command::reindex::{MAILS_A_PIECE, PARTS, read_all};
use crate::data::DirArgs;
use crate::failure::Failure;
use crate::{output, progress};

const EXAMPLES: &str = "\
Checks the database: every page against the check sum that is kept of it, with SQLite's full check, and the
newest changes against their record. Then every account: rows against the change log, raw mail against its
hash, what is stored of each mail against what reading it again gives, the index against the rows.
Prints {\"ok\":true,\"accounts\":…,\"conversations\":…,\"changes\":…}, or one JSON line for each fault and
exits 1. Works while a server runs; a busy server may have to be asked twice. Works on a read-only copy of a
directory, too, with the -wal beside its database if it has one.";

/// Check every invariant of the data
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    dir: DirArgs,
}

#[derive(Serialize)]
struct Healthy {
    ok: bool,
    accounts: usize,
    conversations: u64,
    changes: u64,
}

#[derive(Serialize)]
struct Broken<'a> {
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a str>,
    check: &'a str,
    fault: &'a str,
}

pub(crate) async fn run(args: DoctorArgs) -> Result<(), Failure> {
    let open = Open { role: Role::Reader, ..args.dir.as_command() };
    let store = match Store::open(&open) {
        Ok(store) => store,
        Err(error) => {
            if matches!(error, StoreError::Engine(_)) {
                // Which pages are damaged can be reported all the same. If they cannot be read, the error is the same.
                report(None, &Store::check_pages(&open.location).unwrap_or_default())?;
            }
            return Err(error.into());
        }
    };
    let spinner = progress::spinner("checking the database".into());
    let database = or_fault("database file", store.check_files().await);
    spinner.finish_and_clear();
    report(None, &database)?;
    let (mut conversations, mut changes, mut faults) = (0, 0, database.len());
    let accounts = store.accounts().await?;
    for account in &accounts {
        let scope = Scope::operator(account.id);
        let spinner = progress::spinner(format!("checking account `{}`", account.name));
        let mut found = or_fault("account", store.check(&scope).await);
        found.extend(or_fault(DERIVED, check_derived(&store, &scope).await));
        let index = check_index(&store, &scope).await;
        let index = index.unwrap_or_else(|error| Indexed::unreadable(&error));
        found.extend(index.faults);
        spinner.finish_and_clear();
        conversations += index.conversations;
        changes += index.at.0;
        faults += found.len();
        report(Some(&account.name), &found)?;
    }
    store.close().await;
    if faults == 0 {
        return output::json(&Healthy { ok: true, accounts: accounts.len(), conversations, changes });
    }
    Err(Failure::failed(format!(
        "{faults} faults: keep a copy of {} and file them with these lines; `crewbox reindex` mends what is derived",
        args.dir.data.display()
    )))
}

/// Prints each fault as one JSON line.
fn report(account: Option<&str>, faults: &[Fault]) -> Result<(), Failure> {
    faults.iter().try_for_each(|fault| {
        output::json(&Broken { ok: false, account, check: fault.check, fault: &fault.what })
    })
}

/// The faults of a check; one that cannot be run to its end is a fault itself.
fn or_fault(check: &'static str, found: Result<Vec<Fault>, StoreError>) -> Vec<Fault> {
    found.unwrap_or_else(|error| vec![unreadable(check, &error)])
}

fn unreadable(check: &'static str, error: &StoreError) -> Fault {
    Fault { check, what: format!("this cannot be checked: {error}") }
}

/// The check of what is derived from raw mail.
const DERIVED: &str = "what is stored of a mail is what reading it gives";

/// Reads every mail again and compares what that gives with what is stored. Mail that is damaged is another check's.
async fn check_derived(store: &Store, scope: &Scope) -> Result<Vec<Fault>, StoreError> {
    let (mut faults, mut after) = (Vec::new(), MessageId(0));
    loop {
        let raws = store.raws(scope, after, MAILS_A_PIECE).await?;
        let Some(last) = raws.last() else { return Ok(faults) };
        after = last.message.id;
        let again = tokio::task::spawn_blocking(move || read_all(raws, clock::now())).await;
        let again = again.map_err(|error| StoreError::Engine(format!("reading mail stopped: {error}")))?;
        for one in &again {
            let differs = PARTS.iter().zip(one.differences_from_any_reading());
            let parts: Vec<&str> = differs.filter_map(|(part, differs)| differs.then_some(*part)).collect();
            if !parts.is_empty() {
                let (id, parts) = (one.message.id, parts.join(", "));
                let what = format!(
                    "message {id} differs from its raw mail in {parts}: `crewbox reindex --apply` derives it again"
                );
                faults.push(Fault { check: DERIVED, what });
            }
        }
    }
}

struct Indexed {
    at: Seq,
    conversations: u64,
    faults: Vec<Fault>,
}

impl Indexed {
    fn unreadable(error: &StoreError) -> Self {
        Self { at: Seq(0), conversations: 0, faults: vec![unreadable("index", error)] }
    }
}

/// Builds the index as a server would, both ways, and compares every entry with its row.
async fn check_index(store: &Store, scope: &Scope) -> Result<Indexed, StoreError> {
    let (at, rows) = store.all_entries(scope).await?;
    let loaded = Index::load(rows.clone(), at);
    let mut grown = Index::new();
    for row in &rows {
        grown.put(row, at);
    }
    let mut faults = Vec::new();
    for (how, index) in [("loaded at once", &loaded), ("grown row by row", &grown)] {
        if index.len() != rows.len() {
            let what = format!("{} rows, but {} in an index {how}", rows.len(), index.len());
            faults.push(Fault { check: "index", what });
        }
        for row in &rows {
            if index.get(row.id).as_ref() != Some(row) {
                let what = format!("conversation {} differs from its row in an index {how}", row.id);
                faults.push(Fault { check: "index", what });
            }
        }
    }
    Ok(Indexed { at, conversations: rows.len() as u64, faults })
}
