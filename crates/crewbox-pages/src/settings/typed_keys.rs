//! Keys as a member types them, read into keys as the scripts know them: `KeyboardEvent.key`, after the names of what is
//! held with it.
//!
//! Owns which keys there are, and which of them nobody can choose. Whether a key is free is `chosen_keys.rs`.

use crate::shortcuts::capitals;

/// Keys of a sequence: the scripts wait for a second one.
const MOST_STROKES: usize = 2;

/// Names of keys that are no character (UI Events `KeyboardEvent.key` values), as browsers write them.
#[rustfmt::skip]
const NAMES: [&str; 25] = [
    "ArrowDown", "ArrowLeft", "ArrowRight", "ArrowUp", "Backspace", "Delete", "End", "Enter", "Escape", "Home",
    "PageDown", "PageUp", "Tab", "F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9", "F10", "F11", "F12",
];

/// Other names that people type.
const ALIASES: [(&str, &str); 7] = [
    ("up", "ArrowUp"),
    ("down", "ArrowDown"),
    ("left", "ArrowLeft"),
    ("right", "ArrowRight"),
    ("esc", "Escape"),
    ("del", "Delete"),
    ("return", "Enter"),
];

/// What may be held: Ctrl and Cmd are one, so that a choice works on every system.
const HELD: [(&str, Held); 7] = [
    ("shift", Held::Shift),
    ("mod", Held::Mod),
    ("ctrl", Held::Mod),
    ("control", Held::Mod),
    ("cmd", Held::Mod),
    ("command", Held::Mod),
    ("meta", Held::Mod),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    Shift,
    Mod,
}

/// Keys that have a use already, and which.
const RESERVED: [(&[&str], &str); 6] = [
    (&["Escape"], "closes what is open and goes back"),
    (&["Enter"], "presses what has the focus, and goes into a conversation"),
    (&["Tab", "Shift+Tab"], "moves the focus"),
    (&["1", "2", "3", "4", "5", "6", "7", "8", "9"], "gives a category"),
    (&["Mod+c", "Mod+v", "Mod+x"], "copies and pastes"),
    (
        &["Mod+n", "Mod+t", "Mod+w", "Shift+Mod+n", "Shift+Mod+t", "Shift+Mod+w", "Mod+Tab", "Shift+Mod+Tab"],
        "is used by the browser",
    ),
];

