//! The dialogue's own sentences. A town may say each of them in its own way (`phrases:` in the plan).
//!
//! Translating Allô starts with this table.

use std::collections::BTreeMap;

/// A sentence of the dialogue. What stands in braces is filled in when it is spoken: see [`PLACES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phrase {
    /// After an answer.
    AnythingElse,
    /// The caller said yes to [`Phrase::AnythingElse`], or asked whether anybody is there.
    Listening,
    /// First misunderstanding.
    Rephrase,
    /// What was said is not covered by the plan.
    NotCovered,
    /// Not covered, and nobody can take the call now.
    NotCoveredClosed,
    /// A doubtful topic.
    IsItAbout,
    /// The first of two that may be meant.
    EitherAbout,
    /// The second of them, right after it.
    OrAbout,
    /// It was none of those.
    SayOtherwise,
    /// First silence.
    StillThere,
    /// Silence to the end, and nobody can take the call.
    NobodyThere,
    /// Before the menu by tones.
    MenuIntro,
    /// Last line of the menu.
    MenuAgent,
    /// A key that the menu does not have.
    UnknownKey,
    /// Before a transfer.
    Transferring,
    /// After an answer whose service knows more.
    OfferService,
    /// The service does not take calls at this hour.
    ServiceClosed,
    /// The service did not take the call.
    NoAnswer,
    /// The service could not be reached at all.
    Unreachable,
    /// Instead of a person.
    OfferMessage,
    /// Before the beep.
    LeaveMessage,
    /// The message is on disk.
    MessageKept,
    /// Nothing was recorded.
    MessageEmpty,
    /// The message could not be written.
    MessageLost,
    /// Yes or no was not understood.
    YesOrNo,
    /// Somebody may be in danger.
    Emergency,
    /// "Plus lentement."
    Slower,
    /// End of the call.
    Goodbye,
    /// "Attendez, je cherche."
    TakeYourTime,
    /// The answer is known, but its sound is still being made.
    LeadIn,
    /// Recognition takes too long.
    OneMoment,
    /// Recognition takes so long that we give up.
    Overloaded,
    /// After an answer whose service takes requests.
    OfferForm,
    /// The answer to a question of a form was not understood.
    FieldAgain,
    /// What is noted where the caller has no answer to a question of a form.
    NotGiven,
    /// The same again, where keys would do.
    FieldByKeys,
    /// Neither this question nor the form, perhaps.
    DropForm,
    /// The form was dropped.
    FormDropped,
    /// Before the answers are read back.
    Summary,
    /// A name, read back.
    ReadName,
    /// A telephone number, read back.
    ReadPhone,
    /// A day, read back.
    ReadDate,
    /// A time, read back.
    ReadTime,
    /// A number, read back.
    ReadDigits,
    /// An address, read back.
    ReadAddress,
    /// An e-mail address, read back.
    ReadEmail,
    /// A sum, read back.
    ReadAmount,
    /// Free text or a choice, read back.
    ReadText,
    /// After all answers were read back.
    AllRight,
    /// Something is not right: before they are read back one by one.
    Correct,
    /// After one answer was read back.
    OneRight,
    /// The request is on disk.
    FormKept,
    /// What it may be named by, right after it.
    Reference,
    /// The request could not be written.
    FormLost,
    /// The caller asks about a request.
    AskReference,
    /// Nobody has dealt with it yet.
    RequestReceived,
    /// Somebody deals with it.
    RequestInProgress,
    /// It was dealt with.
    RequestDone,
    /// It could not be granted.
    RequestRefused,
    /// There is none of that number.
    NoSuchRequest,
    /// There is one, and it may be somebody else's.
    IsItYours,
    /// Before a passage of the town's knowledge.
    AccordingTo,
    /// A passage that may be meant; its heading comes right after it, and is rendered meanwhile.
    IsItQuestion,
    /// The first of two that may be meant.
    EitherQuestion,
    /// The second of them.
    OrQuestion,
    /// The calendars have nothing for the days that were asked for.
    NothingOn,
    /// An event does not take place in the days that were asked for.
    NotOnThen,
    /// The calendars have no other date of an event.
    NoOtherDate,
    /// Where the town hall is.
    OurAddress,
    /// Its telephone number.
    OurPhone,
    /// Before the second of two requests, where the first took its time.
    YourOtherRequest,
    /// After the beginning of a long passage.
    MoreOfIt,
    /// The caller thanks us.
    YouAreWelcome,
    /// What is asked of the last answer does not stand in it.
    NotWritten,
    /// What is asked for is another town's.
    AnotherTown,
    /// Closed in the part of a day that was asked for, and not all day.
    ClosedInTheMorning,
    /// The same.
    ClosedInTheAfternoon,
    /// The same.
    ClosedInTheEvening,
    /// Which day it is.
    Today,
    /// What time it is.
    TimeNow,
    /// The caller asks who we are.
    IAmAMachine,
    /// Silence after a question of a form.
    NotHeard,
    /// Somebody of the service is on the telephone already.
    ServiceBusy,
    /// What a clerk hears first, before they take a call.
    CallFor,
    /// The same, where it is known what the call is about.
    CallAbout,
    /// What the caller has said.
    CallerSaid,
    /// What the caller has answered to the questions of a form.
    CallerTold,
    /// How a clerk takes a call, or does not.
    TakeTheCall,
    /// Everybody of a service speaks with somebody: the caller waits.
    AllBusy,
    /// Nobody of a service takes the call now: the caller waits.
    NobodyYet,
    /// The place of who waits.
    QueuePosition,
    /// How long it may take.
    QueueWait,
    /// The same, where it is less than a minute.
    QueueSoon,
    /// What who waits may ask for.
    QueueChoices,
    /// The same, each time that they are told their place again.
    QueueReminder,
    /// No more callers may wait for a service.
    QueueFull,
    /// The caller has waited, or would have to wait, for too long.
    QueueTooLong,
    /// The service closes while the caller waits.
    QueueCloses,
    /// Instead of waiting.
    OfferCallBack,
    /// What a caller who wants to be called back is asked.
    AskCallBack,
    /// Their number, read back.
    CallBackAt,
    /// It is on disk that they are to be called back.
    CallBackKept,
    /// It could not be written.
    CallBackLost,
    /// How long the caller has waited: told to a clerk.
    CallerWaited,
    /// The person who had the call is gone without a word.
    ClerkLost,
    /// A person takes the call over from us.
    AgentTakes,
    /// They have given it back.
    TakenBack,
    /// After that, where nothing was being asked.
    HelpFurther,
    /// Before a conversation with a clerk is recorded: to both.
    RecordingNotice,
    /// The caller has refused.
    RecordingErased,
    /// The clerk has stopped it.
    RecordingStopped,
    /// The caller insults us.
    Calm,
    /// The caller asks why we ask.
    WhyAsked,
    /// The caller asks something, in the midst of a form, to which there is no answer.
    NoAnswerAside,
    /// What the caller adds to the answers.
    Added,
    /// No answer to a question was understood: the form goes on.
    LeftOut,
    /// The same, and a message is taken.
    JoinedToMessage,
    /// Several days were named where one is asked for.
    OneDay,
    /// What was read back was neither confirmed nor corrected in words that we understand.
    SayWhatIsWrong,
    /// The caller asks something, in the midst of a form, that is to be asked about once the form is done.
    LaterAside,
    /// The service is closed on the day that the caller wishes.
    ClosedThatDay,
    /// Without a telephone number nobody can call back.
    NoNumber,
    /// The day that the caller wishes is over.
    DayIsPast,
    /// No year has the day that the caller names.
    NoSuchDay,
}

