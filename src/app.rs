//! Wiring: the only file that names every concrete type. It starts the parts, hands calls to [`conversation`], and
//! stops everything in order.

mod conversation;
pub mod desks;
pub mod engines;
pub mod files;
pub mod plans;
mod queues;
pub mod softphone;
pub mod traces;
mod transcripts;
pub mod visits;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use tokio::sync::{Notify, Semaphore, broadcast, oneshot};

use crate::call::event::{CallEvent, RecordingNews, Rephrasing};
use crate::config::Config;
use crate::deliver::{Bell, Postman};
use crate::dialogue;
use crate::dialogue::plan::{Passing, Plan, Service};
use crate::engine::prompts::{Priority, PromptError};
use crate::engine::rephrase::Rephraser;
use crate::net::media::{self, Ports};
use crate::net::sip::{Dialler, SipConfig, SipServer};
use crate::net::webrtc::Ice;
use crate::speak::{french, music};
use crate::store::{Store, Writer};
use crate::transfer::handover::News;
use crate::units::CallId;
use crate::web::presence::Presence;
use desks::Desks;
use engines::Engines;
use plans::Town;
use queues::Lines;
use traces::Traces;
use visits::{Full, Token, Visits};

use conversation::Arrival;
pub use conversation::Refusal;

/// How long calls may go on when the software is asked to stop.
const DRAIN: Duration = Duration::from_secs(5);
/// Sentences that must be rendered before the first call is taken: the greeting and the dialogue's own.
const ESSENTIAL: usize = 12;

/// An address that is not on this machine (RFC 5737), to ask for the route.
const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

/// What every call shares.
pub struct App {
    /// The settings.
    pub config: Config,
    /// The models.
    pub engines: Engines,
    /// The plans.
    pub towns: Vec<Town>,
    /// The store.
    pub store: Store,
    /// Tells the postman that a request is to be delivered.
    pub bell: Bell,
    /// Tells that a message was left, and waits to be written down.
    messages_left: Notify,
    /// Everything that happens in all calls.
    pub events: broadcast::Sender<(CallId, CallEvent)>,
    /// Which of those who work in the town hall are there: whom a call may be passed to.
    pub presence: Arc<Presence>,
    /// The consoles at which calls are taken.
    pub desks: Arc<Desks>,
    traces: Option<Traces>,
    /// Who says what the town has written in other words, where anybody does.
    rephraser: Option<Rephraser>,
    /// Calls from web pages.
    pub visits: Visits,
    /// Those who wait for somebody.
    lines: Arc<Lines>,
    /// Bounds the calls taken at one time, whichever way they come.
    slots: Arc<Semaphore>,
    /// Where calls run.
    media: tokio::runtime::Handle,
    /// Places calls to those to whom callers are passed on; there once calls are taken.
    dialler: OnceLock<Dialler>,
    ports: Ports,
    ready: AtomicBool,
    talking: AtomicUsize,
}

/// A call in progress: while there is one, prompts for later are not rendered, since its callers need the cores.
struct Talking(Arc<App>);

impl Talking {
    fn begin(app: &Arc<App>) -> Self {
        if app.talking.fetch_add(1, Ordering::AcqRel) == 0 {
            app.engines.prompts.hold_background(true);
        }
        metrics::gauge!("allo_calls_active").increment(1.0);
        Self(app.clone())
    }
}

impl Drop for Talking {
    fn drop(&mut self) {
        if self.0.talking.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.engines.prompts.hold_background(false);
        }
        metrics::gauge!("allo_calls_active").decrement(1.0);
    }
}

/// The running server.
pub struct Server {
    /// What every call shares.
    pub app: Arc<App>,
    /// Where SIP really listens.
    pub sip: Vec<SocketAddr>,
    /// Where HTTP really listens.
    pub http: SocketAddr,
    server: SipServer,
    transcripts: tokio::task::JoinHandle<()>,
    queues: tokio::task::JoinHandle<()>,
    postman: Postman,
    writer: Writer,
    media: tokio::runtime::Runtime,
}

impl Server {
    /// Reads the plans and starts everything.
    pub async fn start(config: Config) -> anyhow::Result<Self> {
        ports_are_free(&config)?;
        let mut plans = Vec::new();
        for file in &config.dialplans {
            let (plan, warnings) = plans::read(file)?;
            warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
            plans.push(plan);
        }
        Self::with_plans(config, plans).await
    }

