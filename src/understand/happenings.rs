//! "Qu'est-ce qu'il y a ce week-end ?": what goes on in the town, and when.

use chrono::{Datelike, Days, Months, NaiveDate};

use super::date::{self, MONTHS, WEEKDAYS};
use super::{normalise, numbers};

/// Days, from the first to the last of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub first: NaiveDate,
    /// The last one; the same where it is one day.
    pub last: NaiveDate,
}

/// Days that "bientôt" looks ahead.
const SOON: u64 = 14;

/// How people ask for it (folded). With a period, these say enough.
const ASKS: [&str; 20] = [
    "qu est ce qu il y a",
    "qu est ce qu il y aura",
    "qu est ce que vous avez",
    "qu est ce qu il se passe",
    "qu est ce qui se passe",
    "qu est ce qui est prevu",
    "qu est ce qu on peut faire",
    "il y a quoi",
    "y a quoi",
    "il se passe quoi",
    "que se passe t il",
    "quoi de prevu",
    "quoi de beau",
    "quoi faire",
    "que faire",
    "au programme",
    "il y a quelque chose",
    "y a t il quelque chose",
    "l agenda",
    "a l affiche",
];
/// What they call it. Asked after with a question's word, it needs no period.
const EVENTS: [&str; 14] = [
    "animation",
    "animations",
    "evenement",
    "evenements",
    "manifestation",
    "manifestations",
    "sortie",
    "sorties",
    "activite",
    "activites",
    "fete",
    "fetes",
    "spectacles",
    "festivites",
];
/// Words that ask for things.
const QUESTIONS: [&str; 12] = [
    "quel",
    "quelle",
    "quels",
    "quelles",
    "il y a",
    "y a t il",
    "est ce qu il y a",
    "y aura t il",
    "il y aura",
    "c est quoi",
    "connaitre",
    "avez vous",
];
/// Whatever else may stand in such a sentence: with another word in it, it asks for something else.
const BESIDES: &str = "bonjour bonsoir allo oui alors euh bon et ou je j voudrais voulais aimerais savoir s si sil vous plait \
    te merci madame monsieur dites moi me pouvez dire est ce que qu qui quoi il y a aura t on peut peux faire que de des du d \
    la le les l un une ce cet cette ces en a au aux dans pour sur chez ville village commune mairie valable prevu prevue \
    prevus prevues prochain prochaine prochains prochaines semaine mois week end weekend jour jours soir apres midi matin \
    aujourd hui aujourdhui demain bientot prochainement moment ici viennent venir public publiques locales locaux organise \
    organisees organises se passe avez proposez comme quelque chose quelles quels quelle quel sont est c beau special famille \
    enfants programme affiche agenda connaitre avoir debut fin mi ci";

/// What is asked of the town's events: those of when. None where something else is asked.
pub fn asked(text: &str, today: NaiveDate) -> Option<Period> {
    let words = normalise::folded_words(text);
    let has = |phrase: &&str| normalise::contains(&words, phrase);
    let asks_for_events = EVENTS.iter().any(has) && QUESTIONS.iter().any(has);
    if !asks_for_events && !ASKS.iter().any(has) {
        return None;
    }
    let when = period(text, today);
    if !asks_for_events && when.is_none() {
        return None;
    }
    let known = |word: &str| {
        normalise::is_listed(word, BESIDES)
            || EVENTS.contains(&word)
            || WEEKDAYS.contains(&word)
            || MONTHS.contains(&word)
            || !numbers::numbers_in(word, true).is_empty()
    };
    // "À Valbourg": a place has a name.
    let place = |at: usize| at > 0 && at + 1 == words.len() && words[at - 1] == "a";
    let all_known = (0..words.len()).all(|at| known(&words[at]) || place(at));
    all_known.then(|| {
        when.unwrap_or(Period {
            first: today,
            last: today + Days::new(SOON),
        })
    })
}

