//! User fragments of the peer that are legal but longer than the ICE library can write.
//!
//! RFC 8839 section 5.4 allows 256 characters, and the library stops the process when a username of
//! more than 128 bytes is to be written into a check. So it is told a short stand-in, and checks
//! are rewritten at the edge:
//!
//! 1. a check of ours leaves with the peer's true fragment, signed anew with the peer's password;
//! 2. a check of the peer's, once our password proves it authentic, enters with the stand-in,
//!    signed anew with our password.
//!
//! Answers carry no username and pass as they are.

use openssl::sha::sha256;
use stun_types::attribute::{
    Attribute, AttributeStaticType, Fingerprint, MessageIntegrity, MessageIntegritySha256, Username,
};
use stun_types::message::{
    IntegrityAlgorithm, Message, MessageClass, MessageIntegrityCredentials, MessageWriteVec,
    ShortTermCredentials,
};
use stun_types::prelude::{MessageWrite, MessageWriteExt};

/// Longest fragment of a peer that the library can write: 128 bytes hold it, a colon and ours.
const LIBRARY_UFRAG_CHARS_MAX: usize = 128 - 1 - super::setup::UFRAG_CHARS;

/// Bytes of the digest that tell one long fragment from another.
const DIGEST_BYTES: usize = 16;

/// A long fragment, and what the library knows it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LongFragment {
    theirs: String,
    stand_in: String,
}

impl LongFragment {
    /// `None` for a fragment that the library can write itself. Equal fragments have equal
    /// stand-ins; no legal fragment looks like one.
    pub(super) fn of(theirs: &str) -> Option<Self> {
        if theirs.len() <= LIBRARY_UFRAG_CHARS_MAX {
            return None;
        }
        let digest = sha256(theirs.as_bytes());
        let hex = digest.iter().take(DIGEST_BYTES).map(|byte| format!("{byte:02x}"));
        let stand_in = format!("~{}", hex.collect::<String>());
        Some(LongFragment { theirs: theirs.to_owned(), stand_in })
    }

    /// What the library knows it by.
    pub(super) fn stand_in(&self) -> &str {
        &self.stand_in
    }

    /// A check as the peer shall see it; `None` for what is none with the stand-in.
    pub(super) fn outgoing(&self, contents: &[u8], their_password: &str) -> Option<Vec<u8>> {
        let check = request(contents)?;
        let name = check.attribute::<Username>().ok()?;
        let ours = name.username().strip_prefix(&self.stand_in)?.strip_prefix(':')?;
        renamed(&check, &format!("{}:{ours}", self.theirs), their_password)
    }

    /// An authentic check as the library shall see it; `None` for all else.
    pub(super) fn incoming(&self, contents: &[u8], our_password: &str) -> Option<Vec<u8>> {
        let check = request(contents)?;
        let name = check.attribute::<Username>().ok()?;
        let ours = name.username().strip_suffix(&self.theirs)?.strip_suffix(':')?;
        check.validate_integrity(&credentials(our_password)).ok()?;
        renamed(&check, &format!("{ours}:{}", self.stand_in), our_password)
    }
}

fn request(contents: &[u8]) -> Option<Message<'_>> {
    let message = Message::from_bytes(contents).ok()?;
    message.has_class(MessageClass::Request).then_some(message)
}

fn credentials(password: &str) -> MessageIntegrityCredentials {
    ShortTermCredentials::new(password.to_owned()).into()
}

/// The same message under another username.
fn renamed(message: &Message<'_>, username: &str, password: &str) -> Option<Vec<u8>> {
    let writer = MessageWriteVec::new();
    let mut written = Message::builder(message.get_type(), message.transaction_id(), writer);
    let username = Username::new(username).ok()?;
    for (_, attribute) in message.iter_attributes() {
        match attribute.get_type() {
            Username::TYPE => written.push_attribute_unchecked(&username),
            MessageIntegrity::TYPE | MessageIntegritySha256::TYPE | Fingerprint::TYPE => {}
            _ => written.push_attribute_unchecked(&attribute),
        }
    }
    written.add_message_integrity(&credentials(password), IntegrityAlgorithm::Sha1).ok()?;
    written.add_fingerprint().ok()?;
    Some(written.finish())
}

#[cfg(test)]
mod tests {
    use stun_types::message::BINDING;

    use super::*;

    const OURS: &str = "0123456789abcdefghijklmn";
    const THEIRS: &str = "ABCDEFGHIJKLMNOPQRSTUVWX";

    fn check(username: &str, password: &str) -> Vec<u8> {
        let mut check = Message::builder_request(BINDING, MessageWriteVec::new());
        let username = Username::new(username).expect("a name within limits");
        check.add_attribute(&username).expect("an empty message takes a name");
        check
            .add_message_integrity(&credentials(password), IntegrityAlgorithm::Sha1)
            .expect("it has no code yet");
        check.finish()
    }

    fn name(contents: &[u8], password: &str) -> String {
        let check = Message::from_bytes(contents).expect("a message");
        check.validate_integrity(&credentials(password)).expect("it is signed");
        check.attribute::<Username>().expect("a name").username().to_owned()
    }

    #[test]
    fn only_long_fragments_have_a_stand_in() {
        assert_eq!(LongFragment::of(&"x".repeat(119)), None);
        let long = LongFragment::of(&"x".repeat(120)).expect("too long for the library");
        assert!(long.stand_in.len() <= LIBRARY_UFRAG_CHARS_MAX);
        assert_ne!(LongFragment::of(&"y".repeat(120)), Some(long));
    }

    #[test]
    fn checks_are_renamed_and_signed_anew() {
        let theirs = "x".repeat(256);
        let long = LongFragment::of(&theirs).expect("too long for the library");
        let out = check(&format!("{}:ours", long.stand_in), OURS);
        let out = long.outgoing(&out, THEIRS).expect("a check with the stand-in");
        assert_eq!(name(&out, THEIRS), format!("{theirs}:ours"));
        let back = check(&format!("ours:{theirs}"), OURS);
        let back = long.incoming(&back, OURS).expect("an authentic check");
        assert_eq!(name(&back, OURS), format!("ours:{}", long.stand_in));
    }

    #[test]
    fn what_is_not_authentic_is_not_signed_for() {
        let theirs = "x".repeat(256);
        let long = LongFragment::of(&theirs).expect("too long for the library");
        assert_eq!(long.incoming(&check(&format!("ours:{theirs}"), THEIRS), OURS), None);
        assert_eq!(long.incoming(&check("ours:other", OURS), OURS), None);
        assert_eq!(long.outgoing(b"noise", THEIRS), None);
    }
}
