//! # Allô answers a town hall's telephone
//!
//! One call, one way through; the modules stand in that order.
//!
//! ```text
//! packet → jitter buffer → decode → resample → voice activity → turn → transcript
//!  (wire)     (hear::playout)        (audio)     (hear::voice) (hear::turn) │ engine::whisper
//!                                                                           ▼
//! packet ← pace ← encode ← resample ← clip ← sentence ←── dialogue ←── understanding
//!  (wire)  (call)  (speak::encode)  engine::prompts      (dialogue)    (understand)
//!                                   (speak::queue)           │
//!                                                         transfer → a person
//!                                                        (transfer)
//! ```
//!
//! Callers come by telephone ([`net::sip`]) or from a web page ([`net::webrtc`]), and some type what others say
//! (`call/writing.rs`): one dialogue for all.
//!
//! [`call::Call`] holds the stages and forwards between them: its `frame` function names them in order, and
//! `call/steps.rs` goes from an utterance to the dialogue and from the dialogue to what is done; `call/handover.rs` rings a
//! person and tells them of the call, `call/queue.rs` has the caller wait for one, `call/bridge.rs` lets the two speak,
//! `call/tape.rs` records them where the plan says so, and `call/people.rs` lets people step into a call that runs. The call
//! is sans-IO: it never reads a clock, a socket or a file.
//! [`app`] wires it to the network, the models and the store.
//!
//! Who may use whom (`tests/architecture.rs` holds it): `units, pii, audio, wire` ← `hear, understand, speak,
//! transfer` ← `dialogue` (which reads what `understand` says) ← `call` ← `engine, net, store, web` ← `app` ← `cli`; `deliver` takes
//! requests from the store to those who deal with them, `import` makes knowledge of official files.

#![deny(missing_docs)]

pub mod pii;
pub mod units;

pub mod audio;
pub mod wire;

pub mod hear;

pub mod understand;

pub mod dialogue;

pub mod transfer;

pub mod speak;

pub mod call;
// ── nothing above this line knows tokio, sockets, files, clocks or model runtimes ──
pub mod engine;
pub mod net;
pub mod store;

pub mod deliver;
pub mod import;
pub mod web;

pub mod app;
pub mod cli;
pub mod config;
