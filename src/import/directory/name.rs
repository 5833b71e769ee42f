//! What services are called, as it is said: "la mairie de Sandillon".

use super::record::Service;

/// What a service is called.
pub(super) struct Name {
    /// "Mairie de Sandillon"; in the directory, "Mairie - Sandillon".
    pub title: String,
    /// Its article, where it is known: "la ".
    article: Option<&'static str>,
}

impl Name {
    /// The articles of the words that most names begin with.
    const ARTICLES: &[(&str, &[&str])] = &[
        (
            "la ",
            &[
                "mairie",
                "préfecture",
                "sous-préfecture",
                "trésorerie",
                "gendarmerie",
                "brigade",
                "police",
                "maison",
                "médiathèque",
                "bibliothèque",
                "mission",
                "caisse",
                "direction",
                "cité",
                "communauté",
            ],
        ),
        (
            "le ",
            &[
                "centre",
                "commissariat",
                "conseil",
                "tribunal",
                "service",
                "bureau",
                "point",
                "guichet",
                "pôle",
                "greffe",
                "syndicat",
                "relais",
            ],
        ),
        (
            "l'",
            &[
                "agence",
                "antenne",
                "espace",
                "établissement",
                "hôtel",
                "hôpital",
                "office",
            ],
        ),
    ];

    pub(super) fn of(service: &Service) -> Option<Self> {
        let title = service.nom.split_whitespace().collect::<Vec<_>>().join(" ");
        let town = service.adresse.iter().map(|address| &address.nom_commune);
        // Only what is known to be a town takes its "de".
        let title = match title.split_once(" - ") {
            Some((what, place)) if town.clone().any(|town| fold(town) == fold(place)) => {
                format!("{what} {}", of_town(place))
            }
            _ => title,
        };
        let first = title.split(' ').next()?.to_lowercase();
        let article = Self::ARTICLES
            .iter()
            .find(|(_, words)| words.contains(&first.as_str()))
            .map(|(article, _)| *article);
        (!title.is_empty()).then_some(Self { title, article })
    }

    /// "la mairie de Sandillon"
    pub(super) fn subject(&self) -> String {
        self.after(self.article.unwrap_or_default())
    }

    /// "de la mairie de Sandillon", "du centre des impôts"
    pub(super) fn of_it(&self) -> String {
        match self.article {
            Some("le ") => self.after("du "),
            article => self.after(&format!("de {}", article.unwrap_or_default())),
        }
    }

    fn after(&self, words: &str) -> String {
        let mut letters = self.title.chars();
        match letters.next().filter(|_| self.article.is_some()) {
            Some(first) => format!("{words}{}{}", first.to_lowercase(), letters.as_str()),
            None => format!("{words}{}", self.title),
        }
    }
}

/// "de Sandillon", "d'Orléans", "du Havre", "des Ulis"
fn of_town(town: &str) -> String {
    if let Some(rest) = town.strip_prefix("Le ") {
        format!("du {rest}")
    } else if let Some(rest) = town.strip_prefix("Les ") {
        format!("des {rest}")
    } else if fold(town).starts_with(['a', 'e', 'i', 'o', 'u', 'y', 'h']) {
        format!("d'{town}")
    } else {
        format!("de {town}")
    }
}

/// Without case, accents and hyphens; "St" is "Saint".
pub(super) fn fold(name: &str) -> String {
    let name = name.to_lowercase().replace('œ', "oe").replace('æ', "ae");
    let plain = name.chars().map(|c| match c {
        'à' | 'â' | 'ä' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'î' | 'ï' => 'i',
        'ô' | 'ö' => 'o',
        'ù' | 'û' | 'ü' => 'u',
        'ÿ' => 'y',
        'ç' => 'c',
        c if c.is_alphanumeric() => c,
        _ => ' ',
    });
    let plain: String = plain.collect();
    let words = plain.split_whitespace().map(|word| match word {
        "st" => "saint",
        "ste" => "sainte",
        word => word,
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::record::Address;
    use super::*;

    #[test]
    fn names_are_said_with_their_article() {
        let said = |nom: &str, town: &str| {
            let service = Service {
                nom: nom.into(),
                adresse: vec![Address {
                    nom_commune: town.into(),
                    ..Address::default()
                }],
                ..Service::default()
            };
            let name = Name::of(&service).unwrap();
            format!("{}, {}", name.subject(), name.of_it())
        };
        assert_eq!(
            said("Mairie - Le Havre", "Le Havre"),
            "la mairie du Havre, de la mairie du Havre"
        );
        assert_eq!(
            said("Agence - Évreux", "Évreux"),
            "l'agence d'Évreux, de l'agence d'Évreux"
        );
        assert_eq!(
            said("Préfecture - Vaucluse", "Avignon"),
            "la préfecture - Vaucluse, de la préfecture - Vaucluse"
        );
        assert_eq!(
            said("France Services - Les Ulis", "Les Ulis"),
            "France Services des Ulis, de France Services des Ulis"
        );
    }

    #[test]
    fn folded_names_are_equal() {
        for name in ["Saint-Étienne-d'Œuvre", "ST ETIENNE D’OEUVRE", " St-Étienne d'Oeuvre"] {
            assert_eq!(fold(name), "saint etienne d oeuvre");
        }
        assert_ne!(fold("Le Mans"), fold("Mans"));
    }
}
