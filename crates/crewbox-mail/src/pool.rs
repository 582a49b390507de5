//! The threads on which mail is read: a fixed number, each with a large stack, fed by a bounded queue.
//! Everything that parses foreign bytes runs here; a panic there costs one mail its reading, nothing else.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use crewbox_core::message::Mail;
use crewbox_core::time::Timestamp;
use crewbox_store::contract::MailBytes;

use crate::mime::shortened::Source;
use crate::read::{ReadContext, Unreadable, read, read_from, whole_text};
use crate::sender::DirectionHint;

/// Stack of each thread, bytes. HTML of the permitted depth needs a tenth of it, unoptimised.
pub const STACK_BYTES: usize = 16 * 1024 * 1024;

/// Mails that may wait: enough that no thread idles, few enough that a flood waits at its source.
pub const QUEUE_LENGTH: usize = 256;

/// A reply in text and HTML, with a quote: reading it builds every table of words and the sanitiser.
const FIRST_MAIL: &[u8] = b"From: a@b.example\nSubject: Re: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nYes.\n\n\
On Mon, 3 Feb 2025 at 10:00, C <c@d.example> wrote:\n> x\n--b\nContent-Type: text/html\n\n<p>Yes.</p>\n--b--\n";

/// One mail to be read.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its bytes; shared, so that the caller can store them when the reading is back.
    pub raw: MailBytes,
    /// What is known besides.
    pub context: ReadContext,
    /// Nothing but its text is wanted: all of it, also what is not stored of a long one.
    pub whole_text: bool,
}

impl Job {
    /// Of a mail that nothing else is known of.
    pub(crate) fn of(raw: MailBytes) -> Self {
        let context = ReadContext {
            own: Arc::default(),
            received_at: None,
            fallback_at: None,
            now: Timestamp(0),
            direction: DirectionHint::None,
        };
        Self { raw, context, whole_text: false }
    }
}

struct Task {
    place: usize,
    job: Job,
    answer: Sender<(usize, Result<Mail, Unreadable>)>,
}

/// A bounded pool of readers. Dropping it ends its threads when they are done.
#[derive(Debug)]
pub struct Pool {
    queue: Option<SyncSender<Task>>,
    threads: Vec<JoinHandle<()>>,
}

impl Pool {
    /// A pool of `threads` readers, at least one.
    ///
    /// # Errors
    ///
    /// When the system gives no more threads.
    pub fn new(threads: usize) -> io::Result<Self> {
        let (queue, tasks) = sync_channel::<Task>(QUEUE_LENGTH);
        let tasks = Arc::new(Mutex::new(tasks));
        let threads = (0..threads.max(1))
            .map(|number| {
                let tasks = Arc::clone(&tasks);
                thread::Builder::new()
                    .name(format!("mail-reader-{number}"))
                    .stack_size(STACK_BYTES)
                    .spawn(move || work(&tasks))
            })
            .collect::<io::Result<_>>()?;
        let pool = Self { queue: Some(queue), threads };
        pool.warm_up();
        Ok(pool)
    }

    /// Reads a first mail, so that the tables of words are built before a mail from outside is begun: a process that
    /// is killed soon after its start must not seem to have died of that mail.
    fn warm_up(&self) {
        let _ = self.read_all(vec![Job::of(FIRST_MAIL.into())]);
    }

    /// Reads all, and answers in the same order. Blocks the calling thread; many may call at once.
    #[must_use]
    pub fn read_all(&self, jobs: Vec<Job>) -> Vec<Result<Mail, Unreadable>> {
        let (answer, answers) = channel();
        let mut results: Vec<Result<Mail, Unreadable>> =
            jobs.iter().map(|_| Err(Unreadable::because("The reader stopped before this mail."))).collect();
        let mut waiting = 0;
        for (place, job) in jobs.into_iter().enumerate() {
            let task = Task { place, job, answer: answer.clone() };
            if self.queue.as_ref().is_some_and(|queue| queue.send(task).is_ok()) {
                waiting += 1;
            }
        }
        drop(answer);
        for (place, result) in answers.iter().take(waiting) {
            results[place] = result;
        }
        results
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            // A reader catches every panic, so there is nothing to learn from a failed join.
            let _ = thread.join();
        }
    }
}

fn work(tasks: &Mutex<Receiver<Task>>) {
    loop {
        let task = tasks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Task { place, job, answer }) = task else { return };
        let result = guarded(|| read_job(&job));
        job.raw.uncache();
        // Nobody waits any more when the caller panicked; the mail stays in its place.
        let _ = answer.send((place, result));
    }
}

fn read_job(Job { raw, context, whole_text: is_text_wanted }: &Job) -> Result<Mail, Unreadable> {
    let read = match raw {
        _ if *is_text_wanted => raw.start(raw.len()).map(|raw| {
            let text = whole_text(&raw);
            Ok(Mail { text, ..Mail::blank() })
        }),
        MailBytes::Memory(bytes) => return read(bytes, context),
        MailBytes::File(_) => read_from(raw, &|| raw.content(), context),
    };
    read.unwrap_or_else(|error| {
        let reason = format!("The file of the mail could not be read: {error}");
        Err(Unreadable { reason, is_temporary: true })
    })
}

impl Source for MailBytes {
    fn size(&self) -> usize {
        self.len()
    }

    fn read_at(&self, at: usize, into: &mut [u8]) -> io::Result<()> {
        Self::read_at(self, at, into)
    }
}

/// Runs a reading; a panic becomes a reason for quarantine. The panic's text may hold bytes of the mail, so
/// it is not kept.
fn guarded(reading: impl FnOnce() -> Result<Mail, Unreadable>) -> Result<Mail, Unreadable> {
    catch_unwind(AssertUnwindSafe(reading)).unwrap_or_else(|_panic: Box<dyn Any + Send>| {
        Err(Unreadable::because(
            "The mail could not be read because of a fault in Crewbox; its bytes are kept.",
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_order() {
        let pool = Pool::new(2).unwrap();
        let context = ReadContext {
            own: std::sync::Arc::default(),
            received_at: None,
            fallback_at: None,
            now: Timestamp(1_700_000_000_000),
            direction: crate::DirectionHint::None,
        };
        let jobs: Vec<Job> = (0..600)
            .map(|n| Job {
                raw: format!("Subject: {n}\n\nx").into_bytes().into(),
                context: context.clone(),
                whole_text: false,
            })
            .collect();
        for (n, result) in pool.read_all(jobs).into_iter().enumerate() {
            assert_eq!(result.unwrap().subject, n.to_string());
        }
    }

    #[test]
    fn the_first_mail_is_read_whole() {
        let Job { raw, context, .. } = Job::of(FIRST_MAIL.into());
        let mail = read(&raw.start(usize::MAX).unwrap(), &context).unwrap();
        assert!(mail.html.is_some() && !mail.folds.is_empty(), "it no longer reaches every table");
    }

    #[test]
    fn a_panic_is_a_reason() {
        let result = guarded(|| panic!("made to"));
        assert!(result.unwrap_err().reason.contains("fault"));
    }
}
