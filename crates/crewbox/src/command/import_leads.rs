//! `crewbox import leads`: a CSV file into a campaign.

use std::path::PathBuf;

use clap::Args;
use crewbox_core::id::CampaignId;
use crewbox_core::model::LeadFields;
use crewbox_store::{Op, Outcome};
use serde::Serialize;

use crate::command::setup::name;
use crate::data::{DataArgs, Opened};
use crate::failure::Failure;
use crate::leads::{Decoded, Rows, decode};
use crate::{output, progress};

/// Leads a transaction: keeps one below 20 ms, so that a server on the same directory is not held up.
const LEADS_A_BATCH: usize = 200;

const EXAMPLES: &str = "\
Examples:
  crewbox import leads --campaign 'Spring 2026' leads.csv
  crewbox import leads --account Acme --campaign 'Spring 2026' export.tsv

The first row names the columns: email (or e-mail, mail, …), first name, last name, company, phone, website,
location, LinkedIn; any other column is kept as a custom field. Comma, semicolon and tab are told apart.
Rows that cannot be taken are listed by number, the others are kept. Running it twice adds nothing twice.

Prints {\"campaign_id\":…,\"added\":…,\"skipped\":…}.";

/// Import leads from a CSV file into a campaign, made if it is new
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct LeadsArgs {
    #[command(flatten)]
    data: DataArgs,
    /// The campaign's name; made if there is none of this name
    #[arg(long, env = "CREWBOX_CAMPAIGN", value_name = "NAME", value_parser = name)]
    campaign: String,
    /// The CSV file
    #[arg(value_name = "FILE.csv")]
    file: PathBuf,
}

#[derive(Serialize)]
struct Imported {
    campaign_id: CampaignId,
    added: u64,
    skipped: u64,
}

pub(crate) async fn run(args: LeadsArgs) -> Result<(), Failure> {
    let file = args.file.display();
    let bytes =
        std::fs::read(&args.file).map_err(|error| Failure::input(format!("cannot read {file}: {error}")))?;
    let Decoded { text, note } = decode(&bytes);
    let rows = Rows::new(&text).map_err(|why| Failure::input(format!("{file}: {why}")))?;
    let opened = args.data.open().await?;
    if let Some(note) = note {
        output::say(format_args!("{file}: {note}"));
    }
    output::say(format_args!("Columns:\n{}", rows.columns()));
    let campaign_id = campaign(&opened, &args.campaign).await?;
    let (mut added, mut skipped) = (0, 0);
    let bar = progress::bytes(text.len() as u64);
    let mut batch = Vec::with_capacity(LEADS_A_BATCH);
    for row in rows {
        bar.set_position(row.end);
        match row.lead {
            Ok(lead) => batch.push(lead),
            Err(why) => {
                skipped += 1;
                bar.suspend(|| output::say(format_args!("row {}: {why}", row.number)));
            }
        }
        if batch.len() == LEADS_A_BATCH {
            let (new, known) = add(&opened, campaign_id, std::mem::take(&mut batch)).await?;
            (added, skipped) = (added + new, skipped + known);
            bar.set_message(format!("{added} leads"));
            tokio::task::yield_now().await;
        }
    }
    let (new, known) = add(&opened, campaign_id, batch).await?;
    bar.finish_and_clear();
    output::json(&Imported { campaign_id, added: added + new, skipped: skipped + known })?;
    opened.close().await;
    Ok(())
}

async fn campaign(opened: &Opened, name: &str) -> Result<CampaignId, Failure> {
    let catalog = opened.catalog().await?;
    if let Some(campaign) = catalog.campaigns.iter().find(|campaign| campaign.name == name) {
        return Ok(campaign.id);
    }
    let op = Op::AddCampaign { name: name.to_owned(), client: None, parent: None };
    Ok(CampaignId(opened.make(op).await?))
}

/// Adds leads: how many are new to the campaign, and how many were in it.
async fn add(opened: &Opened, campaign: CampaignId, leads: Vec<LeadFields>) -> Result<(u64, u64), Failure> {
    if leads.is_empty() {
        return Ok((0, 0));
    }
    let (mut added, mut known) = (0, 0);
    for outcome in opened.commit(vec![Op::AddLeads { campaign, leads }]).await?.outcomes {
        let Outcome::Leads(leads) = outcome else { continue };
        let new = leads.iter().filter(|lead| lead.added).count() as u64;
        added += new;
        known += leads.len() as u64 - new;
    }
    Ok((added, known))
}
