//! Acronyms: those that are said as words, those that are spelled, and a rule for the others.

use super::scan::{Reading, Scan, lower, string};

/// Acronyms that are said as words, or in full, written so that espeak-ng's French says them right.
fn as_word(acronym: &str) -> Option<&'static str> {
    Some(match acronym {
        "ADEME" => "adème",
        "AGEFIPH" => "agéfif",
        "ALAE" => "alaé",
        "ANAH" => "ana",
        "BAC" => "bac",
        "BAL" => "bal",
        "CAF" => "caf",
        "CAP" => "cap",
        "CARSAT" => "carsate",
        "CEDEX" => "cédex",
        "CESU" => "césu",
        "CLAE" => "claé",
        "CNED" => "cnède",
        "CNIL" => "cnil",
        "CROUS" => "crousse",
        "DOM" => "dome",
        "DREAL" => "dréal",
        "EHPA" => "épa",
        "EHPAD" => "épade",
        "ESAT" => "ésate",
        "FAX" => "fax",
        "GEMAPI" => "gémapi",
        "GIR" => "gir",
        "HT" => "hors taxes",
        "IBAN" => "ibane",
        "INSEE" => "insé",
        "MAIF" => "maïf",
        "MAM" => "mam",
        "NOTRE" => "notre",
        "OFII" => "ofi",
        "OK" => "oké",
        "PACS" => "pax",
        "PIN" => "pine",
        "RAM" => "ram",
        "RASED" => "razède",
        "RDC" => "rez-de-chaussée",
        "RIB" => "rib",
        "SCOT" => "scaute",
        "SEPA" => "sépa",
        "SESSAD" => "sessade",
        "SIM" => "sime",
        "SIREN" => "sirène",
        "SIRET" => "sirète",
        "SIVOM" => "sivome",
        "SPANC" => "spanque",
        "SSIAD" => "siade",
        "TEOM" => "téome",
        "TOM" => "tome",
        "ULIS" => "ulisse",
        "URSSAF" => "ursaf",
        "WC" => "vé cé",
        "ZAC" => "zac",
        "ZEP" => "zep",
        _ => return None,
    })
}

/// Acronyms that look like words and are spelled all the same.
const SPELLED: [&str; 17] = [
    "ADSL", "AEEH", "AESH", "AJPA", "ANTS", "CAUE", "DEEE", "EPCI", "ICPE", "IRVE", "ISBN", "LAEP", "PLUI", "SAAD",
    "SIAO", "SAVS", "DAACT",
];

/// Short words that stay words in a text written in capitals.
const SHORT_WORDS: [&str; 55] = [
    "LE", "LA", "LES", "DE", "DU", "DES", "ET", "OU", "EN", "AU", "AUX", "UN", "UNE", "CE", "SE", "SA", "SES", "NE",
    "PAS", "ON", "NOS", "VOS", "SI", "PAR", "SUR", "EST", "QUI", "QUE", "RUE", "MAI", "JOUR", "PRÈS", "À", "OÙ", "NI",
    "PEU", "TRÈS", "TOUS", "SOUS", "VIA", "VERS", "DÈS", "FIN", "ÉTÉ", "BIS", "TER", "IL", "ELLE", "PLUS", "TRI",
    "GAZ", "BUS", "EAU", "SONT", "POUR",
];

/// Reads a word in capitals.
pub(super) fn read(start: Scan) -> Reading {
    let mut s = start;
    let mut letters = s.letters();
    match string(letters).as_str() {
        "PayFiP" => return Some(("Payfip".into(), s)),
        "SCoT" => return Some(("scaute".into(), s)),
        _ => {}
    }
    // "PLUi", and the plural of "les CNIs"
    if let [stem @ .., 's' | 'i'] = letters
        && capitals(stem)
    {
        letters = if letters.ends_with(&['i']) { letters } else { stem };
    } else if letters.len() == 1 && letters[0].is_uppercase() && s.peek() == Some('\'') {
        // "HORAIRES D'ÉTÉ"
        let mut noun = s;
        noun.skip(1);
        return capitals(noun.letters()).then(|| (lower(letters), s));
    } else if letters.len() < 2 || letters.iter().any(|c| c.is_lowercase()) {
        return None;
    }
    let letters: Vec<char> = letters.iter().flat_map(|c| c.to_uppercase()).collect();
    said(&letters, among_capitals(start, s)).map(|said| (said, s))
}

