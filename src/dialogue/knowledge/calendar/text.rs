//! Texts (RFC 5545, 3.3.11), as they can be said.

/// A text without escapes, and without the HTML that programs put into it although it does not belong there. No empty
/// lines; `None` if nothing is left.
pub(super) fn plain(value: &str) -> Option<String> {
    let bare = without_entities(&without_tags(&without_escapes(value)));
    let lines = bare
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    let text = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    (!text.is_empty()).then_some(text)
}

fn without_escapes(value: &str) -> String {
    let mut chars = value.chars();
    let unescaped = std::iter::from_fn(|| match chars.next()? {
        '\\' => chars.next().map(|c| if matches!(c, 'n' | 'N') { '\n' } else { c }),
        c => Some(c),
    });
    unescaped.collect()
}

fn without_tags(text: &str) -> String {
    let (mut bare, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find('<') {
        bare.push_str(&rest[..at]);
        let tag = &rest[at + 1..];
        let is_tag = tag.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!'));
        if !is_tag {
            bare.push('<');
            rest = tag;
            continue;
        }
        let Some(end) = tag.find('>') else {
            rest = &rest[at..];
            break;
        };
        let name = tag[..end].trim_start_matches('/').to_ascii_lowercase();
        let name = name.split(|c: char| !c.is_ascii_alphanumeric()).next();
        let inline = matches!(name, Some("a" | "b" | "em" | "font" | "i" | "span" | "strong" | "u"));
        bare.push_str(if inline { "" } else { "\n" });
        rest = &tag[end + 1..];
    }
    bare + rest
}

/// The characters that HTML names, as far as French texts need them.
#[rustfmt::skip]
const ENTITIES: &[(&str, char)] = &[
    ("amp", '&'), ("lt", '<'), ("gt", '>'), ("quot", '"'), ("apos", '\''), ("nbsp", ' '), ("rsquo", '’'),
    ("lsquo", '‘'), ("ldquo", '“'), ("rdquo", '”'), ("laquo", '«'), ("raquo", '»'), ("hellip", '…'), ("ndash", '–'),
    ("mdash", '—'), ("euro", '€'), ("deg", '°'), ("agrave", 'à'), ("acirc", 'â'), ("ccedil", 'ç'), ("egrave", 'è'),
    ("eacute", 'é'), ("ecirc", 'ê'), ("euml", 'ë'), ("icirc", 'î'), ("iuml", 'ï'), ("ocirc", 'ô'), ("oelig", 'œ'),
    ("ugrave", 'ù'), ("ucirc", 'û'), ("Agrave", 'À'), ("Eacute", 'É'), ("Egrave", 'È'), ("Ccedil", 'Ç'),
];

fn without_entities(text: &str) -> String {
    let named = |name: &str| ENTITIES.iter().find(|(known, _)| *known == name).map(|(_, c)| *c);
    let (mut bare, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find('&') {
        bare.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let entity = after.bytes().take(10).position(|byte| byte == b';').and_then(|end| {
            let name = &after[..end];
            let code = match name.strip_prefix('#') {
                Some(code) => code
                    .strip_prefix(['x', 'X'])
                    .map_or_else(|| code.parse(), |hex| u32::from_str_radix(hex, 16))
                    .ok()
                    .and_then(char::from_u32),
                None => named(name),
            };
            Some((code?, &after[end + 1..]))
        });
        let (c, following) = entity.unwrap_or(('&', after));
        bare.push(c);
        rest = following;
    }
    bare + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_text() {
        let text = plain;
        assert_eq!(text(r"Salle\, 2\; place\nici\\là").unwrap(), "Salle, 2; place\nici\\là");
        assert_eq!(
            text("<p>Entr&eacute;e <b>libre</b>&nbsp;:<br/>d&#8217;abord</p><ul><li>A &amp;amp B</li></ul>").unwrap(),
            "Entrée libre :\nd’abord\nA &amp B"
        );
        assert_eq!(text("1 < 2 & 3 <b").unwrap(), "1 < 2 & 3 <b");
        assert_eq!(text("<p> </p>\\n"), None);
        assert_eq!(text("fin\\").unwrap(), "fin");
    }
}
