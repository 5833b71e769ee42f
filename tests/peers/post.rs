//! The town's mail server (aiosmtpd), and the way of a request to it.

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
        let files = fs::read_dir(self.folder.join("new")).into_iter().flatten();
        files
            .filter_map(|file| fs::read_to_string(file.ok()?.path()).ok())
            .collect()
    }
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
    let mails = server.mails();
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
