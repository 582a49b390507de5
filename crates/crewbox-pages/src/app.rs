//! What every page shares: the accounts, the use cases' services, the clock, and the key that protects forms.
//!
//! Owns no truth. Made once by the binary (or a test), cheap to clone.

use std::sync::Arc;

use crewbox_app::Services;
use crewbox_app::session::SignIns;
use crewbox_core::time::{Clock, Timestamp};
use crewbox_store::{Live, StoreError};

/// The pages of a server.
#[derive(Clone)]
pub struct Pages(Arc<Shared>);

pub struct Shared {
    pub(crate) live: Live,
    pub(crate) services: Services,
    pub(crate) sign_ins: SignIns,
    /// What the tokens of forms are made with.
    pub(crate) form_key: [u8; 32],
    clock: Clock,
}

impl Pages {
    /// Pages over these accounts.
    ///
    /// # Errors
    /// When the store cannot give the key that protects forms.
    pub fn new(live: Live, services: Services, clock: Clock) -> Result<Self, StoreError> {
        let form_key = live.store().derived_key("page forms")?;
        let sign_ins = SignIns::new(services.clone(), live.clone());
        Ok(Self(Arc::new(Shared { live, services, sign_ins, form_key, clock })))
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
