//! `allo knowledge`: makes a town's knowledge of official files, and shows what is found in it.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, anyhow, bail, ensure};
use zip::ZipArchive;

use crate::app::engines;
use crate::app::files;
use crate::app::plans::{self, Town};
use crate::config::Config;
use crate::dialogue::yaml::fold;
use crate::import::directory;
use crate::import::document::{self, Document};
use crate::import::encoding;
use crate::import::service_public::{self, Sheet};
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
    sheets: Vec<Sheet>,
    /// Questions that lead from one sheet to another.
    leads: Vec<(String, String)>,
    services: Vec<Document>,
    refused: Vec<String>,
}

fn import(files: &[PathBuf], to: &Path, choice: &Choice) -> anyhow::Result<ExitCode> {
    let mut imported = Imported::default();
    for file in files {
        imported.read(file, choice)?;
    }
    let unanswered = service_public::link(&mut imported.sheets, &imported.leads);
    imported.refused.iter().for_each(|refused| eprintln!("{refused}"));
    if !unanswered.is_empty() {
        let numbers: BTreeSet<&str> = unanswered.iter().map(|(number, _)| number.as_str()).collect();
        let numbers = Vec::from_iter(numbers).join(", ");
        eprintln!("conseil : ces fiches mènent à d'autres, qui ne sont pas importées : {numbers}");
    }
    let Imported {
        sheets,
        services,
        refused,
        ..
    } = imported;
    let sheets: Vec<Document> = sheets.into_iter().map(|sheet| sheet.document).collect();
    let written = match (sheets.is_empty(), services.is_empty()) {
        (true, true) => bail!("rien à importer dans ces fichiers ; vérifiez --only et --town"),
        (false, true) => document::markdown("Service-Public.fr", &sheets),
        (true, false) => document::markdown("l'annuaire de l'administration", &services),
        (false, false) => {
            bail!("des fiches et l'annuaire ensemble : importez-les dans deux fichiers, leur source n'est pas la même")
        }
    };
    let part = to.with_extension("part");
    let save = std::fs::write(&part, written).and_then(|()| std::fs::rename(&part, to));
    save.map_err(|error| anyhow!("écriture impossible de {} : {}", to.display(), files::in_french(&error)))?;
    let count = |documents: &[Document]| documents.iter().map(|document| document.sections.len()).sum::<usize>();
    println!(
        "{} : {} documents, {} passages{}",
        to.display(),
        sheets.len() + services.len(),
        count(&sheets) + count(&services),
        match refused.len() {
            0 => String::new(),
            refused => format!(" ; {refused} fichiers refusés"),
        }
    );
    Ok(ExitCode::SUCCESS)
}

impl Imported {
    /// Reads a file, or those of a folder. What cannot be read in a folder or an archive is told, and the others are read
    /// all the same.
    fn read(&mut self, file: &Path, choice: &Choice) -> anyhow::Result<()> {
        let name = file.display().to_string();
        if file.is_dir() {
            let entries = std::fs::read_dir(file)
                .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect());
            let mut inside: Vec<PathBuf> = entries.map_err(|error| anyhow!("{name} : {}", files::in_french(&error)))?;
            inside.retain(|path| path.extension().is_some_and(|extension| extension == "xml"));
            inside.sort();
            for file in inside {
                if let Err(error) = self.read(&file, choice) {
                    self.refused.push(format!("{error:#}"));
                }
            }
            return Ok(());
        }
        let named = |error| anyhow!("{name} : {error}");
        match file
            .extension()
            .and_then(|extension| extension.to_str())
            .map(str::to_lowercase)
            .as_deref()
        {
            Some("xml") => self.sheet(&name, &files::read(file, LARGEST).map_err(named)?, choice),
            Some("json") => {
                let text =
                    encoding::decode(&files::read(file, LARGEST).map_err(named)?).with_context(|| name.clone())?;
                let services = directory::documents(&text, choice.town);
                self.services.extend(services.with_context(|| name.clone())?);
            }
            Some("zip") => self.archive(&name, files::open(file).map_err(named)?, choice)?,
            _ => bail!("{name} : il faut un fichier .xml, .zip ou .json, ou un dossier de fichiers .xml"),
        }
        Ok(())
    }

    fn archive(&mut self, name: &str, file: File, choice: &Choice) -> anyhow::Result<()> {
        let archive = ZipArchive::new(file);
        let Ok(mut archive) = archive else {
            bail!("{name} : ce n'est pas une archive zip, ou elle est abîmée ; téléchargez-la à nouveau");
        };
        for index in 0..archive.len() {
            let mut inside = format!("fichier {}", index + 1);
            let read = archive.by_index(index).map_err(io::Error::from).and_then(|mut entry| {
                inside = entry.name().map_err(io::Error::from)?.into_owned();
                let wanted = inside.ends_with(".xml");
                let mut bytes = Vec::new();
                if wanted {
                    entry.by_ref().take(LARGEST).read_to_end(&mut bytes)?;
                }
                Ok(wanted.then_some(bytes))
            });
            match read {
                Ok(Some(xml)) => self.sheet(&inside, &xml, choice),
                Ok(None) => {}
                Err(_) => self.refused.push(format!("{name} : {inside} : abîmé dans l'archive")),
            }
        }
        Ok(())
    }

    /// One sheet; what cannot be read is told.
    fn sheet(&mut self, name: &str, bytes: &[u8], choice: &Choice) {
        let xml = match encoding::decode(bytes) {
            Ok(xml) => xml,
            Err(error) => return self.refused.push(format!("{name} : {error}")),
        };
        match service_public::sheet(&xml) {
            Ok(Some(sheet)) if choice.wants(name, &sheet.document) => {
                self.leads.extend_from_slice(&sheet.leads);
                self.sheets.push(sheet);
            }
            Ok(_) => {}
            Err(error) => self.refused.push(format!("{name} : {error}")),
        }
    }
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
