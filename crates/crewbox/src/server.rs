//! One server from listening to its clean end: what `serve` and `demo` share.
//!
//! Owns the listener, the signals, and the order in which everything starts and ends. Holds no route and no rule.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crewbox_app::Services;
use crewbox_app::bulk::BulkJobs;
use crewbox_app::reminders::DueReminders;
use crewbox_app::snooze::Snoozes;
use crewbox_app::team::TeamFollower;
use crewbox_app::webhook::Deliveries;
use crewbox_core::time::Clock;
use crewbox_mail::net::Net;
use crewbox_pages::Pages;
use crewbox_store::follow::Follower;
use crewbox_store::{Live, Store, StoreError};
use crewbox_web::{App, Settings};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::failure::Failure;
use crate::mail::{self, Mail};
use crate::net::NetArgs;
use crate::{clock, open_files, progress, stopped};

/// How often files of deleted mail are looked for: they are left for a day at least, so an hour more does not matter.
const SWEEP_EVERY: Duration = Duration::from_secs(3_600);
/// How often the last uses of API keys are written down. They are kept to the hour.
const KEY_USES_EVERY: Duration = Duration::from_secs(900);

/// A port that is ours already, and where it is reached.
#[derive(Debug)]
pub(crate) struct Port {
    listener: TcpListener,
    /// `http://127.0.0.1:8080`
    pub(crate) url: String,
}

impl Port {
    /// Takes the port.
    ///
    /// # Errors
    /// One sentence when it cannot be had.
    pub(crate) async fn take(address: SocketAddr) -> Result<Self, Failure> {
        let taken = |error| {
            Failure::failed(format!("cannot listen on {address}: {error}; choose another with --listen"))
        };
        let listener = TcpListener::bind(address).await.map_err(taken)?;
        let address = listener.local_addr().map_err(taken)?;
        Ok(Self { listener, url: format!("http://{address}") })
    }
}

/// Whether mailboxes are connected to their servers.
pub(crate) enum Mailboxes {
    /// They are, within what may be connected to.
    Connected(Net),
    /// They are not: the demo's exist nowhere else.
    Alone,
}

/// Serves a store until a signal ends it. `ready` is told once requests are answered. Where there is no account yet, whoever
/// has the `setup_key` may make it from another machine.
///
/// # Errors
/// Loading, a lost key, and whatever `ready` says.
pub(crate) async fn serve(
    store: Store,
    port: Port,
    settings: Settings,
    mailboxes: Mailboxes,
    setup_key: Option<String>,
    ready: impl FnOnce() -> Result<(), Failure>,
) -> Result<(), Failure> {
    // From here on a signal is waited for, so that one sent while loading ends cleanly too.
    let mut stop = Stop::new()?;
    let connections = open_files::raise();
    let live = Live::new(store.clone());
    let net = match &mailboxes {
        Mailboxes::Connected(net) => net.clone(),
        Mailboxes::Alone => mail::net(&NetArgs::default())?,
    };
    let mail = Mail::new(store.clone(), net)?;
    let boot = u32::try_from(clock::now().millis().rem_euclid(1 << 32)).unwrap_or_default();
    let clock: Clock = Arc::new(clock::now);
    let render = crewbox_web::webhook_renderer(settings.public_url.as_deref());
    let settings = Settings { connections, ..settings };
    // One for all: what members did is in memory once.
    let services = mail.services();
    let app = App::new(live.clone(), Arc::clone(&clock), boot, settings)?.services(services.clone());
    let pages = Pages::new(live.clone(), services.clone(), app.events(), app.closing(), Arc::clone(&clock))?;
    let pages = pages.set_up_with(setup_key);
    let app = app.beside(crewbox_pages::router(pages));
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(crewbox_web::serve(port.listener, app.clone(), async move {
        let _ = ended.await;
    }));
    let outcome = tokio::select! {
        (loaded, ()) = async { tokio::join!(load(&live), load_team(&services)) } => {
            loaded.and_then(|()| { app.set_ready(); ready() })
        }
        () = stop.asked() => Ok(()),
    };
    if outcome.is_ok() && app.is_ready() {
        // The outbox works all the same: what cannot leave is told so, instead of waiting for ever.
        let workers = mail.start(matches!(mailboxes, Mailboxes::Connected(_)))?;
        let (end, ended) = watch::channel(false);
        let snoozes = Snoozes::new(live.clone(), Arc::clone(&clock));
        let bulk_jobs = BulkJobs::new(store.clone(), Arc::clone(&clock));
        let reminders = DueReminders::new(store.clone(), Arc::clone(&clock));
        let team = TeamFollower::new(store.clone(), services.team().clone(), Arc::clone(&clock));
        let deliveries = Deliveries::new(&services, live.clone(), clock, render, ended.clone())
            .map_err(|refusal| Failure::failed(format!("webhooks cannot be served: {refusal:?}")))?;
        let tasks = [
            follow(&store, live.follower(), ended.clone()),
            follow(&store, snoozes, ended.clone()),
            follow(&store, app.events_follower(), ended.clone()),
            follow(&store, reminders, ended.clone()),
            follow(&store, team, ended.clone()),
            tokio::spawn(deliveries.work()),
            follow(&store, bulk_jobs, ended.clone()),
            tokio::spawn(sweep(store.clone(), ended.clone())),
            tokio::spawn(note_key_uses(app.clone(), ended)),
        ];
        tokio::select! {
            () = stop.asked() => {}
            // Only a restart repairs that.
            () = store.until_stopped() => stopped::end_soon(StoreError::Stopped),
        }
        end.send_replace(true);
        for task in tasks {
            // One that panicked has reported it.
            let _ = task.await;
        }
        workers.stop().await;
    }
    drop(end);
    let _ = serving.await;
    let has_stopped = store.has_stopped();
    store.close().await;
    if has_stopped { Err(StoreError::Stopped.into()) } else { outcome }
}

