//! How callers wait for a service: limits, music, and the form by which they ask to be called back.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;

use super::super::super::phrases::{Phrase, Phrases};
use super::super::super::plan::{Field, Form, Passing, Queue, Service};
use super::super::super::queue::{CALL_BACK, CHOICES};
use super::super::format::{places_of, wait_of};
use super::super::tree::Node;
use super::super::walk::join;
use super::super::{Report, fold};
use crate::audio::{Pcm, level, wav};
use crate::understand::options::Options;
use crate::units::Expect;

/// Where the plan does not say.
const PLACES: usize = 10;
const LONGEST: Duration = Duration::from_secs(600);
/// Music that is shorter tires; that is longer only takes memory (2 MB a minute).
const SHORTEST_MUSIC: Duration = Duration::from_secs(5);
const LONGEST_MUSIC: Duration = Duration::from_secs(600);
/// What is quieter is no music, in dBFS.
const SILENCE: f32 = -50.0;

/// How callers wait for this service; [`complete`] adds what belongs to the plan as a whole.
pub(super) fn queue(service: &Node, passing: Passing, path: &str, report: &mut Report) -> Option<Queue> {
    let node = service.get("attente")?;
    let path = join(path, "attente");
    if node.text().is_some_and(|text| fold(text) == "non") {
        return None;
    }
    if passing == Passing::Blind {
        let message = format!("« {path} » ne sert qu'avec « transfert: accompagné »");
        report.warn(node.at, &path, message);
        return None;
    }
    if service.get("poste").is_none() {
        let message = format!("« {path} » ne sert qu'à un service qui a un poste");
        report.warn(node.at, &path, message);
        return None;
    }
    Some(Queue {
        places: node.text_of("places").and_then(places_of).unwrap_or(PLACES),
        longest: node.text_of("durée").and_then(wait_of).unwrap_or(LONGEST),
        music: music(node, &join(&path, "musique"), report),
        call_back: 0,
        choices: 0,
    })
}

fn music(queue: &Node, path: &str, report: &mut Report) -> Option<Arc<Pcm<16_000>>> {
    let node = queue.get("musique")?;
    let name = node.text()?;
    match read(name, report) {
        Ok(music) => Some(Arc::new(music)),
        Err(why) => {
            report.error(node.at, path, format!("« {path} » : {name} : {why}"));
            None
        }
    }
}

fn read(name: &str, report: &Report) -> Result<Pcm<16_000>, String> {
    let bytes = (report.files)(name)?;
    let music = wav::read::<16_000>(name, Cursor::new(bytes)).map_err(|error| error.to_string())?;
    if !(SHORTEST_MUSIC..=LONGEST_MUSIC).contains(&music.duration()) {
        let seconds = music.duration().as_secs();
        return Err(format!("{seconds} s de musique ; il en faut de 5 s à 10 minutes"));
    }
    if level(&music.0) < SILENCE {
        return Err("on n'y entend presque rien ; il faut une musique".into());
    }
    Ok(music)
}

/// Adds the form and the choices of those who wait to the plan's own.
pub(super) fn complete(
    services: &mut [Service],
    forms: &mut Vec<Form>,
    options: &mut Vec<Options>,
    phrases: &BTreeMap<String, String>,
) {
    if services.iter().all(|service| service.queue.is_none()) {
        return;
    }
    let choices = options.len();
    options.push(Options::new(CHOICES.map(|(_, ways)| ways)));
    let question = Phrases::new(phrases).get(Phrase::AskCallBack).to_owned();
    for (service, of) in services.iter_mut().enumerate() {
        let Some(queue) = &mut of.queue else { continue };
        (queue.call_back, queue.choices) = (forms.len(), choices);
        forms.push(Form {
            id: CALL_BACK.into(),
            label: "une demande de rappel".into(),
            service,
            fields: vec![Field {
                id: "telephone".into(),
                label: "Téléphone".into(),
                question: question.clone(),
                expect: Expect::Phone,
                told: false,
                open_day: false,
            }],
            sms: None,
            calls_back: true,
        });
    }
}
