//! Paragraphs as they can be spoken.

use roxmltree::Node;

/// Said where something was left out because it depends on what we do not know.
const DEPENDS: &str = "D'autres points dépendent de votre situation.";
/// Within a word or a sentence: no space around them.
const INLINE: &[&str] = &[
    "MiseEnEvidence",
    "Expression",
    "Valeur",
    "Variable",
    "Exposant",
    "Indice",
    "Citation",
    "TermeEtranger",
    "LienInterne",
    "LienExterne",
    "LienIntra",
];
/// Within a paragraph, an item or a cell, no part of what is said there.
const LEFT_OUT: &[&str] = &[
    "BlocCas",
    "ListeSituations",
    "Condition",
    "OuSAdresser",
    "ServiceEnLigne",
    "LienExterneCommente",
    "Reference",
    "PourEnSavoirPlus",
    "VoirAussi",
    "Definition",
    "Abreviation",
    "QuestionReponse",
    "Image",
    "Illustration",
    "Video",
];

/// The paragraphs of one section.
#[derive(Default)]
pub(super) struct Text(Vec<String>);

impl Text {
    /// As a sentence, unless it announces something.
    pub(super) fn add(&mut self, paragraph: String) {
        match paragraph.as_str() {
            "" => {}
            announces if announces.ends_with(':') => self.0.push(paragraph),
            said => self.0.push(sentence(said)),
        }
    }

    /// What a paragraph announces belongs to it: "Il faut : une photo ; un justificatif."
    pub(super) fn add_announced(&mut self, rest: &str, else_with: &str) {
        match self.0.last_mut().filter(|last| last.ends_with(':')) {
            _ if rest.is_empty() => {}
            Some(last) => *last = format!("{last} {rest}"),
            None => self.add(format!("{else_with}{rest}")),
        }
    }

    /// What the last paragraph announces is left out.
    pub(super) fn close(&mut self) {
        if let Some(last) = self.0.last_mut().filter(|last| last.ends_with(':')) {
            *last = sentence(last);
        }
    }

    pub(super) fn depends(&mut self) {
        self.close();
        if !self.0.iter().any(|paragraph| paragraph == DEPENDS) {
            self.add(DEPENDS.to_owned());
        }
    }

