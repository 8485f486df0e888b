//! Outcomes of all lanes on their way to the store, as many in one transaction as came together.
//!
//! Contract: a lane hands over one settlement and waits for the answer before it hands over the next,
//! so the queue is as long as there are lanes at most. Meanwhile the others go on.

use crate::Hub;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use trackway_store::StoreError;
use trackway_store::lanes::Settlement;

/// Settlements in one transaction.
const TOGETHER: usize = 1_024;

/// Whether it was stored: false where the lane is no longer this node's.
pub(crate) type Stored = Result<bool, Arc<StoreError>>;

struct Request {
    settlement: Arc<Settlement>,
    reply: oneshot::Sender<Stored>,
}

/// The lanes' end.
#[derive(Clone)]
pub(crate) struct Settler(mpsc::UnboundedSender<Request>);

impl Settler {
    /// A settler over a store; it ends once all its handles are gone.
    pub fn start(hub: &Arc<Hub>) -> (Self, impl Future<Output = ()> + use<>) {
        let (sender, queue) = mpsc::unbounded_channel();
        (Self(sender), run(hub.clone(), queue))
    }

    /// Has a settlement stored.
    pub fn settle(&self, settlement: Arc<Settlement>) -> impl Future<Output = Stored> + use<> {
        let (reply, stored) = oneshot::channel();
        // Where nobody takes it, the answer says so.
        let _ = self.0.send(Request { settlement, reply });
        async move {
            let ended = || Arc::new(StoreError::Stopped("nobody settles any more".to_owned()));
            stored.await.unwrap_or_else(|_| Err(ended()))
        }
    }
}

async fn run(hub: Arc<Hub>, mut queue: mpsc::UnboundedReceiver<Request>) {
    let mut requests = Vec::new();
    while queue.recv_many(&mut requests, TOGETHER).await > 0 {
        let settlements = requests.iter().map(|one| one.settlement.clone());
        let outcome = hub.store.settle(settlements.collect()).await;
        match outcome {
            Ok(stored) => {
                for (request, stored) in requests.drain(..).zip(stored) {
                    // A lane that ended meanwhile needs no answer.
                    let _ = request.reply.send(Ok(stored));
                }
            }
            Err(error) => {
                let error = Arc::new(error);
                for request in requests.drain(..) {
                    let _ = request.reply.send(Err(error.clone()));
                }
            }
        }
    }
}
