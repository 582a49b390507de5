//! How a member wants the web inbox to work.
//!
//! Owns which preferences there are, their names, and what holds until a member changes one. They belong to the member, so
//! that every browser of theirs works the same.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Seconds for which a reply can be taken back, unless the member prefers another time.
const USUAL_UNDO_SECONDS: u64 = 10;

/// A member's preferences. Stored as JSON; one that is missing there has its usual value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// What opens after an action that takes a conversation out of the list.
    pub after_action: AfterAction,
    /// Whether lists have one line for each conversation.
    pub compact_rows: bool,
    /// The colours of the pages.
    pub theme: Theme,
    /// For how many seconds a reply can be taken back before it is sent; 0 sends at once.
    pub undo_seconds: u64,
    /// The keys of an action, a command or a view of the web inbox, by its name, where the member has chosen others than the
    /// usual ones; an empty text for none.
    pub shortcuts: BTreeMap<String, String>,
    /// Whether keys that type a character are shortcuts, without Ctrl or Cmd (WCAG 2.1.4).
    pub character_keys: bool,
    /// Whether a finger that swipes over a row archives or snoozes the conversation.
    pub swipe: bool,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            after_action: AfterAction::default(),
            compact_rows: false,
            theme: Theme::default(),
            undo_seconds: USUAL_UNDO_SECONDS,
            shortcuts: BTreeMap::new(),
            character_keys: true,
            swipe: true,
        }
    }
}

impl Preferences {
    /// The preferences after one of them is set.
    #[must_use]
    pub fn with(mut self, preference: Preference) -> Self {
        match preference {
            Preference::AfterAction(after) => self.after_action = after,
            Preference::CompactRows(compact) => self.compact_rows = compact,
            Preference::Theme(theme) => self.theme = theme,
            Preference::UndoSeconds(seconds) => self.undo_seconds = seconds,
            Preference::Shortcuts(chosen) => self.shortcuts = chosen,
            Preference::CharacterKeys(on) => self.character_keys = on,
            Preference::Swipe(on) => self.swipe = on,
        }
        self
    }
}

/// A preference with the value that a member sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Preference {
    /// What opens after an action.
    AfterAction(AfterAction),
    /// Whether rows are compact.
    CompactRows(bool),
    /// The colours.
    Theme(Theme),
    /// Seconds for which a reply can be taken back.
    UndoSeconds(u64),
    /// All shortcuts whose keys are not the usual ones.
    Shortcuts(BTreeMap<String, String>),
    /// Whether keys that type a character are shortcuts.
    CharacterKeys(bool),
    /// Whether swiping over a row does something.
    Swipe(bool),
}

/// What opens after an action that takes a conversation out of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AfterAction {
    /// The next older conversation.
    #[default]
    Next,
    /// The one above.
    Previous,
    /// None: the list alone.
    List,
}

impl AfterAction {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Next, Self::Previous, Self::List];

    /// Its name in forms.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Previous => "previous",
            Self::List => "list",
        }
    }

    /// What opens of a list's rows after the row at `at` leaves it; where there is no row on the preferred side, the one on
    /// the other side.
    pub fn opens<T>(self, rows: &[T], at: usize) -> Option<&T> {
        let below = rows.get(at.saturating_add(1));
        let above = || at.checked_sub(1).and_then(|before| rows.get(before));
        match self {
            Self::Next => below.or_else(above),
            Self::Previous => above().or(below),
            Self::List => None,
        }
    }
}

/// The colours of the pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the system prefers.
    #[default]
    System,
    /// Dark text on a light background.
    Light,
    /// Light text on a dark background.
    Dark,
}

impl Theme {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// Its name in forms and on pages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_row_on_the_other_side_opens_at_the_end_of_a_list() {
        let opens = |after: AfterAction, at| after.opens(&['a', 'b', 'c'], at).copied();
        assert_eq!([0, 1, 2].map(|at| opens(AfterAction::Next, at)), [Some('b'), Some('c'), Some('b')]);
        assert_eq!([0, 1, 2].map(|at| opens(AfterAction::Previous, at)), [Some('b'), Some('a'), Some('b')]);
        assert_eq!([0, 1, 2].map(|at| opens(AfterAction::List, at)), [None; 3]);
        assert_eq!(AfterAction::Next.opens(&['a'], 0), None);
    }
}
