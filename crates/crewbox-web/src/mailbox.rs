//! E-mail accounts: saving them sealed, showing them without secrets, and taking posted mail in.

use crewbox_core::id::{ClientId, MailboxId, MessageId, QuarantineId};
use crewbox_core::mailbox::{Condition, Connected, Folder, Ledger};
use crewbox_core::message::Direction;
use crewbox_core::model::{Mailbox, MailboxSettings, Security};
use crewbox_core::time::Timestamp;
use crewbox_store::contract::{MailboxSecrets, NewMailbox};
use crewbox_store::{Op, Outcome, Thing};

use crate::answer::{Answer, Json};
use crate::call::SignedCall;
use crate::declare::{output, query};
use crate::error::ApiError;
use crate::handler::{Path, Query, RawMail};
use crate::object::{Obj, Put as _, Quoted};
use crate::port::Delivered;
use crate::problem::Provided;
use crate::request::{Object, Problems};
use crate::value::{MAX_NAME, Nullable, wire_names};
use crate::wire;

/// Characters a password, a host or a user name may have.
const MAX_TEXT: usize = 1_000;
/// Characters a signature may have.
const MAX_SIGNATURE: usize = 100_000;
/// What is said of a ledger that was not made afresh.
const STALE: &str =
    "The mailbox needs a log-in, so its server was not asked: these are the figures known before";
const SECURITIES: [(&str, Security); 3] =
    [("SSL", Security::Ssl), ("TLS", Security::Tls), ("NONE", Security::None)];

/// POST `/email-accounts/save`.
pub(crate) async fn save(call: SignedCall) -> Result<Answer, ApiError> {
    let names = call.names();
    let (new, aliases) = {
        let json = call.json()?;
        let mut problems = Problems::default();
        let body = call.object(&json, &mut problems)?.secret();
        let new = read(&body, &mut problems);
        let aliases = aliases(&body, &mut problems);
        problems.finish()?;
        (new, aliases)
    };
    if let Some(client) = new.client.filter(|client| names.catalog.client(*client).is_none()) {
        return Err(ApiError::missing(Thing::Client, client.get()));
    }
    let aliases = aliases.map(|aliases| Op::SetAliases { mailbox: new.email.clone(), aliases });
    let ops = std::iter::once(Op::SaveMailbox(Box::new(new))).chain(aliases).collect();
    let committed = call.commit(ops).await?;
    let Some(Outcome::Id(id)) = committed.outcomes.first() else {
        return Err(ApiError::Internal("a saved mailbox gave no id".to_owned()));
    };
    Ok(Answer::value(
        &Obj::new()
            .with("ok", true)
            .with("success", true)
            .with("message", "Email account saved; it is being connected")
            .with("emailAccountId", *id),
    ))
}

