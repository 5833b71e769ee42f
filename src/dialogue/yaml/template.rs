//! Texts with places to fill in: `{horaires:mairie}`, `{état:mairie}`, `{ville}`, `{téléphone}`, `{adresse}`.

use std::collections::BTreeMap;

use super::super::hours::Schedule;
use super::super::plan::{Piece, Template, Town};
use super::{did_you_mean, fold};

/// What can be put in the places of a text.
pub(super) struct Places<'a> {
    pub(super) town: &'a Town,
    pub(super) schedules: &'a BTreeMap<String, Schedule>,
    /// Schedules that have been spoken of.
    pub(super) used: &'a mut Vec<String>,
}

/// A place that cannot be filled: what was typed, and what is wrong with it.
pub(super) type Misplaced = (String, String);

const NAMES: [&str; 5] = ["horaires", "état", "ville", "téléphone", "adresse"];

impl Places<'_> {
    /// Reads an answer. Spaces and line breaks are single spaces, since the text is only spoken.
    pub(super) fn template(&mut self, text: &str) -> Result<Template, Vec<Misplaced>> {
        self.fill(text, &[])
    }

    /// Reads a sentence in which nothing depends on the moment; places named in `kept` are left as they are.
    pub(super) fn sentence(&mut self, text: &str, kept: &[&str]) -> Result<String, Vec<Misplaced>> {
        let template = self.fill(text, kept)?;
        let live = |piece: &Piece| match piece {
            Piece::OpenNow(name) => Some((
                format!("{{état:{name}}}"),
                "« {état:…} » n'est possible que dans une réponse".to_owned(),
            )),
            Piece::Text(_) => None,
        };
        let live: Vec<Misplaced> = template.0.iter().filter_map(live).collect();
        if !live.is_empty() {
            return Err(live.into_iter().map(|(_, message)| ("{".to_owned(), message)).collect());
        }
        Ok(template
            .0
            .into_iter()
            .map(|piece| {
                if let Piece::Text(text) = piece {
                    text
                } else {
                    String::new()
                }
            })
            .collect())
    }

    fn fill(&mut self, text: &str, kept: &[&str]) -> Result<Template, Vec<Misplaced>> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let (mut pieces, mut said, mut wrong) = (Vec::new(), String::new(), Vec::new());
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            said.push_str(before);
            let Some((place, tail)) = after.split_once('}') else {
                let place = format!("{{{}", after.split(' ').next().unwrap_or_default());
                wrong.push((
                    place,
                    "accolade « { » jamais refermée ; exemple : « {horaires:mairie} »".to_owned(),
                ));
                rest = "";
                break;
            };
            rest = tail;
            let (name, of) = place
                .split_once(':')
                .map_or((place, None), |(name, of)| (name, Some(of)));
            match self.place(name, of, kept) {
                Ok(Piece::Text(text)) => said.push_str(&text),
                Ok(live) => {
                    push(&mut pieces, &mut said);
                    pieces.push(live);
                }
                Err(message) => wrong.push((format!("{{{place}}}"), message)),
            }
        }
        said.push_str(rest);
        push(&mut pieces, &mut said);
        if wrong.is_empty() {
            Ok(Template(pieces))
        } else {
            Err(wrong)
        }
    }

    fn place(&mut self, name: &str, of: Option<&str>, kept: &[&str]) -> Result<Piece, String> {
        let needs = |value: Option<String>, key: &str| {
            value
                .map(Piece::Text)
                .ok_or(format!("« {{{key}}} » demande la clé « {key} » au premier niveau"))
        };
        let folded = fold(name);
        if let (Some(kept), None) = (kept.iter().find(|kept| fold(kept) == folded), of) {
            return Ok(Piece::Text(format!("{{{kept}}}")));
        }
        match (folded.as_str(), of) {
            ("ville", None) => Ok(Piece::Text(self.town.name.clone())),
            ("telephone", None) => needs(self.town.spoken_phone(), "téléphone"),
            ("adresse", None) => needs(self.town.address.clone(), "adresse"),
            ("horaires", Some(of)) => Ok(Piece::Text(self.schedule(of)?.1.week_in_words())),
            ("etat", Some(of)) => Ok(Piece::OpenNow(self.schedule(of)?.0)),
            ("horaires" | "etat", None) => Err(format!("« {{{name}}} » : de qui ? exemple : « {{{name}:mairie}} »")),
            _ => {
                let names = NAMES.iter().chain(kept).copied();
                let hint = did_you_mean(name, names.clone())
                    .unwrap_or_else(|| format!(" ; possibles : {}", names.collect::<Vec<_>>().join(", ")));
                Err(format!("« {{{name}}} » n'est pas une place connue{hint}"))
            }
        }
    }

    fn schedule(&mut self, typed: &str) -> Result<(String, &Schedule), String> {
        let name = fold(typed);
        let Some(schedule) = self.schedules.get(&name) else {
            let hint = did_you_mean(typed, self.schedules.keys().map(String::as_str)).unwrap_or_default();
            return Err(format!("horaires inconnus « {typed} »{hint}"));
        };
        self.used.push(name.clone());
        Ok((name, schedule))
    }
}

/// Ends a piece of text. What stands between two live places may be nothing but a space or a full stop: not spoken.
fn push(pieces: &mut Vec<Piece>, said: &mut String) {
    let text = std::mem::take(said).trim().to_owned();
    if text.chars().any(char::is_alphanumeric) {
        pieces.push(Piece::Text(text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Template, Vec<Misplaced>> {
        let town = Town {
            name: "Valbourg".into(),
            numbers: vec![],
            phone: Some("+33465710210".into()),
            address: None,
            neighbours: vec![],
        };
        let schedules = BTreeMap::from([("mairie".to_owned(), Schedule::parse("Mo 09:00-12:00").unwrap())]);
        Places {
            town: &town,
            schedules: &schedules,
            used: &mut Vec::new(),
        }
        .template(text)
    }

    #[test]
    fn fills_what_does_not_move() {
        let template = read("{État:mairie} Ouvert\n {horaires:mairie}. Appelez {ville} au {telephone}.").unwrap();
        let text = "Ouvert le lundi, de 9 h à 12 h. Appelez Valbourg au 04 65 71 02 10.";
        assert_eq!(template.0, [Piece::OpenNow("mairie".into()), Piece::Text(text.into())]);
    }

    #[test]
    fn names_what_it_cannot_fill() {
        for (text, place, hint) in [
            ("à {adresse}", "{adresse}", "demande la clé « adresse »"),
            ("{horaire:mairie}", "{horaire:mairie}", "vouliez-vous dire « horaires »"),
            ("{horaires:mairi}", "{horaires:mairi}", "vouliez-vous dire « mairie »"),
            ("{horaires}", "{horaires}", "de qui ?"),
            ("{service}", "{service}", "n'est pas une place connue"),
            ("ouvert {horaires:mairie fin", "{horaires:mairie", "jamais refermée"),
        ] {
            let wrong = read(text).unwrap_err();
            assert!(wrong[0].0 == place && wrong[0].1.contains(hint), "{text}: {wrong:?}");
        }
    }
}
