//! Patterns of folded words in proximity: what a rule listens for, without listing whole sentences.
//!
//! A pattern is made of parts between spaces, each of which stands for one word, right after the one before:
//! - `feu|incendie`: one of these words;
//! - `saign*`: a word that begins so;
//! - `!pour|contre`: any word but these, or the end;
//! - `WHO`: a word of a named list (in capitals);
//! - `~` and `~~`: a few words, or more of them, or none;
//! - `^` and `$`: the beginning and the end.

/// Words that `~` stands for, at most.
const FEW: usize = 3;
/// Words that `~~` stands for, at most.
const MORE: usize = 8;

/// Named lists of words with spaces between them, which patterns call by their names; those of one name are one list.
pub type Lists = [(&'static str, &'static str)];

/// Patterns, read once: there are hundreds, and they are looked for in all that is said.
pub struct Patterns(Vec<Vec<Part>>);

enum Part {
    Word(Choice),
    /// Any word but these, or the end.
    Not(Choice),
    Gap(usize),
    Start,
    End,
}

/// Words, of which one is to stand.
#[derive(Default)]
struct Choice {
    /// One bit for each letter that one of them begins with: most words are none of them, which this tells at once.
    initials: u32,
    words: Vec<&'static str>,
    stems: Vec<&'static str>,
}

impl Patterns {
    /// Reads `patterns`, which may name `lists`.
    pub fn new(patterns: &[&'static str], lists: &Lists) -> Self {
        let part = |part: &'static str| match part {
            "~" => Part::Gap(FEW),
            "~~" => Part::Gap(MORE),
            "^" => Part::Start,
            "$" => Part::End,
            _ => match part.strip_prefix('!') {
                Some(not) => Part::Not(Choice::new(not, lists)),
                None => Part::Word(Choice::new(part, lists)),
            },
        };
        Self(patterns.iter().map(|one| one.split(' ').map(part).collect()).collect())
    }

    /// Whether one of them stands in `words`.
    pub fn any(&self, words: &[String]) -> bool {
        self.0.iter().any(|parts| find(words, parts).is_some())
    }

    /// Puts `instead` in the place of whatever one of them stands for.
    pub fn replace(&self, words: &mut Vec<String>, instead: &str) {
        for parts in &self.0 {
            while let Some((start, end)) = find(words, parts) {
                words.splice(start..end, [instead.to_owned()]);
            }
        }
    }
}

impl Choice {
    fn new(part: &'static str, lists: &Lists) -> Self {
        let mut choice = Self::default();
        for one in part.split('|') {
            let mut named = lists.iter().filter(|(name, _)| *name == one).peekable();
            match (named.peek(), one.strip_suffix('*')) {
                (Some(_), _) => choice.words.extend(named.flat_map(|(_, words)| words.split(' '))),
                (None, Some(stem)) => choice.stems.push(stem),
                (None, None) => choice.words.push(one),
            }
        }
        let all = choice.words.iter().chain(&choice.stems);
        choice.initials = all.fold(0, |bits, word| bits | initial(word));
        choice
    }

    fn holds(&self, word: &str) -> bool {
        self.initials & initial(word) != 0
            && (self.words.contains(&word) || self.stems.iter().any(|stem| word.starts_with(stem)))
    }
}

fn initial(word: &str) -> u32 {
    word.bytes().next().map_or(0, |byte| 1 << (byte % 32))
}

/// Where the parts first stand in `words`: the first word, and the one after the last.
fn find(words: &[String], parts: &[Part]) -> Option<(usize, usize)> {
    let (starts, parts) = match parts {
        [Part::Start, parts @ ..] => (1, parts),
        _ => (words.len(), parts),
    };
    (0..starts).find_map(|at| length(words.get(at..)?, parts).map(|length| (at, at + length)))
}

/// How many words the parts take, if `words` begin with them.
fn length(words: &[String], parts: &[Part]) -> Option<usize> {
    let Some((part, rest)) = parts.split_first() else {
        return Some(0);
    };
    let taken = match (part, words.first()) {
        (Part::Gap(most), _) => {
            let mut gaps = 0..=(*most).min(words.len());
            return gaps.find_map(|gap| Some(gap + length(&words[gap..], rest)?));
        }
        (Part::Word(choice), Some(word)) if choice.holds(word) => 1,
        (Part::Not(choice), Some(word)) if !choice.holds(word) => 1,
        (Part::Not(_) | Part::End, None) => 0,
        _ => return None,
    };
    Some(taken + length(&words[taken..], rest)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::understand::normalise::folded_words;

    #[test]
    fn patterns_are_found() {
        let lists: &Lists = &[("WHO", "mere pere")];
        for (text, pattern, found) in [
            ("ma mère ne respire plus", "WHO ~ respir* plus|pas", true),
            ("ma mère respire", "WHO ~ respir* plus|pas", false),
            ("mon père dit qu'il ne peut plus vivre", "WHO ~ vivre", false),
            ("mon père dit qu'il ne peut plus vivre", "WHO ~~ vivre", true),
            ("il se bat pour vous", "se bat !pour|contre", false),
            ("il se bat", "se bat !pour|contre", true),
            ("ça va", "^ ca va $", true),
            ("ça va bien", "^ ca va $", false),
            ("moi ça va", "^ ca va $", false),
        ] {
            let words = folded_words(text);
            assert_eq!(Patterns::new(&[pattern], lists).any(&words), found, "{text}: {pattern}");
        }
    }

    #[test]
    fn what_is_found_is_replaced() {
        let mut words = folded_words("le feu rouge et le feu");
        Patterns::new(&["feu rouge|vert"], &[]).replace(&mut words, "…");
        assert_eq!(words.join(" "), "le … et le feu");
    }
}
