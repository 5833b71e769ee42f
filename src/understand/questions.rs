//! What people ask of any town beside its topics: dogs, keys that were lost, the library's card. A passage of the town's own
//! that has a title like one of these questions is found by the ways in which people ask it, too: "quelqu'un a trouvé mes
//! clés ?" has no word of "Où sont les objets trouvés ?".

use std::sync::LazyLock;

use super::fact::Fact;
use super::features::Features;
use super::lookup::{BESIDE, Findable};
use super::memory::Memory;
use super::normalise::{self, Word};

/// A question: `# Où sont les objets trouvés ?`, other titles of it after `=`, then a sentence a line.
#[derive(Debug, Default)]
pub struct Question {
    /// As towns write it, the first as most of them do.
    pub titles: Vec<&'static str>,
    /// As people say it.
    pub sentences: Vec<&'static str>,
}

static QUESTIONS: LazyLock<Vec<Question>> = LazyLock::new(|| parse(include_str!("questions.txt")));

/// All of them, in the order of the file.
pub fn questions() -> &'static [Question] {
    &QUESTIONS
}

/// A heading asks what a title asks where its meaning is as near (cosine), by how much of what tells in the title stands in
/// the passage: all of it, most of it without a verb that is wanting ("adopter un chien" is not "trouver un chien"), or
/// whatever does. Set on the headings of Valbourg, of which 3 in 100 are taken for another question.
const NEAR: f32 = 0.6;
const NEARER: f32 = 0.7;
const ALIKE: f32 = 0.85;
const MOST: f32 = 0.6;

/// For each passage, the questions that its headings ask (indices in [`questions`]); none without a sentence encoder. `stands`
/// tells whether a stem stands in a passage.
pub(super) fn of_passages(
    passages: &[Findable],
    stands: impl Fn(usize, &str) -> bool,
    features: &Features,
    memory: &dyn Memory,
) -> Vec<Vec<usize>> {
    let titles: Vec<(usize, &str)> = (questions().iter().enumerate())
        .flat_map(|(at, question)| question.titles.iter().map(move |title| (at, *title)))
        .collect();
    let headings: Vec<(usize, &str)> = (passages.iter().enumerate())
        .flat_map(|(at, passage)| passage.questions.iter().map(move |heading| (at, heading.as_str())))
        .collect();
    let texts = titles
        .iter()
        .chain(&headings)
        .map(|(_, text)| normalise::telling_words(text));
    let mut meanings = features.meanings_of_sentences(&texts.collect::<Vec<_>>(), memory);
    let of_headings = meanings.split_off(titles.len());
    let telling: Vec<Vec<Telling>> = titles.iter().map(|(_, title)| tells(title, features)).collect();
    let mut found: Vec<Vec<usize>> = vec![Vec::new(); passages.len()];
    for ((passage, heading), meaning) in headings.iter().zip(&of_headings) {
        let nearest = (titles.iter().zip(&meanings).zip(&telling))
            .filter_map(|(((question, title), of_title), telling)| {
                let cosine: f32 = meaning.iter().zip(of_title).map(|(a, b)| a * b).sum();
                let wanting: Vec<&Telling> = telling.iter().filter(|word| !stands(*passage, &word.stem)).collect();
                let share = 1.0 - wanting.len() as f32 / telling.len().max(1) as f32;
                let needed = match share {
                    _ if wanting.is_empty() && !telling.is_empty() => NEAR,
                    MOST.. if !wanting.iter().any(|word| word.is_verb) => NEARER,
                    _ => ALIKE,
                };
                (cosine >= needed && asks_no_more(title, heading)).then_some((*question, cosine))
            })
            .max_by(|a, b| a.1.total_cmp(&b.1));
        found[*passage].extend(nearest.map(|(question, ..)| question));
    }
    for questions in &mut found {
        questions.sort_unstable();
        questions.dedup();
    }
    found
}

/// A word of a title.
struct Telling {
    stem: String,
    /// Whether it seems to be an infinitive.
    is_verb: bool,
}

/// The words of a title without those that any question may have.
fn tells(title: &str, features: &Features) -> Vec<Telling> {
    const SHORTEST: usize = 3;
    const ANY: &str = "cas municipal municipale municipaux commune communal communale ville obtenir contacter fonctionne \
        marche existe propose trouver recevoir acceder beneficier permanence prise service services club liste";
    let words = normalise::telling_words(title);
    let telling = words
        .iter()
        .filter(|word| word.folded.len() >= SHORTEST)
        .filter(|word| !normalise::is_listed(&word.folded, BESIDE) && !normalise::is_listed(&word.folded, ANY));
    let told = |word: &Word| Telling {
        stem: features.stem(word),
        is_verb: ["er", "ir", "re"].iter().any(|end| word.folded.ends_with(end)),
    };
    telling.map(told).collect()
}

/// Whether a title asks for no moment that the heading does not ask for, and for a price where that does.
fn asks_no_more(title: &str, heading: &str) -> bool {
    const PRICE: [&str; 6] = ["combien coute", "combien coutent", "prix", "tarif", "tarifs", "coute"];
    let price = |text: &str| {
        let words = normalise::folded_words(text);
        PRICE.iter().any(|phrase| normalise::contains(&words, phrase))
    };
    price(title) == price(heading) && (Fact::Moment.is_asked(heading) || !Fact::Moment.is_asked(title))
}

fn parse(text: &'static str) -> Vec<Question> {
    let mut questions: Vec<Question> = Vec::new();
    for line in text.lines().skip_while(|line| !line.is_empty()) {
        let title = line.strip_prefix("# ");
        questions.extend(title.map(|_| Question::default()));
        let Some(question) = questions.last_mut() else { continue };
        match title.or_else(|| line.strip_prefix("= ")) {
            Some(title) => question.titles.push(title),
            None => question.sentences.extend(Some(line).filter(|line| !line.is_empty())),
        }
    }
    questions
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_question_is_asked_in_many_ways_and_none_of_them_twice() {
        let mut seen = HashSet::new();
        assert!(questions().len() >= 400);
        for question in questions() {
            assert!(
                question.sentences.len() >= 10 && question.titles.len() >= 2,
                "{question:?}"
            );
            for sentence in &question.sentences {
                assert!(seen.insert(normalise::folded_words(sentence)), "{sentence}");
            }
        }
    }
}
