//! Saving an account.

use crewbox_app::mailbox::{
    self, Aliases, Host, Line, MAX_NAME, MAX_USER, Password, Port, SaveMailbox, Server, Signature,
};
use crewbox_core::address::EmailAddress;
use crewbox_core::id::{ClientId, MailboxId};
use crewbox_core::model::Security;
use utoipa::openapi::{RefOr, Schema};

use crate::answer::Done;
use crate::call::SignedCall;
use crate::declare::{BodyField, input, output};
use crate::error::ApiError;
use crate::handler::Body;
use crate::problem::Problems;
use crate::request::Object;
use crate::schema::{Components, Describe};

input! {
    secret
    /// An e-mail account to save.
    pub(crate) struct NewEmailAccount {
        /// The name in From.
        from_name: Line<MAX_NAME>,
        /// Its address: one that is known is saved again.
        from_email: EmailAddress,
        /// The user name on both servers; also as `username`.
        user_name: UserName,
        /// The password; sealed, never answered.
        password: Password,
        /// The SMTP server.
        smtp_host: Host,
        /// Its port.
        smtp_port: Port,
        /// The IMAP server.
        imap_host: Host,
        /// Its port.
        imap_port: Port,
        /// How the SMTP connection is secured; SSL unless given.
        smtp_port_type: Option<Security>,
        /// How the IMAP connection is secured; SSL unless given.
        imap_port_type: Option<Security>,
        /// The user name on the IMAP server where it differs.
        imap_user_name: Option<Line<MAX_USER>>,
        /// The password on the IMAP server where it differs; sealed, never answered.
        imap_password: Option<Password>,
        /// HTML below what is sent with a signature.
        signature: Option<Signature>,
        /// Other addresses that its owner writes from, in place of those it had; kept unless given.
        aliases: Option<Aliases>,
        /// The client whose it is.
        client_id: Option<ClientId>,
    }
}

output! {
    /// A saved e-mail account.
    pub(crate) struct SavedEmailAccount {
        /// Its id.
        mailbox as "emailAccountId": MailboxId,
    }
}

/// POST `/email-accounts/save`.
pub(crate) async fn save(
    call: SignedCall,
    Body(given): Body<NewEmailAccount>,
) -> Result<Done<SavedEmailAccount>, ApiError> {
    let command = SaveMailbox {
        address: given.from_email,
        name: given.from_name,
        client: given.client_id,
        user: given.user_name.0,
        imap_user: given.imap_user_name,
        password: given.password,
        imap_password: given.imap_password,
        smtp: Server {
            host: given.smtp_host,
            port: given.smtp_port,
            security: given.smtp_port_type.unwrap_or_default(),
        },
        imap: Server {
            host: given.imap_host,
            port: given.imap_port,
            security: given.imap_port_type.unwrap_or_default(),
        },
        signature: given.signature,
        aliases: given.aliases,
    };
    let mailbox = mailbox::save(call.services(), &call.caller(), command).await?;
    let message = "Email account saved; it is being connected";
    Ok(Done { message, more: SavedEmailAccount { mailbox } })
}

/// The user name, which the public reference calls `user_name` here and `username` elsewhere: clients send either.
#[derive(Debug)]
pub(crate) struct UserName(Line<MAX_USER>);

impl BodyField for UserName {
    const REQUIRED: bool = true;

    fn read_key(object: &Object<'_>, key: &str, problems: &mut Problems) -> Option<Self> {
        let key = if object.has(key) { key } else { "username" };
        if !object.has(key) {
            object.missing("user_name", problems);
        }
        object.value(key, problems).map(Self)
    }

    fn schema(components: &mut Components) -> RefOr<Schema> {
        <Line<MAX_USER> as Describe>::schema(components)
    }
}
