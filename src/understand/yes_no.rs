//! Yes and no, as the French say them.

use super::normalise::{self, Word};

/// What a phrase says. `Weak` yes is also said before a no ("d'accord, non merci").
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    Yes,
    Weak,
    No,
    Unsure,
    /// Speaks of something else, whatever stands in it: "vous avez pas besoin de mon adresse".
    Neither,
}

/// Longer phrases are tried before the shorter ones that they contain.
const PHRASES: &[(Sign, &[&str])] = &[
    (
        Sign::Neither,
        &[
            "vous avez pas besoin",
            "vous n avez pas besoin",
            "vous avez besoin",
            "vous avez vraiment besoin",
            "vous avez toujours pas",
            "vous n avez toujours pas",
        ],
    ),
    (
        Sign::Unsure,
        &[
            "ni oui ni non",
            "oui mais non",
            "oui et non",
            "oui ou non",
            "oui enfin non",
            "non enfin si",
            "non mais oui",
            "je ne sais pas",
            "je sais pas",
            "je sais plus",
            "ca depend",
            "peut etre",
            "je vais reflechir",
            "je reflechis",
        ],
    ),
    (
        Sign::Yes,
        &[
            "si ce n est pas trop vous demander",
            "si ca ne vous derange pas",
            "si ca vous derange pas",
            "si ce n est pas trop demander",
            "ce serait gentil",
            "rien a redire",
            "ne changez rien",
            "non non c est bien ca",
            "c est tout a fait ca",
            "c est tout a fait cela",
            "c est tout a fait exact",
            "c est tout a fait juste",
            "c est tout bon",
            "tout est bon",
            "tout est juste",
            "tout est correct",
            "vous avez tout bon",
            "je ne dis pas non",
            "je dis pas non",
            "je ne suis pas contre",
            "pas de refus",
            "c est pas de refus",
            "bien sur que oui",
            "mais oui",
            "ah oui",
            "pourquoi pas",
            "pas de probleme",
            "aucun probleme",
            "pas de souci",
            "y a pas de souci",
            "sans probleme",
        ],
    ),
    (
        Sign::No,
        &[
            "bien sur que non",
            "je ne veux pas",
            "je veux pas",
            "je n en veux pas",
            "je ne prefere pas",
            "je prefere pas",
            "je ne crois pas",
            "je crois pas",
            "je ne pense pas",
            "je pense pas",
            "je ne suis pas d accord",
            "pas d accord",
            "jamais de la vie",
            "certainement pas",
            "absolument pas",
            "surtout pas",
            "vraiment pas",
            "pas vraiment",
            "pas du tout",
            "pas tout a fait",
            "pas exactement",
            "pas trop",
            "pas forcement",
            "pas specialement",
            "pas la peine",
            "pas necessaire",
            "pas besoin",
            "n ai pas besoin",
            "pas maintenant",
            "pas aujourdhui",
            "pas interesse",
            "pas interessee",
            "toujours pas",
            "plus tard",
            "ce n est pas ca",
            "c est pas ca",
            "c est pas bon",
            "ce n est pas bon",
            "c est pas exact",
            "ce n est pas exact",
            "ce n est pas correct",
            "c est pas correct",
            "c est pas moi",
            "c est faux",
            "c est inexact",
            "vous vous trompez",
            "il y a une erreur",
            "y a une erreur",
            "mal compris",
            "vous n avez pas compris",
            "il y a une faute",
            "y a une faute",
            "pas question",
            "hors de question",
            "meme pas",
            "que nenni",
            "ne me convient pas",
            "me convient pas",
            "ne me va pas",
            "me va pas",
            "pas le bon",
            "pas la bonne",
            "une autre fois",
            "c est non",
            "pas ca",
            "laissez tomber",
            "laisse tomber",
            "tant pis",
            "c est bon merci",
            "ca ira merci",
            "ca ira",
            "ca va aller",
            "ca va merci",
            "sans facon",
            "non merci",
            "merci non",
            "rien d autre",
            "plus rien",
            "c est tout",
            "ce sera tout",
            "ca sera tout",
            "ca suffit",
            "negatif",
            "jamais",
            "aucunement",
            "nullement",
            "non",
            "nan",
            "nann",
            "nope",
            "no",
        ],
    ),
    (
        Sign::Yes,
        &[
            "c est bien ca",
            "c est bien cela",
            "c est cela",
            "c est ca",
            "c est exact",
            "c est correct",
            "c est juste",
            "tout juste",
            "c est moi",
            "c est oui",
            "tout a fait",
            "bien entendu",
            "bien sur",
            "avec plaisir",
            "avec joie",
            "je veux bien",
            "j aimerais bien",
            "j aimerais",
            "je confirme",
            "ca me va",
            "ca me convient",
            "cela me convient",
            "ca marche",
            "ca roule",
            "allez y",
            "allons y",
            "vas y",
            "faites donc",
            "faites",
            "je suis d accord",
            "je crois bien",
            "je crois que oui",
            "je pense que oui",
            "je pense",
            "je crois",
            "volontiers",
            "impeccable",
            "nickel",
            "super",
            "exactement",
            "exact",
            "absolument",
            "carrement",
            "certainement",
            "evidemment",
            "effectivement",
            "naturellement",
            "assurement",
            "affirmatif",
            "correct",
            "parfaitement",
            "oui",
            "ouais",
            "ouai",
            "mouais",
            "ouaip",
            "ouep",
            "oue",
            "voui",
            "mhm",
            "yes",
            "grave",
            "yep",
            "go",
        ],
    ),
    (
        Sign::Weak,
        &[
            "d accord",
            "dac",
            "c est bon",
            "tres bien",
            "ca va",
            "parfait",
            "entendu",
            "okay",
            "ok",
            "si",
            "bien",
        ],
    ),
];
/// Words that neither say yes or no nor ask for anything.
const EMPTY: &[&str] = &[
    "ah", "oh", "eh", "ben", "bah", "bon", "euh", "heu", "hein", "alors", "donc", "merci", "madame", "monsieur",
    "bonjour", "s", "il", "vous", "te", "plait", "mais", "et", "tres", "beaucoup", "la", "ca", "c", "est", "je",
    "enfin", "que", "pour", "moi", "svp", "voila", "hum", "pas",
];

