//! Which keys a member chooses with a form: each belongs to one thing, and what is as usual is not kept.

use std::collections::BTreeMap;

use crewbox_app::{FieldError, Refusal};

use super::typed_keys::read;
use crate::form::Form;
use crate::shortcuts::{Shortcut, Shortcuts, capitals, groups};

/// What is pressed while somebody writes: other keys would type.
const WHILE_WRITING: [&str; 2] = ["send", "send-archive"];
/// With Ctrl these select, copy, paste and undo what is typed in a field, and nothing else: see `pressed` in `assets/keys.js`.
const OF_FIELDS: [&str; 6] = ["a", "c", "v", "x", "y", "z"];

/// A shortcut with the keys that a form gives it.
struct Chosen {
    shortcut: Shortcut,
    keys: Vec<String>,
    is_new: bool,
}

/// The shortcuts that are not as usual once a form is saved, by their names. One that the form lacks keeps its keys.
///
/// # Errors
/// [`Refusal::Invalid`] with every wrong field, each under the shortcut's name.
pub(super) fn chosen(held: &Shortcuts, form: &Form) -> Result<BTreeMap<String, String>, Refusal> {
    let mut errors = Vec::new();
    let mut all = Vec::new();
    for shortcut in groups().into_iter().flat_map(|(_, group)| group) {
        let before = held.changeable(&shortcut.name);
        let typed = form.fields().find(|(name, _)| *name == shortcut.name);
        match typed.map_or_else(|| Ok(before.clone()), |(_, typed)| fitting(&shortcut.name, typed)) {
            Ok(keys) => all.push(Chosen { is_new: keys != before, shortcut, keys }),
            Err(sentence) => errors.push(FieldError::says(shortcut.name, sentence)),
        }
    }
    // What is left as it was keeps its keys: the field that is wrong is the one that takes one of them.
    all.sort_by_key(|one| one.is_new);
    for (at, one) in all.iter().enumerate() {
        let before: Vec<(&str, &str)> = all[..at]
            .iter()
            .flat_map(|other| other.keys.iter().map(move |key| (key.as_str(), other.shortcut.label.as_str())))
            .collect();
        let problem = one
            .keys
            .iter()
            .find_map(|key| before.iter().find_map(|(taken, label)| conflict(key, taken, label)));
        errors.extend(problem.map(|sentence| FieldError::says(one.shortcut.name.as_str(), sentence)));
    }
    if !errors.is_empty() {
        return Err(Refusal::Invalid(errors));
    }
    let others = all.into_iter().filter(|one| one.keys != one.shortcut.usual());
    Ok(others.map(|one| (one.shortcut.name, one.keys.join(","))).collect())
}

/// The keys that a field has, where they fit what it is for.
fn fitting(name: &str, typed: &str) -> Result<Vec<String>, String> {
    let keys = read(typed)?;
    let types = |key: &String| {
        key.contains(' ') || key.rsplit_once("Mod+").is_none_or(|(_, with)| OF_FIELDS.contains(&with))
    };
    match keys.iter().find(|key| WHILE_WRITING.contains(&name) && types(key)) {
        Some(key) => Err(format!(
            "{} is for the text while you write: choose a key with Ctrl, such as Ctrl+Enter",
            capitals(key)
        )),
        None => Ok(keys),
    }
}

