//! Conversations: questions that are answered, a transfer, a message.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use crate::common::{Allo, LATER, Process, SOON, answered, free_port, sound, write_wav};
use crate::hand_overs;
use crate::telephones::{Baresip, SIPP, python, sipp};

/// SIPp asks in a scenario with sound; its question is answered.
pub fn a_question_is_answered(allo: &Allo, scenario: &str, more: &[&str]) {
    sipp(allo, scenario, more).succeed(LATER);
    let call = allo.ended(SIPP);
    println!("          réponse en {}", answered(&call, "ordures_menageres"));
}

/// PJSIP over PCMA: the question is understood, and what comes back is our French.
pub fn pjsip_asks_and_is_answered(allo: &Allo) {
    let (spoken, recorded) = (allo.folder.join("spoken.wav"), allo.folder.join("recorded.wav"));
    write_wav(&spoken, &sound("c02.wav", 10.0, 30.0, 8_000), 8_000);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(python());
    command
        .arg(root.join("tests/peers/pjsip_call.py"))
        .arg(format!("sip:mairie@127.0.0.1:{}", allo.sip))
        .args([&spoken, &recorded])
        .arg("24");
    Process::start("PJSIP", &mut command, allo.folder.join("pjsip.log")).succeed(Duration::from_secs(50));

    let call = allo.ended("0467111111");
    assert_eq!(call["codec"], "PCMA", "{call:#?}");
    assert_eq!(call["end_reason"], "caller", "{call:#?}");
    let answer = answered(&call, "horaires");
    let heard = allo.json(&[
        "hear",
        "--json",
        "--dialplan",
        "tests/peers/plan.yaml",
        &recorded.to_string_lossy(),
    ]);
    let words = heard["text"].as_str().unwrap_or_default().to_lowercase();
    // Of the answer alone; "mairie" is in the greeting too, and is heard as "mérite" now and then.
    assert!(words.contains("ouverte"), "PJSIP a entendu « {words} »");
    println!("          PJSIP : réponse en {answer} ; entendu « {words} »");
}

/// Says a question once the greeting has been heard, and waits for its answer.
fn ask(allo: &Allo, caller: &Baresip, number: &str) {
    caller.call(allo);
    sleep(Duration::from_secs(10));
    caller.say("c24.wav");
    allo.event(number, "question", SOON, |e| {
        e["event"] == "heard" && e["topic"] == "ordures_menageres"
    });
    allo.event(number, "réponse", SOON, |e| e["event"] == "answered");
}

/// baresip over Opus.
pub fn baresip_asks_over_opus(allo: &Allo) {
    let caller = Baresip::start(allo, "opus", "0467555555", free_port(), "opus/48000/2");
    ask(allo, &caller, "0467555555");
    caller.command("hangup", None);
    let call = allo.ended("0467555555");
    assert_eq!(call["codec"], "opus", "{call:#?}");
    let answer = answered(&call, "ordures_menageres");
    println!("          baresip, Opus : réponse en {answer}");
}

/// baresip over G.722: a question, then key 0; a second baresip takes the call.
pub fn baresip_is_passed_to_a_person(allo: &Allo, agent: u16) {
    let person = Baresip::start(allo, "agent", "100", agent, "pcma");
    let caller = Baresip::start(allo, "caller", "0467222222", free_port(), "g722");
    ask(allo, &caller, "0467222222");
    caller.press('0');
    let end = allo.event("0467222222", "transfert", LATER, |e| e["event"] == "transfer_ended");
    assert_eq!(
        end["outcome"],
        "taken",
        "{}\n{}",
        caller.process.log(),
        person.process.log()
    );
    let call = allo.ended("0467222222");
    assert_eq!(call["codec"], "G722", "{call:#?}");
    assert_eq!(call["end_reason"], "transferred", "{call:#?}");
    let answer = answered(&call, "ordures_menageres");
    println!("          baresip : réponse en {answer}");
}

/// A PBX that will not hear of REFER: we ring the extension ourselves, and whoever answers has the call.
pub fn a_pbx_refuses_refer(allo: &Allo, agent: u16) {
    let number = "0467501";
    let person = Baresip::start(allo, "agent-rung", "100", agent, "pcma");
    let presses = include_str!("presses.xml").replace("{clef}", "0");
    let (before, after) = presses
        .split_once("  <recv request=\"BYE\"")
        .expect("the end of a call");
    let refuses = r#"  <recv request="REFER"/>
  <send><![CDATA[
SIP/2.0 405 Method Not Allowed
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Allow: INVITE, ACK, CANCEL, BYE, INFO
Content-Length: 0

]]></send>
"#;
    let scenario = format!("{before}{refuses}  <recv request=\"BYE\"{after}");
    let (port, to) = (free_port().to_string(), format!("127.0.0.1:{}", allo.sip));
    let caller = hand_overs::sipp(
        allo,
        "refuses",
        &scenario,
        &["-s", "mairie", "-p", &port, "-m", "1", &to],
    );
    allo.event(number, "pont", LATER, |e| e["event"] == "bridged");
    sleep(Duration::from_secs(1));
    person.command("hangup", None);
    caller.succeed(SOON);
    let call = allo.ended(number);
    assert_eq!(call["end_reason"], "transferred", "{call:#?}");
    assert_eq!(
        allo.event(number, "issue", SOON, |e| e["event"] == "transfer_ended")["outcome"],
        "taken"
    );
}

