//! What leans on what was said before ("et le samedi ?", "c'est payant ?"), and sentences that hold two requests.

use std::collections::HashSet;

use super::date::WEEKDAYS;
use super::fact::Fact;
use super::normalise::{self, Word};
use super::{aside, opening};

/// Longer ones stand alone, in words.
pub const LONGEST: usize = 8;
/// Fewer words are no request of their own.
const SHORTEST: usize = 2;
/// Beginnings of what leans on something (folded).
const LEANING: [&str; 26] = [
    "et",
    "et si",
    "mais",
    "ca coute",
    "ca prend",
    "ca dure",
    "c est payant",
    "c est gratuit",
    "c est combien",
    "c est ou",
    "c est quand",
    "c est cher",
    "c est a quelle heure",
    "c est pour quand",
    "combien ca coute",
    "combien c est",
    "combien de temps",
    "a quelle heure",
    "quel jour",
    "il faut quoi",
    "il faut prendre rendez vous",
    "il faut un rendez vous",
    "quels papiers",
    "quels documents",
    "et puis",
    "pour ma",
];

/// Whether it makes sense only after something else. What opens it (politeness) counts for nothing.
pub fn leans(text: &str) -> bool {
    let words: Vec<String> = normalise::folded_words(text);
    let begun = words.iter().position(|word| {
        !matches!(
            word.as_str(),
            "ah" | "oh" | "euh" | "bon" | "ok" | "oui" | "d" | "accord" | "alors"
        )
    });
    let words = &words[begun.unwrap_or(words.len())..];
    let begins = words.len() > 1 && LEANING.iter().any(|phrase| normalise::begins(words, phrase));
    // "Il passe quand ?", "jusqu'à quand ?": of what?
    let asks_alone = || !Fact::asked(text).is_empty() && !words.iter().any(|word| is_name(word));
    !words.is_empty() && words.len() <= LONGEST && (begins || asks_alone())
}

/// Of the sentences of an answer `about` something, those that tell what is asked after it: the facts that are asked for, of
/// what is named. None where it has nothing of that, or neither is. "Et le columbarium ?", "c'est jusqu'à quand ?", "et le
/// samedi ?".
pub fn telling<'t>(question: &str, about: &str, sentences: &'t [impl AsRef<str>]) -> Vec<&'t str> {
    let sentences: Vec<&str> = sentences.iter().map(AsRef::as_ref).collect();
    let mut facts = Fact::asked(question);
    facts.extend(opening::asks(question).then_some(Fact::Moment));
    let words = normalise::folded_words(question);
    let days: Vec<&String> = words.iter().filter(|word| WEEKDAYS.contains(&word.as_str())).collect();
    let named: Vec<String> = names(question).collect();
    let count = |sentence: &str| {
        let words = normalise::folded_words(sentence);
        let stems: Vec<&str> = words.iter().map(|word| stem(word)).collect();
        let has_day = |day: &&&String| words.iter().any(|word| word.trim_end_matches('s') == day.as_str());
        named.iter().filter(|name| stems.contains(&stem(name))).count() + days.iter().filter(has_day).count()
    };
    let counts: Vec<usize> = sentences.iter().map(|sentence| count(sentence)).collect();
    let most = counts.iter().copied().max().unwrap_or(0);
    // "Et la sono, c'est combien ?" after the price of the room, which says nothing of that.
    if most == 0 && names_another(question, about) {
        return Vec::new();
    }
    let of_it = |at: &usize| most > 0 && counts[*at] == most;
    let states = |at: &usize| facts.iter().any(|fact| fact.is_stated(sentences[*at]));
    let all = 0..sentences.len();
    let kept: Vec<usize> = match (most, facts.is_empty()) {
        (_, true) => all.filter(of_it).collect(),
        (0, false) => all.filter(states).collect(),
        (_, false) => match all.clone().filter(|at| of_it(at) && states(at)).collect::<Vec<_>>() {
            // The fact stands in another sentence than what is named: both are told.
            none if none.is_empty() && all.clone().any(|at| states(&at)) => {
                all.filter(|at| of_it(at) || states(at)).collect()
            }
            both => both,
        },
    };
    kept.into_iter().map(|at| sentences[at]).collect()
}

