//! What is decided on a request before the application hears of it: who may call, what we can do, how many at a time.

use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::task::{Context, Waker};
use std::time::Duration;

use rsipstack::dialog::dialog::Dialog;
use rsipstack::sip::prelude::{HeadersExt, ToTypedHeader};
use rsipstack::sip::{Header, Host, Method, Request, Scheme, StatusCodeKind};
use rsipstack::transaction::transaction::Transaction;
use tokio::sync::{mpsc, oneshot};

use super::actor::{Actor, Birth};
use super::event::{Incoming, Transport};
use super::leg::{Command, Core, Leg, Refusal};
use super::message::{self, abilities, header, name_addr, reason, reason_header, status, tokens, user};
use super::reach::is_secure;
use super::server::{Stack, locked};
use super::session::TooSmall;
use crate::pii::Pii;

/// Events that the application may be late by.
pub(super) const EVENT_QUEUE: usize = 64;
/// Seconds that a caller should wait when we are full or closing.
const RETRY_AFTER: &str = "10";

/// Handles each request in a task of its own. Its first step is taken here, in the order of arrival: a burst inside one
/// call (the NOTIFYs of a quick transfer) must not overtake itself, or the late ones are out of order.
pub(super) fn handle(stack: &Arc<Stack>, tx: Transaction, incoming: &mpsc::Sender<Incoming>) {
    let mut work = Box::pin(dispatch(stack.clone(), tx, incoming.clone()));
    // What `screen` has let through should not panic; if it does, one call is lost, not the telephone.
    match catch_unwind(AssertUnwindSafe(|| first_step(work.as_mut()))) {
        Ok(true) => {}
        Ok(false) => drop(stack.tasks.spawn(work)),
        Err(_) => stack.tally.malformed(),
    }
}

/// Polls once; true when there is nothing more to do. Whoever polls again leaves its own waker.
pub(super) fn first_step(work: Pin<&mut impl Future<Output = ()>>) -> bool {
    work.poll(&mut Context::from_waker(Waker::noop())).is_ready()
}

/// Handles one request to its end.
async fn dispatch(stack: Arc<Stack>, mut tx: Transaction, incoming: mpsc::Sender<Incoming>) {
    let Some((source, transport)) = origin(&tx) else { return };
    let in_dialog = tx
        .original
        .to_header()
        .ok()
        .and_then(|to| to.tag().ok().flatten())
        .is_some();
    if in_dialog {
        return inside(stack, tx).await;
    }
    let verdict = judge(&stack, &tx.original, source);
    match (verdict, tx.original.method) {
        (Err(refusal), _) => refuse(&stack, &mut tx, refusal).await,
        (Ok(()), Method::Options) => {
            let mut headers = abilities();
            headers.push(Header::Accept("application/sdp".into()));
            headers.push(Header::AcceptLanguage("fr".into()));
            tx.reply_with(status(200), headers, None).await.ok();
        }
        (Ok(()), _) => invite(stack, tx, source, transport, incoming).await,
    }
}

/// Where the request really comes from.
fn origin(tx: &Transaction) -> Option<(SocketAddr, Transport)> {
    let address = tx.connection.as_ref()?.get_remote_addr()?;
    let transport = match address.r#type {
        Some(rsipstack::sip::Transport::Tcp) => Transport::Tcp,
        Some(rsipstack::sip::Transport::Tls) => Transport::Tls,
        _ => Transport::Udp,
    };
    Some((address.get_socketaddr().ok()?, transport))
}

/// A refusal and its headers.
struct Refused {
    code: u16,
    headers: Vec<Header>,
}

fn refused(code: u16, headers: Vec<Header>) -> Result<(), Refused> {
    Err(Refused { code, headers })
}

