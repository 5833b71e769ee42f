//! What espeak-ng misreads in French, mended before it reads.
//!
//! It links nearly every plural to the next vowel (« les services-z-ouvrent », « neuf heures-z-et demie »), reads some
//! English words the English way and swallows syllables that the telephone needs. Found by listening to a town hall's
//! sentences through speech recognition.

/// Splits a clause where no liaison is to be heard and respells what would be misread. The parts are read one by one.
pub(super) fn readable(clause: &str) -> Vec<String> {
    let mut text = clause.to_lowercase().replace('’', "'");
    for (compound, apart) in TAKEN_APART {
        text = text.replace(compound, apart);
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut parts: Vec<String> = Vec::new();
    for (n, word) in words.iter().enumerate() {
        let read = respell(word, words.get(n + 1).copied());
        match parts.last_mut() {
            Some(part) if may_link(words[n - 1], word) => {
                part.push(' ');
                part.push_str(&read);
            }
            _ => parts.push(read),
        }
    }
    parts
}

/// Numbers that espeak-ng reads with a t that nobody says (« quatre-vingt-t-onze »), or whose vowels run into one.
const TAKEN_APART: &[(&str, &str)] = &[
    ("quatre-vingt-un", "quatre-vingt un"),
    ("quatre-vingt-onze", "quatre-vingt onze"),
];

/// Words whose final s, x or z is spoken before a vowel, in careful but not solemn speech: determiners, numbers,
/// pronouns, short adverbs, prepositions, auxiliaries, and the adjectives that stand before a noun.
#[rustfmt::skip]
const LINKING: &[&str] = &[
    "les", "des", "ces", "mes", "tes", "ses", "nos", "vos", "leurs", "aux", "quels", "quelles", "quelques", "plusieurs",
    "certains", "certaines", "différents", "différentes", "autres", "mêmes", "deux", "trois", "six", "dix", "vingts",
    "cents", "nous", "vous", "ils", "elles", "très", "plus", "moins", "dans", "chez", "sans", "sous", "dès", "suis",
    "sommes", "êtes", "avons", "avez", "petits", "petites", "grands", "grandes", "bons", "bonnes", "gros", "grosses",
    "nouveaux", "nouvelles", "anciens", "anciennes", "premiers", "premières", "derniers", "dernières", "prochains",
    "prochaines", "jeunes", "vieux",
];

/// The only ones that still link as the last part of a compound: « quatre-vingts ans », but not « rendez-vous à ».
const LINKING_IN_COMPOUNDS: &[&str] = &["deux", "trois", "six", "dix", "vingts", "cents"];

/// Before these there is no liaison.
const NEVER_LINKED: &[&str] = &["et", "ou", "où", "oui", "onze", "onzième", "huit", "huitième"];

/// Set phrases that link all the same.
const SET_PHRASES: &[(&str, &str)] = &[
    ("vingt", "et"),
    ("plus", "ou"),
    ("moins", "ou"),
    ("temps", "en"),
    ("temps", "à"),
    ("pas", "à"),
];

/// Whether `before` may be read together with `word`, so that espeak-ng may link them. It links few words in other
/// letters than s, x and z, and those well.
fn may_link(before: &str, word: &str) -> bool {
    if !starts_with_vowel(word) || SET_PHRASES.contains(&(before, word)) {
        return true;
    }
    if before == "quatre-vingt" {
        return false;
    }
    if NEVER_LINKED.contains(&word) {
        return !before.ends_with(['s', 'x', 'z', 'n', 't', 'd']);
    }
    let last = before.rsplit(['-', '\'']).next().unwrap_or(before);
    let linking = if before.contains('-') {
        LINKING_IN_COMPOUNDS
    } else {
        LINKING
    };
    !before.ends_with(['s', 'x', 'z']) || linking.contains(&last)
}

/// An h may be mute: espeak-ng knows which ones are.
fn starts_with_vowel(word: &str) -> bool {
    word.starts_with([
        'a', 'à', 'â', 'e', 'é', 'è', 'ê', 'i', 'î', 'o', 'ô', 'u', 'ù', 'û', 'y', 'œ', 'h',
    ])
}

/// Words that are misread, and how they are read.
const RESPELLED: &[(&str, &str)] = &[
    ("hall", "ol"),
    ("mail", "mèl"),
    ("mails", "mèl"),
    ("e-mail", "imèl"),
    ("e-mails", "imèl"),
    ("email", "imèl"),
    ("emails", "imèl"),
    ("parking", "parkinngue"),
    ("parkings", "parkinngue"),
    ("week-end", "ouikènd"),
    ("week-ends", "ouikènd"),
    ("lefebvre", "lefèvre"),
    ("pacs", "pacse"),
    ("avant-hier", "avantt-hier"),
];

/// Parts of words that are misread: mute vowels that are spoken when one speaks clearly.
const RESPELLED_PARTS: &[(&str, &str)] = &[
    ("enregistr", "enreugistr"),
    ("épele", "épeule"),
    ("quatre-vingt", "quatreu-vingt"),
];

/// What « cent » is linked to by a t that espeak-ng leaves out. There is none in « cent un », « cent onze ».
const COUNTED: &[&str] = &[
    "euros",
    "ans",
    "habitants",
    "élèves",
    "enfants",
    "agents",
    "heures",
    "exemplaires",
];

/// How `word` is written for espeak-ng when `next` follows.
fn respell(word: &str, next: Option<&str>) -> String {
    let (article, noun) = word.split_at(word.find('\'').map_or(0, |at| at + 1));
    if let Some((_, read)) = RESPELLED.iter().find(|(written, _)| *written == noun) {
        return format!("{article}{read}");
    }
    // « Saint-Étienne », « cent euros ».
    if let Some(name) = word.strip_prefix("saint-").filter(|name| starts_with_vowel(name)) {
        return format!("sainte-{name}");
    }
    if word.ends_with("cent") && next.is_some_and(|next| COUNTED.contains(&next)) && !word.ends_with("ccent") {
        return format!("{word}e");
    }
    RESPELLED_PARTS
        .iter()
        .fold(word.to_owned(), |word, (written, read)| word.replace(written, read))
}

#[cfg(test)]
mod tests {
    use super::super::phonemes::Phonemizer;
    use super::*;

    fn spoken(text: &str) -> String {
        let french = Phonemizer::new("fr").expect("espeak-ng's data are built with the crate");
        french
            .phonemize(text)
            .expect("ready")
            .replace(['ˈ', 'ˌ', '-', super::super::phonemes::TIE], "")
    }

    #[test]
    fn plurals_are_linked_only_where_people_link_them() {
        let cases = [
            ("les enfants", "lez ɑ̃fɑ̃"),
            ("vous êtes", "vuz ɛt"),
            ("deux heures et demie", "døz œʁ e dəmi"),
            ("neuf heures à midi", "nœv œʁ a midi"),
            ("les services ouvrent", "le sɛʁvis uvʁ"),
            ("quatre-vingts euros", "katʁøvɛ̃z øʁo"),
            ("vingt-deux ans", "vɛ̃tdøz ɑ̃"),
            ("votre rendez-vous est", "votʁ ʁɑ̃devu ɛ"),
            ("les garçons et les filles", "le ɡaʁsɔ̃ e le fij"),
            ("les onze", "le ɔ̃z"),
            ("les handicapés", "le ɑ̃dikape"),
            ("vingt et un", "vɛ̃t e œ̃"),
        ];
        for (text, phonemes) in cases {
            assert_eq!(spoken(text), phonemes, "{text}");
        }
    }

    #[test]
    fn what_is_misread_is_respelled() {
        let cases = [
            ("cent euros", "sɑ̃t øʁo"),
            ("deux cents euros", "dø sɑ̃z øʁo"),
            ("cent un", "sɑ̃ œ̃"),
            ("quatre-vingt-un", "katʁøvɛ̃ œ̃"),
            ("quatre-vingt-une", "katʁøvɛ̃ yn"),
            ("quatre-vingt-onze", "katʁøvɛ̃ ɔ̃z"),
            ("quatre-vingt-dix-sept", "katʁøvɛ̃disɛt"),
            ("un accent", "œ̃n aksɑ̃"),
            ("le PACS", "lə paks"),
            ("dans le hall", "dɑ̃ lə ɔl"),
            ("l'e-mail", "limɛl"),
            ("Saint-Étienne", "sɛ̃tetjɛn"),
            ("saint-denis", "sɛ̃dəni"),
            ("enregistrée", "ɑ̃ʁøʒistʁe"),
            ("l’épeler", "lepøle"),
        ];
        for (text, phonemes) in cases {
            assert_eq!(spoken(text), phonemes, "{text}");
        }
    }

    #[test]
    fn nothing_is_lost_or_added() {
        assert_eq!(readable("La mairie est ouverte"), ["la mairie est ouverte"]);
        assert_eq!(readable("de neuf heures à midi"), ["de neuf heures", "à midi"]);
        assert!(readable(" ").is_empty());
    }
}
