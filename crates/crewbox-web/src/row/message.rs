//! A message of a conversation, key by key in the contract's order, in both dialects.

use std::borrow::Cow;
use std::marker::PhantomData;

use crewbox_core::message::{Class, Direction};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};

use crate::declare::output;
use crate::object::{At, Put};
use crate::schema::{Components, Describe, array};
use crate::value::{Nothing, Nullable, wire_names};

output! {
    /// A message of a conversation.
    pub(crate) struct MessageEntry<'a> {
        /// `msg_` and the number of the message.
        id: MessageRef,
        /// A sent message and the replies to it have the same one. Replying to this message gives it as
        /// `email_stats_id`.
        stats_id: &'a str,
        /// Its Message-ID (RFC 5322), in angle brackets.
        message_id: String,
        /// Whether it came in or was sent.
        direction: Direction,
        /// Its subject.
        subject: &'a str,
        /// Its plain text, quotes included.
        body: &'a str,
        /// Its HTML, made safe to show; null where it has none.
        body_html: Nullable<Cow<'a, str>>,
        /// The address of its sender.
        from: &'a str,
        /// The addresses of its recipients, joined by a comma and a space.
        to: String,
        /// The addresses in its Cc.
        cc: Vec<&'a str>,
        /// When it was received; only of an inbound message.
        received_at: Option<At>,
        /// When it was sent; only of an outbound message.
        sent_at: Option<At>,
        /// When the recipient first opened it; null where no opening is known.
        opened_at: Nullable<At>,
        /// Its attachments.
        attachments: Vec<File>,
        /// What the message is.
        class: Class,
        /// What it may be instead, where there is some proof but not enough; else null.
        suspected: Nullable<Class>,
        /// What decided the class, in one sentence.
        class_evidence: &'a str,
        /// Why the message is in this conversation, in one sentence.
        placed_because: &'a str,
        /// What a person should know about the message, in one sentence; else null.
        notice: Nullable<&'a str>,
        /// True where `body` or `body_html` ends after 256 KiB; else absent. `GET /messages/{id}` has all of it.
        body_truncated: Option<bool>,
    }
}

output! {
    /// A message of a conversation, in the live dialect.
    pub(crate) struct LiveMessage<'a> {
        /// A sent message and the replies to it have the same one. Replying to this message gives it as
        /// `email_stats_id`.
        stats_id: &'a str,
        /// The address of its sender.
        from: &'a str,
        /// The addresses of its recipients, joined by a comma and a space.
        to: String,
        /// Whether we sent it or it is a reply.
        kind as "type": LiveDirection,
        /// Its Message-ID (RFC 5322), in angle brackets.
        message_id: String,
        /// When it was sent or received.
        time: At,
        /// Its text as HTML that is safe to show.
        email_body: Cow<'a, str>,
        /// Its subject.
        subject: &'a str,
        /// How many messages had been sent, this one included, as digits.
        email_seq_number: String,
        /// 1 where the recipient is known to have opened it, else 0.
        open_count: u64,
        /// Always 0: clicks are counted for the conversation.
        click_count: u64,
        /// Always empty: clicks are counted for the conversation.
        click_details: Nothing,
        /// The addresses in its Cc.
        cc: Vec<&'a str>,
        /// Its attachments.
        attachments: Vec<File>,
        /// True where `email_body` ends early because the text is over 256 KiB; else absent. `GET /messages/{id}` has
        /// all of it.
        body_truncated: Option<bool>,
    }
}

output! {
    /// An attachment.
    pub(crate) struct File {
        /// Its name.
        file_name: String,
        /// Its media type.
        file_type: String,
        /// Its size in bytes.
        file_size: u64,
        /// A link that downloads it without a key, for 15 minutes.
        file_url: String,
    }
}

/// Which way a message went, as the live dialect names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LiveDirection {
    /// It came in.
    Reply,
    /// We sent it.
    Sent,
}

wire_names!(LiveDirection { Reply = "REPLY", Sent = "SENT" });

impl From<Direction> for LiveDirection {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Inbound => Self::Reply,
            Direction::Outbound => Self::Sent,
        }
    }
}

/// `msg_` and a message's id; `msg_0` where there is none.
pub(crate) struct MessageRef(pub(crate) u64);

impl Put for MessageRef {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"\"msg_");
        self.0.put(out);
        out.push(b'"');
    }
}

impl Describe for MessageRef {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        let named = ObjectBuilder::new().schema_type(Type::String).pattern(Some("^msg_[0-9]+$"));
        Schema::Object(named.build()).into()
    }
}

/// An array of `T` that is written already.
pub(crate) struct Written<'a, T> {
    bytes: &'a [u8],
    of: PhantomData<fn() -> T>,
}

impl<'a, T> Written<'a, T> {
    /// The bytes of the whole array.
    pub(crate) const fn array(bytes: &'a [u8]) -> Self {
        Self { bytes, of: PhantomData }
    }

    /// An array that the caller writes behind the object's other keys.
    pub(crate) const fn follows() -> Self {
        Self::array(&[])
    }
}

impl<T> Put for Written<'_, T> {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.bytes);
    }
}

impl<T: Describe> Describe for Written<'_, T> {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        array(T::schema(components), None).into()
    }
}
