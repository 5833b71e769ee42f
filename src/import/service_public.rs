//! The information sheets of Service-Public.fr: one XML file of the open data set "Service-Public.fr – Guide vos droits
//! et démarches" (DILA, `vosdroits-latest.zip`, schema `Publication.xsd` 3.x).
//!
//! Much of a sheet holds in one case only ("Vous êtes mineur"). What matters most is that a caller never hears it for
//! another: each case is a section of its own, with the case in its heading and at the beginning of its text; what
//! stands under a condition that is not in words is left out.

use std::borrow::Cow;
use std::collections::HashMap;

use chrono::NaiveDate;
use roxmltree::{Node, ParsingOptions};

use crate::import::document::Document;

mod sections;
mod table;
mod text;

use text::{child, plain};

/// More nesting than this is no sheet: real ones stay below thirty.
const DEEPEST: usize = 100;
/// More nodes than this neither: the longest sheets have some tens of thousands.
const MOST_NODES: u32 = 1_000_000;
/// No character has a longer name in HTML.
const LONGEST_NAME: usize = 32;

/// Why a file cannot be read, in French.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No XML.
    #[error("XML illisible, ligne {line}, colonne {column} : {why}")]
    Broken {
        /// Where, from 1.
        line: u32,
        /// Where in the line, from 1.
        column: u32,
        /// What is wrong.
        why: String,
    },
    /// Cut short.
    #[error("XML incomplet : il manque la fin, ou tout le contenu")]
    Incomplete,
    /// Entities of its own may be made to fill the memory.
    #[error("le fichier déclare ses propres entités (DTD), ce qu'une fiche officielle ne fait pas ; il est refusé")]
    Dtd,
    /// More nodes than any sheet has.
    #[error("le fichier est bien trop grand pour une fiche ; il est refusé")]
    TooLong,
    /// More nesting than any sheet has.
    #[error(
        "les éléments s'emboîtent sur plus de {DEEPEST} niveaux, ce qu'une fiche officielle ne fait pas ; il est refusé"
    )]
    TooDeep,
    /// Nothing says what it is about.
    #[error("la fiche n'a pas de titre (dc:title)")]
    Untitled,
}

impl From<roxmltree::Error> for Error {
    fn from(why: roxmltree::Error) -> Self {
        use roxmltree::Error as Xml;
        match why {
            Xml::DtdDetected => Self::Dtd,
            Xml::NodesLimitReached | Xml::AttributesLimitReached | Xml::NamespacesLimitReached => Self::TooLong,
            // The library knows no position for these.
            Xml::NoRootNode | Xml::UnclosedRootNode | Xml::UnexpectedEndOfStream => Self::Incomplete,
            _ => Self::Broken {
                line: why.pos().row,
                column: why.pos().col,
                why: in_french(&why),
            },
        }
    }
}

fn in_french(why: &roxmltree::Error) -> String {
    use roxmltree::Error as Xml;
    match why {
        Xml::UnexpectedCloseTag(open, close, _) => format!("« </{close}> » où il faut « </{open}> »"),
        Xml::UnexpectedEntityCloseTag(_) => "une balise se ferme sans s'être ouverte".into(),
        Xml::UnknownEntityReference(name, _) => format!("« &{name}; » ne désigne aucun caractère"),
        Xml::MalformedEntityReference(_) => "« & » seul ; il faut « &amp; »".into(),
        Xml::UnknownNamespace(name, _) => format!("préfixe « {name}: » non déclaré"),
        Xml::DuplicatedAttribute(name, _) => format!("attribut « {name} » écrit deux fois"),
        Xml::InvalidAttributeValue(_) => "« < » dans un attribut ; il faut « &lt; »".into(),
        Xml::NonXmlChar(..) => "caractère interdit en XML".into(),
        _ => "ce qui se trouve là n'est pas du XML".into(),
    }
}

/// What one file says, and which questions it knows that others answer.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// "F1341"
    pub number: String,
    /// What it says.
    pub document: Document,
    /// The sheets that it leads to (`QuestionReponse`): the number of each, and the question that it answers.
    pub leads: Vec<(String, String)>,
}