/// Yes, no, or neither. With `asked`, a question that wants a yes or no came before: then what follows the yes or no
/// is of no matter ("oui, et puis aussi …"), and a lone "voilà" or "s'il vous plaît" is a yes.
pub fn read(words: &[Word], asked: bool) -> Option<bool> {
    let folded: Vec<&str> = words.iter().map(|w| w.folded.as_str()).collect();
    if asked
        && matches!(
            folded.join(" ").as_str(),
            "voila" | "s il vous plait" | "oui s il vous plait" | "svp" | "merci oui"
        )
    {
        return Some(true);
    }
    let (mut signs, mut other, mut other_before) = (Vec::new(), 0, 0);
    let mut i = 0;
    while i < folded.len() {
        match longest(&folded[i..]) {
            Some((Sign::Neither, _)) if signs.is_empty() => return None,
            Some((Sign::Neither, length)) => {
                other += length;
                i += length;
            }
            // "Ça va prendre combien de temps": what will happen is no yes.
            Some((Sign::Weak, length)) if folded[i + length - 1] == "va" && goes_on(&folded[i + length..]) => {
                other += length;
                i += length;
            }
            // "si" asks, unless it stands alone.
            Some((Sign::Weak, 1)) if folded[i] == "si" && folded.iter().any(|&w| w != "si" && !EMPTY.contains(&w)) => {
                other += 1;
                i += 1;
            }
            Some((sign, length)) => {
                if signs.is_empty() {
                    other_before = other;
                }
                signs.push(sign);
                i += length;
            }
            None => {
                other += usize::from(!EMPTY.contains(&folded[i]));
                i += 1;
            }
        }
    }
    let (yes, weak, no) = (
        signs.contains(&Sign::Yes),
        signs.contains(&Sign::Weak),
        signs.contains(&Sign::No),
    );
    let aside = if asked { other_before > 2 } else { other > 1 };
    match () {
        // "Ah oui, j'ai le SMS, alors non merci."
        () if asked && other_before <= 2 && folded.ends_with(&["non", "merci"]) => Some(false),
        () if aside || signs.contains(&Sign::Unsure) || (yes && no) => None,
        () if no => Some(false),
        () if yes || weak => Some(true),
        () => None,
    }
}

