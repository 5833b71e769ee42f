//! What long lists have in common: what is looked for in them, their pages, and what comes in while somebody reads.
//!
//! ```text
//! address → Filter → a page of the store (store::Listed) → rows (messages, requests …) → region, with the way to other pages
//!                                                           region of the first page ← events (live), when lists change
//! ```

use std::ops::Range;

use axum::extract::Query;
use axum::http::Uri;
use chrono::{Datelike, Days, NaiveDate, TimeZone};
use maud::{Markup, html};
use serde::Deserialize;

use super::console::Work;
use super::error::WebError;
use super::{call_backs, messages, requests, words};
use crate::store::{Action, Listed, Scope, User, Wanted};

/// What is looked for in a list; each has some of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Filter {
    /// A service's id; empty: any.
    pub service: String,
    /// A state, as the list names it; empty: those that the list shows by itself.
    pub etat: String,
    /// A day, as browsers send it; anything else is any day.
    pub jour: String,
    /// Part of a caller's number.
    pub numero: String,
    /// Somebody's name.
    pub nom: String,
    /// The page: what comes after this place in the list, …
    apres: String,
    /// … or before it. What is no place is the first page.
    avant: String,
}

impl Filter {
    /// Which page is asked for.
    pub fn wanted(&self) -> Wanted {
        match (self.apres.parse(), self.avant.parse()) {
            (Ok(place), _) => Wanted::After(place),
            (_, Ok(place)) => Wanted::Before(place),
            _ => Wanted::First,
        }
    }

    /// What somebody sees of it.
    pub fn scope<'a>(&'a self, user: &'a User) -> Scope<'a> {
        let service = &self.service;
        Scope { user, service }
    }

    /// From when to when (Unix milliseconds): a day by the town's clock, or all days.
    pub fn span(&self, timezone: chrono_tz::Tz) -> Range<i64> {
        let day = NaiveDate::parse_from_str(&self.jour, "%Y-%m-%d").ok();
        let day = day.filter(|day| (2000..3000).contains(&day.year()));
        let begins = |day: NaiveDate| {
            let midnight = day.and_hms_opt(0, 0, 0)?;
            Some(timezone.from_local_datetime(&midnight).earliest()?.timestamp_millis())
        };
        day.and_then(|day| Some(begins(day)?..begins(day.checked_add_days(Days::new(1))?)?))
            .unwrap_or(0..i64::MAX)
    }

    /// As it stands in an address, for the page of it that is wanted.
    pub fn query(&self, wanted: Wanted) -> String {
        let (apres, avant) = match wanted {
            Wanted::First => (String::new(), String::new()),
            Wanted::After(place) => (place.to_string(), String::new()),
            Wanted::Before(place) => (String::new(), place.to_string()),
        };
        let parts = [
            ("service", &self.service),
            ("etat", &self.etat),
            ("jour", &self.jour),
            ("numero", &self.numero),
            ("nom", &self.nom),
            ("apres", &apres),
            ("avant", &avant),
        ];
        let parts = parts.iter().filter(|(_, value)| !value.is_empty());
        let parts = parts.map(|(name, value)| format!("{name}={}", words::urlencoded(value)));
        parts.collect::<Vec<_>>().join("&")
    }

    /// What a form within a list carries, so that one comes back to where one was.
    pub fn carried(&self) -> Markup {
        html! { input type="hidden" name="retour" value=(self.query(self.wanted())); }
    }
}

/// The page of a list to go back to: `carried` is what a form carried, and believed as far as an address is.
pub fn back(path: &str, carried: &str) -> String {
    let asked = format!("/?{carried}").parse::<Uri>().ok();
    let filter = asked.and_then(|asked| Query::<Filter>::try_from_uri(&asked).ok());
    let filter = filter.map(|Query(filter)| filter).unwrap_or_default();
    address(path, &filter.query(filter.wanted()))
}

/// A page of a list. Browsers go on from the list itself, for who is at the keyboard.
fn address(path: &str, query: &str) -> String {
    match query {
        "" => format!("{path}#liste"),
        query => format!("{path}?{query}#liste"),
    }
}

/// The services that somebody may choose among.
pub fn services(work: &Work, filter: &Filter) -> Markup {
    let own = work.console.services().into_iter();
    let own = own.filter(|service| work.user().sees(&service.id));
    let options: Vec<(&str, String)> = own.map(|s| (s.id.as_str(), words::capital(&s.name))).collect();
    choice("Service", "service", &filter.service, ("", "Tous"), &options)
}

/// The states that they may choose among; the first is what the list shows by itself.
pub fn states(filter: &Filter, first: &str, others: &[(&str, String)]) -> Markup {
    choice("État", "etat", &filter.etat, ("", first), others)
}

fn choice(label: &str, name: &str, chosen: &str, first: (&str, &str), others: &[(&str, String)]) -> Markup {
    html! {
        label {
            (label)
            select name=(name) {
                option value=(first.0) { (first.1) }
                @for (value, told) in others { option value=(value) selected[*value == chosen] { (told) } }
            }
        }
    }
}

/// A day.
pub fn day(filter: &Filter) -> Markup {
    html! { label { "Jour" input type="date" name="jour" value=(filter.jour); } }
}

/// How a list is told of: where it is, what is said where it is empty, and the links to its other pages.
pub struct Told {
    /// Its address.
    pub path: &'static str,
    /// Where nothing is in it.
    pub empty: &'static str,
    /// The page before, the page after.
    pub ways: (&'static str, &'static str),
}