/// Each sheet can also be asked for as the others ask for it. Returns the questions that none of these sheets answers.
pub fn link(sheets: &mut [Sheet], leads: &[(String, String)]) -> Vec<(String, String)> {
    let places: HashMap<String, usize> = (sheets.iter().zip(0..))
        .map(|(sheet, at)| (sheet.number.clone(), at))
        .collect();
    let mut unanswered = Vec::new();
    for (number, question) in leads {
        let Some(&place) = places.get(number) else {
            unanswered.push((number.clone(), question.clone()));
            continue;
        };
        let Document { title, sections, .. } = &mut sheets[place].document;
        let known = sections
            .iter()
            .flat_map(|section| &section.questions)
            .any(|known| known == question);
        // Its chapters and cases answer something narrower.
        let mut own = sections
            .iter_mut()
            .filter(|section| section.questions.first() == Some(&*title));
        match own.next() {
            _ if known => {}
            Some(own) => own.questions.push(question.clone()),
            None => unanswered.push((number.clone(), question.clone())),
        }
    }
    unanswered
}

/// What one file says; nothing where it is no sheet (`Dossier`, `Theme`, definitions, online services, menus) or an
/// empty one.
///
/// # Errors
/// The file is no XML, or none that may be trusted.
pub fn sheet(xml: &str) -> Result<Option<Sheet>, Error> {
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: MOST_NODES,
        ..ParsingOptions::default()
    };
    let xml = with_characters(xml.trim_start_matches('\u{feff}'));
    let tree = roxmltree::Document::parse_with_options(&xml, options)?;
    let root = tree.root_element();
    if too_deep(root) {
        return Err(Error::TooDeep);
    }
    if !is_sheet(root) {
        return Ok(None);
    }
    let title = child(root, "title").map(plain).filter(|title| !title.is_empty());
    let title = title.ok_or(Error::Untitled)?;
    let sections = sections::of(root, &title);
    let page = root.attribute("spUrl").map(str::trim);
    let leads = root.descendants().filter(|node| node.has_tag_name("QuestionReponse"));
    let leads = leads.filter_map(|node| Some((node.attribute("ID")?.to_owned(), plain(node))));
    Ok((!sections.is_empty()).then(|| Sheet {
        number: root.attribute("ID").unwrap_or_default().to_owned(),
        leads: leads.filter(|(_, question)| !question.is_empty()).collect(),
        document: Document {
            page: page.filter(|page| page.starts_with("http")).map(str::to_owned),
            date: child(root, "date").and_then(|date| day(&plain(date))),
            sections,
            title,
        },
    }))
}

/// With the characters that HTML names ("&nbsp;"), which XML does not know, though many a program writes them. What means
/// something in XML stays as it is.
fn with_characters(xml: &str) -> Cow<'_, str> {
    let mut parts = xml.split('&');
    let mut written = parts.next().unwrap_or_default().to_owned();
    let mut changed = false;
    for part in parts {
        let named = part
            .split_once(';')
            .and_then(|(name, rest)| Some((character(name)?, rest)));
        match named {
            Some((character, rest)) => {
                changed = true;
                written.push_str(&character);
                written.push_str(rest);
            }
            None => {
                written.push('&');
                written.push_str(part);
            }
        }
    }
    if changed { written.into() } else { xml.into() }
}

/// What HTML means by "&name;", unless XML knows it as well: Markdown has the same names.
fn character(name: &str) -> Option<String> {
    let is_name = name.len() <= LONGEST_NAME && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_name || matches!(name, "amp" | "lt" | "gt" | "quot" | "apos") {
        return None;
    }
    let markdown = format!("&{name};");
    let texts = pulldown_cmark::Parser::new(&markdown).filter_map(|event| match event {
        pulldown_cmark::Event::Text(text) => Some(text.into_string()),
        _ => None,
    });
    let read: String = texts.collect();
    (!read.is_empty() && !read.contains(['&', '<'])).then_some(read)
}

/// Without recursion: this is what makes it safe further on.
fn too_deep(root: Node) -> bool {
    let mut open = vec![(root, 0)];
    while let Some((node, depth)) = open.pop() {
        if depth > DEEPEST {
            return true;
        }
        open.extend(node.children().map(|child| (child, depth + 1)));
    }
    false
}

