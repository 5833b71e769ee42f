//! A phonetic key for French: words that sound alike are written alike.
//!
//! Made for what recognition mishears on the telephone: endings that are not said, homophones, voiced and unvoiced
//! consonants on a narrow band ("PACS" → "pack", "cantine" → "contine", "décès" → "dissais"). Coarse on purpose:
//! open and closed vowels fall together, so do the nasals an/on and in/un.

use unicode_normalization::UnicodeNormalization;

/// The key of one word or of a run of words. Letters: A E I O U (ou) Y (u), 1 (in, un) 2 (an, on),
/// and B D F G J K L M N P R S T V Z.
pub fn key(text: &str) -> String {
    let letters = letters(text);
    let mut out = String::new();
    for word in letters.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()) {
        word_key(word, &mut out);
    }
    // Letters that are said once where they meet.
    let mut last = '\0';
    out.retain(|c| std::mem::replace(&mut last, c) != c);
    out
}

/// How far two keys are apart, 0 (the same) to 1: edits for each letter of the longer one, close sounds half price.
pub fn distance(a: &str, b: &str) -> f32 {
    distance_within(a, b, 1.0).unwrap_or(1.0)
}

/// The same where it is at most `reach`, which takes less time than to tell how much more it is.
pub fn distance_within(a: &str, b: &str, reach: f32) -> Option<f32> {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let longer = a.len().max(b.len());
    if longer == 0 {
        return Some(0.0);
    }
    let share = |half_edits: u16| f32::from(half_edits) / (EDIT as usize * longer) as f32;
    // So many sounds may be added or left out; what is farther from the diagonal costs more than may be spent.
    let band = (reach * longer as f32 + 1e-3) as usize;
    if a.len().abs_diff(b.len()) > band {
        return None;
    }
    let (mut short, mut long) = ([0u16; SHORT], Vec::new());
    let row = if b.len() < SHORT {
        &mut short[..=b.len()]
    } else {
        long.resize(b.len() + 1, 0);
        &mut long[..]
    };
    row.iter_mut()
        .zip((0..).step_by(EDIT.into()))
        .for_each(|(cell, cost)| *cell = cost);
    for (i, &x) in a.iter().enumerate() {
        let (first, last) = (i.saturating_sub(band), (i + 1 + band).min(b.len()));
        let mut diagonal = row[first];
        row[first] = if first == 0 { diagonal + EDIT } else { FAR };
        let mut least = row[first];
        for (j, &y) in (first..).zip(&b[first..last]) {
            let best = (diagonal + substitution(x, y))
                .min(row[j] + EDIT)
                .min(row[j + 1] + EDIT);
            diagonal = std::mem::replace(&mut row[j + 1], best);
            least = least.min(best);
        }
        // No row has less than the one before it.
        if share(least) > reach {
            return None;
        }
    }
    Some(share(row[b.len()])).filter(|distance| *distance <= reach)
}

/// Sounds of what needs no memory of its own.
const SHORT: usize = 64;
/// More than may ever be spent.
const FAR: u16 = u16::MAX / 2;

/// What it costs to add or to leave out a sound: prices are in halves of it.
const EDIT: u16 = 2;

/// What it costs to hear one sound for another.
fn substitution(a: u8, b: u8) -> u16 {
    match () {
        () if a == b => 0,
        () if NEAR[bit(a)] & 1 << bit(b) != 0 => EDIT / 2,
        () => EDIT,
    }
}

/// Which bit stands for a letter of a key; 0 for what is none.
const fn bit(letter: u8) -> usize {
    match letter {
        b'A'..=b'Z' => (letter - b'A') as usize + 1,
        b'1' => 27,
        b'2' => 28,
        _ => 0,
    }
}

/// For each letter's bit, those of the sounds that are close to it, and its own.
const NEAR: [u32; 32] = {
    let groups = ["PB", "TD", "KG", "FV", "SZ", "JZ", "SJ", "MN", "12", "EI", "UYO"];
    let mut near = [0; 32];
    let mut group = 0;
    while group < groups.len() {
        let letters = groups[group].as_bytes();
        let (mut i, mut all) = (0, 0);
        while i < letters.len() {
            all |= 1 << bit(letters[i]);
            i += 1;
        }
        i = 0;
        while i < letters.len() {
            near[bit(letters[i])] |= all;
            i += 1;
        }
        group += 1;
    }
    let mut own = 0;
    while own < near.len() {
        near[own] |= 1 << own;
        own += 1;
    }
    near
};

