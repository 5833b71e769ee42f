//! Two hundred hand-overs at a time that nobody supervises: SIPp calls, presses a key, and SIPp's clerks are busy, decline,
//! never answer, answer late, hang up, hold, pass the caller on. Each must end as it should, and leave nothing behind.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::common::{Allo, Process, free_port, wait_for};
use crate::handover::serve;

/// Calls to each kind of clerk, and how often one begins.
const EACH: usize = 20;
const EVERY: Duration = Duration::from_secs(4);
/// The last call must be over by then.
const AT_MOST: Duration = Duration::from_secs(200);

/// A kind of clerk, at the key of the menu that leads there.
struct Kind {
    key: char,
    /// What its telephone does; none: there is no telephone.
    scenario: Option<String>,
    /// How its hand-overs end, one after the other.
    outcomes: &'static [&'static str],
    /// Whether the call ends with a person.
    to_a_person: bool,
}

/// All kinds; `busy` and `free` are where callers are passed on.
fn kinds(busy: u16, free: u16) -> Vec<Kind> {
    let refuses = |code: u16, reason: &str| [receives("INVITE"), responds(code, reason, None), acknowledged()].concat();
    let decides = || [picks_up_rung("0 101"), pause(1_500), presses('1')].concat();
    let takes = || [receives("INVITE"), decides()].concat();
    let refers = |port: u16, last: &str| {
        let to = format!("Refer-To: <sip:agent@127.0.0.1:{port}>\n");
        [
            request("REFER", 3, &to, None),
            hears("202"),
            notified("100"),
            notified(last),
        ]
        .concat()
    };
    let kind = |key, scenario: String, outcomes, to_a_person| Kind {
        key,
        scenario: Some(scenario),
        outcomes,
        to_a_person,
    };
    vec![
        Kind {
            key: '0',
            scenario: None,
            outcomes: &["no_answer"],
            to_a_person: false,
        },
        kind('1', refuses(486, "Busy Here"), &["busy"], false),
        kind('2', refuses(603, "Decline"), &["declined"], false),
        kind('3', include_str!("rings.xml").into(), &["no_answer"], false),
        kind(
            '4',
            [rings(3_000), decides(), pause(3_000), hangs_up(4)].concat(),
            &["taken"],
            true,
        ),
        kind(
            '5',
            [picks_up("8 101"), pause(2_000), tells('2'), let_go()].concat(),
            &["declined"],
            false,
        ),
        kind(
            '6',
            [picks_up("8 101"), pause(1_000), hangs_up(2)].concat(),
            &["declined"],
            false,
        ),
        kind(
            '7',
            [
                takes(),
                pause(1_000),
                hold(3),
                pause(3_000),
                resume(4),
                pause(1_000),
                hangs_up(5),
            ]
            .concat(),
            &["taken"],
            true,
        ),
        kind(
            '8',
            [takes(), pause(1_000), refers(busy, "486"), pause(4_000), hangs_up(4)].concat(),
            &["taken", "busy"],
            true,
        ),
        kind(
            '9',
            [takes(), pause(1_000), refers(free, "200"), let_go()].concat(),
            &["taken", "taken"],
            true,
        ),
    ]
}

