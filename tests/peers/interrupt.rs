//! A caller speaks over the greeting: how long until the machine is silent, as a telephone at the other end hears it.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use allo::app::softphone::{self, Script};
use allo::audio::{Codec, wav};
use allo::wire::sdes::Encryption;

use crate::common::Allo;

/// What the issue asks.
const PROMISE: Duration = Duration::from_millis(250);
/// What the scheduling of a busy machine with two cores may add, on both sides.
const SLACK: Duration = Duration::from_millis(150);

/// Three callers interrupt the greeting, each at another moment, and are answered all the same.
pub fn the_greeting_stops_for_a_caller(allo: &Allo) {
    let interruptions = allo.metric("allo_interruptions_total");
    let runtime = tokio::runtime::Runtime::new().expect("tokio");
    for (after, fixture, topic) in [
        (900, "c24.wav", "ordures_menageres"),
        (2_300, "c02.wav", "horaires"),
        (3_700, "c24.wav", "ordures_menageres"),
    ] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("audio-fixtures")
            .join(fixture);
        let clip = wav::read(fixture, File::open(file).expect("fixture")).expect("fixture");
        let report = runtime.block_on(softphone::call(Script {
            uri: format!("sip:mairie@127.0.0.1:{}", allo.sip),
            play: vec![clip],
            interrupt: Some(Duration::from_millis(after)),
            keys: String::new(),
            codecs: vec![Codec::Pcma],
            local: None,
            encryption: Encryption::Never,
            ca: None,
        }));
        let report = report.expect("a call");
        let silenced = report.silenced.expect("we spoke over the greeting");
        println!(
            "          interrompu à {after} ms : silence en {} ms",
            silenced.as_millis()
        );
        assert!(silenced > Duration::ZERO, "rien à interrompre");
        assert!(silenced <= PROMISE + SLACK, "{silenced:?}");
        assert!(report.responses[0].is_some(), "aucune réponse");
        let call = allo.json(&["calls", "--json", "--last", "1"]);
        assert_eq!(call[0]["topics"][0], topic, "{call:#?}");
    }
    assert_eq!(allo.metric("allo_interruptions_total") - interruptions, 3.0);
}
