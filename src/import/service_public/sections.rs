//! A sheet's sections: one for each chapter and each case.

use roxmltree::Node;

use super::table;
use super::text::{Text, heading, is_conditional, is_one_of, is_question, list, plain, sentence};
use crate::import::document::Section;

/// Words with which a part of a heading begins without being a name: within the heading they need no capital (small).
#[rustfmt::skip]
const OPENING: &[&str] = &[
    "combien", "comment", "quel", "quelle", "quels", "quelles", "qui", "que", "qu'est", "quand", "où", "d'où", "pourquoi", "faut",
    "peut", "doit", "dans", "en", "à", "au", "aux", "chez", "pour", "par", "avec", "sans", "si", "s'il", "avant", "après", "vous",
    "votre", "vos", "il", "elle", "le", "la", "les", "un", "une", "des", "plus", "moins", "est", "cas", "autre", "autres",
];

/// All of them; what stands below no heading is below the sheet's title.
pub(super) fn of(sheet: Node, title: &str) -> Vec<Section> {
    let place = Place {
        title,
        cases: Vec::new(),
        headings: Vec::new(),
    };
    read(sheet, &place)
}

/// Where a text stands: in which cases it holds, and below which headings.
#[derive(Clone)]
struct Place<'t> {
    title: &'t str,
    cases: Vec<String>,
    headings: Vec<String>,
}

impl Place<'_> {
    fn case(&self, case: String) -> Self {
        let mut place = self.clone();
        place.cases.push(case);
        place
    }

    fn heading(&self, heading: String) -> Self {
        let mut place = self.clone();
        place.headings.push(heading);
        place
    }

    /// "Permis de chasse : en France, combien ça coûte ?": every sheet has the same chapters, so a heading that did not name
    /// the sheet would neither be found nor understood alone.
    fn question(&self) -> String {
        let title = self.title.replace(" : ", ", ");
        let parts: Vec<&String> = self.cases.iter().chain(&self.headings).collect();
        let Some((last, before)) = parts.split_last() else {
            return self.title.to_owned();
        };
        let before = before
            .iter()
            .map(|part| within(part.trim_end_matches([' ', '?', '!'])) + ", ");
        format!("{title} : {}{}", before.collect::<String>(), within(last))
    }

    /// The section, which begins with its case: "En France. Vous êtes mineur : 17 €."
    fn section(&self, text: &Text) -> Option<Section> {
        let text = text.finished()?;
        let cases = self.cases.join(". ");
        Some(Section {
            questions: vec![self.question()],
            text: match cases.chars().next_back() {
                None => text,
                Some('?' | '!') => format!("{cases} {text}"),
                Some(_) => format!("{cases} : {text}"),
            },
        })
    }
}

/// As it is written within a sentence.
fn within(part: &str) -> String {
    let small = part.to_lowercase();
    let first = small.split([' ', '-', '’']).next().unwrap_or_default();
    let elided = small.starts_with(['l', 'd', 's']) && small[1..].starts_with(['\'', '’']);
    let mut letters = part.chars();
    match letters.next().filter(|_| OPENING.contains(&first) || elided) {
        Some(capital) => capital.to_lowercase().chain(letters).collect(),
        None => part.to_owned(),
    }
}

/// The sections of what `parent` holds: first its own text, which holds in all cases within, then those of its chapters
/// and cases.
fn read<'t>(parent: Node, place: &Place<'t>) -> Vec<Section> {
    let mut reader = Reader {
        own: vec![(place.clone(), Text::default())],
        below: Vec::new(),
    };
    reader.take_all(parent);
    let own = reader.own.iter().filter_map(|(place, text)| place.section(text));
    own.chain(reader.below).collect()
}

struct Reader<'t> {
    /// Text, and where it stands; a floating title begins another.
    own: Vec<(Place<'t>, Text)>,
    below: Vec<Section>,
}

impl<'t> Reader<'t> {
    fn text(&mut self) -> &mut Text {
        &mut self.now().1
    }

    fn now(&mut self) -> &mut (Place<'t>, Text) {
        self.own.last_mut().expect("there is one from the beginning")
    }

    fn take_all(&mut self, parent: Node) {
        parent
            .children()
            .filter(Node::is_element)
            .for_each(|node| self.take(node));
    }