/// Every caller has a known outcome, and nothing is left.
pub fn two_hundred(folder: &Path) -> Allo {
    let (busy, free) = (free_port(), free_port());
    let kinds = kinds(busy, free);
    let ports: Vec<u16> = kinds.iter().map(|_| free_port()).collect();
    let allo = serve(folder, &plan(&kinds, &ports), &[("ALLO_CALLS_MAX", "100")]);
    let sockets = allo.udp_sockets();
    let engaged = [receives("INVITE"), responds(486, "Busy Here", None), acknowledged()].concat();
    let second = [rings(1_000), picks_up_rung("8 101"), pause(2_000), hangs_up(2)].concat();
    let mut clerks = vec![
        clerk(&allo, "engaged", busy, &engaged),
        clerk(&allo, "second", free, &second),
    ];
    for (kind, port) in kinds.iter().zip(&ports) {
        let scenario = kind.scenario.as_deref();
        clerks.extend(scenario.map(|scenario| clerk(&allo, &kind.key.to_string(), *port, scenario)));
    }
    let callers: Vec<Process> = kinds.iter().map(|kind| callers(&allo, kind.key)).collect();
    for process in callers {
        process.succeed(AT_MOST);
    }
    allo.idle();
    let calls = allo.json(&["calls", "--json", "--reveal", "--last", "300"]);
    let calls = calls.as_array().expect("calls");
    let mut lost = Vec::new();
    for kind in &kinds {
        let of: Vec<&Value> = calls.iter().filter(|call| is_of(call, kind.key)).collect();
        assert_eq!(of.len(), EACH, "touche {}", kind.key);
        for call in of {
            lost.extend(wrong(&allo, call, kind));
        }
    }
    assert!(lost.is_empty(), "{} appels :\n{}", lost.len(), lost.join("\n"));
    println!("          {} remises, chacune à l'issue attendue", calls.len());
    let left = wait_for(Duration::from_secs(40), || {
        let dialogs = allo.metric("allo_sip_dialogs");
        (allo.udp_sockets() == sockets && dialogs == 0.0).then_some(())
    });
    assert!(
        left.is_some(),
        "{} sockets pour {sockets}, {} dialogues",
        allo.udp_sockets(),
        allo.metric("allo_sip_dialogs")
    );
    assert_eq!(allo.metric("allo_bridges_active"), 0.0);
    allo
}

/// What is wrong with a call, if anything is.
fn wrong(allo: &Allo, call: &Value, kind: &Kind) -> Option<String> {
    let call = allo.json(&["calls", "show", call["id"].as_str()?, "--json", "--reveal"]);
    let events: Vec<&Value> = call["events"].as_array()?.iter().map(|event| &event[1]).collect();
    let of = |name: &str| events.iter().filter(|event| event["event"] == name).count();
    let ended = events.iter().filter(|event| event["event"] == "transfer_ended");
    let outcomes: Vec<&str> = ended.filter_map(|event| event["outcome"].as_str()).collect();
    let reason = if kind.to_a_person { "transferred" } else { "caller" };
    let right = outcomes == kind.outcomes
        && call["end_reason"] == reason
        && of("bridged") == of("bridge_ended")
        && of("failed") == 0;
    (!right).then(|| {
        format!(
            "touche {} : {outcomes:?}, fin {}, {events:#?}",
            kind.key, call["end_reason"]
        )
    })
}

fn is_of(call: &Value, key: char) -> bool {
    let caller = call["caller"].as_str().unwrap_or_default();
    caller.starts_with(&format!("04675{key}"))
}

fn plan(kinds: &[Kind], ports: &[u16]) -> String {
    let mut plan = String::from(
        "ville: Essaiville\naccueil: Bonjour, mairie d'Essaiville. L'assistant vocal vous écoute. Pour une personne, dites « un agent » ou tapez 0.\n\
         horaires:\n  mairie: 24/7\nservices:\n",
    );
    for (kind, port) in kinds.iter().zip(ports) {
        let id = if kind.key == '0' {
            "accueil".into()
        } else {
            format!("service_{}", kind.key)
        };
        let name = if kind.key == '0' {
            "l'accueil de la mairie".into()
        } else {
            format!("le service {}", kind.key)
        };
        let _ = writeln!(
            plan,
            "  {id}:\n    nom: {name}\n    poste: sip:agent@127.0.0.1:{port}\n    transfert: accompagné\n    sonne: 6\n    repli: message"
        );
    }
    plan += "menu:\n";
    for kind in kinds.iter().filter(|kind| kind.key != '0') {
        let _ = writeln!(plan, "  {0}:\n    service: service_{0}", kind.key);
    }
    plan + "sujets:\n  ordures_ménagères:\n    nom: le ramassage des ordures\n    réponse: Les ordures ménagères sont ramassées le mardi matin.\n"
}

