//! Commands that are valid but for the things that they name: the longer ones of those that the table of permissions tries.

use crewbox_app::analytics::{Days, Selection};
use crewbox_app::conversation::{ListConversations, ListFilter};
use crewbox_app::key::CreateKey;
use crewbox_app::mailbox::{MailboxTexts, SignIn};
use crewbox_app::member::AddMember;
use crewbox_app::outgoing::{Content, SignatureOf};
use crewbox_app::saved_view::SaveView;
use crewbox_app::sender_event::{Happened, SenderEvent};
use crewbox_app::webhook::NewWebhook;
use crewbox_core::address::EmailAddress;
use crewbox_core::id::{CampaignId, ClientId, MemberId};
use crewbox_core::model::{Dialect, KeyLevel, MailboxSettings, OAuth, Role, Security};
use crewbox_core::saved_view::SavedList;
use crewbox_core::view::View;
use crewbox_core::webhook::Association;

/// All figures of a day.
pub(crate) fn selection() -> Selection {
    let day = jiff::civil::date(2025, 1, 31);
    let days = Days { first: day, last: day, zone: jiff::tz::TimeZone::UTC };
    Selection { days, clients: Vec::new(), campaigns: Vec::new() }
}

pub(crate) const fn mailbox_to_save(client: Option<ClientId>) -> MailboxTexts<'static> {
    MailboxTexts {
        from_email: "box@us.example",
        from_name: "Box",
        user_name: "box",
        imap_user_name: None,
        password: "p",
        smtp_host: "smtp.us.example",
        smtp_port: "465",
        smtp_security: Security::Ssl,
        imap_host: "imap.us.example",
        imap_port: "993",
        imap_security: Security::Ssl,
        signature: None,
        aliases: None,
        client,
    }
}

pub(crate) fn sign_in(address: EmailAddress, client: Option<ClientId>) -> SignIn {
    let oauth = OAuth {
        provider: "other".to_owned(),
        client_id: "c".to_owned(),
        token_url: "https://us.example/token".to_owned(),
        scope: "mail".to_owned(),
    };
    SignIn {
        address,
        name: None,
        client,
        servers: MailboxSettings::default(),
        oauth,
        client_secret: None,
        refresh_token: "r".to_owned(),
    }
}

pub(crate) fn sender_event() -> SenderEvent {
    SenderEvent {
        happened: Happened::Opened,
        at: None,
        stats_id: Some("none".to_owned()),
        message_id: None,
        campaign: None,
        email: None,
        links: Vec::new(),
    }
}

pub(crate) const fn new_webhook(campaign: CampaignId) -> NewWebhook {
    NewWebhook {
        name: String::new(),
        url: String::new(),
        association: Association::Campaign(campaign),
        events: Vec::new(),
        categories: Vec::new(),
    }
}

pub(crate) fn saved_list() -> SaveView {
    let list = SavedList { view: View::Inbox, filters: ListFilter::default(), sort: None };
    SaveView { name: "Mine".to_owned(), client: None, shared: false, list }
}

pub(crate) fn list_conversations() -> ListConversations {
    let filter = ListFilter::default();
    ListConversations { view: View::Inbox, filter, sort: None, offset: 0, limit: 20 }
}

pub(crate) fn new_member(client: Option<ClientId>) -> AddMember {
    AddMember {
        name: "Bo".to_owned(),
        address: EmailAddress::parse("bo@us.example").unwrap(),
        role: Role::Member,
        client,
        password_hash: None,
    }
}

pub(crate) const fn new_key(member: MemberId, client: Option<ClientId>) -> CreateKey {
    CreateKey {
        member,
        dialect: Dialect::Documented,
        rate_limit: None,
        client,
        level: KeyLevel::Manage,
        mcp_send: false,
        expires_at: None,
        name: None,
    }
}

pub(crate) fn content() -> Content {
    Content {
        html: String::new(),
        to: Vec::new(),
        cc: Vec::new(),
        bcc: Vec::new(),
        scheduled: None,
        undo_seconds: 0,
        signature: SignatureOf::Nobody,
        refuses_fields: false,
        files: Vec::new(),
    }
}