    /// Only what is known to be text is taken, and whom to ask: online services, references, definitions, pictures are not.
    fn take(&mut self, node: Node) {
        match node.tag_name().name() {
            _ if is_conditional(node) => self.text().depends(),
            "Texte" | "Introduction" | "Corps" | "ContenuIllustre" | "Contenu" => self.take_all(node),
            "Chapitre" | "SousChapitre" | "Complement" | "Conclusion" => match heading(node) {
                Some(heading) => {
                    let place = self.own[0].0.heading(heading);
                    self.below.extend(read(node, &place));
                }
                None => self.take_all(node),
            },
            "ListeSituations" | "BlocCas" => {
                let cases = node.children().filter(|case| is_one_of(*case, &["Cas", "Situation"]));
                self.take_cases(cases);
            }
            "Cas" | "Situation" => self.take_cases(std::iter::once(node)),
            "TitreFlottant" => self.begin(plain(node)),
            "Paragraphe" if is_question(node) => self.begin(plain(node)),
            "Paragraphe" => self.text().add(plain(node)),
            "Liste" => {
                let list = sentence(&list(node, " ; "));
                self.text().add_announced(&list, "");
            }
            "Tableau" => {
                let rows = table::rows(node);
                if let Some(caption) = heading(node).filter(|_| !rows.is_empty()) {
                    self.text().add(sentence(&caption));
                }
                rows.into_iter().for_each(|row| self.text().add(row));
            }
            "ANoter" => self.take_remark(node, "À noter"),
            "ASavoir" => self.take_remark(node, "À savoir"),
            "Attention" => self.take_remark(node, "Attention"),
            "Rappel" => self.take_remark(node, "Rappel"),
            "Exemple" => self.take_remark(node, "Exemple"),
            "Avertissement" => self.take_remark(node, "Avertissement"),
            "OuSAdresser" => {
                let place = heading(node).unwrap_or_default();
                self.text().add_announced(&sentence(&place), "Où s'adresser : ");
            }
            "Titre" | "TitreRiche" | "TitreAlternatif" | "Condition" => {}
            _ => self.text().close(),
        }
    }

    /// Below a floating title, up to the next one or the end of the chapter.
    fn begin(&mut self, title: String) {
        if !title.is_empty() {
            let place = self.own[0].0.heading(title);
            self.own.push((place, Text::default()));
        }
    }

