//! The watcher: looks for commits of other processes, for everybody in this process who follows a log.
//!
//! Owns one thread and when it looks; what a look is, is passed in (`follow.rs`).

use std::convert::Infallible;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often it looks: what a command writes is followed within this time, at ten looks a second.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The running watcher.
#[derive(Debug)]
pub(super) struct Watcher {
    /// Nothing is ever sent: the thread ends when this is gone.
    stop: SyncSender<Infallible>,
    thread: JoinHandle<()>,
}

impl Watcher {
    /// Starts the thread, which looks at once and then again and again.
    pub(super) fn start(mut look: impl FnMut() + Send + 'static) -> std::io::Result<Self> {
        let (stop, stopped) = sync_channel(0);
        let run = move || {
            loop {
                look();
                if stopped.recv_timeout(LOOK_EVERY) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
            }
        };
        Ok(Self { stop, thread: std::thread::Builder::new().name("watcher".to_owned()).spawn(run)? })
    }

    /// Ends the thread and waits for it.
    pub(super) fn stop(self) {
        drop(self.stop);
        // A thread that panicked has reported it.
        let _ = self.thread.join();
    }
}
