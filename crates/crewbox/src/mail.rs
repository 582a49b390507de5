//! The mail side of a server, wired: what the use cases work with, and the workers of its mailboxes and its outbox.
//!
//! Owns the source of random bytes. Holds no rule.

use std::sync::Arc;

use crewbox_app::{MailServices, Random, Services};
use crewbox_mail::net::{Net, NetPolicy};
use crewbox_mail::outbox::{self, Outbox};
use crewbox_mail::sync::supervisor::{self, Supervisor};
use crewbox_store::Store;

use crate::clock;
use crate::failure::Failure;
use crate::net::NetArgs;

/// The mail side of one server.
#[derive(Clone)]
pub(crate) struct Mail {
    services: MailServices,
}

/// The workers of a server; those of its mailboxes only where it is connected to them.
pub(crate) struct Workers {
    supervisor: Option<Supervisor>,
    outbox: Outbox,
}

impl Workers {
    /// Stops them; what they have begun is finished first.
    pub(crate) async fn stop(self) {
        let supervisor = async {
            if let Some(supervisor) = self.supervisor {
                supervisor.stop().await;
            }
        };
        tokio::join!(supervisor, self.outbox.stop());
    }
}

/// What may be connected to.
///
/// # Errors
/// One sentence when the operator's certificates cannot be read.
pub(crate) fn net(args: &NetArgs) -> Result<Net, Failure> {
    let policy = NetPolicy {
        allow_private_hosts: args.allow_private_hosts,
        extra_ca: args.ca_file.clone(),
        ehlo_name: args.ehlo_name.clone(),
    };
    Net::new(&policy).map_err(Failure::input)
}

impl Mail {
    pub(crate) fn new(store: Store, net: Net) -> Result<Self, Failure> {
        Ok(Self { services: MailServices::new(crate::intake::open(store)?, net, random_source()) })
    }

    /// The use cases, with this mail side.
    pub(crate) fn services(&self) -> Services {
        Services::new(self.services.intake.store().clone()).with_mail(self.services.clone())
    }

    /// Starts the outbox, and the workers of all mailboxes if they are `connected`.
    pub(crate) fn start(&self, connected: bool) -> Result<Workers, Failure> {
        let seed = u64::from_le_bytes(random::<8>()?);
        let clock: crewbox_core::time::Clock = Arc::new(clock::now);
        let MailServices { intake, net, tokens, .. } = self.services.clone();
        let outbox = outbox::Config {
            intake: intake.clone(),
            clock: Arc::clone(&clock),
            net: net.clone(),
            tokens: Arc::clone(&tokens),
            seed: seed ^ 1,
        };
        let config = supervisor::Config::new(intake, clock, net, tokens, seed);
        let supervisor = connected.then(|| Supervisor::start(config));
        Ok(Workers { supervisor, outbox: Outbox::start(outbox) })
    }
}

/// The system's source of random bytes.
pub(crate) fn random_source() -> Random {
    Random::new(|bytes| getrandom::fill(bytes).map_err(|error| error.to_string()))
}

pub(crate) fn random<const N: usize>() -> Result<[u8; N], Failure> {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::failed(format!("the system gives no randomness: {error}")))?;
    Ok(bytes)
}
