//! The directory's records, whichever file they are in.

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer};
use serde_json::Value;

/// All services of a file.
pub(super) fn services(json: &str) -> serde_json::Result<Vec<Service>> {
    let json = json.trim_start_matches('\u{feff}').trim_start();
    let services = if json.starts_with('[') {
        serde_json::from_str(json)?
    } else {
        serde_json::from_str::<File>(json)?.service
    };
    Ok(services.into_iter().map(Service::itself).collect())
}

#[derive(Deserialize)]
struct File {
    #[serde(alias = "results", alias = "records")]
    service: Vec<Service>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Service {
    #[serde(deserialize_with = "text")]
    pub nom: String,
    #[serde(deserialize_with = "many")]
    pub plage_ouverture: Vec<Opening>,
    #[serde(deserialize_with = "text")]
    pub commentaire_plage_ouverture: String,
    #[serde(deserialize_with = "many")]
    pub adresse: Vec<Address>,
    #[serde(deserialize_with = "many")]
    pub telephone: Vec<Phone>,
    #[serde(deserialize_with = "many")]
    pub adresse_courriel: Vec<String>,
    #[serde(deserialize_with = "many")]
    pub site_internet: Vec<Site>,
    #[serde(deserialize_with = "text")]
    pub date_modification: String,
    #[serde(deserialize_with = "text")]
    pub url_service_public: String,
    #[serde(deserialize_with = "many")]
    pub pivot: Vec<Pivot>,
    #[serde(deserialize_with = "text")]
    pub code_insee_commune: String,
    #[serde(deserialize_with = "text")]
    pub statut_de_diffusion: String,
    /// Where the first versions of the API put all that.
    #[serde(alias = "record")]
    pub fields: Option<Box<Service>>,
}

impl Service {
    fn itself(mut self) -> Self {
        while let Some(fields) = self.fields.take() {
            self = *fields;
        }
        self
    }

    /// Whether it is shown on Service-Public.fr.
    pub(super) fn is_public(&self) -> bool {
        self.statut_de_diffusion != "false"
    }
}

/// One of `plage_ouverture`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Opening {
    #[serde(deserialize_with = "text")]
    pub nom_jour_debut: String,
    #[serde(deserialize_with = "text")]
    pub nom_jour_fin: String,
    #[serde(deserialize_with = "text")]
    pub valeur_heure_debut_1: String,
    #[serde(deserialize_with = "text")]
    pub valeur_heure_fin_1: String,
    #[serde(deserialize_with = "text")]
    pub valeur_heure_debut_2: String,
    #[serde(deserialize_with = "text")]
    pub valeur_heure_fin_2: String,
    #[serde(deserialize_with = "text")]
    pub commentaire: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Address {
    #[serde(deserialize_with = "text")]
    pub type_adresse: String,
    #[serde(deserialize_with = "text")]
    pub complement1: String,
    #[serde(deserialize_with = "text")]
    pub complement2: String,
    #[serde(deserialize_with = "text")]
    pub numero_voie: String,
    #[serde(deserialize_with = "text")]
    pub service_distribution: String,
    #[serde(deserialize_with = "text")]
    pub code_postal: String,
    #[serde(deserialize_with = "text")]
    pub nom_commune: String,
    #[serde(deserialize_with = "text")]
    pub accessibilite: String,
    #[serde(deserialize_with = "text")]
    pub note_accessibilite: String,
}

impl Address {
    /// Whether only letters go there.
    pub(super) fn is_postal(&self) -> bool {
        self.type_adresse.eq_ignore_ascii_case("adresse postale")
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Phone {
    #[serde(deserialize_with = "text")]
    pub valeur: String,
    #[serde(deserialize_with = "text")]
    pub description: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Site {
    #[serde(deserialize_with = "text")]
    pub valeur: String,
}

/// What kind of service it is (`type_service_local`, not needed here), and for which towns.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Pivot {
    #[serde(deserialize_with = "many")]
    pub code_insee_commune: Vec<String>,
}

/// A text, a number or a truth value as text; nothing else is one.
fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => text.trim().to_owned(),
        value @ (Value::Number(_) | Value::Bool(_)) => value.to_string(),
        _ => String::new(),
    })
}

/// A list, a list as JSON within a text, or one value alone; what cannot be read is left out.
fn many<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Vec<T>, D::Error> {
    let value = match Value::deserialize(from)? {
        Value::String(text) if text.trim().is_empty() => Value::Null,
        Value::String(text) if text.trim_start().starts_with(['[', '{']) => {
            serde_json::from_str(&text).unwrap_or_default()
        }
        value => value,
    };
    let values = match value {
        Value::Null => Vec::new(),
        Value::Array(values) => values,
        value => vec![value],
    };
    Ok(values
        .into_iter()
        .filter_map(|value| serde_json::from_value(value).ok())
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_may_be_of_any_kind() {
        let json = r#" [{"nom": 12, "telephone": {"valeur": 3615}, "adresse_courriel": ["a@b.fr", null, 7, "c@d.fr"],
            "pivot": "{\"code_insee_commune\": \"99300\"}", "site_internet": "n'est pas du JSON", "adresse": [1, {}],
            "plage_ouverture": null, "commentaire_plage_ouverture": ["x"], "statut_de_diffusion": false, "autre": [[{}]]}]"#;
        let services = services(json).unwrap();
        let [service] = services.as_slice() else { panic!() };
        assert_eq!(
            (service.nom.as_str(), service.telephone[0].valeur.as_str()),
            ("12", "3615")
        );
        assert_eq!(service.adresse_courriel, ["a@b.fr", "c@d.fr"]);
        assert_eq!(service.pivot[0].code_insee_commune, ["99300"]);
        assert_eq!(
            (
                service.adresse.len(),
                service.site_internet.len(),
                service.plage_ouverture.len()
            ),
            (1, 0, 0)
        );
        assert!(service.commentaire_plage_ouverture.is_empty() && !service.is_public());
    }
}