/// baresip over PCMU: key 0, but the extension is busy; a message is offered, left and kept.
pub fn baresip_leaves_a_message(allo: &Allo, agent: u16) {
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/busy.xml");
    let mut command = Command::new("sipp");
    command.current_dir(&allo.folder).arg("-sf").arg(scenario);
    command.args(["-i", "127.0.0.1", "-p", &agent.to_string(), "-m", "1", "-nostdin"]);
    let busy = Process::start("sipp (busy)", &mut command, allo.folder.join("busy.log"));
    let caller = Baresip::start(allo, "caller2", "0467333333", free_port(), "pcmu");
    caller.call(allo);
    allo.event("0467333333", "accueil", SOON, |e| e["event"] == "said");
    caller.press('0');
    let end = allo.event("0467333333", "transfert", LATER, |e| e["event"] == "transfer_ended");
    assert_eq!(end["outcome"], "busy", "{}", caller.process.log());
    let says = |what: &'static str| {
        move |e: &Value| e["event"] == "said" && e["text"].as_str().is_some_and(|text| text.contains(what))
    };
    allo.event("0467333333", "offre de message", LATER, says("laisser un message"));
    sleep(Duration::from_secs(3));
    caller.press('1');
    allo.event("0467333333", "consigne", LATER, says("bip"));
    sleep(Duration::from_secs(12));
    caller.say("c50.wav");
    sleep(Duration::from_secs(5));
    caller.press('#');
    let kept = allo.event("0467333333", "message", LATER, |e| e["event"] == "message_kept");
    assert!(kept["length_ms"].as_u64() >= Some(3_000), "{kept}");
    let messages = fs::read_dir(allo.folder.join("data/messages")).expect("messages");
    let files: Vec<PathBuf> = messages.map(|file| file.expect("file").path()).collect();
    assert_eq!(
        files
            .iter()
            .filter(|f| f.extension().is_some_and(|e| e == "wav"))
            .count(),
        1,
        "{files:?}"
    );
    let heard = allo.json(&[
        "hear",
        "--json",
        "--dialplan",
        "tests/peers/plan.yaml",
        &files[0].to_string_lossy(),
    ]);
    let words = heard["text"].as_str().unwrap_or_default().to_lowercase();
    assert!(words.contains("numéro"), "le message dit « {words} »");
    caller.command("hangup", None);
    allo.ended("0467333333");
    busy.succeed(SOON);
    println!("          message : {} ms, « {words} »", kept["length_ms"]);
}

/// baresip over PCMA: asks about a passport, takes the form, says a telephone number, and confirms what is read back.
pub fn baresip_leaves_a_request(allo: &Allo) {
    let caller = Baresip::start(allo, "request", "0467444444", free_port(), "pcma");
    let says = |what: &'static str| {
        move |e: &Value| e["event"] == "said" && e["text"].as_str().is_some_and(|text| text.contains(what))
    };
    caller.call(allo);
    sleep(Duration::from_secs(10));
    caller.say("c06.wav");
    allo.event(
        "0467444444",
        "offre de formulaire",
        LATER,
        says("une demande de rappel"),
    );
    sleep(Duration::from_secs(4));
    caller.press('1');
    allo.event("0467444444", "question", LATER, says("À quel numéro"));
    sleep(Duration::from_secs(2));
    caller.say("c50.wav");
    allo.event("0467444444", "relecture", LATER, says("06 42 18 75 91"));
    allo.event("0467444444", "confirmation", LATER, says("C'est bien cela"));
    sleep(Duration::from_secs(2));
    caller.press('1');
    let kept = allo.event("0467444444", "demande", LATER, |e| e["event"] == "request_kept");
    allo.event(
        "0467444444",
        "numéro de demande",
        LATER,
        says("Votre demande porte le numéro"),
    );
    caller.command("hangup", None);
    allo.ended("0467444444");
    let requests = allo.json(&["requests", "--json", "--reveal"]);
    let request = &requests[0];
    assert_eq!(request["answers"]["telephone"], "0642187591", "{requests:#}");
    assert_eq!(request["reference"], kept["reference"], "{requests:#}");
    assert_eq!(request["service"], "accueil", "{requests:#}");
    let masked = allo.json(&["requests", "--json"]).to_string();
    assert!(
        !masked.contains("0642187591") && !masked.contains("0467444444"),
        "{masked}"
    );
    println!("          demande {}", request["reference"]);
}

/// The same caller, later: how far has it got? Staff have said so meanwhile.
pub fn baresip_asks_about_the_request(allo: &Allo) {
    let request = allo.json(&["requests", "--json"])[0].clone();
    let reference = request["reference"].as_str().expect("a reference");
    allo.run(&["requests", "state", reference, "en-cours"]);
    let caller = Baresip::start(allo, "status", "0468444444", free_port(), "pcma");
    let says = |what: &'static str| {
        move |e: &Value| e["event"] == "said" && e["text"].as_str().is_some_and(|text| text.contains(what))
    };
    let question = allo.folder.join("question.wav");
    allo.run(&[
        "say",
        "Bonjour, où en est ma demande ?",
        "--out",
        &question.to_string_lossy(),
    ]);
    caller.call(allo);
    sleep(Duration::from_secs(10));
    caller.say(&question.to_string_lossy());
    allo.event("0468444444", "numéro demandé", LATER, says("Quel est le numéro"));
    sleep(Duration::from_secs(2));
    reference.chars().chain(['#']).for_each(|key| {
        caller.press(key);
        sleep(Duration::from_millis(300));
    });
    // It was made from another telephone.
    allo.event("0468444444", "à qui est-elle", LATER, says("Est-ce bien votre demande"));
    sleep(Duration::from_secs(4));
    caller.press('1');
    allo.event(
        "0468444444",
        "état de la demande",
        LATER,
        says("est en cours de traitement"),
    );
    caller.command("hangup", None);
    allo.ended("0468444444");
}
