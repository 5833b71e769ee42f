//! Long lists, a page at a time. A page is found by where the one before it ended, not by counting from the beginning: it
//! comes as fast however long the list is, and nothing is skipped or shown twice when a row comes or goes meanwhile.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};

use super::{
    AuditRow, CallRow, Correction, Decision, Desk, MessageRow, Reader, RequestRow, StoreError, User, messages, name,
};
use crate::units::RequestState;

/// Rows of a page.
pub const PAGE: usize = 50;

/// Where a row stands in its list: its moment (Unix milliseconds), and its number among those of that moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    at: i64,
    row: i64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at, self.row)
    }
}

impl FromStr for Place {
    type Err = std::num::ParseIntError;

    fn from_str(written: &str) -> Result<Self, Self::Err> {
        let (at, row) = written.split_once('.').unwrap_or((written, ""));
        Ok(Self {
            at: at.parse()?,
            row: row.parse()?,
        })
    }
}

/// Which page of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wanted {
    /// The first.
    #[default]
    First,
    /// The one that begins after this row.
    After(Place),
    /// The one that ends before it.
    Before(Place),
}

/// A page of a list.
#[derive(Debug)]
pub struct Listed<T> {
    /// What is on it.
    pub rows: Vec<T>,
    /// How many rows stand before it.
    pub before: usize,
    /// How many there are on all pages.
    pub total: usize,
    ends: Option<(Place, Place)>,
}

impl<T> Listed<T> {
    /// The page before this one.
    pub fn previous(&self) -> Option<Wanted> {
        let (first, _) = self.ends.filter(|_| self.before > 0)?;
        let is_first = self.before <= PAGE;
        Some(if is_first { Wanted::First } else { Wanted::Before(first) })
    }

    /// The page after this one.
    pub fn next(&self) -> Option<Wanted> {
        let (_, last) = self.ends.filter(|_| self.before + self.rows.len() < self.total)?;
        Some(Wanted::After(last))
    }
}

/// Whose work is looked at.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// Who looks: they see what is for their services.
    pub user: &'a User,
    /// The service that they chose; empty: any of theirs.
    pub service: &'a str,
}

/// How many wait for somebody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Messages that nobody has dealt with.
    pub messages: usize,
    /// Requests that nobody has begun with.
    pub requests: usize,
    /// Call-backs among them.
    pub call_backs: usize,
}

impl Reader {
    /// Messages, newest first: those that wait, or all.
    pub fn list_messages(&self, scope: Scope, waiting: bool, wanted: Wanted) -> Result<Listed<MessageRow>, StoreError> {
        let search = Search::of(scope).only_if(waiting, "handled_at IS NULL");
        MESSAGES.page(self.database(), &search, wanted, |which| {
            messages::find(self.database(), which, [])
        })
    }

    /// Requests, newest first: those in a state, or in any.
    pub fn list_requests(
        &self,
        scope: Scope,
        state: Option<RequestState>,
        wanted: Wanted,
    ) -> Result<Listed<RequestRow>, StoreError> {
        let search = match state {
            Some(state) => Search::of(scope).and("state = ?", [name(state).into()]),
            None => Search::of(scope),
        };
        REQUESTS.page(self.database(), &search, wanted, |which| self.requests_where(which, []))
    }

    /// Call-backs that were promised, in the order of arrival: those that are to be made, or all.
    pub fn list_call_backs(&self, scope: Scope, open: bool, wanted: Wanted) -> Result<Listed<RequestRow>, StoreError> {
        let search = Search::of(scope)
            .and("waiting_since IS NOT NULL", [])
            .only_if(open, "state IN ('received', 'in_progress')");
        CALL_BACKS.page(self.database(), &search, wanted, |which| self.requests_where(which, []))
    }

    /// Calls that began within `span` (Unix milliseconds), those whose caller's number holds `digits`, newest first.
    pub fn list_calls(&self, span: Range<i64>, digits: &str, wanted: Wanted) -> Result<Listed<CallRow>, StoreError> {
        let search = Search::default().and(
            "started_at >= ? AND started_at < ?",
            [span.start.into(), span.end.into()],
        );
        let search = match digits {
            "" => search,
            digits => search.and("instr(caller, ?)", [digits.to_owned().into()]),
        };
        CALLS.page(self.database(), &search, wanted, |which| self.calls_where(which, []))
    }

