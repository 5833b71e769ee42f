//! Telephones that nobody here wrote: SIPp, baresip, PJSIP.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::common::{Allo, Process, SOON, free_port, free_ports, sound, tail, wait_for, write_wav};

/// The caller of every scenario of tests/sipp.
pub const SIPP: &str = "0467123456";

/// One of tests/sipp; it ends with an error when the scenario does.
pub fn sipp(allo: &Allo, scenario: &str, more: &[&str]) -> Process {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/sipp/{scenario}.xml"));
    let mut command = Command::new("sipp");
    command.current_dir(&allo.folder).arg("-sf").arg(file);
    command.args(["-s", "mairie", "-p", &free_port().to_string(), "-nostdin"]);
    if !more.contains(&"-i") {
        command.args(["-i", "127.0.0.1"]);
    }
    command.args(["-timeout", "90", "-timeout_error"]);
    if !more.contains(&"-m") {
        command.args(["-m", "1"]);
    }
    command.args(more);
    command.arg(format!("127.0.0.1:{}", allo.sip));
    Process::start(
        &format!("sipp ({scenario})"),
        &mut command,
        allo.folder.join(format!("{scenario}.log")),
    )
}

/// How many tenths of a second of this sound are this tone.
pub fn tenths_of(hz: f32, sound: &[i16], rate: u32) -> usize {
    let is_tone = |part: &&[i16]| {
        let (mut re, mut im, mut all) = (0.0, 0.0, 0.0);
        for (n, sample) in part.iter().enumerate() {
            let (angle, sample) = (n as f32 / rate as f32 * hz * std::f32::consts::TAU, f32::from(*sample));
            re += sample * angle.cos();
            im += sample * angle.sin();
            all += sample * sample;
        }
        // A pure tone has half of its power in each of the two; loud enough to be no leak.
        let share = 2.0 * (re * re + im * im) / (all * part.len() as f32).max(1.0);
        share > 0.8 && all / part.len() as f32 > 1e5
    };
    sound.chunks_exact(rate as usize / 10).filter(is_tone).count()
}

/// The Python that has PJSIP.
pub fn python() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers/bin/python");
    let python = if own.exists() { own } else { "python3".into() };
    let has_pjsip = Command::new(&python)
        .args(["-c", "import pjsua2"])
        .output()
        .is_ok_and(|o| o.status.success());
    assert!(
        has_pjsip,
        "PJSIP (pjsua2-python) manque ; pour l'installer : make peers"
    );
    python
}

/// A headless baresip, driven over its control port.
pub struct Baresip {
    pub process: Process,
    folder: PathBuf,
    control: u16,
    hz: u32,
}

impl Baresip {
    /// A telephone that belongs to no PBX.
    pub fn start(allo: &Allo, name: &str, user: &str, sip: u16, codec: &str) -> Self {
        Self::with_account(
            allo,
            name,
            &format!("<sip:{user}@127.0.0.1:{sip}>;regint=0"),
            sip,
            codec,
        )
    }

    /// It answers by itself, speaks `codec`, and is silent until it is told what to say.
    pub fn with_account(allo: &Allo, name: &str, account: &str, sip: u16, codec: &str) -> Self {
        Self::with_settings(allo, name, account, sip, codec, "")
    }

    /// The same with more lines of settings.
    pub fn with_settings(allo: &Allo, name: &str, account: &str, sip: u16, codec: &str, more: &str) -> Self {
        let hz = if codec.starts_with("pcm") { 8_000 } else { 16_000 };
        // It offers all that it has loaded, whatever the account says.
        let module = match codec.split('/').next() {
            Some("g722") => "module g722.so",
            Some("opus") => "module opus.so",
            _ => "",
        };
        let folder = allo.folder.join(name);
        fs::create_dir(&folder).expect("folder");
        write_wav(&folder.join("silence.wav"), &vec![0; 120 * hz as usize], hz);
        let modules = ["/usr/lib/baresip/modules", "/usr/local/lib/baresip/modules"];
        let modules = modules.iter().find(|path| Path::new(path).exists());
        let modules = modules.expect("baresip manque ; pour l'installer : make peers");
        let (control, rtp) = (free_port(), free_ports(20));
        let config = include_str!("baresip.config")
            .replace("{sip}", &sip.to_string())
            .replace("{module}", module)
            .replace("{modules}", modules)
            .replace("{control}", &control.to_string())
            .replace("{folder}", &folder.to_string_lossy())
            .replace("{hz}", &hz.to_string())
            .replace("{rtp}", &format!("{rtp}-{}", rtp + 19));
        fs::write(folder.join("config"), config + "\n" + more).expect("config");
        let account = format!("{account};audio_codecs={codec};answermode=auto\n");
        fs::write(folder.join("accounts"), account).expect("accounts");
        let mut command = Command::new("baresip");
        command.current_dir(&folder).arg("-f").arg(&folder);
        let process = Process::start("baresip", &mut command, folder.join("baresip.log"));
        let baresip = Self {
            process,
            folder,
            control,
            hz,
        };
        let open = wait_for(SOON, || TcpStream::connect(("127.0.0.1", control)).ok());
        assert!(open.is_some(), "baresip :\n{}", tail(&baresip.process.log()));
        baresip
    }

    /// Calls the town hall.
    pub fn call(&self, allo: &Allo) {
        self.dial(&format!("sip:mairie@127.0.0.1:{}", allo.sip));
    }

