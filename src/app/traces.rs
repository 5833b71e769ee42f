//! Traces for OpenTelemetry: each call a trace, each answered turn a span in it, each stage of the turn a span in that.
//!
//! The spans are made of the marks that the call keeps anyway, so that they say exactly what `allo calls show` says.
//! They hold times, topics and outcomes; never a word that was said, nor a number.

use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use opentelemetry::trace::{Span as _, SpanBuilder, SpanContext, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, Span};

use crate::call::event::{CallEvent, Stage};
use crate::units::CallId;

/// Longest wait for the collector; the spans of that batch are then lost, and calls never notice.
const WAIT: Duration = Duration::from_secs(5);
/// Where collectors take traces (OTLP specification 1.10, "OTLP/HTTP request").
const PATH: &str = "/v1/traces";

/// Sends traces to a collector from a thread of its own.
pub struct Traces {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

impl Traces {
    /// Traces for the collector at `url`, such as `http://127.0.0.1:4318`.
    pub fn to(url: &str) -> anyhow::Result<Self> {
        let base = url.trim_end_matches('/');
        let endpoint = if base.ends_with(PATH) {
            base.to_string()
        } else {
            format!("{base}{PATH}")
        };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Client(ureq::Agent::new_with_config(
                ureq::Agent::config_builder()
                    .timeout_global(Some(WAIT))
                    .http_status_as_error(false)
                    .build(),
            )))
            .with_protocol(Protocol::HttpJson)
            .with_endpoint(&endpoint)
            .build()
            .with_context(|| format!("collecteur de traces inutilisable : « {url} »"))?;
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(Resource::builder_empty().with_service_name("allo").build())
            .build();
        let tracer = provider.tracer("allo");
        Ok(Self { provider, tracer })
    }

    /// The trace of a call that begins.
    pub fn begin(&self, id: CallId, codec: &'static str) -> CallTrace {
        let mut call = self.tracer.start("call");
        call.set_attribute(KeyValue::new("call.id", id.to_string()));
        call.set_attribute(KeyValue::new("call.codec", codec));
        CallTrace {
            tracer: self.tracer.clone(),
            call,
            topic: None,
        }
    }

    /// Sends what is left.
    pub fn finish(&self) {
        if let Err(error) = self.provider.shutdown_with_timeout(WAIT) {
            tracing::warn!(%error, "traces non envoyées");
        }
    }
}

/// The trace of one call; it ends when it is dropped.
pub struct CallTrace {
    tracer: SdkTracer,
    call: Span,
    /// What the last turn was understood as.
    topic: Option<String>,
}

impl CallTrace {
    /// Takes note of what happened just now.
    pub fn event(&mut self, event: &CallEvent) {
        match event {
            CallEvent::Heard { topic, .. } => self.topic = topic.clone(),
            CallEvent::Answered { times, .. } => {
                let mut from = SystemTime::now() - Duration::from_millis(times.answered);
                let mut turn = self.span("turn", from, self.call.span_context().clone());
                let context = turn.span_context().clone();
                for (stage, took) in times.stages() {
                    let until = from + Duration::from_millis(took);
                    if took > 0 {
                        self.span(name(stage), from, context.clone()).end_with_timestamp(until);
                    }
                    from = until;
                }
                if let Some(topic) = self.topic.take() {
                    turn.set_attribute(KeyValue::new("topic", topic));
                }
                turn.end_with_timestamp(from);
            }
            CallEvent::Interrupted { .. } => self.call.add_event("interrupted", Vec::new()),
            CallEvent::Silence => self.call.add_event("silence", Vec::new()),
            CallEvent::Cited { at, .. } => self.call.add_event("cited", vec![KeyValue::new("passage", at.clone())]),
            CallEvent::TransferEnded { service, outcome } => self.call.add_event(
                "transfer",
                vec![
                    KeyValue::new("service", service.clone()),
                    KeyValue::new("outcome", format!("{outcome:?}")),
                ],
            ),
            CallEvent::Clerk { news, .. } => self
                .call
                .add_event("clerk", vec![KeyValue::new("news", format!("{news:?}"))]),
            CallEvent::Bridged { .. } => self.call.add_event("bridged", Vec::new()),
            CallEvent::BridgeEnded { by, .. } => self
                .call
                .add_event("bridge ended", vec![KeyValue::new("by", format!("{by:?}"))]),
            CallEvent::Ended { reason } => {
                self.call
                    .set_attribute(KeyValue::new("call.end", format!("{reason:?}")));
            }
            _ => {}
        }
    }

