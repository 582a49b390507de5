//! Showing accounts: settings without secrets, and the state of the connection in words.

use crewbox_app::mailbox::{self, MailboxFilter, MailboxState, Provider};
use crewbox_core::id::{AccountId, CampaignId, ClientId, MailboxId};
use crewbox_core::mailbox::{Condition, Folder};
use crewbox_core::model::Security;
use crewbox_store::Catalog;

use crate::answer::Json;
use crate::call::SignedCall;
use crate::declare::{output, query};
use crate::error::ApiError;
use crate::handler::{Filters, Path};
use crate::object::{At, Null, Put as _};
use crate::tags::TagOf;
use crate::value::{Count, FromZero, Nullable, Trimmed, wire_names};

/// Accounts a page holds at the most, and unless asked for fewer.
const MAX_LIMIT: u64 = 100;
/// Characters of a user name to look for.
const MAX_SEARCHED: usize = 254;

wire_names!(Provider { Gmail = "GMAIL", Outlook = "OUTLOOK", Zoho = "ZOHO", Smtp = "SMTP" });

query! {
    /// Which accounts.
    pub(crate) struct WhichAccounts {
        /// Accounts to skip.
        offset: FromZero = Count(0),
        /// Accounts to return.
        limit: Count<1, MAX_LIMIT> = Count(MAX_LIMIT),
        /// Only accounts whose user name or address holds this.
        username: Option<Trimmed<MAX_SEARCHED>>,
        /// Only accounts of this client.
        client_id: Option<FromZero>,
        /// Only accounts of this provider.
        esp: Option<Provider>,
        /// Only accounts that a campaign sends from, or that none does.
        in_use as "isInUse": Option<bool>,
        /// Only accounts whose sending works, or does not.
        sends as "isSmtpSuccess": Option<bool>,
        /// Show the ids of the campaigns of each account.
        fetch_campaigns: bool = false,
    }
}

output! {
    /// An e-mail account, without its passwords.
    pub(crate) struct EmailAccount {
        /// Its id.
        id: MailboxId,
        /// When it was saved first.
        created_at: At,
        /// Always null: it is not kept.
        updated_at: Null,
        /// The Crewbox account that it is in.
        user_id: AccountId,
        /// The name in From.
        from_name: String,
        /// Its address.
        from_email: String,
        /// The user name on the SMTP server.
        username: String,
        /// The SMTP server.
        smtp_host: String,
        /// Its port.
        smtp_port: u32,
        /// How the SMTP connection is secured.
        smtp_port_type: Security,
        /// Always null: Crewbox sends no campaigns.
        message_per_day: Null,
        /// Always null: replies go to the address itself.
        different_reply_to_address: Null,
        /// Whether the user name on the IMAP server is another one.
        is_different_imap_account: bool,
        /// The IMAP server.
        imap_host: String,
        /// Its port.
        imap_port: u32,
        /// How the IMAP connection is secured.
        imap_port_type: Security,
        /// The user name on the IMAP server.
        imap_username: String,
        /// HTML below what is sent with a signature.
        signature: Nullable<String>,
        /// Always null: nothing is tracked.
        custom_tracking_domain: Null,
        /// Always null: no copies are sent.
        bcc_email: Null,
        /// The client whose it is; null for the whole team's.
        client_id: Nullable<ClientId>,
        /// The provider, by its log-in or its SMTP server.
        kind as "type": Provider,
        /// Whether nothing is wrong with sending.
        is_smtp_success: bool,
        /// Why sending last failed; null unless it did.
        smtp_failure_error: Nullable<String>,
        /// Whether new mail arrives.
        is_imap_success: bool,
        /// Why no new mail arrives; null where it does.
        imap_failure_error: Nullable<String>,
        /// Always null: Crewbox sends no campaigns.
        daily_sent_count: Null,
        /// Always null: there is no warm-up.
        warmup_details: Null,
        /// Campaigns that send from it.
        campaign_count: usize,
        /// Their ids; in a list where `fetch_campaigns` asks for them.
        campaign_ids: Option<Vec<CampaignId>>,
        /// Its tags.
        tags: Vec<TagOf>,
        /// Other addresses that its owner writes from, saved and learned.
        aliases: Vec<String>,
        /// The state of the connection: live, syncing 1,204 of 9,880, needs login.
        status: String,
        /// What to change, in one sentence; null where there is nothing.
        status_detail: Nullable<String>,
        /// Its folders.
        folders: Vec<EmailFolder>,
    }
}

output! {
    /// A folder of an account.
    pub(crate) struct EmailFolder {
        /// Its name.
        folder: String,
        /// Messages of the past that are still to be looked at.
        history_left: u32,
        /// Messages on the server.
        server: u64,
        /// Of these, held here.
        held: u64,
        /// Of these, neither held nor in quarantine nor passed over.
        missing: u64,
        /// Of these, in quarantine.
        quarantined: u64,
        /// Of these, drafts.
        passed_over: u64,
    }
}

