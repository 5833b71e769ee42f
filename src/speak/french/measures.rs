//! What stands after a number: units, "par mois", and the gender of what is counted.

use super::numbers::Gender::{self, Feminine, Masculine};
use super::numbers::cardinal;
use super::scan::{Reading, Scan, lower, string, value};

/// What stands after a number.
pub(super) struct Unit {
    pub(super) singular: &'static str,
    pub(super) plural: &'static str,
    pub(super) gender: Gender,
}

/// The unit that follows, after spaces if any.
pub(super) fn unit(mut s: Scan) -> Option<(Unit, Scan)> {
    s.spaces();
    let symbol = s.take(|c| c.is_alphabetic() || "²³°%‰".contains(c));
    let mut written = string(symbol);
    if matches!(written.as_str(), "m" | "km" | "cm" | "dm" | "mm") {
        let mut power = s;
        if let Some(digit) = power.eat_any(&['2', '3']).filter(|_| power.ends()) {
            written.push(if digit == '2' { '²' } else { '³' });
            s = power;
        }
    }
    if s.peek().is_some_and(|c| c.is_ascii_digit()) {
        return None;
    }
    let (singular, plural, gender) = name(&written)?;
    Some((
        Unit {
            singular,
            plural,
            gender,
        },
        s,
    ))
}

fn name(symbol: &str) -> Option<(&'static str, &'static str, Gender)> {
    Some(match symbol {
        "%" => ("pour cent", "pour cent", Masculine),
        "‰" => ("pour mille", "pour mille", Masculine),
        "m" => ("mètre", "mètres", Masculine),
        "mm" => ("millimètre", "millimètres", Masculine),
        "cm" => ("centimètre", "centimètres", Masculine),
        "dm" => ("décimètre", "décimètres", Masculine),
        "km" => ("kilomètre", "kilomètres", Masculine),
        "cm²" => ("centimètre carré", "centimètres carrés", Masculine),
        "m²" => ("mètre carré", "mètres carrés", Masculine),
        "km²" => ("kilomètre carré", "kilomètres carrés", Masculine),
        "cm³" => ("centimètre cube", "centimètres cubes", Masculine),
        "dm³" => ("décimètre cube", "décimètres cubes", Masculine),
        "m³" => ("mètre cube", "mètres cubes", Masculine),
        "ha" => ("hectare", "hectares", Masculine),
        "l" | "L" => ("litre", "litres", Masculine),
        "ml" | "mL" => ("millilitre", "millilitres", Masculine),
        "cl" | "cL" => ("centilitre", "centilitres", Masculine),
        "hl" | "hL" => ("hectolitre", "hectolitres", Masculine),
        "mg" => ("milligramme", "milligrammes", Masculine),
        "g" => ("gramme", "grammes", Masculine),
        "kg" | "Kg" => ("kilogramme", "kilogrammes", Masculine),
        "t" => ("tonne", "tonnes", Feminine),
        "s" | "sec" => ("seconde", "secondes", Feminine),
        "min" | "mn" => ("minute", "minutes", Feminine),
        "h" => ("heure", "heures", Feminine),
        "j" => ("jour", "jours", Masculine),
        "°" | "°C" => ("degré", "degrés", Masculine),
        "°F" => ("degré Fahrenheit", "degrés Fahrenheit", Masculine),
        "W" => ("watt", "watts", Masculine),
        "kW" => ("kilowatt", "kilowatts", Masculine),
        "kWh" => ("kilowattheure", "kilowattheures", Masculine),
        "MWh" => ("mégawattheure", "mégawattheures", Masculine),
        "kVA" => ("kilovoltampère", "kilovoltampères", Masculine),
        "dB" => ("décibel", "décibels", Masculine),
        "ko" | "Ko" => ("kilooctet", "kilooctets", Masculine),
        "Mo" => ("mégaoctet", "mégaoctets", Masculine),
        "Go" => ("gigaoctet", "gigaoctets", Masculine),
        "Hz" => ("hertz", "hertz", Masculine),
        "kHz" => ("kilohertz", "kilohertz", Masculine),
        "cts" | "ct" => ("centime", "centimes", Masculine),
        _ => return None,
    })
}

/// "/mois" → " par mois", "/24" → " sur vingt-quatre", "/m²" → " par mètre carré".
pub(super) fn per(start: Scan) -> Reading {
    let mut s = start;
    let spaced = s.spaces();
    if !s.eat('/') || s.spaces() != spaced {
        return None;
    }
    let mut number = s;
    let digits = number.digits();
    if let Some(n) = value(digits).filter(|_| number.ends() && digits[0] != '0') {
        return Some((format!(" sur {}", cardinal(n, Masculine)), number));
    }
    if let Some((unit, rest)) = unit(s) {
        return Some((format!(" par {}", unit.singular), rest));
    }
    let letters = s.letters();
    let word = lower(letters);
    let each = match word.as_str() {
        "pers" => "personne",
        "hab" => "habitant",
        "sem" => "semaine",
        _ if letters.iter().all(|c| c.is_lowercase()) && letters.len() >= 2 => {
            return Some((format!(" par {word}"), s));
        }
        _ => return None,
    };
    s.eat('.');
    Some((format!(" par {each}"), s))
}

/// The gender that a number takes from the noun after it: "une page", "vingt et une pages", but "un rue de l'Église".
pub(super) fn gender_of_noun(n: u64, mut s: Scan) -> Gender {
    if !s.spaces() {
        return Masculine;
    }
    let noun = lower(s.letters());
    // "21 rue" and "1 place du Marché" are addresses: a quantity has its plural, and a place has no name
    let quantity = if n == 1 {
        noun != "place" || !s.rest().iter().take(20).any(|c| c.is_uppercase())
    } else {
        noun.ends_with('s')
    };
    let street = matches!(noun.as_str(), "rue" | "route" | "avenue" | "impasse" | "allée");
    if quantity && !street && is_feminine(&noun) {
        Feminine
    } else {
        Masculine
    }
}

/// Whether "un" becomes "une" before this word.
pub(super) fn is_feminine(noun: &str) -> bool {
    let singular = noun.strip_suffix('s').unwrap_or(noun);
    match singular {
        "heure" | "minute" | "seconde" | "semaine" | "nuit" | "foi" | "page" | "personne" | "place" | "demande"
        | "copie" | "photo" | "photocopie" | "pièce" | "carte" | "commune" | "famille" | "rue" | "classe" | "école"
        | "salle" | "chaise" | "table" | "tonne" | "voiture" | "part" | "ligne" | "feuille" | "adresse" | "date"
        | "réponse" | "séance" | "visite" | "poubelle" | "benne" | "borne" | "lettre" | "enveloppe" | "mairie"
        | "tranche" | "chambre" | "étape" | "boîte" | "bouteille" | "entrée" | "assiette" | "fille" | "femme"
        | "mère" | "petite" | "grande" | "nouvelle" | "première" | "maison" | "route" | "pers" | "ville" | "crèche"
        | "douzaine" | "vingtaine" | "trentaine" | "centaine" | "caisse" | "remise" | "brochure" | "démarche"
        | "liste" | "équipe" | "zone" | "offre" | "aide" | "touche" | "facture" | "signature" => true,
        "musée" | "lycée" | "rez-de-chaussée" | "trophée" | "silence" => false,
        _ => ["tion", "sion", "ée", "ette", "ance", "ence"]
            .iter()
            .any(|end| singular.ends_with(end)),
    }
}
