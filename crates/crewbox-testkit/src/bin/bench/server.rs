//! The server under measurement: the real router and loop on a loopback port, over a filled store.
//!
//! Owns its start and its end. The fixed body that lists are compared with is a page of the typical size.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use crewbox_core::id::MailboxId;
use crewbox_core::message::Attachment;
use crewbox_core::sample::{NOW, Sampler, Shape};
use crewbox_core::time::Timestamp;
use crewbox_store::{Live, Role, Scope, Store, StoreError};
use crewbox_web::port::{Clock, Delivered, MailIn};
use crewbox_web::{App, Settings};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::Failure;
use crate::ask::{Draw, ask};
use crate::call::{Connection, request};
use crate::fill::Filled;

/// Calls whose answers' mean size becomes the fixed body's.
const TYPICAL: usize = 400;

/// A server that answers.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) store: Store,
    /// Bytes of the fixed body, which are those of a typical page.
    pub(crate) page_bytes: usize,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

/// Starts it, with every account loaded.
pub(crate) fn start(runtime: &Runtime, filled: &Filled, role: Role) -> Result<Server, Failure> {
    let store = filled.store(role)?;
    let live = Live::new(store.clone());
    runtime.block_on(live.load_all(&|_| {}))?;
    let (address, stop, serving) = listen(runtime, app(&live, Bytes::new())?)?;
    let page_bytes = typical_page(filled, address)?;
    let _ = stop.send(());
    runtime.block_on(serving)?;
    let (address, stop, serving) = listen(runtime, app(&live, Bytes::from(vec![b'x'; page_bytes]))?)?;
    Ok(Server { address, store, page_bytes, stop, serving })
}

impl Server {
    /// Ends it in good order.
    pub(crate) fn stop(self, runtime: &Runtime) -> Result<(), Failure> {
        let _ = self.stop.send(());
        runtime.block_on(self.serving)?;
        runtime.block_on(self.store.close());
        Ok(())
    }

    /// A call of the fixed body, with the head and body of a list call.
    pub(crate) fn fixed(filled: &Filled) -> String {
        let key = filled.owners.first().map_or("", |owner| &owner.key);
        request("POST", "/bench/fixed", key, r#"{"offset":0,"limit":20,"sortBy":"REPLY_TIME_DESC"}"#)
    }
}

fn app(live: &Live, fixed: Bytes) -> Result<App, Failure> {
    let app = App::new(live.clone(), Arc::new(Stopped), Arc::new(NoMail), 0, Settings::default())?
        .fixed_body_route(fixed);
    app.set_ready();
    Ok(app)
}

type Listening = (SocketAddr, oneshot::Sender<()>, JoinHandle<()>);

fn listen(runtime: &Runtime, app: App) -> Result<Listening, Failure> {
    let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)))?;
    let address = listener.local_addr()?;
    let (stop, stopped) = oneshot::channel();
    let serving = runtime.spawn(async move {
        let stopped = async {
            let _ = stopped.await;
        };
        crewbox_web::serve(listener, app, stopped).await;
    });
    Ok((address, stop, serving))
}

fn typical_page(filled: &Filled, address: SocketAddr) -> Result<usize, Failure> {
    let mut sampler = Sampler::new(0);
    let mut connection = Connection::open(address)?;
    let mut bytes = 0;
    for at in 0..TYPICAL {
        let asked = ask(filled, &mut sampler, Shape::OWN[at % Shape::OWN.len()], Draw::Evenly)?;
        bytes += connection.call(&asked.request)?.len();
    }
    Ok(bytes / TYPICAL)
}

/// The measured account's present, for good.
struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        NOW
    }
}

/// No mail comes in over HTTP here.
struct NoMail;

impl MailIn for NoMail {
    fn deliver<'a>(
        &'a self,
        _scope: &'a Scope,
        _mailbox: MailboxId,
        _raw: Bytes,
        _received_at: Option<Timestamp>,
        _now: Timestamp,
    ) -> crewbox_web::port::Delivering<'a> {
        Box::pin(async { Err::<Delivered, _>(StoreError::Stopped) })
    }

    fn attachment(&self, _raw: &[u8], _index: u32) -> Option<(Attachment, Vec<u8>)> {
        None
    }
}
