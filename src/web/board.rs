//! Calls in progress: which there are is known from the events of all calls, and how they stand from the store, which has
//! written all of it by then. One reading serves everybody who watches.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::broadcast;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use super::console::Console;
use super::story::Story;
use super::words;
use crate::call::event::CallEvent;
use crate::store::{CallRow, Desk, RequestRow, Store, StoreError};
use crate::units::CallId;

/// How long a call is still shown after its end, for who is reading it.
pub const LINGERS_MS: i64 = 60_000;
/// How often calls that have ended are looked for.
const TIDY: Duration = Duration::from_secs(5);
/// What watchers may be behind before they start afresh.
const BEHIND: usize = 64;

/// A call in progress, or one that has just ended.
#[derive(Clone, Debug)]
pub struct LiveCall {
    /// When it began, who calls whom.
    pub call: CallRow,
    /// What has been said and done so far.
    pub story: Story,
    /// What the same number has asked for, in this call and before.
    pub requests: Vec<RequestRow>,
}

impl LiveCall {
    fn read(desk: &Desk, id: &str) -> Result<Option<Self>, StoreError> {
        let reader = desk.read();
        let Some(detail) = reader.call(id)? else {
            return Ok(None);
        };
        let requests = match &detail.call.caller {
            Some(caller) => reader.requests_from(caller)?,
            None => reader.requests_of(id)?,
        };
        Ok(Some(Self {
            story: Story::of(&detail),
            call: detail.call,
            requests,
        }))
    }

    /// Who calls.
    pub fn who(&self) -> String {
        words::caller(self.call.caller.as_deref(), self.call.entrance)
    }

    /// Whether it goes on.
    pub fn runs(&self) -> bool {
        self.call.ended_at.is_none()
    }
}

/// Calls in progress.
pub struct Board {
    /// By their beginning and id.
    calls: Mutex<BTreeMap<(i64, String), Arc<LiveCall>>>,
    changed: broadcast::Sender<String>,
    store: Store,
    /// Calls that an earlier process left without an end are not in progress.
    since: i64,
}

impl Board {
    /// Follows calls from now on, until the events end.
    pub fn follow(store: Store, events: broadcast::Receiver<(CallId, CallEvent)>) -> Arc<Self> {
        let board = Arc::new(Self {
            calls: Mutex::default(),
            changed: broadcast::channel(BEHIND).0,
            store,
            since: Console::now(),
        });
        tokio::spawn(board.clone().watch(events));
        board
    }

    /// Calls in progress and those that have just ended, in the order in which they began.
    pub fn calls(&self) -> Vec<Arc<LiveCall>> {
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.values().cloned().collect()
    }

    /// One of them.
    pub fn call(&self, id: &str) -> Option<Arc<LiveCall>> {
        self.calls().into_iter().find(|call| call.call.id == id)
    }

    /// How many are in progress.
    pub fn running(&self) -> usize {
        self.calls().iter().filter(|call| call.runs()).count()
    }

    /// Tells the id of each call that has changed, or is no longer shown.
    pub fn changes(&self) -> broadcast::Receiver<String> {
        self.changed.subscribe()
    }

    async fn watch(self: Arc<Self>, mut events: broadcast::Receiver<(CallId, CallEvent)>) {
        let mut tidy = tokio::time::interval(TIDY);
        loop {
            let (mut changed, mut lost) = (BTreeSet::new(), false);
            tokio::select! {
                event = events.recv() => match event {
                    Ok((id, _)) => drop(changed.insert(id.to_string())),
                    Err(RecvError::Lagged(_)) => lost = true,
                    Err(RecvError::Closed) => return,
                },
                _ = tidy.tick() => self.tidy(Console::now()),
            }
            // What came meanwhile is read at once with it.
            loop {
                match events.try_recv() {
                    Ok((id, _)) => drop(changed.insert(id.to_string())),
                    Err(TryRecvError::Lagged(_)) => lost = true,
                    Err(_) => break,
                }
            }
            if changed.is_empty() && !lost {
                continue;
            }
            let board = self.clone();
            let read = tokio::task::spawn_blocking(move || board.read(changed, lost)).await;
            match read {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(%error, "appels en cours"),
                Err(error) => tracing::error!(%error, "appels en cours"),
            }
        }
    }

    /// Reads how these calls stand; where events were lost, all that may be in progress.
    fn read(&self, mut changed: BTreeSet<String>, lost: bool) -> Result<(), StoreError> {
        self.store.flush();
        let desk = self.store.desk()?;
        if lost {
            changed.extend(desk.read().running(self.since)?);
            changed.extend(self.calls().iter().map(|call| call.call.id.clone()));
        }
        for id in changed {
            if let Some(call) = LiveCall::read(&desk, &id)? {
                let key = (call.call.started_at, id.clone());
                let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
                calls.insert(key, Arc::new(call));
            }
            // Nobody may be watching.
            let _ = self.changed.send(id);
        }
        Ok(())
    }

    fn tidy(&self, now: i64) {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.retain(|(_, id), call| {
            let stays = call.call.ended_at.is_none_or(|end| now - end < LINGERS_MS);
            if !stays {
                let _ = self.changed.send(id.clone());
            }
            stays
        });
    }
}