/// The sounds of a key without their order: what tells most keys apart at once.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sounds {
    /// How many there are.
    pub count: usize,
    /// The bits of those that are there.
    own: u32,
    /// And of those that are close to one of them.
    near: u32,
}

impl Sounds {
    /// Those of a key.
    pub fn of(key: &str) -> Self {
        let bits = key.bytes().map(bit);
        let add = |sounds: Self, bit| Self {
            count: sounds.count + 1,
            own: sounds.own | 1u32 << bit,
            near: sounds.near | NEAR[bit],
        };
        bits.fold(Self::default(), add)
    }

    /// Whether the keys may be within `reach`: a sound that is close to none of the other key costs an edit at least.
    pub fn may_be_within(self, other: Self, reach: f32) -> bool {
        let [alone, other_alone] = [self.own & !other.near, other.own & !self.near].map(u32::count_ones);
        let edits = (alone.max(other_alone) as usize).max(self.count.abs_diff(other.count));
        edits as f32 <= reach * self.count.max(other.count) as f32
    }
}

/// Small letters without accents, but é for any e with one: it tells that the e is said.
fn letters(text: &str) -> String {
    let mut letters = String::with_capacity(text.len());
    for c in text.nfd().flat_map(char::to_lowercase) {
        match c {
            '\u{300}' | '\u{301}' | '\u{302}' | '\u{308}' if letters.ends_with('e') => {
                letters.pop();
                letters.push('é');
            }
            c if unicode_normalization::char::is_combining_mark(c) => {}
            'œ' => letters.push_str("oe"),
            'æ' => letters.push('é'),
            c => letters.push(c),
        }
    }
    letters
}

fn word_key(word: &str, out: &mut String) {
    // Little words that are not said as they are written.
    match word {
        "est" | "es" | "et" | "ai" => return out.push('E'),
        "c" => return out.push('S'),
        "eu" | "u" => return out.push('Y'),
        _ => {}
    }
    let word: Vec<char> = stem_ending(word).chars().collect();
    let mut i = 0;
    while i < word.len() {
        let (sound, length) = sound(&word, i);
        out.push_str(sound);
        i += length;
    }
}

/// Takes off what is written at the end but not said: "voudrais" → "voudrai", "parlent" → "parl".
fn stem_ending(word: &str) -> &str {
    // Acronyms and loan words say their ends.
    if word.len() <= 3
        || matches!(
            word,
            "pacs" | "apa" | "rsa" | "mdph" | "ccas" | "tennis" | "cours" | "jadis" | "sud" | "ouest" | "autobus"
        )
    {
        return match word {
            "les" | "des" | "mes" | "ses" | "tes" | "ces" | "pas" | "cas" | "nos" | "vos" | "dos" | "ils" => {
                &word[..word.len() - 1]
            }
            _ => word,
        };
    }
    if word == "temps" || word == "corps" {
        return &word[..word.len() - 2];
    }
    let base = word.strip_suffix(['s', 'x', 'z']).map_or(word, |w| {
        // "ez" and "er" are said é; keep the letter that tells so.
        if word.ends_with("ez") { word } else { w }
    });
    for silent in ["aient", "ent"] {
        if let Some(stem) = base.strip_suffix(silent).filter(|s| s.len() >= 3) {
            // "parlent" but not "vraiment", "argent", "comment".
            if silent == "aient" {
                return &base[..stem.len() + 2];
            }
            if !stem.ends_with(['m', 'g', 'd', 'i', 'c']) {
                return stem;
            }
        }
    }
    let base = base.strip_suffix('e').filter(|w| w.ends_with('é')).unwrap_or(base);
    base.strip_suffix(['t', 'd', 'p'])
        .filter(|w| w.ends_with(|c: char| "aeéiounr".contains(c)))
        .unwrap_or(base)
}

