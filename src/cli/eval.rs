//! `allo eval`: how well a plan understands a corpus of sentences, typed or recorded.

mod dialogues;
mod figures;
mod page;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, anyhow, bail, ensure};
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use super::hear;
use crate::app::plans::{self, Town};
use crate::app::{engines, files};
use crate::config::Config;
use crate::dialogue::knowledge::Passage;
use crate::dialogue::plan::Plan;
use crate::dialogue::yaml::{answer_kind, did_you_mean, fold};
use crate::dialogue::{Considered, Subject, consider};
use crate::engine::recognition::Recognition;
use crate::understand::contact::Contact;
use crate::understand::{Command, Reading, Value};
use crate::units::Expect;
use crate::web::words;
use figures::{Figures, Row, Tally, Verdict, is_off_topic};

/// The label of what is told from the town's calendars.
const AGENDA: &str = "agenda";
/// Where the town hall is, and its number.
const OUR_ADDRESS: &str = "notre_adresse";
const OUR_PHONE: &str = "notre_numéro";
/// Which day it is, and what time.
const TODAY: &str = "aujourd_hui";
const TIME: &str = "l_heure";
/// What stands before a passage's first heading in a label.
const PASSAGE: &str = "passage";
/// The types of answers that stand in labels.
const KINDS: [&str; 11] = [
    PASSAGE,
    "date",
    "heure",
    "téléphone",
    "numéro",
    "nom",
    "adresse",
    "lieu",
    "courriel",
    "montant",
    "texte",
];
/// A larger corpus is refused.
const LARGEST: u64 = 64 << 20;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Corpus : sur chaque ligne une phrase, ou le chemin d'un fichier wav, une tabulation, et ce qui est attendu (un sujet,
    /// hors_sujet, oui, non, date=2026-09-22, téléphone=0642187591, passage=Où promener mon chien ?) ; ou, dans un fichier
    /// .txt, des dialogues entiers
    #[arg(value_name = "TSV|TXT")]
    corpus: PathBuf,
    /// Plan d'accueil
    #[arg(long, value_name = "YAML")]
    dialplan: Option<PathBuf>,
    /// Autre plan, ou résultat --json d'une autre version, auquel comparer
    #[arg(long, value_name = "YAML|JSON")]
    compare: Option<PathBuf>,
    /// Page à écrire, avec les graphiques
    #[arg(long, value_name = "HTML")]
    html: Option<PathBuf>,
    /// Le résultat, phrase par phrase, en JSON
    #[arg(long)]
    json: bool,
    /// Montre chaque phrase mal comprise
    #[arg(long)]
    show: bool,
}

pub(super) fn run(config: &Config, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let plan = arguments.dialplan.clone().or_else(|| config.dialplans.first().cloned());
    let plan = plan.context("aucun plan : donnez --dialplan")?;
    if arguments.corpus.extension().is_some_and(|extension| extension == "txt") {
        return play(config, &plan, &arguments.corpus, arguments.show);
    }
    let cases = read(&arguments.corpus)?;
    let (read, rows) = evaluate(config, &plan, &arguments.corpus, &cases)?;
    let before = arguments
        .compare
        .as_deref()
        .map(|other| earlier(config, other, &arguments.corpus, &cases))
        .transpose()?;
    if let Some(file) = &arguments.html {
        let page = page::page(
            &about(&read, &plan, &arguments.corpus, config),
            &rows,
            before.as_deref(),
        );
        std::fs::write(file, page).map_err(|error| {
            anyhow!(
                "écriture impossible de {} : {}",
                file.display(),
                files::in_french(&error)
            )
        })?;
    }
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&rows)?);
    } else {
        print(&rows, before.as_deref(), arguments.show);
    }
    Ok(ExitCode::SUCCESS)
}

