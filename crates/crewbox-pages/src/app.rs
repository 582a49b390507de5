//! What every page shares: the accounts, the use cases' services, the clock, and the key that protects forms.
//!
//! Owns no truth. Made once by the binary (or a test), cheap to clone.

use std::sync::Arc;

use crewbox_app::Services;
use crewbox_app::events::Events;
use crewbox_app::session::SignIns;
use crewbox_core::time::{Clock, Timestamp};
use crewbox_store::{Live, StoreError};
use tokio::sync::watch;

use crate::once::Once;

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
    /// What the tokens of forms are made with.
    pub(crate) form_key: [u8; 32],
    clock: Clock,
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
        Ok(Self(Arc::new(Shared {
            live,
            services,
            sign_ins,
            events,
            closing,
            once: Once::default(),
            form_key,
            clock,
        })))
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
