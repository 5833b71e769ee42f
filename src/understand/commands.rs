//! Requests that work at any moment of any call, by rules: they must never depend on a plan's examples.

use std::sync::LazyLock;

use super::Command;
use super::emergency::{self, Danger};
use super::normalise::{self, contains};
use super::pattern::Patterns;

/// Ways to ask how far something has got.
const HOW_FAR: &[&str] = &[
    "ou en est",
    "ou en sont",
    "ou ca en est",
    "ou cela en est",
    "ou vous en etes",
    "ou c en est",
    "suivre",
    "suivi",
    "avancement",
    "avance",
    "traite",
    "des nouvelles",
    "du nouveau",
    "etat de",
    "est elle",
    "traitee",
    "prise en compte",
    "acceptee",
    // As recognition hears "où en est".
    "on est",
    "ou est",
    "ou nait",
];
/// What only a request made to us is called.
const OUR_REQUESTS: &[&str] = &[
    "mon signalement",
    "ma reclamation",
    "ai signale",
    "avais signale",
    "avons signale",
    "avions signale",
    "numero de demande",
    "ai appele hier pour",
    "ai appele pour",
    "avais appele pour",
    "ai appele la semaine",
    "numero de signalement",
    "demande numero",
    "signalement numero",
];
/// What others may be called too.
const REQUESTS: &[&str] = &[
    "ma demande",
    "la demande",
    "une demande",
    "mes demandes",
    "numero de dossier",
];
/// Digits of the shortest reference.
const REFERENCE: usize = 3;

/// Whether these words ask about a request that was made by telephone. "Où en est ma demande de passeport ?" does not, nor
/// does what is a topic of the plan (`means_a_topic`), unless there is a number or a name that only our requests have.
pub(super) fn status(words: &[normalise::Word], means_a_topic: bool) -> Option<Command> {
    let folded: Vec<String> = words.iter().map(|word| word.folded.clone()).collect();
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| contains(&folded, phrase));
    let of_something = REQUESTS.iter().any(|phrase| {
        ["de", "d", "du"]
            .iter()
            .any(|of| contains(&folded, &format!("{phrase} {of}")))
    });
    let numbers = super::numbers::numbers(&folded, false);
    let numbered = numbers.iter().map(|number| number.digits.len()).sum::<usize>() >= REFERENCE;
    let ours = has(OUR_REQUESTS) && (has(HOW_FAR) || numbered);
    let theirs = has(REQUESTS) && has(HOW_FAR) && !of_something && (numbered || !means_a_topic);
    (ours || theirs).then_some(Command::Status)
}

/// What is said beside a wish for slower words, or the last ones again: with more than a word that is not among these,
/// something else goes too fast, or is to be repeated.
const BESIDE_US: &str = "a afin agee ah ai alors aller allez ancien apres attendez au aurais avez avoir beaucoup bien bon ca car \
    ce cela ces cette chose comprehensible comprend comprends comprendre compris c d dame de debit debut dernier derniere des \
    deuxieme desole desolee deux dire disiez dit dites doucement du elle en encore entendais entendant entendez \
    entends entendu est et euh excusez excuse faible fin fois fort fou haut hein il ils j je jusqu juste l la le lentement les \
    lui m ma madame mais mal malentendant malentendante me meme merci message mieux moi moins mois monsieur mot mots n ne \
    non notez noter note on oreille ou oui papi parce pardon parle parler parles parlez pas peine peu peut peux peuvent phrase \
    plait plus possible pour pourquoi pourrais pourriez pouvez prenez qu quand que question qui quoi ralentir ralentissez \
    redire redis redites repete repeter repetez reponse rien s saisi si sourd sourde stp suis sur svp t te temps tout tres trop \
    tu un une va vas vite vieille vieux voila vos votre vous voudrais y toutes tous tes choses numero adresse horaire horaires \
    fait nous bout telephone mamie";
const SLOWER: &[&str] = &[
    "plus lentement",
    "moins vite",
    "trop vite",
    "ralentissez",
    "ralentir",
    "parlez doucement",
    "plus doucement",
];

/// These can mean nothing else.
const SPEAK_SLOWER: &[&str] = &[
    "parlez plus lentement",
    "parler plus lentement",
    "parlez moins vite",
    "vous parlez trop vite",
];