/// How much of what a question names, of which there is something, stands in these sentences, 0–1; none where it names
/// nothing.
pub fn share_named(question: &str, sentences: &[&str]) -> Option<f32> {
    let said = normalise::folded_words(&sentences.join(" "));
    let stems: HashSet<&str> = said.iter().map(|word| stem(word)).collect();
    let named: Vec<String> = names(question).collect();
    let known = named.iter().filter(|name| stems.contains(stem(name))).count();
    (!named.is_empty()).then(|| known as f32 / named.len() as f32)
}

/// Whether no more is asked than for whom: "et pour quelqu'un de l'extérieur ?".
pub fn is_for_whom(text: &str) -> bool {
    let words = normalise::folded_words(text);
    words.len() <= LONGEST
        && ["et pour", "pour"]
            .iter()
            .any(|phrase| normalise::begins(&words, phrase))
}

/// What is said after "non", where it is more than that: "non, c'est pas ça, c'est pour déclarer une naissance".
pub fn after_no(text: &str) -> Option<Vec<Word>> {
    const OPENING: [&str; 8] = ["ah", "oh", "euh", "ben", "bah", "mais", "eh", "bon"];
    const NO: [&str; 21] = [
        "non",
        "nan",
        "pas",
        "ca",
        "cela",
        "c",
        "est",
        "ce",
        "n",
        "du",
        "tout",
        "enfin",
        "que",
        "je",
        "demande",
        "veux",
        "voulais",
        "cherche",
        "vous",
        "comprenez",
        "rien",
    ];
    // Fewer letters tell nothing.
    const TELLING: usize = 4;
    let words = normalise::telling_words(text);
    let first = words.iter().find(|word| !OPENING.contains(&word.folded.as_str()))?;
    if !matches!(first.folded.as_str(), "non" | "nan") {
        return None;
    }
    let rest = words.iter().skip_while(|word| {
        let word = word.folded.as_str();
        OPENING.contains(&word) || NO.contains(&word)
    });
    let rest: Vec<Word> = rest.cloned().collect();
    let tells = rest.len() > 1 && rest.iter().any(|word| word.folded.len() >= TELLING);
    tells.then_some(rest)
}

/// Whether something is asked for, so that it answers no question of ours.
pub fn asks(text: &str) -> bool {
    const WANTS: [&str; 5] = ["je voudrais", "je veux", "je cherche", "j aimerais", "il me faut"];
    // Fewer words may be "quoi ?", "comment ?": what we said was not heard.
    const ENOUGH: usize = 4;
    let words = normalise::folded_words(text);
    words.len() >= ENOUGH && (aside::asks(text) || WANTS.iter().any(|wants| normalise::contains(&words, wants)))
}

/// What may be said of anything, and names nothing new: questions, quantities, people, and small words (folded).
const OF_ANYTHING: &str = "
    ah oh bah ben eh ok accord a ai alors an ans apres as au aussi autre autres aux avant avec avez avoir bien bon c
    ca ce cela celui ceux cher chez combien comment coute coutent d dans de demande des dit doit donc du duree dure
    elle elles en encore est et etre eu faire fait faut font gratuit gratuite heure heures horaire horaires il ils j
    je jour jours jusqu jusque l la le les leur libre lieu long longtemps lui m ma maintenant mais me mes moins mon n
    ne non nos notre nous on ont ou oui ouvert ouverte ouvre par pas payant payante payer pendant peut peux place plus
    point pour pourquoi pouvez prend prendre prix puis qu quand quel quelle quelles quels qui quoi rendez s sa sans se
    ses si son sont soir sur t tarif tarifs te tes ton tous tout toute toutes un une va vaut venir veut vos votre vous
    vrai y merci s il plait euh hein bonjour madame monsieur papier papiers document documents dossier piece pieces
    apporter fournir carte rdv inscription inscrire delai temps adresse numero telephone internet ligne fille filles
    fils mari femme mere pere maman papa enfant enfants bebe frere soeur grands parents ami amie amis voisin veux veut
    voudrais voudrait voulais aimerais aimerait cherche besoin savoir passe passent lieu commence finit termine couple
    famille mineur mineure majeur adulte adultes petit petits petite petites jeunes jeune ado ados retraite retraites
    personne personnes senior seniors vieux etranger etrangers habitant habitants handicape gens lundi mardi mercredi
    jeudi vendredi samedi dimanche week end weekend semaine mois annee demain aujourdhui hier matin midi apres-midi
    nuit janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre ferie feries ete hiver
    noel ouverts ouvertes ouvrent ferme ferment fermee fermees fermes fermeture ouverture paques vacances prochain
    prochaine suivant suivante deux trois quatre cinq six sept huit neuf dix
