//! The directory of public services ("Annuaire de l'administration – Base de données locales de Service-Public", DILA):
//! the JSON of the base itself (`{"service": […]}`), or an export of its API (`api-lannuaire-administration`), in which
//! fields with several values are JSON within strings.

use chrono::NaiveDate;

use crate::import::document::{Document, Section};

mod hours;
mod name;
mod record;

use name::{Name, fold};
use record::{Address, Phone, Service, Site};

/// Why a file cannot be read, in French.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No JSON.
    #[error("JSON illisible, ligne {}, colonne {} : {}", .why.line(), .why.column(), in_french(.why))]
    Broken {
        /// What is wrong, and where.
        why: serde_json::Error,
    },
    /// Something else.
    #[error(
        "ce JSON n'est pas l'annuaire de l'administration, qui est une liste, ou a « service », « results » ou « records » \
         à sa racine ; ligne {}, colonne {}",
        .why.line(), .why.column()
    )]
    NoDirectory {
        /// What is wrong, and where.
        why: serde_json::Error,
    },
}

impl From<serde_json::Error> for Error {
    fn from(why: serde_json::Error) -> Self {
        if why.is_data() {
            Self::NoDirectory { why }
        } else {
            Self::Broken { why }
        }
    }
}

fn in_french(why: &serde_json::Error) -> &'static str {
    match why.classify() {
        serde_json::error::Category::Eof => "il manque la fin, ou tout le contenu",
        // The library has no kind of its own for it.
        _ if why.to_string().starts_with("recursion limit") => "trop de niveaux emboîtés pour un annuaire",
        _ => "ce qui se trouve là n'est pas du JSON",
    }
}

/// The services of `town`, its name or its INSEE code (the code is safer: some names are those of several towns); all of
/// them where no town is given.
///
/// What a service does not say gives no section, and a service that says nothing no document. A field that cannot be read
/// counts as empty.
///
/// # Errors
/// The file is no JSON, or no directory.
pub fn documents(json: &str, town: Option<&str>) -> Result<Vec<Document>, Error> {
    let services = record::services(json)?.into_iter();
    let ours = services.filter(|service| service.is_public() && town.is_none_or(|town| is_in(service, town)));
    Ok(ours.filter_map(|service| document(&service)).collect())
}

fn is_in(service: &Service, town: &str) -> bool {
    let town = fold(town);
    let addresses = service.adresse.iter().map(|address| &address.nom_commune);
    let codes = service.pivot.iter().flat_map(|pivot| &pivot.code_insee_commune);
    let mut places = addresses.chain(codes).chain([&service.code_insee_commune]);
    places.any(|place| !place.is_empty() && fold(place) == town)
}

fn document(service: &Service) -> Option<Document> {
    let name = Name::of(service)?;
    let sections: Vec<Section> = [place(&name, service), opening(&name, service), contact(&name, service)]
        .into_iter()
        .flatten()
        .collect();
    let page = &service.url_service_public;
    (!sections.is_empty()).then(|| Document {
        title: name.title,
        page: page.starts_with("http").then(|| page.clone()),
        date: day(&service.date_modification),
        sections,
    })
}

/// "2026-09-01", "2026-09-01T10:38:56+02:00", "22/12/2023 10:38:56", "20231222"
fn day(text: &str) -> Option<NaiveDate> {
    let text = text.split([' ', 'T']).next()?;
    ["%Y-%m-%d", "%d/%m/%Y", "%Y%m%d"]
        .iter()
        .find_map(|format| NaiveDate::parse_from_str(text, format).ok())
}

fn place(name: &Name, service: &Service) -> Option<Section> {
    let places = service.adresse.iter().filter(|address| !address.is_postal());
    let said: Vec<String> = places.filter_map(address).collect();
    section(
        vec![
            format!("Où se trouve {} ?", name.subject()),
            format!("Quelle est l'adresse {} ?", name.of_it()),
        ],
        said,
    )
}

/// "Adresse : Hôtel de ville, 6 place de l'Église, 45640 Sandillon. Accessibilité : rampe."
fn address(address: &Address) -> Option<String> {
    // A post-office box is no place to go to; a hamlet is.
    let is_box = ["BP", "CS", "TSA", "B.P"]
        .iter()
        .any(|of| address.service_distribution.starts_with(of));
    let distribution = if is_box {
        ""
    } else {
        address.service_distribution.as_str()
    };
    let town = format!("{} {}", address.code_postal, address.nom_commune);
    let lines = [
        &address.complement1,
        &address.complement2,
        &address.numero_voie,
        distribution,
        town.trim(),
    ];
    let lines: Vec<&str> = lines
        .into_iter()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let access = match address.accessibilite.as_str() {
        "ACC" => " Le lieu est accessible aux personnes à mobilité réduite.",
        "NAC" => " Le lieu n'est pas accessible aux personnes à mobilité réduite.",
        _ => "",
    };
    let note = labelled(" Accessibilité : ", &address.note_accessibilite);
    (!lines.is_empty()).then(|| format!("Adresse : {}.{access}{note}", lines.join(", ")))
}