/// Runs a follower on a task of its own.
fn follow<F: Follower + 'static>(
    store: &Store,
    mut follower: F,
    stop: watch::Receiver<bool>,
) -> JoinHandle<()> {
    let store = store.clone();
    tokio::spawn(async move {
        if let Err(error) = store.follow(&mut follower, stop).await {
            tracing::error!(follower = F::NAME, %error, "the change log cannot be followed");
        }
    })
}

/// Removes the files of deleted mail again and again, until the server ends.
async fn sweep(store: Store, mut stop: watch::Receiver<bool>) {
    let mut due = tokio::time::interval(SWEEP_EVERY);
    let mut is_start = true;
    loop {
        tokio::select! {
            _ = due.tick() => {}
            _ = stop.changed() => return,
        }
        let swept = async {
            // Who has put back an older database by mistake still finds the files of the newer one at the start. What the
            // database says was deleted goes at once: a process may have ended while it erased a person.
            if is_start { store.sweep_deleted().await } else { store.sweep(clock::now()).await }
        };
        let swept = tokio::select! {
            swept = swept => swept,
            // The next start sweeps the rest.
            _ = stop.changed() => return,
        };
        is_start = false;
        match swept {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "files of deleted mails were removed"),
            Err(error) => tracing::warn!(%error, "files of deleted mails cannot be removed yet"),
        }
    }
}

/// Writes down when API keys were last used, once in a while and at the end.
async fn note_key_uses(app: App, mut stop: watch::Receiver<bool>) {
    let mut due = tokio::time::interval_at(tokio::time::Instant::now() + KEY_USES_EVERY, KEY_USES_EVERY);
    loop {
        let ends = tokio::select! {
            _ = due.tick() => false,
            _ = stop.changed() => true,
        };
        if let Err(error) = app.note_key_uses().await {
            tracing::warn!(?error, "the last uses of API keys could not be written");
        }
        if ends {
            return;
        }
    }
}

async fn load(live: &Live) -> Result<(), Failure> {
    let bar = progress::spinner("loading accounts".into());
    let loaded = live
        .load_all(&|account| {
            bar.set_message(format!("account {}: {} conversations", account.id(), account.conversations()));
        })
        .await;
    bar.finish_and_clear();
    Ok(loaded?)
}

/// Reads what is kept of what members did, beside the accounts: who asks for the team's figures first does not wait for it.
async fn load_team(services: &Services) {
    if let Err(error) = services.team().load_kept(services.store()).await {
        tracing::warn!(%error, "what members did cannot be read yet");
    }
}

/// The signals that end a server: an interrupt from a terminal, a termination from a supervisor.
struct Stop {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Stop {
    fn new() -> Result<Self, Failure> {
        let unheard = |error| Failure::failed(format!("cannot listen for signals: {error}"));
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).map_err(unheard)?,
            terminate: signal(SignalKind::terminate()).map_err(unheard)?,
        })
    }

    async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
