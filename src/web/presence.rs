//! Who is there: each says so themselves, and is taken at their word as long as their browser shows that it is open. In
//! memory: who was there before a restart says it again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::response::Redirect;
use maud::{Markup, html};
use serde::Deserialize;

use super::console::{Console, Work};
use super::error::WebError;
use super::layout::{Page, Row, table};
use super::session::{Background, Posted, Session};
use super::words;
use crate::store::User;

/// Whose browser has been silent for longer is away, whatever they said. Pages give a sign each minute.
pub const SILENT_MS: i64 = 5 * 60 * 1000;

const HEADS: [&str; 4] = ["Nom", "État", "Services", "Vu"];

/// What somebody says of themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Calls may be passed to them.
    Disponible,
    /// They are there, and take no calls.
    Occupe,
    /// They are not there: what everybody is who has not said otherwise.
    #[default]
    Absent,
}

impl Status {
    const ALL: [(Self, &str, &str); 3] = [
        (Self::Disponible, "disponible", "disponible"),
        (Self::Occupe, "occupe", "occupé"),
        (Self::Absent, "absent", "absent"),
    ];

    /// As it is read.
    pub fn told(self) -> &'static str {
        Self::ALL[self as usize].2
    }

    /// As it is sent, and in the style sheet.
    pub fn key(self) -> &'static str {
        Self::ALL[self as usize].1
    }
}

/// Somebody who has been there.
#[derive(Clone, Debug)]
pub struct Agent {
    /// Who.
    pub user: User,
    /// What they said.
    said: Status,
    /// Last sign of their browser (Unix milliseconds).
    pub seen: i64,
}

impl Agent {
    /// What they are, at `now` (Unix milliseconds).
    pub fn status(&self, now: i64) -> Status {
        if now - self.seen <= SILENT_MS {
            self.said
        } else {
            Status::Absent
        }
    }
}

/// Who is there.
#[derive(Default)]
pub struct Presence(Mutex<BTreeMap<String, Agent>>);

impl Presence {
    /// A sign of somebody's browser.
    pub fn seen(&self, user: &User, now: i64) {
        self.with(user, now, |_| {});
    }

    /// Somebody says what they are.
    pub fn set(&self, user: &User, status: Status, now: i64) {
        self.with(user, now, |agent| agent.said = status);
    }

    /// Somebody has logged out.
    pub fn leave(&self, name: &str) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(agent) = all.get_mut(name) {
            agent.said = Status::Absent;
        }
    }

    fn with(&self, user: &User, now: i64, change: impl FnOnce(&mut Agent)) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let agent = all.entry(user.name.clone()).or_insert_with(|| Agent {
            user: user.clone(),
            said: Status::default(),
            seen: now,
        });
        // An account may have other services since.
        (agent.user, agent.seen) = (user.clone(), now);
        change(agent);
    }

    /// Everybody who has been there, by name.
    pub fn all(&self) -> Vec<Agent> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.values().cloned().collect()
    }

    /// What this account is, at `now`.
    pub fn status(&self, name: &str, now: i64) -> Status {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(name).map_or(Status::Absent, |agent| agent.status(now))
    }

    /// The accounts to whom a call for this service may be passed at `now` (Unix milliseconds): those who say that they are
    /// available, and work for it; then those who work for any.
    pub fn available(&self, service: &str, now: i64) -> Vec<String> {
        let there = self
            .all()
            .into_iter()
            .filter(|agent| agent.status(now) == Status::Disponible && agent.user.sees(service));
        let mut there: Vec<Agent> = there.collect();
        there.sort_by_key(|agent| !agent.user.services.iter().any(|own| own == service));
        there.into_iter().map(|agent| agent.user.name).collect()
    }
}

/// The page.
pub async fn page(State(console): State<Arc<Console>>, session: Session) -> Result<Page, WebError> {
    console.page(session, |work| Ok(("Présence", show(work)))).await
}

fn show(work: &Work) -> Markup {
    let mine = work.console.presence.status(&work.user().name, work.now);
    html! {
        h1 { "Présence" }
        form.presence method="post" action="/console/presence" {
            (work.token())
            fieldset {
                legend { "Je suis" }
                @for (status, key, told) in Status::ALL {
                    label.choice {
                        input type="radio" name="etat" value=(key) checked[status == mine];
                        span.dot.(key) aria-hidden="true" {}
                        (words::capital(told))
                    }
                }
                button type="submit" { "Enregistrer" }
            }
            p.hint {
                "« Disponible » : un appel pour vos services peut vous être passé. Sans signe de votre navigateur pendant "
                (SILENT_MS / 60_000) " minutes, vous êtes compté absent."
            }
        }
        h2 { "Qui est là" }
        (table("Qui est là", &HEADS, work.console.presence.all().iter().map(|agent| row(work, agent))))
    }
}

fn row(work: &Work, agent: &Agent) -> Row {
    let status = agent.status(work.now);
    Row::of(vec![
        html! { (agent.user.name) },
        html! { span.dot.(status.key()) aria-hidden="true" {} (words::capital(status.told())) },
        html! { (work.console.services_of(&agent.user)) },
        work.console.moment(agent.seen),
    ])
}

/// What somebody says of themselves, as a form sends it.
#[derive(Deserialize)]
pub struct Change {
    etat: Status,
}

/// Somebody says what they are.
pub async fn set(State(console): State<Arc<Console>>, posted: Posted<Change>) -> Redirect {
    console
        .presence
        .set(&posted.session.user, posted.form.etat, Console::now());
    Redirect::to("/console/presence")
}

/// A page that is open says so.
pub async fn sign(_: Background) -> axum::http::StatusCode {
    axum::http::StatusCode::NO_CONTENT
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Role;

    fn user(name: &str, role: Role, services: &[&str]) -> User {
        User {
            name: name.into(),
            role,
            services: services.iter().map(|&service| service.into()).collect(),
        }
    }

    #[test]
    fn calls_go_to_those_who_said_that_they_are_available_and_are_there() {
        let presence = Presence::default();
        let admin = user("Alice", Role::Admin, &[]);
        let claire = user("Claire", Role::Clerk, &["urbanisme"]);
        let paul = user("Paul", Role::Clerk, &["accueil"]);
        for user in [&admin, &claire, &paul] {
            presence.seen(user, 0);
        }
        assert!(presence.available("urbanisme", 0).is_empty(), "nobody has said so");
        for user in [&admin, &claire, &paul] {
            presence.set(user, Status::Disponible, 0);
        }
        assert_eq!(presence.available("urbanisme", 0), ["Claire", "Alice"]);
        presence.set(&claire, Status::Occupe, 1);
        assert_eq!(presence.available("urbanisme", 1), ["Alice"]);
        presence.seen(&paul, SILENT_MS);
        assert_eq!(
            presence.available("accueil", SILENT_MS + 1),
            ["Paul"],
            "the browser of the other is closed"
        );
        assert_eq!(presence.status("Alice", SILENT_MS + 1), Status::Absent);
        presence.seen(&admin, SILENT_MS + 2);
        assert_eq!(
            presence.status("Alice", SILENT_MS + 2),
            Status::Disponible,
            "back, as it was"
        );
    }
}
