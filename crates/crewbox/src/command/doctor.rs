//! `crewbox doctor`: every invariant of the data, checked. Reads only.

use clap::Args;
use crewbox_core::id::Seq;
use crewbox_core::index::Index;
use crewbox_store::contract::Fault;
use crewbox_store::{Open, Role, Scope, Store, StoreError};
use serde::Serialize;

use crate::data::DirArgs;
use crate::failure::Failure;
use crate::{output, progress};

const EXAMPLES: &str = "\
Checks every account: rows against the change log, blobs against their hashes, the index against the rows.
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
    account: &'a str,
    check: &'a str,
    fault: &'a str,
}

pub(crate) async fn run(args: DoctorArgs) -> Result<(), Failure> {
    let store = Store::open(&Open { role: Role::Reader, ..args.dir.as_command() })?;
    let accounts = store.accounts().await?;
    let (mut conversations, mut changes, mut faults) = (0, 0, 0_usize);
    for account in &accounts {
        let scope = Scope::operator(account.id);
        let spinner = progress::spinner(format!("checking account `{}`", account.name));
        let mut found = store.check(&scope).await?;
        let index = check_index(&store, &scope).await?;
        found.extend(index.faults);
        spinner.finish_and_clear();
        conversations += index.conversations;
        changes += index.at.0;
        faults += found.len();
        for fault in &found {
            output::json(&Broken {
                ok: false,
                account: &account.name,
                check: fault.check,
                fault: &fault.what,
            })?;
        }
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

struct Indexed {
    at: Seq,
    conversations: u64,
    faults: Vec<Fault>,
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