    /// How many wait for this person.
    pub fn waiting(&self, user: &User) -> Result<Waiting, StoreError> {
        let count = |list: &List, condition| {
            let search = Search::of(Scope { user, service: "" }).and(condition, []);
            list.count(self.database(), &search)
        };
        Ok(Waiting {
            messages: count(&MESSAGES, "handled_at IS NULL")?,
            requests: count(&REQUESTS, "state = 'received'")?,
            call_backs: count(&CALL_BACKS, "state = 'received' AND waiting_since IS NOT NULL")?,
        })
    }

    /// A number that is another one whenever messages or requests have changed.
    pub fn changes(&self) -> Result<i64, StoreError> {
        let mut statement = self.database().prepare_cached("SELECT number FROM list_changes")?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }
}

impl Desk {
    /// What should have been said, newest first: what an admin has decided so about, or all.
    pub fn list_corrections(
        &self,
        decision: Option<Decision>,
        wanted: Wanted,
    ) -> Result<Listed<Correction>, StoreError> {
        let search = match decision {
            Some(decision) => Search::default().and("state = ?", [name(decision).into()]),
            None => Search::default(),
        };
        CORRECTIONS.page(self.database(), &search, wanted, |which| {
            self.corrections_where(which, [])
        })
    }

    /// The trail within `span` (Unix milliseconds), newest first: one person's, or everybody's where `user` is empty.
    pub fn list_trail(&self, span: Range<i64>, user: &str, wanted: Wanted) -> Result<Listed<AuditRow>, StoreError> {
        let search = Search::default().and("at >= ? AND at < ?", [span.start.into(), span.end.into()]);
        let search = match user {
            "" => search,
            user => search.and("user = ? COLLATE NOCASE", [user.to_owned().into()]),
        };
        TRAIL.page(self.database(), &search, wanted, |which| self.trail_where(which, []))
    }
}

/// A list: a table, the column that holds the moment of a row, and whether the newest come first.
struct List {
    table: &'static str,
    at: &'static str,
    newest_first: bool,
}

const MESSAGES: List = List::newest_first("messages", "created_at");
const REQUESTS: List = List::newest_first("requests", "created_at");
const CALLS: List = List::newest_first("calls", "started_at");
const CORRECTIONS: List = List::newest_first("corrections", "at");
const TRAIL: List = List::newest_first("audit", "at");
const CALL_BACKS: List = List {
    table: "requests",
    at: "waiting_since",
    newest_first: false,
};

impl List {
    const fn newest_first(table: &'static str, at: &'static str) -> Self {
        Self {
            table,
            at,
            newest_first: true,
        }
    }

    /// A page; `read` gives the rows that a condition selects, in its order. Where a page has become empty, or is not full
    /// before another, it is the first one.
    fn page<T>(
        &self,
        database: &Connection,
        search: &Search,
        wanted: Wanted,
        read: impl Fn(&str) -> Result<Vec<T>, StoreError>,
    ) -> Result<Listed<T>, StoreError> {
        let mut places = self.places(database, search, wanted)?;
        let partial = match wanted {
            Wanted::First => false,
            Wanted::After(_) => places.is_empty(),
            Wanted::Before(_) => places.len() < PAGE,
        };
        if partial {
            places = self.places(database, search, Wanted::First)?;
        }
        let Some(ends) = places.first().copied().zip(places.last().copied()) else {
            return Ok(Listed {
                rows: Vec::new(),
                before: 0,
                total: 0,
                ends: None,
            });
        };
        let before = search.clone().and(&self.beyond(self.newest_first), ends.0.values());
        let numbers: Vec<String> = places.iter().map(|place| place.row.to_string()).collect();
        let which = format!(
            "rowid IN ({}) ORDER BY {}",
            numbers.join(", "),
            self.order(self.newest_first)
        );
        Ok(Listed {
            rows: read(&which)?,
            before: self.count(database, &before)?,
            total: self.count(database, search)?,
            ends: Some(ends),
        })
    }