/// The sound at `i`, and how many letters it takes.
fn sound(word: &[char], i: usize) -> (&'static str, usize) {
    let at = |k: usize| word.get(i + k).copied().unwrap_or('\0');
    let last = |k: usize| i + k == word.len();
    let vowel = |c: char| matches!(c, 'a' | 'e' | 'é' | 'i' | 'o' | 'u' | 'y');
    // A nasal vowel, unless the n or m belongs to the next syllable ("ami") or is doubled ("année").
    let nasal = |k: usize| matches!(at(k), 'n' | 'm') && !vowel(at(k + 1)) && !matches!(at(k + 1), 'n' | 'm' | 'h');
    match at(0) {
        'e' if at(1) == 'a' && at(2) == 'u' => ("O", 3),
        'a' if at(1) == 'u' => ("O", 2),
        'o' if at(1) == 'u' => ("U", 2),
        'o' if at(1) == 'i' && at(2) == 'n' && !vowel(at(3)) => ("U1", 3),
        'o' if matches!(at(1), 'i' | 'y') => ("UA", 2),
        'o' if at(1) == 'e' && at(2) == 'u' => ("E", 3),
        'a' | 'e' if matches!(at(1), 'i' | 'y') && nasal(2) => ("1", 3),
        'a' | 'e' if matches!(at(1), 'i' | 'y') && at(2) == 'l' && (at(3) == 'l' || last(3)) => {
            (if at(0) == 'a' { "AI" } else { "EI" }, if at(3) == 'l' { 4 } else { 3 })
        }
        'a' if matches!(at(1), 'i' | 'y') => ("E", 2),
        'e' if at(1) == 'i' => ("E", 2),
        'e' if at(1) == 'u' => ("E", 2),
        'i' if at(1) == 'e' && at(2) == 'n' && (last(3) || !vowel(at(3))) => ("I1", 3),
        'i' if at(1) == 'l' && at(2) == 'l' && vowel(at(3)) && i > 0 => ("I", 3),
        'a' | 'e' | 'o' if nasal(1) => ("2", 2),
        'i' | 'y' | 'u' if nasal(1) => ("1", 2),
        'a' => ("A", 1),
        // A final e is not said, "er" and "ez" are é.
        'e' if last(1) && i > 1 => ("", 1),
        'e' if matches!(at(1), 'r' | 'z') && last(2) && i > 1 => ("E", 2),
        // Nor is one between two consonants that can meet: "passeport", "samedi", "lampadaire".
        'e' if i > 1 && is_mute(word, i) => ("", 1),
        'e' => ("E", 1),
        'é' if nasal(1) && i > 0 && word[i - 1] == 'i' => ("1", 2),
        'é' => ("E", 1),
        'i' | 'y' => ("I", 1),
        'o' => ("O", 1),
        'u' => ("Y", 1),
        'c' if at(1) == 'h' => ("J", 2),
        's' if matches!(at(1), 'h') || (at(1) == 'c' && at(2) == 'h') => ("J", if at(1) == 'h' { 2 } else { 3 }),
        'c' if at(1) == 'c' && matches!(at(2), 'e' | 'é' | 'i') => ("KS", 2),
        'c' if at(1) == 'k' => ("K", 2),
        'c' if matches!(at(1), 'e' | 'é' | 'i' | 'y') => ("S", 1),
        'c' => ("K", 1),
        'g' if at(1) == 'n' => ("N", 2),
        'g' if at(1) == 'u' && matches!(at(2), 'e' | 'é' | 'i') => ("G", 2),
        'g' if at(1) == 'e' && matches!(at(2), 'a' | 'o') => ("J", 2),
        'g' if matches!(at(1), 'e' | 'é' | 'i' | 'y') => ("J", 1),
        'g' => ("G", 1),
        'p' if at(1) == 'h' => ("F", 2),
        'q' if at(1) == 'u' => ("K", 2),
        't' if at(1) == 'i' && at(2) == 'o' && at(3) == 'n' && i > 0 && word[i - 1] != 's' => ("SI2", 4),
        't' if at(1) == 'h' => ("T", 2),
        's' if at(1) == 'c' && matches!(at(2), 'e' | 'é' | 'i') => ("S", 2),
        's' if i > 0 && vowel(word[i - 1]) && vowel(at(1)) => ("Z", 1),
        'x' => ("KS", 1),
        'w' => ("V", 1),
        'h' => ("", 1),
        'q' | 'k' => ("K", 1),
        'j' => ("J", 1),
        'b' => ("B", 1),
        'd' => ("D", 1),
        'f' => ("F", 1),
        'l' => ("L", 1),
        'm' => ("M", 1),
        'n' => ("N", 1),
        'p' => ("P", 1),
        'r' => ("R", 1),
        's' => ("S", 1),
        't' => ("T", 1),
        'v' => ("V", 1),
        'z' => ("Z", 1),
        _ => ("", 1),
    }
}

