//! French text → phonemes, by espeak-ng.
//!
//! espeak-ng keeps its voice and its buffers in globals, so all access goes through one mutex. It is called clause by
//! clause, because it forgets the punctuation that the voices need for their intonation.

use std::ffi::{CStr, CString, c_char, c_void};
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use espeak_rs_sys as espeak;

use super::pronunciation::readable;

/// Joins the letters of one phoneme in espeak-ng's output, as in `t͡ʃ` (IPA tie bar).
pub const TIE: char = '\u{361}';

/// Names the folder that holds `espeak-ng-data`; the same variable as in piper-rs.
const DATA_VARIABLE: &str = "PIPER_ESPEAKNG_DATA_DIRECTORY";

/// Why a text has no phonemes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhonemeError {
    /// No folder with usable data was found.
    #[error(
        "données d'espeak-ng introuvables (cherchées dans {looked_in}) ; installez le paquet espeak-ng-data \
         ou indiquez le dossier qui contient espeak-ng-data dans {DATA_VARIABLE}"
    )]
    NoData {
        /// The folders that were tried, in order.
        looked_in: String,
    },
    /// The data lack this language.
    #[error("espeak-ng ne connaît pas la langue « {0} »")]
    NoVoice(String),
}

/// Reads text aloud into IPA in one language.
#[derive(Debug)]
pub struct Phonemizer {
    voice: CString,
}

/// Proof that espeak-ng is ready, and the voice that it last spoke with.
#[derive(Default)]
struct Engine {
    data: Option<PathBuf>,
    voice: Option<CString>,
}

static ENGINE: Mutex<Engine> = Mutex::new(Engine {
    data: None,
    voice: None,
});

impl Phonemizer {
    /// Opens espeak-ng's `voice` (`fr`, `en-us`, …).
    ///
    /// # Errors
    /// When the data or the voice are missing.
    pub fn new(voice: &str) -> Result<Self, PhonemeError> {
        let name = CString::new(voice).map_err(|_| PhonemeError::NoVoice(voice.escape_default().to_string()))?;
        engine()?.select(&name)?;
        Ok(Self { voice: name })
    }

    /// The phonemes of one clause: IPA with stress marks, `-` for a liaison, [`TIE`] inside affricates, no punctuation.
    ///
    /// # Errors
    /// When espeak-ng's data have gone since this was made.
    pub fn phonemize(&self, clause: &str) -> Result<String, PhonemeError> {
        let mut engine = engine()?;
        engine.select(&self.voice)?;
        if !self.voice.as_bytes().starts_with(b"fr") {
            return Ok(engine.phonemes(clause));
        }
        let parts = readable(clause);
        Ok(parts
            .iter()
            .map(|part| engine.phonemes(part))
            .collect::<Vec<_>>()
            .join(" "))
    }
}

/// Where espeak-ng's data were found.
///
/// # Errors
/// When there are none; the message says where they were looked for.
pub fn data_folder() -> Result<PathBuf, PhonemeError> {
    Ok(engine()?.data.clone().unwrap_or_default())
}

/// A piece of a sentence, and the mark that ended it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clause<'a> {
    /// The words, without surrounding spaces.
    pub words: &'a str,
    /// One of `, ; : . ? ! …`; a clause that nothing ends has `.`.
    pub mark: char,
}

/// Splits a sentence at its punctuation. A mark inside a word or number (`3,5`, `12:30`) is not punctuation. Quotes,
/// brackets and dashes between spaces separate clauses too, for they are heard as a short pause.
pub fn clauses(text: &str) -> Vec<Clause<'_>> {
    let mut found: Vec<Clause<'_>> = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        let Some(mark) = mark_of(c, next) else { continue };
        let words = text[start..at].trim();
        match found.last_mut() {
            // `?!`, `…»` and the like: the first mark stands, unless a stronger one follows.
            Some(last) if words.is_empty() => last.mark = stronger(last.mark, mark),
            _ if words.is_empty() => {}
            _ => found.push(Clause { words, mark }),
        }
        start = at + c.len_utf8();
    }
    let words = text[start..].trim();
    if !words.is_empty() {
        found.push(Clause { words, mark: '.' });
    } else if let Some(last) = found.last_mut().filter(|last| last.mark == ',') {
        last.mark = '.';
    }
    found
}

