//! Every action on a conversation, in one table: buttons, keys, help, palette and the forms' paths are made from it.
//!
//! Owns names, keys, icons and effects. What an action does is one arm of `inbox/act.rs`, which calls a use case. The
//! scripts know the effects and no action: see docs/pages.md. Reminders and tasks have a form of their own, which is an arm of
//! `inbox/panel.rs`.

/// What an action does to the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// The conversation is done with: the next one opens.
    Leaves,
    /// It stays and has another mark.
    Sets,
    /// It opens a menu or a field, whose form has the effect of the value that is chosen.
    Opens,
}

impl Effect {
    /// Its name in the page.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Leaves => "leaves",
            Self::Sets => "sets",
            Self::Opens => "opens",
        }
    }
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
    /// What was done, before the conversation's subject.
    pub(crate) done: &'static str,
    /// Its icon's id.
    pub(crate) icon: &'static str,
    pub(crate) effect: Effect,
    /// The mark that the conversation has afterwards (`inbox/marks.rs`); empty where the value decides.
    pub(crate) mark: &'static str,
}

const fn action(
    verb: &'static str,
    key: &'static str,
    [label, done]: [&'static str; 2],
    icon: &'static str,
    effect: Effect,
    mark: &'static str,
) -> Action {
    Action { verb, key, label, done, icon, effect, mark }
}

/// Every action.
#[rustfmt::skip]
pub(crate) static ACTIONS: [Action; 17] = [
    action("archive", "e", ["Archive", "Archived"], "box", Effect::Leaves, "archived:yes"),
    action("unarchive", "e", ["Move to inbox", "Moved to inbox"], "tray", Effect::Leaves, "archived:no"),
    action("snooze", "h", ["Snooze", "Snoozed"], "clock", Effect::Opens, "snoozed:yes"),
    action("wake", "h", ["End snooze", "Ended the snooze of"], "clock", Effect::Leaves, "snoozed:no"),
    action("important", "s", ["Mark important", "Marked important"], "flag", Effect::Sets, "important:yes"),
    action("unimportant", "s", ["Mark not important", "Marked not important"], "flag", Effect::Sets, "important:no"),
    action("unread", "Shift+U", ["Mark unread", "Marked unread"], "unread", Effect::Sets, "unread:yes"),
    action("read", "", ["Mark read", "Marked read"], "unread", Effect::Sets, "unread:no"),
    action("category", "", ["Category", "Categorised"], "tag", Effect::Opens, ""),
    action("assign", "a", ["Assign", "Assigned"], "person", Effect::Opens, ""),
    action("take", "i", ["Assign to me", "Assigned to you"], "person", Effect::Sets, "owner:me"),
    action("remind", "b", ["Remind me", "Set a reminder for"], "bell", Effect::Opens, ""),
    action("task", "t", ["Add task", "Added a task to"], "plus", Effect::Opens, ""),
    action("note", "n", ["Add note", "Added a note to"], "note", Effect::Opens, ""),
    action("reply", "r", ["Reply", "Sent"], "reply", Effect::Opens, ""),
    action("reply-all", "Shift+R", ["Reply all", "Sent"], "reply-all", Effect::Opens, ""),
    action("forward", "f", ["Forward", "Forwarded"], "forward", Effect::Opens, ""),
];

/// The side of the screen to which a finger moves a row for an action. Two actions of one side undo each other: the
/// conversation's mark decides which one it is. One that opens a menu is done with its usual value, without the menu.
const SWIPES: [(&str, &str); 4] =
    [("archive", "right"), ("unarchive", "right"), ("snooze", "left"), ("wake", "left")];

impl Action {
    /// The side of its swipe, if it has one.
    pub(crate) fn swipe(&self) -> Option<&'static str> {
        SWIPES.iter().find(|(verb, _)| *verb == self.verb).map(|(_, side)| *side)
    }
}

/// The action of this verb.
pub(crate) fn find(verb: &str) -> Option<&'static Action> {
    ACTIONS.iter().find(|action| action.verb == verb)
}

/// A key that moves about the page.
#[derive(Debug)]
pub(crate) struct Command {
    /// What the scripts call it.
    pub(crate) name: &'static str,
    /// Its keys, parted by commas; a space is between the keys of a sequence. `Mod` is Ctrl or Cmd.
    pub(crate) keys: &'static str,
    pub(crate) label: &'static str,
}

const fn command(name: &'static str, keys: &'static str, label: &'static str) -> Command {
    Command { name, keys, label }
}

/// Every key that is no action's and leads to no view.
pub(crate) static COMMANDS: [Command; 24] = [
    command("next", "j,ArrowDown", "Next conversation"),
    command("previous", "k,ArrowUp", "Previous conversation"),
    command("enter", "Enter", "Go into the conversation"),
    command("back", "u,Escape", "Back to the list"),
    command("unfold", "o", "Unfold all messages"),
    command("pick", "x", "Select"),
    command("pick-next", "Shift+J", "Extend the selection down"),
    command("pick-previous", "Shift+K", "Extend the selection up"),
    command("pick-all", "Mod+a", "Select all that match"),
    command("undo", "z", "Undo"),
    command("show-new", ".", "Show what is new"),
    command("search", "/", "Search"),
    command("lead", "]", "Show or hide the lead"),
    command("palette", "Mod+k", "Find a command"),
    command("template", ";,Mod+;", "Insert a template"),
    command("send", "Mod+Enter", "Send"),
    command("send-archive", "Shift+Mod+Enter", "Send and archive"),
    command("attach", "", "Attach files"),
    command("send-later", "", "Send later"),
    command("after-next", "", "After an action open the next conversation"),
    command("after-previous", "", "After an action open the conversation above"),
    command("after-list", "", "After an action go back to the list"),
    command("theme", "", "Switch between light and dark"),
    command("help", "?", "Keyboard shortcuts"),
];

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

    #[test]
    fn a_swipe_does_one_thing_whatever_the_conversation_is() {
        for side in ["right", "left"] {
            let of_side = ACTIONS.iter().filter(|action| action.swipe() == Some(side));
            let marks: Vec<(&str, &str)> =
                of_side.map(|action| action.mark.split_once(':').unwrap()).collect();
            let [(group, yes), (other, no)] = marks[..] else { panic!("{side}: {marks:?}") };
            assert_eq!((group, yes, no), (other, "yes", "no"));
        }
        assert_eq!(SWIPES.iter().filter(|(verb, _)| find(verb).is_some()).count(), SWIPES.len());
    }

    #[test]
    fn a_key_means_one_thing() {
        let commands = COMMANDS.iter().flat_map(|command| command.keys.split(','));
        let mut keys: Vec<&str> = commands.filter(|key| !key.is_empty()).collect();
        // Two actions that undo each other share a key: the conversation's mark decides.
        let mut actions: Vec<&str> =
            ACTIONS.iter().map(|action| action.key).filter(|key| !key.is_empty()).collect();
        actions.dedup();
        keys.extend(actions);
        let count = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), count);
    }
}