/// GET `/email-accounts/`.
pub(crate) async fn list(
    call: SignedCall,
    Filters(which): Filters<WhichAccounts>,
) -> Result<Json<Vec<EmailAccount>>, ApiError> {
    let filter = MailboxFilter {
        username: which.username.map(|text| text.0),
        client: which.client_id.map(|id| ClientId(id.0)),
        provider: which.esp,
        in_use: which.in_use,
        sends: which.sends,
        campaign: None,
    };
    let caller = call.caller();
    let limit = which.limit.as_u32() as usize;
    let page = mailbox::page(call.services(), &caller, &filter, which.offset.0, limit).await?;
    let shown = page.into_iter().map(|one| account(&call, caller.names(), one, which.fetch_campaigns));
    Ok(Json(shown.collect()))
}

/// GET `/email-accounts/{id}/`.
pub(crate) async fn get(call: SignedCall, Path(id): Path<MailboxId>) -> Result<Json<EmailAccount>, ApiError> {
    let caller = call.caller();
    let one = mailbox::get(call.services(), &caller, id).await?;
    Ok(Json(account(&call, caller.names(), one, true)))
}

/// An account as it is shown, with the ids of its campaigns or without.
pub(crate) fn account(
    call: &SignedCall,
    names: &Catalog,
    state: MailboxState,
    with_campaigns: bool,
) -> EmailAccount {
    let sends = state.sends();
    let words = in_words(call, &state);
    let condition = state.condition();
    let receives = matches!(condition, Condition::Live | Condition::Syncing);
    let MailboxState { mailbox, connected, campaigns } = state;
    let settings = mailbox.settings;
    let (status, folders) = connected.map(|one| (one.status, one.folders)).unwrap_or_default();
    let no_mail = || status.detail.clone().unwrap_or_else(|| "Not yet connected".to_owned());
    EmailAccount {
        id: mailbox.id,
        created_at: call.at(mailbox.created_at),
        updated_at: Null,
        user_id: call.scope().account(),
        from_name: mailbox.name,
        from_email: mailbox.email,
        kind: Provider::of(&settings),
        message_per_day: Null,
        different_reply_to_address: Null,
        is_different_imap_account: settings.imap_user.as_ref().is_some_and(|user| *user != settings.user),
        imap_username: settings.imap_user.unwrap_or_else(|| settings.user.clone()),
        username: settings.user,
        smtp_host: settings.smtp_host,
        smtp_port: settings.smtp_port.into(),
        smtp_port_type: settings.smtp_security,
        imap_host: settings.imap_host,
        imap_port: settings.imap_port.into(),
        imap_port_type: settings.imap_security,
        signature: settings.signature.into(),
        custom_tracking_domain: Null,
        bcc_email: Null,
        client_id: mailbox.client.into(),
        is_smtp_success: sends,
        is_imap_success: receives,
        imap_failure_error: (!receives).then(no_mail).into(),
        smtp_failure_error: status.smtp_error.into(),
        daily_sent_count: Null,
        warmup_details: Null,
        campaign_count: campaigns.len(),
        campaign_ids: with_campaigns.then_some(campaigns),
        tags: mailbox.tags.iter().filter_map(|tag| names.tag(*tag)).map(TagOf::from).collect(),
        aliases: mailbox.aliases,
        status: words,
        status_detail: status.detail.into(),
        folders: folders.into_iter().map(folder).collect(),
    }
}

fn folder(folder: Folder) -> EmailFolder {
    let ledger = folder.ledger.unwrap_or_default();
    EmailFolder {
        folder: folder.name,
        history_left: folder.history.saturating_sub(1),
        server: ledger.server,
        held: ledger.held,
        missing: ledger.missing,
        quarantined: ledger.quarantined,
        passed_over: ledger.passed_over,
    }
}

/// The state of the connection in words: `live`, `syncing 1,204 of 9,880`, `throttled until …`.
fn in_words(call: &SignedCall, state: &MailboxState) -> String {
    let Some(connected) = &state.connected else { return "not connected".to_owned() };
    let until = |words: &str| match connected.status.until.filter(|until| *until > call.now) {
        Some(until) => {
            let mut text = Vec::new();
            call.at(until).put(&mut text);
            let text = String::from_utf8_lossy(&text).replace('"', "");
            format!("{words} until {text}")
        }
        None => words.to_owned(),
    };
    match connected.status.condition {
        Condition::New => "not connected yet".to_owned(),
        Condition::Connecting if connected.status.detail.is_some() => "waiting for a connection".to_owned(),
        Condition::Connecting => "connecting".to_owned(),
        Condition::Live => "live".to_owned(),
        Condition::Syncing => format!("syncing {} of {}", grouped(state.held()), grouped(state.on_server())),
        Condition::Throttled => until("throttled"),
        Condition::Unreachable => until("unreachable"),
        Condition::NeedsLogin => "needs login".to_owned(),
    }
}

/// A number with a comma every three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
