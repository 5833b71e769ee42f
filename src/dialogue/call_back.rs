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
    /// The form for call-backs (index in the plan's), where it is asked for and nothing else is for sure.
    pub(super) fn wants_call_back(&self, considered: &Considered, reading: &Reading) -> Option<usize> {
        let elsewhere = matches!(considered, Considered::Sure(subjects) if !self.is_transfer(subjects));
        if elsewhere || !asks(reading.text.reveal()) {
            return None;
        }
        self.dialogue.plan.forms.iter().position(|form| form.id == FORM)
    }
}

fn asks(text: &str) -> bool {
    text.split(['.', '?', '!', ';', ':', ',']).any(clause_asks)
}

/// "Je ne peux pas attendre, rappelez-moi": what is denied in one clause is not in another.
fn clause_asks(clause: &str) -> bool {
    let words = normalise::folded_words(clause);
    let says = |phrase: &&str| normalise::contains(&words, phrase);
    let says_then = |phrase: &&str| {
        let parts: Vec<&str> = phrase.split(' ').collect();
        let mut after = (0..words.len()).filter(|at| {
            words[*at..]
                .iter()
                .map(String::as_str)
                .take(parts.len())
                .eq(parts.iter().copied())
        });
        after.any(|at| {
            let next = words.get(at + parts.len());
            next.is_none_or(|next| THEN.contains(&next.as_str()))
        })
    };
    !OTHERWISE.iter().any(says) && (ASKED.iter().any(says) || ASKED_THEN.iter().any(says_then))
}

#[cfg(test)]
mod tests {
    use super::asks;

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
        ] {
            assert!(asks(text), "{text}");
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
