//! Lists whose rows are edited in place: which row is open, and what people type into it.

use axum::http::request::Parts;
use crewbox_app::mailbox::{Field as _, Line, MAX_NAME};
use crewbox_app::{FieldError, Refusal};

/// The id of the row that an address opens: `edit=7`.
pub(super) fn edited(parts: &Parts) -> Option<u64> {
    let query = parts.uri.query().unwrap_or_default().as_bytes();
    form_urlencoded::parse(query).find(|(name, _)| name == "edit")?.1.parse().ok()
}

/// A name as it is typed, which none of the others has, whatever the case of its letters.
///
/// # Errors
/// What is wrong with the field `name`.
pub(super) fn free_name<'a>(
    text: &str,
    mut others: impl Iterator<Item = &'a str>,
) -> Result<String, FieldError> {
    let name = one_line("name", text)?;
    let folded = name.to_lowercase();
    if others.any(|other| other.to_lowercase() == folded) {
        return Err(FieldError::says("name", format!("`{name}` exists already")));
    }
    Ok(name)
}

/// A text of one line that is not empty and not longer than a name may be.
///
/// # Errors
/// What is wrong with the field.
pub(super) fn one_line(field: &str, text: &str) -> Result<String, FieldError> {
    Line::<MAX_NAME>::parse(text).map(Line::into_string).map_err(|rest| FieldError::of(field, rest))
}

/// Two values.
///
/// # Errors
/// [`Refusal::Invalid`] with what is wrong with either.
pub(super) fn both<A, B>(
    first: Result<A, FieldError>,
    second: Result<B, FieldError>,
) -> Result<(A, B), Refusal> {
    match (first, second) {
        (Ok(first), Ok(second)) => Ok((first, second)),
        (first, second) => Err(Refusal::Invalid(first.err().into_iter().chain(second.err()).collect())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_that_no_other_row_has() {
        let free = |text| free_name(text, ["Über uns", "Warm"].into_iter());
        assert_eq!(free("  Warmer ").unwrap(), "Warmer");
        for taken in ["Warm", " warm ", "ÜBER UNS"] {
            assert!(free(taken).unwrap_err().sentence("This").ends_with("exists already"), "{taken}");
        }
        assert_eq!(free(" \t").unwrap_err().sentence("This"), "This must not be empty");
    }

    #[test]
    fn both_fields_are_reported_together() {
        let wrong = |field: &str| Err::<u8, _>(FieldError::of(field, "is wrong"));
        for (first, second, count) in
            [(wrong("a"), wrong("b"), 2), (Ok(1), wrong("b"), 1), (wrong("a"), Ok(2), 1)]
        {
            let refused = both(first, second);
            assert!(
                matches!(&refused, Err(Refusal::Invalid(errors)) if errors.len() == count),
                "{refused:?}"
            );
        }
        assert!(matches!(both(Ok(1), Ok("b")), Ok((1, "b"))));
    }
}
