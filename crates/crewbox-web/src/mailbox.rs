//! E-mail accounts: saving them sealed, showing them without secrets, and taking posted mail in.

use crewbox_core::id::{ClientId, MailboxId};
use crewbox_core::message::Direction;
use crewbox_core::model::{Mailbox, MailboxSettings, Security};
use crewbox_store::contract::{MailboxSecrets, NewMailbox};
use crewbox_store::{Op, Thing};

use crate::account::MAX_NAME;
use crate::answer::{Answer, success};
use crate::call::Call;
use crate::error::ApiError;
use crate::object::{Obj, Quoted};
use crate::port::Delivered;
use crate::request::{Bound, Object, Problems};

/// Characters a password, a host or a user name may have.
const MAX_TEXT: usize = 1_000;
/// Characters a signature may have.
const MAX_SIGNATURE: usize = 100_000;
const SECURITIES: [(&str, Security); 3] =
    [("SSL", Security::Ssl), ("TLS", Security::Tls), ("NONE", Security::None)];

/// POST `/email-accounts/save`.
pub(crate) async fn save(call: Call) -> Result<Answer, ApiError> {
    let names = call.names()?;
    let new = {
        let json = call.json()?;
        let mut problems = Problems::default();
        let body = call.object(&json, &mut problems)?.secret();
        let new = read(&body, &mut problems);
        problems.finish()?;
        new
    };
    if let Some(client) = new.client.filter(|client| names.catalog.client(*client).is_none()) {
        return Err(ApiError::missing(Thing::Client, client.get()));
    }
    let id = call.make(Op::SaveMailbox(Box::new(new))).await?;
    Ok(Answer::value(
        &Obj::new()
            .with("ok", true)
            .with("success", true)
            .with("message", "Email account saved; it is not yet connected")
            .with("emailAccountId", id),
    ))
}

fn read(body: &Object<'_>, problems: &mut Problems) -> NewMailbox {
    let must = |key: &str, most: usize, problems: &mut Problems| {
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
    if !email.is_empty() && !crate::campaign::is_address(&email) {
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

/// GET `/email-accounts/`.
pub(crate) async fn list(call: Call) -> Result<Answer, ApiError> {
    let names = call.names()?;
    let scope = call.scope()?;
    let seen = names.catalog.mailboxes.iter();
    let seen = seen.filter(|mailbox| mailbox.removed_at.is_none() && scope.sees(mailbox.client));
    let rows: Vec<Obj> = seen.map(|mailbox| object(&call, mailbox)).collect();
    Ok(Answer::value(&rows))
}

/// GET `/email-accounts/{id}/`.
pub(crate) async fn get(call: Call) -> Result<Answer, ApiError> {
    let names = call.names()?;
    let mailbox = call.mailbox(&names, MailboxId(call.path_id("id")?))?;
    Ok(Answer::value(&object(&call, mailbox)))
}

/// DELETE `/email-accounts/{id}`.
pub(crate) async fn remove(call: Call) -> Result<Answer, ApiError> {
    let names = call.names()?;
    let id = call.mailbox(&names, MailboxId(call.path_id("id")?))?.id;
    call.commit(vec![Op::RemoveMailbox(id)]).await?;
    Ok(Answer::success("Email account removed; its mail stays", Obj::new().with("id", id)))
}

fn object(call: &Call, mailbox: &Mailbox) -> Obj {
    let settings = &mailbox.settings;
    let security = |of: Security| SECURITIES.iter().find(|(_, known)| *known == of).map(|(name, _)| *name);
    let not_connected = "Not yet connected";
    Obj::new()
        .with("id", mailbox.id)
        .with("created_at", call.at(mailbox.created_at))
        .with("from_name", &mailbox.name)
        .with("from_email", &mailbox.email)
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
        .with("is_smtp_success", false)
        .with("smtp_failure_error", not_connected)
        .with("is_imap_success", false)
        .with("imap_failure_error", not_connected)
}

/// POST `/email-accounts/{id}/messages`.
pub(crate) async fn deliver(call: Call) -> Result<Answer, ApiError> {
    let names = call.names()?;
    let mailbox = call.mailbox(&names, MailboxId(call.path_id("id")?))?.id;
    let mut problems = Problems::default();
    let received_at = call.query().time("received_at", Bound::Start, &mut problems);
    if call.body.is_empty() {
        problems.required::<()>("body", None);
    }
    problems.finish()?;
    let scope = *call.scope()?;
    let delivered =
        call.app.0.mail.deliver(&scope, mailbox, call.body.clone(), received_at, call.now).await?;
    Ok(Answer::value(&match delivered {
        Delivered::Stored(stored) => Obj::new()
            .with("ok", true)
            .with("message_id", stored.message)
            .with(
                "direction",
                match stored.direction {
                    Direction::Inbound => "inbound",
                    Direction::Outbound => "outbound",
                },
            )
            .with("campaign_lead_map_id", stored.conversation.map(|id| Quoted(id.get())))
            .with("duplicate", stored.duplicate),
        Delivered::Quarantined(id, reason) => success("The message could not be read safely and is kept raw")
            .with("message_id", None::<u64>)
            .with("direction", None::<u64>)
            .with("campaign_lead_map_id", None::<u64>)
            .with("duplicate", false)
            .with("quarantine_id", id)
            .with("reason", reason),
    }))
}
