//! `allo knowledge`: makes a town's knowledge of official files, and shows what is found in it.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail, ensure};

use crate::app::engines;
use crate::app::plans::{self, Town};
use crate::config::Config;
use crate::dialogue::yaml::fold;
use crate::import::document::{self, Document};
use crate::import::{directory, service_public};
use crate::understand::lookup::WORTH_ASKING;
use crate::understand::topics::SURE;
use crate::units::Expect;

/// A larger file is refused: the directory of the whole country has some 300 MB.
const LARGEST: u64 = 512 << 20;

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Écrit en Markdown ce que disent des fichiers officiels : fiches XML de service-public.fr (fichiers, dossier ou zip),
    /// annuaire de l'administration (JSON)
    Import {
        /// Fichiers .xml, .zip, .json, ou dossiers
        #[arg(required = true, value_name = "FICHIER")]
        files: Vec<PathBuf>,
        /// Fichier Markdown à écrire
        #[arg(long, value_name = "FICHIER")]
        to: PathBuf,
        /// Seulement ces fiches : leur numéro (F1341) ou des mots de leur titre, séparés par des virgules
        #[arg(long, value_delimiter = ',', value_name = "FICHES")]
        only: Vec<String>,
        /// Commune de l'annuaire : son code INSEE ou son nom
        #[arg(long, value_name = "COMMUNE")]
        town: Option<String>,
        /// Remplace le fichier s'il existe déjà
        #[arg(long)]
        force: bool,
    },
    /// Cherche une question dans les connaissances d'un plan
    Find {
        /// La question
        question: String,
        /// Plan d'accueil
        #[arg(long, value_name = "YAML")]
        dialplan: Option<PathBuf>,
    },
}

pub(super) fn run(config: &Config, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    match &arguments.what {
        What::Import {
            files,
            to,
            only,
            town,
            force,
        } => {
            ensure!(
                *force || !to.exists(),
                "{} existe déjà ; --force le remplace",
                to.display()
            );
            import(
                files,
                to,
                &Choice {
                    only,
                    town: town.as_deref(),
                },
            )
        }
        What::Find { question, dialplan } => find(config, question, dialplan.as_deref()),
    }
}

/// Which of what the files say is wanted.
struct Choice<'a> {
    only: &'a [String],
    town: Option<&'a str>,
}

impl Choice<'_> {
    /// Whether a sheet is wanted: by its number, or by words of its title.
    fn wants(&self, name: &str, document: &Document) -> bool {
        let title = fold(&document.title);
        let number = fold(name.rsplit('/').next().unwrap_or(name).trim_end_matches(".xml"));
        let named = |wanted: &String| fold(wanted) == number || title.contains(&fold(wanted));
        self.only.is_empty() || self.only.iter().any(named)
    }
}

/// What was read so far.
#[derive(Default)]
struct Imported {
    sheets: Vec<Document>,
    services: Vec<Document>,
    refused: Vec<String>,
}

fn import(files: &[PathBuf], to: &Path, choice: &Choice) -> anyhow::Result<ExitCode> {
    let mut imported = Imported::default();
    for file in files {
        imported.read(file, choice)?;
    }
    imported.refused.iter().for_each(|refused| eprintln!("{refused}"));
    let Imported { sheets, services, .. } = &imported;
    let written = match (sheets.is_empty(), services.is_empty()) {
        (true, true) => bail!("rien à importer dans ces fichiers ; vérifiez --only et --town"),
        (false, true) => document::markdown("Service-Public.fr", sheets),
        (true, false) => document::markdown("l'annuaire de l'administration", services),
        (false, false) => {
            bail!("des fiches et l'annuaire ensemble : importez-les dans deux fichiers, leur source n'est pas la même")
        }
    };
    let part = to.with_extension("part");
    let save = std::fs::write(&part, written).and_then(|()| std::fs::rename(&part, to));
    save.with_context(|| format!("écriture impossible de {}", to.display()))?;
    let count = |documents: &[Document]| documents.iter().map(|document| document.sections.len()).sum::<usize>();
    println!(
        "{} : {} documents, {} passages{}",
        to.display(),
        sheets.len() + services.len(),
        count(sheets) + count(services),
        match imported.refused.len() {
            0 => String::new(),
            refused => format!(" ; {refused} fichiers refusés"),
        }
    );
    Ok(ExitCode::SUCCESS)
}