    /// Starts everything. Returns once calls are taken; prompts that are not urgent are rendered after.
    pub async fn with_plans(config: Config, plans: Vec<Plan>) -> anyhow::Result<Self> {
        plans.iter().for_each(|plan| warn_of_missing_ways(plan, &config));
        let (store, writer) = Store::open(&config.data, config.keep_calls_days)?;
        store.make_recordings_whole();
        let voice = plans.first().and_then(|plan| plan.voice.name.clone());
        let (engines, towns) = {
            let config = config.clone();
            let prepare = move || {
                let engines = Engines::load(&config, voice.as_deref())?;
                let (encoder, memory) = (&engines.encoder, engines::memory(&config));
                if plans.iter().any(|plan| plan.services.iter().any(plays_our_music)) {
                    music::piece();
                }
                let town = |plan| Town::new(plan, Some(encoder.clone()), &memory);
                let towns: Vec<Town> = plans.into_iter().map(town).collect();
                anyhow::Ok((engines, towns))
            };
            tokio::task::spawn_blocking(prepare).await??
        };
        let ports = Ports::new(&config.rtp_ports);
        let postman = Postman::start(store.clone(), config.deliver.clone())?;
        let traces = config.traces.as_deref().map(Traces::to).transpose()?;
        let runtime = tokio::runtime::Handle::current();
        let rephraser = config
            .generation
            .clone()
            .map(|settings| Rephraser::new(settings, runtime));
        let media = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("media")
            .on_thread_start(prefer)
            .enable_all()
            .build()?;
        let app = Arc::new(App {
            visits: Visits::new(config.web.max_calls, config.web.max_calls_each),
            lines: Arc::default(),
            slots: Arc::new(Semaphore::new(config.max_calls)),
            media: media.handle().clone(),
            dialler: OnceLock::new(),
            rephraser,
            engines,
            towns,
            store,
            bell: postman.bell(),
            messages_left: Notify::new(),
            events: broadcast::channel(1024).0,
            presence: Arc::default(),
            desks: Arc::default(),
            traces,
            ports,
            ready: AtomicBool::new(false),
            talking: AtomicUsize::new(0),
            config,
        });
        let http = crate::web::serve(app.clone()).await?;
        app.render_prompts().await;
        let (server, mut incoming) = SipServer::start(app.sip_config(), app.slots.clone()).await?;
        let sip = server.addresses().to_vec();
        let _ = app.dialler.set(server.dialler());
        let calls = app.clone();
        tokio::spawn(async move {
            while let Some(call) = incoming.recv().await {
                calls.media.spawn(conversation::answer(calls.clone(), call));
            }
        });
        let transcripts = tokio::spawn(transcripts::run(app.clone()));
        let queues = tokio::spawn(app.lines.clone().watch());
        app.ready.store(true, Ordering::Release);
        Ok(Self {
            app,
            sip,
            http,
            server,
            transcripts,
            queues,
            postman,
            writer,
            media,
        })
    }

    /// Calls in progress.
    pub fn active_calls(&self) -> usize {
        self.server.active_dialogs()
    }

    /// Takes no new call, lets those in progress end for a while, and writes what is left.
    pub async fn stop(self) {
        self.app.ready.store(false, Ordering::Release);
        tokio::join!(self.server.shutdown(DRAIN), self.app.visits.end(DRAIN));
        self.transcripts.abort();
        self.queues.abort();
        self.media.shutdown_background();
        let app = self.app.clone();
        let finish = move || {
            app.store.flush();
            app.traces.iter().for_each(Traces::finish);
        };
        let _ = tokio::task::spawn_blocking(finish).await;
        drop((self.postman, self.writer));
    }
}

impl App {
    /// Whether calls can be taken.
    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    /// Asks for every sentence of every plan to be rendered, and waits for those without which no call can be taken.
    async fn render_prompts(&self) {
        // Each essential sentence holds a sender; when the last is dropped, all are there.
        let (done, mut essential) = tokio::sync::mpsc::channel::<()>(1);
        for town in &self.towns {
            let sentences = dialogue::prompts(&town.plan)
                .into_iter()
                .flat_map(|text| french::sentences(&text));
            for (index, sentence) in sentences.enumerate() {
                let done = (index < ESSENTIAL).then(|| done.clone());
                self.engines
                    .prompts
                    .request(&sentence, town.plan.voice.speed, Priority::Background, move |clip| {
                        if let Err(error) = clip.as_ref()
                            && !matches!(error, PromptError::Closed)
                        {
                            tracing::error!(%error, "phrase impossible à préparer");
                        }
                        drop(done);
                    });
            }
        }
        drop(done);
        essential.recv().await;
    }