fn read(body: &Object<'_>, problems: &mut Problems) -> NewMailbox {
    let must = |key: &str, most: usize, problems: &mut Problems| {
        // Looked at before it is trimmed: these end up in headers and commands.
        if body
            .text(key, most, &mut Problems::default())
            .is_some_and(|text| text.contains(['\r', '\n', '\0']))
        {
            problems.note(key, format!("{key} must not contain a line break or NUL"), Provided::Nothing);
            return String::new();
        }
        let text = body.words(key, most, problems);
        problems.required(key, text)
    };
    let name = must("from_name", MAX_NAME, problems);
    let email = must("from_email", MAX_NAME, problems).to_lowercase();
    let user = must("user_name", MAX_TEXT, problems);
    let smtp_host = must("smtp_host", MAX_TEXT, problems);
    let imap_host = must("imap_host", MAX_TEXT, problems);
    // Not trimmed: white space may be part of a password.
    let password = body.text("password", MAX_TEXT, problems).filter(|text| !text.is_empty());
    let password = problems.required("password", password.map(|text| text.into_owned()));
    let imap_password = body.text("imap_password", MAX_TEXT, problems).map(|text| text.into_owned());
    let port = |key: &str, problems: &mut Problems| {
        let port = body.number(key, 1, i64::from(u16::MAX), problems);
        u16::try_from(problems.required(key, port)).unwrap_or(0)
    };
    let security = |key: &str, problems: &mut Problems| {
        let place = body.choice(key, &SECURITIES.map(|(name, _)| name), problems);
        place.map_or(Security::default(), |place| SECURITIES[place].1)
    };
    if !email.is_empty() && !crate::value::is_address(&email) {
        problems.wrong("from_email", "from_email must be an e-mail address", &email);
    }
    NewMailbox {
        email,
        name,
        client: body.id("client_id", problems).map(ClientId),
        settings: MailboxSettings {
            user,
            smtp_host,
            smtp_port: port("smtp_port", problems),
            smtp_security: security("smtp_port_type", problems),
            imap_host,
            imap_port: port("imap_port", problems),
            imap_security: security("imap_port_type", problems),
            imap_user: body.words("imap_user_name", MAX_TEXT, problems),
            oauth: None,
            signature: body.text("signature", MAX_SIGNATURE, problems).map(|text| text.into_owned()),
        },
        secrets: MailboxSecrets { password: Some(password), imap_password, ..MailboxSecrets::default() },
    }
}

/// Aliases a mailbox may be saved with: more than anybody has, and bounds what each mail is compared with.
const MOST_ALIASES: usize = 100;

/// The addresses that its owner also writes from, in place of those it had, learned ones too; none where the key is
/// absent.
fn aliases(body: &Object<'_>, problems: &mut Problems) -> Option<Vec<String>> {
    let given: &[wire::Json<'_>] = match body.get("aliases")? {
        wire::Json::Array(items) => items,
        one => std::slice::from_ref(one),
    };
    if given.len() > MOST_ALIASES {
        let count = Provided::Count { given: given.len(), most: MOST_ALIASES };
        problems.note("aliases", format!("aliases array cannot exceed {MOST_ALIASES} items"), count);
    }
    let mut aliases = Vec::new();
    for item in given.iter().take(MOST_ALIASES) {
        match item {
            wire::Json::Text(text) if crate::value::is_address(text.trim()) => {
                aliases.push(text.trim().to_owned())
            }
            _ => problems.wrong("aliases", "aliases must hold e-mail addresses", item),
        }
    }
    Some(aliases)
}

/// GET `/email-accounts/`.
pub(crate) async fn list(call: SignedCall) -> Result<Answer, ApiError> {
    let names = call.names();
    let scope = call.scope();
    let seen = names.catalog.mailboxes.iter();
    let seen = seen.filter(|mailbox| mailbox.removed_at.is_none() && scope.sees(mailbox.client));
    let connected = call.app.0.live.store().connected(scope).await?;
    let find = |id: MailboxId| connected.iter().find(|one| one.mailbox == id);
    let rows: Vec<Obj> = seen.map(|mailbox| object(&call, mailbox, find(mailbox.id))).collect();
    Ok(Answer::value(&rows))
}

/// GET `/email-accounts/{id}/`.
pub(crate) async fn get(call: SignedCall) -> Result<Answer, ApiError> {
    let names = call.names();
    let mailbox = call.mailbox(&names, MailboxId(call.path_id("id")?))?;
    let connected = call.app.0.live.store().connected(call.scope()).await?;
    let found = connected.iter().find(|one| one.mailbox == mailbox.id);
    Ok(Answer::value(&object(&call, mailbox, found)))
}

/// DELETE `/email-accounts/{id}`.
pub(crate) async fn remove(call: SignedCall) -> Result<Answer, ApiError> {
    let names = call.names();
    let id = call.mailbox(&names, MailboxId(call.path_id("id")?))?.id;
    call.commit(vec![Op::RemoveMailbox(id)]).await?;
    Ok(Answer::success("Email account removed; its mail stays", Obj::new().with("id", id)))
}