/// What is filled into sentences.
pub const PLACES: [&str; 10] = [
    "service",
    "sujet",
    "demande",
    "question",
    "valeur",
    "référence",
    "date",
    "source",
    "rang",
    "durée",
];

use Phrase::*;

/// Every sentence: its key in the plan, and what is said by default.
pub const TABLE: [(Phrase, &str, &str); 124] = [
    (AnythingElse, "autre_chose", "Puis-je vous aider pour autre chose ?"),
    (Listening, "je_vous_écoute", "Je vous écoute."),
    (
        Rephrase,
        "pas_compris",
        "Excusez-moi, je n'ai pas bien compris. Pouvez-vous le redire autrement, en quelques mots ?",
    ),
    (
        NotCovered,
        "hors_sujet",
        "Je suis désolé, je n'ai pas de réponse à cette question. Voulez-vous que je vous passe une personne de la mairie ?",
    ),
    (
        NotCoveredClosed,
        "hors_sujet_fermé",
        "Je suis désolé, je n'ai pas de réponse à cette question, et personne ne peut vous répondre en ce moment. Voulez-vous laisser un message ?",
    ),
    (
        IsItAbout,
        "confirmer_sujet",
        "Vous appelez pour {sujet}, c'est bien cela ?",
    ),
    (EitherAbout, "un_sujet", "C'est pour {sujet} ?"),
    (OrAbout, "ou_un_autre", "Ou pour {sujet} ?"),
    (
        SayOtherwise,
        "redire",
        "D'accord. Dites-moi autrement ce que vous cherchez.",
    ),
    (
        StillThere,
        "silence",
        "Je ne vous entends pas. Posez votre question, ou dites : un agent.",
    ),
    (
        NobodyThere,
        "silence_fin",
        "Je ne vous entends toujours pas. N'hésitez pas à rappeler. Au revoir.",
    ),
    (
        MenuIntro,
        "menu",
        "Vous pouvez aussi utiliser les touches de votre téléphone.",
    ),
    (MenuAgent, "menu_agent", "Pour parler à une personne, tapez zéro."),
    (
        UnknownKey,
        "touche_inconnue",
        "Cette touche ne correspond à aucun choix.",
    ),
    (Transferring, "transfert", "Je vous passe {service}. Ne quittez pas."),
    (
        OfferService,
        "proposer_service",
        "Voulez-vous que je vous passe {service} ?",
    ),
    (
        ServiceClosed,
        "service_fermé",
        "Pour le moment, on ne peut pas joindre {service}.",
    ),
    (
        NoAnswer,
        "pas_de_réponse",
        "Je suis désolé, je n'arrive pas à joindre {service}.",
    ),
    (
        Unreachable,
        "injoignable",
        "Je suis désolé, je n'arrive pas à joindre {service}.",
    ),
    (OfferMessage, "proposer_message", "Voulez-vous laisser un message ?"),
    (
        LeaveMessage,
        "laisser_message",
        "Après le bip, dites votre nom, votre numéro de téléphone et votre message. Quand vous avez fini, appuyez sur la touche dièse, ou attendez simplement.",
    ),
    (
        MessageKept,
        "message_noté",
        "C'est noté. Votre message est enregistré pour {service}.",
    ),
    (MessageEmpty, "message_vide", "Je n'ai rien entendu."),
    (
        MessageLost,
        "message_perdu",
        "Je suis désolé, votre message n'a pas pu être enregistré. Merci de rappeler un peu plus tard.",
    ),
    (
        YesOrNo,
        "oui_ou_non",
        "Répondez par oui ou par non, s'il vous plaît. Ou tapez un pour oui, deux pour non.",
    ),
    (
        Emergency,
        "urgence",
        "Si quelqu'un est en danger, raccrochez et appelez tout de suite le 15, le 17, le 18 ou le 112.",
    ),
    (Slower, "plus_lentement", "D'accord, je parle plus lentement."),
    (
        Goodbye,
        "au_revoir",
        "Merci de votre appel. Au revoir et bonne journée.",
    ),
    (
        TakeYourTime,
        "prenez_votre_temps",
        "Prenez votre temps, je vous écoute.",
    ),
    (LeadIn, "entrée_en_matière", "Voyons."),
    (OneMoment, "un_instant", "Un instant, s'il vous plaît."),
    (
        Overloaded,
        "trop_d_appels",
        "Excusez-moi, beaucoup de personnes appellent en même temps et je vous comprends mal.",
    ),
    (
        OfferForm,
        "proposer_demande",
        "Voulez-vous que j'enregistre {demande} ?",
    ),
    (FieldAgain, "réponse_pas_comprise", "Excusez-moi, je n'ai pas compris."),
    (NotGiven, "réponse_absente", "non communiqué."),
    (
        FieldByKeys,
        "réponse_par_touches",
        "Tapez-le plutôt sur votre téléphone, puis appuyez sur la touche dièse.",
    ),
    (DropForm, "abandonner_demande", "Voulez-vous abandonner cette demande ?"),
    (FormDropped, "demande_abandonnée", "D'accord, je n'enregistre rien."),
    (Summary, "récapituler", "Je récapitule."),
    (ReadName, "relire_nom", "Au nom de {valeur}."),
    (ReadPhone, "relire_téléphone", "Votre numéro de téléphone : {valeur}."),
    (ReadDate, "relire_date", "Le {valeur}."),
    (ReadTime, "relire_heure", "À {valeur}."),
    (ReadDigits, "relire_numéro", "Le numéro {valeur}."),
    (ReadAddress, "relire_adresse", "L'adresse : {valeur}."),
    (ReadEmail, "relire_courriel", "L'adresse électronique : {valeur}."),
    (ReadAmount, "relire_montant", "La somme de {valeur}."),
    (ReadText, "relire_texte", "{question} : {valeur}."),
    (AllRight, "tout_est_juste", "C'est bien cela ?"),
    (Correct, "corriger", "D'accord, reprenons."),
    (OneRight, "c_est_juste", "C'est juste ?"),
    (FormKept, "demande_notée", "C'est noté pour {service}."),
    (
        Reference,
        "numéro_de_demande",
        "Votre demande porte le numéro {référence}.",
    ),
    (
        FormLost,
        "demande_perdue",
        "Je suis désolé, votre demande n'a pas pu être enregistrée. Merci de rappeler un peu plus tard.",
    ),
    (AskReference, "numéro_de_suivi", "Quel est le numéro de votre demande ?"),
    (
        RequestReceived,
        "demande_reçue",
        "Votre demande {référence}, du {date}, est bien enregistrée. Elle n'a pas encore été traitée.",
    ),
    (
        RequestInProgress,
        "demande_en_cours",
        "Votre demande {référence}, du {date}, est en cours de traitement.",
    ),
    (
        RequestDone,
        "demande_traitée",
        "Votre demande {référence}, du {date}, a été traitée.",
    ),
    (
        RequestRefused,
        "demande_refusée",
        "Votre demande {référence}, du {date}, n'a pas pu être acceptée. Le service vous dira pourquoi.",
    ),
    (
        NoSuchRequest,
        "demande_inconnue",
        "Je ne trouve pas de demande sous ce numéro.",
    ),
    (
        IsItYours,
        "confirmer_demande",
        "Sous le numéro {référence}, je trouve {demande}, du {date}. Est-ce bien votre demande ?",
    ),
    (AccordingTo, "d_après", "Voici ce que dit {source}."),
    (IsItQuestion, "confirmer_question", "Est-ce bien votre question ?"),
    (EitherQuestion, "une_question", "Votre question, est-ce celle-ci ?"),
    (OrQuestion, "ou_une_autre_question", "Ou bien est-ce cette question ?"),
    (NothingOn, "rien_à_l_agenda", "Je n'ai rien à l'agenda pour {date}."),
    (
        NotOnThen,
        "pas_à_cette_date",
        "Je ne le vois pas à l'agenda pour {date}.",
    ),
    (
        NoOtherDate,
        "pas_d_autre_date",
        "Je n'en vois pas d'autre date à l'agenda.",
    ),
    (OurAddress, "notre_adresse", "L'adresse de la mairie : {valeur}."),
    (OurPhone, "notre_numéro", "Le numéro de la mairie est le {valeur}."),
    (
        YourOtherRequest,
        "votre_autre_demande",
        "J'en viens à votre autre question.",
    ),
    (MoreOfIt, "la_suite", "Voulez-vous entendre la suite ?"),
    (YouAreWelcome, "je_vous_en_prie", "Je vous en prie."),
    (NotWritten, "pas_de_précision", "Je n'ai pas cette précision."),
    (
        AnotherTown,
        "autre_commune",
        "Je ne réponds que pour notre commune ; pour une autre, il faut vous adresser à sa mairie.",
    ),
    (ClosedInTheMorning, "fermé_le_matin", "C'est fermé le matin."),
    (ClosedInTheAfternoon, "fermé_l_après_midi", "C'est fermé l'après-midi."),
    (ClosedInTheEvening, "fermé_le_soir", "C'est fermé le soir."),
    (Today, "aujourd_hui", "Nous sommes le {date}."),
    (TimeNow, "l_heure", "Il est {valeur}."),
    (
        IAmAMachine,
        "qui_je_suis",
        "Je suis une machine, l'assistant vocal de la mairie. Dites-moi ce que vous cherchez, ou demandez un agent.",
    ),
    (NotHeard, "rien_entendu", "Je ne vous entends pas."),
    (
        ServiceBusy,
        "occupé",
        "Je suis désolé, la ligne est occupée : {service}.",
    ),
    (CallFor, "agent_appel", "Allô, un appel pour {service}."),
    (
        CallAbout,
        "agent_appel_sujet",
        "Allô, un appel pour {service} : {sujet}.",
    ),
    (CallerSaid, "agent_paroles", "L'appelant a dit : « {valeur} »."),
    (CallerTold, "agent_réponses", "L'appelant a indiqué : {valeur}."),
    (
        TakeTheCall,
        "agent_prendre",
        "Pour prendre l'appel, tapez un ou dites oui. Pour refuser, tapez deux.",
    ),
    (AllBusy, "attente", "Tous les agents sont en ligne."),
    (
        NobodyYet,
        "attente_personne",
        "Personne ne peut vous répondre tout de suite.",
    ),
    (QueuePosition, "attente_rang", "Vous êtes en {rang} position."),
    (QueueWait, "attente_durée", "L'attente est d'environ {durée}."),
    (QueueSoon, "attente_courte", "L'attente est de moins d'une minute."),
    (
        QueueChoices,
        "attente_choix",
        "Dites à tout moment « rappelez-moi », ou tapez un, pour être rappelé. Dites « message », ou tapez deux, pour laisser un message. Tapez trois pour revenir.",
    ),
    (
        QueueReminder,
        "attente_rappel",
        "Pour être rappelé, dites « rappelez-moi », ou tapez un.",
    ),
    (
        QueueFull,
        "attente_pleine",
        "Je suis désolé, trop de personnes attendent déjà {service}.",
    ),
    (
        QueueTooLong,
        "attente_trop_longue",
        "Je suis désolé, personne ne peut prendre votre appel dans un délai raisonnable.",
    ),
    (
        QueueCloses,
        "attente_fermeture",
        "Je suis désolé, l'heure de fermeture est passée : on ne peut plus joindre {service}.",
    ),
    (
        OfferCallBack,
        "proposer_rappel",
        "Voulez-vous être rappelé ? Dites oui, ou tapez un. Dites « message », ou tapez deux, pour laisser un message.",
    ),
    (AskCallBack, "rappel_numéro", "À quel numéro peut-on vous rappeler ?"),
    (
        CallBackAt,
        "rappel_relire",
        "On vous rappelle au {valeur}, c'est bien cela ?",
    ),
    (
        CallBackKept,
        "rappel_noté",
        "C'est noté pour {service} : on vous rappelle, dans l'ordre d'arrivée des appels.",
    ),
    (
        CallBackLost,
        "rappel_perdu",
        "Je suis désolé, votre demande de rappel n'a pas pu être enregistrée.",
    ),
    (CallerWaited, "agent_attente", "L'appelant attend depuis {durée}."),
    (
        ClerkLost,
        "agent_perdu",
        "Je suis désolé, la communication avec votre interlocuteur est coupée.",
    ),
    (AgentTakes, "agent_reprend", "Un agent de la mairie prend votre appel."),
    (TakenBack, "je_vous_reprends", "Je vous reprends."),
    (HelpFurther, "encore_aider", "Puis-je encore vous aider ?"),
    (
        RecordingNotice,
        "enregistrement",
        "Cette conversation est enregistrée. Pour refuser, tapez neuf.",
    ),
    (
        RecordingErased,
        "enregistrement_effacé",
        "L'enregistrement est arrêté et effacé.",
    ),
    (
        RecordingStopped,
        "enregistrement_arrêté",
        "L'enregistrement est arrêté.",
    ),
    (
        Calm,
        "rester_calme",
        "Je comprends votre agacement. Je peux vous passer une personne, ou vous répondre : que cherchez-vous ?",
    ),
    (
        WhyAsked,
        "pourquoi_demander",
        "Le service en a besoin pour traiter votre demande. Si vous préférez ne pas répondre, dites-le.",
    ),
    (
        NoAnswerAside,
        "pas_de_réponse_ici",
        "Je n'ai pas la réponse à cette question. Revenons à votre demande.",
    ),
    (Added, "ajouter_à_la_demande", "J'ajoute : {valeur}."),
    (
        LeftOut,
        "réponse_laissée",
        "Je n'ai toujours pas compris : je laisse cette question sans réponse.",
    ),
    (
        JoinedToMessage,
        "réponses_jointes",
        "Je vous comprends mal. Ce que vous m'avez déjà indiqué sera joint à votre message.",
    ),
    (OneDay, "un_seul_jour", "Il me faut un seul jour. Lequel ?"),
    (
        SayWhatIsWrong,
        "dire_ce_qui_change",
        "Je n'ai pas compris ce qu'il faut changer. Si tout est juste, dites oui ; sinon, dites ce qui est faux : le nom, \
         par exemple.",
    ),
    (
        LaterAside,
        "question_ensuite",
        "Je reviendrai à votre question. Terminons d'abord votre demande.",
    ),
    (ClosedThatDay, "fermé_ce_jour", "Ce jour-là, c'est fermé."),
    (
        NoNumber,
        "sans_numéro",
        "Sans numéro, personne ne pourra vous rappeler.",
    ),
    (DayIsPast, "jour_passé", "Ce jour-là est déjà passé."),
    (NoSuchDay, "jour_inexistant", "Ce jour-là n'existe pas."),
];

