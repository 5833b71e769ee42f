//! Tells pages that messages or requests have changed, whoever changed them: a caller, a colleague, or an admin at the command
//! line. The store counts changes; while somebody watches, we look at its count.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::watch;

use crate::store::{Desk, Store, StoreError};

/// How late a change may be told.
const LOOK: Duration = Duration::from_millis(500);

/// Falls when messages or requests have changed.
pub struct Changes(watch::Sender<i64>);

impl Changes {
    /// Follows them from now on, until nobody holds this any more.
    pub fn follow(store: Store) -> Arc<Self> {
        let changes = Arc::new(Self(watch::Sender::new(0)));
        tokio::spawn(look(Arc::downgrade(&changes), store));
        changes
    }

    /// Tells that they have changed.
    pub fn subscribe(&self) -> watch::Receiver<i64> {
        self.0.subscribe()
    }
}

async fn look(changes: Weak<Changes>, store: Store) {
    // Kept open: whether anything changed is then a matter of microseconds.
    let mut desk: Option<Desk> = None;
    loop {
        tokio::time::sleep(LOOK).await;
        let Some(changes) = changes.upgrade() else { return };
        if changes.0.receiver_count() == 0 {
            desk = None;
            continue;
        }
        let (store, open) = (store.clone(), desk.take());
        let read = tokio::task::spawn_blocking(move || -> Result<(Desk, i64), StoreError> {
            let desk = open.map_or_else(|| store.desk(), Ok)?;
            let number = desk.read().changes()?;
            Ok((desk, number))
        });
        match read.await {
            Ok(Ok((open, number))) => {
                desk = Some(open);
                changes
                    .0
                    .send_if_modified(|last| std::mem::replace(last, number) != number);
            }
            Ok(Err(error)) => tracing::error!(%error, "listes de la console"),
            Err(error) => tracing::error!(%error, "listes de la console"),
        }
    }
}