/// Whether the e at `i` falls silent inside a word: after one sounded consonant, before a consonant and a vowel.
fn is_mute(word: &[char], i: usize) -> bool {
    let at = |k: usize| word.get(k).copied().unwrap_or('\0');
    let vowel = |k: usize| matches!(at(k), 'a' | 'e' | 'é' | 'i' | 'o' | 'u' | 'y');
    let consonant = |k: usize| at(k).is_alphabetic() && !vowel(k);
    consonant(i - 1) && (vowel(i - 2) || at(i - 2) == at(i - 1)) && consonant(i + 1) && vowel(i + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn homophones_share_their_key() {
        for (a, b) in [
            ("cantine", "contine"),
            ("cantine", "quantine"),
            ("pacs", "pax"),
            ("mairie", "mairi"),
            ("encombrants", "ancombrant"),
            ("voudrais", "voudrait"),
            ("travaux", "travau"),
            ("lampadaire", "lampadère"),
            ("poubelle", "poubel"),
            ("passeport", "passport"),
            ("déchetterie", "déchèterie"),
            ("parler", "parlez"),
            ("parlé", "parler"),
            ("salle des fêtes", "salle des faites"),
            ("horaires", "orère"),
            ("acte de décès", "acte de d'essai"),
            ("hôtel", "autel"),
            ("maternelle", "maternel"),
        ] {
            assert_eq!(key(a), key(b), "{a} / {b}");
        }
    }

    #[test]
    fn what_sounds_otherwise_has_another_key() {
        for (a, b) in [
            ("pacs", "pas"),
            ("mairie", "mari"),
            ("décès", "accès"),
            ("naissance", "nuisance"),
            ("école", "alcool"),
        ] {
            assert_ne!(key(a), key(b), "{a} / {b}");
        }
    }

    #[test]
    fn mishearings_are_near_and_others_far() {
        for (a, b) in [
            ("la mairie", "l'amérique"),
            ("PACS", "pack"),
            ("décès", "dissais"),
            ("m'inscrire", "mascrire"),
        ] {
            assert!(distance(&key(a), &key(b)) <= 0.34, "{a} {} / {b} {}", key(a), key(b));
        }
        for (a, b) in [("cantine", "piscine"), ("mariage", "ménage"), ("poubelle", "pizza")] {
            assert!(distance(&key(a), &key(b)) > 0.34, "{a} {} / {b} {}", key(a), key(b));
        }
        for (a, b, apart) in [
            ("PA", "BA", 0.25),
            ("PA", "LA", 0.5),
            ("PAK", "PA", 1.0 / 3.0),
            ("UY", "Y2", 0.75),
        ] {
            assert_eq!(distance(a, b), apart, "{a} {b}");
            assert_eq!(distance_within(a, b, apart), Some(apart), "{a} {b}");
            assert_eq!(distance_within(a, b, apart - 0.01), None, "{a} {b}");
        }
        assert_eq!(distance("", ""), 0.0);
        // Whatever the reach, it only leaves out what is farther.
        for (a, b) in [
            ("KATIN", "PISIN"),
            ("MARIAJ", "MENAJ"),
            ("ORER", "OREROR"),
            ("PUBEL", "UBELP"),
            ("AB", "ABKTRS"),
        ] {
            for reach in [0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9] {
                let within = Some(distance(a, b)).filter(|distance| *distance <= reach);
                assert_eq!(distance_within(a, b, reach), within, "{a} {b} {reach}");
                assert_eq!(distance_within(b, a, reach), within, "{b} {a} {reach}");
                let may_be = Sounds::of(a).may_be_within(Sounds::of(b), reach);
                assert!(may_be || within.is_none(), "{a} {b} {reach}");
            }
        }
        assert!(!Sounds::of("KATIN").may_be_within(Sounds::of("PISIN"), 0.3));
        assert!(Sounds::of("KATIN").may_be_within(Sounds::of("GATIN"), 0.1));
        let long = "KATIN".repeat(20);
        assert_eq!(distance_within(&long, &long, 0.1), Some(0.0));
        assert_eq!(distance("A", ""), 1.0);
    }
}
