//! Conversations with clerks that are recorded: two telephones that nobody here wrote, and what is on the disk of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use crate::common::{Allo, LATER, SOON, free_port, wait_for};
use crate::handover::{OF_CALLER, OF_CLERK, both_hear};
use crate::telephones::{Baresip, tenths_of};

/// A town hall that keeps what is said to its complaints desk.
pub struct Office {
    pub allo: Allo,
    desk: u16,
    plan: String,
}

impl Office {
    pub fn open(folder: &Path) -> Self {
        let desk = free_port();
        let address = format!("sip:agent@127.0.0.1:{desk}");
        let plan = include_str!("recording.yaml").replace("{réclamations}", &address);
        let file = folder.join("plan.yaml");
        fs::write(&file, plan).expect("plan.yaml");
        let plan = file.to_string_lossy().into_owned();
        let allo = Allo::serve(folder, &[("ALLO_DIALPLAN", &plan)]);
        Self { allo, desk, plan }
    }

    /// The two, from where it is recorded that they speak.
    fn recorded(&self, number: &str, codec: &str, question: Option<&str>) -> (Baresip, Baresip) {
        let clerk = Baresip::start(&self.allo, &format!("agent-{number}"), "agent", self.desk, "pcma");
        let caller = Baresip::start(&self.allo, number, number, free_port(), codec);
        caller.call(&self.allo);
        self.says(number, "est enregistrée");
        if let Some(question) = question {
            sleep(Duration::from_secs(5));
            caller.say(question);
            self.allo.event(number, "question", LATER, |e| e["event"] == "heard");
            sleep(Duration::from_secs(1));
        }
        caller.press('0');
        self.allo.event(number, "résumé", LATER, |e| e["event"] == "told_clerk");
        sleep(Duration::from_secs(3));
        clerk.press('1');
        self.recording(number, "begins");
        self.says(number, "Pour refuser, tapez neuf.");
        (caller, clerk)
    }

    /// The notice, then both tones; on the disk, the tones alone, each on its side.
    pub fn both_are_on_it(&self) {
        let number = "0467610001";
        let (caller, clerk) = self.recorded(number, "g722", Some("c24.wav"));
        both_hear(&caller, &clerk);
        // To the end of the tones.
        sleep(Duration::from_secs(2));
        clerk.command("hangup", None);
        let call = self.allo.ended(number);
        let length = self.recording(number, "ends")["length_ms"].as_i64().expect("a length");
        let (file, row) = self.file(&call);
        assert_eq!(row["service"], "reclamations");
        let kept = row["length_ms"].as_i64().expect("a length");
        assert!(kept == length && length > 3000, "{kept} ms, {length} ms dits");
        is_whole(&file, 27);
        let shown = self.allo.run(&["calls", "show", call["id"].as_str().expect("id")]);
        let shown = String::from_utf8(shown).expect("UTF-8");
        for line in [
            "la conversation est enregistrée, pour reclamations",
            "conversation enregistrée : ",
            "enregistrement de ",
            &file.file_name().expect("a name").to_string_lossy(),
        ] {
            assert!(shown.contains(line), "{line}\n{shown}");
        }
    }

    /// Who presses 9 leaves nothing, and goes on speaking.
    pub fn refused(&self) {
        let number = "0467610002";
        let (caller, clerk) = self.recorded(number, "pcmu", None);
        caller.press('9');
        self.recording(number, "refused");
        self.says(number, "L'enregistrement est arrêté et effacé.");
        sleep(Duration::from_secs(3));
        both_hear(&caller, &clerk);
        caller.command("hangup", None);
        let call = self.allo.ended(number);
        assert_eq!(call["recordings"], serde_json::json!([]));
        let id = call["id"].as_str().expect("id");
        let files = fs::read_dir(self.folder()).expect("a folder");
        let left = files.filter(|file| {
            let name = file.as_ref().expect("a file").file_name();
            name.to_string_lossy().starts_with(id)
        });
        assert_eq!(left.count(), 0);
    }

    /// Killed in the middle of it, we have it all the same.
    pub fn survives_us(self) -> Self {
        let number = "0467610003";
        let (caller, clerk) = self.recorded(number, "g722", None);
        both_hear(&caller, &clerk);
        let folder = self.allo.folder.clone();
        let id = self.allo.process.id().to_string();
        let killed = Command::new("kill").args(["-9", &id]).status();
        assert!(killed.is_ok_and(|status| status.success()));
        drop((self.allo, caller, clerk));
        let left = fs::read_dir(folder.join("data/recordings")).expect("a folder");
        let left = left.filter_map(|file| Some(file.ok()?.path()));
        let under_way: Vec<PathBuf> = left
            .filter(|path| path.extension().is_some_and(|e| e == "part"))
            .collect();
        assert_eq!(under_way.len(), 1, "{under_way:?}");
        is_whole(&under_way[0], 8);
        let allo = Allo::serve(&folder, &[("ALLO_DIALPLAN", &self.plan)]);
        let again = Self { allo, ..self };
        let call = again.allo.call_of(number).expect("the call");
        let (file, row) = again.file(&call);
        assert!(row["length_ms"].as_i64() > Some(1000), "{row}");
        // At most the last second is lost.
        is_whole(&file, 8);
        again
    }

    fn folder(&self) -> PathBuf {
        self.allo.folder.join("data/recordings")
    }

    /// The one recording of a call.
    fn file(&self, call: &Value) -> (PathBuf, Value) {
        let rows = || {
            let call = self.allo.call_of(call["caller"].as_str()?)?;
            let row = call["recordings"].as_array()?.first()?.clone();
            row["length_ms"].is_i64().then_some(row)
        };
        let row = wait_for(SOON, rows).expect("a recording");
        let file = self.folder().join(format!("{}.wav", row["id"].as_str().expect("id")));
        (file, row)
    }

    fn recording(&self, number: &str, what: &str) -> Value {
        let wanted = |e: &Value| e["event"] == "recording" && e["recording"] == what;
        self.allo.event(number, what, LATER, wanted)
    }

    fn says(&self, number: &str, what: &'static str) {
        self.allo.event(number, what, LATER, |e| {
            e["event"] == "said" && e["text"].as_str().is_some_and(|text| text.contains(what))
        });
    }
}

/// The caller's tone is on the left for so many tenths of a second, the clerk's on the right, and nothing else that is loud.
fn is_whole(file: &Path, tenths: usize) {
    let reader = hound::WavReader::open(file).expect("a wav");
    assert_eq!((reader.spec().channels, reader.spec().sample_rate), (2, 16_000));
    let samples: Vec<i16> = reader.into_samples().map_while(Result::ok).collect();
    let side = |side: usize| -> Vec<i16> { samples.iter().skip(side).step_by(2).copied().collect() };
    let loud = |sound: &[i16]| {
        let power = |part: &[i16]| part.iter().map(|s| f32::from(*s).powi(2)).sum::<f32>() / part.len() as f32;
        sound.chunks_exact(1_600).filter(|part| power(part) > 1e5).count()
    };
    for (name, sound, hz) in [("l'appelant", side(0), OF_CALLER), ("l'agent", side(1), OF_CLERK)] {
        let (heard, all) = (tenths_of(hz, &sound, 16_000), loud(&sound));
        println!("          enregistré de {name} : {heard} dixièmes de seconde, {all} en tout");
        // The ends of a tone are tenths that are no pure one.
        assert!(heard >= tenths && all <= heard + 3, "{name} : {heard} sur {all}");
    }
}