";

/// Whether it names something of which `known` says nothing: then it does not lean on that, however it begins. "Et les
/// chats perdus ?" after an answer on dogs is another question.
pub fn names_another(text: &str, known: &str) -> bool {
    let known = normalise::folded_words(known);
    let known: HashSet<&str> = known.iter().map(|word| stem(word)).collect();
    names(text).any(|name| !known.contains(stem(&name)))
}

/// What is named in so many words, beside what may be said of anything.
fn names(text: &str) -> impl Iterator<Item = String> {
    normalise::folded_words(text).into_iter().filter(|word| is_name(word))
}

fn is_name(word: &str) -> bool {
    let is_number = word.bytes().all(|b| b.is_ascii_digit());
    word.len() > 1 && !is_number && !normalise::is_listed(word, OF_ANYTHING)
}

/// Words of one stem begin alike. They are folded: a byte is a letter.
fn stem(word: &str) -> &str {
    const ALIKE: usize = 5;
    word.get(..ALIKE).unwrap_or(word)
}

/// Words after which "et" begins another request (folded).
const ANOTHER: [&str; 25] = [
    "aussi",
    "puis",
    "pour",
    "savoir",
    "egalement",
    "ensuite",
    "apres",
    "j aimerais",
    "je voudrais",
    "dites moi",
    "est ce que",
    "comment",
    "combien",
    "quand",
    "connaitre",
    "signaler",
    "autre chose",
    "faire",
    "refaire",
    "demander",
    "prendre",
    "declarer",
    "inscrire",
    "m inscrire",
    "renouveler",
];
/// Words that announce two of them.
const TWO: [&str; 4] = ["deux choses", "deux questions", "deux demandes", "double question"];

/// With these, "et" may begin another thing that is asked for (folded), which is named in so many words at least.
const THINGS: [&str; 12] = [
    "le", "la", "les", "l", "un", "une", "mon", "ma", "mes", "quel", "quelle", "quels",
];
const NAMED: usize = 3;
/// With these goes on what is asked for (folded): "le prix de la cantine et de la garderie", "l'inscrire à l'école et à la
/// cantine".
const OF: [&str; 4] = ["de", "du", "des", "d"];
const TO: [&str; 3] = ["a", "au", "aux"];
/// So many ways are tried: who tells a long story has one request.
const MOST_CUTS: usize = 4;

/// The ways in which a sentence may be cut in two requests.
pub fn cuts(text: &str) -> Vec<[String; 2]> {
    let announced = {
        let words = normalise::folded_words(text);
        TWO.iter().any(|two| normalise::contains(&words, two))
    };
    let mut cuts = Vec::new();
    for joint in ["? ", ". ", " et ", " ainsi que "] {
        for (at, _) in text.match_indices(joint) {
            let (left, right) = (&text[..at + 1], &text[at + joint.len()..]);
            let [before, after] = [left, right].map(normalise::folded_words);
            let begins = |words: &[&str]| words.iter().any(|word| normalise::begins(&after, word));
            let joins = joint.starts_with(' ');
            let of = [&OF[..], &TO[..]].into_iter().find(|of| joins && begins(of));
            let goes_on = of.and_then(|of| shared(left, of));
            let another = joint != " et "
                || announced
                || begins(&ANOTHER)
                || goes_on.is_some()
                || (begins(&THINGS) && after.len() >= NAMED);
            if another && before.len() >= SHORTEST && after.len() >= SHORTEST {
                let right = format!("{}{right}", goes_on.unwrap_or_default());
                cuts.push([left.to_owned(), right]);
            }
        }
    }
    cuts.truncate(MOST_CUTS);
    cuts
}