async fn refuse(stack: &Stack, tx: &mut Transaction, refusal: Refused) {
    match refusal.code {
        403 => stack.tally.forbidden(),
        486 | 503 => stack.tally.busy(),
        _ => stack.tally.refused(),
    }
    let source = origin(tx).map(|(address, _)| tracing::field::display(address.ip()));
    let why = match refusal.code {
        403 => "demande SIP refusée : adresse absente de sip.trunks",
        486 => "demande SIP refusée : toutes les lignes sont prises (calls.max)",
        _ => "demande SIP refusée",
    };
    tracing::info!(code = refusal.code, method = %tx.original.method, source, "{why}");
    tx.reply_with(status(refusal.code), refusal.headers, None).await.ok();
    wait_for_ack(tx).await;
}

/// A refused INVITE is repeated until its ACK (RFC 3261, section 17.2.1).
async fn wait_for_ack(tx: &mut Transaction) {
    let refused = tx.last_response.as_ref().is_some_and(|r| {
        !matches!(
            r.status_code.kind(),
            StatusCodeKind::Provisional | StatusCodeKind::Successful
        )
    });
    if tx.original.method == Method::Invite && refused {
        tx.receive().await; // the ACK, or None at the end of the timer
    }
}

/// The checks on a request that starts something.
fn judge(stack: &Stack, request: &Request, source: SocketAddr) -> Result<(), Refused> {
    if !stack.allows(source.ip()) {
        return refused(403, vec![]);
    }
    match request.method {
        Method::Invite | Method::Options => {}
        // They belong to a call that we do not know (RFC 3261, section 12.2.2).
        Method::Bye | Method::Info | Method::Update | Method::PRack | Method::Notify => return refused(481, vec![]),
        _ => return refused(405, abilities()),
    }
    if stack.draining.load(SeqCst) {
        return refused(503, vec![Header::RetryAfter(RETRY_AFTER.into())]);
    }
    if request.method == Method::Options {
        return Ok(());
    }
    if header(&request.headers, "Max-Forwards") == Some("0") {
        return refused(483, vec![]);
    }
    match &request.uri.scheme {
        Some(Scheme::Sip | Scheme::Sips) => {}
        Some(Scheme::Other(scheme)) if scheme.eq_ignore_ascii_case("tel") => {}
        _ => return refused(416, vec![]),
    }
    let unknown = unknown_extensions(request);
    if !unknown.is_empty() {
        return refused(420, vec![Header::Unsupported(unknown.into())]);
    }
    if !request.body.is_empty() && message::sdp_of(&request.headers, &request.body).is_none() {
        return refused(415, vec![Header::Accept("application/sdp".into())]);
    }
    if let Err(TooSmall(least)) = stack.session_policy().answer(&request.headers) {
        return refused(422, vec![Header::MinSE(least.as_secs().to_string().into())]);
    }
    Ok(())
}

/// What the peer requires and we do not know. 100rel is known well enough: we then send no provisional response that
/// would have to be reliable (RFC 3262, section 3), only 100 and the answer.
fn unknown_extensions(request: &Request) -> String {
    let known = ["timer", "100rel"];
    let unknown: Vec<&str> = tokens(&request.headers, "Require")
        .filter(|tag| !known.iter().any(|k| k.eq_ignore_ascii_case(tag)))
        .collect();
    unknown.join(", ")
}

