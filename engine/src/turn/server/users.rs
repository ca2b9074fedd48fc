//! Who may have relays: users with passwords, and names that expire.
//!
//! A name that expires is `TIME` or `TIME:USER`, with the time in seconds since the Unix epoch; its
//! password is the HMAC-SHA1 of that name under a secret that the server shares with whoever hands
//! out such names, in base64 (draft-uberti-behave-turn-rest-00, coturn's `use-auth-secret`).

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use stun_types::message::{IntegrityAlgorithm, IntegrityKey, LongTermKeyCredentials};

use crate::hmac;

/// Longest name that is looked at (RFC 8489 section 14.3: fewer than 509 bytes).
pub const USERNAME_BYTES_MAX: usize = 508;

/// Users, and the secrets under which names that expire are made.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Users {
    passwords: BTreeMap<String, String>,
    secrets: Vec<String>,
}

/// A name as it was found: who counts for it, and keys one of which its messages are signed with.
pub(super) struct Known<'a> {
    /// By whom allocations are counted: of a name that expires, what stands behind the time.
    pub(super) owner: &'a str,
    pub(super) keys: Vec<IntegrityKey>,
}

impl Users {
    /// Adds a user, or gives it another password.
    pub fn with_user(mut self, name: impl Into<String>, password: impl Into<String>) -> Self {
        self.passwords.insert(name.into(), password.into());
        self
    }

    /// Adds a secret for names that expire. Several hold at once, so that one can take the place
    /// of another.
    pub fn with_secret(mut self, secret: impl Into<String>) -> Self {
        self.secrets.push(secret.into());
        self
    }

    /// Whether nobody may have a relay.
    pub fn is_empty(&self) -> bool {
        self.passwords.is_empty() && self.secrets.is_empty()
    }

    pub(super) fn find<'a>(&self, name: &'a str, realm: &str, now: Duration) -> Option<Known<'a>> {
        let key = |password: &str| {
            let credentials =
                LongTermKeyCredentials::new(name.to_owned(), password.to_owned(), realm.to_owned());
            credentials.make_key(IntegrityAlgorithm::Sha1)
        };
        if name.len() > USERNAME_BYTES_MAX {
            return None;
        }
        if let Some(password) = self.passwords.get(name) {
            return Some(Known { owner: name, keys: vec![key(password)] });
        }
        let (time, owner) = name.split_once(':').unwrap_or((name, name));
        let expires: u64 = time.parse().ok()?;
        if self.secrets.is_empty() || expires <= now.as_secs() {
            return None;
        }
        let passwords = self.secrets.iter().map(|secret| timed_password(secret, name));
        Some(Known { owner, keys: passwords.map(|password| key(&password)).collect() })
    }
}

/// Passwords are not shown.
impl fmt::Debug for Users {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Users")
            .field("names", &self.passwords.keys())
            .field("secrets", &self.secrets.len())
            .finish()
    }
}

/// The password of a name that expires, `TIME:USER` or `TIME`, under a shared secret.
///
/// ```
/// use lapwing_engine::turn::server::timed_password;
/// assert_eq!(timed_password("north", "1433895918:ada"), "KJ5PTMBeGkZIwdEVUss3BPdY8wE=");
/// ```
pub fn timed_password(secret: &str, name: &str) -> String {
    openssl::base64::encode_block(&hmac::sha1(secret.as_bytes(), &[name.as_bytes()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn names_that_expire_are_known_until_then() {
        let users = Users::default().with_secret("one").with_secret("two");
        let owner = |name: &'static str, at: u64| {
            users.find(name, "realm", seconds(at)).map(|known| known.owner)
        };
        assert_eq!(owner("1000:ada", 999), Some("ada"));
        assert_eq!(owner("1000", 999), Some("1000"));
        assert_eq!(owner("1000:ada:b", 999), Some("ada:b"));
        assert_eq!(owner("1000:ada", 1000), None);
        for name in ["ada", "", ":", ":1000", "1000x:ada", "-1:ada", "99999999999999999999:ada"] {
            assert_eq!(owner(name, 0), None, "{name}");
        }
        let known = users.find("1000:ada", "realm", seconds(0)).unwrap();
        assert_eq!(known.keys.len(), 2);
        assert!(Users::default().find("1000:ada", "realm", seconds(0)).is_none());
    }

    #[test]
    fn users_are_known_by_their_names() {
        let users = Users::default().with_user("ada", "secret");
        assert!(!users.is_empty() && Users::default().is_empty());
        let known = users.find("ada", "realm", seconds(0)).unwrap();
        assert_eq!((known.owner, known.keys.len()), ("ada", 1));
        assert!(users.find("bob", "realm", seconds(0)).is_none());
        assert!(!format!("{users:?}").contains("secret\""), "{users:?}");
    }
}
