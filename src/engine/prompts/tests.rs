use std::collections::HashSet;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use super::Priority::{Background, Live};
use super::*;

/// Nothing takes that long unless it hangs.
const PATIENCE: Duration = Duration::from_secs(20);
/// What should not happen would happen within this.
const WHILE: Duration = Duration::from_millis(100);

/// A voice under control: it tells each text that it begins, and ends it when it is let go.
struct FakeVoice {
    begun: Sender<String>,
    go: Receiver<()>,
}

impl Synthesizer for FakeVoice {
    fn id(&self) -> &str {
        "voix d'essai"
    }

    fn synthesize(&mut self, spoken: &str, speed: f32) -> Result<Pcm<HZ>, SynthesisError> {
        let _ = self.begun.send(spoken.to_owned());
        // Once the test has dropped its end, the voice runs freely.
        let _ = self.go.recv();
        match spoken {
            "échec" => Err(SynthesisError {
                engine: "essai",
                reason: "aphone".to_owned(),
            }),
            "panique" => panic!("the voice panics, as the test asks"),
            _ => Ok(clip(spoken, speed)),
        }
    }
}

/// 10 ms for each letter.
fn clip(spoken: &str, speed: f32) -> Pcm<HZ> {
    Pcm(vec![(speed * 1000.0) as i16; 160 * spoken.chars().count()])
}

/// The test's side of a voice.
struct Control {
    begun: Receiver<String>,
    go: Sender<()>,
}

impl Control {
    fn begun(&self) -> String {
        self.begun.recv_timeout(PATIENCE).expect("the voice begins a text")
    }

    fn idle(&self) -> bool {
        matches!(self.begun.recv_timeout(WHILE), Err(RecvTimeoutError::Timeout))
    }

    fn go(&self) {
        self.go.send(()).expect("the voice waits");
    }
}

fn voice() -> (Box<dyn Synthesizer>, Control) {
    let ((tell, begun), (go, wait)) = (channel(), channel());
    (Box::new(FakeVoice { begun: tell, go: wait }), Control { begun, go })
}

fn settings(folder: &Path) -> Settings {
    Settings {
        folder: folder.join("phrases"),
        memory: 1 << 20,
        queue: 100,
    }
}

fn spoken(text: &str) -> String {
    text.trim().to_lowercase()
}

/// A library with one voice under control.
fn library(folder: &Path) -> (PromptLibrary, Control) {
    let (voice, control) = voice();
    (
        PromptLibrary::open(&settings(folder), vec![voice], spoken).expect("opens"),
        control,
    )
}

/// A library whose voice needs no letting go.
fn free_library(folder: &Path) -> PromptLibrary {
    library(folder).0
}

fn ask(library: &PromptLibrary, text: &str, priority: Priority) -> Receiver<Rendered> {
    ask_at(library, text, 1.0, priority).1
}

fn ask_at(library: &PromptLibrary, text: &str, speed: f32, priority: Priority) -> (RequestId, Receiver<Rendered>) {
    let (send, answer) = channel();
    let reply = move |rendered| {
        let _ = send.send(rendered);
    };
    (library.request(text, speed, priority, reply), answer)
}

fn answer(receiver: &Receiver<Rendered>) -> Rendered {
    receiver.recv_timeout(PATIENCE).expect("answered")
}

/// Prompts on disk, without those being written.
fn files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder.join("phrases")).expect("the library made it");
    entries
        .filter(|entry| {
            entry
                .as_ref()
                .is_ok_and(|entry| entry.path().extension() == Some("wav".as_ref()))
        })
        .count()
}

/// Waits for what a worker does after its replies.
fn soon(condition: impl Fn() -> bool) -> bool {
    (0..2000).any(|_| {
        condition() || {
            std::thread::sleep(Duration::from_millis(5));
            false
        }
    })
}

#[test]
fn the_same_text_is_rendered_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let (library, voice) = library(folder.path());
    let first = ask(&library, "Bonjour", Background);
    assert_eq!(voice.begun(), "bonjour");
    let second = ask(&library, " bonjour ", Live);
    voice.go();
    let (first, second) = (answer(&first).expect("rendered"), answer(&second).expect("rendered"));
    assert!(Arc::ptr_eq(&first, &second));
    let third = ask(&library, "BONJOUR", Live)
        .try_recv()
        .expect("answered at once")
        .expect("kept");
    assert!(Arc::ptr_eq(&first, &third) && voice.idle());
    assert_eq!(library.get("bonjour", 1.0), Some(first));
    assert_eq!(library.get("bonjour", 0.85), None, "another pace is another prompt");
    let (_, slow) = ask_at(&library, "bonjour", 0.85, Live);
    voice.begun();
    voice.go();
    assert_eq!(*answer(&slow).expect("rendered"), clip("bonjour", 0.85));
}