/// The sentences of one plan.
#[derive(Clone, Debug, Default)]
pub struct Phrases {
    own: BTreeMap<String, String>,
}

impl Phrases {
    /// The defaults, with the town's own sentences (by key) in their place.
    pub fn new(own: &BTreeMap<String, String>) -> Self {
        Self { own: own.clone() }
    }

    /// The sentence, its places not yet filled.
    pub fn get(&self, phrase: Phrase) -> &str {
        let (_, key, default) = TABLE[phrase as usize];
        self.own.get(key).map_or(default, String::as_str)
    }

    /// The sentence with `{name}` replaced by `value`.
    pub fn fill(&self, phrase: Phrase, name: &str, value: &str) -> String {
        self.get(phrase).replace(&format!("{{{name}}}"), value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stands_in_the_order_of_the_enum() {
        for (index, (phrase, key, default)) in TABLE.iter().enumerate() {
            assert_eq!(*phrase as usize, index, "{key}");
            assert!(default.ends_with(['.', '?', '!']), "{key}");
        }
    }

    #[test]
    fn a_town_may_say_it_its_own_way() {
        let own = BTreeMap::from([("au_revoir".to_string(), "Adieu !".to_string())]);
        assert_eq!(Phrases::new(&own).get(Goodbye), "Adieu !");
        assert_eq!(
            Phrases::default().fill(Transferring, "service", "l'accueil"),
            "Je vous passe l'accueil. Ne quittez pas."
        );
    }
}
