//! Writes one turn of a planned conversation as a mail, by what happens in it.

use super::letter::Letter;
use super::plan::{Sender, Talk};
use super::report;
use super::script::Step;

/// Writes a turn of a conversation.
pub(super) fn write(talk: &Talk, sender: &Sender, place: usize) -> std::io::Result<Vec<u8>> {
    let turn = &talk.turns[place];
    let letter = Letter { talk, sender: &sender.person, place, turn };
    match turn.step {
        Step::Bounce => report::bounce(&letter),
        Step::PlainBounce => report::plain_bounce(&letter),
        Step::Accept => report::acceptance(&letter),
        Step::Encrypted => report::encrypted(&letter),
        Step::Away => letter.away(),
        _ => letter.human(),
    }
}
