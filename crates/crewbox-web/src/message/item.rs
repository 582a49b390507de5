//! One message, complete: what lists and histories cut short or leave out.

use crewbox_app::message;
use crewbox_core::message::{Class, Fold, FoldKind, LEAST_CUT_TEXT, Message};
use crewbox_core::model::Dialect;
use crewbox_core::time::Timestamp;
use crewbox_store::BodyLimits;
use crewbox_store::contract::Excerpt;

use super::name::NamedMessage;
use crate::answer::{Answer, Prepared};
use crate::call::SignedCall;
use crate::declare::{Joined, output};
use crate::error::ApiError;
use crate::handler::Path;
use crate::object::{At, Put as _, Quoted, string_length};
use crate::row::{History, MessageEntry, SHORT};
use crate::value::{Nullable, wire_names};

output! {
    /// What only the complete message has.
    pub(crate) struct MessageDetails {
        /// The conversation that it belongs to; null while it belongs to none.
        email_lead_map_id: Nullable<Quoted>,
        /// The day on which its writer is back, where it announces an absence that says so; else null.
        returns_at: Nullable<At>,
        /// Whether a person corrected its class.
        corrected: bool,
        /// The parts of `body` to show folded, in their order.
        folds: Vec<FoldedPart>,
    }
}

output! {
    /// A part of a message's text to show folded. Its borders count characters (Unicode code points) of `body`.
    pub(crate) struct FoldedPart {
        /// Characters before it.
        start: u64,
        /// Characters up to its end.
        end: u64,
        /// What it is.
        kind: FoldKind,
    }
}

wire_names!(FoldKind { Quote = "quote", Signature = "signature" });

/// A message, complete.
type CompleteMessage<'a> = Joined<MessageEntry<'a>, MessageDetails>;

/// GET `/messages/{id}`.
pub(crate) async fn item(
    call: SignedCall,
    Path(NamedMessage(id)): Path<NamedMessage>,
) -> Result<Prepared<CompleteMessage<'static>>, ApiError> {
    let (dialect, history) = (call.dialect(), History::of(&call));
    let (services, caller) = (call.services(), call.caller());
    let (message, texts) = message::read(services, &caller, id, SHORT).await?;
    if !texts.is_truncated() {
        return Ok(Prepared::written(answer(&history, &message, &texts, dialect)));
    }
    // Of a text that may be cut, all is read from the raw mail, which is then in memory, too.
    let read = if texts.stored >= LEAST_CUT_TEXT as u64 { message.size * 2 } else { 0 };
    // The texts and the response are in memory together. Most texts have few characters that JSON writes longer.
    let mut bytes = usize::try_from(texts.stored.max(read) * 9 / 4).unwrap_or(usize::MAX);
    loop {
        let turn = call.app.0.large.turn_of(bytes).await?;
        let (message, texts) = message::read(services, &caller, id, BodyLimits::WHOLE).await?;
        let history = history.clone();
        let write = move || {
            let needed = usize::try_from(texts.stored).unwrap_or(usize::MAX) + length(&message, &texts);
            if needed > bytes { Err(needed) } else { Ok(answer(&history, &message, &texts, dialect)) }
        };
        match turn.run(write).await? {
            (turn, Ok(answer)) => return Ok(Prepared::written(turn.end(answer).await?)),
            // Another turn, rather than more in this one: two that wait for more would wait for each other.
            (_, Err(needed)) => bytes = needed,
        }
    }
}

/// About the length of a message as JSON; not less where it is long.
fn length(message: &Message, texts: &Excerpt) -> usize {
    /// Subject, addresses and the other short fields.
    const FIELDS: usize = 16 * 1024;
    /// A name, which JSON may write six times as long, and a signed link.
    const ATTACHMENT: usize = 2 * 1024;
    let html = texts.html.as_deref().map_or(0, string_length);
    string_length(&texts.text) + html + FIELDS + message.attachments.len() * ATTACHMENT
}

fn answer(history: &History, message: &Message, texts: &Excerpt, dialect: Dialect) -> Answer {
    let details = MessageDetails {
        email_lead_map_id: message.conversation.map(|id| Quoted(id.get())).into(),
        returns_at: returns_at(message).map(|at| At(at, dialect)).into(),
        corrected: message.corrected_at.is_some(),
        folds: folds(&texts.text, &message.folds),
    };
    let mut out = Vec::with_capacity(length(message, texts));
    Joined(history.entry(message, texts), details).put(&mut out);
    Answer::json(out).tagged()
}

/// The return date of an absence. What was corrected to another class announces none.
fn returns_at(message: &Message) -> Option<Timestamp> {
    let is_absence = message.class == Class::Automatic || message.suspected == Some(Class::Automatic);
    message.returns_at.filter(|_| is_absence)
}

/// The folds with their borders in characters (Unicode code points): a client of JSON does not see the bytes. One pass,
/// since folds ascend.
fn folds(text: &str, folds: &[Fold]) -> Vec<FoldedPart> {
    let (mut byte, mut character) = (0, 0_u64);
    let mut characters_to = |border: u32| {
        let border = text.floor_char_boundary(border as usize);
        // Folds of another text than this one would be out of order; then the border is where it was.
        if let Some(between) = text.get(byte..border) {
            character += between.chars().count() as u64;
            byte = border;
        }
        character
    };
    let parts = folds.iter().map(|fold| FoldedPart {
        start: characters_to(fold.start),
        end: characters_to(fold.end),
        kind: fold.kind,
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_are_counted_in_characters() {
        let text = "Schöne Grüße 👋\n> zitiert\n-- \nJörg";
        let start = |what: &str| u32::try_from(text.find(what).unwrap()).unwrap();
        let of = |from: u32, to: u32, kind| Fold { start: from, end: to, kind };
        let signature = start("-- ");
        let cut = [
            of(start(">"), signature, FoldKind::Quote),
            of(signature, u32::try_from(text.len()).unwrap(), FoldKind::Signature),
        ];
        let mut out = Vec::new();
        folds(text, &cut).put(&mut out);
        let shown = String::from_utf8(out).unwrap();
        assert_eq!(
            shown,
            r#"[{"start":15,"end":25,"kind":"quote"},{"start":25,"end":33,"kind":"signature"}]"#
        );
    }
}
