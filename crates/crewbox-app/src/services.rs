//! What every use case works with: the store, and the mail side where this process has one.
//!
//! Owns no state and no rule. Made once by the binary (or a test), cheap to clone.

use std::sync::Arc;

use crewbox_mail::fetch::ImageFetcher;
pub use crewbox_mail::intake::Intake;
pub use crewbox_mail::net::{Net, NetPolicy};
use crewbox_mail::oauth::Tokens;
use crewbox_mail::post::Poster;
use crewbox_store::Store;

use crate::present_members::Presence;
use crate::random::Random;
use crate::refusal::Refusal;
use crate::team_activities::TeamActivities;

/// The store and the mail side of a process.
#[derive(Clone)]
pub struct Services {
    store: Store,
    mail: Option<MailServices>,
    team: TeamActivities,
    presence: Presence,
}

/// Reading incoming mail, and reaching mail servers.
#[derive(Clone)]
pub struct MailServices {
    /// Reads, classifies and stores incoming mail.
    pub intake: Intake,
    /// What may be connected to.
    pub net: Net,
    /// OAuth access tokens of mailboxes.
    pub tokens: Arc<Tokens>,
    /// Posts events to webhooks.
    pub poster: Poster,
    /// Fetches remote images of mails.
    pub images: ImageFetcher,
    /// What Message-IDs and references of new messages are made of.
    pub random: Random,
}

impl MailServices {
    /// The mail side over this way in, allowed to reach this network.
    #[must_use]
    pub fn new(intake: Intake, net: Net, random: Random) -> Self {
        let tokens = Arc::new(Tokens::new(&net));
        Self { intake, poster: Poster::new(&net), images: ImageFetcher::new(&net), net, tokens, random }
    }
}

impl Services {
    /// Use cases over this store, without a mail side: those that need one are refused as unavailable.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store, mail: None, team: TeamActivities::default(), presence: Presence::default() }
    }

    /// Adds the mail side.
    #[must_use]
    pub fn with_mail(self, mail: MailServices) -> Self {
        Self { mail: Some(mail), ..self }
    }

    /// The store.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// What members did, in memory.
    #[must_use]
    pub const fn team(&self) -> &TeamActivities {
        &self.team
    }

    /// Who is in which conversation, in memory.
    #[must_use]
    pub const fn presence(&self) -> &Presence {
        &self.presence
    }

    /// The mail side.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`] in a process without one.
    pub fn mail(&self) -> Result<&MailServices, Refusal> {
        self.mail.as_ref().ok_or(Refusal::Unavailable("This process does not handle mail"))
    }
}

impl std::fmt::Debug for Services {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Services").field("mail", &self.mail.is_some()).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for MailServices {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailServices").finish_non_exhaustive()
    }
}
