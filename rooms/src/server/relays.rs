//! Relays for those who come: names that expire, made anew for each.

use std::fmt;
use std::time::Duration;

use lapwing_engine::turn::server::timed_password;

use crate::protocol::signalling::{IceServer, Welcome};

/// How long a name is good for: a browser renews its relayed address with the name that it got it
/// by, so that this is also how long a call over a relay lasts.
pub const CREDENTIAL_LIFETIME: Duration = Duration::from_secs(12 * 60 * 60);

/// A TURN server that takes names that expire, and the secret that it shares with us (coturn's
/// `static-auth-secret`).
#[derive(Clone, PartialEq, Eq)]
pub struct RelayAccess {
    /// `turn:` and `turns:` URLs.
    pub urls: Vec<String>,
    /// The secret.
    pub secret: String,
}

/// The secret is not shown.
impl fmt::Debug for RelayAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelayAccess").field("urls", &self.urls).finish_non_exhaustive()
    }
}

impl RelayAccess {
    /// Adds the server to a welcome, with a name for this participant.
    pub(super) fn add_to(&self, welcome: &mut Welcome, now: Duration) {
        let expires = (now + CREDENTIAL_LIFETIME).as_secs();
        let name = format!("{expires}:{}", welcome.id.0);
        let credential = timed_password(&self.secret, &name);
        let (username, credential) = (Some(name), Some(credential));
        welcome.ice_servers.push(IceServer { urls: self.urls.clone(), username, credential });
    }
}