/// What asks when something is, or where (folded).
const WHEN: [&str; 14] = [
    "quand",
    "quel jour",
    "quelle date",
    "la date",
    "les dates",
    "quelle heure",
    "quelles heures",
    "horaire",
    "horaires",
    "c est ou",
    "ou se passe",
    "ou a lieu",
    "le jour",
    "la prochaine date",
];
/// Whatever else may stand beside the title of an event of which that is asked (folded).
const BESIDE_A_TITLE: &str = "bonjour euh alors et sinon donc je j voudrais voulais aimerais savoir connaitre dites moi me \
    pouvez vous dire s il si plait merci c est ce que qu le la les l un du de des d au aux a en on y ou t elle ca quand quel \
    quelle quelles jour jours date dates heure heures horaire horaires lieu aura sera va avoir prochain prochaine prochains \
    prochaines cette annee ici tombe se passe tient deroule commence debute finit exactement cet ce pour";

/// Whether it is asked when an event of this title is, and nothing else.
pub fn asks_when(text: &str, title: &str) -> bool {
    let words = normalise::folded_words(text);
    if !WHEN.iter().any(|phrase| normalise::contains(&words, phrase)) {
        return false;
    }
    let title = normalise::folded_words(title);
    let besides = |word: &str| normalise::is_listed(word, BESIDE_A_TITLE);
    let mut telling = title.iter().filter(|word| !besides(word)).peekable();
    telling.peek().is_some()
        && telling.all(|word| words.contains(word))
        && words.iter().all(|word| title.contains(word) || besides(word))
}

/// Whether the next time is asked for: "et la suivante ?", "et celle d'après ?"
pub fn asks_for_the_next(text: &str) -> bool {
    const NEXT: [&str; 9] = [
        "suivante",
        "suivant",
        "suivantes",
        "suivants",
        "d apres",
        "autres dates",
        "autre date",
        "fois apres",
        "prochaines",
    ];
    let words = normalise::folded_words(text);
    NEXT.iter().any(|next| normalise::contains(&words, next))
}

/// The days that are named: "ce week-end", "la semaine prochaine", "en décembre", or a day.
pub fn period(text: &str, today: NaiveDate) -> Option<Period> {
    let words = normalise::folded_words(text);
    let has = |phrase: &str| normalise::contains(&words, phrase);
    let ahead = |days: u32| today + Days::new(days.into());
    let from_monday = today.weekday().num_days_from_monday();
    let (saturday, sunday) = (ahead(5u32.saturating_sub(from_monday)), ahead(6 - from_monday));
    let days = |first, last| Some(Period { first, last });
    let month_of = |first: NaiveDate| days(first, first.with_day(1)? + Months::new(1) - Days::new(1));
    if has("week end") || has("weekend") {
        // On a Sunday, what is left of it.
        return days(saturday.min(sunday), sunday);
    }
    if has("semaine prochaine") {
        return days(ahead(7 - from_monday), ahead(13 - from_monday));
    }
    if has("cette semaine") {
        return days(today, sunday);
    }
    if has("mois prochain") {
        return month_of(today.with_day(1)? + Months::new(1));
    }
    if has("ce mois") {
        return month_of(today);
    }
    if [
        "bientot",
        "prochainement",
        "ces jours ci",
        "prochains jours",
        "jours qui viennent",
    ]
    .iter()
    .any(|phrase| has(phrase))
    {
        return days(today, ahead(SOON as u32));
    }
    let day = if has("ce soir") || has("cet apres midi") || has("ce matin") {
        Some(today)
    } else {
        date::date(text, today)
    };
    if let Some(day) = day {
        return days(day, day);
    }
    let month = MONTHS
        .iter()
        .position(|month| has(&format!("en {month}")) || has(&format!("mois de {month}")))?;
    let years = i32::from((month as u32) < today.month0());
    let first = NaiveDate::from_ymd_opt(today.year() + years, month as u32 + 1, 1)?;
    month_of(first.max(today))
}