    /// Where the rows of a page stand, in the order of the list.
    fn places(&self, database: &Connection, search: &Search, wanted: Wanted) -> Result<Vec<Place>, StoreError> {
        let (search, backwards) = match wanted {
            Wanted::First => (search.clone(), false),
            Wanted::After(place) => (
                search.clone().and(&self.beyond(!self.newest_first), place.values()),
                false,
            ),
            Wanted::Before(place) => (
                search.clone().and(&self.beyond(self.newest_first), place.values()),
                true,
            ),
        };
        let mut statement = database.prepare(&format!(
            "SELECT {}, rowid FROM {} WHERE {} ORDER BY {} LIMIT {PAGE}",
            self.at,
            self.table,
            search.conditions(),
            self.order(self.newest_first != backwards)
        ))?;
        let place = |row: &Row| {
            Ok(Place {
                at: row.get(0)?,
                row: row.get(1)?,
            })
        };
        let found = statement.query_map(params_from_iter(&search.values), place)?;
        let mut places: Vec<Place> = found.collect::<Result<_, _>>()?;
        if backwards {
            places.reverse();
        }
        Ok(places)
    }

    fn count(&self, database: &Connection, search: &Search) -> Result<usize, StoreError> {
        let mut statement = database.prepare(&format!(
            "SELECT count(*) FROM {} WHERE {}",
            self.table,
            search.conditions()
        ))?;
        let count: i64 = statement.query_row(params_from_iter(&search.values), |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or_default())
    }

    /// What is younger than a place, or older.
    fn beyond(&self, younger: bool) -> String {
        let than = if younger { '>' } else { '<' };
        format!("({}, rowid) {than} (?, ?)", self.at)
    }

    fn order(&self, newest_first: bool) -> String {
        let way = if newest_first { "DESC" } else { "ASC" };
        format!("{} {way}, rowid {way}", self.at)
    }
}

impl Place {
    fn values(self) -> [Value; 2] {
        [self.at.into(), self.row.into()]
    }
}

