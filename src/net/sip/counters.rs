//! What the SIP layer counts. The same numbers go to the `metrics` recorder under `allo_sip_…_total`.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counts since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Datagrams and stream messages that were not sound SIP, dropped.
    pub malformed: u64,
    /// Datagrams too long for SIP on UDP, dropped.
    pub oversized: u64,
    /// TCP connections closed: too many at a time, too slow, or silent.
    pub tcp_refused: u64,
    /// Calls and requests from sources that are not trunks (403).
    pub forbidden: u64,
    /// Calls refused because every slot was taken, or while draining (503).
    pub busy: u64,
    /// Requests refused for another reason (404, 405, 420, 481, 482, 483 …).
    pub refused: u64,
    /// Calls handed to the application.
    pub calls_in: u64,
    /// Calls placed.
    pub calls_out: u64,
}

/// The live counters.
#[derive(Debug, Default)]
pub(super) struct Tally {
    malformed: AtomicU64,
    oversized: AtomicU64,
    tcp_refused: AtomicU64,
    forbidden: AtomicU64,
    busy: AtomicU64,
    refused: AtomicU64,
    calls_in: AtomicU64,
    calls_out: AtomicU64,
}

macro_rules! tally {
    ($($field:ident)*) => {
        impl Tally {
            $(pub(super) fn $field(&self) {
                self.$field.fetch_add(1, Relaxed);
                metrics::counter!(concat!("allo_sip_", stringify!($field), "_total")).increment(1);
            })*

            /// The counts now.
            pub(super) fn read(&self) -> Counters {
                Counters { $($field: self.$field.load(Relaxed)),* }
            }
        }
    };
}
tally!(malformed oversized tcp_refused forbidden busy refused calls_in calls_out);
