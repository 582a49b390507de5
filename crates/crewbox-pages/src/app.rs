//! What every page shares: the accounts, the use cases' services, the clock, and the key that protects forms.
//!
//! Owns no truth. Made once by the binary (or a test), cheap to clone.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crewbox_app::Services;
use crewbox_app::account::FirstRun;
use crewbox_app::events::Events;
use crewbox_app::session::SignIns;
use crewbox_core::time::{Clock, Timestamp};
use crewbox_store::{Live, StoreError};
use tokio::sync::watch;

use crate::once::Once;

use crate::digest::digest;
use crate::form_memory::FormMemory;
use crate::imports::Imports;

/// The pages of a server.
#[derive(Clone)]
pub struct Pages(Arc<Shared>);

pub struct Shared {
    pub(crate) live: Live,
    pub(crate) services: Services,
    pub(crate) sign_ins: SignIns,
    /// What has changed, as it happens.
    pub(crate) events: Events,
    /// True once the server stops.
    pub(crate) closing: watch::Receiver<bool>,
    pub(crate) once: Once,
    pub(crate) first_run: FirstRun,
    pub(crate) imports: Imports,
    pub(crate) form_memory: FormMemory,
    /// What opens the set-up page from another machine.
    setup_key: Option<String>,
    /// What the tokens of forms are made with.
    pub(crate) form_key: [u8; 32],
    clock: Clock,
    /// Masks that were made.
    masks: AtomicU64,
}

impl Pages {
    /// Pages over these accounts. Streams end once `closing` is true.
    ///
    /// # Errors
    /// When the store cannot give the key that protects forms.
    pub fn new(
        live: Live,
        services: Services,
        events: Events,
        closing: watch::Receiver<bool>,
        clock: Clock,
    ) -> Result<Self, StoreError> {
        let form_key = live.store().derived_key("page forms")?;
        let sign_ins = SignIns::new(services.clone(), live.clone());
        let first_run = FirstRun::new(services.clone());
        Ok(Self(Arc::new(Shared {
            live,
            services,
            sign_ins,
            events,
            closing,
            once: Once::default(),
            first_run,
            imports: Imports::default(),
            form_memory: FormMemory::default(),
            setup_key: None,
            form_key,
            clock,
            masks: AtomicU64::new(0),
        })))
    }

    /// Lets whoever has this key set the server up from another machine. Only before it is first cloned.
    #[must_use]
    pub fn set_up_with(mut self, key: Option<String>) -> Self {
        if let Some(shared) = Arc::get_mut(&mut self.0) {
            shared.setup_key = key;
        }
        self
    }

    pub(crate) fn setup_key(&self) -> Option<&str> {
        self.0.setup_key.as_deref().filter(|key| !key.is_empty())
    }

    /// What the form of the set-up page carries, which no other site can know.
    pub(crate) fn setup_token(&self) -> String {
        digest(&self.0.form_key, &[b"set up"])
    }

    /// Hexadecimal digits that nobody can guess and that are never the same again.
    pub(crate) fn next_mask(&self) -> String {
        let count = self.0.masks.fetch_add(1, Ordering::Relaxed);
        let now = self.now().millis();
        digest(&self.0.form_key, &[b"mask", &count.to_be_bytes(), &now.to_be_bytes()])
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.0.clock)()
    }
}

impl std::ops::Deref for Pages {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl std::fmt::Debug for Pages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pages").finish_non_exhaustive()
    }
}
