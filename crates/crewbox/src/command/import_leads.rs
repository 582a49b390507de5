//! `crewbox import leads`: a table of leads into a campaign.

use std::path::PathBuf;

use clap::Args;
use crewbox_app::lead;
use crewbox_app::lead_table::{Decoded, Layout, Row, Rows, decode};
use crewbox_app::{Caller, Services, campaign};
use crewbox_core::change::Cause;
use crewbox_core::id::CampaignId;
use crewbox_core::model::LeadFields;
use indicatif::ProgressBar;
use serde::Serialize;

use crate::clock;
use crate::command::setup::name;
use crate::data::{DataArgs, Opened};
use crate::failure::Failure;
use crate::{output, progress};

/// Leads a transaction: keeps one below 20 ms, so that a server on the same directory is not held up.
const LEADS_A_BATCH: usize = 200;

const EXAMPLES: &str = "\
Examples:
  crewbox import leads --campaign 'Spring 2026' leads.csv
  crewbox import leads --account Acme --campaign 'Spring 2026' export.tsv

A row near the top names the columns: e-mail, first name, last name, name, company, phone, website, location,
LinkedIn, in any of 30 languages or as Google Contacts, Outlook, HubSpot, Pipedrive, Salesforce, LinkedIn, Apollo,
Lemlist, Mailchimp and others export them; any other column is kept as a custom field. Charset and delimiter are
detected. Every row that is not taken is listed with its number and the reason, the others are kept. Addresses follow
the same rules as in the API. Running it twice adds nothing twice.

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
    let refused = |why: &str| Failure::input(format!("{file}: {why}"));
    let bytes =
        std::fs::read(&args.file).map_err(|error| Failure::input(format!("cannot read {file}: {error}")))?;
    let decoded = decode(&bytes).map_err(refused)?;
    if decoded.text.trim().is_empty() {
        return Err(refused("it is empty: export the table again, with one row for each lead"));
    }
    let layout = Layout::find(&decoded.text).map_err(|why| refused(&why))?;
    if Rows::new(&decoded.text, layout.clone()).next().is_none() {
        return Err(refused("it has no row below the column names: add one row for each lead"));
    }
    let opened = args.data.open().await?;
    show(&decoded, &layout);
    let services = opened.services();
    let campaign = campaign(&opened, &services, &args.campaign).await?;
    let caller = opened.caller().await?.caused_by(Cause::Import);
    let bar = progress::bytes(decoded.text.len() as u64);
    let mut import =
        Import { services, caller, campaign, bar: &bar, added: 0, skipped: 0, batch: Vec::new() };
    let mut rows = Rows::new(&decoded.text, layout);
    for row in rows.by_ref() {
        bar.set_position(row.end as u64);
        import.row(row).await?;
    }
    import.add_pending().await?;
    let (added, skipped) = (import.added, import.skipped);
    bar.finish_and_clear();
    if rows.blank() > 0 {
        output::say(format_args!("{} lines have nothing on them and are no rows.", rows.blank()));
    }
    output::json(&Imported { campaign_id: campaign, added, skipped })?;
    opened.close().await;
    Ok(())
}

/// Tells how the file was read, so that a wrong guess is seen.
fn show(decoded: &Decoded<'_>, layout: &Layout) {
    let guessed = if decoded.guessed { " (detected)" } else { "" };
    let header = match layout.header_row {
        Some(1) => "column names in row: 1".to_owned(),
        Some(row) => format!("column names in row: {row}, and what is above is left out"),
        None => "no row names the columns, so all but the addresses is kept as custom fields".to_owned(),
    };
    output::say(format_args!(
        "Charset {}{guessed}, delimiter {}; {header}.",
        decoded.charset,
        layout.delimiter()
    ));
    if decoded.lossy {
        output::say(format_args!("Some bytes are not {}; they became \u{fffd}.", decoded.charset));
    }
    output::say(format_args!("Columns:\n{}", layout.columns));
}

/// A row that can be added, as it is told about if it was added before.
struct Pending {
    place: String,
    lead: LeadFields,
}

struct Import<'i> {
    services: Services,
    caller: Caller,
    campaign: CampaignId,
    bar: &'i ProgressBar,
    added: u64,
    skipped: u64,
    batch: Vec<Pending>,
}

impl Import<'_> {
    async fn row(&mut self, row: Row) -> Result<(), Failure> {
        let place = place(&row);
        for note in &row.notes {
            self.tell(&place, note);
        }
        match row.lead {
            Ok(lead) => self.batch.push(Pending { place, lead }),
            Err(why) => {
                self.skipped += 1;
                self.tell(&place, &why);
            }
        }
        if self.batch.len() == LEADS_A_BATCH {
            self.add_pending().await?;
            self.bar.set_message(format!("{} leads", self.added));
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// Adds what is pending; what the campaign has already is told.
    async fn add_pending(&mut self) -> Result<(), Failure> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let (places, leads): (Vec<String>, Vec<LeadFields>) =
            std::mem::take(&mut self.batch).into_iter().map(|pending| (pending.place, pending.lead)).unzip();
        let caller = self.caller.clone().at(clock::now());
        let answers = lead::add(&self.services, &caller, self.campaign, leads).await?;
        for ((email, became), place) in answers.into_iter().zip(places) {
            let Some(why) = became.not_added(&email) else {
                self.added += 1;
                continue;
            };
            self.skipped += 1;
            self.tell(&place, &why);
        }
        Ok(())
    }

    fn tell(&self, place: &str, what: &str) {
        self.bar.suspend(|| output::say(format_args!("{place}: {what}")));
    }
}

/// A row as a spreadsheet numbers it, with its line in a text editor where that is another.
fn place(row: &Row) -> String {
    let Row { number, line, .. } = row;
    if number == line { format!("row {number}") } else { format!("row {number} (line {line})") }
}

async fn campaign(opened: &Opened, services: &Services, name: &str) -> Result<CampaignId, Failure> {
    let caller = opened.caller().await?.caused_by(Cause::Import);
    let kept = caller.names().campaigns.iter().filter(|campaign| campaign.deleted_at.is_none());
    let mut named = kept.filter(|campaign| campaign.name == name);
    if let Some(campaign) = named.next() {
        // They may be of different clients: the wrong one must not get the leads.
        if named.next().is_some() {
            let hint = "add the leads by POST /campaigns/{id}/leads, which takes the campaign's id";
            return Err(Failure::input(format!("several campaigns are named `{name}`: {hint}")));
        }
        return Ok(campaign.id);
    }
    Ok(campaign::create(services, &caller, name.to_owned(), None).await?)
}