#[test]
fn callers_overtake_plans_and_plans_can_be_held() {
    let folder = tempfile::tempdir().expect("a folder");
    let (library, voice) = library(folder.path());
    let waiting: Vec<_> = ["a", "b", "c"].map(|text| ask(&library, text, Background)).into();
    assert_eq!(voice.begun(), "a");
    library.hold_background(true);
    let live = ask(&library, "d", Live);
    voice.go();
    assert_eq!(voice.begun(), "d");
    voice.go();
    assert!(answer(&live).is_ok() && voice.idle());
    library.hold_background(false);
    for text in ["b", "c"] {
        assert_eq!(voice.begun(), text);
        voice.go();
    }
    assert!(waiting.iter().all(|waiting| answer(waiting).is_ok()));
}

#[test]
fn what_nobody_awaits_is_not_rendered() {
    let folder = tempfile::tempdir().expect("a folder");
    let (library, voice) = library(folder.path());
    let (begun, _answer) = ask_at(&library, "commencé", 1.0, Live);
    assert_eq!(voice.begun(), "commencé");
    let (id, cancelled) = ask_at(&library, "annulé", 1.0, Live);
    let (one, _) = ask_at(&library, "partagé", 1.0, Live);
    let other = ask(&library, "partagé", Live);
    library.cancel(id);
    library.cancel(one);
    library.cancel(begun);
    assert_eq!(
        cancelled.recv_timeout(PATIENCE).err(),
        Some(RecvTimeoutError::Disconnected)
    );
    voice.go();
    assert_eq!(voice.begun(), "partagé");
    voice.go();
    assert!(answer(&other).is_ok() && voice.idle());
    assert!(
        library.get("commencé", 1.0).is_some(),
        "what had begun is kept all the same"
    );
}

#[test]
fn plans_are_kept_on_disk_and_what_callers_hear_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    {
        let library = free_library(folder.path());
        answer(&ask(&library, "la mairie est ouverte", Background)).expect("rendered");
        answer(&ask(&library, "bonjour madame durand", Live)).expect("rendered");
    }
    assert_eq!(files(folder.path()), 1);
    let (library, voice) = library(folder.path());
    assert_eq!(
        library.get("La mairie est ouverte", 1.0).as_deref(),
        Some(&clip("la mairie est ouverte", 1.0))
    );
    assert_eq!(library.get("bonjour madame durand", 1.0), None);
    assert!(answer(&ask(&library, "la mairie est ouverte", Background)).is_ok() && voice.idle());
    // A text that a caller heard first is written when a plan asks for it.
    let live = ask(&library, "au revoir", Live);
    voice.begun();
    voice.go();
    answer(&live).expect("rendered");
    assert_eq!(files(folder.path()), 1);
    assert!(answer(&ask(&library, "au revoir", Background)).is_ok());
    assert_eq!(files(folder.path()), 2);
}

#[test]
fn a_damaged_file_is_rendered_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = {
        let library = free_library(folder.path());
        answer(&ask(&library, "bonjour", Background)).expect("rendered");
        folder
            .path()
            .join("phrases")
            .join(format!("{}.wav", library.key("bonjour", 1.0)))
    };
    let whole = std::fs::read(&path).expect("written");
    std::fs::write(&path, &whole[..whole.len() / 2]).expect("cut");
    let library = free_library(folder.path());
    assert_eq!(library.get("bonjour", 1.0), None);
    assert_eq!(
        *answer(&ask(&library, "bonjour", Background)).expect("rendered"),
        clip("bonjour", 1.0)
    );
    drop(library);
    assert_eq!(std::fs::read(&path).expect("written again"), whole);
}

