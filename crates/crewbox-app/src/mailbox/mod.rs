//! E-mail accounts: saving, listing, changing and removing them, asking their servers, and taking in mail that is posted to them.
//!
//! Owns what each of these requires and which values an account may be saved with. Never speaks IMAP or SMTP itself.

mod change;
mod deliver;
mod fields;
mod guess;
mod ledger;
mod list;
mod provider;
mod remove;
mod save;
mod sign_in;
mod test;
mod texts;

pub use change::{Tagged, change, tag};
pub use crewbox_mail::probe::Tried;
pub use deliver::{Deliver, Delivered, deliver};
pub use fields::{Aliases, Field, Host, Line, MAX_NAME, MAX_USER, Password, Port, Signature};
pub use guess::{Guess, GuessedServer, guess};
pub use ledger::{MailboxLedger, ledger};
pub use list::{MailboxFilter, MailboxState, get, list, page};
pub use provider::Provider;
pub use remove::remove;
pub use save::{SaveMailbox, Server, save};
pub use sign_in::{SignIn, servers_to_sign_in, sign_in};
pub use test::{test, try_unsaved};
pub use texts::MailboxTexts;