/// The same, where `told` was spoken of before: "et le week-end d'après ?" is the one after that.
pub fn period_after(text: &str, today: NaiveDate, told: Period) -> Option<Period> {
    let words = normalise::folded_words(text);
    let after = ["d apres", "suivant", "suivante"]
        .iter()
        .any(|word| normalise::contains(&words, word));
    let named = period(text, today)?;
    // "Ce week-end ?" "Et le week-end prochain ?": not the same again.
    let next = named == told && normalise::contains(&words, "prochain");
    if after || next {
        period(text, told.last + Days::new(1))
    } else {
        Some(named)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn what_goes_on_and_when() {
        let thursday = day("2026-11-26");
        for (text, expected) in [
            ("Qu'est-ce qu'il y a ce week-end ?", Some(("2026-11-28", "2026-11-29"))),
            (
                "qu'est-ce qu'il y a à faire ce week-end à Valbourg",
                Some(("2026-11-28", "2026-11-29")),
            ),
            ("Bonjour, il se passe quoi samedi ?", Some(("2026-11-28", "2026-11-28"))),
            (
                "Il y a des animations la semaine prochaine ?",
                Some(("2026-11-30", "2026-12-06")),
            ),
            (
                "Quels sont les événements du mois de décembre ?",
                Some(("2026-12-01", "2026-12-31")),
            ),
            ("quoi de prévu demain", Some(("2026-11-27", "2026-11-27"))),
            (
                "Est-ce qu'il y a des sorties pour les enfants cette semaine ?",
                Some(("2026-11-26", "2026-11-29")),
            ),
            (
                "Quelles sont les prochaines manifestations ?",
                Some(("2026-11-26", "2026-12-10")),
            ),
            ("Qu'est-ce qu'il y a en octobre ?", Some(("2027-10-01", "2027-10-31"))),
            ("Qu'est-ce qu'il y a ce mois-ci ?", Some(("2026-11-26", "2026-11-30"))),
            ("Y a quoi le 12 décembre ?", Some(("2026-12-12", "2026-12-12"))),
            // These ask for something else.
            ("Qu'est-ce qu'il y a à la cantine demain ?", None),
            ("Il y a quoi comme poubelle demain ?", None),
            ("Vous êtes ouverts ce week-end ?", None),
            ("Qu'est-ce qu'il y a ?", None),
            ("Je voudrais organiser une manifestation en juin.", None),
            ("Il y a une fête chez mes voisins ce soir.", None),
            ("C'est quand la brocante ?", None),
            ("", None),
        ] {
            let expected = expected.map(|(first, last)| Period {
                first: day(first),
                last: day(last),
            });
            assert_eq!(asked(text, thursday), expected, "{text}");
        }
        let title = "Fête de la musique";
        for (text, asks) in [
            ("C'est quand la fête de la musique ?", true),
            ("bonjour je voudrais savoir la date de la fête de la musique", true),
            ("la fête de la musique c'est où", true),
            ("C'est quand l'école de musique ?", false),
            ("Quand s'inscrire à la fête de la musique ?", false),
            ("je voudrais jouer à la fête de la musique", false),
        ] {
            assert_eq!(asks_when(text, title), asks, "{text}");
        }
        let sunday = day("2026-11-29");
        let told = period("ce week-end", thursday).expect("two days");
        let after = period_after("et le week-end d'après", thursday, told).map(|period| (period.first, period.last));
        assert_eq!(after, Some((day("2026-12-05"), day("2026-12-06"))));
        let next = period_after("et le week-end prochain", thursday, told).map(|period| (period.first, period.last));
        assert_eq!(next, after);
        let left = period("ce week-end", sunday).map(|period| (period.first, period.last));
        assert_eq!(left, Some((sunday, sunday)));
    }
}