/// Asks for the last sentence again where little else is said.
const REPEAT: &[&str] = &[
    "repetez",
    "repeter",
    "repete",
    "redire",
    "redites",
    "redis",
    "encore une fois",
    "rien compris",
    "pas compris",
    "pas bien compris",
    "pas tout compris",
    "pas entendu",
    "pas bien entendu",
    "rien entendu",
    "pas saisi",
    "vous avez dit quoi",
    "que vous avez dit",
    "vous disiez",
    "j entends mal",
    "je vous entends mal",
    "j entends rien",
    "plus fort",
    "parlez fort",
    "n entends rien",
];
/// The whole utterance.
const REPEAT_ALONE: &[&str] = &[
    "pardon",
    "comment",
    "comment ca",
    "quoi",
    "hein",
    "plait il",
    "c est a dire",
    "vous dites",
    "qu est ce que vous dites",
];

const GOODBYE: &[&str] = &[
    "au revoir",
    "aurevoir",
    "a bientot",
    "bonne journee",
    "bonne soiree",
    "bonne apres midi",
    "bon apres midi",
    "bonne fin de journee",
    "bon week end",
    "bonne continuation",
    "c est tout",
    "ce sera tout",
    "ca sera tout",
    "ce sera bon",
    "a la prochaine",
    "je raccroche",
    "trompe de numero",
    "je rappellerai",
    "je vais rappeler",
    "je rappelle plus tard",
    "vais raccrocher",
    "ciao",
    "bye",
    "au plaisir",
    "allez salut",
    "bon salut",
    "salut merci",
];
/// Those of them after which more may be said: who rings off tells why.
const RINGS_OFF: &[&str] = &[
    "je raccroche",
    "vais raccrocher",
    "trompe de numero",
    "je rappellerai",
    "je vais rappeler",
    "je rappelle plus tard",
];
/// Those of them that are also parts of other sentences: "c'est tout noir".
const ENDS_LITTLE: &[&str] = &["c est tout", "a la prochaine", "a bientot"];
/// What begins like one of these, and says something else.
const NO_GOODBYE: &[&str] = &["c est tout ce", "c est tout a fait", "c est tout bon"];
/// What is said beside a farewell: with more than a word that is not among these, something is asked for. "C'est tout noir
/// dans ma rue", "à la prochaine rentrée", "bonne journée à vous, et l'urbanisme c'est ouvert quand".
const BESIDE_GOODBYE: &str = "a accord agreable aide aimable ah ai aidee aider ainsi alors allez amabilite appel apres attendant au \
    aurai aussi autre avez avoir avance avec beaucoup bah ben besoin bien bientot bon bonne bonnes bonjour bonsoir bye c ca cela \
    ce ces cher chere chez choisir chose ciao compris comme cordialement courage d de dame demain deja des desole desolee \
    difficile dimanche dire dis dois donc drole du efficace egalement elle en encore ensemble est et etait ete euh excellente \
    excellent eventuellement excusez fait faire fetes fin finalement fois gentil gentille gentillesse grand hein heu ici infiniment \
    information informations j je jeudi jour journee l la laisse le les lundi m ma madame mademoiselle mais mardi matin me \
    meme mercredi merci messieurs mesdames mieux moi moment monsieur n ne noel non nous on ok okay ou ouais oui par pareillement \
    parfait parfaite pas passe passez patience peut plaisir plait plus pour pourquoi prochain prochaine puis qu quand quant que \
    question questions qui quoi rappeler rappelle rappellerai rendez rendu renseignement renseignements renseigne reponse reponses \
    revoir rien s sais salut samedi sante savoir semaine sera service si sinon soir soiree souhaite soyez suis super sur svp sympa \
    t tant tard te temps tot toujours tous tout toute toutes tres trop trouve tu un une va vais vendredi verrai verra voila \
    voir voulais vos votre vous voyez vraiment week weekend y";

const ARE_YOU_THERE: &[&str] = &[
    "vous etes la",
    "vous etes toujours la",
    "vous etes encore la",
    "etes vous la",
    "tu es la",
    "vous m entendez",
    "est ce que vous m entendez",
    "il y a quelqu un",
    "y a quelqu un",
    "y a t il quelqu un",
    "ca a coupe",
    "toujours la",
];