/// "Fiche d'information", "Fiche Question-réponse" and "Fiche Comment faire si", each also "conditionné(e)", and "Fiche
/// avec liens externes".
fn is_sheet(root: Node) -> bool {
    let kind = root.attribute("type").unwrap_or_default();
    root.has_tag_name("Publication")
        && ["Fiche", "Question-réponse", "Comment faire si"]
            .iter()
            .any(|sheet| kind.starts_with(sheet))
}

/// "modified 2026-02-10"
fn day(text: &str) -> Option<NaiveDate> {
    let words = text.split(' ').rev();
    words
        .filter_map(|word| NaiveDate::parse_from_str(word, "%Y-%m-%d").ok())
        .next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(xml: &str) -> Result<Option<Document>, Error> {
        Ok(super::sheet(xml)?.map(|sheet| sheet.document))
    }

    fn sheet(kind: &str, content: &str) -> String {
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<Publication xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  ID="F99999" type="{kind}" xsi:noNamespaceSchemaLocation="../Schemas/3.4/Publication.xsd"
  spUrl="https://www.service-public.gouv.fr/particuliers/vosdroits/F99999">
<dc:title>Permis de licorne : première demande</dc:title>
<dc:description>Ne se dit pas.</dc:description><dc:date>modified 2026-02-10</dc:date>
<FilDAriane><Niveau ID="N1">Accueil particuliers</Niveau></FilDAriane>
<DossierPere ID="N1"><Titre>Licornes</Titre><Fiche ID="F1">Autre fiche</Fiche></DossierPere>
{content}
</Publication>"#
        )
    }

    const CONTENT: &str = r#"
<Introduction><Texte><Paragraphe>Il faut un <MiseEnEvidence>permis</MiseEnEvidence>.</Paragraphe></Texte></Introduction>
<Texte><Chapitre><Titre><Paragraphe>Où faire la demande ?</Paragraphe></Titre>
  <Paragraphe>En mairie.</Paragraphe>
  <OuSAdresser ID="R1" type="Local"><Titre>Mairie</Titre><PivotLocal>mairie</PivotLocal></OuSAdresser>
