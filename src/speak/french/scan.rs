//! A position in a text, to be moved ahead by what is recognised. Copying it is free: a reader works on a copy and
//! hands it back only when it has understood all that it needs.

/// What a reader understood: how it is said, and where the text goes on.
pub(super) type Reading<'a> = Option<(String, Scan<'a>)>;

/// A position in a text.
#[derive(Clone, Copy)]
pub(super) struct Scan<'a> {
    text: &'a [char],
    at: usize,
}

impl<'a> Scan<'a> {
    pub(super) fn new(text: &'a [char]) -> Self {
        Self { text, at: 0 }
    }

    /// The next character.
    pub(super) fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    /// The character before this position.
    pub(super) fn before(&self) -> Option<char> {
        self.text[..self.at].last().copied()
    }

    /// All that comes next.
    pub(super) fn rest(&self) -> &'a [char] {
        &self.text[self.at..]
    }

    pub(super) fn skip(&mut self, count: usize) {
        self.at = (self.at + count).min(self.text.len());
    }

    /// Moves over `c` if it comes next.
    pub(super) fn eat(&mut self, c: char) -> bool {
        self.eat_any(&[c]).is_some()
    }

    /// Moves over one of `set` if it comes next.
    pub(super) fn eat_any(&mut self, set: &[char]) -> Option<char> {
        let c = self.peek().filter(|c| set.contains(c))?;
        self.at += 1;
        Some(c)
    }

    /// Moves over exactly `text` if it comes next.
    pub(super) fn eat_str(&mut self, text: &str) -> bool {
        let found = text.chars().eq(self.rest().iter().copied().take(text.chars().count()));
        if found {
            self.skip(text.chars().count());
        }
        found
    }

    /// Moves over the letters of `word`, in any case, if no other letter follows them.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let mut ahead = *self;
        let found = lower(ahead.letters()) == word;
        if found {
            *self = ahead;
        }
        found
    }

    /// Moves over spaces; true if there were any.
    pub(super) fn spaces(&mut self) -> bool {
        !self.take(|c| c == ' ').is_empty()
    }

    /// Moves over digits.
    pub(super) fn digits(&mut self) -> &'a [char] {
        self.take(|c| c.is_ascii_digit())
    }

    /// Moves over letters.
    pub(super) fn letters(&mut self) -> &'a [char] {
        self.take(char::is_alphabetic)
    }

    /// Moves over all characters that `wanted` holds for.
    pub(super) fn take(&mut self, wanted: impl Fn(char) -> bool) -> &'a [char] {
        let rest = self.rest();
        let count = rest.iter().take_while(|c| wanted(**c)).count();
        self.at += count;
        &rest[..count]
    }

    /// The letters that end right here.
    pub(super) fn letters_before(&self) -> &'a [char] {
        let text = &self.text[..self.at];
        let start = text
            .iter()
            .rposition(|c| !c.is_alphabetic())
            .map_or(0, |other| other + 1);
        &text[start..]
    }

    /// The word that ends here or before the spaces here, in lower case; empty after any other sign.
    pub(super) fn word_before(mut self) -> String {
        self.back_over_spaces();
        lower(self.letters_before())
    }

    /// Moves back over spaces.
    pub(super) fn back_over_spaces(&mut self) {
        self.at = self.text[..self.at]
            .iter()
            .rposition(|c| *c != ' ')
            .map_or(0, |last| last + 1);
    }

    /// Moves back over `count` characters.
    pub(super) fn back(&mut self, count: usize) {
        self.at = self.at.saturating_sub(count);
    }

    /// The word that begins here or after the spaces here, as written; empty before any other sign.
    pub(super) fn word_ahead(mut self) -> &'a [char] {
        self.spaces();
        self.letters()
    }

    /// The next character that is not a space.
    pub(super) fn sign_ahead(mut self) -> Option<char> {
        self.spaces();
        self.peek()
    }

    /// The last character before here that is not a space.
    pub(super) fn sign_before(&self) -> Option<char> {
        self.text[..self.at].iter().rev().copied().find(|c| *c != ' ')
    }

    /// Nothing is glued to what was just read: neither a letter nor a digit follows.
    pub(super) fn ends(&self) -> bool {
        self.peek().is_none_or(|c| !c.is_alphanumeric())
    }

    /// Nothing is glued to what comes next.
    pub(super) fn begins(&self) -> bool {
        self.before().is_none_or(|c| !c.is_alphanumeric())
    }
}

/// These characters in lower case.
pub(super) fn lower(chars: &[char]) -> String {
    chars.iter().flat_map(|c| c.to_lowercase()).collect()
}

/// The number that these digits write; none when it does not fit.
pub(super) fn value(digits: &[char]) -> Option<u64> {
    string(digits).parse().ok()
}

/// These characters as a string.
pub(super) fn string(chars: &[char]) -> String {
    chars.iter().collect()
}