/// Why a key cannot be chosen beside one that something else has.
fn conflict(key: &str, taken: &str, label: &str) -> Option<String> {
    let begins = |whole: &str, first: &str| whole.split_once(' ').is_some_and(|(begin, _)| begin == first);
    let (shown, other) = (capitals(key), capitals(taken));
    if key == taken {
        Some(format!("{shown} is already the key of “{label}”: choose another key"))
    } else if begins(taken, key) {
        Some(format!("{shown} begins {other}, the keys of “{label}”: choose another key"))
    } else if begins(key, taken) {
        Some(format!("{other} is already the key of “{label}”: begin with another key"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use crewbox_core::preferences::Preferences;

    use super::*;

    fn of(chosen: BTreeMap<String, String>) -> Shortcuts {
        Shortcuts::of(&Preferences { shortcuts: chosen, ..Preferences::default() })
    }

    fn form(fields: &[(&str, &str)]) -> Form {
        let mut form = Form::default();
        fields.iter().for_each(|(name, typed)| form.set(name, typed));
        form
    }

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, keys)| ((*name).to_owned(), (*keys).to_owned())).collect()
    }

    /// The wrong fields with their sentences.
    fn refused(held: &Shortcuts, fields: &[(&str, &str)]) -> Vec<(String, String)> {
        let Err(Refusal::Invalid(errors)) = chosen(held, &form(fields)) else { panic!("{fields:?}") };
        errors.into_iter().map(|error| (error.field.clone(), error.sentence("This"))).collect()
    }

    #[test]
    fn only_what_is_not_as_usual_is_kept() {
        let usual = Shortcuts::default();
        assert_eq!(chosen(&usual, &form(&[])).unwrap(), map(&[]));
        let whole: Vec<(String, String)> = groups()
            .into_iter()
            .flat_map(|(_, group)| group)
            .map(|one| (one.name.clone(), crate::shortcuts::written(&one.usual())))
            .collect();
        let whole: Vec<(&str, &str)> = whole.iter().map(|(name, keys)| (&**name, &**keys)).collect();
        assert_eq!(chosen(&usual, &form(&whole)).unwrap(), map(&[]));
        let first =
            chosen(&usual, &form(&[("archive", "Y, Ctrl+E"), ("back", ""), ("view-mine", "g x")])).unwrap();
        assert_eq!(first, map(&[("archive", "y,Mod+e"), ("back", ""), ("view-mine", "g x")]));
        let second = chosen(&of(first), &form(&[("archive", "e"), ("unread", "ctrl+u")])).unwrap();
        assert_eq!(second, map(&[("back", ""), ("unread", "Mod+u"), ("view-mine", "g x")]));
        let swapped = [("archive", "h"), ("snooze", "e"), ("view-mine", "g u"), ("view-unassigned", "g m")];
        assert_eq!(chosen(&usual, &form(&swapped)).unwrap().len(), 4);
    }

    #[test]
    fn a_key_belongs_to_one_thing_and_begins_no_sequence() {
        let usual = Shortcuts::default();
        let one = |name: &str, typed: &str| refused(&usual, &[(name, typed)]);
        let is = |name: &str, sentence: &str| vec![(name.to_owned(), sentence.to_owned())];
        let taken = "H is already the key of “Snooze / End snooze”: choose another key";
        assert_eq!(one("archive", "y,h"), is("archive", taken));
        assert_eq!(
            one("view-sent", "G M"),
            is("view-sent", "G M is already the key of “Assigned to me”: choose another key")
        );
        let begins = "G begins G M, the keys of “Assigned to me”: choose another key";
        assert_eq!(one("archive", "g"), is("archive", begins));
        let begun = "R is already the key of “Reply”: begin with another key";
        assert_eq!(one("view-mine", "r m"), is("view-mine", begun));
        let both = refused(&usual, &[("archive", "y"), ("read", "y"), ("note", "1"), ("theme", "Hyper")]);
        let fields: Vec<&str> = both.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(fields, ["note", "theme", "read"], "{both:?}");
        assert!(both[2].1.starts_with("Y is already the key of “Archive / Move to inbox”"), "{both:?}");
    }

    #[test]
    fn sending_needs_a_key_that_does_not_type() {
        let usual = Shortcuts::default();
        for typed in ["s", "Shift+Enter", "g s", "Ctrl+K s", "Ctrl+z", "Ctrl+Shift+Z"] {
            let errors = refused(&usual, &[("send", typed)]);
            assert!(errors[0].1.contains("is for the text while you write"), "{typed}: {errors:?}");
        }
        assert_eq!(chosen(&usual, &form(&[("send", "Ctrl+S")])).unwrap(), map(&[("send", "Mod+s")]));
        assert_eq!(chosen(&usual, &form(&[("send", "")])).unwrap(), map(&[("send", "")]));
    }
}
