//! Who works with the console: accounts and sessions. Times are passed in, in Unix milliseconds.

use rusqlite::{OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::{Desk, StoreError};

/// A session that nobody uses ends after this.
pub const IDLE_MS: i64 = 60 * 60 * 1000;
/// And any session after this: a working day.
pub const LONGEST_MS: i64 = 12 * 60 * 60 * 1000;

/// What somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Deals with what is for their services.
    Clerk,
    /// Deals with what is for any service.
    Supervisor,
    /// And reads who did what.
    Admin,
}

impl Role {
    const ALL: [(Self, &str); 3] = [
        (Self::Clerk, "clerk"),
        (Self::Supervisor, "supervisor"),
        (Self::Admin, "admin"),
    ];

    fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// What is not known may do the least.
    fn named(name: &str) -> Self {
        Self::ALL
            .iter()
            .find(|(_, known)| *known == name)
            .map_or(Self::Clerk, |(role, _)| *role)
    }
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct User {
    /// The name that is typed, and shown to others.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The ids of the services that they work for.
    pub services: Vec<String>,
}

impl User {
    /// Whether what is for this service is theirs to read.
    pub fn sees(&self, service: &str) -> bool {
        let own = self.bounds();
        own.is_none_or(|own| own.iter().any(|own| own == service))
    }

    /// The services whose work is theirs to read; none: any.
    pub(super) fn bounds(&self) -> Option<&[String]> {
        (self.role == Role::Clerk).then_some(&self.services)
    }
}

/// A session's token, hashed.
pub type TokenHash = [u8; 32];

impl Desk {
    /// Makes an account; false where the name is taken. `password` is a PHC string.
    pub fn add_user(&self, user: &User, password: &str, now: i64) -> Result<bool, StoreError> {
        let transaction = self.database().unchecked_transaction()?;
        let added = transaction.execute(
            "INSERT OR IGNORE INTO users (name, role, password, created_at) VALUES (?, ?, ?, ?)",
            params![user.name, user.role.name(), password, now],
        )?;
        if added > 0 {
            for service in &user.services {
                transaction.execute(
                    "INSERT OR IGNORE INTO user_services (user, service) VALUES (?, ?)",
                    params![user.name, service],
                )?;
            }
        }
        transaction.commit()?;
        Ok(added > 0)
    }

