//! What was typed → plain characters on one line: markup, emojis and typographic variants are gone.

use unicode_normalization::UnicodeNormalization;

/// The text as one line of letters, ASCII digits and the signs that the readers know. Lists and lines that stand
/// alone end with a comma or a full stop.
pub(super) fn flow(written: &str) -> Vec<char> {
    let composed: Vec<char> = written.nfc().collect();
    lines(&plain(&without_markup(&composed)))
}

/// Tags, entities, links and emphasis of HTML and Markdown → what a reader would see.
fn without_markup(text: &[char]) -> Vec<char> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&c) = text.get(at) {
        let rest = &text[at..];
        let (seen, length) = match c {
            '<' => tag(rest),
            '&' => entity(rest),
            '[' => link(rest),
            '*' | '_' | '~' if rest.get(1) == Some(&c) => {
                Some((String::new(), rest.iter().take_while(|d| **d == c).count()))
            }
            _ => None,
        }
        .unwrap_or_else(|| (c.to_string(), 1));
        out.extend(seen.chars());
        at += length;
    }
    out
}

fn tag(text: &[char]) -> Option<(String, usize)> {
    let first = text.get(1)?;
    let end = text.iter().take(300).position(|c| *c == '>')?;
    let name: String = text[1..end]
        .iter()
        .filter(|c| **c != '/')
        .take_while(|c| c.is_ascii_alphanumeric())
        .collect();
    let line = ["br", "p", "li", "div", "tr", "ul", "ol", "h1", "h2", "h3"].contains(&name.to_lowercase().as_str());
    let seen = if line { "\n" } else { "" };
    (first.is_ascii_alphabetic() || *first == '/').then(|| (seen.to_owned(), end + 1))
}

fn entity(text: &[char]) -> Option<(String, usize)> {
    let end = text.iter().take(8).position(|c| *c == ';')?;
    let name: String = text[1..end].iter().collect();
    let seen = match name.as_str() {
        "nbsp" => " ",
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "#39" | "apos" | "rsquo" => "'",
        "euro" => "€",
        "eacute" => "é",
        "egrave" => "è",
        "agrave" => "à",
        _ => return None,
    };
    Some((seen.into(), end + 1))
}

/// `[words](address)` → the words.
fn link(text: &[char]) -> Option<(String, usize)> {
    let close = text
        .iter()
        .take(200)
        .position(|c| *c == ']')
        .filter(|close| text.get(close + 1) == Some(&'('))?;
    let end = text.iter().skip(close).take(300).position(|c| *c == ')')? + close;
    Some((text[1..close].iter().collect(), end + 1))
}

/// Typographic variants → one sign each; what cannot be said → a space.
fn plain(text: &[char]) -> Vec<char> {
    let mut out: Vec<char> = Vec::with_capacity(text.len());
    for &c in text {
        match c {
            '\n' | '\u{2028}' | '\u{2029}' | '\u{85}' => out.push('\n'),
            // soft hyphens, joiners, directions, selectors, combining marks that NFC could not compose
            '\r' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}' => {}
            '\u{fe00}'..='\u{fe0f}' | '\u{300}'..='\u{36f}' => {}
            '’' | '‘' | 'ʼ' | '′' | '‛' => out.push('\''),
            '‐' | '\u{2011}' | '−' => out.push('-'),
            '–' | '—' | '―' => out.push('–'),
            '…' => out.push('…'),
            'º' => out.push('°'),
            '⁄' | '∕' => out.push('/'),
            '→' | '⇒' | '➔' => out.extend([' ', '–', ' ']),
            '|' => out.extend([',', ' ']),
            '№' => out.extend(['n', '°']),
            '½' => out.extend([' ', '1', '/', '2']),
            '¼' => out.extend([' ', '1', '/', '4']),
            '¾' => out.extend([' ', '3', '/', '4']),
            'ᵉ' => out.push('e'),
            'ʳ' => out.push('r'),
            'ᵈ' => out.push('d'),
            'ˢ' => out.push('s'),
            '•' | '▪' | '◦' | '‣' | '►' | '➢' | '✓' | '✔' | '●' => out.push('•'),
            '€' | '$' | '£' | '%' | '‰' | '°' | '²' | '³' | '×' | '÷' | '≤' | '≥' | '≠' | '±' | '·' | '§' => {
                out.push(c)
            }
            '"' | '`' => out.push(' '),
            c if c.is_ascii_graphic() => out.push(c),
            c if c.is_alphabetic() && is_latin(c) => out.push(c),
            // full-width letters, ligatures, circled digits, Roman numbers as one character
            '\u{fb00}'..='\u{fb06}' | '\u{ff01}'..='\u{ff5e}' | '\u{2150}'..='\u{217f}' | '\u{2460}'..='\u{2473}' => {
                out.extend(std::iter::once(c).nfkc().filter(char::is_ascii_graphic));
            }
            _ => out.push(' '),
        }
    }
    tidy_dots(&out)
}