#[test]
fn without_a_disk_the_clip_is_still_spoken() {
    let folder = tempfile::tempdir().expect("a folder");
    let library = free_library(folder.path());
    std::fs::remove_dir(folder.path().join("phrases")).expect("empty");
    assert_eq!(
        *answer(&ask(&library, "bonjour", Background)).expect("spoken"),
        clip("bonjour", 1.0)
    );
    assert!(library.get("bonjour", 1.0).is_some(), "from memory");
    std::fs::create_dir(folder.path().join("phrases")).expect("the disk is back");
    assert!(answer(&ask(&library, "bonjour", Background)).is_ok());
    assert!(soon(|| files(folder.path()) == 1), "written now");
}

#[test]
fn a_failing_voice_fails_one_text_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let library = free_library(folder.path());
    for (text, reason) in [("échec", "aphone"), ("panique", "panique")] {
        let error = answer(&ask(&library, text, Background)).expect_err("no sound");
        assert!(error.to_string().contains(reason), "{error}");
    }
    // A reply that panics does not end the worker either.
    library.request("réponse", 1.0, Live, |_| panic!("the reply panics, as the test asks"));
    assert!(answer(&ask(&library, "bonjour", Background)).is_ok());
    let progress = library.progress();
    assert_eq!((progress.total, progress.done, progress.failed), (3, 1, 2));
    assert_eq!(progress.rendered, Duration::from_millis(140), "réponse, bonjour");
}

#[test]
fn a_full_queue_refuses_and_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let (voice, control) = voice();
    let settings = Settings {
        queue: 1,
        ..settings(folder.path())
    };
    let library = PromptLibrary::open(&settings, vec![voice], spoken).expect("opens");
    let _first = ask(&library, "a", Background);
    control.begun();
    let _second = ask(&library, "b", Background);
    let refused = ask(&library, "c", Background).try_recv().expect("answered at once");
    assert!(matches!(refused, Err(PromptError::Full)));
    assert!(
        ask(&library, "d", Live).try_recv().is_err(),
        "callers have a queue of their own"
    );
    drop(control);
}

#[test]
fn closing_answers_everybody() {
    let folder = tempfile::tempdir().expect("a folder");
    let (library, voice) = library(folder.path());
    let rendering = ask(&library, "a", Live);
    voice.begun();
    let waiting = ask(&library, "b", Background);
    drop(voice);
    drop(library);
    assert!(matches!(answer(&waiting), Err(PromptError::Closed) | Ok(_)));
    assert!(matches!(answer(&rendering), Err(PromptError::Closed) | Ok(_)));
}

#[test]
fn with_two_voices_one_is_always_free_for_callers() {
    let folder = tempfile::tempdir().expect("a folder");
    let ((first, callers), (second, plans)) = (voice(), voice());
    let library = PromptLibrary::open(&settings(folder.path()), vec![first, second], spoken).expect("opens");
    let _planned = ["a", "b"].map(|text| ask(&library, text, Background));
    assert_eq!(plans.begun(), "a");
    assert!(callers.idle());
    let live = ask(&library, "d", Live);
    assert_eq!(callers.begun(), "d");
    callers.go();
    assert!(answer(&live).is_ok());
    drop((callers, plans));
}

#[test]
fn little_memory_costs_a_read_and_pruning_keeps_what_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let (voice, control) = voice();
    drop(control);
    let settings = Settings {
        memory: 0,
        ..settings(folder.path())
    };
    let library = PromptLibrary::open(&settings, vec![voice], spoken).expect("opens");
    for text in ["un", "deux", "trois"] {
        answer(&ask(&library, text, Background)).expect("rendered");
    }
    assert!(soon(|| files(folder.path()) == 3));
    assert!(library.get("deux", 1.0).is_some(), "from disk");
    assert_eq!(
        library
            .retain(&HashSet::from([library.key("deux", 1.0)]))
            .expect("readable"),
        2
    );
    assert!(library.get("un", 1.0).is_none() && library.get("deux", 1.0).is_some());
}

#[test]
fn a_library_needs_a_voice_and_only_one() {
    struct Other;
    impl Synthesizer for Other {
        fn id(&self) -> &str {
            "autre"
        }
        fn synthesize(&mut self, _: &str, _: f32) -> Result<Pcm<HZ>, SynthesisError> {
            Ok(Pcm(Vec::new()))
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    assert!(PromptLibrary::open(&settings(folder.path()), Vec::new(), spoken).is_err());
    let (voice, _control) = voice();
    assert!(PromptLibrary::open(&settings(folder.path()), vec![voice, Box::new(Other)], spoken).is_err());
}