fn about(plan: &Plan, file: &Path, corpus: &Path, config: &Config) -> page::About {
    let name = |file: &Path| file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let topics = plan.topics.iter().map(|topic| (topic.id.clone(), topic.label.clone()));
    let services = plan
        .services
        .iter()
        .map(|service| (service.id.clone(), service.name.clone()));
    let others = [
        (AGENDA, "l'agenda"),
        (OUR_ADDRESS, "l'adresse de la mairie"),
        (OUR_PHONE, "le numéro de la mairie"),
        (TODAY, "la date du jour"),
        (TIME, "l'heure qu'il est"),
        (PASSAGE, "un passage des connaissances"),
        ("hors_sujet", "hors sujet"),
    ];
    let others = others.map(|(label, name)| (label.to_owned(), name.to_owned()));
    page::About {
        town: plan.town.name.clone(),
        corpus: name(corpus),
        plan: name(file),
        day: config.civil_now().format("%d/%m/%Y").to_string(),
        names: services.chain(topics).chain(others).collect(),
    }
}

/// The text of a file.
fn text(file: &Path) -> anyhow::Result<String> {
    files::text(file, LARGEST).map_err(|why| anyhow!("lecture impossible de {} : {why}", file.display()))
}

/// Plays dialogues, and tells which went as they should.
fn play(config: &Config, plan: &Path, corpus: &Path, show: bool) -> anyhow::Result<ExitCode> {
    let scripts = dialogues::read(corpus)?;
    let (plan, _) = plans::read(plan)?;
    let town = Town::new(plan, Some(engines::encoder(config)?), &engines::memory(config));
    let mut right = 0;
    for script in &scripts {
        let played = dialogues::play(script, &town);
        right += usize::from(played.faults.is_empty());
        if show && !played.faults.is_empty() {
            println!("{}: {}", played.line, played.title);
            played.faults.iter().for_each(|fault| println!("    {fault}"));
        }
    }
    println!("{right} dialogues sur {} vont comme prévu", scripts.len());
    Ok(ExitCode::SUCCESS)
}

/// "2026-11-26 10:15"
fn moment(text: &str) -> anyhow::Result<NaiveDateTime> {
    let read = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M");
    read.with_context(|| format!("« {text} » n'est pas un moment ; exemple : 2026-11-26 10:15"))
}

/// A line of a corpus.
struct Case {
    /// When it is said; none: now.
    at: Option<NaiveDateTime>,
    said: String,
    expected: String,
    line: usize,
    /// The recording, where there is one.
    file: Option<PathBuf>,
}

/// Reads a corpus. Paths of recordings start from its folder.
fn read(file: &Path) -> anyhow::Result<Vec<Case>> {
    let name = file.display();
    let text = text(file)?;
    let folder = file.parent().unwrap_or(Path::new(""));
    let (mut cases, mut at) = (Vec::new(), None);
    for (line, text) in (1..).zip(text.lines()) {
        if text.trim().is_empty() || text.starts_with('#') {
            continue;
        }
        if let Some(when) = text.strip_prefix("@ ") {
            at = Some(moment(when.trim()).with_context(|| format!("{name}:{line}"))?);
            continue;
        }
        let Some((said, expected)) = text.split_once('\t') else {
            bail!("{name}:{line} : il faut une phrase, une tabulation, et ce qui est attendu");
        };
        let (said, expected) = (said.trim(), expected.trim());
        cases.push(Case {
            at,
            said: said.to_owned(),
            expected: expected.to_owned(),
            line,
            file: said.ends_with(".wav").then(|| folder.join(said)),
        });
    }
    anyhow::ensure!(!cases.is_empty(), "{name} : aucune phrase");
    Ok(cases)
}

/// The results to compare with: those of another plan, or those that another build wrote.
fn earlier(config: &Config, other: &Path, corpus: &Path, cases: &[Case]) -> anyhow::Result<Vec<Row>> {
    if other.extension().is_some_and(|extension| extension == "json") {
        return serde_json::from_str(&text(other)?)
            .map_err(|_| anyhow!("{} n'est pas un résultat d'« allo eval --json »", other.display()));
    }
    Ok(evaluate(config, other, corpus, cases)?.1)
}