fn is_latin(c: char) -> bool {
    matches!(c, 'À'..='\u{24f}' | '\u{1e00}'..='\u{1eff}')
}

/// "..." → "…"; single spaces, and none before a dot or a comma even where quotes were.
fn tidy_dots(text: &[char]) -> Vec<char> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&c) = text.get(at) {
        let dots = text[at..].iter().take_while(|d| **d == '.').count();
        if matches!(c, '.' | ',' | '…') {
            while out.last() == Some(&' ') {
                out.pop();
            }
        }
        match dots {
            0 if c == ' ' && out.last() == Some(&' ') => {}
            0 => out.push(c),
            1 if out.last() == Some(&'.') => {}
            1 => out.push('.'),
            _ => out.push('…'),
        }
        at += dots.max(1);
    }
    out
}

/// Joins lines: a list with commas, a line that goes on with a space, others with full stops.
fn lines(text: &[char]) -> Vec<char> {
    let mut out: Vec<char> = Vec::with_capacity(text.len());
    let mut blank = false;
    let mut heading = false;
    for line in text.split(|c| *c == '\n') {
        let Line {
            text: line,
            item,
            numbered,
            title,
        } = Line::read(line);
        let Some(&first) = line.first() else {
            blank = true;
            continue;
        };
        if let Some(&last) = out.last() {
            let paused = ".!?…:;,".contains(last);
            let apart = blank || heading || title;
            match () {
                _ if paused => {}
                _ if item && !blank && !first.is_uppercase() => out.push(','),
                _ if item || numbered || apart || first.is_uppercase() => out.push('.'),
                _ if first.is_ascii_digit() => out.push(','),
                _ => {}
            }
            out.push(' ');
        }
        out.extend(line);
        (blank, heading) = (false, title);
    }
    out
}

/// One line without the marks of a list or of a title.
struct Line<'a> {
    text: &'a [char],
    item: bool,
    /// It begins with "1." or "1)".
    numbered: bool,
    title: bool,
}

impl<'a> Line<'a> {
    fn read(line: &'a [char]) -> Self {
        let line = line.trim();
        let hashes = line.iter().take_while(|c| **c == '#').count();
        if hashes > 0 && line.get(hashes) == Some(&' ') {
            return Self {
                text: line[hashes..].trim(),
                item: false,
                numbered: false,
                title: true,
            };
        }
        let marked = matches!(line.first(), Some('-' | '–' | '*' | '>')) && line.get(1) == Some(&' ');
        if marked || line.first() == Some(&'•') {
            return Self {
                text: line[1..].trim(),
                item: true,
                numbered: false,
                title: false,
            };
        }
        let digits = line.iter().take_while(|c| c.is_ascii_digit()).count();
        let numbered = (1..=2).contains(&digits) && matches!(line.get(digits), Some('.' | ')'));
        Self {
            text: line,
            item: false,
            numbered: numbered && line.get(digits + 1) == Some(&' '),
            title: false,
        }
    }
}

/// `str::trim` for characters: spaces at both ends.
trait Trim {
    fn trim(&self) -> &Self;
}

impl Trim for [char] {
    fn trim(&self) -> &Self {
        let Some(start) = self.iter().position(|c| *c != ' ') else {
            return &[];
        };
        let end = self.iter().rposition(|c| *c != ' ').map_or(start, |last| last + 1);
        &self[start..end]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(written: &str) -> String {
        flow(written).iter().collect()
    }

    #[test]
    fn markup_and_typography() {
        assert_eq!(
            flat("**Ouvert** <b>ici</b>&nbsp;: [le site](https://a.fr)"),
            "Ouvert ici : le site"
        );
        assert_eq!(flat("l’e\u{301}te\u{301}\u{202f}!"), "l'été !");
        assert_eq!(flat("3 < 5 & 6"), "3 < 5 & 6");
        assert_eq!(flat("Attendez..."), "Attendez…");
    }

    #[test]
    fn lines_become_sentences_or_lists() {
        assert_eq!(
            flat("Pièces :\n- une photo\n- un justificatif\n\nMerci"),
            "Pièces : une photo, un justificatif. Merci"
        );
        assert_eq!(flat("La mairie est\nfermée\nLundi"), "La mairie est fermée. Lundi");
        assert_eq!(flat("# Titre\nsuite"), "Titre. suite");
    }
}
