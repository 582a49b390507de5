//! The keys of a member: the usual ones of the tables, except where the member has chosen others.
//!
//! Owns what can have keys, under which name a choice is kept, and how keys are shown. How a member writes them is
//! `settings/typed_keys.rs`; what they do is in `assets/keys.js`. Keys are a text as in the tables: commas between several,
//! a space between the two of a sequence.

use std::collections::BTreeMap;
use std::sync::Arc;

use crewbox_core::preferences::Preferences;

use crate::actions::{ACTIONS, COMMANDS, find};
use crate::views::{TEAM, TEAM_KEY, VIEWS};

/// Keys that do what they usually do, whatever a member chooses: everybody expects them.
const ALWAYS: [&str; 2] = ["Escape", "Enter"];
/// What the names of views begin with: actions and commands have some of the same names.
const VIEW: &str = "view-";

/// What a member can give other keys.
#[derive(Debug)]
pub(crate) struct Shortcut {
    /// Its name among the preferences.
    pub(crate) name: String,
    /// What it does.
    pub(crate) label: String,
}

impl Shortcut {
    fn new(name: &str, label: &str) -> Self {
        Self { name: name.to_owned(), label: label.to_owned() }
    }

    /// The usual keys that a member can change.
    pub(crate) fn usual(&self) -> Vec<String> {
        changeable(usual(&self.name))
    }

    /// The key that it has whatever a member chooses.
    pub(crate) fn always(&self) -> Option<&'static str> {
        each(usual(&self.name)).find(is_always)
    }
}

/// Everything that a member can give other keys, in groups with their titles.
pub(crate) fn groups() -> [(&'static str, Vec<Shortcut>); 3] {
    let shared = |verb: &str| {
        let labels = ACTIONS.iter().filter(|other| kept_as(other.verb) == verb).map(|other| other.label);
        Shortcut::new(verb, &labels.collect::<Vec<_>>().join(" / "))
    };
    let actions = ACTIONS.iter().filter(|action| kept_as(action.verb) == action.verb);
    let views = VIEWS.iter().map(|listed| Shortcut::new(&of_view(listed.path), listed.label));
    let team = Shortcut::new(&of_view(TEAM), "Team");
    let commands = COMMANDS.iter().map(|command| Shortcut::new(command.name, command.label));
    [
        ("Conversation", actions.map(|action| shared(action.verb)).collect()),
        ("Views", views.chain([team]).collect()),
        ("Page", commands.collect()),
    ]
}

/// The name of what leads to a view.
pub(crate) fn of_view(path: &str) -> String {
    format!("{VIEW}{path}")
}

/// The name under which a choice is kept: two actions that undo each other have the same keys.
fn kept_as(name: &str) -> &str {
    let Some(action) = find(name).filter(|action| !action.key.is_empty()) else { return name };
    ACTIONS.iter().find(|other| other.key == action.key).map_or(name, |first| first.verb)
}

/// The usual keys.
fn usual(name: &str) -> &'static str {
    if let Some(path) = name.strip_prefix(VIEW) {
        let listed = VIEWS.iter().find(|listed| listed.path == path).map(|listed| listed.key);
        return listed.unwrap_or(if path == TEAM { TEAM_KEY } else { "" });
    }
    let of_action = find(name).map(|action| action.key);
    let of_command = || COMMANDS.iter().find(|command| command.name == name).map(|command| command.keys);
    of_action.or_else(of_command).unwrap_or_default()
}

fn each(keys: &str) -> impl Iterator<Item = &str> {
    keys.split(',').filter(|key| !key.is_empty())
}

fn is_always(key: &&str) -> bool {
    ALWAYS.contains(key)
}

fn changeable(keys: &str) -> Vec<String> {
    each(keys).filter(|key| !is_always(key)).map(str::to_owned).collect()
}

/// The keys of a member.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shortcuts(Arc<BTreeMap<String, String>>);

impl Shortcuts {
    pub(crate) fn of(preferences: &Preferences) -> Self {
        Self(Arc::new(preferences.shortcuts.clone()))
    }

    /// The keys of an action, a command or a view, as the scripts read them; empty for none.
    pub(crate) fn keys(&self, name: &str) -> String {
        let name = kept_as(name);
        let usual = each(usual(name));
        let keys: Vec<&str> = match self.0.get(name) {
            Some(chosen) => each(chosen).chain(usual.filter(is_always)).collect(),
            // A later version may have a usual key that the member has given to something else.
            None => usual.filter(|key| !self.is_given(key)).collect(),
        };
        keys.join(",")
    }

    fn is_given(&self, key: &str) -> bool {
        self.0.values().any(|keys| each(keys).any(|given| given == key))
    }

    /// The keys that a member can change.
    pub(crate) fn changeable(&self, name: &str) -> Vec<String> {
        changeable(&self.keys(name))
    }

    /// Each of the keys as it is shown.
    pub(crate) fn shown(&self, name: &str) -> Vec<String> {
        each(&self.keys(name)).map(capitals).collect()
    }