fn evaluate(config: &Config, plan: &Path, corpus: &Path, cases: &[Case]) -> anyhow::Result<(Arc<Plan>, Vec<Row>)> {
    let (plan, _) = plans::read(plan)?;
    let expects: Vec<Expect> = cases
        .iter()
        .map(|case| expect(&case.expected, &plan).with_context(|| format!("{}:{}", corpus.display(), case.line)))
        .collect::<Result<_, _>>()?;
    let town = Town::new(plan, Some(engines::encoder(config)?), &engines::memory(config));
    let spoken = cases.iter().any(|case| case.file.is_some());
    let recognition = spoken.then(|| engines::recognition(config)).transpose()?;
    let now = config.civil_now();
    let mut rows = Vec::new();
    for (case, expect) in cases.iter().zip(expects) {
        rows.push(judge(
            case,
            expect,
            &town,
            recognition.as_ref(),
            case.at.unwrap_or(now),
        )?);
    }
    Ok((town.plan, rows))
}

/// What the sentence answers; a label that is nothing of the plan is a mistake in the corpus.
fn expect(expected: &str, plan: &Plan) -> anyhow::Result<Expect> {
    let known = |what: &str, is_known: bool, label: &str, names: &mut dyn Iterator<Item = &str>| {
        let near = || did_you_mean(label, names).unwrap_or_default();
        ensure!(is_known, "« {label} » n'est pas {what}{}", near());
        Ok(())
    };
    if let Some((kind, value)) = expected.split_once('=') {
        if kind == PASSAGE {
            let is_known = plan.knowledge.iter().any(|passage| is_headed(passage, value));
            let mut names = plan
                .knowledge
                .iter()
                .flat_map(|passage| &passage.questions)
                .map(String::as_str);
            known("un titre des connaissances de ce plan", is_known, value, &mut names)?;
            return Ok(Expect::Anything);
        }
        let Some(expect) = answer_kind(kind) else {
            let near = did_you_mean(kind, KINDS).unwrap_or_default();
            bail!("« {kind} » n'est pas un type de réponse{near}");
        };
        if let Some(example) = unlike_any(expect, value) {
            bail!("« {expected} » ne peut pas être trouvé ; exemple : {kind}={example}");
        }
        return Ok(expect);
    }
    if matches!(expected, "oui" | "non") {
        return Ok(Expect::YesNo);
    }
    let is_known = is_off_topic(expected) || plan.topics.iter().any(|topic| topic.id == fold(expected));
    let others = ["oui", "non", "hors_sujet"];
    let mut names = plan.topics.iter().map(|topic| topic.id.as_str()).chain(others);
    known("un sujet de ce plan", is_known, expected, &mut names)?;
    Ok(Expect::Anything)
}

fn is_headed(passage: &Passage, heading: &str) -> bool {
    passage.questions.iter().any(|question| fold(question) == fold(heading))
}

/// An example of such values, where this is none: as [`Value::plain`] writes them.
fn unlike_any(expect: Expect, value: &str) -> Option<&'static str> {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (is_one, example) = match expect {
        Expect::Date => (
            value.len() == 10 && NaiveDate::parse_from_str(value, "%Y-%m-%d").is_ok(),
            "2026-09-22",
        ),
        Expect::Time => (
            value.len() == 5 && NaiveTime::parse_from_str(value, "%H:%M").is_ok(),
            "09:30",
        ),
        Expect::Phone => (is_number(value.trim_start_matches('+')), "0642187591"),
        Expect::Amount => {
            let parts = value.split_once('.');
            (
                parts.is_some_and(|(euros, cents)| is_number(euros) && cents.len() == 2 && is_number(cents)),
                "12.50",
            )
        }
        Expect::YesNo => (matches!(value, "oui" | "non"), "oui"),
        Expect::Email => (value.contains('@'), "a.martin@exemple.fr"),
        _ => (!value.is_empty(), "…"),
    };
    (!is_one).then_some(example)
}