fn clerk(allo: &Allo, name: &str, port: u16, steps: &str) -> Process {
    let port = port.to_string();
    sipp(allo, &format!("clerk-{name}"), steps, &["-p", &port])
}

/// Those who press this key, one after the other.
fn callers(allo: &Allo, key: char) -> Process {
    let scenario = include_str!("presses.xml").replace("{clef}", &key.to_string());
    let (each, every) = (EACH.to_string(), EVERY.as_millis().to_string());
    let to = format!("127.0.0.1:{}", allo.sip);
    let port = free_port().to_string();
    let arguments = [
        "-s", "mairie", "-p", &port, "-m", &each, "-r", "1", "-rp", &every, "-l", &each, &to,
    ];
    sipp(allo, &format!("callers-{key}"), &scenario, &arguments)
}

pub fn sipp(allo: &Allo, name: &str, steps: &str, arguments: &[&str]) -> Process {
    let file = allo.folder.join(format!("{name}.xml"));
    let scenario = if steps.starts_with("<?xml") {
        steps.to_owned()
    } else {
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<scenario name=\"{name}\">\n{steps}</scenario>\n")
    };
    fs::write(&file, scenario).expect("scenario");
    let mut command = Command::new("sipp");
    command.current_dir(&allo.folder).arg("-sf").arg(&file);
    let errors = allo.folder.join(format!("{name}.errors"));
    command
        .args(["-i", "127.0.0.1", "-nostdin", "-trace_err", "-error_file"])
        .arg(errors);
    command.args(arguments);
    Process::start(
        &format!("sipp ({name})"),
        &mut command,
        allo.folder.join(format!("{name}.log")),
    )
}

// What a clerk's telephone does, as steps of SIPp.

fn pause(ms: u32) -> String {
    format!("  <pause milliseconds=\"{ms}\"/>\n")
}

fn receives(request: &str) -> String {
    // Remembers both ends, for the requests that follow, and its way back, for answers that come after others.
    let remember = if request == "INVITE" {
        "<action><ereg regexp=\".*\" search_in=\"hdr\" header=\"From:\" assign_to=\"them\"/>\
         <ereg regexp=\".*\" search_in=\"hdr\" header=\"To:\" assign_to=\"us\"/>\
         <ereg regexp=\".*\" search_in=\"hdr\" header=\"Via:\" assign_to=\"way\"/>\
         <ereg regexp=\".*\" search_in=\"hdr\" header=\"CSeq:\" assign_to=\"which\"/></action>"
    } else {
        ""
    };
    format!("  <recv request=\"{request}\" timeout=\"60000\" rrs=\"true\">{remember}</recv>\n")
}

fn hears(code: &str) -> String {
    format!("  <recv response=\"100\" optional=\"true\"/>\n  <recv response=\"{code}\"/>\n")
}

/// The answer to the INVITE, which another request may have followed.
fn responds(code: u16, reason: &str, payloads: Option<&str>) -> String {
    responds_with(code, reason, "", payloads)
}

fn responds_with(code: u16, reason: &str, headers: &str, payloads: Option<&str>) -> String {
    let again = if code >= 200 { " retrans=\"500\"" } else { "" };
    send(
        again,
        &format!(
            "SIP/2.0 {code} {reason}\nVia:[$way]\nFrom:[$them]\nTo:[$us];tag=[pid]C[call_number]\n[last_Call-ID:]\nCSeq:[$which]\n\
             Contact: <sip:agent@[local_ip]:[local_port]>\n{headers}"
        ),
        payloads.map(|payloads| sdp(payloads, "sendrecv")).as_deref(),
    )
}

/// The answer to a request within the call, whose `To` has its tag.
fn agrees() -> String {
    send(
        "",
        "SIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\nContact: <sip:agent@[local_ip]:[local_port]>\n",
        None,
    )
}