    /// The first of the keys as it is shown; a button has room for one.
    pub(crate) fn first(&self, name: &str) -> Option<String> {
        each(&self.keys(name)).next().map(capitals)
    }

    /// The value of the attribute `aria-keyshortcuts` (WAI-ARIA 1.2), which has no way to name a sequence; none without a key.
    pub(crate) fn aria(&self, name: &str) -> Option<String> {
        let keys = self.keys(name);
        let named: Vec<String> = each(&keys).filter(|key| !key.contains(' ')).map(aria).collect();
        (!named.is_empty()).then(|| named.join(" "))
    }
}

/// A key and the names of those that are held with it, which end with a plus sign.
fn parts(stroke: &str) -> (&str, &str) {
    // The last character is the key, be it a plus sign.
    let mut before_last = stroke.char_indices().rev().skip(1);
    let held = before_last.find(|(_, c)| *c == '+').map_or(0, |(at, _)| at + 1);
    stroke.split_at(held)
}

fn aria(stroke: &str) -> String {
    let (held, key) = parts(stroke);
    format!("{}{}", held.replace("Mod", "Control"), if key == "+" { "Plus" } else { key })
}

/// A key or a sequence as it is printed on a keyboard: `E`, `Ctrl+K`, `G M`.
pub(crate) fn capitals(key: &str) -> String {
    let shown = key.split(' ').map(|stroke| {
        let (held, key) = parts(stroke);
        let is_name = key.chars().nth(1).is_some();
        let key = if is_name { key.to_owned() } else { key.to_uppercase() };
        format!("{}{key}", held.replace("Mod", "Ctrl"))
    });
    shown.collect::<Vec<_>>().join(" ")
}

/// Keys as a member writes them: `e`, `Shift+U`, `Ctrl+K`, `g m`, with commas between them.
pub(crate) fn written(keys: &[String]) -> String {
    let stroke = |stroke: &str| if parts(stroke).0.is_empty() { stroke.to_owned() } else { capitals(stroke) };
    let key = |key: &String| key.split(' ').map(stroke).collect::<Vec<_>>().join(" ");
    keys.iter().map(key).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn chosen(pairs: &[(&str, &str)]) -> Shortcuts {
        let pairs = pairs.iter().map(|(name, keys)| ((*name).to_owned(), (*keys).to_owned()));
        Shortcuts::of(&Preferences { shortcuts: pairs.collect(), ..Preferences::default() })
    }

    #[test]
    fn each_thing_with_keys_has_a_name_of_its_own_and_is_chosen_once() {
        let all: Vec<Shortcut> = groups().into_iter().flat_map(|(_, group)| group).collect();
        let names: BTreeSet<&str> = all.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names.len(), all.len());
        for action in &ACTIONS {
            assert!(names.contains(kept_as(action.verb)), "{}", action.verb);
        }
        let archive = all.iter().find(|one| one.name == "archive").unwrap();
        assert_eq!(archive.label, "Archive / Move to inbox");
        assert!(!names.contains("unarchive") && names.contains("read") && names.contains("unread"));
    }

    #[test]
    fn keys_are_the_usual_ones_until_a_member_chooses_others() {
        let usual = chosen(&[]);
        assert_eq!(usual.keys("archive"), "e");
        assert_eq!(usual.keys("back"), "u,Escape");
        assert_eq!(usual.keys(&of_view("mine")), "g m");
        assert_eq!(usual.keys(&of_view("team")), "g t");
        assert_eq!(usual.keys("read"), "");
        let mine = chosen(&[("archive", "y"), ("back", ""), ("view-mine", "g x,Mod+1"), ("note", "t")]);
        assert_eq!([mine.keys("archive"), mine.keys("unarchive")], ["y", "y"]);
        assert_eq!(mine.keys("back"), "Escape", "it stays");
        assert!(mine.changeable("back").is_empty());
        assert_eq!(mine.changeable("view-mine"), ["g x", "Mod+1"]);
        assert_eq!([mine.keys("note"), mine.keys("task")], ["t", ""], "a chosen key is no other thing's");
    }

    #[test]
    fn keys_are_shown_as_on_a_keyboard_and_named_for_assistive_technology() {
        let mine = chosen(&[("archive", "g x,y,+"), ("send", "Shift+Mod+k,Mod++"), ("note", "g n")]);
        assert_eq!(mine.first("archive").unwrap(), "G X");
        assert_eq!(mine.aria("archive").unwrap(), "y Plus");
        assert_eq!(mine.shown("send"), ["Shift+Ctrl+K", "Ctrl++"]);
        assert_eq!(mine.aria("send").unwrap(), "Shift+Control+k Control+Plus");
        assert_eq!((mine.aria("note"), mine.first("read")), (None, None));
        assert_eq!(mine.aria("template").unwrap(), "; Control+;");
        assert_eq!(mine.shown("next"), ["J", "ArrowDown"]);
        let held = [mine.changeable("archive"), mine.changeable("send"), mine.changeable("unread")];
        assert_eq!(held.map(|keys| written(&keys)), ["g x, y, +", "Shift+Ctrl+K, Ctrl++", "Shift+U"]);
    }
}
