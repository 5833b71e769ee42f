//! The demonstration: a call to ourselves over real SIP and RTP, with a citizen's recorded voice, told as it happens.

use std::io::{Cursor, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::sync::broadcast;

use super::calls::describe;
use crate::app::Server;
use crate::app::softphone::{self, Script};
use crate::audio::{Codec, Pcm, wav};
use crate::call::event::{CallEvent, EndReason};
use crate::units::CallId;

/// What the citizen says, and the topic that has to be found in it.
const CITIZEN: [(&str, &[u8], Option<&str>); 3] = [
    (
        "c02.wav",
        include_bytes!("../../audio-fixtures/c02.wav"),
        Some("horaires"),
    ),
    (
        "c24.wav",
        include_bytes!("../../audio-fixtures/c24.wav"),
        Some("ordures_menageres"),
    ),
    ("c44.wav", include_bytes!("../../audio-fixtures/c44.wav"), None),
];

/// Places the call; true when it went as expected: each topic found, and goodbye said.
pub(super) async fn run(server: &Server) -> anyhow::Result<bool> {
    wait_for_voice(server).await;
    let address = reach(server.sip[0]);
    let uri = format!("sip:{}@{address}", called(server));
    println!("\nAppel de démonstration : {uri}\n");
    let play = CITIZEN
        .iter()
        .map(|(name, bytes, _)| wav::read(name, Cursor::new(bytes)))
        .collect::<Result<Vec<Pcm<16_000>>, _>>()?;
    let script = Script {
        uri,
        play,
        interrupt: None,
        keys: String::new(),
        codecs: vec![Codec::Pcma],
        local: Some(SocketAddr::new(address.ip(), 0)),
        encryption: server.app.config.srtp,
        ca: None,
    };
    let events = server.app.events.subscribe();
    let told = tokio::spawn(tell(events));
    let report = softphone::call(script).await?;
    let (topics, reason) = told.await?;
    let expected: Vec<&str> = CITIZEN.iter().filter_map(|c| c.2).collect();
    let went_well = topics == expected && reason == Some(EndReason::Finished);
    let heard: Vec<String> = report
        .responses
        .iter()
        .map(|r| r.map_or("aucune".into(), |r| format!("{} ms", r.as_millis())))
        .collect();
    println!("\nTemps de réponse mesurés par le téléphone : {}", heard.join(", "));
    println!(
        "{}",
        if went_well {
            "L'appel s'est passé comme prévu."
        } else {
            "L'appel ne s'est PAS passé comme prévu."
        }
    );
    Ok(went_well)
}

/// Says how to call.
pub(super) fn invite(server: &Server) {
    let bound = server.sip[0];
    println!(
        "\nAllô répond. Appelez avec n'importe quel téléphone SIP (baresip, Linphone, un poste de l'autocommutateur) :"
    );
    println!("  sip:{}@{}", called(server), reach(bound));
    if bound.ip().is_unspecified() {
        println!(
            "  (ou l'adresse de cette machine sur votre réseau, port {})",
            bound.port()
        );
    }
    println!("Ou depuis un navigateur : http://{}/", reach(server.http));
    println!(
        "État : http://{}/health — Appels reçus : allo calls — Arrêt : Ctrl-C",
        reach(server.http)
    );
    // A pipe that was closed is no reason to stop answering.
    let _ = std::io::stdout().flush();
}

/// The first rendering of the voice takes minutes; it is kept on disk.
async fn wait_for_voice(server: &Server) {
    let mut said = 0;
    loop {
        let progress = server.app.engines.prompts.progress();
        if progress.done >= progress.total {
            return;
        }
        if said == 0 {
            println!("Préparation de la voix (une seule fois, quelques minutes) :");
        }
        if progress.done * 10 / progress.total > said || said == 0 {
            said = (progress.done * 10 / progress.total).max(1);
            println!("  {} phrases sur {}", progress.done, progress.total);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// Prints the next call until it ends; gives the topics found, and how it ended.
async fn tell(mut events: broadcast::Receiver<(CallId, CallEvent)>) -> (Vec<String>, Option<EndReason>) {
    let mut topics = Vec::new();
    loop {
        match events.recv().await {
            Ok((_, event)) => {
                if let Some(line) = describe(&event) {
                    println!("  {line}");
                }
                match event {
                    CallEvent::Heard { topic: Some(topic), .. } => topics.push(topic),
                    CallEvent::Ended { reason } => return (topics, Some(reason)),
                    _ => {}
                }
            }
            Err(broadcast::error::RecvError::Lagged(_)) => {}
            Err(broadcast::error::RecvError::Closed) => return (topics, None),
        }
    }
}

fn called(server: &Server) -> String {
    let numbers = server
        .app
        .towns
        .first()
        .map(|town| town.plan.town.numbers.as_slice())
        .unwrap_or_default();
    numbers
        .iter()
        .find(|n| n.chars().all(char::is_alphabetic))
        .or(numbers.first())
        .map_or("mairie".into(), |n| n.replace(' ', ""))
}

/// An address at which we can call ourselves.
fn reach(bound: SocketAddr) -> SocketAddr {
    if bound.ip().is_unspecified() {
        SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), bound.port())
    } else {
        bound
    }
}
