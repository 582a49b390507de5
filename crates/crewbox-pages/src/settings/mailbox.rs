//! Connecting a mailbox: its servers are guessed from the address, and each step of reaching them is tried and shown.

use askama::Template;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use crewbox_app::Refusal;
use crewbox_app::mailbox::{self, MailboxTexts, SaveMailbox, Tried};
use crewbox_core::address::EmailAddress;
use crewbox_core::model::Security;

use super::field::Fields;
use super::shell::{Shell, WRONG, after, is_step, page, sender, visitor};
use crate::app::Pages;
use crate::error::PageError;
use crate::form::Form;
use crate::policy;

const PATH: &str = "/settings/mailbox";

/// How a connection is secured, as a form names it.
const SECURITIES: [(&str, &str, Security); 3] = [
    ("ssl", "TLS", Security::Ssl),
    ("tls", "STARTTLS", Security::Tls),
    ("none", "Not encrypted", Security::None),
];

#[derive(Template)]
#[template(path = "settings/mailbox.html")]
struct MailboxPage {
    shell: Shell,
    fields: Fields,
    tried: Vec<Tried>,
    /// All steps worked.
    works: bool,
    mailboxes: Vec<String>,
    action: String,
}

impl MailboxPage {
    fn securities(&self) -> &'static [(&'static str, &'static str, Security)] {
        &SECURITIES
    }

    /// Whether the servers are shown: they were guessed or typed.
    fn has_servers(&self) -> bool {
        !self.fields.value("imap_host").is_empty()
    }
}

/// GET `/settings/mailbox`.
pub(crate) async fn show(pages: &Pages, request: Request<Body>) -> Result<Response<Body>, PageError> {
    let (visitor, parts) = visitor(pages, request).await?;
    let shell = Shell::of(&visitor, PATH, is_step(&parts));
    Ok(page(StatusCode::OK, &made(pages, &visitor, shell, Fields::default(), Vec::new()).await?))
}

/// POST `/settings/mailbox`: tries the servers, and saves the mailbox if all steps work or if it is to be saved all the
/// same.
pub(crate) async fn save(pages: &Pages, request: Request<Body>) -> Result<Response<Body>, PageError> {
    let (visitor, parts, form) = sender(pages, request).await?;
    let is_step = is_step(&parts);
    let form = guessed(form);
    let shell = Shell::of(&visitor, PATH, is_step);
    let command = match read(&form) {
        Ok(command) => command,
        Err(refusal) => {
            let fields = Fields::refused(form, refusal);
            return Ok(page(WRONG, &made(pages, &visitor, shell, fields, Vec::new()).await?));
        }
    };
    let (services, caller) = (&pages.services, &visitor.caller);
    let intent = form.get("do").to_owned();
    let tried = match intent.as_str() {
        "anyway" => Ok(Vec::new()),
        _ => mailbox::try_unsaved(services, caller, &command).await,
    };
    let tried = match tried {
        Ok(tried) => tried,
        Err(refusal) => {
            let fields = Fields::refused(form, refusal);
            return Ok(page(WRONG, &made(pages, &visitor, shell, fields, Vec::new()).await?));
        }
    };
    let works = tried.iter().all(|one| one.ok);
    if intent == "test" || !works {
        let status = if works { StatusCode::OK } else { WRONG };
        return Ok(page(status, &made(pages, &visitor, shell, Fields::typed(form), tried).await?));
    }
    match mailbox::save(services, caller, command).await {
        Ok(_) => Ok(policy::go_to(&after(PATH, is_step))),
        Err(refusal) => {
            let fields = Fields::refused(form, refusal);
            Ok(page(WRONG, &made(pages, &visitor, shell, fields, tried).await?))
        }
    }
}

async fn made(
    pages: &Pages,
    visitor: &crate::guard::Visitor,
    shell: Shell,
    fields: Fields,
    tried: Vec<Tried>,
) -> Result<MailboxPage, Refusal> {
    visitor.caller.require(crewbox_core::permission::Permission::ManageMailboxes)?;
    let mailboxes = mailbox::list(&pages.services, &visitor.caller).await?;
    let query = shell.step.as_ref().map_or("", |_| "?first");
    Ok(MailboxPage {
        action: format!("{PATH}{query}"),
        shell,
        fields,
        works: !tried.is_empty() && tried.iter().all(|one| one.ok),
        tried,
        mailboxes: mailboxes.into_iter().map(|state| state.mailbox.email).collect(),
    })
}

/// The form with the servers that its address most likely has, where none are typed.
fn guessed(mut form: Form) -> Form {
    let Ok(address) = EmailAddress::parse(form.get("email").trim()) else { return form };
    let guess = mailbox::guess(&address);
    for (prefix, server) in [("imap", guess.imap), ("smtp", guess.smtp)] {
        if form.get(&format!("{prefix}_host")).trim().is_empty() {
            let security = SECURITIES.iter().find(|(.., security)| *security == server.security);
            form.set(&format!("{prefix}_host"), &server.host);
            form.set(&format!("{prefix}_port"), &server.port.to_string());
            form.set(&format!("{prefix}_security"), security.map_or("ssl", |(name, ..)| name));
        }
    }
    form
}

fn read(form: &Form) -> Result<SaveMailbox, Refusal> {
    let security = |name: &str| {
        let known = SECURITIES.iter().find(|(known, ..)| *known == form.get(name));
        known.map_or(Security::Ssl, |(.., security)| *security)
    };
    let user = form.get("user").trim();
    let texts = MailboxTexts {
        from_email: form.get("email"),
        from_name: form.get("name"),
        user_name: if user.is_empty() { form.get("email").trim() } else { user },
        imap_user_name: None,
        password: form.get("password"),
        smtp_host: form.get("smtp_host"),
        smtp_port: form.get("smtp_port"),
        smtp_security: security("smtp_security"),
        imap_host: form.get("imap_host"),
        imap_port: form.get("imap_port"),
        imap_security: security("imap_security"),
        signature: None,
        aliases: None,
        client: None,
    };
    texts.read().map_err(|refusal| match refusal {
        // The user name is the address where none is typed: one sentence about the address is enough.
        Refusal::Invalid(errors) if user.is_empty() => {
            Refusal::Invalid(errors.into_iter().filter(|error| error.field != "user_name").collect())
        }
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use crewbox_app::mailbox::Field as _;

    use super::*;

    #[test]
    fn servers_are_guessed_where_none_are_typed() {
        let mut form = Form::default();
        form.set("email", "ann@acme.example");
        form.set("smtp_host", "mail.acme.example");
        let form = guessed(form);
        assert_eq!((form.get("imap_host"), form.get("imap_port")), ("imap.acme.example", "993"));
        assert_eq!((form.get("smtp_host"), form.get("smtp_port")), ("mail.acme.example", ""));
        assert!(mailbox::Port::parse(form.get("imap_port")).is_ok());
    }
}