/// The mark that `c` stands for, when it is punctuation in front of `next`.
fn mark_of(c: char, next: Option<char>) -> Option<char> {
    let ends_word = next.is_none_or(|next| !next.is_alphanumeric());
    match c {
        '?' | '!' | '…' | ';' => Some(c),
        ',' | ':' | '.' if ends_word => Some(c),
        '\n' => Some('.'),
        '«' | '»' | '"' | '“' | '”' | '(' | ')' | '[' | ']' | '—' | '–' => Some(','),
        _ => None,
    }
}

fn stronger(a: char, b: char) -> char {
    let strength = |mark| ",;:….!?".chars().position(|m| m == mark);
    if strength(b) > strength(a) { b } else { a }
}

/// The engine, made ready at the first use. A failure is not remembered: data installed later are found.
fn engine() -> Result<MutexGuard<'static, Engine>, PhonemeError> {
    // A panic elsewhere leaves espeak-ng's own state consistent: nothing in here panics midway.
    let mut engine = ENGINE.lock().unwrap_or_else(PoisonError::into_inner);
    if engine.data.is_none() {
        engine.data = Some(initialize()?);
    }
    Ok(engine)
}

/// Tries the folders in order; `None` stands for the one that was baked in when espeak-ng was built.
fn initialize() -> Result<PathBuf, PhonemeError> {
    let named = std::env::var_os(DATA_VARIABLE).map(|folder| Path::new(&folder).join("espeak-ng-data"));
    let beside = std::env::current_exe()
        .ok()
        .and_then(|exe| Some(exe.parent()?.parent()?.join("share/allo/espeak-ng-data")));
    let system = ["/usr/lib/x86_64-linux-gnu/espeak-ng-data", "/usr/share/espeak-ng-data"];
    let candidates = named.into_iter().chain(beside).map(Some).chain([None]);
    let mut looked_in = Vec::new();
    for candidate in candidates.chain(system.map(|folder| Some(folder.into()))) {
        let plausible = candidate
            .as_ref()
            .is_none_or(|folder| folder.join("phondata").is_file());
        if plausible && let Some(found) = initialize_from(candidate.as_deref()) {
            return Ok(found);
        }
        looked_in.extend(candidate.map(|folder| folder.display().to_string()));
    }
    Err(PhonemeError::NoData {
        looked_in: looked_in.join(", "),
    })
}

fn initialize_from(folder: Option<&Path>) -> Option<PathBuf> {
    let path = folder
        .map(|folder| CString::new(folder.as_os_str().as_encoded_bytes()))
        .transpose()
        .ok()?;
    // SAFETY: called under the mutex; the path is null or NUL-terminated and outlives the call; the error context is
    // freed by espeak-ng; `espeak_Info` points at a NUL-terminated global.
    unsafe {
        espeak::espeak_ng_InitializePath(path.as_ref().map_or(ptr::null(), |path| path.as_ptr()));
        let mut context = ptr::null_mut();
        let status = espeak::espeak_ng_Initialize(&mut context);
        espeak::espeak_ng_ClearErrorContext(&mut context);
        if status != espeak::espeak_ng_STATUS_ENS_OK {
            return None;
        }
        let mut used: *const c_char = ptr::null();
        espeak::espeak_Info(&mut used);
        Some(CStr::from_ptr(used).to_string_lossy().into_owned().into())
    }
}

impl Engine {
    fn select(&mut self, voice: &CString) -> Result<(), PhonemeError> {
        if self.voice.as_ref() == Some(voice) {
            return Ok(());
        }
        // SAFETY: under the mutex, initialised, NUL-terminated.
        let status = unsafe { espeak::espeak_SetVoiceByName(voice.as_ptr()) };
        if status != espeak::espeak_ERROR_EE_OK {
            self.voice = None;
            return Err(PhonemeError::NoVoice(voice.to_string_lossy().into_owned()));
        }
        self.voice = Some(voice.clone());
        Ok(())
    }

