//! YAML text → a small tree in which each node knows its place and each scalar is the text that was typed.
//!
//! YAML guesses types (`0100` becomes 100, `oui` stays text, `1.0` a number): we undo that, since the table knows
//! what is meant. Duplicate keys, aliases and tags are refused here.

use saphyr::{LoadableYamlNode, MarkedYaml, Marker, Scalar, YamlData};

use super::{At, Report};

/// More duplicate keys than this are not reported one by one.
const MOST_DUPLICATES: u32 = 20;
/// Stands for the characters of a duplicate key when the file is read again; nobody types these.
const PRIVATE: u32 = 0xE000;

/// A node and where it begins.
pub(super) struct Node {
    pub(super) at: At,
    pub(super) data: Data,
}

/// What a node holds.
pub(super) enum Data {
    /// No value, or `~`.
    Nothing,
    /// Something that was refused, and said so, here.
    Refused,
    Text(Text),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A scalar.
pub(super) struct Text {
    pub(super) value: String,
    /// Columns between the node's place and the first character, if the text stands on one line.
    pub(super) offset: Option<usize>,
    /// The comment that follows an unquoted text on its line.
    pub(super) comment: Option<String>,
}

/// A key and its value.
pub(super) struct Entry {
    /// As typed.
    pub(super) key: String,
    pub(super) at: At,
    pub(super) value: Node,
}

impl Node {
    /// The value of a key, accents and capitals aside.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.entries()
            .iter()
            .find(|entry| super::fold(&entry.key) == super::fold(key))
            .map(|entry| &entry.value)
    }

    /// Whether a key looks like a slip for this one, which is then reported as such and not as missing.
    pub(super) fn nearly_has(&self, key: &str) -> bool {
        self.entries()
            .iter()
            .any(|entry| super::did_you_mean(&entry.key, [key]).is_some())
    }

    /// The entries, if this is a group of keys.
    pub(super) fn entries(&self) -> &[Entry] {
        if let Data::Map(entries) = &self.data {
            entries
        } else {
            &[]
        }
    }

    /// The items, if this is a list.
    pub(super) fn items(&self) -> &[Node] {
        if let Data::List(items) = &self.data { items } else { &[] }
    }

    /// The text, if there is one.
    pub(super) fn text(&self) -> Option<&str> {
        if let Data::Text(text) = &self.data {
            Some(text.value.trim())
        } else {
            None
        }
    }

    /// The text of a key.
    pub(super) fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key)?.text()
    }

    /// The place of character `n` of the text.
    pub(super) fn at_char(&self, n: usize) -> At {
        match &self.data {
            Data::Text(Text {
                offset: Some(offset), ..
            }) => At {
                column: self.at.column + offset + n,
                ..self.at
            },
            _ => self.at,
        }
    }
}

/// Reads the tree; says what is wrong with the YAML itself.
pub(super) fn load(source: &str, report: &mut Report) -> Option<Node> {
    let typed: Vec<char> = source.chars().collect();
    let mut chars = typed.clone();
    for n in 0..=MOST_DUPLICATES {
        let text: String = chars.iter().collect();
        match MarkedYaml::load_from_str(&text) {
            Ok(documents) => {
                let mut documents = documents.into_iter();
                let root = documents.next().map_or(
                    Node {
                        at: At { line: 1, column: 1 },
                        data: Data::Nothing,
                    },
                    |root| Reader { typed: &typed, report }.node(&root, ""),
                );
                if let Some(second) = documents.next() {
                    report.error(
                        at(&second.span.start),
                        "",
                        "« --- » commence un second document : un fichier, un plan",
                    );
                }
                return Some(root);
            }
            // The key is given another name, of the same length, so that the rest can be read and checked too.
            Err(error) if error.info().contains("duplicated key") && n < MOST_DUPLICATES => {
                let start = error.marker().index();
                let key: String = typed[start..].iter().take_while(|&&c| c != ':' && c != '\n').collect();
                report.error(
                    at(error.marker()),
                    "",
                    format!("la clé « {} » est déjà plus haut au même endroit", unquoted(&key)),
                );
                let name = char::from_u32(PRIVATE + n).expect("the private use area has 6,400 characters");
                chars[start..start + key.chars().count()].fill(name);
            }
            Err(error) => {
                let (place, advice) = syntax(error.info(), at(error.marker()), &report.lines);
                report.error(place, "", format!("écriture YAML incorrecte : {advice}"));
                return None;
            }
        }
    }
    None
}