/// A request inside a call.
async fn inside(stack: Arc<Stack>, mut tx: Transaction) {
    let request = &tx.original;
    let call_id = request
        .call_id_header()
        .map(|id| id.value().to_owned())
        .unwrap_or_default();
    let our_tag = request
        .to_header()
        .ok()
        .and_then(|to| to.tag().ok().flatten())
        .map(|tag| tag.value().to_owned());
    let leg = stack.leg(&call_id, &our_tag.unwrap_or_default());
    match request.method {
        Method::Ack | Method::Cancel => return,
        Method::Message | Method::Subscribe | Method::Publish | Method::Register => {
            return refuse(
                &stack,
                &mut tx,
                Refused {
                    code: 405,
                    headers: abilities(),
                },
            )
            .await;
        }
        // We never send a provisional response that asks for one.
        Method::PRack => {
            return refuse(
                &stack,
                &mut tx,
                Refused {
                    code: 481,
                    headers: vec![],
                },
            )
            .await;
        }
        Method::Invite if !unknown_extensions(request).is_empty() => {
            let headers = vec![Header::Unsupported(unknown_extensions(request).into())];
            return refuse(&stack, &mut tx, Refused { code: 420, headers }).await;
        }
        Method::Bye => {
            if let (Some(leg), Some(text)) = (&leg, reason(&request.headers)) {
                leg.tell(Command::Farewell(text));
            }
        }
        _ => {}
    }
    let Some((core, mut dialog)) = dialog_of(&stack, &tx, leg).await else {
        return refuse(
            &stack,
            &mut tx,
            Refused {
                code: 481,
                headers: vec![],
            },
        )
        .await;
    };
    // The transaction of a re-INVITE waits for its ACK: no longer than the call.
    let offer = tx.original.method == Method::Invite;
    tokio::select! {
        biased;
        result = dialog.handle(&mut tx) => {
            if let Err(error) = result {
                tracing::debug!(%error, "demande SIP dans un appel");
            }
        }
        () = core.done.cancelled(), if offer => {}
    }
    if !tx.is_terminated() && tx.last_response.is_none() {
        // Out of order (section 12.2.2), or too early for the stack: before our answer is acknowledged.
        refuse(
            &stack,
            &mut tx,
            Refused {
                code: 500,
                headers: vec![Header::RetryAfter("1".into())],
            },
        )
        .await;
    }
}

/// The dialog of a request. The stack files a call that we placed just after it sends the ACK: a peer that is very fast
/// is given a moment.
async fn dialog_of(
    stack: &Stack,
    tx: &Transaction,
    leg: Option<Arc<Core>>,
) -> Option<(Arc<Core>, rsipstack::dialog::invite_dialog::InviteDialog)> {
    let leg = leg?;
    for wait in [5, 20, 50, 0] {
        if let Some(Dialog::Invite(dialog)) = stack.dialogs.match_dialog(tx) {
            return Some((leg, dialog));
        }
        if leg.inbound || leg.done.is_cancelled() || wait == 0 {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(wait)).await;
    }
    None
}

/// A new call.
async fn invite(
    stack: Arc<Stack>,
    mut tx: Transaction,
    source: SocketAddr,
    transport: Transport,
    incoming: mpsc::Sender<Incoming>,
) {
    let request = tx.original.clone();
    let Ok(session) = stack.session_policy().answer(&request.headers) else {
        return;
    };
    let Some(_claim) = Claim::new(&stack, &request) else {
        // It reached us by two ways (section 8.2.2.2).
        return refuse(
            &stack,
            &mut tx,
            Refused {
                code: 482,
                headers: vec![],
            },
        )
        .await;
    };
    let busy = || vec![Header::RetryAfter(RETRY_AFTER.into())];
    let Ok(slot) = stack.slots.clone().try_acquire_owned() else {
        return refuse(
            &stack,
            &mut tx,
            Refused {
                code: 486,
                headers: busy(),
            },
        )
        .await;
    };
    let (states, observed) = mpsc::unbounded_channel();
    let contact = stack.contact(source, transport, user(&request.uri), is_secure(&request.uri));
    let mut dialog = match stack
        .dialogs
        .get_or_create_server_invite(&tx, states, None, Some(contact))
    {
        Ok(dialog) => dialog,
        Err(error) => {
            tracing::warn!(%error, "appel SIP impossible à suivre");
            return refuse(
                &stack,
                &mut tx,
                Refused {
                    code: 400,
                    headers: vec![],
                },
            )
            .await;
        }
    };
    let (core, commands) = Core::new(stack.clone(), dialog.clone(), true);
    stack.remember(&core);
    let (events, heard) = mpsc::channel(EVENT_QUEUE);
    let (refuser, refusal) = oneshot::channel();
    let birth = Birth {
        core: core.clone(),
        commands,
        states: observed,
        events,
    };
    let actor = Actor::inbound(birth, &request, session, refuser, slot);
    stack.tasks.spawn(actor.run());
    let call = describe(&request, source, transport, Leg::new(core.clone()), heard);
    match incoming.try_send(call) {
        Ok(()) => stack.tally.calls_in(),
        Err(mpsc::error::TrySendError::Full(call) | mpsc::error::TrySendError::Closed(call)) => {
            stack.tally.busy();
            call.leg.reject(503, None, Some(Duration::from_secs(10)));
        }
    }

    // Drives the INVITE: 100, whatever the leg's task sends, the ACK or the CANCEL.
    tokio::select! {
        biased;
        result = dialog.handle(&mut tx) => {
            if let Err(error) = result {
                tracing::debug!(%error, "INVITE");
            }
        }
        Ok(refusal) = refusal => answer_refusal(&mut tx, &dialog.id().local_tag, refusal).await,
        () = core.done.cancelled() => {}
    }
    wait_for_ack(&mut tx).await;
}