/// We are to be quiet, and what may stand beside it.
const STOP: &[&str] = &[
    "stop",
    "stoppe",
    "stoppez",
    "arretez",
    "arrete",
    "taisez vous",
    "tais toi",
    "ca suffit",
];
const BESIDE_STOP: &[&str] = &[
    "vous", "toi", "ca", "suffit", "non", "oui", "mais", "attendez", "de", "parler", "s", "il", "plait", "te", "tais",
    "taisez", "c", "est", "bon", "oh", "la", "hop",
];

/// Thanks that are all that is said.
const THANKS: &[&str] = &[
    "merci",
    "merci beaucoup",
    "merci bien",
    "merci a vous",
    "je vous remercie",
    "je vous remercie beaucoup",
    "super merci",
    "c est gentil",
    "c est tres gentil",
    "merci infiniment",
    "parfait merci",
    "tres bien merci",
    "d accord merci",
];
/// Questions about us, which end what is said: "c'est une machine à laver" is another matter.
const WHO_ARE_YOU: &[&str] = &[
    "comment allez vous $",
    "comment ca va $",
    "vous allez bien $",
    "ca va vous|toi $",
    "vous|toi ca va $",
    "^ ~ bonjour|bonsoir|salut|coucou|allo ca va $",
    "etes|es ~ qui $",
    "qui etes vous $",
    "qui es tu $",
    "qui est ce $",
    "qui ~ a l appareil $",
    "^ ~ c est qui $",
    "etes|es|serait|ou|parle|cause|affaire ~ robot|machine|ordinateur|humain|humaine|repondeur|automate|bot|ia $",
    "parle|affaire ~ robot|machine|humain|repondeur la $",
    "etes|es|est|parle|cause|affaire ~ vrai|vraie personne|dame|monsieur|femme|homme|humain|gens ~ $",
    "etes|es|parle|cause|affaire ~ personne|humain vrai|vraie|reel|reelle|physique|vivante ~ $",
    "c est|etait ~ robot|machine|ordinateur|humain|repondeur|automate|bot|ia $",
    "y a une|un vraie|vrai personne|humain ~ $",
    "parle|affaire ~ a qui ~ $",
    "c est qui ~ telephone|appareil $",
    "une vraie dame $",
    "etes|es|est ~ intelligence artificielle $",
    "vous etes|appelez|appelle comment $",
    "comment ~ vous|tu ~ appelez|appelles ~ $",
    "quel est votre|ton nom|prenom $",
    "c est quoi votre|ton nom|prenom $",
    "etes|es ~ robot|machine|ordinateur|humain|humaine|repondeur ou ~ $",
    "quel age ~ avez|as ~ $",
    "^ ~ c est|suis bien ~ la mairie $",
    "^ ~ c est bien la mairie de|du ~ $",
    "^ ~ c est la mairie $",
    "^ ~ c est la mairie de|du ~ $",
    "^ ~ suis bien|a ~ la mairie $",
    "^ ~ suis bien|a ~ la mairie de|du ~ $",
    "^ ~ vous etes|etes ~ la mairie $",
    "^ ~ vous etes|etes ~ la mairie de|du ~ $",
    "racont*|dites|dis|fais|faites ~ blague ~ $",
];

/// Words that insult whoever hears them.
const INSULTS: &[&str] = &[
    "connard|connards|connasse|conne|encule|encules|enculee|enfoire|enfoires|salope|salopard|salaud|batard|abruti|abrutie|abrutis|imbecile|imbeciles|cretin|cretine|debile|debiles|fdp|pute|bouffon|pouffiasse|gogol|mongol",
    "gros|sale|pauvre|petit|espece|quel|quelle ~ con|conne|cons|idiot|idiote|merde",
    "va|vas|allez ~ faire|te|vous|tous foutre|enculer|voir|chier|mettre",
    "va|allez chier|mourir|crever",
    "je|on t|vous emmerde",
    "nique|niquez ta|tes|votre ~ mere|morts|race",
    "ta gueule",
    "ferme|fermez la|ta|vos|votre gueule",
    "ferme|fermez la $",
    "vous|tu|t|m ~ faites|fais|fait chier",
    "casse|cassez ~ couilles",
    "etes|es ~ nul|nuls|nulle|nulles|con|cons|conne|stupide|stupides|bete|betes|idiot|idiote|incompetent*|incapable*|inutile*|lamentable*|minable*|ridicule*|insupportable*|pourri* !part|en|a",
    "bon|bons|bonne a rien",
    "sers|servez a|strictement rien",
    "mairie|robot|machine|service|accueil de merde",
    "de la merde",
    "^ ~ merde $",
];
/// Whom an insult is about, if not us.
const OTHERS: &[&str] = &["il|elle|ils|elles|voisin|voisine|voisins|mec|type|gars|gens|jeunes|mari|ex|fils|fille"];