    /// Nothing where all that could be said is that something else depends.
    pub(super) fn finished(&self) -> Option<String> {
        let (last, before) = self.0.split_last()?;
        let last = sentence(last);
        let all: Vec<&str> = before.iter().map(String::as_str).chain([last.as_str()]).collect();
        (all != [DEPENDS]).then(|| all.join("\n"))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Says what the paragraph at `at` is: "À noter : …"
    pub(super) fn name(&mut self, at: usize, name: &str) {
        if let Some(paragraph) = self.0.get_mut(at).filter(|paragraph| *paragraph != DEPENDS) {
            *paragraph = format!("{name} : {paragraph}");
        }
    }
}

/// Shown only to those whose answers make a variable true (`Condition/estVrai`): which ones is not in words, but for a
/// case or a situation, whose title says it.
pub(super) fn is_conditional(node: Node) -> bool {
    let in_words = is_one_of(node, &["Cas", "Situation"]) && heading(node).is_some();
    node.has_tag_name("FragmentConditionne") || child(node, "Condition").is_some() && !in_words
}

/// Older sheets have questions in bold as headings.
pub(super) fn is_question(paragraph: Node) -> bool {
    let mut parts = paragraph
        .children()
        .filter(|part| !part.is_text() || part.text().is_some_and(|t| !t.trim().is_empty()));
    parts
        .next()
        .is_some_and(|part| part.has_tag_name("MiseEnEvidence") && plain(part).ends_with('?'))
        && parts.next().is_none()
}

/// Its title, without what would end the sentence.
pub(super) fn heading(node: Node) -> Option<String> {
    let title = child(node, "Titre").or_else(|| child(node, "TitreRiche")).map(plain)?;
    let title = title.trim_end_matches([' ', ':', '.', ';', ',']);
    (!title.is_empty()).then(|| title.to_owned())
}

/// "pièce d'identité ; justificatif de domicile"; a list within it has commas.
pub(super) fn list(node: Node, between: &str) -> String {
    let items = node
        .children()
        .filter(|item| item.has_tag_name("Item") && !is_conditional(*item));
    let items = items.map(|item| plain(item).trim_end_matches([' ', '.', ';', ',', ':']).to_owned());
    items.filter(|item| !item.is_empty()).collect::<Vec<_>>().join(between)
}

/// The text alone, on one line, links and emphasis gone; without what holds in some cases only.
pub(super) fn plain(node: Node) -> String {
    let mut text = String::new();
    write_plain(node, &mut text);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // Emphasis often takes the space after it along: "la <Expression>visite </Expression>, puis".
    let text = text
        .replace(" , ", ", ")
        .replace(" . ", ". ")
        .replace(" )", ")")
        .replace("( ", "(");
    match text.strip_suffix(" .") {
        Some(text) => format!("{text}."),
        None => text,
    }
}

/// Recursive: the depth of the tree is checked beforehand.
fn write_plain(node: Node, text: &mut String) {
    for part in node.children() {
        let name = part.tag_name().name();
        if part.is_text() {
            text.push_str(part.text().unwrap_or_default());
        } else if name == "Liste" {
            let list = list(part, ", ");
            let announced = text.trim_end().ends_with(':') || text.trim().is_empty();
            if !list.is_empty() {
                *text += if announced { " " } else { " : " };
                *text += &list;
            }
        } else if !LEFT_OUT.contains(&name) && !is_conditional(part) {
            if !INLINE.contains(&name) {
                text.push(' ');
            }
            write_plain(part, text);
            if name == "Titre" {
                text.push_str(" : ");
            }
        }
    }
}

/// With a full stop, whatever it ended with.
pub(super) fn sentence(text: &str) -> String {
    let text = text.trim_end_matches([' ', ':', ';', ',']);
    if text.is_empty() || text.ends_with(['.', '?', '!', '…']) {
        return text.to_owned();
    }
    format!("{text}.")
}

pub(super) fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|child| child.tag_name().name() == name)
}

pub(super) fn is_one_of(node: Node, names: &[&str]) -> bool {
    names.contains(&node.tag_name().name())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(xml: &str) -> String {
        let tree = roxmltree::Document::parse(xml).unwrap();
        plain(tree.root_element())
    }

    #[test]
    fn markup_goes_and_words_stay() {
        let links = "Voir <LienInterne LienPublication='F1'>la fiche</LienInterne>, <LienIntra LienID='R1'>majeur </LienIntra>\n,
            (<Expression>bis </Expression>) le 2<Exposant>nd</Exposant> de <Variable>(nom)</Variable><Inconnu>x</Inconnu> .";
        assert_eq!(
            said(&format!("<P>{links}</P>")),
            "Voir la fiche, majeur, (bis) le 2nd de (nom) x."
        );
        assert_eq!(said("<P>450&#160;€ ; adresse, ...</P>"), "450 € ; adresse, ...");
        assert_eq!(
            said("<P>A<BlocCas><Cas>86 €</Cas></BlocCas><ServiceEnLigne><Titre>B</Titre></ServiceEnLigne></P>"),
            "A"
        );
        assert_eq!(
            said("<P><ANoter><Titre>À noter</Titre><Paragraphe>gratuit</Paragraphe></ANoter></P>"),
            "À noter : gratuit"
        );
    }

    #[test]
    fn sentences_end_with_one_full_stop() {
        for (text, expected) in [
            ("a", "a."),
            ("a :", "a."),
            ("a ?", "a ?"),
            ("a.", "a."),
            ("a…", "a…"),
            (" : ", ""),
        ] {
            assert_eq!(sentence(text), expected);
        }
    }
}
