//! Showing accounts: settings without secrets, and the state of the connection in words.

use crewbox_app::mailbox::{self, MailboxState};
use crewbox_core::id::{ClientId, MailboxId};
use crewbox_core::mailbox::{Condition, Folder};
use crewbox_core::model::Security;

use crate::answer::Json;
use crate::call::SignedCall;
use crate::declare::output;
use crate::error::ApiError;
use crate::handler::Path;
use crate::object::{At, Put as _};
use crate::value::Nullable;

output! {
    /// An e-mail account, without its passwords.
    pub(crate) struct EmailAccount {
        /// Its id.
        id: MailboxId,
        /// When it was saved first.
        created_at: At,
        /// The name in From.
        from_name: String,
        /// Its address.
        from_email: String,
        /// Other addresses that its owner writes from, saved and learned.
        aliases: Vec<String>,
        /// The user name on the SMTP server.
        username: String,
        /// The SMTP server.
        smtp_host: String,
        /// Its port.
        smtp_port: u32,
        /// How the SMTP connection is secured.
        smtp_port_type: Security,
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
        /// The client whose it is; null for the whole team's.
        client_id: Nullable<ClientId>,
        /// Always SMTP.
        kind as "type": &'static str,
        /// Whether nothing is wrong with sending.
        is_smtp_success: bool,
        /// Why sending last failed; null unless it did.
        smtp_failure_error: Nullable<String>,
        /// Whether new mail arrives.
        is_imap_success: bool,
        /// Why no new mail arrives; null where it does.
        imap_failure_error: Nullable<String>,
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
pub(crate) async fn list(call: SignedCall) -> Result<Json<Vec<EmailAccount>>, ApiError> {
    let all = mailbox::list(call.services(), &call.caller()).await?;
    Ok(Json(all.into_iter().map(|one| account(&call, one)).collect()))
}

/// GET `/email-accounts/{id}/`.
pub(crate) async fn get(call: SignedCall, Path(id): Path<MailboxId>) -> Result<Json<EmailAccount>, ApiError> {
    let one = mailbox::get(call.services(), &call.caller(), id).await?;
    Ok(Json(account(&call, one)))
}

fn account(call: &SignedCall, state: MailboxState) -> EmailAccount {
    let words = in_words(call, &state);
    let condition = state.condition();
    let receives = matches!(condition, Condition::Live | Condition::Syncing);
    let MailboxState { mailbox, connected } = state;
    let settings = mailbox.settings;
    let (status, folders) = connected.map(|one| (one.status, one.folders)).unwrap_or_default();
    let no_mail = || status.detail.clone().unwrap_or_else(|| "Not yet connected".to_owned());
    EmailAccount {
        id: mailbox.id,
        created_at: call.at(mailbox.created_at),
        from_name: mailbox.name,
        from_email: mailbox.email,
        aliases: mailbox.aliases,
        imap_username: settings.imap_user.unwrap_or_else(|| settings.user.clone()),
        username: settings.user,
        smtp_host: settings.smtp_host,
        smtp_port: settings.smtp_port.into(),
        smtp_port_type: settings.smtp_security,
        imap_host: settings.imap_host,
        imap_port: settings.imap_port.into(),
        imap_port_type: settings.imap_security,
        signature: settings.signature.into(),
        client_id: mailbox.client.into(),
        kind: "SMTP",
        is_smtp_success: status.smtp_error.is_none() && condition != Condition::New,
        is_imap_success: receives,
        imap_failure_error: (!receives).then(no_mail).into(),
        smtp_failure_error: status.smtp_error.into(),
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