    fn span(&self, name: &'static str, from: SystemTime, parent: SpanContext) -> Span {
        let context = Context::new().with_remote_span_context(parent);
        self.tracer
            .build_with_context(SpanBuilder::from_name(name).with_start_time(from), &context)
    }
}

fn name(stage: Stage) -> &'static str {
    match stage {
        Stage::Pause => "pause",
        Stage::Queue => "queue",
        Stage::Decoding => "decoding",
        Stage::EndOfTurn => "end_of_turn",
        Stage::Voice => "voice",
    }
}

/// The exporter's way out: it calls this on its own thread, where waiting harms nobody.
#[derive(Debug)]
struct Client(ureq::Agent);

#[async_trait::async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (parts, body) = request.into_parts();
        let response = self.0.run(Request::from_parts(parts, body.as_ref()))?;
        let (parts, mut body) = response.into_parts();
        Ok(Response::from_parts(parts, Bytes::from(body.read_to_vec()?)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use axum::Json;
    use axum::routing::post;
    use serde_json::Value;

    use super::*;
    use crate::call::event::{EndReason, TurnTimes};
    use crate::pii::Pii;

    /// A collector on loopback, and the bodies that it was sent.
    async fn collector() -> (String, Arc<Mutex<Vec<Value>>>) {
        let taken = Arc::new(Mutex::new(Vec::new()));
        let kept = taken.clone();
        let take = move |Json(body): Json<Value>| async move {
            kept.lock().unwrap().push(body);
            Json(serde_json::json!({}))
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, axum::Router::new().route(PATH, post(take))).await });
        (format!("http://{address}"), taken)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_turn_is_a_span_with_its_stages_and_no_word() {
        let (url, taken) = collector().await;
        let id = CallId::random();
        tokio::task::spawn_blocking(move || {
            let traces = Traces::to(&url).unwrap();
            let mut call = traces.begin(id, "PCMA");
            let times = TurnTimes {
                paused: 80,
                recognised: 520,
                over: 560,
                answered: 600,
                stt: 440,
                ..TurnTimes::default()
            };
            call.event(&CallEvent::Said {
                turn: crate::units::TurnId::default(),
                text: Pii::new("Votre secret est gardé.".into()),
            });
            call.event(&CallEvent::Answered {
                turn: crate::units::TurnId::default(),
                times,
            });
            call.event(&CallEvent::Ended {
                reason: EndReason::Caller,
            });
            drop(call);
            traces.finish();
        })
        .await
        .unwrap();
        let sent = taken.lock().unwrap().clone();
        let spans: Vec<Value> = sent
            .iter()
            .flat_map(|body| body["resourceSpans"].as_array().unwrap().clone())
            .flat_map(|resource| resource["scopeSpans"].as_array().unwrap().clone())
            .flat_map(|scope| scope["spans"].as_array().unwrap().clone())
            .collect();
        let length = |name: &str| {
            let span = spans
                .iter()
                .find(|s| s["name"] == name)
                .unwrap_or_else(|| panic!("{name} in {spans:?}"));
            let at = |key: &str| span[key].as_str().unwrap().parse::<u64>().unwrap();
            (at("endTimeUnixNano") - at("startTimeUnixNano")) / 1_000_000
        };
        assert_eq!(
            ["turn", "pause", "decoding", "end_of_turn", "voice"].map(length),
            [600, 80, 440, 40, 40]
        );
        assert!(!spans.iter().any(|s| s["name"] == "queue"), "{spans:?}");
        let text = serde_json::to_string(&sent).unwrap();
        assert!(text.contains(&id.to_string()) && !text.contains("secret"), "{text}");
    }

    #[test]
    fn a_collector_that_is_away_harms_nobody() {
        let traces = Traces::to("http://127.0.0.1:9").unwrap();
        drop(traces.begin(CallId::random(), "PCMU"));
        traces.finish();
    }
}