/// A person, whoever it is.
const SOMEBODY: &[&str] = &[
    "un agent",
    "une agente",
    "l agent",
    "agent",
    "un conseiller",
    "une conseillere",
    "conseiller",
    "un humain",
    "humain",
    "un etre humain",
    "une vraie personne",
    "vraie personne",
    "une personne",
    "quelqu un",
    "quelqun",
    "un operateur",
    "une operatrice",
    "operateur",
    "une standardiste",
    "la standardiste",
    "un responsable",
    "l accueil",
    "accueil",
    "le standard",
    "standard",
    "le secretariat",
    "la secretaire",
    "une secretaire",
    "un employe",
    "un interlocuteur",
];
/// Ways to ask for one.
const REACH: &[&str] = &[
    "parler",
    "passez",
    "passer",
    "passe",
    "mettez",
    "mettre",
    "joindre",
    "avoir",
    "relation",
    "communiquer",
    "discuter",
    "transferez",
    "transferer",
    "contacter",
    "prefere",
    "preferes",
    "veux",
    "voudrais",
    "souhaite",
    "souhaiterais",
    "aimerais",
    "besoin",
    "donnez",
];
/// What may follow somebody; anything else makes it somebody in particular ("un agent immobilier").
const MAY_FOLLOW: &[&str] = &[
    "s",
    "si",
    "svp",
    "merci",
    "au",
    "pour",
    "parce",
    "car",
    "et",
    "humain",
    "humaine",
    "physique",
    "reel",
    "reelle",
    "en",
    "directement",
    "maintenant",
    "vite",
    "plutot",
    "quoi",
    "pas",
    "qui",
    "tout",
    "je",
    "c",
    "mais",
    "disponible",
    "vivant",
    "vivante",
];
/// Wishes not to talk to a machine.
const NOT_A_MACHINE: &[&str] = &[
    "pas a une machine",
    "pas a un robot",
    "pas parler a une machine",
    "pas parler a un robot",
    "pas un robot",
    "pas de robot",
    "pas une machine",
];

static ABOUT_US: LazyLock<Patterns> = LazyLock::new(|| Patterns::new(WHO_ARE_YOU, &[]));
static INSULTING: LazyLock<Patterns> = LazyLock::new(|| Patterns::new(INSULTS, &[]));
static ABOUT_OTHERS: LazyLock<Patterns> = LazyLock::new(|| Patterns::new(OTHERS, &[]));

/// The request in `text`, if it holds one.
pub fn command(text: &str) -> Option<Command> {
    command_meant(text, None)
}

/// The same, where it is known how much the meaning is like danger ([`emergency::Sense::score`]).
pub(super) fn command_meant(text: &str, danger: Option<f32>) -> Option<Command> {
    let all = normalise::folded_words(text);
    let words: Vec<String> = normalise::telling_words(text).into_iter().map(|w| w.folded).collect();
    let any = |phrases: &[&str]| phrases.iter().any(|phrase| contains(&all, phrase));
    let said = all.join(" ");
    let short = |most: usize| words.len() <= most;
    let danger = emergency::danger(text, danger);
    match () {
        () if danger == Some(Danger::Lasts) => Some(Command::Emergency),
        () if danger == Some(Danger::Befell) => Some(Command::Accident),
        () if any(SLOWER) && short(if any(SPEAK_SLOWER) { 14 } else { 10 }) && beside(&words, BESIDE_US) <= 1 => {
            Some(Command::Slower)
        }
        () if short(10) && !any(REACH) && ABOUT_US.any(&all) => Some(Command::WhoAreYou),
        () if any(NOT_A_MACHINE) || asks_for_somebody(&all, words.len()) => Some(Command::Agent),
        () if short(12) && INSULTING.any(&all) && !ABOUT_OTHERS.any(&all) => Some(Command::Insult),
        () if REPEAT_ALONE.contains(&said.as_str()) || REPEAT_ALONE.contains(&words.join(" ").as_str()) => {
            Some(Command::Repeat)
        }
        () if any(REPEAT) && short(8) && beside(&words, BESIDE_US) <= 1 => Some(Command::Repeat),
        () if all
            .iter()
            .all(|w| matches!(w.as_str(), "allo" | "oui" | "euh" | "ouais"))
            && contains(&all, "allo") =>
        {
            Some(Command::AreYouThere)
        }
        () if any(ARE_YOU_THERE) && stands_alone(&words, ARE_YOU_THERE) => Some(Command::AreYouThere),
        () if any(STOP)
            && words
                .iter()
                .all(|w| STOP.contains(&w.as_str()) || BESIDE_STOP.contains(&w.as_str())) =>
        {
            Some(Command::Stop)
        }
        () if THANKS.contains(&said.as_str()) => Some(Command::Thanks),
        () if any(GOODBYE)
            && short(9)
            && !any(NO_GOODBYE)
            && !is_question(text)
            && (any(RINGS_OFF) || beside(&words, BESIDE_GOODBYE) <= usize::from(!any(ENDS_LITTLE))) =>
        {
            Some(Command::Goodbye)
        }
        () => None,
    }
}

