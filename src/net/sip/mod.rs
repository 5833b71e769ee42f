//! SIP (RFC 3261) on UDP, TCP and TLS: calls in, calls out, transfer, registration. SDP passes through as bytes; what to
//! answer is the application's business.
//!
//! ```text
//!  network                                                        application
//!  ───────                                                        ───────────
//!  socket ─ screen ─► SIP stack ─► policy ──── Incoming ────────► takes the call
//!  (bounded, sane)   (rsipstack)  (who, what,
//!                        │         how many)
//!                        └─ DialogState ─► actor ── LegEvent ───► hears what happens
//!                                            ▲
//!                                 Leg ───────┘◄─ accept, refer ── acts upon it
//! ```
//!
//! One task (`actor`) lives as long as each call. [`Leg`] is a handle on it; when the application drops its last
//! handle, the call is ended, so that none is ever forgotten.
//!
//! The stack logs whole messages, with names and numbers, at INFO and WARN: `app` must not let targets `rsipstack…`
//! through below ERROR.

mod actor;
mod config;
mod counters;
mod dial;
mod error;
mod event;
mod leg;
mod message;
mod policy;
mod reach;
mod register;
mod screen;
mod server;
mod session;
mod socket;
mod stream;
mod tls;

#[cfg(test)]
mod tests;

pub use config::{Credentials, Network, Registration, SipConfig};
pub use counters::Counters;
pub use dial::{DialOptions, Dialler};
pub use error::SipError;
pub use event::{EndedBy, Incoming, LegEvent, ReferRequest, Reoffer, Transport};
pub use leg::Leg;
pub use reach::Hop;
pub use register::RegistrationState;
pub use server::SipServer;
pub use tls::{Certificate, TlsListen};