/// "Ça va prendre", "ça va me coûter": whether a verb follows.
fn goes_on(words: &[&str]) -> bool {
    let is_infinitive = |word: &&&str| word.len() > 3 && ["er", "re", "ir"].iter().any(|end| word.ends_with(end));
    let mut verb = words
        .iter()
        .skip_while(|word| matches!(**word, "me" | "m" | "nous" | "vous" | "y"));
    verb.next().as_ref().is_some_and(is_infinitive)
}

fn longest(words: &[&str]) -> Option<(Sign, usize)> {
    let starts = |phrase: &str| {
        let parts = phrase.split(' ');
        let length = parts.clone().count();
        (words.len() >= length && parts.zip(words).all(|(a, b)| a == *b)).then_some(length)
    };
    let all = PHRASES
        .iter()
        .flat_map(|(sign, phrases)| phrases.iter().map(move |p| (*sign, *p)));
    all.filter_map(|(sign, phrase)| starts(phrase).map(|length| (sign, length)))
        .max_by_key(|(_, length)| *length)
}

/// Words that ask or may be said of anything, and that no yes or no is told by (folded).
const OF_NO_MATTER: &[&str] = &[
    "avez",
    "avoir",
    "etes",
    "cette",
    "celui",
    "celle",
    "votre",
    "notre",
    "nous",
    "vous",
    "elle",
    "elles",
    "sont",
    "deja",
    "dans",
    "avec",
    "pour",
    "plus",
    "tres",
    "bien",
    "faut",
    "peut",
    "peuvent",
    "souhaitez",
    "voulez",
    "oui",
    "non",
    "quelqu",
    "quelque",
    "chose",
    "leur",
    "tout",
    "tous",
    "toute",
    "encore",
    "aussi",
    "depuis",
    "demande",
    "cela",
    "faire",
    "fait",
    "etre",
    "sera",
    "moment",
    "actuellement",
    "dites",
    "moi",
    "besoin",
];
/// What denies the word after it, or soon after: "pas dangereux", "aucun blessé", "rien d'urgent" (folded).
const DENIES: [&str; 8] = ["pas", "aucun", "aucune", "rien", "sans", "ni", "jamais", "nullement"];
/// So many words may stand between.
const BETWEEN: usize = 2;
/// A degree is a yes: "assez", "plutôt", "un peu" (folded).
const DEGREES: [&str; 12] = [
    "assez",
    "plutot",
    "un peu",
    "tres",
    "trop",
    "enormement",
    "beaucoup",
    "c est le cas",
    "ca l est",
    "ca presse",
    "au plus vite",
    "le plus vite possible",
];
/// And so are other ways to say no, where it is asked whether something is urgent (folded).
const NO_HURRY: [&str; 6] = [
    "peut attendre",
    "pas presse",
    "rien ne presse",
    "presse pas",
    "pas le feu",
    "prenez votre temps",
];
/// What an urgent matter is asked by (folded).
const URGENT: [&str; 5] = ["urgent", "urgente", "urgence", "presse", "pressee"];

