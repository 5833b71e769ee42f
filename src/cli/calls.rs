//! `allo calls`: the calls that were taken, and one call turn by turn.

use std::process::ExitCode;

use anyhow::Context;
use chrono::{DateTime, Local};

use super::bar::bar;
use crate::call::event::{BridgeEnd, CallEvent, EndReason, FalseAlarm, Rephrasing, Unfaithful};
use crate::config::Config;
use crate::store::{CallDetail, CallRow, Reader};
use crate::transfer::Outcome;
use crate::transfer::handover::News;
use crate::units::Expect;

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
                calls.iter().for_each(list);
            }
        }
        Some(Command::Show { id }) => {
            let mut detail = reader.call(id)?.with_context(|| format!("aucun appel « {id} »"))?;
            hide(&mut detail.call, arguments.reveal);
            if arguments.json {
                println!("{}", serde_json::to_string_pretty(&detail)?);
            } else {
                show(&detail);
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

pub(super) fn time(ms: i64) -> String {
    DateTime::from_timestamp_millis(ms)
        .map(|t| t.with_timezone(&Local).format("%d/%m/%Y %H:%M:%S").to_string())
        .unwrap_or_default()
}

fn list(call: &CallRow) {
    let length = call
        .ended_at
        .map_or("en cours".into(), |end| format!("{} s", (end - call.started_at) / 1000));
    println!(
        "{}  {}  {:>8}  {:<12} {:<14} {} tours  {}",
        call.id,
        time(call.started_at),
        length,
        call.end_reason.as_deref().unwrap_or("–"),
        call.caller.as_deref().unwrap_or("anonyme"),
        call.turns,
        call.topics.join(", ")
    );
}

fn show(detail: &CallDetail) {
    list(&detail.call);
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

/// An event in one French line; none for what is told by another.
pub(super) fn describe(event: &CallEvent) -> Option<String> {
    Some(match event {
        CallEvent::Started => "appel pris".into(),
        CallEvent::Said { text, .. } => format!("Allô      « {} »", text.reveal()),
        CallEvent::Heard {
            text,
            topic,
            confidence,
            command,
            judged,
            ..
        } => {
            let meaning = match (command, topic, confidence) {
                (Some(command), _, _) => request(command).into(),
                (None, None, _) if judged.expect != Expect::Anything => "en réponse à la question".into(),
                (None, Some(topic), Some(confidence)) => format!("sujet {topic}, {:.0} %", confidence * 100.0),
                _ => "aucun sujet".into(),
            };
            format!("Appelant  « {} » [{meaning}]", text.reveal())
        }
        CallEvent::Answered { times, .. } if times.recognised > 0 => format!("          {}", bar(times)),
        CallEvent::Answered { .. } => return None,
        CallEvent::Ducked { .. } => "          quelqu'un parle : Allô se tait".into(),
        CallEvent::WentOn { cause, heard, .. } => {
            let what = match cause {
                FalseAlarm::Noise => "ce n'était qu'un bruit",
                FalseAlarm::Backchannel => "ce n'était qu'un signe d'écoute",
            };
            format!("          {what} : Allô reprend ; entendu : « {} »", heard.reveal())
        }
        CallEvent::Interrupted { heard, .. } => {
            format!("          l'appelant interrompt ; entendu : « {} »", heard.reveal())
        }
        CallEvent::Tone { key } => format!("Appelant  touche {}", key.reveal()),
        CallEvent::Silence => "          personne ne parle".into(),
        CallEvent::Cited {
            passage,
            source,
            date,
            at,
        } => {
            let source = source
                .as_ref()
                .map(|source| format!(", d'après {source}"))
                .unwrap_or_default();
            let date = date
                .map(|date| format!(", {}", date.format("%d/%m/%Y")))
                .unwrap_or_default();
            format!("          cite « {passage} »{source}{date} ({at})")
        }
        CallEvent::Rephrased { outcome } => match outcome {
            Rephrasing::Said => "          redit autrement, vérifié mot à mot".into(),
            Rephrasing::Same => return None,
            Rephrasing::Unfaithful { why } => format!("          dit tel quel : l'autre version {}", unfaithful(*why)),
            Rephrasing::Late => "          dit tel quel : l'autre version n'est pas venue à temps".into(),
            Rephrasing::Failed { what } => format!("          dit tel quel : {what}"),
        },
        CallEvent::TransferBegan { service, target } => format!("          transfert vers {service} (poste {target})"),
        CallEvent::TransferEnded { service, outcome } => {
            format!("          transfert vers {service} : {}", taken(*outcome))
        }
        CallEvent::Clerk { target, news } => match news {
            News::Called => format!("          poste {target} : appelé"),
            News::Rings => format!("          poste {target} : sonne"),
            News::Answers => format!("          poste {target} : décroché"),
            News::Spared => format!("          poste {target} : un autre a décroché avant"),
            News::Ended { outcome } => format!("          poste {target} : {}", taken(*outcome)),
        },
        CallEvent::ToldClerk { text } => format!("à l'agent « {} »", text.reveal()),
        CallEvent::Bridged { target } => format!("          l'appelant et le poste {target} se parlent, par Allô"),
        CallEvent::JoinRefused { code } => {
            format!("          l'autocommutateur ne reprend pas l'appel ({code}) : il reste chez Allô")
        }
        CallEvent::BridgeEnded { by, length_ms } => {
            let by = match by {
                BridgeEnd::Caller => "l'appelant a raccroché",
                BridgeEnd::Clerk => "l'agent a raccroché",
                BridgeEnd::CallerLost => "plus rien n'arrivait de l'appelant",
                BridgeEnd::ClerkLost => "plus rien n'arrivait de l'agent",
                BridgeEnd::Joined => "l'autocommutateur a repris l'appel",
                BridgeEnd::TooLong => "durée maximale atteinte",
                BridgeEnd::Stopped => "Allô s'est arrêté",
            };
            format!("          {by}, après {} s de conversation", length_ms / 1000)
        }
        CallEvent::MessageKept { service, length_ms } => {
            format!("          message de {} s enregistré pour {service}", length_ms / 1000)
        }
        CallEvent::MessageLost { service } => format!("          MESSAGE PERDU pour {service}"),
        CallEvent::RequestKept { form, reference } => {
            format!("          demande « {form} » enregistrée sous le numéro {reference}")
        }
        CallEvent::RequestLost { form } => format!("          DEMANDE PERDUE : « {form} »"),
        CallEvent::Failed { what } => format!("          échec : {what}"),
        CallEvent::Ended { reason } => format!("fin : {}", ended(*reason)),
    })
}

/// A request that works at any moment, by the name that events give it.
pub(super) fn request(command: &str) -> &str {
    match command {
        "Repeat" => "demande de répéter",
        "Slower" => "demande de parler plus lentement",
        "Agent" => "demande quelqu'un",
        "Goodbye" => "prend congé",
        "Emergency" => "urgence",
        "AreYouThere" => "demande si on est là",
        "Stop" => "veut parler",
        other => other,
    }
}

fn taken(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Taken => "quelqu'un a pris l'appel",
        Outcome::NoAnswer => "personne ne répond",
        Outcome::Busy => "occupé",
        Outcome::Declined => "quelqu'un a refusé l'appel",
        Outcome::Voicemail => "un répondeur",
        Outcome::Unreachable => "poste injoignable",
        Outcome::Abandoned => "l'appelant n'a pas attendu",
    }
}

fn unfaithful(why: Unfaithful) -> &'static str {
    match why {
        Unfaithful::Shape => "n'était pas faite pour être dite",
        Unfaithful::Added => "ajoutait au texte",
        Unfaithful::Changed => "changeait le texte",
        Unfaithful::Incomplete => "oubliait une partie du texte",
    }
}

fn ended(reason: EndReason) -> &'static str {
    match reason {
        EndReason::Caller => "l'appelant a raccroché",
        EndReason::Finished => "tout est dit",
        EndReason::Transferred => "l'appel est passé à quelqu'un",
        EndReason::MediaLost => "plus rien n'arrivait",
        EndReason::TooLong => "durée maximale atteinte",
        EndReason::Stopped => "Allô s'est arrêté",
    }
}
