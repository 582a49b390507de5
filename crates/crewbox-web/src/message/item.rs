//! One message, complete: what lists and histories cut short or leave out.

use crewbox_app::message;
use crewbox_core::message::{Class, Fold, FoldKind, Message};
use crewbox_core::model::Dialect;
use crewbox_store::BodyLimits;
use crewbox_store::contract::Excerpt;

use super::name::NamedMessage;
use crate::answer::Answer;
use crate::call::SignedCall;
use crate::declare::Output as _;
use crate::error::ApiError;
use crate::handler::Path;
use crate::object::{At, Obj, Quoted};
use crate::row::{History, SHORT};

/// GET `/messages/{id}`.
pub(crate) async fn item(
    call: SignedCall,
    Path(NamedMessage(id)): Path<NamedMessage>,
) -> Result<Answer, ApiError> {
    let (dialect, history) = (call.dialect(), History::of(&call));
    let (services, caller) = (call.services(), call.caller());
    let (message, texts) = message::read(services, &caller, id, SHORT).await?;
    if !texts.truncated {
        return Ok(answer(&history, &message, &texts, dialect));
    }
    let turn = call.app.0.large.turn().await?;
    let (message, texts) = message::read(services, &caller, id, BodyLimits::WHOLE).await?;
    let (turn, answer) = turn.run(move || answer(&history, &message, &texts, dialect)).await?;
    Ok(turn.end(answer))
}

fn answer(history: &History, message: &Message, texts: &Excerpt, dialect: Dialect) -> Answer {
    let mut entry = Obj::new();
    history.entry(message, texts).put_keys(&mut entry);
    let entry = entry
        .with("email_lead_map_id", message.conversation.map(|id| Quoted(id.get())))
        .with("returns_at", returns_at(message).map(|at| At(at, dialect)))
        .with("corrected", message.corrected_at.is_some())
        .with("folds", folds(&texts.text, &message.folds));
    Answer::json(entry.done()).tagged()
}

/// The return date of an absence. What was corrected to another class announces none.
fn returns_at(message: &Message) -> Option<crewbox_core::time::Timestamp> {
    let is_absence = message.class == Class::Automatic || message.suspected == Some(Class::Automatic);
    message.returns_at.filter(|_| is_absence)
}

/// The folds with their borders in characters (Unicode code points): a client of JSON does not see the bytes. One pass,
/// since folds ascend.
fn folds(text: &str, folds: &[Fold]) -> Vec<Obj> {
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
    folds
        .iter()
        .map(|fold| {
            Obj::new()
                .with("start", characters_to(fold.start))
                .with("end", characters_to(fold.end))
                .with("kind", kind(fold.kind))
        })
        .collect()
}

const fn kind(kind: FoldKind) -> &'static str {
    match kind {
        FoldKind::Quote => "quote",
        FoldKind::Signature => "signature",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::Put;

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