/// The links of most lists.
pub const NEWEST_FIRST: (&str, &str) = ("← Plus récents", "Plus anciens →");

impl Told {
    /// The form above it.
    pub fn search(&self, filter: &Filter, fields: &Markup) -> Markup {
        html! {
            form.filter method="get" action=(self.path) role="search" {
                (fields)
                button type="submit" { "Filtrer" }
                @if !filter.query(Wanted::First).is_empty() { a href=(self.path) { "Effacer les filtres" } }
            }
        }
    }

    /// A page: its rows, and the way to the others.
    pub fn region<T>(&self, filter: &Filter, listed: &Listed<T>, rows: impl FnOnce(&[T]) -> Markup) -> Markup {
        html! {
            @if listed.rows.is_empty() { p.empty { (self.empty) } } @else { (rows(&listed.rows)) }
            @if listed.rows.len() < listed.total { (self.pager(filter, listed)) }
        }
    }

    fn pager<T>(&self, filter: &Filter, listed: &Listed<T>) -> Markup {
        let page = |wanted| address(self.path, &filter.query(wanted));
        let (first, last) = (listed.before + 1, listed.before + listed.rows.len());
        html! {
            nav.pager aria-label="Pages de la liste" {
                @if let Some(previous) = listed.previous() { a rel="prev" href=(page(previous)) { (self.ways.0) } }
                span aria-current="page" {
                    (words::figure(first)) " à " (words::figure(last)) " sur " (words::figure(listed.total))
                }
                @if let Some(next) = listed.next() { a rel="next" href=(page(next)) { (self.ways.1) } }
            }
        }
    }
}

/// A list that is shown.
pub fn shown(region: &Markup) -> Markup {
    html! { div #liste tabindex="-1" { (region) } }
}

/// A list to which something may come while it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Live {
    /// Messages.
    Messages,
    /// Requests.
    Demandes,
    /// Call-backs.
    Rappels,
}

impl Live {
    /// As it is asked for, and what one that comes in is called, and several.
    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Messages => ("messages", "nouveau message", "nouveaux messages"),
            Self::Demandes => ("demandes", "nouvelle demande", "nouvelles demandes"),
            Self::Rappels => ("rappels", "nouveau rappel", "nouveaux rappels"),
        }
    }

    /// A page of it as it stands.
    pub fn region(self, work: &Work, filter: &Filter) -> Result<Markup, WebError> {
        match self {
            Self::Messages => messages::region(work, filter),
            Self::Demandes => requests::region(work, filter),
            Self::Rappels => call_backs::region(work, filter),
        }
    }

    /// That somebody reads it.
    pub fn reading(self) -> Action {
        match self {
            Self::Messages => Action::ListedMessages,
            Self::Demandes => Action::ListedRequests,
            Self::Rappels => Action::ListedCallBacks,
        }
    }

    /// The list on its page. The first page follows what happens; where rows may not move under the reader, a button brings
    /// what is new.
    pub fn shown(self, work: &Work, filter: &Filter) -> Result<Markup, WebError> {
        work.audit(self.reading(), None)?;
        let region = self.region(work, filter)?;
        if filter.wanted() != Wanted::First {
            return Ok(shown(&region));
        }
        let (name, one, more) = self.words();
        let followed = format!("liste={name}&{}", filter.query(Wanted::First));
        Ok(html! {
            p #nouveaux hidden { button type="button" {} }
            div #liste tabindex="-1" data-suivie=(followed) data-lu=(work.now) data-un=(one) data-plusieurs=(more) { (region) }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_the_towns() {
        let paris = chrono_tz::Europe::Paris;
        let of = |jour: &str| Filter {
            jour: jour.into(),
            ..Filter::default()
        };
        let span = of("2026-03-29").span(paris);
        assert_eq!(
            span.end - span.start,
            23 * 3_600_000,
            "the day on which clocks go forward"
        );
        for nonsense in ["hier", "2026-13-01", "+99999-01-01", "+262142-12-31", "-262143-01-01"] {
            assert_eq!(of(nonsense).span(paris), 0..i64::MAX, "{nonsense}");
        }
    }

    #[test]
    fn one_comes_back_to_where_one_was_and_nowhere_else() {
        for (carried, back_to) in [
            ("", "/console/messages#liste"),
            (
                "service=urbanisme&etat=tous&apres=17.4",
                "/console/messages?service=urbanisme&etat=tous&apres=17.4#liste",
            ),
            ("avant=17.4&autre=x", "/console/messages?avant=17.4#liste"),
            ("apres=../..", "/console/messages#liste"),
            (
                "service=%26%23%0d%0aSet-Cookie:x",
                "/console/messages?service=%26%23%0D%0ASet-Cookie%3Ax#liste",
            ),
            ("service=été\r\nX: y", "/console/messages#liste"),
        ] {
            assert_eq!(back("/console/messages", carried), back_to, "{carried}");
        }
    }

    #[test]
    fn a_filter_is_kept_from_page_to_page() {
        let uri: Uri = "/?service=l%27%C3%A9tat&jour=2026-11-26&apres=5.6"
            .parse()
            .expect("an address");
        let Query(filter) = Query::<Filter>::try_from_uri(&uri).expect("a filter");
        assert_eq!(filter.query(Wanted::First), "service=l%27%C3%A9tat&jour=2026-11-26");
        assert_eq!(
            filter.query(filter.wanted()),
            "service=l%27%C3%A9tat&jour=2026-11-26&apres=5.6"
        );
    }
}