fn judge(
    case: &Case,
    expect: Expect,
    town: &Town,
    recognition: Option<&Recognition>,
    now: NaiveDateTime,
) -> anyhow::Result<Row> {
    let (heard, reading) = match (&case.file, recognition) {
        (Some(file), Some(recognition)) => {
            let (understood, _) = hear::understood(file, town, recognition, expect, now)?;
            (Some(understood.words.into_revealed()), understood.reading)
        }
        _ => (None, town.understanding.read(&case.said, expect, now)),
    };
    let (found, confidence, verdict) = match case.expected.split_once('=') {
        Some((PASSAGE, _)) => subject(&case.expected, &reading, &town.plan, now),
        Some((kind, value)) => {
            let found = reading.value.as_ref().map(Value::plain);
            let right = found.as_deref() == Some(value);
            let verdict = match &found {
                Some(_) if right => Verdict::Right,
                Some(_) => Verdict::Wrong,
                None => Verdict::Missed,
            };
            (found.map(|found| format!("{kind}={found}")), 1.0, verdict)
        }
        None if expect == Expect::YesNo => {
            let found = reading.yes_no.map(|yes| if yes { "oui" } else { "non" });
            let verdict = match found {
                Some(found) if found == case.expected => Verdict::Right,
                Some(_) => Verdict::Wrong,
                None => Verdict::Missed,
            };
            (found.map(str::to_owned), 1.0, verdict)
        }
        None => subject(&case.expected, &reading, &town.plan, now),
    };
    Ok(Row {
        said: case.said.clone(),
        heard,
        expected: case.expected.clone(),
        found,
        confidence,
        verdict,
    })
}

/// A topic or a passage as a dialogue takes it: what is sure is answered, what is not is asked about, with the next where
/// that is as near.
fn subject(expected: &str, reading: &Reading, plan: &Plan, now: NaiveDateTime) -> (Option<String>, f32, Verdict) {
    let considered = match reading.command {
        Some(command) if !matches!(command, Command::Agent | Command::Accident) => Considered::Nothing,
        _ => consider(plan, reading, now),
    };
    let (answered, asked) = match considered {
        Considered::Sure(sure) => (sure, Vec::new()),
        Considered::Doubtful(one, other) | Considered::Perhaps(one, other) => {
            (Vec::new(), [one].into_iter().chain(other).collect())
        }
        Considered::Nothing => (Vec::new(), Vec::new()),
    };
    let name = |subject: &Subject| match *subject {
        Subject::Topic(topic) => plan.topics[topic].id.clone(),
        Subject::Passage(passage) => format!("{PASSAGE}={}", plan.knowledge[passage].questions[0]),
        Subject::Service(service) => plan.services[service].id.clone(),
        Subject::Agenda(_) => AGENDA.into(),
        Subject::Contact(Contact::Address) => OUR_ADDRESS.into(),
        Subject::Contact(Contact::Phone) => OUR_PHONE.into(),
        Subject::Contact(Contact::Today) => TODAY.into(),
        Subject::Contact(Contact::Time) => TIME.into(),
    };
    let heading = expected.strip_prefix(PASSAGE).and_then(|rest| rest.strip_prefix('='));
    let is_meant = |subject: &Subject| match (*subject, heading) {
        (Subject::Passage(passage), Some(heading)) => is_headed(&plan.knowledge[passage], heading),
        _ => fold(&name(subject)) == fold(expected),
    };
    let verdict = match (answered.first(), asked.iter().position(is_meant)) {
        (Some(_), _) if answered.iter().any(is_meant) => Verdict::Right,
        (Some(_), _) => Verdict::Wrong,
        (None, Some(0)) => Verdict::Asked,
        (None, Some(_)) => Verdict::AskedSecond,
        (None, None) if !asked.is_empty() => Verdict::WronglyAsked,
        (None, None) if is_off_topic(expected) => Verdict::Refused,
        (None, None) => Verdict::Missed,
    };
    let found = answered.first().or(asked.first());
    let confidence = match found {
        Some(Subject::Passage(passage)) => reading
            .passages
            .iter()
            .find(|found| found.passage == *passage)
            .map(|found| found.confidence),
        Some(Subject::Agenda(_) | Subject::Contact(_)) => Some(1.0),
        Some(Subject::Topic(_) | Subject::Service(_)) => reading.topic.as_ref().map(|topic| topic.confidence),
        None => reading.alternatives.first().map(|topic| topic.confidence),
    };
    (found.map(name), confidence.unwrap_or(0.0), verdict)
}