fn acknowledged() -> String {
    "  <recv request=\"ACK\" timeout=\"30000\"/>\n  <Reference variables=\"us,them,way,which\"/>\n".into()
}

/// Rings, and insists on hearing that we know it (RFC 3262).
fn rings(ms: u32) -> String {
    let reliably = responds_with(180, "Ringing", "Require: 100rel\nRSeq: 1\n", None);
    let prack = "  <recv request=\"PRACK\" timeout=\"5000\"/>\n".into();
    [receives("INVITE"), reliably, prack, agrees(), pause(ms)].concat()
}

fn picks_up(payloads: &str) -> String {
    [receives("INVITE"), picks_up_rung(payloads)].concat()
}

fn picks_up_rung(payloads: &str) -> String {
    [responds(200, "OK", Some(payloads)), acknowledged()].concat()
}

fn presses(key: char) -> String {
    tells(key).replace(" optional=\"true\"", "")
}

/// Presses a key after which we may let go of it before our answer is there.
fn tells(key: char) -> String {
    let body = format!("Signal={key}\nDuration=160\n");
    let info = request("INFO", 2, "Content-Type: application/dtmf-relay\n", Some(&body));
    info + "  <recv response=\"200\" optional=\"true\"/>\n"
}

fn hold(cseq: u32) -> String {
    reinvite(cseq, "sendonly")
}

fn resume(cseq: u32) -> String {
    reinvite(cseq, "sendrecv")
}

fn reinvite(cseq: u32, direction: &str) -> String {
    let body = sdp("0 101", direction);
    let offer = request("INVITE", cseq, "Content-Type: application/sdp\n", Some(&body));
    let ack = request("ACK", cseq, "", None).replace(" retrans=\"500\"", "");
    [offer, hears("200"), ack].concat()
}

fn notified(code: &str) -> String {
    let says = format!(
        "<action><ereg regexp=\"SIP/2.0 {code}\" search_in=\"body\" check_it=\"true\" assign_to=\"news\"/></action>"
    );
    format!(
        "  <recv request=\"NOTIFY\" timeout=\"40000\">{says}</recv>\n  <Reference variables=\"news\"/>\n{}",
        agrees()
    )
}

fn hangs_up(cseq: u32) -> String {
    [request("BYE", cseq, "", None), hears("200")].concat()
}

fn let_go() -> String {
    format!("  <recv request=\"BYE\" timeout=\"40000\"/>\n{}", agrees())
}

fn request(method: &str, cseq: u32, headers: &str, body: Option<&str>) -> String {
    let head = format!(
        "{method} [next_url] SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport\n\
         From:[$us];tag=[pid]C[call_number]\nTo:[$them]\n[routes]\n[last_Call-ID:]\nCSeq: {cseq} {method}\n\
         Contact: <sip:agent@[local_ip]:[local_port]>\nMax-Forwards: 70\n{headers}"
    );
    send(" retrans=\"500\"", &head, body)
}

fn send(attributes: &str, head: &str, body: Option<&str>) -> String {
    let typed = match body {
        Some(body) if body.starts_with("v=0") && !head.contains("Content-Type") => "Content-Type: application/sdp\n",
        _ => "",
    };
    let body = body.unwrap_or_default();
    format!("  <send{attributes}><![CDATA[\n{head}{typed}Content-Length: [len]\n\n{body}\n]]></send>\n")
}

fn sdp(payloads: &str, direction: &str) -> String {
    let codec = if payloads.starts_with('0') { "0 PCMU" } else { "8 PCMA" };
    format!(
        "v=0\no=agent 1 1 IN IP4 [local_ip]\ns=-\nc=IN IP4 [media_ip]\nt=0 0\nm=audio [media_port] RTP/AVP {payloads}\n\
         a=rtpmap:{codec}/8000\na=rtpmap:101 telephone-event/8000\na=fmtp:101 0-16\na={direction}\n"
    )
}