    /// A section for each case; the text around them only says which there are.
    fn take_cases<'a, 'i: 'a>(&mut self, cases: impl Iterator<Item = Node<'a, 'i>>) {
        let place = self.now().0.clone();
        let mut names = Vec::new();
        for case in cases {
            match heading(case).filter(|_| !is_conditional(case)) {
                Some(name) => {
                    self.below.extend(read(case, &place.case(name.clone())));
                    names.push(name);
                }
                None => self.text().depends(),
            }
        }
        self.text()
            .add_announced(&sentence(&names.join(" ; ")), "Cela dépend du cas : ");
    }

    /// "À noter : …"
    fn take_remark(&mut self, node: Node, else_named: &str) {
        let name = heading(node).unwrap_or_else(|| else_named.to_owned());
        self.text().close();
        let (at, before) = (self.own.len() - 1, self.text().len());
        self.take_all(node);
        self.own[at].1.name(before, &name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Question and text of each section.
    fn said(content: &str) -> Vec<(String, String)> {
        let xml = format!("<Publication>{content}</Publication>");
        let tree = roxmltree::Document::parse(&xml).unwrap();
        let sections = of(tree.root_element(), "Permis de licorne");
        sections
            .into_iter()
            .map(|section| (section.questions[0].clone(), section.text))
            .collect()
    }

    fn pairs(said: &[(String, String)]) -> Vec<(&str, &str)> {
        said.iter()
            .map(|(question, text)| (question.as_str(), text.as_str()))
            .collect()
    }

    #[test]
    fn cases_are_sections_of_their_own_however_nested() {
        let said = said(
            "<ListeSituations affichage='onglet'>
            <Situation><Titre>En France</Titre><Condition><estVrai var='T1'/></Condition><Texte>
              <Chapitre numerote='true'><Titre><Paragraphe>Combien ça coûte ?</Paragraphe></Titre>
                <Paragraphe>Le prix dépend de l'âge :</Paragraphe>
                <BlocCas affichage='radio'>
                  <Cas><Titre>Vous êtes mineur</Titre><Condition><estVrai var='T2'/></Condition>
                    <BlocCas affichage='onglet'>
                      <Cas><Titre><Paragraphe>Moins de 15 ans</Paragraphe></Titre>
                        <Paragraphe><Valeur>17 €</Valeur>.</Paragraphe></Cas>
                      <Cas><Titre>15 ans et plus :</Titre><Paragraphe><Valeur>42 €</Valeur>.</Paragraphe></Cas>
                    </BlocCas></Cas>
                  <Cas><Titre>Vous êtes majeur ?</Titre><Paragraphe><Valeur>86 €</Valeur>.</Paragraphe></Cas>
                </BlocCas>
                <Paragraphe>Le timbre s'achète en ligne.</Paragraphe>
              </Chapitre></Texte></Situation>
            <Situation><Titre>À l'étranger</Titre><Texte><Chapitre><Titre>Combien ça coûte ?</Titre>
              <Paragraphe>96 €.</Paragraphe></Chapitre></Texte></Situation>
            </ListeSituations>",
        );
        assert_eq!(
            pairs(&said),
            [
                ("Permis de licorne", "Cela dépend du cas : En France ; À l'étranger."),
                (
                    "Permis de licorne : en France, combien ça coûte ?",
                    "En France : Le prix dépend de l'âge : Vous êtes mineur ; Vous êtes majeur ?\nLe timbre s'achète en ligne."
                ),
                (
                    "Permis de licorne : en France, vous êtes mineur, combien ça coûte ?",
                    "En France. Vous êtes mineur : Cela dépend du cas : Moins de 15 ans ; 15 ans et plus."
                ),
                (
                    "Permis de licorne : en France, vous êtes mineur, moins de 15 ans, combien ça coûte ?",
                    "En France. Vous êtes mineur. Moins de 15 ans : 17 €."
                ),
                (
                    "Permis de licorne : en France, vous êtes mineur, 15 ans et plus, combien ça coûte ?",
                    "En France. Vous êtes mineur. 15 ans et plus : 42 €."
                ),
                (
                    "Permis de licorne : en France, vous êtes majeur, combien ça coûte ?",
                    "En France. Vous êtes majeur ? 86 €."
                ),
                (
                    "Permis de licorne : à l'étranger, combien ça coûte ?",
                    "À l'étranger : 96 €."
                ),
            ]
        );
    }

    #[test]
    fn no_text_holds_an_amount_of_another_case() {
        let said = said(
            "<Texte><BlocCas><Cas><Titre>A</Titre><ASavoir><Titre>À savoir</Titre><Paragraphe>1 €</Paragraphe></ASavoir></Cas>
            <Cas><Titre>B</Titre><Liste><Item><Paragraphe>2 €</Paragraphe></Item></Liste></Cas></BlocCas>
            <ANoter><Paragraphe>cela change :</Paragraphe><BlocCas><Cas><Titre>C</Titre><Paragraphe>3 €</Paragraphe></Cas>
            </BlocCas></ANoter></Texte>",
        );
        for (name, amount) in [("A", "1 €"), ("B", "2 €"), ("C", "3 €")] {
            let with: Vec<_> = said.iter().filter(|(_, text)| text.contains(amount)).collect();
            assert_eq!(with.len(), 1);
            assert!(with[0].0.ends_with(&format!(": {name}")) && with[0].1.starts_with(&format!("{name} : ")));
        }
    }

    #[test]
    fn what_depends_on_a_condition_that_is_not_in_words_is_left_out() {
        let said = said(
            "<Texte><Chapitre><Titre>Que faire ?</Titre><Paragraphe>Venez.</Paragraphe>
            <FragmentConditionne><Condition><estVrai var='T1'/></Condition><Paragraphe>Secret 1</Paragraphe></FragmentConditionne>
            <Paragraphe><Condition><estVrai var='T1'/></Condition>Secret 2</Paragraphe>
            <Liste><Item><Paragraphe>Carte</Paragraphe></Item>
              <Item><Condition><estVrai var='T1'/></Condition><Paragraphe>Secret 3</Paragraphe></Item></Liste>
            <BlocCas><Cas><Condition><estVrai var='T1'/></Condition><Paragraphe>Secret 4</Paragraphe></Cas></BlocCas>
            </Chapitre>
            <Chapitre><Condition><estVrai var='T1'/></Condition><Titre>Et ?</Titre><Paragraphe>Secret 5</Paragraphe></Chapitre>
            </Texte>",
        );
        let text = "Venez.\nD'autres points dépendent de votre situation.\nCarte.";
        assert_eq!(pairs(&said), [("Permis de licorne : que faire ?", text)]);
    }

    #[test]
    fn lists_and_remarks_are_spoken() {
        let said = said(
            "<Texte><Chapitre><Titre>Quels documents ?</Titre><Paragraphe>Apportez :</Paragraphe>
            <Liste type='puce'><Item><Paragraphe>Pièce d'identité.</Paragraphe></Item>
              <Item><Paragraphe>Un de ceux-ci :</Paragraphe><Liste><Item><Paragraphe>facture</Paragraphe></Item>
              <Item><Paragraphe>bail</Paragraphe></Item></Liste></Item><Item/></Liste>
            <ASavoir><Titre>À savoir</Titre><Paragraphe>le 1<Exposant>er</Exposant> samedi,
              c'est <LienExterne URL='https://a.fr'>gratuit</LienExterne>.</Paragraphe></ASavoir>
            <Attention><Paragraphe>Sur rendez-vous.</Paragraphe><Paragraphe>Toujours.</Paragraphe></Attention>
            <Paragraphe>Le service est en ligne :</Paragraphe>
            <ServiceEnLigne URL='https://a.fr'><Titre>Téléservice</Titre></ServiceEnLigne><Paragraphe> </Paragraphe>
            </Chapitre></Texte>",
        );
        let text = "Apportez : Pièce d'identité ; Un de ceux-ci : facture, bail.\n\
            À savoir : le 1er samedi, c'est gratuit.\nAttention : Sur rendez-vous.\nToujours.\nLe service est en ligne.";
        assert_eq!(pairs(&said), [("Permis de licorne : quels documents ?", text)]);
    }

    #[test]
    fn floating_titles_and_bold_questions_are_headings() {
        let said = said(
            "<Texte><Paragraphe>Cela dépend.</Paragraphe>
            <Paragraphe><MiseEnEvidence>Comment le savoir ?</MiseEnEvidence></Paragraphe><Paragraphe>Par lettre.</Paragraphe>
            <TitreFlottant><Paragraphe>Recours</Paragraphe></TitreFlottant><Paragraphe>Au tribunal.</Paragraphe>
            <Chapitre><Titre>Délai</Titre><SousChapitre><Titre>En été</Titre><Paragraphe>Un mois.</Paragraphe></SousChapitre>
            </Chapitre></Texte>",
        );
        assert_eq!(
            pairs(&said),
            [
                ("Permis de licorne", "Cela dépend."),
                ("Permis de licorne : comment le savoir ?", "Par lettre."),
                ("Permis de licorne : Recours", "Au tribunal."),
                ("Permis de licorne : Délai, en été", "Un mois."),
            ]
        );
    }

    #[test]
    fn headings_name_the_sheet_as_a_sentence_does() {
        let heading = |title, case: &str, chapter: &str| {
            let place = Place {
                title,
                cases: [case]
                    .iter()
                    .filter(|case| !case.is_empty())
                    .map(|case| (*case).into())
                    .collect(),
                headings: vec![chapter.into()],
            };
            place.question()
        };
        for (title, case, chapter, said) in [
            ("Permis", "", "Où s'adresser ?", "Permis : où s'adresser ?"),
            ("Permis : examen", "Mayotte", "Coût", "Permis, examen : Mayotte, Coût"),
            ("RSA", "", "L'attestation", "RSA : l'attestation"),
        ] {
            assert_eq!(heading(title, case, chapter), said);
        }
    }

    #[test]
    fn whom_to_ask_belongs_to_what_announces_it() {
        let said = said(
            "<Texte><Paragraphe>Adressez-vous à :</Paragraphe><OuSAdresser type='Local'><Titre>Mairie</Titre>
            <PivotLocal>mairie</PivotLocal></OuSAdresser><OuSAdresser><Titre>France Titres</Titre></OuSAdresser></Texte>",
        );
        let text = "Adressez-vous à : Mairie.\nOù s'adresser : France Titres.";
        assert_eq!(pairs(&said), [("Permis de licorne", text)]);
    }

    #[test]
    fn empty_elements_say_nothing() {
        let said = said(
            "<Introduction/><Texte><Chapitre/><Chapitre><Titre/></Chapitre><Liste/><Tableau/><ANoter><Titre/></ANoter>
            <BlocCas/><BlocCas><Cas/></BlocCas><Paragraphe/></Texte><ListeSituations/>",
        );
        assert!(said.is_empty(), "{said:?}");
    }
}
