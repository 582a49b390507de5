//! What a search found, as a mask: one bit for each slot, which narrows the mask of a block's rows.

use super::plane::{Plane, WORDS};
use super::rows::Rows;
use crate::conversation_set::{ConversationSet, bits};

/// A bit for each slot.
#[derive(Debug)]
pub(super) struct SlotMask(Vec<u64>);

impl SlotMask {
    /// The slots of these conversations; those without one are left out.
    pub(super) fn of(rows: &Rows, conversations: &ConversationSet) -> Self {
        let mut mask = Self(vec![0; rows.capacity().div_ceil(64)]);
        for (first, word) in conversations.words() {
            let Some(page) = rows.page_of(first) else { continue };
            for slot in bits(word).filter_map(|bit| page.slot(first + bit)) {
                if let Some(word) = mask.0.get_mut(slot as usize / 64) {
                    *word |= 1 << (slot % 64);
                }
            }
        }
        mask
    }

    /// Of the rows of a block that are set, those whose slots are here.
    pub(super) fn narrow(&self, plane: &Plane, slots: &[u32]) -> Plane {
        let mut out = *plane;
        for at in (0..WORDS).filter(|at| plane[*at] != 0) {
            for bit in bits(plane[at]) {
                let is_in = slots.get(at * 64 + bit as usize).is_some_and(|slot| self.has(*slot));
                out[at] ^= u64::from(!is_in) << bit;
            }
        }
        out
    }

    fn has(&self, slot: u32) -> bool {
        self.0.get(slot as usize / 64).is_some_and(|word| word >> (slot % 64) & 1 != 0)
    }
}