fn at(marker: &Marker) -> At {
    At {
        line: marker.line().max(1),
        column: marker.col() + 1,
    }
}

fn unquoted(key: &str) -> &str {
    key.trim().trim_matches(['"', '\''])
}

struct Reader<'a, 'r, 's> {
    typed: &'a [char],
    report: &'r mut Report<'s>,
}

impl Reader<'_, '_, '_> {
    fn node(&mut self, yaml: &MarkedYaml, path: &str) -> Node {
        let place = at(&yaml.span.start);
        let start = yaml.span.start.index();
        if self.typed.get(start) == Some(&'*') {
            let message = "les renvois YAML (« *nom ») ne sont pas acceptés ; recopiez le texte, \
                           ou mettez entre guillemets un texte qui commence par « * »";
            self.report.error(place, path, message);
            return Node {
                at: place,
                data: Data::Refused,
            };
        }
        let data = match &yaml.data {
            YamlData::Value(Scalar::Null) => Data::Nothing,
            YamlData::Value(scalar) => Data::Text(self.text(scalar, yaml)),
            YamlData::Sequence(items) => Data::List(items.iter().map(|item| self.node(item, path)).collect()),
            YamlData::Mapping(map) => Data::Map(
                map.iter()
                    .filter_map(|(key, value)| self.entry(key, value, path))
                    .collect(),
            ),
            _ => {
                self.report.error(
                    place,
                    path,
                    "« ! » en début de texte : mettez ce texte entre guillemets",
                );
                Data::Refused
            }
        };
        Node { at: place, data }
    }

    fn entry(&mut self, key: &MarkedYaml, value: &MarkedYaml, path: &str) -> Option<Entry> {
        let place = at(&key.span.start);
        let YamlData::Value(scalar) = &key.data else {
            // `{état:mairie}` without quotes is read as a group whose key is another group.
            self.report.error(
                place,
                path,
                "ceci n'est pas une clé ; un texte qui commence par « { » ou « [ » se met entre guillemets",
            );
            return None;
        };
        let name = self.text(scalar, key).value;
        let duplicate = name.starts_with(|c| (PRIVATE..PRIVATE + MOST_DUPLICATES).contains(&u32::from(c)));
        if duplicate {
            return None;
        }
        let path = super::walk::join(path, &name);
        Some(Entry {
            key: name,
            at: place,
            value: self.node(value, &path),
        })
    }

    fn text(&self, scalar: &Scalar, yaml: &MarkedYaml) -> Text {
        let (start, end) = (yaml.span.start.index(), yaml.span.end.index().min(self.typed.len()));
        let typed = self.typed.get(start..end).unwrap_or_default();
        let plain = !matches!(typed.first(), Some('"' | '\'' | '|' | '>'));
        let value = match scalar {
            Scalar::String(text) => text.to_string(),
            // A number or a boolean for YAML, but a text for us: "0100", "1.0", "true".
            _ => typed.iter().collect::<String>().trim().to_owned(),
        };
        let one_line = !typed.contains(&'\n') && matches!(typed.first(), Some(c) if !matches!(c, '|' | '>'));
        let rest: String = self.typed[end..].iter().take_while(|&&c| c != '\n').collect();
        let comment = rest
            .trim_start()
            .strip_prefix('#')
            .map(|comment| comment.trim_end().to_owned());
        Text {
            value,
            offset: one_line.then_some(usize::from(!plain)),
            comment: comment.filter(|_| plain),
        }
    }
}

const MISALIGNED: &str =
    "ligne de liste mal placée ; chaque ligne commence par « - » et une espace, toutes au même décalage";

/// Whether this line or the one above begins with a hyphen and no space.
fn glued_dash(place: At, lines: &[&str]) -> bool {
    let glued = |line: &&str| {
        line.trim_start()
            .strip_prefix('-')
            .is_some_and(|rest| rest.starts_with(char::is_alphanumeric))
    };
    (place.line.saturating_sub(1)..=place.line).any(|n| n > 0 && lines.get(n - 1).is_some_and(glued))
}

