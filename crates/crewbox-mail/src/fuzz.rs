//! What fuzz targets run: each function takes any bytes, and panics where a promise of this crate is broken.
//!
//! Compiled with the feature `fuzz` only, which no release has. Owns nothing but the promises that it checks.

use std::sync::Arc;

use crewbox_core::message::{Address, Fold};
use crewbox_core::own_addresses::OwnAddresses;
use crewbox_core::threading::Facts;
use crewbox_core::time::Timestamp;

use crate::fold::{folds_of, new_text};
use crate::{DirectionHint, ReadContext, attachment, place, read};

pub use crate::sync::imap::any_responses as imap;

/// The time of reading: 4 February 2025. A mail is never later.
const NOW: Timestamp = Timestamp(1_738_627_200_000);

/// Bytes as a mail: its texts, folds and attachments hold together, whatever it is.
///
/// # Panics
/// Where they do not.
pub fn mail(raw: &[u8]) {
    let context = ReadContext {
        own: Arc::new(OwnAddresses::new(["us@own.test"])),
        received_at: None,
        fallback_at: None,
        now: NOW,
        direction: DirectionHint::None,
    };
    let Ok(mail) = read(raw, &context) else { return };
    check_folds(&mail.text, &mail.folds);
    assert!(!mail.text.contains('\0') && mail.at <= NOW && !mail.message_id.is_empty());
    let html = mail.html.as_deref().unwrap_or_default();
    assert!(!html.contains("<script"), "a script passed");
    let _ = place(&mail, &Facts::default());
    for listed in &mail.attachments {
        assert!(
            attachment(raw, listed.index).is_some(),
            "attachment {} is listed and not found",
            listed.index
        );
    }
}

/// Bytes as a plain text in which quotes and signatures are found.
///
/// # Panics
/// Where folds overlap, are empty, or cut a character.
pub fn folds(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let folds = folds_of(&text, &[], &Address::default());
    check_folds(&text, &folds);
    assert!(new_text(&text, &folds).len() <= text.len());
}

fn check_folds(text: &str, folds: &[Fold]) {
    let mut at = 0;
    for fold in folds {
        let (start, end) = (fold.start as usize, fold.end as usize);
        assert!(start >= at && end > start, "folds ascend: {folds:?}");
        assert!(
            text.is_char_boundary(start) && text.is_char_boundary(end),
            "a fold cuts a character: {folds:?}"
        );
        at = end;
    }
}
