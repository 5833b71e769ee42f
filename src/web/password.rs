//! Passwords: how they are kept, and proved.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::pii::Secret;

/// Shortest password, in characters. Length is what protects: no kind of character is asked for.
pub const SHORTEST: usize = 12;
/// The longest, so that nobody has us hash a book.
pub const LONGEST: usize = 200;

/// The OWASP Password Storage Cheat Sheet's first choice for Argon2id that leaves calls their memory: 19 MiB, two passes,
/// one lane.
fn hasher() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).expect("within Argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Why a password will not do, in French.
pub fn check(password: &Secret) -> Result<(), String> {
    match password.reveal().chars().count() {
        length if length < SHORTEST => Err(format!(
            "le mot de passe doit avoir au moins {SHORTEST} caractères ; quelques mots sans rapport font l'affaire"
        )),
        length if length > LONGEST => Err(format!("le mot de passe ne peut dépasser {LONGEST} caractères")),
        _ => Ok(()),
    }
}

/// A password as it is kept: a PHC string with a salt of its own. Takes tens of milliseconds, as it should.
pub fn hash(password: &Secret) -> Result<String, String> {
    let hash: Result<PasswordHash, _> = hasher().hash_password(password.reveal().as_bytes());
    hash.map(|hash| hash.to_string()).map_err(|error| error.to_string())
}

/// Whether the password is the one that is kept. Where none is kept (there is no such account) as much work is done, so that
/// the time tells nobody which names exist.
pub fn verify(password: &Secret, kept: Option<&str>) -> bool {
    let Some(kept) = kept.and_then(|kept| PasswordHash::new(kept).ok()) else {
        let _ = hash(password);
        return false;
    };
    hasher().verify_password(password.reveal().as_bytes(), &kept).is_ok()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn a_password_is_proved_and_never_kept() {
        let password = Secret::new("girafe verte du jeudi");
        let kept = hash(&password).expect("hashes");
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(verify(&password, Some(&kept)));
        assert!(!verify(&Secret::new("girafe verte du mardi"), Some(&kept)));
        assert_ne!(kept, hash(&password).expect("hashes"), "each has its salt");
    }

    #[test]
    fn an_unknown_name_takes_as_long_as_a_wrong_password() {
        let password = Secret::new("girafe verte du jeudi");
        let kept = hash(&Secret::new("un tout autre mot")).expect("hashes");
        // The least of several, in turn, and more of them while the machine is busy.
        let mut least = [Duration::MAX; 2];
        let alike = (0..30).any(|_| {
            for (least, kept) in least.iter_mut().zip([Some(&*kept), None]) {
                let started = Instant::now();
                assert!(!verify(&password, kept));
                *least = started.elapsed().min(*least);
            }
            let [known, unknown] = least;
            known < unknown * 2 && unknown < known * 2
        });
        assert!(alike, "known, unknown: {least:?}");
    }

    #[test]
    fn short_passwords_are_refused_with_advice() {
        assert!(check(&Secret::new("éééééééééééé")).is_ok());
        assert!(
            check(&Secret::new("onze signes"))
                .unwrap_err()
                .contains("12 caractères")
        );
        assert!(check(&Secret::new("a".repeat(201))).is_err());
    }
}