/// The parser's message in French, with what most often causes it, and the place where that is.
fn syntax(info: &str, place: At, lines: &[&str]) -> (At, &'static str) {
    let has = |parts: &[&str]| parts.iter().any(|part| info.contains(part));
    let tabbed = |line: &&str| line[..line.len() - line.trim_start().len()].contains('\t');
    // The parser stops on the line before or after; the admin needs the line with the tab.
    if let Some(line) = (place.line..place.line + 2).find(|&n| lines.get(n - 1).is_some_and(tabbed)) {
        return (
            At { line, column: 1 },
            "tabulation ; on décale les lignes avec des espaces, pas avec la touche Tab",
        );
    }
    if has(&["tab"]) {
        return (
            place,
            "tabulation ; on décale les lignes avec des espaces, pas avec la touche Tab",
        );
    }
    let line = lines.get(place.line - 1).copied().unwrap_or_default();
    let advice = if line
        .split_once(": ")
        .is_some_and(|(_, value)| value.trim_start().starts_with('{'))
    {
        "un texte qui commence par « { » se met entre guillemets : \"{…} …\""
    } else if has(&["mapping values are not allowed"]) {
        return misplaced_colon(place, lines);
    } else if has(&["quoted scalar"]) && has(&["end of stream", "indentation", "unexpected eof"]) {
        "guillemet ouvert et jamais refermé"
    } else if has(&["quoted scalar"]) && has(&["escape", "hexadecimal"]) {
        "« \\ » entre guillemets doubles a un sens spécial ; employez des guillemets simples"
    } else if has(&["invalid trailing content"]) {
        "il y a du texte après le guillemet fermant ; mettez tout le texte entre les guillemets"
    } else if has(&[
        "flow sequence",
        "flow mapping",
        "flow construct",
        "misplaced bracket",
        "illegal placement of ':'",
    ]) {
        "crochet ou accolade mal fermé, ici ou plus haut, ou virgule oubliée ; si c'est un texte, mettez-le entre guillemets"
    } else if has(&["expected key", "simple key"]) && glued_dash(place, lines) {
        "il faut une espace après le tiret : « - exemple »"
    } else if has(&["expected key"]) && line.trim_start().starts_with("- ") {
        MISALIGNED
    } else if has(&["expected key", "simple key", "mapping keys are not allowed"]) {
        "il faut ici une clé, deux-points et une espace, comme « nom: la mairie » ; \
         vérifiez aussi le décalage de la ligne (le même pour toutes les clés d'un groupe)"
    } else if has(&["expected '-'", "block sequence", "'-' must be followed"]) {
        MISALIGNED
    } else if has(&["unknown anchor", "anchor"]) {
        "« * » ou « & » en début de texte : mettez ce texte entre guillemets"
    } else if has(&["indent", "block scalar", "block collection"]) {
        "décalage de ligne incorrect ; alignez cette ligne avec ses voisines"
    } else if has(&["unexpected character", "directive", "tag"]) {
        "un texte ne peut pas commencer par ce caractère ; mettez-le entre guillemets"
    } else if has(&["recursion limit", "alias expansion"]) {
        "imbrication démesurée : ce n'est pas un plan d'appel"
    } else if has(&["unexpected end", "eof", "end of stream"]) {
        "le fichier s'arrête au milieu d'un texte ; un guillemet ou un crochet n'est pas refermé"
    } else if has(&["unprintable"]) {
        "caractère invisible interdit ; effacez-le et retapez le texte"
    } else {
        "ceci n'est pas du YAML ; vérifiez les deux-points, les guillemets et le décalage des lignes"
    };
    (place, advice)
}

/// A colon where no key can be: the text holds one, or the line above has none.
fn misplaced_colon(place: At, lines: &[&str]) -> (At, &'static str) {
    let line = lines.get(place.line - 1).copied().unwrap_or_default();
    let before: String = line.chars().take(place.column - 1).collect();
    let above = (1..place.line).rev().find(|&n| !lines[n - 1].trim().is_empty());
    match above {
        _ if before.contains(": ") => (
            place,
            "ce texte contient « : » ; mettez-le tout entier entre guillemets",
        ),
        Some(n) if !lines[n - 1].contains(':') && !lines[n - 1].trim_start().starts_with("- ") => {
            let column = lines[n - 1].chars().take_while(|c| c.is_whitespace()).count() + 1;
            (
                At { line: n, column },
                "deux-points oubliés après la clé ? il faut « clé: valeur »",
            )
        }
        _ => (
            place,
            "« : » à un endroit inattendu ; vérifiez le décalage de cette ligne et de celle du dessus",
        ),
    }
}
