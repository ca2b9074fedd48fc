//! Passwords, which are not for those who read what is shown of settings.

use std::fmt;

/// A password. It is not shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Credential(pub(crate) String);

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

/// What stands in the place of a password.
const HIDDEN: &str = "\"...\"";

/// A user name with a password, as it may be shown.
pub(crate) fn shown(credentials: Option<&(String, String)>) -> impl fmt::Debug {
    credentials.map(|(name, password)| (name, Credential(password.clone())))
}

#[cfg(test)]
mod tests {
    use crate::ice_server::{HttpProxy, IceServer};
    use crate::socket::Tunnel;

    #[test]
    fn passwords_are_not_shown() {
        let server = IceServer::new(["turn:a.example"], "ada", "secret").unwrap();
        let credentials = Some(("ada".to_owned(), "secret".to_owned()));
        let tunnel = Tunnel { authority: "a:1".to_owned(), credentials: credentials.clone() };
        let proxy = HttpProxy { host: "b".to_owned(), port: 1, credentials };
        for shown in [format!("{server:?}"), format!("{tunnel:?}"), format!("{proxy:?}")] {
            assert!(shown.contains("ada") && !shown.contains("secret"), "{shown}");
        }
    }
}
