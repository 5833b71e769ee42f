//! What somebody meets who has just installed Allô: mistakes are told at once, and stopping works at any moment.

#[allow(dead_code, reason = "shared with tests that use all of it")]
mod common;

use std::io::Write;
use std::net::{TcpListener, UdpSocket};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use common::{Process, wait_for};

/// `allo` in a folder that has nothing, not even models.
fn allo(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_allo"));
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command.env("ALLO_MODELS", folder.join("models"));
    command.env("ALLO_DATA", folder.join("data")).env_remove("RUST_LOG");
    command.env("ALLO_SIP_LISTEN", "127.0.0.1:0");
    command.env("ALLO_HTTP_LISTEN", "127.0.0.1:0");
    command
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn a_port_that_is_taken_is_named_before_anything_else_is_done() {
    let folder = tempfile::tempdir().expect("a folder");
    let udp = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let tcp = TcpListener::bind("127.0.0.1:0").expect("a port");
    let (udp, tcp) = (udp.local_addr().expect("bound"), tcp.local_addr().expect("bound"));
    for (option, address, setting) in [
        ("--sip", udp, "sip.listen"),
        ("--sip", tcp, "sip.listen"),
        ("--http", tcp, "http.listen"),
    ] {
        let output = allo(folder.path())
            .args(["serve", option, &address.to_string()])
            .output();
        let output = output.expect("allo");
        let said = text(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(&address.to_string()) && said.contains(setting), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
fn a_folder_that_cannot_be_used_is_named_once_and_seen_by_doctor() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("file");
    std::fs::write(&file, "").expect("a file");
    let said = text(
        &allo(folder.path())
            .args(["serve", "--data"])
            .arg(&file)
            .output()
            .expect("allo"),
    );
    assert!(said.contains("dossier de données inutilisable"), "{said}");
    assert_eq!(said.matches("os error").count(), 1, "{said}");
    let said = text(
        &allo(folder.path())
            .env("ALLO_DATA", &file)
            .arg("doctor")
            .output()
            .expect("allo"),
    );
    assert!(said.contains("MAUVAIS  dossier de données"), "{said}");
}

#[test]
fn verifying_says_which_models_are_missing() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = allo(folder.path()).args(["models", "verify"]).output().expect("allo");
    let said = text(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("allo models fetch whisper-base kokoro-fr encoder-usem3"),
        "{said}"
    );
}

#[test]
fn a_conversation_comes_through_a_pipe_in_any_encoding() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut chat = allo(folder.path())
        .args([
            "chat",
            "--dialplan",
            "dialplans/valbourg.yaml",
            "--at",
            "2026-11-24T10:00:00",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("allo");
    let typed = b"les horaires de la biblioth\xe8que\n/0\nnon\nau revoir\n";
    chat.stdin.take().expect("a pipe").write_all(typed).expect("a pipe");
    let output = chat.wait_with_output().expect("allo");
    let said = text(&output);
    assert!(output.status.success(), "{said}");
    for part in ["> les horaires", "> /0", "[non]", "Au revoir"] {
        assert!(said.contains(part), "« {part} » manque :\n{said}");
    }
}

/// There is no account by default, and a password comes by the terminal or a pipe, where no other user of the machine sees it.
#[test]
fn an_account_is_made_with_a_password_that_is_no_argument() {
    let folder = tempfile::tempdir().expect("a folder");
    let users = |arguments: &[&str], typed: &str| {
        let mut command = allo(folder.path());
        command.arg("users").args(arguments).stdin(Stdio::piped());
        let mut users = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("allo");
        // One that refuses at once does not read.
        let _ = users.stdin.take().expect("a pipe").write_all(typed.as_bytes());
        let output = users.wait_with_output().expect("allo");
        (output.status.success(), text(&output))
    };
    let clerk = ["add", "Claire", "--role", "clerc", "--service", "urbanisme"];
    for (arguments, typed, said) in [
        (clerk.as_slice(), "court\n", "au moins 12 caractères"),
        (&clerk[..4], "girafe verte du jeudi\n", "--service"),
        (
            &["add", "Claire", "--role", "clerc", "--service", "urbanime"],
            "",
            "vouliez-vous dire « urbanisme »",
        ),
        (&["password", "Claire"], "girafe verte du jeudi\n", "aucun compte"),
    ] {
        let (done, told) = users(arguments, typed);
        assert!(!done && told.contains(said), "{arguments:?} : {told}");
    }
    assert_eq!(users(&["list", "--json"], ""), (true, "[]\n".into()));
    assert_eq!(
        users(&clerk, "girafe verte du jeudi\n"),
        (true, "compte « Claire » créé : clerc\n".into())
    );
    let (done, told) = users(&clerk, "girafe verte du jeudi\n");
    assert!(!done && told.contains("a déjà un compte"), "{told}");
    assert!(users(&["password", "claire"], "girafe bleue du jeudi\n").0);
    assert!(users(&["list"], "").1.contains("urbanisme"));
    let mode = std::fs::metadata(folder.path().join("data"))
        .expect("a folder")
        .permissions();
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&mode) & 0o077,
        0,
        "nobody else reads it"
    );
    assert!(users(&["remove", "Claire"], "").0);
    assert_eq!(users(&["list", "--json"], "").1, "[]\n");
}

/// The voice of a new machine takes minutes to prepare; who presses Ctrl-C meanwhile is heard.
#[test]
fn stopping_works_while_the_voice_is_prepared() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = allo(folder.path());
    command.env_remove("ALLO_MODELS").args(["serve", "--demo"]);
    let mut process = Process::start("allo", &mut command, folder.path().join("log"));
    let began = wait_for(Duration::from_secs(60), || {
        process.log().contains("Démarrage").then_some(())
    });
    assert!(began.is_some(), "{}", process.log());
    // SAFETY: a signal to a child of ours, which has not been waited for.
    unsafe { libc::kill(process.id() as i32, libc::SIGTERM) };
    // It ends after the sentence that it is at.
    let ended = wait_for(Duration::from_secs(60), || (!process.is_running()).then_some(()));
    assert!(ended.is_some(), "toujours là :\n{}", process.log());
    assert!(!process.log().contains("ERROR"), "{}", process.log());
}