/// Yes or no to this `question`, of which `read` is what [`read`] makes of `text`: a word of the question that is said again
/// is a yes, and a no where it is denied. "Est-ce dangereux ?" – "pas vraiment dangereux".
pub fn to_question(question: &str, text: &str, read: Option<bool>) -> Option<bool> {
    // Words of one stem begin alike: "dangereux", "dangereuse".
    let alike = |a: &str, b: &str| {
        let stem = |word: &str| word.chars().take(5).collect::<String>();
        stem(a) == stem(b)
    };
    let tells = |word: &String| word.chars().count() > 3 && !OF_NO_MATTER.contains(&word.as_str());
    let asked: Vec<String> = normalise::folded_words(question).into_iter().filter(tells).collect();
    let words = normalise::folded_words(text);
    let again = |at: &usize| asked.iter().any(|word| alike(word, &words[*at]));
    let denied = |at: usize| {
        let before = &words[at.saturating_sub(BETWEEN + 1)..at];
        before.iter().any(|word| DENIES.contains(&word.as_str()))
    };
    let of_urgency = asked.iter().any(|word| URGENT.contains(&word.as_str()));
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| normalise::contains(&words, phrase));
    // "Vous n'avez pas besoin de mon adresse" tells nothing of the address.
    let folded: Vec<&str> = words.iter().map(String::as_str).collect();
    let of_us = (0..folded.len()).any(|at| matches!(longest(&folded[at..]), Some((Sign::Neither, _))));
    let said: Vec<usize> = (0..words.len()).filter(|at| !of_us && again(at)).collect();
    match said.last() {
        Some(last) if denied(*last) => Some(false),
        Some(_) => read.or(Some(true)),
        None if of_urgency && says(&NO_HURRY) => Some(false),
        None if words.len() <= 3 && read.is_none() && says(&DEGREES) => Some(!says(&["pas"])),
        None => read,
    }
}