/// A new call being handled, so that the same INVITE by another way is seen.
struct Claim {
    stack: Arc<Stack>,
    key: (String, String, String),
}

impl Claim {
    fn new(stack: &Arc<Stack>, request: &Request) -> Option<Self> {
        let call_id = request.call_id_header().ok()?.value().to_owned();
        let tag = request.from_header().ok()?.tag().ok()??.value().to_owned();
        let key = (call_id, tag, request.cseq_header().ok()?.value().to_owned());
        locked(&stack.claims).insert(key.clone()).then(|| Self {
            stack: stack.clone(),
            key,
        })
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        locked(&self.stack.claims).remove(&self.key);
    }
}

/// The final refusal that the leg's task decided.
async fn answer_refusal(tx: &mut Transaction, our_tag: &str, refusal: Refusal) {
    // The same tag as in the 180.
    if let Ok(to) = tx.original.to_header() {
        let to = to.clone().with_tag(our_tag.into());
        tx.original.headers.unique_push(to.into());
    }
    let retry = refusal
        .retry_after
        .map(|wait| Header::RetryAfter(wait.as_secs().max(1).to_string().into()));
    let why = refusal.reason.as_deref().map(reason_header);
    tx.reply_with(status(refusal.code), retry.into_iter().chain(why).collect(), None)
        .await
        .ok();
}

/// What the application is told of a call.
fn describe(
    request: &Request,
    source: SocketAddr,
    transport: Transport,
    leg: Leg,
    events: mpsc::Receiver<super::LegEvent>,
) -> Incoming {
    let headers = &request.headers;
    let from = request.from_header().ok().and_then(|from| from.typed().ok());
    let caller = from.as_ref().map(|from| &from.uri);
    let asserted = header(headers, "P-Asserted-Identity").and_then(name_addr);
    let diverted = header(headers, "Diversion")
        .or_else(|| header(headers, "History-Info"))
        .and_then(name_addr);
    let anonymous = |user: &&str| !user.eq_ignore_ascii_case("anonymous");
    Incoming {
        called_user: user(&request.uri).map(message::unescape).unwrap_or_default(),
        called_host: match &request.uri.host_with_port.host {
            Host::Domain(domain) => domain.0.clone(),
            Host::IpAddr(ip) => ip.to_string(),
        },
        caller_uri: caller.map(ToString::to_string).unwrap_or_default().into(),
        caller_number: caller
            .and_then(user)
            .filter(anonymous)
            .map(|user| Pii::new(user.to_owned())),
        caller_display: from.as_ref().and_then(|from| from.display_name.clone()).map(Pii::new),
        asserted_identity: asserted.map(|id| Pii::new(id.uri.to_string())),
        diverted_from: diverted
            .as_ref()
            .and_then(|to| user(&to.uri))
            .map(|user| Pii::new(user.to_owned())),
        sip_call_id: request
            .call_id_header()
            .map(|id| id.value().to_owned())
            .unwrap_or_default(),
        source,
        transport,
        offer: message::sdp_of(headers, &request.body),
        leg,
        events,
    }
}
