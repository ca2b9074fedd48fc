//! What both sides know of each other before the first check.

use std::fmt;

use stun_types::message::{IntegrityKey, ShortTermCredentials};

/// User fragment and password of one side (RFC 8445 section 5.3). The password is never shown.
#[derive(Clone)]
pub struct Credentials {
    ufrag: String,
    password: String,
    key: IntegrityKey,
}

impl Credentials {
    /// Credentials as a description has them. The grammar (RFC 8839 section 5.4) is the caller's
    /// business: at most 256 characters of either.
    pub fn new(ufrag: impl Into<String>, password: impl Into<String>) -> Self {
        let (ufrag, password) = (ufrag.into(), password.into());
        let key = ShortTermCredentials::new(password.clone()).make_key();
        Credentials { ufrag, password, key }
    }

    /// The user fragment.
    pub fn ufrag(&self) -> &str {
        &self.ufrag
    }

    /// The password, for a description.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// What messages are signed with.
    pub(super) fn key(&self) -> &IntegrityKey {
        &self.key
    }
}

impl PartialEq for Credentials {
    fn eq(&self, other: &Self) -> bool {
        self.ufrag == other.ufrag && self.password == other.password
    }
}

impl Eq for Credentials {}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("ufrag", &self.ufrag).finish_non_exhaustive()
    }
}

/// The peer as a description tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    /// Its user fragment and password.
    pub credentials: Credentials,
    /// It answers checks and sends none (`a=ice-lite`).
    pub lite: bool,
    /// It understands the NOMINATION attribute (`a=ice-options:renomination`,
    /// draft-thatcher-ice-renomination).
    pub renomination: bool,
}

impl Remote {
    /// A full agent without extensions.
    pub fn new(credentials: Credentials) -> Self {
        Remote { credentials, lite: false, renomination: false }
    }
}

/// One ICE session between two restarts (RFC 8445 section 9): its checks carry its fragments.
#[derive(Debug)]
pub(super) struct Generation {
    pub(super) number: u32,
    pub(super) local: Credentials,
    pub(super) remote: Option<Remote>,
    /// RFC 8445 section 6.1.1.
    pub(super) controlling: bool,
}

impl Generation {
    pub(super) fn remote_ufrag(&self) -> Option<&str> {
        self.remote.as_ref().map(|remote| remote.credentials.ufrag())
    }

    pub(super) fn renominates(&self) -> bool {
        self.remote.as_ref().is_some_and(|remote| remote.renomination)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_and_keys_are_not_shown() {
        let remote = Remote::new(Credentials::new("frag", "a very secret password"));
        let shown = format!("{remote:?}");
        assert!(shown.contains("frag"), "{shown}");
        assert!(!shown.contains("secret") && !shown.contains("115"), "{shown}");
    }
}