/// [`read`] for a text.
pub fn read_text(text: &str, asked: bool) -> Option<bool> {
    read(&normalise::words(text), asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_french_say_it() {
        for yes in [
            "Oui",
            "ouais",
            "Mouais",
            "D'accord.",
            "Volontiers !",
            "Tout à fait",
            "C'est tout à fait ça",
            "C'est tout bon",
            "C'est ça",
            "Exactement",
            "ok",
            "Allez-y",
            "Je veux bien",
            "Pourquoi pas",
            "Bien sûr",
            "Avec plaisir",
            "Absolument",
            "Si",
            "Si, si.",
            "Carrément",
            "Oui oui",
            "Oui s'il vous plaît",
            "Je ne dis pas non",
            "Pas de problème",
            "Oui, c'est bien ça",
            "Ah ben oui !",
            "Ouais carrément",
            "Ça me va très bien",
            "Effectivement",
            "Oui merci",
            "C'est exact madame",
            "Mais oui bien sûr",
            "C'est bon",
            "Ça marche",
            "Euh oui, d'accord",
            "Entendu",
        ] {
            assert_eq!(read_text(yes, true), Some(true), "{yes}");
        }
        for no in [
            "Non",
            "Non merci",
            "Pas la peine",
            "Ça ira",
            "Surtout pas",
            "C'est bon merci",
            "Pas du tout",
            "Laissez tomber",
            "Nan",
            "Jamais",
            "Non, c'est tout",
            "Non merci, c'est tout.",
            "Ah oui j'ai le SMS, alors non merci",
            "Pas vraiment",
            "Ah non alors",
            "Bien sûr que non",
            "Pas d'accord",
            "Je ne veux pas",
            "D'accord, non merci",
            "Non non",
            "Ce n'est pas ça",
            "Pas aujourd'hui",
            "Absolument pas",
            "Merci, ça ira",
            "Pas tout à fait",
            "Non, ça va aller",
            "Non, vous n'avez pas besoin de ça",
            "Je n'en veux pas",
            "Rien d'autre merci",
            "Non, c'est bon",
            "Je pense pas",
            "Certainement pas !",
            "Sans façon",
        ] {
            assert_eq!(read_text(no, true), Some(false), "{no}");
        }
        for neither in [
            "Oui mais non",
            "Oui et non",
            "Je ne sais pas",
            "Peut-être",
            "Ça dépend",
            "Mon passeport est périmé",
            "",
            "Je voudrais savoir si c'est possible",
            "Mardi",
            "Si c'est possible le matin",
            "vous avez pas besoin de mon adresse",
            "Mais vous n'avez pas besoin de mon numéro ?",
            "et ça va prendre combien de temps",
            "Ça va durer longtemps ?",
            "Ça va me coûter combien ?",
        ] {
            assert_eq!(read_text(neither, true), None, "{neither}");
        }
    }

    #[test]
    fn a_word_of_the_question_is_a_yes_or_a_no() {
        for (question, said, expected) in [
            ("Est-ce urgent ?", "Urgent.", Some(true)),
            ("Est-ce urgent ?", "plutôt urgent", Some(true)),
            ("Est-ce urgent ?", "Assez.", Some(true)),
            ("Est-ce urgent ?", "Oui enfin assez urgent.", Some(true)),
            ("Est-ce urgent ?", "Ça presse.", Some(true)),
            ("Est-ce urgent ?", "Pas spécialement.", Some(false)),
            ("Est-ce urgent ?", "Ça peut attendre.", Some(false)),
            ("Est-ce urgent ?", "Rien d'urgent.", Some(false)),
            ("Est-ce urgent ?", "Non c'est pas urgent du tout.", Some(false)),
            ("Est-ce urgent ?", "Urgent ? non.", Some(false)),
            ("Est-ce urgent ?", "C'est pas pressé.", Some(false)),
            ("Est-ce dangereux ?", "Oui oui, dangereux.", Some(true)),
            ("Est-ce dangereux ?", "Pas dangereux.", Some(false)),
            ("Est-ce dangereux ?", "C'est très dangereuse comme route.", Some(true)),
            ("Est-ce dangereux ?", "Pas trop.", Some(false)),
            ("Y a-t-il des blessés ?", "Aucun blessé.", Some(false)),
            ("Y a-t-il des blessés ?", "Il y a un blessé.", Some(true)),
            ("Êtes-vous propriétaire ?", "Je suis propriétaire.", Some(true)),
            ("Avez-vous déjà un dossier ?", "Je n'ai pas de dossier.", Some(false)),
            ("Est-ce dangereux ?", "Les enfants passent par là.", None),
            ("Est-ce dangereux ?", "Ça dépend.", None),
            ("Est-ce dangereux ?", "Très loin de la gare.", None),
            ("Avez-vous déjà un dossier ?", "Vous avez dit quoi ?", None),
            ("Est-ce dangereux ?", "Oui.", Some(true)),
            (
                "Habitez-vous à cette adresse ?",
                "Vous avez pas besoin de mon adresse.",
                None,
            ),
            (
                "Habitez-vous à cette adresse ?",
                "Et ça va prendre combien de temps ?",
                None,
            ),
            ("Habitez-vous à cette adresse ?", "Ça va.", Some(true)),
        ] {
            let read = read_text(said, true);
            assert_eq!(to_question(question, said, read), expected, "{question} {said}");
        }
    }

    #[test]
    fn a_request_that_opens_with_yes_is_no_answer_unless_asked() {
        let request = "Oui bonjour, je voudrais un acte de naissance";
        assert_eq!(read_text(request, false), None);
        assert_eq!(read_text("Oui, passez-moi le service urbanisme", true), Some(true));
        assert_eq!(read_text("Non, je voulais savoir pour la cantine", true), Some(false));
        assert_eq!(read_text("S'il vous plaît", true), Some(true));
        assert_eq!(read_text("S'il vous plaît", false), None);
        assert_eq!(read_text("Non merci, c'est tout.", false), Some(false));
    }
}
