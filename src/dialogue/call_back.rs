//! "Vous pouvez me rappeler demain ?": who asks to be called back is offered the form of that name, where the plan has one.
//! It is told by the words alone: as a topic to be learned it would draw others' sentences to itself.

use super::{Considered, Turn};
use crate::understand::{Reading, normalise};

/// The form's name in plans.
pub(super) const FORM: &str = "rappel";
/// How it is asked for, whatever follows.
const ASKED: [&str; 9] = [
    "etre rappele",
    "etre rappelee",
    "etre rappeles",
    "on me rappelle",
    "on nous rappelle",
    "vous me rappeliez",
    "quelqu un me rappelle",
    "agent me rappelle",
    "demande de rappel",
];
/// The same, where a moment, a number or nothing follows: "me rappeler vos horaires" is something else.
const ASKED_THEN: [&str; 5] = [
    "rappelez moi",
    "me rappeler",
    "nous rappeler",
    "vous me rappelez",
    "rappelle moi",
];
/// What may follow.
const THEN: &[&str] = &[
    "a",
    "au",
    "apres",
    "avant",
    "aujourd",
    "bientot",
    "ce",
    "cet",
    "cette",
    "dans",
    "demain",
    "des",
    "en",
    "entre",
    "et",
    "jeudi",
    "lundi",
    "mardi",
    "merci",
    "mercredi",
    "plus",
    "plutot",
    "pour",
    "quand",
    "rapidement",
    "s",
    "samedi",
    "sur",
    "svp",
    "vendredi",
    "vers",
    "vite",
];
/// Words of another matter: it was promised, or forgotten, or is not wanted.
const OTHERWISE: [&str; 8] = ["devait", "deviez", "doit", "devez", "dit", "ne", "pas", "jamais"];

impl Turn<'_> {
    /// The form for call-backs (index in the plan's), where it is asked for, and nothing else is to be done for sure: who
    /// wants to be called back about their permit has no use for what the town says of permits.
    pub(super) fn wants_call_back(&self, considered: &Considered, reading: &Reading) -> Option<usize> {
        let text = reading.text.reveal();
        let asked = match considered {
            Considered::Sure(subjects) if self.is_transfer(subjects) => asks(text),
            Considered::Sure(subjects) => {
                asks_outright(text) && subjects.iter().all(|subject| subject.only_tells(&self.dialogue.plan))
            }
            _ => asks(text),
        };
        if !asked {
            return None;
        }
        self.dialogue.plan.forms.iter().position(|form| form.id == FORM)
    }
}

fn asks(text: &str) -> bool {
    asks_outright(text) || clauses(text).any(|words| clause_asks(&words))
}

/// Whether it is asked for in words that mean nothing else.
fn asks_outright(text: &str) -> bool {
    clauses(text).any(|words| (says_any(&words, &ASKED) || wishes(&words)) && !says_any(&words, &OTHERWISE))
}

/// "Je voudrais que la mairie me rappelle": not "je me rappelle que", "ça me rappelle".
fn wishes(words: &[String]) -> bool {
    let is = |at: usize, any: &[&str]| words.get(at).is_some_and(|word| any.contains(&word.as_str()));
    let calls = |at: usize| is(at, &["me", "nous"]) && is(at + 1, &["rappelle", "rappellent", "rappelles"]);
    let somebody = |at: usize| at > 1 && !is(at - 1, &["je", "ca", "cela", "qui", "nous", "que", "qu"]);
    (0..words.len()).any(|at| calls(at) && somebody(at) && (0..at).any(|before| is(before, &["que", "qu"])))
}

/// "Je ne peux pas attendre, rappelez-moi": what is denied in one clause is not in another.
fn clauses(text: &str) -> impl Iterator<Item = Vec<String>> {
    text.split(['.', '?', '!', ';', ':', ',']).map(normalise::folded_words)
}

fn says_any(words: &[String], phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| normalise::contains(words, phrase))
}

fn clause_asks(words: &[String]) -> bool {
    let says_then = |phrase: &&str| {
        let mut said = (0..words.len()).filter(|at| normalise::begins(&words[*at..], phrase));
        said.any(|at| {
            let next = words.get(at + phrase.split(' ').count());
            next.is_none_or(|next| THEN.contains(&next.as_str()))
        })
    };
    ASKED_THEN.iter().any(says_then) && !says_any(words, &OTHERWISE)
}

#[cfg(test)]
mod tests {
    use super::{asks, asks_outright};

    #[test]
    fn who_wants_to_be_called_back() {
        for text in [
            "Je voudrais être rappelé.",
            "Bonjour, je souhaiterais être rappelée dans la journée s'il vous plaît.",
            "Est-ce que quelqu'un peut me rappeler ?",
            "Quelqu'un peut me rappeler ? Je laisse mon numéro.",
            "Vous pouvez me rappeler demain matin ?",
            "Rappelez-moi au 06 42 18 75 91.",
            "Rappelez-moi quand vous aurez un moment.",
            "J'aimerais qu'on me rappelle cet après-midi.",
            "C'est pour une demande de rappel.",
            "Il faudrait que quelqu'un me rappelle.",
            "On peut me rappeler, s'il vous plaît ?",
            "Je ne peux pas attendre, rappelez-moi.",
            "Non, pas de message, rappelez-moi plutôt.",
        ] {
            assert!(asks(text), "{text}");
        }
    }

    #[test]
    fn what_means_nothing_else() {
        for text in [
            "je voudrais qu'on me rappelle pour un permis de construire",
            "est-ce que je pourrais être rappelé au sujet de la cantine",
            "j'aimerais que quelqu'un me rappelle pour mes poubelles",
            "je voudrais que la mairie me rappelle",
        ] {
            assert!(asks_outright(text), "{text}");
        }
        for text in [
            "vous pouvez me rappeler quand vous ouvrez",
            "je ne veux pas qu'on me rappelle pour ça",
            "on me rappelle jamais",
            "je me rappelle que la mairie est fermée",
            "c'est une rue que je me rappelle bien",
            "il devait être rappelé hier",
        ] {
            assert!(!asks_outright(text), "{text}");
        }
    }

    #[test]
    fn who_does_not() {
        for text in [
            "Vous pouvez me rappeler vos horaires ?",
            "Rappelez-moi les jours d'ouverture.",
            "Je ne me rappelle plus du nom de la rue.",
            "Ça me rappelle mon enfance.",
            "Je me rappelle bien de vous.",
            "Un monsieur de chez vous devait me rappeler.",
            "Quelqu'un doit me rappeler.",
            "On m'a dit de rappeler aujourd'hui.",
            "Je rappelle pour mon signalement.",
            "Non, je rappellerai.",
            "Je ne veux pas qu'on me rappelle.",
            "Le rappel du vaccin de mon fils.",
            "J'ai reçu un rappel pour la cantine.",
            "Comment s'appelle la directrice ?",
            "",
        ] {
            assert!(!asks(text), "{text}");
        }
    }
}