    pub fn dial(&self, uri: &str) {
        self.command("dial", Some(uri));
    }

    /// A recording of what it has heard so far in its last call.
    pub fn recording(&self) -> PathBuf {
        let (heard, rate) = self.heard();
        let file = self.folder.join("heard.wav");
        write_wav(&file, &heard, rate);
        file
    }

    /// Waits for a line of what it prints.
    pub fn prints(&self, what: &str) {
        let said = wait_for(SOON, || self.process.log().contains(what).then_some(()));
        assert!(
            said.is_some(),
            "baresip ne dit pas « {what} » :\n{}",
            tail(&self.process.log())
        );
    }

    pub fn press(&self, key: char) {
        self.command("sndcode", Some(&key.to_string()));
    }

    /// Says a fixture, or another file, then is silent.
    pub fn say(&self, fixture: &str) {
        let name = Path::new(fixture).file_name().expect("a file");
        let file = self
            .folder
            .join("said")
            .with_file_name(format!("said-{}", name.display()));
        write_wav(&file, &sound(fixture, 0.2, 90.0, self.hz), self.hz);
        self.command("ausrc", Some(&format!("aufile,{}", file.display())));
    }

    /// What it has heard so far in its last call, and at which rate: its file has the codec's own, and channels.
    fn heard(&self) -> (Vec<i16>, u32) {
        let files = fs::read_dir(&self.folder).expect("folder");
        let dumps = files.filter_map(|file| Some(file.ok()?.path()));
        let dumps = dumps.filter(|path| path.to_string_lossy().ends_with("-dec.wav"));
        let last = dumps.max_by_key(|path| fs::metadata(path).and_then(|m| m.modified()).ok());
        let bytes = last.and_then(|path| fs::read(path).ok()).unwrap_or_default();
        // The lengths in the header are not final while the call lasts: so much for a reader of WAV files.
        let Some((header, sound)) = bytes.split_at_checked(44) else {
            return (Vec::new(), self.hz);
        };
        let channels = usize::from(u16::from_le_bytes([header[22], header[23]])).max(1);
        let rate = u32::from_le_bytes([header[24], header[25], header[26], header[27]]);
        let samples = sound.as_chunks::<2>().0.iter().step_by(channels);
        (samples.map(|pair| i16::from_le_bytes(*pair)).collect(), rate)
    }

    /// Says a tone of so many seconds, then is silent.
    pub fn says_tone(&self, hz: f32, seconds: f32) {
        let samples = (seconds * self.hz as f32) as usize;
        let tone: Vec<i16> = (0..samples)
            .map(|n| ((n as f32 / self.hz as f32 * hz * std::f32::consts::TAU).sin() * 6000.0) as i16)
            .chain(std::iter::repeat_n(0, 90 * self.hz as usize))
            .collect();
        let file = self.folder.join(format!("tone-{hz}.wav"));
        write_wav(&file, &tone, self.hz);
        self.command("ausrc", Some(&format!("aufile,{}", file.display())));
    }

    /// Says nothing more, in this call and in those to come.
    pub fn falls_silent(&self) {
        let file = self.folder.join("silence.wav");
        self.command("ausrc", Some(&format!("aufile,{}", file.display())));
    }

    /// How many tenths of a second of what it has heard are this tone.
    pub fn heard_tone(&self, hz: f32) -> usize {
        let (heard, rate) = self.heard();
        tenths_of(hz, &heard, rate)
    }

    /// The longest silence in what it has heard so far in its last call, after the first so many seconds; and how loud the
    /// last ten seconds were, in dBFS.
    pub fn longest_silence(&self, from: f32) -> (Duration, f32) {
        let (heard, rate) = self.heard();
        let heard = heard.get((from * rate as f32) as usize..).unwrap_or_default();
        let level = |part: &[i16]| {
            let energy: f32 = part.iter().map(|s| f32::from(*s).powi(2)).sum();
            10.0 * (energy / part.len().max(1) as f32 / 32_768f32.powi(2) + 1e-10).log10()
        };
        let (mut longest, mut quiet) = (0, 0);
        for tenth in heard.chunks(rate as usize / 10) {
            quiet = if level(tenth) < -50.0 { quiet + 1 } else { 0 };
            longest = longest.max(quiet);
        }
        let last = &heard[heard.len().saturating_sub(10 * rate as usize)..];
        (Duration::from_millis(100 * longest), level(last))
    }

    /// A command as JSON in a netstring (module ctrl_tcp), and its answer.
    pub fn command(&self, command: &str, params: Option<&str>) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.control)).expect("baresip");
        let _ = stream.set_read_timeout(Some(Duration::from_secs(2)));
        let body =
            serde_json::json!({ "command": command, "params": params.unwrap_or_default(), "token": "t" }).to_string();
        write!(stream, "{}:{body},", body.len()).expect("baresip");
        let mut answer = [0; 4096];
        let mut said = String::new();
        while !said.contains("\"response\":true") {
            let Ok(length @ 1..) = stream.read(&mut answer) else {
                break;
            };
            said += &String::from_utf8_lossy(&answer[..length]);
        }
        assert!(
            said.contains("\"ok\":true"),
            "baresip, {command} {params:?} : {said}\n{}",
            tail(&self.process.log())
        );
    }
}