/// The keys of a text with commas between them.
///
/// # Errors
/// A sentence.
pub(super) fn read(typed: &str) -> Result<Vec<String>, String> {
    let mut keys: Vec<String> = Vec::new();
    for one in typed.split(',').map(str::trim).filter(|one| !one.is_empty()) {
        let key = sequence(one)?;
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    if keys.is_empty() && !typed.trim().is_empty() {
        return Err("A comma is between keys and cannot be one".to_owned());
    }
    Ok(keys)
}

fn sequence(typed: &str) -> Result<String, String> {
    let strokes: Vec<String> = typed.split_whitespace().map(stroke).collect::<Result<_, _>>()?;
    if strokes.len() > MOST_STROKES {
        return Err(format!("{typed} is too long: a sequence has {MOST_STROKES} keys"));
    }
    // A digit is free where it is not the first key: none of them gives a category there.
    let is_later = |at: usize, stroke: &str| at > 0 && stroke.chars().all(|c| c.is_ascii_digit());
    let reserved = strokes.iter().enumerate().filter(|(at, stroke)| !is_later(*at, stroke));
    for (_, stroke) in reserved {
        if let Some((_, use_of)) = RESERVED.iter().find(|(keys, _)| keys.contains(&stroke.as_str())) {
            return Err(format!("{} {use_of}: choose another key", capitals(stroke)));
        }
    }
    Ok(strokes.join(" "))
}

/// A key with what is held, as `named` in `assets/dom.js` names it.
fn stroke(typed: &str) -> Result<String, String> {
    let mut held = Vec::new();
    let mut rest = typed;
    // A plus sign at the end is the key itself.
    while let Some((name, after)) = rest.split_once('+')
        && !name.is_empty()
        && !after.is_empty()
    {
        let name = name.to_lowercase();
        let known = HELD.iter().find(|(known, _)| *known == name).map(|(_, held)| *held);
        held.push(known.ok_or_else(|| format!("{typed} cannot be used: hold Shift or Ctrl, or nothing"))?);
        rest = after;
    }
    let (is_shift, is_mod) = (held.contains(&Held::Shift), held.contains(&Held::Mod));
    let key = match character(rest) {
        Some(c) if is_letter(c) && is_shift && !is_mod => c.to_uppercase().to_string(),
        Some(c) if is_letter(c) => c.to_lowercase().to_string(),
        // Which character it types depends on the keyboard, and the browser reports that character alone.
        Some(_) if is_shift => return Err(format!("Write the character that {typed} types, without Shift")),
        Some(c) => c.to_string(),
        None => named(rest).ok_or_else(|| {
            format!("There is no key {rest}: write a character, or a name such as ArrowDown or F2")
        })?,
    };
    Ok(format!("{}{}{key}", if is_shift { "Shift+" } else { "" }, if is_mod { "Mod+" } else { "" }))
}

/// The only character of a text, as far as browsers report it as one.
fn character(text: &str) -> Option<char> {
    let mut chars = text.chars();
    let first = chars.next().filter(|c| c.len_utf16() == 1 && !c.is_control());
    first.filter(|_| chars.next().is_none())
}

/// Whether Shift makes it another letter of the same name.
fn is_letter(c: char) -> bool {
    !c.to_lowercase().eq(c.to_uppercase())
}

/// A key by its name.
fn named(typed: &str) -> Option<String> {
    let typed = typed.to_lowercase();
    let alias = ALIASES.iter().find(|(alias, _)| *alias == typed).map(|(_, name)| *name);
    let known = || NAMES.into_iter().find(|name| name.to_lowercase() == typed);
    alias.or_else(known).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_people_write_them() {
        for (typed, keys) in [
            (" e ", &["e"][..]),
            ("", &[]),
            ("E, y ,e,", &["e", "y"]),
            ("shift+u,Shift+U", &["Shift+U"]),
            ("Ctrl+K, Cmd+k, mod+K", &["Mod+k"]),
            ("ctrl+shift+Enter", &["Shift+Mod+Enter"]),
            ("Shift+Ctrl+é", &["Shift+Mod+é"]),
            ("g  m,G x", &["g m", "g x"]),
            ("g 1", &["g 1"]),
            ("? , /, +, Ctrl++, Ctrl+;", &["?", "/", "+", "Mod++", "Mod+;"]),
            ("up, PAGEDOWN, f2, shift+arrowleft", &["ArrowUp", "PageDown", "F2", "Shift+ArrowLeft"]),
            ("Ж, shift+ж, 0", &["ж", "Shift+Ж", "0"]),
        ] {
            assert_eq!(read(typed).unwrap(), keys, "{typed}");
        }
    }

    #[test]
    fn what_cannot_be_a_key_is_a_sentence() {
        for (typed, sentence) in [
            (",", "A comma is between keys and cannot be one"),
            ("Hyper", "There is no key Hyper"),
            ("e, Space", "There is no key Space"),
            ("Alt+e", "Alt+e cannot be used: hold Shift or Ctrl, or nothing"),
            ("g+m", "g+m cannot be used"),
            ("Shift+1", "Write the character that Shift+1 types"),
            ("Ctrl+", "There is no key Ctrl+"),
            ("g m x", "g m x is too long: a sequence has 2 keys"),
            ("1", "1 gives a category: choose another key"),
            ("7 g", "7 gives a category"),
            ("esc", "Escape closes what is open"),
            ("e,g Enter", "Enter presses"),
            ("Shift+tab", "Shift+Tab moves the focus"),
            ("Cmd+t", "Ctrl+T is used by the browser"),
            ("Ctrl+C", "Ctrl+C copies and pastes"),
            ("😀", "There is no key 😀"),
        ] {
            let refused = read(typed).unwrap_err();
            assert!(refused.starts_with(sentence), "{typed}: {refused}");
        }
    }

    #[test]
    fn keys_that_are_kept_are_read_again_as_they_are() {
        use crate::shortcuts::{groups, written};
        for shortcut in groups().into_iter().flat_map(|(_, group)| group) {
            assert_eq!(read(&written(&shortcut.usual())), Ok(shortcut.usual()), "{}", shortcut.name);
        }
    }
}