fn opening(name: &Name, service: &Service) -> Option<Section> {
    let hours = hours::said(&service.plage_ouverture);
    let remark = labelled("", &service.commentaire_plage_ouverture);
    section(
        vec![
            format!("Quels sont les horaires {} ?", name.of_it()),
            format!("{} est ouvert quand ?", name.title),
        ],
        [hours, remark].into(),
    )
}

fn contact(name: &Name, service: &Service) -> Option<Section> {
    let phone = |phone: &Phone| match (phone.valeur.as_str(), phone.description.trim()) {
        ("", _) => None,
        (number, "") => Some(format!("Téléphone : {number}.")),
        (number, what) => Some(format!("Téléphone ({}) : {number}.", what.trim_end_matches('.'))),
    };
    let phones: Vec<String> = service.telephone.iter().filter_map(phone).collect();
    let mails = service
        .adresse_courriel
        .iter()
        .map(|mail| labelled("Courriel : ", mail));
    let site = |site: &Site| {
        let address = site.valeur.trim_start_matches("https://").trim_start_matches("http://");
        labelled("Site internet : ", address.trim_end_matches('/'))
    };
    let mut questions = vec![format!("Comment joindre {} ?", name.subject())];
    if !phones.is_empty() {
        questions.insert(0, format!("Quel est le numéro de téléphone {} ?", name.of_it()));
    }
    section(
        questions,
        phones
            .into_iter()
            .chain(mails)
            .chain(service.site_internet.iter().map(site))
            .collect(),
    )
}

fn section(questions: Vec<String>, paragraphs: Vec<String>) -> Option<Section> {
    let said: Vec<String> = paragraphs
        .into_iter()
        .filter(|paragraph| !paragraph.is_empty())
        .collect();
    (!said.is_empty()).then(|| Section {
        questions,
        text: said.join("\n"),
    })
}