fn print(rows: &[Row], before: Option<&[Row]>, show: bool) {
    let figures = Figures::of(rows);
    println!(
        "{:<28} {:>5} {:>6} {:>8} {:>7} {:>7} {:>5}",
        "", "sur", "juste", "demandé", "refusé", "autre ?", "faux"
    );
    let line = |name: &str, tally: &Tally| {
        let count = |verdicts: &[Verdict]| verdicts.iter().map(|verdict| tally.count(*verdict)).sum::<usize>();
        println!(
            "{name:<28} {:>5} {:>6} {:>8} {:>7} {:>7} {:>5}",
            tally.total(),
            count(&[Verdict::Right]),
            count(&[Verdict::Asked, Verdict::AskedSecond]),
            count(&[Verdict::Refused, Verdict::Missed]),
            count(&[Verdict::WronglyAsked]),
            count(&[Verdict::Wrong])
        );
    };
    figures.by_label.iter().for_each(|(label, tally)| line(label, tally));
    line("SUJETS ET VALEURS", &figures.inside);
    let has_outside = figures.outside.total() > 0;
    if has_outside {
        line("HORS SUJET", &figures.outside);
    }
    let outside = if has_outside {
        format!(
            " ; hors sujet reconnus comme tels : {}",
            words::percent(figures.outside.share(), 1)
        )
    } else {
        String::new()
    };
    println!(
        "\nservis, au besoin après une question : {}{outside} ; écart de confiance : {}",
        words::percent(figures.inside.share(), 1),
        words::decimal(figures.calibration_error, 3)
    );
    if !figures.confusions.is_empty() {
        println!("\nconfusions :");
    }
    figures
        .confusions
        .iter()
        .take(20)
        .for_each(|(a, b, count)| println!("  {count:>3} × {a} → {b}"));
    if let Some(before) = before {
        let (better, worse) = figures::changes(before, rows);
        println!(
            "\ncomparé : {} phrases mieux servies, {} moins bien",
            better.len(),
            worse.len()
        );
        better.iter().for_each(|row| println!("  + {}", told(row)));
        worse.iter().for_each(|row| println!("  - {}", told(row)));
    }
    if show {
        println!();
        rows.iter()
            .filter(|row| !row.verdict.is_served())
            .for_each(|row| println!("  {}", told(row)));
    }
}

/// One sentence that was taken for something.
fn told(row: &Row) -> String {
    let heard = row
        .heard
        .as_ref()
        .map(|heard| format!(" (entendu « {heard} »)"))
        .unwrap_or_default();
    let found = row.found.as_deref().unwrap_or("rien");
    format!(
        "« {} »{heard} : {} attendu, {found} trouvé ({})",
        row.said,
        row.expected,
        words::percent(row.confidence, 0)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_nothing_can_have_are_refused() {
        let plan = crate::dialogue::yaml::read(include_str!("../../dialplans/minimal.yaml"), "plan.yaml").plan;
        let plan = plan.expect("a valid plan");
        for label in [
            "date=2026-09-22",
            "heure=09:30",
            "téléphone=0642187591",
            "montant=12.50",
            "oui",
            "hors_sujet",
        ] {
            assert!(expect(label, &plan).is_ok(), "{label}");
        }
        for (label, said) in [
            ("date=2026-13-45", "exemple : date=2026-09-22"),
            ("heure=25:00", "exemple : heure=09:30"),
            ("dat=2026-09-22", "vouliez-vous dire « date »"),
            (
                "passage=Où promener mon chien ?",
                "n'est pas un titre des connaissances",
            ),
            ("ouii", "vouliez-vous dire « oui »"),
        ] {
            let error = expect(label, &plan).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
