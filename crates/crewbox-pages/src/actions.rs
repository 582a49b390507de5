//! Every action on a conversation, in one table: buttons, their keys and the forms' paths are made from it.
//!
//! Owns names, keys and icons. What an action does is one arm of `inbox/act.rs`, which calls a use case.

/// What an action does to the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// The conversation leaves the view: the next one opens.
    Leaves,
    /// It stays and has another mark.
    Sets,
}

/// An action.
#[derive(Debug)]
pub(crate) struct Action {
    /// The last part of its form's path.
    pub(crate) verb: &'static str,
    /// Its key, as `KeyboardEvent.key` names it; empty for none.
    pub(crate) key: &'static str,
    /// Its button's name.
    pub(crate) label: &'static str,
    /// Its icon's id.
    pub(crate) icon: &'static str,
    pub(crate) effect: Effect,
}

const fn action(
    verb: &'static str,
    key: &'static str,
    label: &'static str,
    icon: &'static str,
    effect: Effect,
) -> Action {
    Action { verb, key, label, icon, effect }
}

/// Every action.
#[rustfmt::skip]
pub(crate) static ACTIONS: [Action; 12] = [
    action("archive", "e", "Archive", "box", Effect::Leaves),
    action("unarchive", "e", "Move to inbox", "tray", Effect::Leaves),
    action("snooze", "h", "Snooze", "clock", Effect::Leaves),
    action("wake", "h", "End snooze", "clock", Effect::Leaves),
    action("important", "s", "Mark important", "flag", Effect::Sets),
    action("unimportant", "s", "Mark not important", "flag", Effect::Sets),
    action("unread", "Shift+U", "Mark unread", "unread", Effect::Sets),
    action("category", "1", "Category", "tag", Effect::Sets),
    action("assign", "a", "Assign", "person", Effect::Sets),
    action("take", "i", "Assign to me", "person", Effect::Sets),
    action("note", "n", "Add note", "note", Effect::Sets),
    action("reply", "r", "Reply", "plane", Effect::Sets),
];

/// The action of this verb.
pub(crate) fn find(verb: &str) -> Option<&'static Action> {
    ACTIONS.iter().find(|action| action.verb == verb)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verb_is_one_action() {
        for action in &ACTIONS {
            assert!(std::ptr::eq(find(action.verb).unwrap(), action));
        }
        assert!(find("delete").is_none());
    }
}