/// An acronym in capitals: as a word, spelled, or none when it is an ordinary word of a text in capitals.
pub(super) fn said(letters: &[char], among_capitals: bool) -> Option<String> {
    let written = string(letters);
    if let Some(word) = as_word(&written) {
        return Some(word.into());
    }
    let short_word = SHORT_WORDS.contains(&written.as_str());
    let always_word = matches!(
        written.as_str(),
        "OUI" | "NON" | "EAU" | "GAZ" | "BUS" | "ÉTÉ" | "SAMU" | "SMUR"
    );
    if always_word || short_word && among_capitals {
        return Some(lower(letters));
    }
    if SPELLED.contains(&written.as_str()) || !sounds_like_a_word(letters) {
        return Some(spell(letters));
    }
    Some(lower(letters))
}

/// "C N I": each letter apart, in a form that speech engines name in French.
pub(super) fn spell(letters: &[char]) -> String {
    let names: Vec<String> = letters
        .iter()
        .map(|c| if *c == 'Y' { "i grec".into() } else { c.to_string() })
        .collect();
    names.join(" ")
}

/// Whether one of the words on both sides of a hyphen is written in capitals: it is said apart.
pub(super) fn around(before: Scan, after: Scan) -> bool {
    capitals(before.letters_before()) || capitals(after.word_ahead())
}

/// Whether the word before or after is written in capitals too.
fn among_capitals(start: Scan, end: Scan) -> bool {
    let mut before = start;
    before.back_over_spaces();
    around(before, end)
}

fn capitals(word: &[char]) -> bool {
    word.len() >= 2 && word.iter().all(|c| c.is_uppercase())
}

/// Whether French could say these letters as one word. Three letters or fewer are spelled.
fn sounds_like_a_word(letters: &[char]) -> bool {
    const STARTS: [&str; 33] = [
        "bl", "br", "ch", "cl", "cr", "dr", "fl", "fr", "gl", "gn", "gr", "ph", "pl", "pr", "ps", "qu", "rh", "sc",
        "sk", "sl", "sm", "sn", "sp", "st", "th", "tr", "vr", "wh", "chr", "scr", "str", "spl", "spr",
    ];
    const ENDS: [&str; 44] = [
        "bs", "cs", "ct", "ds", "ff", "fs", "gs", "gt", "ch", "ck", "lc", "ld", "lf", "ll", "lm", "lp", "ls", "lt",
        "mm", "mp", "ms", "nc", "nd", "ng", "nn", "ns", "nt", "ph", "ps", "rc", "rd", "rf", "rg", "rm", "rn", "rs",
        "rt", "sc", "sk", "ss", "st", "th", "ts", "tt",
    ];
    let plain: Vec<char> = lower(letters).chars().collect();
    let vowel = |c: &char| "aeiouyàâäéèêëîïôöùûüœæ".contains(*c);
    if plain.len() < 4 || !plain.iter().any(vowel) {
        return false;
    }
    if plain.len() > 6 {
        return true;
    }
    let start: String = plain.iter().take_while(|c| !vowel(c)).collect();
    let end: Vec<char> = plain.iter().rev().take_while(|c| !vowel(c)).copied().collect();
    let end: String = end.into_iter().rev().collect();
    let longest = plain.split(vowel).map(<[char]>::len).max().unwrap_or(0);
    let cluster = |part: &str, known: &[&str]| part.chars().count() <= 1 || known.contains(&part);
    longest <= 3 && cluster(&start, &STARTS) && (cluster(&end, &ENDS) || end == "mps")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acronym(written: &str) -> String {
        said(&written.chars().collect::<Vec<_>>(), false).unwrap_or_default()
    }

    #[test]
    fn unknown_acronyms_follow_the_rule() {
        for spelled in [
            "MDPH", "CCAS", "ASSR", "SNCF", "RATP", "DGFIP", "CPAM", "ENT", "PLU", "URL", "ANCV", "GRDF",
        ] {
            let letters: Vec<String> = spelled.chars().map(|c| c.to_string()).collect();
            assert_eq!(acronym(spelled), letters.join(" "));
        }
        for word in [
            "ATTENTION",
            "FERMÉ",
            "MAIRIE",
            "UNICEF",
            "SMICTOM",
            "DICRIM",
            "ADIL",
            "ATSEM",
            "TEMPS",
            "SMIC",
        ] {
            assert_eq!(acronym(word), word.to_lowercase());
        }
    }
}