/// GET `/email-accounts/{id}/ledger`.
pub(crate) async fn ledger(call: SignedCall) -> Result<Answer, ApiError> {
    let names = call.names();
    let mailbox = call.mailbox(&names, MailboxId(call.path_id("id")?))?;
    let (scope, store) = (*call.scope(), call.app.0.live.store());
    let status = store.mailbox_status(&scope, mailbox.id).await?;
    let row = |folder: &str, ledger: Ledger| {
        Obj::new()
            .with("mailbox", &mailbox.email)
            .with("folder", folder)
            .with("server", ledger.server)
            .with("held", ledger.held)
            .with("missing", ledger.missing)
            .with("quarantined", ledger.quarantined)
            .with("passed_over", ledger.passed_over)
    };
    if status.condition == Condition::NeedsLogin {
        // Whoever asks again and again would have the account locked.
        let folders = store.folders(&scope, mailbox.id).await?;
        let rows: Vec<Obj> =
            folders.iter().map(|one| row(&one.name, one.ledger.unwrap_or_default())).collect();
        return Ok(Answer::value(&Obj::new().with("ok", true).with("ledger", rows).with("detail", STALE)));
    }
    let folders = call.mail_out()?.ledger(&scope, mailbox.id, call.now).await?;
    let rows: Vec<Obj> = folders.iter().map(|one| row(&one.folder, one.ledger)).collect();
    Ok(Answer::value(&Obj::new().with("ok", true).with("ledger", rows)))
}

/// POST `/email-accounts/{id}/test`.
pub(crate) async fn test(call: SignedCall) -> Result<Answer, ApiError> {
    let names = call.names();
    let mailbox = call.mailbox(&names, MailboxId(call.path_id("id")?))?.id;
    let scope = *call.scope();
    let steps = call.mail_out()?.test(&scope, mailbox).await?;
    let ok = steps.iter().all(|step| step.ok);
    let rows: Vec<Obj> = steps
        .iter()
        .map(|step| {
            Obj::new()
                .with("step", step.step)
                .with("ok", step.ok)
                .with("detail", &step.detail)
                .with("ms", step.millis)
        })
        .collect();
    Ok(Answer::value(&Obj::new().with("ok", ok).with("steps", rows)))
}