/// On one line, with a full stop; nothing where there is nothing to say.
fn labelled(label: &str, text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.trim_end_matches('.') {
        "" => String::new(),
        text => format!("{label}{text}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As in the base itself.
    const BASE: &str = r#"{"service": [
      {"nom": "Mairie - Licorne-sur-Loire",
       "plage_ouverture": [
         {"nom_jour_debut": "Lundi", "nom_jour_fin": "Vendredi", "valeur_heure_debut_1": "09:00:00",
          "valeur_heure_fin_1": "12:00:00", "valeur_heure_debut_2": "14:00:00", "valeur_heure_fin_2": "17:00:00", "commentaire": ""}],
       "commentaire_plage_ouverture": null,
       "adresse": [
         {"type_adresse": "Adresse", "complement1": "Hôtel de ville", "complement2": "", "numero_voie": "6 place de l'Église",
          "service_distribution": "CS 20001", "code_postal": "99640", "nom_commune": "Licorne-sur-Loire", "pays": "France",
          "longitude": "2.0", "latitude": "47.0", "accessibilite": "ACC", "note_accessibilite": "rampe."},
         {"type_adresse": "Adresse postale", "numero_voie": "1 rue de la Boîte", "code_postal": "99641",
          "nom_commune": "Licorne Cedex"}],
       "telephone": [{"valeur": "02 99 00 00 01", "description": ""}, {"valeur": "02 99 00 00 02", "description": "état civil"}],
       "adresse_courriel": ["mairie@licorne.example"],
       "site_internet": [{"libelle": "", "valeur": "https://www.licorne.example/"}],
       "date_modification": "22/12/2023 10:38:56", "statut_de_diffusion": "true",
       "url_service_public": "https://lannuaire.service-public.fr/centre/1", "siret": null,
       "pivot": [{"type_service_local": "mairie", "code_insee_commune": ["99300"]}]},
      {"nom": "Maison vide", "adresse": [], "telephone": [], "pivot": []},
      {"nom": "Service caché", "telephone": [{"valeur": "1"}], "statut_de_diffusion": false}
    ]}"#;

    /// As the API exports it.
    const EXPORT: &str = r#"[
      {"nom": "Centre des impôts - Loire", "adresse": "[{\"type_adresse\": \"Adresse postale\", \"nom_commune\": \"St Éloi\"}]",
       "telephone": "[{\"valeur\": \"02 99 00 00 03\", \"description\": \"\"}]", "adresse_courriel": "a@b.example",
       "plage_ouverture": "", "site_internet": "[{tronqué", "date_modification": "2026-09-01T00:00:00+00:00",
       "code_insee_commune": "2A004", "commentaire_plage_ouverture": "Sur rendez-vous."}]"#;

    fn sections(document: &Document) -> Vec<(Vec<&str>, &str)> {
        document
            .sections
            .iter()
            .map(|section| {
                (
                    section.questions.iter().map(String::as_str).collect(),
                    section.text.as_str(),
                )
            })
            .collect()
    }

    #[test]
    fn a_service_says_where_when_and_how() {
        let documents = documents(BASE, None).unwrap();
        let [town_hall] = documents.as_slice() else {
            panic!("{documents:?}")
        };
        assert_eq!(town_hall.title, "Mairie de Licorne-sur-Loire");
        assert_eq!(town_hall.date, NaiveDate::from_ymd_opt(2023, 12, 22));
        assert_eq!(
            town_hall.page.as_deref(),
            Some("https://lannuaire.service-public.fr/centre/1")
        );
        assert_eq!(
            sections(town_hall),
            [
                (
                    vec![
                        "Où se trouve la mairie de Licorne-sur-Loire ?",
                        "Quelle est l'adresse de la mairie de Licorne-sur-Loire ?"
                    ],
                    "Adresse : Hôtel de ville, 6 place de l'Église, 99640 Licorne-sur-Loire. \
                     Le lieu est accessible aux personnes à mobilité réduite. Accessibilité : rampe."
                ),
                (
                    vec![
                        "Quels sont les horaires de la mairie de Licorne-sur-Loire ?",
                        "Mairie de Licorne-sur-Loire est ouvert quand ?"
                    ],
                    "Du lundi au vendredi, de 9 h à 12 h et de 14 h à 17 h."
                ),
                (
                    vec![
                        "Quel est le numéro de téléphone de la mairie de Licorne-sur-Loire ?",
                        "Comment joindre la mairie de Licorne-sur-Loire ?"
                    ],
                    "Téléphone : 02 99 00 00 01.\nTéléphone (état civil) : 02 99 00 00 02.\n\
                     Courriel : mairie@licorne.example.\nSite internet : www.licorne.example."
                ),
            ]
        );
    }

    #[test]
    fn exports_have_json_within_texts() {
        let wrapped = [
            EXPORT.to_owned(),
            format!(r#"{{"total_count": 1, "results": {EXPORT}}}"#),
            format!(
                r#"{{"records": [{{"recordid": "1", "fields": {}}}]}}"#,
                &EXPORT[1..EXPORT.len() - 1]
            ),
            format!(
                r#"{{"records": [{{"record": {{"fields": {}}}}}]}}"#,
                &EXPORT[1..EXPORT.len() - 1]
            ),
        ];
        for json in wrapped {
            let documents = documents(&json, None).unwrap();
            let [service] = documents.as_slice() else {
                panic!("{json}")
            };
            assert_eq!(service.title, "Centre des impôts - Loire");
            assert_eq!(
                (service.page.as_deref(), service.date),
                (None, NaiveDate::from_ymd_opt(2026, 9, 1))
            );
            let hours = "Quels sont les horaires du centre des impôts - Loire ?";
            let texts: Vec<&str> = service.sections.iter().map(|section| section.text.as_str()).collect();
            assert_eq!(service.sections[0].questions[0], hours);
            assert_eq!(
                texts,
                [
                    "Sur rendez-vous.",
                    "Téléphone : 02 99 00 00 03.\nCourriel : a@b.example."
                ]
            );
        }
    }

    #[test]
    fn a_town_is_found_by_its_name_or_code() {
        let found = |json, town| documents(json, Some(town)).unwrap().len();
        for town in ["Licorne-sur-Loire", "licorne sur loire", "LICORNE SUR LOIRE ", "99300"] {
            assert_eq!(found(BASE, town), 1, "{town}");
        }
        for town in ["Saint-Eloi", "2a004"] {
            assert_eq!(found(EXPORT, town), 1, "{town}");
        }
        for town in ["Licorne", "99301", ""] {
            assert_eq!(found(BASE, town) + found(EXPORT, town), 0, "{town}");
        }
    }

    #[test]
    fn broken_files_are_named() {
        let error = |json: &str| documents(json, None).unwrap_err().to_string();
        assert!(error("{\"service\": [\n  {\"nom\": }]}").contains("illisible, ligne 2, colonne 11"));
        assert!(error("").contains("illisible"));
        assert!(error("{}").contains("annuaire"));
        assert!(error("[1]").contains("ligne 1, colonne 2"));
        assert!(error(&"[".repeat(100_000)).contains("ligne 1"));
        assert!(error(&"{\"service\":[{\"fields\":".repeat(100_000)).contains("ligne 1"));
        let deep = format!(
            r#"[{{"nom": "A", "adresse": "{}", "telephone": "12"}}]"#,
            "[".repeat(100_000)
        );
        assert!(documents(&deep, None).unwrap().is_empty());
        assert!(documents("[]", None).unwrap().is_empty());
    }

    #[test]
    fn days_of_change() {
        let expected = NaiveDate::from_ymd_opt(2026, 9, 1);
        for text in ["2026-09-01", "01/09/2026 00:00:00", "20260901", "2026-09-01T10:00:00Z"] {
            assert_eq!(day(text), expected, "{text}");
        }
        assert_eq!((day(""), day("hier")), (None, None));
    }
}