/// Which rows are looked for: conditions that all hold, and the values in them.
#[derive(Clone, Default)]
struct Search {
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Search {
    /// What is for somebody.
    fn of(Scope { user, service }: Scope) -> Self {
        let own = match user.bounds() {
            Some(own) => {
                let marks = vec!["?"; own.len()].join(", ");
                Self::default().and(&format!("service IN ({marks})"), own.iter().cloned().map(Value::from))
            }
            None => Self::default(),
        };
        match service {
            "" => own,
            chosen => own.and("service = ?", [chosen.to_owned().into()]),
        }
    }

    fn and(mut self, condition: &str, values: impl IntoIterator<Item = Value>) -> Self {
        self.conditions.push(condition.to_owned());
        self.values.extend(values);
        self
    }

    fn only_if(self, holds: bool, condition: &str) -> Self {
        if holds { self.and(condition, []) } else { self }
    }

    fn conditions(&self) -> String {
        if self.conditions.is_empty() {
            "1".into()
        } else {
            self.conditions.join(" AND ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Role;

    fn user(role: Role, services: &[&str]) -> User {
        User {
            name: "Claire".into(),
            role,
            services: services.iter().map(|&service| service.into()).collect(),
        }
    }

    /// A store of so many messages, of which two always came in the same millisecond, every third for urbanism.
    fn desk(messages: usize) -> (tempfile::TempDir, Desk) {
        let folder = tempfile::tempdir().expect("temp dir");
        let desk = Desk::open(folder.path()).expect("opens");
        let fill = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
             INSERT INTO messages (id, call_id, service, created_at, delete_after, length_ms)
             SELECT printf('%04d', i), '1', iif(i % 3, 'accueil', 'urbanisme'), i / 2, 9, 9 FROM n";
        desk.database().execute(fill, [messages as i64]).expect("writes");
        (folder, desk)
    }

    fn ids(listed: &Listed<MessageRow>) -> Vec<usize> {
        let number = |message: &MessageRow| message.id.parse().expect("a number");
        listed.rows.iter().map(number).collect()
    }

    #[test]
    fn pages_follow_one_another_and_leave_nothing_out() {
        let (_folder, desk) = desk(130);
        let admin = user(Role::Admin, &[]);
        let scope = Scope {
            user: &admin,
            service: "",
        };
        let page = |wanted| desk.read().list_messages(scope, true, wanted).expect("reads");
        let first = page(Wanted::First);
        assert_eq!((first.before, first.total, first.previous()), (0, 130, None));
        let second = page(first.next().expect("more"));
        let third = page(second.next().expect("more"));
        assert_eq!((third.before, third.rows.len(), third.next()), (100, 30, None));
        let all: Vec<usize> = [&first, &second, &third].into_iter().flat_map(ids).collect();
        assert_eq!(all, (1..=130).rev().collect::<Vec<_>>());
        let back = page(third.previous().expect("some"));
        assert_eq!(ids(&back), ids(&second));
        assert_eq!(ids(&page(back.previous().expect("some"))), ids(&first));
        // What comes meanwhile moves nothing.
        let new = "INSERT INTO messages (id, call_id, service, created_at, delete_after, length_ms)
                   VALUES ('0999', '1', 'accueil', 999, 9, 9)";
        desk.database().execute(new, []).expect("writes");
        let again = page(first.next().expect("more"));
        assert_eq!((ids(&again), again.before), (ids(&second), 51));
        let back = page(again.previous().expect("some"));
        assert_eq!(
            (ids(&back), back.before),
            (ids(&first), 1),
            "a full page, and one row before it"
        );
        let newest = page(back.previous().expect("the new one"));
        assert_eq!((ids(&newest)[0], newest.before), (999, 0), "a page is never cut short");
    }

    #[test]
    fn a_page_that_has_become_empty_is_the_first() {
        let (_folder, desk) = desk(60);
        let admin = user(Role::Admin, &[]);
        let scope = Scope {
            user: &admin,
            service: "",
        };
        let page = |wanted| desk.read().list_messages(scope, true, wanted).expect("reads");
        let next = page(Wanted::First).next().expect("more");
        desk.database()
            .execute("UPDATE messages SET handled_at = 1 WHERE created_at < 20", [])
            .expect("writes");
        let shown = page(next);
        assert_eq!((shown.before, shown.total, shown.rows.len()), (0, 21, 21));
        desk.database().execute("DELETE FROM messages", []).expect("writes");
        assert_eq!((page(next).rows.len(), page(next).next()), (0, None));
    }

    #[test]
    fn clerks_see_and_count_what_is_for_their_services() {
        let (_folder, desk) = desk(60);
        let count = |user: &User, service| {
            let listed = desk.read().list_messages(Scope { user, service }, true, Wanted::First);
            listed.expect("reads").total
        };
        let admin = user(Role::Admin, &[]);
        assert_eq!((count(&admin, ""), count(&admin, "urbanisme")), (60, 20));
        let both = user(Role::Clerk, &["urbanisme", "accueil"]);
        assert_eq!((count(&both, ""), count(&both, "urbanisme")), (60, 20));
        let one = user(Role::Clerk, &["urbanisme"]);
        assert_eq!((count(&one, ""), count(&one, "accueil")), (20, 0));
        let none = user(Role::Clerk, &[]);
        assert_eq!(count(&none, ""), 0);
        let waiting = |user| desk.read().waiting(user).expect("reads").messages;
        assert_eq!((waiting(&admin), waiting(&one), waiting(&none)), (60, 20, 0));
    }

    #[test]
    fn every_change_is_told() {
        let (_folder, desk) = desk(1);
        let changes = || desk.read().changes().expect("reads");
        let mut last = changes();
        for change in [
            "UPDATE messages SET handled_at = 1",
            "INSERT INTO requests (reference, call_id, form, service, answers, created_at, delete_after)
             VALUES ('427', '1', 'rappel', 'accueil', '{}', 1, 9)",
            "UPDATE requests SET state = 'done'",
            "DELETE FROM requests",
            "DELETE FROM messages",
        ] {
            desk.database().execute(change, []).expect("writes");
            assert_ne!(changes(), last, "{change}");
            last = changes();
        }
    }

    #[test]
    fn a_place_is_read_as_it_was_written() {
        let place = Place {
            at: 1_790_000_000_123,
            row: 42,
        };
        assert_eq!(place.to_string().parse(), Ok(place));
        for wrong in [
            "",
            ".",
            "1",
            "1.",
            ".2",
            "a.b",
            "1.2.3",
            "1 OR 1=1.2",
            "99999999999999999999.1",
        ] {
            assert!(wrong.parse::<Place>().is_err(), "{wrong}");
        }
    }
}
