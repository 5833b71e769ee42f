//! The town's mail server (aiosmtpd), and the way of a request and of a message to it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::common::{Allo, LATER, Process, free_port, wait_for};

/// A mail server that keeps what it gets in a folder.
pub struct MailServer {
    port: u16,
    folder: PathBuf,
    process: Option<Process>,
}

impl MailServer {
    /// One that is not there yet.
    pub fn down(folder: &Path) -> Self {
        Self {
            port: free_port(),
            folder: folder.join("mail"),
            process: None,
        }
    }

    /// As Allô is told of it.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    fn start(&mut self) {
        let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers/bin/python");
        let mut command = Command::new(python);
        command
            .args(["-m", "aiosmtpd", "-n", "-l", &format!("127.0.0.1:{}", self.port)])
            .args(["-c", "aiosmtpd.handlers.Mailbox"])
            .arg(&self.folder);
        self.process = Some(Process::start(
            "aiosmtpd",
            &mut command,
            self.folder.with_extension("log"),
        ));
    }

    /// What it got.
    fn mails(&self) -> Vec<String> {
        self.files().iter().map(|file| read(file)).collect()
    }

    fn files(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(self.folder.join("new")).into_iter().flatten();
        files.filter_map(|file| Some(file.ok()?.path())).collect()
    }
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_default()
}

/// The server was down when the request came in: the admin sees it, has it sent again, and it arrives once.
pub fn a_request_reaches_its_service(allo: &Allo, server: &mut MailServer) {
    let delivery = |allo: &Allo| allo.json(&["requests", "--json"])[0]["deliveries"][0].clone();
    let failed = wait_for(LATER, || Some(delivery(allo)).filter(|d| d["error"].is_string()));
    let failed = failed.expect("an attempt that failed");
    assert_eq!(
        (&failed["way"], &failed["arrived_at"]),
        (&Value::from("mail"), &Value::Null),
        "{failed:#}"
    );
    server.start();
    let request = allo.json(&["requests", "--json", "--reveal"])[0].clone();
    let reference = request["reference"].as_str().expect("a reference");
    allo.run(&["requests", "resend", reference]);
    let arrived = wait_for(LATER, || Some(delivery(allo)).filter(|d| d["arrived_at"].is_i64()));
    assert!(arrived.is_some(), "{:#}", delivery(allo));
    let mails: Vec<String> = server
        .mails()
        .into_iter()
        .filter(|mail| !mail.contains("audio/wav"))
        .collect();
    assert_eq!(mails.len(), 1, "{mails:#?}");
    for part in [
        "From: Mairie <allo@essaiville.fr>",
        "To: accueil@essaiville.fr",
        reference,
        "0642187591",
    ] {
        assert!(mails[0].contains(part), "« {part} » manque :\n{}", mails[0]);
    }
    println!("          courriel de la demande {reference}");
}

/// The message that was left is written down; its service gets the words and the sound.
pub fn a_message_reaches_its_service(allo: &Allo, server: &MailServer) {
    let message = |allo: &Allo| allo.json(&["messages", "--json", "--reveal"])[0].clone();
    let written = wait_for(LATER, || Some(message(allo)).filter(|m| m["transcript"].is_string()));
    let written = written.expect("a transcript");
    let (id, words) = (
        written["id"].as_str().expect("an id"),
        written["transcript"].as_str().expect("words"),
    );
    assert!(words.contains("numéro"), "transcrit : « {words} »");
    let hidden = allo.json(&["messages", "--json"])[0]["transcript"].clone();
    assert_eq!(hidden, "•••", "words are shown only on request");
    let arrived = |m: &Value| m["deliveries"][0]["arrived_at"].is_i64();
    // The server was down when it was left: it may have failed by now.
    if !arrived(&written) {
        allo.run(&["messages", "resend", id]);
    }
    let sent = wait_for(LATER, || Some(message(allo)).filter(arrived));
    assert!(sent.is_some(), "{:#}", message(allo));
    let mails: Vec<PathBuf> = server
        .files()
        .into_iter()
        .filter(|file| read(file).contains("audio/wav"))
        .collect();
    assert_eq!(mails.len(), 1, "{mails:?}");
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers/bin/python");
    let script = "import email, email.policy, json, sys\n\
                  mail = email.message_from_file(open(sys.argv[1]), policy=email.policy.default)\n\
                  sound = next(mail.iter_attachments()).get_content()\n\
                  print(json.dumps([mail.get_body().get_content(), sound == open(sys.argv[2], 'rb').read()]))";
    let kept = allo.folder.join(format!("data/messages/{id}.wav"));
    let read = Command::new(python)
        .args(["-c", script])
        .arg(&mails[0])
        .arg(kept)
        .output()
        .expect("runs");
    let read: Value = serde_json::from_slice(&read.stdout).expect("a mail in two parts");
    let text = read[0].as_str().expect("a text");
    assert!(text.contains(words) && text.contains("0467333333"), "{text}");
    assert_eq!(read[1], true, "the sound is the one that was kept");
    println!("          courriel du message : « {words} »");
}
