//! Settings: connecting mailboxes, importing leads, the team, and what conversations are sorted by. On the first run the
//! first three follow each other as steps.
//!
//! Owns one module for each page. What they have in common is in `shell.rs`.

mod chosen_keys;
mod field;
mod keyboard;
mod leads;
mod mailbox;
mod members;
mod preferences;
mod profile;
mod shell;
mod typed_keys;
mod writing;

pub(crate) use field::Fields;
pub(crate) use keyboard::{save as save_keyboard, show as keyboard};
pub(crate) use leads::{discard, import, show as leads, upload};
pub(crate) use mailbox::{save as save_mailbox, show as mailbox};
pub(crate) use members::{invite, show as members};
pub(crate) use preferences::keep as keep_preferences;
pub(crate) use profile::{save as save_profile, show as profile};
pub(crate) use shell::{STEP, WRITING_PATH, open_steps};
pub(crate) use writing::{save as save_writing, show as writing};

// These pages link to lists of the inbox, and the inbox links to other pages of the settings: only `routes.rs` imports them.
pub(crate) mod categories;
pub(crate) mod clients;
mod conversations;
mod edited_row;
mod sent_form;
pub(crate) mod tags;