/// How many of `words` are not among `known`. One may be a name: "merci Martine, au revoir".
fn beside(words: &[String], known: &str) -> usize {
    words.iter().filter(|word| !normalise::is_listed(word, known)).count()
}

fn is_question(text: &str) -> bool {
    text.trim_end().ends_with('?')
}

/// Whether hardly anything is said besides one of `phrases`.
fn stands_alone(words: &[String], phrases: &[&str]) -> bool {
    let longest = phrases
        .iter()
        .filter(|p| contains(words, p))
        .map(|p| p.split(' ').count())
        .max()
        .unwrap_or(0);
    words.len() <= longest + 2 && !words.iter().any(|w| DAYS.contains(&w.as_str()))
}

const DAYS: &[&str] = &[
    "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche", "matin", "soir", "midi", "demain",
];

/// Somebody, and a way to ask for them or nearly nothing else.
fn asks_for_somebody(words: &[String], telling: usize) -> bool {
    SOMEBODY.iter().any(|who| {
        let parts: Vec<&str> = who.split(' ').collect();
        words.windows(parts.len()).enumerate().any(|(at, window)| {
            if window != parts.as_slice() {
                return false;
            }
            let after = &words[at + parts.len()..];
            let in_general = match after.first().map(String::as_str) {
                None => true,
                Some("de") => {
                    matches!(after.get(1).map(String::as_str), Some("la" | "mairie"))
                        && after.iter().any(|w| w == "mairie")
                }
                // "quelqu'un d'autre", "quelqu'un d'humain"
                Some("d") => matches!(
                    after.get(1).map(String::as_str),
                    Some("humain" | "autre" | "vivant" | "competent")
                ),
                Some(next) => MAY_FOLLOW.contains(&next),
            };
            let asked = words[..at].iter().rev().take(6).any(|w| REACH.contains(&w.as_str()));
            // "un", "quelqu'un" and the like need no verb where they are all that is said.
            in_general && (asked || telling <= parts.len() + 1) && !owned(words, at)
        })
    })
}