impl Imported {
    fn read(&mut self, file: &Path, choice: &Choice) -> anyhow::Result<()> {
        let name = file.display().to_string();
        let unreadable = || format!("lecture impossible de {name}");
        if file.is_dir() {
            let mut inside: Vec<PathBuf> = std::fs::read_dir(file)
                .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
                .with_context(unreadable)?;
            inside.retain(|path| path.extension().is_some_and(|extension| extension == "xml"));
            inside.sort();
            return inside.iter().try_for_each(|file| self.read(file, choice));
        }
        let mut opened = std::fs::File::open(file).with_context(unreadable)?;
        match file
            .extension()
            .and_then(|extension| extension.to_str())
            .map(str::to_lowercase)
            .as_deref()
        {
            Some("xml") => self.sheet(&name, &text(&mut opened).with_context(unreadable)?, choice),
            Some("json") => {
                let services = directory::documents(&text(&mut opened).with_context(unreadable)?, choice.town);
                self.services.extend(services.with_context(|| name.clone())?);
            }
            Some("zip") => {
                let mut archive = zip::ZipArchive::new(opened).with_context(unreadable)?;
                for index in 0..archive.len() {
                    let mut entry = archive.by_index(index).with_context(unreadable)?;
                    let inside = entry.name().with_context(unreadable)?.into_owned();
                    if inside.ends_with(".xml") {
                        let xml = text(&mut entry).with_context(|| format!("{name} : {inside}"))?;
                        self.sheet(&inside, &xml, choice);
                    }
                }
            }
            _ => bail!("{name} : il faut un fichier .xml, .zip ou .json, ou un dossier de fichiers .xml"),
        }
        Ok(())
    }

    /// One sheet; what cannot be read is told, and the others are read all the same.
    fn sheet(&mut self, name: &str, xml: &str, choice: &Choice) {
        match service_public::document(xml) {
            Ok(document) => self
                .sheets
                .extend(document.filter(|document| choice.wants(name, document))),
            Err(error) => self.refused.push(format!("{name} : {error}")),
        }
    }
}

fn text(from: &mut impl Read) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    from.take(LARGEST + 1).read_to_end(&mut bytes)?;
    ensure!(
        bytes.len() as u64 <= LARGEST,
        "fichier trop gros (plus de {} Mio)",
        LARGEST >> 20
    );
    String::from_utf8(bytes).context("ce n'est pas un texte en UTF-8")
}

fn find(config: &Config, question: &str, dialplan: Option<&Path>) -> anyhow::Result<ExitCode> {
    let plan = dialplan.or(config.dialplans.first().map(PathBuf::as_path));
    let (plan, _) = plans::read(plan.context("aucun plan : donnez --dialplan")?)?;
    ensure!(
        !plan.knowledge.is_empty(),
        "ce plan n'a pas de connaissances (clé « connaissances »)"
    );
    let town = Town::new(plan, Some(engines::encoder(config)?), &engines::memory(config));
    let now = config.civil_now();
    let reading = town.understanding.read(question, Expect::Anything, now);
    for found in reading.passages {
        let passage = &town.plan.knowledge[found.passage];
        let what = match found.confidence {
            _ if !passage.holds_at(now) => "périmé",
            sure if sure >= SURE => "dit",
            worth if worth >= WORTH_ASKING => "demandé",
            _ => "tu",
        };
        println!(
            "{:>4.0} % {what:<8} {} ({}:{})",
            100.0 * found.confidence,
            passage.title(),
            passage.file,
            passage.line
        );
    }
    Ok(ExitCode::SUCCESS)
}