</Chapitre></Texte>
<ServiceEnLigne ID="R2" URL="https://a.fr" type="Téléservice"><Titre>Demande en ligne</Titre></ServiceEnLigne>
<Reference type="Texte de référence" URL="https://a.fr" ID="R3"><Titre>Code des licornes</Titre></Reference>
<Definition ID="R4"><Titre>Licorne</Titre><Texte><Paragraphe>Cheval à corne.</Paragraphe></Texte></Definition>
<QuestionReponse ID="F2" audience="Particuliers">Et un poney ?</QuestionReponse>"#;

    #[test]
    fn a_sheet_gives_a_document() {
        let document = document(&sheet("Fiche d'information conditionnée", CONTENT))
            .unwrap()
            .unwrap();
        assert_eq!(document.title, "Permis de licorne : première demande");
        assert_eq!(document.date, NaiveDate::from_ymd_opt(2026, 2, 10));
        let page = "https://www.service-public.gouv.fr/particuliers/vosdroits/F99999";
        assert_eq!(document.page.as_deref(), Some(page));
        let said: Vec<(&str, &str)> = document
            .sections
            .iter()
            .map(|s| (s.questions[0].as_str(), s.text.as_str()))
            .collect();
        assert_eq!(
            said,
            [
                ("Permis de licorne : première demande", "Il faut un permis."),
                (
                    "Permis de licorne, première demande : où faire la demande ?",
                    "En mairie.\nOù s'adresser : Mairie."
                ),
            ]
        );
    }

    #[test]
    fn only_sheets_do() {
        for kind in [
            "Fiche d'information",
            "Fiche Question-réponse conditionnée",
            "Question-réponse",
            "Fiche Comment faire si",
        ] {
            assert!(document(&sheet(kind, CONTENT)).unwrap().is_some(), "{kind}");
        }
        for kind in [
            "Dossier",
            "Theme",
            "Sous-thème",
            "Recherche guidée",
            "Définition de glossaire",
            "",
        ] {
            assert!(document(&sheet(kind, CONTENT)).unwrap().is_none(), "{kind}");
        }
        assert!(
            document("<ServiceComplementaire ID='R1' type='Téléservice'/>")
                .unwrap()
                .is_none()
        );
        assert!(
            document(&sheet("Fiche d'information", "<Texte><Paragraphe/></Texte>"))
                .unwrap()
                .is_none()
        );
    }

    #[test]
    fn what_is_missing_is_not_made_up() {
        let xml = "\u{feff}<Publication type=\"Fiche d'information\" spUrl='javascript:x'><title>Titre &amp; suite</title>
            <date>modified bientôt</date><Texte><Paragraphe>A &lt; B&#160;: l&#x27;&#233;t&#xE9;.</Paragraphe></Texte></Publication>";
        let document = document(xml).unwrap().unwrap();
        assert_eq!((document.page, document.date), (None, None));
        assert_eq!(document.title, "Titre & suite");
        assert_eq!(document.sections[0].text, "A < B : l'été.");
    }

    #[test]
    fn broken_files_are_named() {
        let error = |xml: &str| document(xml).unwrap_err().to_string();
        assert!(error("<Publication>\n  <Texte></Paragraphe>\n</Publication>").contains("ligne 2, colonne 10"));
        let unknown = error("<Publication>&inconnue;</Publication>");
        assert!(
            unknown.contains("ligne 1") && unknown.contains("« &inconnue; » ne désigne"),
            "{unknown}"
        );
        assert!(error("").contains("incomplet"));
        assert!(error("<Publication><Texte>").contains("incomplet"));
        assert!(error("pas du XML").contains("XML"));
        assert!(error("<Publication type=\"Fiche d'information\"/>").contains("titre"));
    }

    #[test]
    fn characters_may_be_named_as_in_html() {
        let content =
            "<Texte><Paragraphe>450&nbsp;&euro; pour l&rsquo;&eacute;t&eacute; &amp; A &lt; B.</Paragraphe></Texte>";
        let document = document(&sheet("Fiche", content)).unwrap().unwrap();
        assert_eq!(document.sections[0].text, "450 € pour l’été & A < B.");
    }

    #[test]
    fn sheets_are_asked_for_as_others_do() {
        let mut asking = super::sheet(&sheet("Fiche", CONTENT)).unwrap().unwrap();
        assert_eq!(asking.leads, [("F2".to_owned(), "Et un poney ?".to_owned())]);
        let leads = std::mem::take(&mut asking.leads);
        let answering = Sheet {
            number: "F2".into(),
            ..asking.clone()
        };
        let mut both = [asking, answering];
        for _ in 0..2 {
            assert!(link(&mut both, &leads).is_empty());
            assert_eq!(both[0].document.sections[0].questions.len(), 1);
            assert_eq!(both[1].document.sections[0].questions[1..], ["Et un poney ?"]);
        }
        assert_eq!(link(&mut both[..1], &leads), leads);
    }

    #[test]
    fn a_sheet_declares_no_entities() {
        let laughs = r#"<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
            <!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><Publication>&c;</Publication>"#;
        let file = r#"<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><Publication>&x;</Publication>"#;
        let dtd = r#"<!DOCTYPE Publication SYSTEM "Publication.dtd"><Publication/>"#;
        for xml in [laughs, file, dtd] {
            assert!(matches!(document(xml), Err(Error::Dtd)), "{xml}");
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        let nested = |depth: usize| {
            let case = "<BlocCas><Cas><Titre>Un cas</Titre>";
            let content = format!(
                "{}<Paragraphe>Fin.</Paragraphe>{}",
                case.repeat(depth),
                "</Cas></BlocCas>".repeat(depth)
            );
            document(&sheet("Fiche d'information", &content))
        };
        assert!(nested(20).unwrap().is_some());
        assert!(matches!(nested(60), Err(Error::TooDeep)));
        assert!(matches!(nested(50_000), Err(Error::TooDeep)));
    }
}