/// "mon conseiller", "votre agent": somebody in particular.
fn owned(words: &[String], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|i| words.get(i)).map(String::as_str);
    matches!(
        before,
        Some("mon" | "ma" | "votre" | "son" | "cet" | "cette" | "aucun" | "autre")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use Command::*;

    #[test]
    fn commands() {
        for (text, expected) in [
            ("Un agent.", Some(Agent)),
            ("Je voudrais parler à un agent s'il vous plaît.", Some(Agent)),
            ("Passez-moi quelqu'un.", Some(Agent)),
            ("un conseiller", Some(Agent)),
            ("Est-ce que je peux parler à quelqu'un ?", Some(Agent)),
            ("Je veux une vraie personne", Some(Agent)),
            ("l'accueil s'il vous plaît", Some(Agent)),
            ("Passez-moi le standard", Some(Agent)),
            ("Je veux pas parler à un robot", Some(Agent)),
            ("Je préfère avoir un humain au téléphone", Some(Agent)),
            ("Mettez-moi en relation avec un agent de la mairie", Some(Agent)),
            ("Je cherche un agent immobilier", None),
            ("Je voudrais parler à mon conseiller bancaire", None),
            ("Je voudrais quelqu'un du service technique", None),
            ("Est-ce que quelqu'un peut voter à ma place ?", None),
            ("Je m'occupe d'une personne âgée", None),
            ("Il y a un accueil le matin avant l'école ?", None),
            ("Vous pouvez répéter ?", Some(Repeat)),
            ("Pardon ?", Some(Repeat)),
            ("Comment ?", Some(Repeat)),
            ("J'ai pas compris.", Some(Repeat)),
            ("Excusez-moi, je n'ai pas bien entendu", Some(Repeat)),
            ("Comment on fait pour avoir un acte de naissance ?", None),
            (
                "Je n'ai pas compris le montant de ma facture de cantine du mois de mars",
                None,
            ),
            ("Plus lentement s'il vous plaît", Some(Slower)),
            ("Vous parlez trop vite", Some(Slower)),
            ("Pouvez-vous répéter moins vite ?", Some(Slower)),
            (
                "Les voitures roulent beaucoup trop vite dans ma rue devant l'école primaire",
                None,
            ),
            ("Au revoir.", Some(Goodbye)),
            ("Merci, c'est tout.", Some(Goodbye)),
            ("C'est tout à fait ça.", None),
            ("C'est tout bon.", None),
            ("C'est tout ce que je sais.", None),
            ("Non merci, c'est tout.", Some(Goodbye)),
            ("Bonne journée !", Some(Goodbye)),
            ("Merci beaucoup, au revoir madame", Some(Goodbye)),
            ("C'est tout ce qu'il faut comme papiers ?", None),
            ("Allô ?", Some(AreYouThere)),
            ("Allô allô", Some(AreYouThere)),
            ("Vous êtes là ?", Some(AreYouThere)),
            ("Il y a quelqu'un ?", Some(AreYouThere)),
            ("Vous êtes là le vendredi après-midi ?", None),
            ("Vous m'entendez ?", Some(AreYouThere)),
            ("Stop, stop !", Some(Stop)),
            ("Non mais arrêtez de parler", Some(Stop)),
            ("Le panneau stop de ma rue est tombé", None),
            ("Les camions n'arrêtent pas de passer", None),
            ("Allô bonjour, c'est pour un passeport", None),
            ("Bonjour", None),
        ] {
            assert_eq!(command(text), expected, "{text}");
        }
    }

    #[test]
    fn a_farewell_or_a_pace_in_a_request_is_none() {
        for (said, expected) in [
            ("C'est tout noir dans ma rue", None),
            ("C'est tout cassé le trottoir", None),
            ("C'est tout noir", None),
            ("Mon petiot rentre en maternelle à la prochaine rentrée", None),
            ("À la prochaine élection je peux voter où", None),
            ("Bonne journée à vous et l'urbanisme c'est ouvert quand", None),
            ("Au revoir la cantine, je veux désinscrire mon fils", None),
            ("À bientôt pour la carte d'identité", None),
            ("Merci Martine, bonne journée", Some(Goodbye)),
            ("Bon ben merci beaucoup à vous, à bientôt", Some(Goodbye)),
            ("Non c'est bon, je rappellerai lundi pour le dossier", Some(Goodbye)),
            ("Les voitures vont trop vite dans ma rue", None),
            ("Les camions roulent moins vite", None),
            ("Rouler plus lentement dans ma rue", None),
            ("Pouvez-vous aller moins vite, je suis vieille", Some(Slower)),
            ("La chorale répète à quelle heure", None),
            ("Pouvez-vous me redire le jour du tri", None),
            ("Vous pouvez répéter le numéro s'il vous plaît", Some(Repeat)),
            ("Excusez-moi madame, j'ai rien compris", Some(Repeat)),
        ] {
            assert_eq!(command(said), expected, "{said}");
        }
    }

    #[test]
    fn courtesy_is_told_from_requests() {
        for (said, expected) in [
            ("Merci beaucoup", Some(Thanks)),
            ("Bonjour, comment allez-vous ?", Some(WhoAreYou)),
            ("Mais vous êtes une vraie dame ou un robot ?", Some(WhoAreYou)),
            ("C'est une machine ?", Some(WhoAreYou)),
            ("C'est une machine à laver", None),
            ("J'ai un frigo ou une machine à laver à jeter", None),
            ("Vous allez bien ramasser les poubelles demain ?", None),
            ("Merci de me dire quand passe la poubelle", None),
        ] {
            assert_eq!(command(said), expected, "{said}");
        }
    }

    #[test]
    fn who_asks_about_us_wants_no_other_person() {
        for said in [
            "Vous êtes une vraie personne ?",
            "Je parle à une vraie personne ?",
            "J'ai affaire à un robot là ?",
            "T'es un humain ?",
            "C'est un ordinateur ?",
            "C'est une vraie personne au téléphone ?",
            "Ça va vous ?",
            "Bonjour ça va ?",
            "Bonjour, comment ça va ?",
            "C'est qui ?",
            "Vous vous appelez comment ?",
            "C'est bien la mairie de Valbourg ?",
            "Allô, c'est la mairie ?",
            "Je suis bien à la mairie ?",
            "Racontez-moi une blague",
            "C'est la mairie de Saint-Martin ?",
            "Je parle à qui là ?",
        ] {
            assert_eq!(command(said), Some(WhoAreYou), "{said}");
        }
        for said in [
            "Je veux parler à une vraie personne",
            "Une vraie personne s'il vous plaît",
            "Passez-moi un humain",
        ] {
            assert_eq!(command(said), Some(Agent), "{said}");
        }
        for said in [
            "Ça va",
            "C'est bien la mairie qui s'occupe des passeports ?",
            "La mairie est ouverte ?",
            "C'est à la mairie qu'on fait ça ?",
            "Où est la mairie ?",
            "C'est où la mairie de Valbourg ?",
            "Ma carte d'électeur est passée à la machine",
            "J'ai perdu mon ordinateur",
        ] {
            assert_eq!(command(said), None, "{said}");
        }
    }

    #[test]
    fn insults_are_told_from_requests() {
        for said in [
            "Va te faire foutre",
            "Connard de robot",
            "Vous êtes nuls",
            "Allez vous faire voir",
            "Espèce de machine de merde, t'es vraiment trop con",
            "Ta gueule",
            "Ferme-la",
            "Vous me faites chier",
            "Bande d'abrutis",
            "Mais vous êtes complètement incompétents",
            "Tu sers à rien",
        ] {
            assert_eq!(command(said), Some(Insult), "{said}");
        }
        for said in [
            "Mon voisin est un connard, il fait du bruit toute la nuit",
            "Vous n'êtes nulle part sur la carte",
            "C'est pour les ordures ménagères",
            "Ça ne sert à rien",
            "Il m'a traité d'abruti",
        ] {
            assert_ne!(command(said), Some(Insult), "{said}");
        }
        assert_eq!(command("Connard, passez-moi un agent"), Some(Agent));
    }

    #[test]
    fn emergencies_are_told_from_requests() {
        for urgent in [
            "Mon mari fait un malaise !",
            "Il y a le feu chez ma voisine",
            "Ya le feu dans l'immeuble",
            "Il y a eu un accident devant la mairie, il y a des blessés",
            "Ma mère ne respire plus",
            "J'ai envie de mourir",
            "Je vais me suicider",
            "Au secours",
            "Quelqu'un est en train de se faire agresser",
            "Il y a un incendie dans la forêt",
            "Ça sent le gaz dans ma cage d'escalier",
            "Mon compagnon me frappe",
            "Ça sent très fort le gaz dans tout l'immeuble",
            "Quelqu'un est en train de forcer ma porte, j'ai peur",
            "Je suis toute seule, j'ai envie d'en finir",
            "Ma mamie est tombée et elle se réveille pas",
        ] {
            assert_eq!(command(urgent), Some(Emergency), "{urgent}");
        }
        for calm in [
            "Le feu rouge du carrefour est en panne",
            "Il y a le feu rouge de la place qui clignote",
            "À quelle heure est le feu d'artifice ?",
            "J'ai eu un accident hier, je dois déclarer quoi à l'assurance ?",
            "Je ne peux pas venir au rendez-vous, ma femme a fait un malaise",
            "J'ai le droit de faire du feu dans mon jardin ?",
            "C'est urgent, il me faut un passeport",
            "La bouche d'incendie fuit devant chez moi",
            "Mon père est décédé cette nuit",
            "Il me faut une attestation de sécurité incendie pour la salle",
            "J'ai envie d'en finir avec ce dossier",
            "Ça fait trois fois que je le signale et personne ne réagit",
            "On a essayé de forcer ma porte hier, je veux porter plainte",
        ] {
            assert_ne!(command(calm), Some(Emergency), "{calm}");
        }
    }
}