/// How a mailbox fares, as people say it: `live`, `syncing 1,204 of 9,880`, `throttled until …`.
fn fares(call: &SignedCall, connected: Option<&Connected>) -> String {
    let Some(connected) = connected else { return "not connected".to_owned() };
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
        Condition::Syncing => {
            let known = |folder: &Folder| folder.ledger.map_or(0, |ledger| ledger.server);
            let total = connected.folders.iter().map(known).sum::<u64>().max(connected.held);
            format!("syncing {} of {}", grouped(connected.held), grouped(total))
        }
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

fn object(call: &SignedCall, mailbox: &Mailbox, connected: Option<&Connected>) -> Obj {
    let settings = &mailbox.settings;
    let security = |of: Security| SECURITIES.iter().find(|(_, known)| *known == of).map(|(name, _)| *name);
    let status = connected.map(|one| &one.status);
    let condition = status.map(|status| status.condition).unwrap_or_default();
    let imap = matches!(condition, Condition::Live | Condition::Syncing);
    let detail = status.and_then(|status| status.detail.clone());
    let imap_error = (!imap).then(|| detail.clone().unwrap_or_else(|| "Not yet connected".to_owned()));
    let smtp_error = status.and_then(|status| status.smtp_error.clone());
    let folders: Vec<Obj> = connected
        .map(|one| one.folders.as_slice())
        .unwrap_or_default()
        .iter()
        .map(|folder| {
            let ledger = folder.ledger.unwrap_or_default();
            Obj::new()
                .with("folder", &folder.name)
                .with("history_left", u64::from(folder.history.saturating_sub(1)))
                .with("server", ledger.server)
                .with("held", ledger.held)
                .with("missing", ledger.missing)
                .with("quarantined", ledger.quarantined)
                .with("passed_over", ledger.passed_over)
        })
        .collect();
    Obj::new()
        .with("id", mailbox.id)
        .with("created_at", call.at(mailbox.created_at))
        .with("from_name", &mailbox.name)
        .with("from_email", &mailbox.email)
        .with("aliases", mailbox.aliases.clone())
        .with("username", &settings.user)
        .with("smtp_host", &settings.smtp_host)
        .with("smtp_port", u64::from(settings.smtp_port))
        .with("smtp_port_type", security(settings.smtp_security))
        .with("imap_host", &settings.imap_host)
        .with("imap_port", u64::from(settings.imap_port))
        .with("imap_port_type", security(settings.imap_security))
        .with("imap_username", settings.imap_user.as_ref().unwrap_or(&settings.user))
        .with("signature", &settings.signature)
        .with("client_id", mailbox.client)
        .with("type", "SMTP")
        .with("is_smtp_success", smtp_error.is_none() && condition != Condition::New)
        .with("smtp_failure_error", smtp_error)
        .with("is_imap_success", imap)
        .with("imap_failure_error", imap_error)
        .with("status", fares(call, connected))
        .with("status_detail", detail)
        .with("folders", folders)
}

/// Why a draft is refused: whoever posts one by mistake must learn that nothing was stored.
const DRAFT: &str =
    "body is a draft (X-Unsent or X-Gmail-Labels says so): it was never sent, and is not stored";

query! {
    /// How a posted mail came in.
    pub(crate) struct CameIn {
        /// When it was received; what its own headers say unless given.
        received_at: Option<Timestamp>,
    }
}

wire_names!(Direction { Inbound = "inbound", Outbound = "outbound" });

output! {
    /// What became of a posted mail.
    pub(crate) struct Posted {
        /// Always true.
        ok: bool,
        /// True where the mail is in quarantine.
        success: Option<bool>,
        /// Why it is in quarantine, in one sentence.
        message: Option<&'static str>,
        /// The message; null where the mail is in quarantine.
        message_id: Nullable<MessageId>,
        /// Whether it was received or sent.
        direction: Nullable<Direction>,
        /// The conversation it belongs to.
        campaign_lead_map_id: Nullable<Quoted>,
        /// Whether the mail was here before.
        duplicate: bool,
        /// Where it is in quarantine.
        quarantine_id: Option<QuarantineId>,
        /// What made reading it unsafe.
        reason: Option<String>,
    }
}

/// POST `/email-accounts/{id}/messages`.
pub(crate) async fn deliver(
    call: SignedCall,
    Path(id): Path<MailboxId>,
    Query(came): Query<CameIn>,
    RawMail(raw): RawMail,
) -> Result<Json<Posted>, ApiError> {
    let names = call.names();
    let mailbox = call.mailbox(&names, id)?.id;
    let scope = *call.scope();
    match call.app.0.mail.deliver(&scope, mailbox, raw, came.received_at, call.now).await? {
        Delivered::Draft => Err(ApiError::invalid("body", DRAFT)),
        Delivered::NotMail(why) => Err(ApiError::invalid("body", format!("body cannot be taken in: {why}"))),
        Delivered::Stored(stored) => Ok(Json(Posted {
            ok: true,
            success: None,
            message: None,
            message_id: Nullable(Some(stored.message)),
            direction: Nullable(Some(stored.direction)),
            campaign_lead_map_id: stored.conversation.map(|id| Quoted(id.get())).into(),
            duplicate: stored.duplicate,
            quarantine_id: None,
            reason: None,
        })),
        Delivered::Quarantined(id, reason) => Ok(Json(Posted {
            ok: true,
            success: Some(true),
            message: Some("The message could not be read safely and is kept raw"),
            message_id: Nullable(None),
            direction: Nullable(None),
            campaign_lead_map_id: Nullable(None),
            duplicate: false,
            quarantine_id: Some(id),
            reason: Some(reason),
        })),
    }
}