/// "Oui, et je voudrais aussi un acte": whether something else is asked for after the yes.
pub fn asks_for_another(text: &str) -> bool {
    const YES: [&str; 20] = [
        "oui",
        "ouais",
        "si",
        "c",
        "est",
        "ca",
        "bon",
        "bien",
        "parfait",
        "exact",
        "exactement",
        "tout",
        "fait",
        "a",
        "merci",
        "d",
        "accord",
        "voila",
        "ok",
        "et",
    ];
    const ELSE: [&str; 12] = [
        "aussi",
        "puis",
        "sinon",
        "egalement",
        "ensuite",
        "apres",
        "autre chose",
        "par ailleurs",
        "pour",
        "maintenant",
        "au fait",
        "propos",
    ];
    let words = normalise::folded_words(text);
    let rest = words.iter().skip_while(|word| YES.contains(&word.as_str()));
    let rest: Vec<String> = rest.cloned().collect();
    rest.len() < words.len() && (asks(text) || ELSE.iter().any(|word| normalise::begins(&rest, word)))
}

/// Whether it is told in so many words that it is another request: "puis …", "et aussi …", "je voudrais aussi …".
pub fn announces_another(text: &str) -> bool {
    let words = normalise::folded_words(text);
    ["puis", "aussi", "egalement", "ensuite", "autre chose"]
        .iter()
        .any(|word| normalise::begins(&words, word))
        || wants_also(text)
}

/// Whether something is wanted beside what is being dealt with: "je voudrais aussi un acte", "il me faut un passeport aussi".
pub fn wants_also(text: &str) -> bool {
    const WANTS: [&str; 9] = [
        "je voudrais",
        "je veux",
        "je peux",
        "j aimerais",
        "j ai besoin",
        "il me faut",
        "il me faudrait",
        "il faudrait",
        "on voudrait",
    ];
    const ALSO: [&str; 4] = ["aussi", "egalement", "en plus", "par ailleurs"];
    let words = normalise::folded_words(text);
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| normalise::contains(&words, phrase));
    has(&WANTS) && has(&ALSO)
}

