//! An account to save as the command line and forms give it: texts, read by the rules of their fields.

use crewbox_core::id::ClientId;
use crewbox_core::model::Security;

use super::fields::{Aliases, Field};
use super::save::{SaveMailbox, Server};
use crate::refusal::{FieldError, Refusal};

/// The texts of an account to save. The names are those of the API's fields.
#[derive(Clone, Copy)]
#[expect(missing_docs, reason = "SaveMailbox says what each field is")]
pub struct MailboxTexts<'a> {
    pub from_email: &'a str,
    pub from_name: &'a str,
    pub user_name: &'a str,
    pub imap_user_name: Option<&'a str>,
    pub password: &'a str,
    pub smtp_host: &'a str,
    pub smtp_port: &'a str,
    pub smtp_security: Security,
    pub imap_host: &'a str,
    pub imap_port: &'a str,
    pub imap_security: Security,
    pub signature: Option<&'a str>,
    pub aliases: Option<&'a [String]>,
    pub client: Option<ClientId>,
}

impl MailboxTexts<'_> {
    /// Reads all texts.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every field that is wrong.
    pub fn read(self) -> Result<SaveMailbox, Refusal> {
        let mut errors = Errors(Vec::new());
        let address = errors.field("from_email", self.from_email);
        let name = errors.field("from_name", self.from_name);
        let user = errors.field("user_name", self.user_name);
        let imap_user = errors.optional("imap_user_name", self.imap_user_name);
        let password = errors.field("password", self.password);
        let smtp_host = errors.field("smtp_host", self.smtp_host);
        let smtp_port = errors.field("smtp_port", self.smtp_port);
        let imap_host = errors.field("imap_host", self.imap_host);
        let imap_port = errors.field("imap_port", self.imap_port);
        let signature = errors.optional("signature", self.signature);
        let aliases = self.aliases.map(|texts| Aliases::parse(texts.iter().map(String::as_str)));
        let aliases = aliases.and_then(|read| errors.note("aliases", read));
        let read = (address, name, user, password, smtp_host, smtp_port, imap_host, imap_port);
        match read {
            (
                Some(address),
                Some(name),
                Some(user),
                Some(password),
                Some(smtp_host),
                Some(smtp_port),
                Some(imap_host),
                Some(imap_port),
            ) if errors.0.is_empty() => Ok(SaveMailbox {
                address,
                name,
                client: self.client,
                user,
                imap_user,
                password,
                imap_password: None,
                smtp: Server { host: smtp_host, port: smtp_port, security: self.smtp_security },
                imap: Server { host: imap_host, port: imap_port, security: self.imap_security },
                signature,
                aliases,
            }),
            _ => Err(Refusal::Invalid(errors.0)),
        }
    }
}

/// Wrong fields, collected while reading goes on.
struct Errors(Vec<FieldError>);

impl Errors {
    fn field<T: Field>(&mut self, field: &str, text: &str) -> Option<T> {
        self.note(field, T::parse(text))
    }

    fn optional<T: Field>(&mut self, field: &str, text: Option<&str>) -> Option<T> {
        self.field(field, text?)
    }

    fn note<T>(&mut self, field: &str, read: Result<T, String>) -> Option<T> {
        read.map_err(|rest| self.0.push(FieldError::of(field, rest))).ok()
    }
}

impl std::fmt::Debug for MailboxTexts<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailboxTexts").field("from_email", &self.from_email).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: MailboxTexts<'static> = MailboxTexts {
        from_email: "ann@acme.example",
        from_name: "Ann",
        user_name: "ann",
        imap_user_name: None,
        password: "p",
        smtp_host: "smtp.acme.example",
        smtp_port: "465",
        smtp_security: Security::Ssl,
        imap_host: "imap.acme.example",
        imap_port: "993",
        imap_security: Security::Ssl,
        signature: None,
        aliases: None,
        client: None,
    };

    #[test]
    fn all_wrong_fields_are_reported_at_once() {
        assert!(GOOD.read().is_ok());
        let aliases = ["no address".to_owned()];
        let wrong = MailboxTexts {
            imap_host: "a b",
            smtp_port: "0",
            imap_user_name: Some(""),
            aliases: Some(&aliases),
            ..GOOD
        };
        let Err(Refusal::Invalid(errors)) = wrong.read() else { panic!("it was read") };
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["imap_user_name", "smtp_port", "imap_host", "aliases"]);
    }
}