    /// Takes a call from a web page; gives the token that names it, and the answer to its offer. Without an offer, its caller
    /// types and reads.
    pub async fn welcome(
        self: &Arc<Self>,
        from: IpAddr,
        called: String,
        offer: Option<String>,
    ) -> Result<(Token, Option<String>), Refusal> {
        if !self.is_ready() {
            return Err(Refusal(503, "le standard démarre"));
        }
        if self.town(&called).is_none() {
            return Err(Refusal(404, "aucun plan ne répond à ce numéro"));
        }
        let (token, seat) = self.visits.enter(from, Instant::now()).map_err(|full| match full {
            Full::Everywhere => Refusal(503, "toutes les lignes sont occupées"),
            Full::ForYou => Refusal(429, "trop d'appels depuis cette adresse"),
        })?;
        let slot = self.slots.clone().try_acquire_owned();
        let slot = slot.map_err(|_| Refusal(503, "toutes les lignes sont occupées"))?;
        let (answered, answer) = oneshot::channel();
        let app = self.clone();
        let arrival = Arrival {
            called,
            offer,
            from,
            seat,
            answered,
        };
        self.media.spawn(async move {
            conversation::welcome(app, arrival).await;
            drop(slot);
        });
        let answer = answer.await.unwrap_or(Err(Refusal(500, "appel impossible")))?;
        Ok((token, answer))
    }

    fn town(&self, called: &str) -> Option<&Town> {
        plans::answering(&self.towns, called)
    }

    fn sip_config(&self) -> SipConfig {
        let config = &self.config;
        SipConfig {
            listen: vec![config.sip_listen],
            tls: config.tls.clone(),
            ca: config.tls_ca.clone(),
            public_address: config.public_address.clone(),
            trunks: config.trunks.clone(),
            registration: config.registration.clone(),
            session_expires: config.session_expires,
            ..SipConfig::default()
        }
    }

    /// The local address for RTP with this peer.
    fn rtp_address(&self, peer: IpAddr) -> Option<IpAddr> {
        let listen = self.config.sip_listen.ip();
        self.config
            .rtp_address
            .or((!listen.is_unspecified()).then_some(listen))
            .or_else(|| media::facing(peer).ok())
    }

    /// The address that SDP announces.
    fn announced(&self, local: IpAddr) -> IpAddr {
        self.config
            .public_address
            .as_deref()
            .and_then(|text| text.parse().ok())
            .unwrap_or(local)
    }

    /// How a browser at this address reaches us.
    fn ice(&self, peer: IpAddr) -> Ice {
        let facing = self.rtp_address(peer);
        // Behind a proxy that nobody told us of, every caller seems to be on this machine: our outer address goes with it.
        let outer = facing
            .filter(IpAddr::is_loopback)
            .and_then(|_| self.rtp_address(ELSEWHERE));
        let mut addresses: Vec<IpAddr> = outer.into_iter().chain(facing).collect();
        addresses.dedup();
        let public = addresses.first().map(|address| self.announced(*address));
        Ice {
            local: addresses
                .iter()
                .filter_map(|address| self.ports.lend(*address))
                .collect(),
            public: public.filter(|public| !addresses.contains(public)),
            servers: self.config.ice_servers.clone(),
        }
    }

    /// The host at which the town's extensions are reached, where the settings name one; with its transport where that is
    /// TLS, so that what is agreed with it stays between us.
    fn extensions(&self) -> Option<String> {
        let registrar = self.config.registration.as_ref().map(|r| {
            let host = r.registrar.trim_start_matches("sips:").trim_start_matches("sip:");
            let name = host.split(';').next().unwrap_or(host);
            let tls = r.registrar.starts_with("sips:") || r.registrar.to_lowercase().contains(";transport=tls");
            if tls {
                format!("{name};transport=tls")
            } else {
                name.to_owned()
            }
        });
        self.config.transfer_host.clone().or(registrar)
    }
}

/// Whether callers of this service may hear our own piece, waiting or on hold.
fn plays_our_music(service: &Service) -> bool {
    matches!(service.passing, Passing::Attended(_))
}

/// Says what a plan wants sent that no setting says how to send.
fn warn_of_missing_ways(plan: &Plan, config: &Config) {
    let mails = plan.services.iter().any(|service| service.mail.is_some());
    let texts = plan.forms.iter().any(|form| form.sms.is_some());
    for (wanted, known, key) in [
        (mails, config.deliver.mail.is_some(), "mail"),
        (texts, config.deliver.sms.is_some(), "sms"),
    ] {
        if wanted && !known {
            tracing::warn!(
                town = plan.town.name,
                "le plan demande un envoi que le réglage « {key} » ne permet pas : rien ne partira par là"
            );
        }
    }
}