/// What is asked of several things, before the first of them: "les horaires " of "les horaires de la mairie".
fn shared<'t>(left: &'t str, links: &[&str]) -> Option<&'t str> {
    let words = left.match_indices([' ', '\'', '’']);
    let ends = words.map(|(at, _)| at);
    let begins = std::iter::once(0).chain(left.match_indices(' ').map(|(at, _)| at + 1));
    let mut of = begins.filter(|&begin| {
        let end = ends.clone().find(|end| *end >= begin).unwrap_or(left.len());
        links.contains(&normalise::fold(&left[begin..end]).as_str())
    });
    of.next_back().map(|at| &left[..at]).filter(|shared| !shared.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leans() {
        for text in [
            "et le samedi ?",
            "Et pour ma fille ?",
            "Ah d'accord, et c'est payant ?",
            "ça coûte combien",
            "C'est à quelle heure ?",
            "Jusqu'à quand ?",
            "il passe quand",
            "ah bon, pourquoi ?",
            "le numéro s'il vous plaît",
        ] {
            assert!(leans(text), "{text}");
        }
        for text in [
            "et",
            "ah oui",
            "le samedi",
            "quand passe le bus",
            "je voudrais un acte de naissance",
            "et je voulais savoir aussi si la piscine est ouverte le dimanche",
        ] {
            assert!(!leans(text), "{text}");
        }
    }

    #[test]
    fn what_is_asked_after_an_answer_is_told_from_it() {
        const GRAVES: [&str; 2] = [
            "Une concession coûte cent cinquante euros pour quinze ans, trois cents euros pour trente ans.",
            "Une case au columbarium coûte quatre cents euros.",
        ];
        const LIBRARY: [&str; 3] = [
            "Elle ouvre le mardi de quinze heures à dix-huit heures, et le samedi matin.",
            "Les lots sont gratuits.",
            "Son numéro est le 04 65 71 02 20.",
        ];
        for (question, answer, told) in [
            ("et le columbarium ?", &GRAVES[..], &[1][..]),
            ("et pour trente ans ?", &GRAVES, &[0]),
            ("c'est combien une case ?", &GRAVES, &[1]),
            ("combien ça coûte ?", &GRAVES, &[0, 1]),
            ("et le samedi ?", &LIBRARY, &[0]),
            ("et le dimanche ?", &LIBRARY, &[]),
            ("c'est quel jour ?", &LIBRARY, &[0]),
            ("et le numéro ?", &LIBRARY, &[2]),
            // The price stands in another sentence than the name.
            ("le samedi, c'est gratuit ?", &LIBRARY, &[0, 1]),
            // Nothing is said of that.
            ("la case, c'est payant ?", &LIBRARY, &[]),
            ("et pour ma fille ?", &LIBRARY, &[]),
            ("et les chats perdus ?", &LIBRARY, &[]),
        ] {
            let wanted: Vec<&str> = told.iter().map(|at| answer[*at]).collect();
            assert_eq!(telling(question, &answer.join(" "), answer), wanted, "{question}");
        }
        assert_eq!(share_named("je veux une case avec vue", &GRAVES), Some(0.5));
        assert_eq!(share_named("et pour ma fille ?", &GRAVES), None);
    }

    #[test]
    fn what_names_something_else_leans_on_nothing() {
        let dogs = "Où promener mon chien ? Au bout du chemin, un terrain clos est ouvert de sept heures à vingt et une heures.";
        for text in [
            "et les chats perdus ?",
            "c'est quand le don du sang ?",
            "et un club de judo ?",
        ] {
            assert!(names_another(text, dogs), "{text}");
        }
        for text in [
            "et le samedi ?",
            "et pour ma fille ?",
            "c'est gratuit ?",
            "et pour deux chiens ?",
            "c'est ouvert jusqu'à quelle heure ?",
        ] {
            assert!(!names_another(text, dogs), "{text}");
        }
    }

    #[test]
    fn what_is_asked_for_after_a_yes() {
        for text in [
            "Oui, et je voudrais aussi un acte de naissance.",
            "oui c'est bon et sinon les horaires de la déchetterie",
            "Oui merci, il me faut aussi un passeport",
            "C'est exact. Et vous ouvrez à quelle heure ?",
        ] {
            assert!(asks_for_another(text), "{text}");
        }
        for text in [
            "Oui.",
            "Oui, c'est bien ça, merci.",
            "Oui et c'est dangereux pour les enfants",
            "Je voudrais un acte",
        ] {
            assert!(!asks_for_another(text), "{text}");
        }
    }

    #[test]
    fn what_follows_a_no() {
        for (text, rest) in [
            (
                "Non c'est pas ça que je demande, c'est pour déclarer une naissance",
                Some("pour"),
            ),
            (
                "Mais non vous comprenez rien, je cherche les objets trouvés",
                Some("les"),
            ),
            ("Non merci.", None),
            ("Non, c'est pas ça.", None),
            ("Un non catégorique à ce projet", None),
        ] {
            let found = after_no(text).map(|words| words[0].folded.clone());
            assert_eq!(found.as_deref(), rest, "{text}");
        }
    }

    #[test]
    fn two_requests() {
        let cut = |text| cuts(text).first().map(|[_, right]| right.clone());
        assert_eq!(
            cut("un acte de naissance et aussi les horaires de la mairie").as_deref(),
            Some("aussi les horaires de la mairie")
        );
        assert_eq!(
            cut("deux choses : la cantine, et une carte d'identité").as_deref(),
            Some("une carte d'identité")
        );
        assert_eq!(
            cut("Quand passe la poubelle ? Il me faut un acte.").as_deref(),
            Some("Il me faut un acte.")
        );
        assert_eq!(cut("je me marie et il me faut un acte de naissance"), None);
        assert_eq!(cut("le père et la mère"), None);
        assert_eq!(
            cut("le prix de la piscine et les horaires de la bibliothèque").as_deref(),
            Some("les horaires de la bibliothèque")
        );
        assert_eq!(
            cut("je voudrais les horaires de la mairie et de la déchetterie").as_deref(),
            Some("je voudrais les horaires de la déchetterie")
        );
        assert_eq!(
            cut("le prix d'un passeport et d'une carte d'identité").as_deref(),
            Some("le prix d'une carte d'identité")
        );
        assert_eq!(
            cut("je voudrais inscrire mon fils à l'école et à la cantine").as_deref(),
            Some("je voudrais inscrire mon fils à la cantine")
        );
        assert_eq!(
            cut("je veux inscrire mon fils à l'école et faire une carte d'identité").as_deref(),
            Some("faire une carte d'identité")
        );
    }
}
