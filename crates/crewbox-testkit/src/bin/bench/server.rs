//! The server under measurement: the real router and loop on a loopback port, over a filled store.
//!
//! Owns its start and its end, and the further ports to compare lists with: they answer a fixed body, or keep no pages.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use crewbox_core::id::AccountId;
use crewbox_store::live::AccountLive;
use crewbox_store::{Live, Role, Store};
use crewbox_testkit::sample::NOW;
use crewbox_web::{App, Settings};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::Failure;
use crate::call::{Connection, request};
use crate::fill::Filled;

/// Calls whose answers' mean size becomes a fixed body's.
const TYPICAL: usize = 400;

/// A server that answers.
#[derive(Debug)]
pub(crate) struct Server<'r> {
    pub(crate) address: SocketAddr,
    pub(crate) store: Store,
    runtime: &'r Runtime,
    live: Live,
    /// All that listen, the lists' own first.
    listening: Vec<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl<'r> Server<'r> {
    /// Starts it, with every account loaded.
    pub(crate) fn start(runtime: &'r Runtime, filled: &Filled, role: Role) -> Result<Self, Failure> {
        let store = filled.store(role)?;
        let live = Live::new(store.clone());
        runtime.block_on(live.load_all(&|_| {}))?;
        let (address, listening) = listen(runtime, app(&live, Bytes::new())?)?;
        Ok(Self { address, store, runtime, live, listening: vec![listening] })
    }

    /// Where the same server, on a port of its own, answers a fixed body as long as these requests' answers
    /// are in the mean.
    pub(crate) fn fixed_like(&mut self, requests: &[String]) -> Result<SocketAddr, Failure> {
        let mut connection = Connection::open(self.address)?;
        let mut bytes = 0;
        for request in requests.iter().cycle().take(TYPICAL) {
            bytes += connection.call(request)?.len();
        }
        let body = Bytes::from(vec![b'x'; bytes / TYPICAL]);
        let (address, listening) = listen(self.runtime, app(&self.live, body)?)?;
        self.listening.push(listening);
        Ok(address)
    }

    /// A port over the same accounts that keeps no page: it puts each together from rows, which it keeps for itself.
    pub(crate) fn without_pages(&mut self) -> Result<SocketAddr, Failure> {
        let settings = Settings { page_bytes: 0, ..Settings::default() };
        let (address, listening) = listen(self.runtime, app_with(&self.live, Bytes::new(), settings)?)?;
        self.listening.push(listening);
        Ok(address)
    }

    /// The account the server answers from.
    pub(crate) async fn account(&self, id: AccountId) -> Result<Arc<AccountLive>, Failure> {
        Ok(self.live.account(id, NOW).await?)
    }

    /// Shuts it down cleanly.
    pub(crate) fn stop(self) -> Result<(), Failure> {
        for (stop, serving) in self.listening {
            let _ = stop.send(());
            self.runtime.block_on(serving)?;
        }
        self.runtime.block_on(self.store.close());
        Ok(())
    }
}

/// A call of the fixed body, with the head and body of a list call.
pub(crate) fn fixed(filled: &Filled) -> String {
    let key = filled.owners.first().map_or("", |owner| &owner.key);
    request("POST", "/bench/fixed", key, r#"{"offset":0,"limit":20,"sortBy":"REPLY_TIME_DESC"}"#)
}

fn app(live: &Live, fixed: Bytes) -> Result<App, Failure> {
    app_with(live, fixed, Settings::default())
}

fn app_with(live: &Live, fixed: Bytes, settings: Settings) -> Result<App, Failure> {
    let app = App::new(live.clone(), Arc::new(|| NOW), 0, settings)?.fixed_body_route(fixed);
    app.set_ready();
    Ok(app)
}

type Listening = (oneshot::Sender<()>, JoinHandle<()>);

fn listen(runtime: &Runtime, app: App) -> Result<(SocketAddr, Listening), Failure> {
    let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)))?;
    let address = listener.local_addr()?;
    let (stop, stopped) = oneshot::channel();
    let serving = runtime.spawn(async move {
        let stopped = async {
            let _ = stopped.await;
        };
        crewbox_web::serve(listener, app, stopped).await;
    });
    Ok((address, (stop, serving)))
}
