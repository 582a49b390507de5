//! Arguments of tools that no route declares.

use crewbox_core::id::ConversationId;

use crate::declare::input;
use crate::value::{FromZero, NonBlank, Trimmed};

/// Characters of a line of recipients.
const MAX_LINE: usize = 8_000;
/// Characters of a reply: what a request of 64 KiB can hold.
const MAX_TEXT: usize = 65_536;
/// Characters of a Message-ID.
const MAX_ID_TEXT: usize = 1_000;

input! {
    /// A reply to a conversation.
    pub(super) struct ReplyArguments {
        /// The conversation: `campaign_lead_map_id` of a row.
        email_lead_map_id: ConversationId,
        /// The reply, as HTML.
        email_body: NonBlank<MAX_TEXT>,
        /// The recipients, with commas between them. Unless given, the lead's newest message is answered.
        to: Option<Trimmed<MAX_LINE>>,
        /// Recipients of a copy, with commas between them.
        cc: Option<Trimmed<MAX_LINE>>,
        /// Recipients of a copy that the others do not see.
        bcc: Option<Trimmed<MAX_LINE>>,
        /// Send it now, if the key allows that. Otherwise it is saved as a draft.
        send: Option<bool>,
        /// The last message that you have seen, by `message_id` or `id`: if somebody else has replied since, nothing is
        /// sent.
        last_seen_message_id: Option<Trimmed<MAX_ID_TEXT>>,
        /// For a draft: the version of the draft that it replaces; absent where you have seen none.
        version: Option<FromZero>,
    }
}