/// Says at once that a port is taken, rather than after minutes of preparing the voice.
fn ports_are_free(config: &Config) -> anyhow::Result<()> {
    let (sip, http) = (config.sip_listen, config.http_listen);
    let taken = |setting, address| {
        format!(
            "impossible d'ouvrir {address} : un autre programme l'occupe peut-être (« ss -lptun » le montre ; déjà Allô ?) ; arrêtez-le, ou changez « {setting} »"
        )
    };
    std::net::UdpSocket::bind(sip).with_context(|| taken("sip.listen", sip))?;
    std::net::TcpListener::bind(sip).with_context(|| taken("sip.listen", sip))?;
    if let Some(tls) = &config.tls {
        tls.examine()?;
        std::net::TcpListener::bind(tls.listen).with_context(|| taken("sip.tls.listen", tls.listen))?;
    }
    std::net::TcpListener::bind(http).with_context(|| taken("http.listen", http))?;
    Ok(())
}

/// Media goes before everything else: in real time where the system lets it, else by niceness, else with the rest. A
/// packet takes microseconds, and the kernel keeps a share of each core from real-time threads.
fn prefer() {
    let lowest = libc::sched_param { sched_priority: 1 };
    // SAFETY: plain system calls on the calling thread; what it starts is not in real time.
    unsafe {
        if libc::sched_setscheduler(0, libc::SCHED_RR | libc::SCHED_RESET_ON_FORK, &lowest) != 0 {
            libc::setpriority(libc::PRIO_PROCESS, 0, -10);
        }
    }
}

/// Counts and times what happens.
fn measure(event: &CallEvent) {
    match event {
        CallEvent::Started => metrics::counter!("allo_calls_total").increment(1),
        CallEvent::Answered { times, .. } => {
            let seconds = |ms: u64| ms as f64 / 1000.0;
            metrics::histogram!("allo_turn_seconds", "stage" => "response").record(seconds(times.answered));
            metrics::histogram!("allo_turn_seconds", "stage" => "recognition").record(seconds(times.stt));
            metrics::histogram!("allo_turn_seconds", "stage" => "end_of_turn").record(seconds(times.over));
            metrics::histogram!("allo_turn_seconds", "stage" => "synthesis").record(seconds(times.synthesis));
        }
        CallEvent::Heard { topic, .. } => {
            let topic = topic.clone().unwrap_or_else(|| "aucun".into());
            metrics::counter!("allo_turns_total", "topic" => topic).increment(1);
        }
        CallEvent::Interrupted { .. } => metrics::counter!("allo_interruptions_total").increment(1),
        CallEvent::TransferEnded { outcome, .. } => {
            metrics::counter!("allo_transfers_total", "outcome" => format!("{outcome:?}")).increment(1);
        }
        CallEvent::Clerk {
            news: News::Ended { outcome },
            ..
        } => {
            metrics::counter!("allo_clerks_total", "outcome" => format!("{outcome:?}")).increment(1);
        }
        CallEvent::Bridged { .. } => metrics::gauge!("allo_bridges_active").increment(1.0),
        CallEvent::BridgeEnded { by, length_ms } => {
            metrics::gauge!("allo_bridges_active").decrement(1.0);
            metrics::histogram!("allo_bridge_seconds", "by" => format!("{by:?}")).record(*length_ms as f64 / 1000.0);
        }
        CallEvent::Unqueued {
            service,
            how,
            waited_ms,
        } => {
            let (service, how) = (service.clone(), format!("{how:?}"));
            metrics::histogram!("allo_queue_wait_seconds", "service" => service, "how" => how)
                .record(*waited_ms as f64 / 1000.0);
        }
        CallEvent::Recording { news } => {
            let how = match news {
                RecordingNews::Begins { .. } => "begun",
                RecordingNews::Ends { .. } | RecordingNews::Stopped { .. } => "kept",
                RecordingNews::Refused => "refused",
                RecordingNews::Failed { .. } => "failed",
            };
            metrics::counter!("allo_recordings_total", "how" => how).increment(1);
        }
        CallEvent::MessageKept { .. } => metrics::counter!("allo_messages_total").increment(1),
        CallEvent::RequestKept { .. } => metrics::counter!("allo_requests_total").increment(1),
        CallEvent::Rephrased { outcome } => {
            let outcome = match outcome {
                Rephrasing::Said => "said",
                Rephrasing::Same => "same",
                Rephrasing::Unfaithful { .. } => "unfaithful",
                Rephrasing::Late => "late",
                Rephrasing::Failed { .. } => "failed",
            };
            metrics::counter!("allo_rephrased_total", "outcome" => outcome).increment(1);
        }
        CallEvent::Failed { .. } => metrics::counter!("allo_failures_total").increment(1),
        _ => {}
    }
}

/// Time since 1970, to date reports.
fn unix_now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
