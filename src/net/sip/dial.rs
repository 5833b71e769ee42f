//! Calls that we place.

use std::sync::Arc;
use std::time::Duration;

use rsipstack::dialog::authenticate::Credential;
use rsipstack::dialog::dialog::DialogState;
use rsipstack::dialog::invitation::{InviteAsyncResult, InviteOption};
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::{Header, Uri};
use rsipstack::transport::SipAddr;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::actor::{Actor, Birth};
use super::leg::{Core, Leg};
use super::message::{abilities, uri};
use super::policy::EVENT_QUEUE;
use super::reach::{Hop, is_secure, resolve};
use super::server::{Stack, parse_uri};
use super::session::Policy;
use super::{Credentials, LegEvent, SipError, Transport};

/// Options of an outbound call.
#[derive(Clone, Debug, Default)]
pub struct DialOptions {
    /// `From` URI; ours by default.
    pub from: Option<String>,
    /// Display name of `From`.
    pub display: Option<String>,
    /// Takes over this dialog (RFC 3891), as [`Leg::replaces`] names it.
    pub replaces: Option<String>,
    /// `Referred-By` URI (RFC 3892).
    pub referred_by: Option<String>,
    /// Gives up when nobody answers for so long; 3 minutes when None.
    pub ring_timeout: Option<Duration>,
}

/// Places calls: a cheap handle for who does not hold the server.
#[derive(Clone)]
pub struct Dialler(pub(super) Arc<Stack>);

impl Dialler {
    /// As [`super::SipServer::dial`].
    ///
    /// # Errors
    /// The same.
    pub async fn dial(
        &self,
        uri: &str,
        offer: Vec<u8>,
        options: DialOptions,
    ) -> Result<(Leg, mpsc::Receiver<LegEvent>), SipError> {
        dial(&self.0, uri, offer, options).await
    }

    /// Where a call to this URI goes first: our proxy, or its own host.
    ///
    /// # Errors
    /// [`SipError::Uri`].
    pub async fn next_hop(&self, uri: &str) -> Result<Hop, SipError> {
        let hop = match proxy(&self.0)? {
            Some(proxy) => proxy,
            None => parse_uri(uri)?,
        };
        Ok(resolve(&hop).await)
    }
}

/// The proxy that our calls go through, if any.
fn proxy(stack: &Stack) -> Result<Option<Uri>, SipError> {
    let account = stack.config.registration.as_ref();
    let proxy = account.and_then(|account| account.proxy.as_deref());
    proxy.map(parse_uri).transpose()
}

/// A dialog under way, what the stack says of it, and its INVITE.
pub(super) type Attempt = (
    InviteDialog,
    mpsc::UnboundedReceiver<DialogState>,
    JoinHandle<InviteAsyncResult>,
);

/// See [`super::SipServer::dial`].
pub(super) async fn dial(
    stack: &Arc<Stack>,
    target: &str,
    offer: Vec<u8>,
    options: DialOptions,
) -> Result<(Leg, mpsc::Receiver<LegEvent>), SipError> {
    let callee = parse_uri(target)?;
    let account = stack.config.registration.as_ref();
    let proxy = proxy(stack)?;
    let (hop, _) = stack.reach(proxy.as_ref().unwrap_or(&callee)).await?;
    let user = account.map(|account| account.user.as_str());
    let contact = stack.contact(hop.address, hop.transport, user, is_secure(&callee));
    let caller = match (&options.from, account) {
        (Some(from), _) => parse_uri(from)?,
        (None, Some(account)) => {
            let domain = parse_uri(&account.registrar)?.host_with_port;
            uri(Some(&account.user), domain, Transport::Udp)
        }
        (None, None) => Uri {
            params: vec![],
            ..contact.clone()
        },
    };
    let mut headers = abilities();
    if let Some(replaces) = &options.replaces {
        headers.push(Header::Replaces(replaces.as_str().into()));
        headers.push(Header::Require("replaces".into()));
    }
    if let Some(by) = &options.referred_by {
        headers.push(Header::ReferredBy(format!("<{}>", parse_uri(by)?).into()));
    }
    let credentials = account
        .map(|account| &account.credentials)
        .or(stack.config.credentials.as_ref());
    let option = InviteOption {
        caller_display_name: options.display.as_deref().map(plain_name),
        caller,
        callee,
        // Without it, the stack resolves names by itself (SRV).
        destination: match (&proxy, hop.transport) {
            (_, Transport::Tls) => Some(hop.destination()),
            (Some(proxy), _) => SipAddr::try_from(proxy).ok(),
            (None, _) => None,
        },
        contact,
        credential: credentials.map(|c| credential(user.unwrap_or(&c.user), c)),
        headers: Some(headers),
        // The stack acknowledges reliable provisional responses (RFC 3262); peers that insist on them are then content.
        support_prack: true,
        // The stack's own default names a foreign domain.
        call_id: Some(format!("{:032x}", rand::random::<u128>())),
        ..InviteOption::default()
    };
    let (dialog, states, invite) = stack.invite(option.clone(), stack.session_policy(), offer.clone())?;
    let (core, commands) = Core::new(stack.clone(), dialog, false);
    stack.remember(&core);
    stack.tally.calls_out();
    let (events, heard) = mpsc::channel(EVENT_QUEUE);
    let birth = Birth {
        core: core.clone(),
        commands,
        states,
        events,
    };
    stack
        .tasks
        .spawn(Actor::outbound(birth, option, offer, invite, options.ring_timeout).run());
    Ok((Leg::new(core), heard))
}

impl Stack {
    /// Sends an INVITE with our session wishes.
    pub(super) fn invite(&self, mut option: InviteOption, policy: Policy, offer: Vec<u8>) -> Result<Attempt, SipError> {
        option.content_type = Some("application/sdp".into());
        option.offer = Some(offer);
        option.headers.get_or_insert_default().extend(policy.in_invite());
        let (sender, states) = mpsc::unbounded_channel();
        let (dialog, invite) = self.dialogs.do_invite_async(option, sender)?;
        Ok((dialog, states, invite))
    }
}

/// A digest credential for the stack.
pub(super) fn credential(user: &str, credentials: &Credentials) -> Credential {
    Credential {
        username: user.to_owned(),
        password: credentials.password.reveal().to_owned(),
        realm: None,
        auth_username: Some(credentials.user.clone()),
    }
}

/// A display name without what would break the header.
fn plain_name(name: &str) -> String {
    name.chars()
        .filter(|c| !c.is_control() && !matches!(c, '"' | '\\' | '<' | '>'))
        .take(80)
        .collect()
}