    /// All accounts, by name.
    pub fn users(&self) -> Result<Vec<User>, StoreError> {
        let mut statement = self.database().prepare("SELECT name, role FROM users ORDER BY name")?;
        let rows = statement.query_map([], |row| self.user(row))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether there is any account.
    pub fn has_users(&self) -> Result<bool, StoreError> {
        Ok(self
            .database()
            .query_row("SELECT EXISTS (SELECT 1 FROM users)", [], |row| row.get(0))?)
    }

    /// An account and its password as it is kept.
    pub fn account(&self, name: &str) -> Result<Option<(User, String)>, StoreError> {
        let found = self
            .database()
            .query_row("SELECT name, role, password FROM users WHERE name = ?", [name], |row| {
                Ok((self.user(row)?, row.get(2)?))
            });
        Ok(found.optional()?)
    }

    /// Another password: whoever had the old one is out. False where there is no such account.
    pub fn set_password(&self, name: &str, password: &str) -> Result<bool, StoreError> {
        let transaction = self.database().unchecked_transaction()?;
        let changed = transaction.execute("UPDATE users SET password = ? WHERE name = ?", params![password, name])?;
        transaction.execute("DELETE FROM sessions WHERE user = ?", [name])?;
        transaction.commit()?;
        Ok(changed > 0)
    }

    /// Removes an account and ends its sessions; false where there is none.
    pub fn remove_user(&self, name: &str) -> Result<bool, StoreError> {
        Ok(self.database().execute("DELETE FROM users WHERE name = ?", [name])? > 0)
    }

    /// A session begins.
    pub fn begin_session(&self, token: &TokenHash, user: &str, now: i64) -> Result<(), StoreError> {
        self.database().execute(
            "INSERT INTO sessions (token, user, created_at, used_at) VALUES (?1, ?2, ?3, ?3)",
            params![token, user, now],
        )?;
        Ok(())
    }

    /// Whose session this is, while it lasts. With `use_it` it is being used: what a page asks for by itself is no use.
    pub fn session(&self, token: &TokenHash, now: i64, use_it: bool) -> Result<Option<User>, StoreError> {
        let found = self.database().query_row(
            "SELECT name, role FROM sessions JOIN users ON name = user
             WHERE token = ? AND used_at > ? AND sessions.created_at > ?",
            params![token, now - IDLE_MS, now - LONGEST_MS],
            |row| self.user(row),
        );
        let found = found.optional()?;
        if use_it && found.is_some() {
            self.database()
                .execute("UPDATE sessions SET used_at = ? WHERE token = ?", params![now, token])?;
        }
        Ok(found)
    }

    /// A session ends.
    pub fn end_session(&self, token: &TokenHash) -> Result<(), StoreError> {
        self.database()
            .execute("DELETE FROM sessions WHERE token = ?", [token])?;
        Ok(())
    }

    fn user(&self, row: &Row) -> rusqlite::Result<User> {
        let name: String = row.get(0)?;
        let mut statement = self
            .database()
            .prepare_cached("SELECT service FROM user_services WHERE user = ? ORDER BY service")?;
        let services = statement.query_map([&name], |row| row.get(0))?;
        Ok(User {
            services: services.collect::<Result<_, _>>()?,
            role: Role::named(&row.get::<_, String>(1)?),
            name,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: TokenHash = [7; 32];

    fn desk() -> (tempfile::TempDir, Desk) {
        let folder = tempfile::tempdir().expect("temp dir");
        let desk = Desk::open(folder.path()).expect("opens");
        let claire = User {
            name: "Claire".into(),
            role: Role::Clerk,
            services: vec!["urbanisme".into(), "accueil".into()],
        };
        assert!(desk.add_user(&claire, "$argon2id$1", 0).expect("writes"));
        (folder, desk)
    }

    #[test]
    fn a_name_is_one_account_however_it_is_written() {
        let (_folder, desk) = desk();
        let (user, password) = desk.account("claire").expect("reads").expect("is there");
        assert_eq!((user.name.as_str(), password.as_str()), ("Claire", "$argon2id$1"));
        assert_eq!(user.services, ["accueil", "urbanisme"]);
        assert!(!desk.add_user(&user, "$other", 0).expect("writes"), "taken");
        assert!(desk.account("claude").expect("reads").is_none());
        assert_eq!(desk.users().expect("reads").len(), 1);
    }

    #[test]
    fn clerks_see_their_services_and_the_others_see_all() {
        let user = |role| User {
            name: "x".into(),
            role,
            services: vec!["accueil".into()],
        };
        assert!(user(Role::Clerk).sees("accueil") && !user(Role::Clerk).sees("urbanisme"));
        assert!(user(Role::Supervisor).sees("urbanisme") && user(Role::Admin).sees("urbanisme"));
        for (role, name) in Role::ALL {
            assert_eq!((role.name(), Role::named(name)), (name, role));
        }
        assert_eq!(Role::named("grand chef"), Role::Clerk);
    }

    #[test]
    fn a_session_ends_when_it_is_not_used_and_at_the_latest_after_a_day() {
        let (_folder, desk) = desk();
        desk.begin_session(&TOKEN, "Claire", 0).expect("writes");
        let session = |now, use_it| desk.session(&TOKEN, now, use_it).expect("reads").is_some();
        assert!(desk.session(&[8; 32], 1, true).expect("reads").is_none(), "unknown");
        // Looking at it does not keep it.
        assert!(session(IDLE_MS - 1, false) && !session(IDLE_MS, false));
        let mut now = 0;
        while now + IDLE_MS / 2 < LONGEST_MS {
            now += IDLE_MS / 2;
            assert!(session(now, true), "used at {now}");
        }
        assert!(!session(LONGEST_MS, true), "however much it is used");
    }

    #[test]
    fn a_new_password_ends_all_sessions_and_so_does_removal() {
        let (_folder, desk) = desk();
        let session = |desk: &Desk| desk.session(&TOKEN, 1, false).expect("reads").is_some();
        desk.begin_session(&TOKEN, "Claire", 0).expect("writes");
        assert!(desk.set_password("CLAIRE", "$new").expect("writes"));
        assert!(!session(&desk));
        desk.begin_session(&TOKEN, "Claire", 0).expect("writes");
        assert!(session(&desk));
        assert!(desk.remove_user("claire").expect("writes") && !session(&desk));
        assert!(!desk.set_password("Claire", "$new").expect("writes"), "nobody");
        assert!(!desk.has_users().expect("reads"));
    }

    #[test]
    fn a_session_that_was_ended_is_over() {
        let (_folder, desk) = desk();
        desk.begin_session(&TOKEN, "Claire", 0).expect("writes");
        desk.end_session(&TOKEN).expect("writes");
        assert!(desk.session(&TOKEN, 1, true).expect("reads").is_none());
    }
}
