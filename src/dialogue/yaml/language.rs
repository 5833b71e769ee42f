//! The dialplan language, as one table. Its reader is a town's secretary: keys are French words, each with one place.
//!
//! The check, the JSON Schema and the reference in `dialplans/README.md` all come from [`PLAN`].

use super::format::{Format, Naming};
use crate::dialogue::phrases;

/// One key of the language.
#[derive(Debug)]
pub struct Field {
    /// The key, in French, with its accents.
    pub name: &'static str,
    /// What it is for, in French.
    pub about: &'static str,
    /// How it is used, in YAML.
    pub example: &'static str,
    /// Whether a plan is incomplete without it.
    pub required: bool,
    /// What its value is.
    pub kind: Kind,
}

/// The shape of a value.
#[derive(Debug)]
pub enum Kind {
    /// One text.
    Text(Format),
    /// One of these words, each with its meaning.
    Choice(&'static [(&'static str, &'static str)]),
    /// A list of texts.
    List(Format),
    /// One text, or a list of them.
    TextOrList(Format),
    /// A group of keys.
    Group(&'static [Field]),
    /// A text, or a group of keys when there is more to say.
    TextOrGroup(Format, &'static [Field]),
    /// Entries that the admin names.
    Entries {
        /// What one entry is, with its article: "un service".
        one: &'static str,
        /// How the reference shows the name: "(service)".
        shown: &'static str,
        /// How names are checked.
        naming: Naming,
        /// What each entry holds.
        each: &'static Kind,
    },
}

/// Keys that will exist, and what for.
pub const RESERVED: [(&str, &str); 1] = [("tests", "les dialogues de test")];

/// What follows an answer.
pub const NEXT: [(&str, &str); 4] = [
    ("rien", "la machine demande s'il y a autre chose (par défaut)"),
    ("proposer", "la machine propose de passer le service"),
    ("transférer", "la machine passe le service, sans demander"),
    ("message", "la machine prend un message pour le service"),
];

/// How a call is passed to a service.
pub const PASSING: [(&str, &str); 2] = [
    (
        "aveugle",
        "l'autocommutateur fait sonner le poste ; qui décroche ne sait pas de quoi il s'agit (par défaut)",
    ),
    (
        "accompagné",
        "Allô fait sonner le poste, dit en deux phrases de quoi il s'agit, et ne passe l'appel qu'à qui le prend",
    ),
];

/// In which order the extensions of a service ring.
pub const RINGING: [(&str, &str); 2] = [
    ("ensemble", "tous les postes à la fois (par défaut)"),
    ("tour à tour", "l'un après l'autre, dans l'ordre de la liste"),
];

/// Through whom the caller and the clerk speak.
pub const CONNECTION: [(&str, &str); 2] = [
    (
        "pont",
        "l'appel continue de passer par Allô, qui n'écoute plus (par défaut)",
    ),
    (
        "autocommutateur",
        "l'autocommutateur reprend l'appel (REFER avec Replaces) ; s'il refuse, l'appel reste chez Allô",
    ),
];

/// Whether conversations with clerks are recorded.
pub const RECORDED: [(&str, &str); 2] = [
    ("non", "rien n'en est gardé (par défaut)"),
    ("oui", "la conversation est enregistrée, une fois l'annonce dite"),
];

/// What the clerk's telephone shows.
pub const SHOWN: [(&str, &str); 2] = [
    ("ville", "le nom de la commune (par défaut)"),
    ("numéro", "le numéro de l'appelant"),
];

/// What the answer to a question of a form may be. A question named like one of them is of that type.
pub const ANSWERS: [(&str, &str); 11] = [
    ("nom", "le nom d'une personne, épelé s'il le faut"),
    ("téléphone", "un numéro de téléphone, dit ou tapé sur les touches"),
    ("date", "un jour"),
    ("heure", "une heure"),
    (
        "numéro",
        "un numéro, un code, un nombre, dit ou tapé sur les touches ; ses lettres sont gardées",
    ),
    ("oui_non", "oui ou non"),
    (
        "adresse",
        "une adresse ; les rues de `rues` et de `mots` sont écrites comme là",
    ),
    ("lieu", "un endroit : une adresse, ou quelques mots libres"),
    ("courriel", "une adresse électronique, dictée"),
    ("montant", "une somme en euros"),
    (
        "texte",
        "une phrase ou deux, gardées comme elles ont été dites (par défaut)",
    ),
];

/// Words that are no names of services, since `repli` gives them a meaning.
pub const FALLBACKS: [&str; 2] = ["message", "rien"];

/// The language.
pub static PLAN: &[Field] = &[
    Field {
        name: "ville",
        about: "Le nom de la commune, comme on le dit.",
        example: "ville: Valbourg",
        required: true,
        kind: Kind::Text(Format::Name),
    },
    Field {
        name: "numéros",
        about: "Les numéros appelés et noms SIP qui mènent à ce plan. Sans cette clé, il répond à tous.",
        example: "numéros: [mairie, +33 4 65 71 02 10]",
        required: false,
        kind: Kind::List(Format::Called),
    },
    Field {
        name: "téléphone",
        about: "Le numéro que l'on donne aux habitants ; se dit dans une réponse par `{téléphone}`.",
        example: "téléphone: 04 65 71 02 10",
        required: false,
        kind: Kind::Text(Format::Phone),
    },
    Field {
        name: "adresse",
        about: "L'adresse de la mairie, comme on la dit ; se dit dans une réponse par `{adresse}`.",
        example: "adresse: 12 place de la Fontaine, à Valbourg",
        required: false,
        kind: Kind::Text(Format::Sentence),
    },
    Field {
        name: "accueil",
        about: "Les premiers mots de chaque appel. Ils doivent dire que c'est une machine qui parle, et devraient dire \
                comment joindre une personne.",
        example: "accueil: >\n  Bonjour, mairie de Valbourg. Je suis l'assistant vocal.\n  Pour joindre une personne, dites « un agent » ou appuyez sur 0.",
        required: true,
        kind: Kind::Text(Format::Sentence),
    },
    Field {
        name: "mention",
        about: "Ce que la loi veut que chaque appelant entende, dit juste après l'accueil : personne ne peut l'interrompre.",
        example: "mention: Cet appel est traité par un programme. Vos paroles ne sont pas enregistrées.",
        required: false,
        kind: Kind::Text(Format::Sentence),
    },
    Field {
        name: "voix",
        about: "Comment la machine parle.",
        example: "voix:\n  vitesse: 0.9",
        required: false,
        kind: Kind::Group(&[
            Field {
                name: "nom",
                about: "Le nom d'une voix installée (`allo models list`). Sans cette clé, la première voix française.",
                example: "nom: ff_siwis",
                required: false,
                kind: Kind::Text(Format::Name),
            },
            Field {
                name: "vitesse",
                about: "De 0.7 (lent) à 1.4 (rapide) ; 1.0 est l'allure normale.",
                example: "vitesse: 0.9",
                required: false,
                kind: Kind::Text(Format::Speed),
            },
        ]),
    },
    Field {
        name: "horaires",
        about: "Les heures d'ouverture de chaque lieu ou service, sous un nom de votre choix, dans l'écriture \
                d'OpenStreetMap : les jours sont `Mo Tu We Th Fr Sa Su` (lundi à dimanche), les jours fériés `PH`, \
                fermé `off`, les mois `Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec`. Deux plages le même jour : une virgule. \
                Règle suivante : un point-virgule. Un texte suffit ; s'il y a des jours exceptionnels, un groupe de clés. \
                Se disent dans une réponse par `{horaires:mairie}` (la semaine) et `{état:mairie}` (ouvert ou fermé en ce moment).",
        example: "horaires:\n  mairie: Mo-Fr 08:30-12:00,13:30-17:30; Sa 09:00-12:00; PH off",
        required: false,
        kind: Kind::Entries {
            one: "des horaires",
            shown: "(nom)",
            naming: Naming::Free,
            each: &Kind::TextOrGroup(Format::Hours, HOURS),
        },
    },
    Field {
        name: "services",
        about: "Les services qui prennent des appels, sous un nom de votre choix. Le premier est le standard : il prend \
                « un agent » quand il n'est question de rien, la touche 0 et ce que rien d'autre n'a pu résoudre.",
        example: "services:\n  accueil:\n    nom: l'accueil de la mairie\n    poste: 100",
        required: true,
        kind: Kind::Entries {
            one: "un service",
            shown: "(service)",
            naming: Naming::Free,
            each: &Kind::Group(SERVICE),
        },
    },
    Field {
        name: "sujets",
        about: "Ce que les gens demandent, sous un nom de votre choix. Sous un nom qu'Allô connaît (la liste est plus bas, \
                et dans `allo check --sujets`), il sait déjà comment les gens le demandent : la réponse suffit.",
        example: "sujets:\n  cantine:\n    nom: la cantine\n    réponse: Les repas se réservent sur le portail famille.\n  pacs:\n    nom: un PACS\n    réponse: Le PACS s'enregistre à la mairie ou chez un notaire.\n    exemples:\n      - je voudrais me pacser\n      - faire un PACS\n      - les papiers pour un PACS",
        required: true,
        kind: Kind::Entries {
            one: "un sujet",
            shown: "(sujet)",
            naming: Naming::Free,
            each: &Kind::Group(TOPIC),
        },
    },
    Field {
        name: "formulaires",
        about: "Ce qu'un service doit savoir pour traiter une demande sans rappeler, sous un nom de votre choix. La machine \
                pose les questions une à une, relit les réponses, corrige ce qui est faux et donne un numéro à la demande. \
                Un sujet y mène par `formulaire` ; nommé `rappel`, un formulaire est aussi proposé à qui demande qu'on le rappelle. \
                Les demandes se lisent par `allo requests`, et sont gardées aussi \
                longtemps que les messages.",
        example: "formulaires:\n  rappel:\n    nom: une demande de rappel\n    service: accueil\n    questions:\n      nom: À quel nom ?\n      téléphone: À quel numéro peut-on vous rappeler ?",
        required: false,
        kind: Kind::Entries {
            one: "un formulaire",
            shown: "(formulaire)",
            naming: Naming::Free,
            each: &Kind::Group(FORM),
        },
    },
    Field {
        name: "menu",
        about: "Le menu par touches, lu quand la machine ne comprend pas : pour chaque touche de 1 à 9, un sujet ou un \
                service. La touche 0 mène toujours au standard.",
        example: "menu:\n  1:\n    sujet: horaires\n  2:\n    service: état_civil",
        required: false,
        kind: Kind::Entries {
            one: "une touche",
            shown: "(touche)",
            naming: Naming::Tone,
            each: &Kind::Group(MENU),
        },
    },
    Field {
        name: "messages",
        about: "Comment les messages sont pris.",
        example: "messages:\n  durée: 2 minutes\n  conservation: 30 jours",
        required: false,
        kind: Kind::Group(&[
            Field {
                name: "durée",
                about: "La plus longue durée d'un message, de 10 secondes à 10 minutes. Par défaut, 2 minutes.",
                example: "durée: 90 secondes",
                required: false,
                kind: Kind::Text(Format::Length),
            },
            Field {
                name: "conservation",
                about: "Au bout de combien de jours un message, ou une conversation enregistrée, est effacé, de 1 à 365. Par défaut, \
                        30 jours.",
                example: "conservation: 15 jours",
                required: false,
                kind: Kind::Text(Format::Days),
            },
            Field {
                name: "joindre",
                about: "Si le son du message est joint au courriel qui l'annonce à son service, avec ce que la machine en a \
                        compris (il faut l'adresse du service, par `courriel`, et le réglage `mail` d'`allo.yaml`).",
                example: "joindre: non",
                required: false,
                kind: Kind::Choice(&[
                    ("oui", "le son est joint (par défaut)"),
                    ("non", "il reste sur la machine d'Allô"),
                ]),
            },
        ]),
    },
    Field {
        name: "écoute",
        about: "Si un superviseur peut écouter les appels depuis la console (et parler à l'agent seul). Chaque écoute est écrite \
                dans l'appel et dans le journal des accès. Les appelants doivent en être informés : la `mention` doit le dire ; \
                les agents aussi, par une note de service.",
        example: "écoute: oui",
        required: false,
        kind: Kind::Choice(&[
            ("non", "personne n'écoute (par défaut)"),
            ("oui", "les superviseurs peuvent écouter"),
        ]),
    },
    Field {
        name: "mots",
        about: "Les noms propres et les sigles d'ici (rues, écoles, salles) : ils aident à comprendre ce qui est dit.",
        example: "mots:\n  - rue des Lavandières\n  - salle Roche-Colombe",
        required: false,
        kind: Kind::List(Format::Name),
    },
    Field {
        name: "communes_voisines",
        about: "Les communes d'à côté. Qui demande « les horaires de la déchetterie de Crest » entend qu'on ne répond que pour la \
                vôtre ; sans cette clé aussi, si le nom est entendu comme celui d'une ville.",
        example: "communes_voisines: [Crest, Die]",
        required: false,
        kind: Kind::List(Format::Name),
    },
    Field {
        name: "rues",
        about: "Le fichier des rues de la commune, à côté du plan : une rue par ligne, ou le fichier CSV de la base adresse \
                nationale (adresse.data.gouv.fr). Une rue mal entendue est alors écrite comme il faut dans les demandes.",
        example: "rues: rues.txt",
        required: false,
        kind: Kind::Text(Format::File),
    },
    Field {
        name: "connaissances",
        about: "Ce que la ville a écrit par ailleurs, sous un nom de votre choix : des fichiers à côté du plan, en Markdown \
                (`.md`), en tableau (`.csv`) ou un calendrier (`.ics`). La machine y cherche quand aucun sujet ne répond, et \
                n'en dit que le texte. Le nom du fichier suffit, s'il n'y a rien à ajouter.",
        example: "connaissances:\n  guide: connaissances/guide.md\n  agenda:\n    fichier: connaissances/agenda.ics\n    nom: l'agenda de la ville",
        required: false,
        kind: Kind::Entries {
            one: "un fichier de connaissances",
            shown: "(connaissances)",
            naming: Naming::Free,
            each: &Kind::TextOrGroup(Format::File, KNOWLEDGE),
        },
    },
    Field {
        name: "phrases",
        about: "Les phrases de la machine que vous voulez dire autrement. Les phrases possibles sont en fin de page.",
        example: "phrases:\n  au_revoir: Merci de votre appel. Bonne journée !",
        required: false,
        kind: Kind::Entries {
            one: "une phrase",
            shown: "(phrase)",
            naming: Naming::Phrase,
            each: &Kind::Text(Format::Sentence),
        },
    },
];

static HOURS: &[Field] = &[
    Field {
        name: "semaine",
        about: "Les heures de la semaine, dans la même écriture.",
        example: "semaine: Mo-Fr 08:30-12:00,13:30-17:30; PH off",
        required: true,
        kind: Kind::Text(Format::Hours),
    },
    Field {
        name: "fermetures",
        about: "Les fermetures exceptionnelles : un jour, un jour à partir d'une heure, une partie d'un jour, ou du jour au jour ; puis \
                le motif, qui est dit aux appelants (facultatif).",
        example: "fermetures:\n  2026-12-24 12:00: réveillon de Noël\n  2027-05-07: pont de l'Ascension\n  2027-08-02 au 2027-08-13: congés d'été",
        required: false,
        kind: Kind::Entries {
            one: "une fermeture",
            shown: "(date)",
            naming: Naming::Closure,
            each: &Kind::Text(Format::Reason),
        },
    },
    Field {
        name: "ouvertures",
        about: "Les ouvertures exceptionnelles : un jour et ses heures ; puis le motif (facultatif). Une ouverture l'emporte \
                sur une fermeture.",
        example: "ouvertures:\n  2027-09-04 14:00-18:00: forum des associations",
        required: false,
        kind: Kind::Entries {
            one: "une ouverture",
            shown: "(date)",
            naming: Naming::Opening,
            each: &Kind::Text(Format::Reason),
        },
    },
];

static SERVICE: &[Field] = &[
    Field {
        name: "nom",
        about: "Le nom du service, avec son article, comme on le dit après « je vous passe ».",
        example: "nom: le service de l'état civil",
        required: true,
        kind: Kind::Text(Format::Name),
    },
    Field {
        name: "poste",
        about: "Le numéro de poste, ou l'adresse SIP, où passer l'appel ; ou une liste de postes, huit au plus. Avec \
                `transfert: accompagné`, `console` est le navigateur des agents du service qui se disent disponibles. Sans \
                poste, le service ne reçoit que des messages.",
        example: "poste: [201, 202, console]",
        required: false,
        kind: Kind::TextOrList(Format::Extension),
    },
    Field {
        name: "transfert",
        about: "Comment l'appel est passé.",
        example: "transfert: accompagné",
        required: false,
        kind: Kind::Choice(&PASSING),
    },
    Field {
        name: "sonnerie",
        about: "Avec `transfert: accompagné` et plusieurs postes, dans quel ordre ils sonnent.",
        example: "sonnerie: tour à tour",
        required: false,
        kind: Kind::Choice(&RINGING),
    },
    Field {
        name: "sonne",
        about: "Avec `transfert: accompagné`, combien de secondes chaque poste sonne, de 5 à 120. Par défaut, 20.",
        example: "sonne: 20",
        required: false,
        kind: Kind::Text(Format::Ring),
    },
    Field {
        name: "remise",
        about: "Avec `transfert: accompagné`, par où l'on se parle une fois l'appel pris.",
        example: "remise: pont",
        required: false,
        kind: Kind::Choice(&CONNECTION),
    },
    Field {
        name: "affiche",
        about: "Avec `transfert: accompagné`, ce que montre le téléphone de l'agent pendant qu'il sonne.",
        example: "affiche: numéro",
        required: false,
        kind: Kind::Choice(&SHOWN),
    },
    Field {
        name: "enregistrement",
        about: "Avec `transfert: accompagné` et `remise: pont`, si la conversation avec l'agent est enregistrée. Les deux \
                entendent d'abord qu'elle l'est ; l'appelant refuse par la touche 9, qui efface tout. Seuls les superviseurs et \
                les admins peuvent l'écouter. Gardé aussi longtemps que les messages, et jamais plus que l'appel. La \
                `mention` doit le dire.",
        example: "enregistrement: oui",
        required: false,
        kind: Kind::Choice(&RECORDED),
    },
    Field {
        name: "attente",
        about: "Avec `transfert: accompagné`, si l'appelant peut attendre quand personne ne prend son appel tout de suite : il \
                entend sa place, une estimation du temps, de la musique, et passe à son tour. À tout moment il peut demander \
                à être rappelé, laisser un message, ou revenir. `oui` suffit ; `non` par défaut.",
        example: "attente:\n  places: 8\n  durée: 10",
        required: false,
        kind: Kind::TextOrGroup(Format::YesNo, QUEUE),
    },
    Field {
        name: "horaires",
        about: "Le nom des horaires pendant lesquels le service prend des appels. Sans cette clé, à toute heure.",
        example: "horaires: mairie",
        required: false,
        kind: Kind::Text(Format::ScheduleName),
    },
    Field {
        name: "courriel",
        about: "L'adresse à laquelle lui envoyer les demandes des formulaires. Il y faut le réglage `mail` du serveur.",
        example: "courriel: urbanisme@valbourg.fr",
        required: false,
        kind: Kind::Text(Format::Mail),
    },
    Field {
        name: "repli",
        about: "Que faire si le service est fermé ou ne répond pas : `message` (en prendre un, par défaut), le nom d'un autre \
                service, ou `rien`.",
        example: "repli: accueil",
        required: false,
        kind: Kind::Text(Format::Fallback),
    },
];

static QUEUE: &[Field] = &[
    Field {
        name: "places",
        about: "Combien de personnes peuvent attendre à la fois, de 1 à 50. Par défaut, 10.",
        example: "places: 8",
        required: false,
        kind: Kind::Text(Format::Places),
    },
    Field {
        name: "durée",
        about: "Combien de minutes une personne attend au plus, de 30 secondes à 60 minutes. Par défaut, 10. Au bout, \
                l'appel suit `repli`, ou bien un rappel ou un message est proposé.",
        example: "durée: 10",
        required: false,
        kind: Kind::Text(Format::Wait),
    },
    Field {
        name: "musique",
        about: "Un enregistrement WAV, à côté du plan, de 5 secondes à 10 minutes, joué en boucle. Sans cette clé, le début \
                de la première Gymnopédie d'Erik Satie (1888), qui est libre de droits.",
        example: "musique: attente.wav",
        required: false,
        kind: Kind::Text(Format::File),
    },
];

static TOPIC: &[Field] = &[
    Field {
        name: "nom",
        about: "Le sujet en quelques mots, avec son article, comme on le dit après « vous appelez pour ».",
        example: "nom: un acte de naissance",
        required: true,
        kind: Kind::Text(Format::Name),
    },
    Field {
        name: "service",
        about: "Le service qui en sait plus. Sans cette clé, le standard (le premier service).",
        example: "service: état_civil",
        required: false,
        kind: Kind::Text(Format::ServiceName),
    },
    Field {
        name: "réponse",
        about: "Ce que la machine répond : de 15 à 50 mots, faits pour être écoutés. On peut y mettre `{horaires:mairie}`, \
                `{état:mairie}`, `{ville}`, `{téléphone}` et `{adresse}`. Obligatoire, sauf si `ensuite` est `transférer` ou `message`, ou s'il y a un `formulaire`.",
        example: "réponse: \"{état:mairie} La mairie est ouverte {horaires:mairie}.\"",
        required: false,
        kind: Kind::Text(Format::Template),
    },
    Field {
        name: "ensuite",
        about: "Ce qui suit la réponse.",
        example: "ensuite: proposer",
        required: false,
        kind: Kind::Choice(&NEXT),
    },
    Field {
        name: "formulaire",
        about: "Le formulaire que la machine propose de remplir, après la réponse s'il y en a une. Il remplace `ensuite`.",
        example: "formulaire: rappel",
        required: false,
        kind: Kind::Text(Format::FormName),
    },
    Field {
        name: "exemples",
        about: "Des phrases comme les gens les disent au téléphone : trois au moins, vingt pour bien faire. Variez les mots, \
                les longueurs et les tournures ; ce que les exemples ne couvrent pas n'est pas reconnu. Facultatif pour un \
                sujet qu'Allô connaît déjà : vos phrases s'ajoutent alors aux siennes.",
        example: "exemples:\n  - je voudrais un acte de naissance\n  - il me faut un extrait de naissance\n  - je suis né chez vous et j'ai besoin du papier",
        required: false,
        kind: Kind::List(Format::Example),
    },
];

static KNOWLEDGE: &[Field] = &[
    Field {
        name: "fichier",
        about: "Le fichier, à partir du dossier du plan.",
        example: "fichier: connaissances/guide.md",
        required: true,
        kind: Kind::Text(Format::File),
    },
    Field {
        name: "nom",
        about: "De qui sont ces textes, comme on le dit après « d'après » : la machine le dit avant de répondre. Ce que le \
                fichier note lui-même (`source`) passe avant.",
        example: "nom: le guide de la ville",
        required: false,
        kind: Kind::Text(Format::Name),
    },
    Field {
        name: "service",
        about: "Le service qui en sait plus : la machine propose de le passer après la réponse.",
        example: "service: urbanisme",
        required: false,
        kind: Kind::Text(Format::ServiceName),
    },
    Field {
        name: "valable",
        about: "Dernier jour où ces textes peuvent être dits. Ce que le fichier note lui-même (`valable`) passe avant.",
        example: "valable: 2027-06-30",
        required: false,
        kind: Kind::Text(Format::Day),
    },
];

static FORM: &[Field] = &[
    Field {
        name: "nom",
        about: "La demande, avec son article, comme on la dit après « voulez-vous que j'enregistre ».",
        example: "nom: une demande de rappel",
        required: true,
        kind: Kind::Text(Format::Name),
    },
    Field {
        name: "service",
        about: "Le service qui la traite. Sans cette clé, le standard (le premier service).",
        example: "service: état_civil",
        required: false,
        kind: Kind::Text(Format::ServiceName),
    },
    Field {
        name: "questions",
        about: "Les questions, dans l'ordre où elles sont posées, sous un nom de votre choix : le texte suffit. Nommée `nom`, \
                `téléphone`, `date`, `heure`, `numéro`, `oui_non`, `adresse`, `lieu`, `courriel` ou `montant`, une question \
                attend une réponse de ce type ; sous tout autre nom, quelques mots libres, ou ce que dit `type`. Quelques mots \
                libres et un choix sont relus après le nom de la question : « Motif : … ». Ce que l'appelant a déjà dit \
                n'est pas demandé.",
        example: "questions:\n  nom: À quel nom ?\n  jour:\n    question: Quel jour vous arrange ?\n    type: date\n  motif: Que faut-il savoir d'autre ?",
        required: true,
        kind: Kind::Entries {
            one: "une question",
            shown: "(question)",
            naming: Naming::Free,
            each: &Kind::TextOrGroup(Format::Sentence, QUESTION),
        },
    },
    Field {
        name: "sms",
        about: "Le SMS que l'appelant reçoit une fois la demande notée, sur le mobile qu'il a donné ou celui d'où il appelle ; \
                `{référence}` est le numéro de la demande. Il y faut le réglage `sms` du serveur.",
        example: "sms: \"Mairie de {ville} : votre demande porte le numéro {référence}.\"",
        required: false,
        kind: Kind::Text(Format::Sentence),
    },
];

static QUESTION: &[Field] = &[
    Field {
        name: "question",
        about: "La question, comme elle est posée.",
        example: "question: Quel jour vous arrange ?",
        required: true,
        kind: Kind::Text(Format::Sentence),
    },
    Field {
        name: "type",
        about: "Ce que la réponse doit être.",
        example: "type: date",
        required: false,
        kind: Kind::Choice(&ANSWERS),
    },
    Field {
        name: "choix",
        about: "Les réponses possibles, quand la question les propose ; après des virgules, d'autres façons de les dire. La \
                première se tape aussi par la touche 1, et ainsi de suite.",
        example: "choix:\n  - un trou, un nid-de-poule\n  - un trottoir abîmé\n  - un panneau",
        required: false,
        kind: Kind::List(Format::Name),
    },
    Field {
        name: "déjà_dit",
        about: "`oui` : ce que l'appelant a raconté avant le formulaire tient lieu de réponse, en quelques mots libres.",
        example: "déjà_dit: oui",
        required: false,
        kind: Kind::Choice(&[
            ("oui", "la question n'est posée qu'à qui n'a rien raconté"),
            ("non", "elle est toujours posée (par défaut)"),
        ]),
    },
    Field {
        name: "jour_ouvert",
        about: "`oui`, pour une date : un jour où le service du formulaire est fermé est refusé, et un autre demandé.",
        example: "jour_ouvert: oui",
        required: false,
        kind: Kind::Choice(&[
            ("oui", "le jour doit être un jour d'ouverture du service"),
            ("non", "n'importe quel jour convient (par défaut)"),
        ]),
    },
];

static MENU: &[Field] = &[
    Field {
        name: "nom",
        about: "Ce qui est dit après « pour ». Sans cette clé, le nom du sujet ou du service.",
        example: "nom: l'état civil",
        required: false,
        kind: Kind::Text(Format::Name),
    },
    Field {
        name: "sujet",
        about: "Le sujet auquel mène la touche.",
        example: "sujet: horaires",
        required: false,
        kind: Kind::Text(Format::TopicName),
    },
    Field {
        name: "service",
        about: "Le service auquel mène la touche (un sujet ou un service, pas les deux).",
        example: "service: état_civil",
        required: false,
        kind: Kind::Text(Format::ServiceName),
    },
];

/// Sentences that a town may say in its own way: key, and what is said by default.
pub(super) fn phrase_keys() -> impl Iterator<Item = (&'static str, &'static str)> {
    phrases::TABLE.iter().map(|(_, key, default)| (*key, *default))
}

/// Where a key belongs, if it is a key of the language: "sujets.(sujet).réponse".
pub(super) fn home(key: &str) -> Option<String> {
    fn search(fields: &'static [Field], prefix: &str, key: &str) -> Option<String> {
        let deeper = |field: &'static Field| {
            let path = super::walk::join(prefix, field.name);
            if super::fold(field.name) == super::fold(key) {
                Some(path)
            } else {
                inside(&field.kind, &path, key)
            }
        };
        fields.iter().find_map(deeper)
    }
    fn inside(kind: &'static Kind, path: &str, key: &str) -> Option<String> {
        match kind {
            Kind::Group(fields) | Kind::TextOrGroup(_, fields) => search(fields, path, key),
            Kind::Entries { shown, each, .. } => inside(each, &super::walk::join(path, shown), key),
            Kind::Text(_) | Kind::Choice(_) | Kind::List(_) | Kind::TextOrList(_) => None,
        }
    }
    search(PLAN, "", key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_a_home() {
        assert_eq!(home("exemples").as_deref(), Some("sujets.(sujet).exemples"));
        assert_eq!(home("fermetures").as_deref(), Some("horaires.(nom).fermetures"));
        assert_eq!(home("pacs"), None);
    }

    #[test]
    fn every_key_is_documented_by_its_own_name() {
        fn all(fields: &'static [Field]) {
            for field in fields {
                assert!(field.about.ends_with('.'), "{}", field.name);
                assert!(field.example.starts_with(&format!("{}:", field.name)), "{}", field.name);
                if let Kind::Group(inner) | Kind::TextOrGroup(_, inner) = &field.kind {
                    all(inner);
                }
            }
        }
        all(PLAN);
        [HOURS, SERVICE, TOPIC, MENU].into_iter().for_each(all);
    }
}