    fn phonemes(&mut self, text: &str) -> String {
        let mode = espeak::espeakINITIALIZE_PHONEME_IPA | espeak::espeakPHONEMES_TIE | (u32::from(TIE) << 8);
        let text = CString::new(text.replace('\0', " ")).expect("the NULs were just replaced");
        let mut rest: *const c_void = text.as_ptr().cast();
        let mut out = String::new();
        while !rest.is_null() {
            // SAFETY: under the mutex, initialised, a voice is selected; `rest` walks inside `text`, then becomes null;
            // the result is null or a NUL-terminated buffer that lives until the next call.
            let piece = unsafe {
                let piece = espeak::espeak_TextToPhonemes(&mut rest, espeak::espeakCHARS_UTF8 as i32, mode as i32);
                if piece.is_null() {
                    break;
                }
                CStr::from_ptr(piece).to_string_lossy()
            };
            if !out.is_empty() && !piece.is_empty() {
                out.push(' ');
            }
            push_without_switches(&mut out, &piece);
        }
        out
    }
}

/// espeak-ng marks a word of another language as `(en)…(fr)`: the marks go, its phonemes stay.
fn push_without_switches(out: &mut String, piece: &str) {
    let mut inside = false;
    for c in piece.chars() {
        match c {
            '(' => inside = true,
            ')' => inside = false,
            _ if !inside => out.push(c),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<(&str, char)> {
        clauses(text)
            .into_iter()
            .map(|clause| (clause.words, clause.mark))
            .collect()
    }

    #[test]
    fn clauses_keep_their_marks() {
        assert_eq!(
            split("Bonjour, la mairie est fermée."),
            [("Bonjour", ','), ("la mairie est fermée", '.')]
        );
        assert_eq!(
            split("Voulez-vous un rendez-vous ?"),
            [("Voulez-vous un rendez-vous", '?')]
        );
        assert_eq!(split("Attendez… je cherche"), [("Attendez", '…'), ("je cherche", '.')]);
        assert_eq!(split("Quoi !?"), [("Quoi", '?')]);
        assert_eq!(
            split("Il dit « bonjour » à tous"),
            [("Il dit", ','), ("bonjour", ','), ("à tous", '.')]
        );
        assert_eq!(split("zéro un,"), [("zéro un", '.')]);
        assert_eq!(split("3,5 euros à 12:30"), [("3,5 euros à 12:30", '.')]);
        assert_eq!(split(" … "), []);
        assert_eq!(split(""), []);
    }

    #[test]
    fn french_has_nasal_vowels_and_liaisons() {
        let french = Phonemizer::new("fr").expect("espeak-ng's data are built with the crate");
        let phonemes = french.phonemize("les enfants").expect("ready");
        assert!(phonemes.contains("z") && phonemes.contains("ɑ\u{303}"), "{phonemes}");
        assert_eq!(french.phonemize("").expect("ready"), "");
        assert!(!french.phonemize("le week-end").expect("ready").contains('('));
    }

    #[test]
    fn voices_do_not_disturb_each_other() {
        let french = Phonemizer::new("fr").expect("data");
        let english = Phonemizer::new("en-us").expect("data");
        let before = french.phonemize("la ville").expect("ready");
        let foreign = english.phonemize("la ville").expect("ready");
        assert_eq!(french.phonemize("la ville").expect("ready"), before);
        assert_ne!(foreign, before);
    }

    #[test]
    fn an_unknown_voice_is_named() {
        let error = Phonemizer::new("xx-nulle-part").expect_err("no such language");
        assert!(error.to_string().contains("xx-nulle-part"), "{error}");
    }

    #[test]
    fn damaged_data_are_refused_and_do_no_harm() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("phondata"), "abîmé").expect("written");
        let mut engine = engine().expect("data");
        let good = engine.data.clone().expect("they were found");
        assert_eq!(initialize_from(Some(folder.path())), None);
        assert_eq!(initialize_from(Some(&good)), Some(good));
        // espeak-ng forgets the voice when it starts anew.
        engine.voice = None;
        drop(engine);
        let french = Phonemizer::new("fr").expect("data");
        assert!(french.phonemize("oui").expect("ready").ends_with('i'));
    }
}
