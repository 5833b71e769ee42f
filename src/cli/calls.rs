//! `allo calls`: the calls that were taken, and one call turn by turn.

use std::process::ExitCode;

use anyhow::Context;
use chrono::DateTime;
use chrono_tz::Tz;

use super::bar::bar;
use crate::call::event::CallEvent;
use crate::config::Config;
use crate::store::{self, CallDetail, CallRow, Reader, RecordingRow};
use crate::web::words;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// En JSON
    #[arg(long, global = true)]
    json: bool,
    /// Montre les numéros des appelants en entier
    #[arg(long, global = true)]
    reveal: bool,
    /// Nombre d'appels
    #[arg(long, default_value_t = 20)]
    last: u32,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Un appel, tour par tour
    Show {
        /// Identifiant de l'appel, ou son début
        id: String,
    },
}

pub(super) fn run(config: &Config, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let reader =
        Reader::open(&config.data).with_context(|| format!("aucun appel dans « {} »", config.data.display()))?;
    match &arguments.command {
        None => {
            let mut calls = reader.calls(arguments.last)?;
            calls.iter_mut().for_each(|call| hide(call, arguments.reveal));
            if arguments.json {
                println!("{}", serde_json::to_string_pretty(&calls)?);
            } else {
                calls.iter().for_each(|call| list(call, config.timezone));
            }
        }
        Some(Command::Show { id }) => {
            let mut detail = reader.call(id)?.with_context(|| format!("aucun appel « {id} »"))?;
            hide(&mut detail.call, arguments.reveal);
            if arguments.json {
                println!("{}", serde_json::to_string_pretty(&detail)?);
            } else {
                show(&detail, config.timezone);
                detail
                    .recordings
                    .iter()
                    .for_each(|recorded| recording(config, recorded));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn hide(call: &mut CallRow, reveal: bool) {
    if !reveal {
        call.caller = call.caller.as_deref().map(masked);
    }
}

/// Keeps the last two digits of a caller's number: enough to tell callers apart.
pub(super) fn masked(number: &str) -> String {
    let length = number.chars().count();
    let mask = |(i, c)| if i + 2 < length { '•' } else { c };
    number.chars().enumerate().map(mask).collect()
}

/// A moment (Unix milliseconds) by the town's clock.
pub(super) fn time(ms: i64, zone: Tz) -> String {
    DateTime::from_timestamp_millis(ms)
        .map(|t| t.with_timezone(&zone).format("%d/%m/%Y %H:%M:%S").to_string())
        .unwrap_or_default()
}

fn list(call: &CallRow, zone: Tz) {
    let length = call
        .ended_at
        .map_or("en cours".into(), |end| format!("{} s", (end - call.started_at) / 1000));
    println!(
        "{}  {}  {:>8}  {:<12} {:<14} {} tours  {}",
        call.id,
        time(call.started_at, zone),
        length,
        call.end_reason.as_deref().unwrap_or("–"),
        call.caller.as_deref().unwrap_or(words::nobody(call.entrance)),
        call.turns,
        call.topics.join(", ")
    );
}

fn show(detail: &CallDetail, zone: Tz) {
    list(&detail.call, zone);
    println!();
    for (at, event) in &detail.events {
        let since = (at - detail.call.started_at) as f64 / 1000.0;
        if let Ok(event) = serde_json::from_value::<CallEvent>(event.clone())
            && let Some(line) = describe(&event)
        {
            println!("{since:8.1} s  {line}");
        }
    }
}

/// Where a recorded conversation is.
fn recording(config: &Config, recorded: &RecordingRow) {
    match recorded.length_ms {
        Some(length) => println!(
            "enregistrement de {}, avec {} : {}",
            words::length(length),
            recorded.service,
            store::recording(&config.data, &recorded.id).display()
        ),
        None => println!("enregistrement en cours, avec {}", recorded.service),
    }
}

/// An event in one French line; none for what is told by another.
pub(super) fn describe(event: &CallEvent) -> Option<String> {
    Some(match event {
        CallEvent::Said { text, .. } => format!("Allô      « {} »", text.reveal()),
        CallEvent::Heard {
            text,
            topic,
            confidence,
            command,
            judged,
            ..
        } => {
            let meaning = words::meaning(command.as_deref(), topic.as_deref(), *confidence, *judged);
            format!("Appelant  « {} » [{meaning}]", text.reveal())
        }
        CallEvent::Tone { key } => format!("Appelant  touche {}", key.reveal()),
        CallEvent::Answered { times, .. } if times.recognised > 0 => format!("          {}", bar(times)),
        CallEvent::Started | CallEvent::Ended { .. } => words::happened(event)?,
        _ => format!("          {}", words::happened(event)?),
    })
}
