//! What a description says of ICE and DTLS, wherever it stands (RFC 8839, RFC 8842).

use super::bundle;
use super::error::DescriptionFault as Fault;
use super::state::Transport;
use crate::sdp::{Description, Fingerprint, HashFunction, MediaDescription, Setup};
use crate::session::agreed::{IceCredentials, LocalTransport, RemoteTransport};

/// Characters of a user fragment (RFC 8839 section 5.4).
const UFRAG_CHARS: std::ops::RangeInclusive<usize> = 4..=256;

/// Characters of a password (RFC 8839 section 5.4).
const PASSWORD_CHARS: std::ops::RangeInclusive<usize> = 22..=256;

/// The transport of a description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The m-line that it was found at.
    pub(super) line: usize,
    pub(super) remote: RemoteTransport,
    pub(super) setup: Option<Setup>,
}

/// The transport of the m-lines that are taken; none where none is. The m-line that counts comes
/// first, and what it lacks is looked for at the others of its bundle.
pub(super) fn find(description: &Description, taken: &[bool]) -> Result<Option<Found>, Fault> {
    check_texts(description)?;
    let mut order = bundle::transport_order(description, taken);
    let Some(first) = order.first().copied() else { return Ok(None) };
    let group = bundle::group_of(description, first);
    let shares = |index: &usize| group.is_some() && bundle::group_of(description, *index) == group;
    let others = (0..taken.len()).filter(|index| !taken[*index]).filter(shares);
    order.extend(others.filter(|index| description.media[*index].port != 0));
    let whole = |index: &usize| {
        let media = &description.media[*index];
        Some((*index, credentials_of(description, media)?, fingerprints(description, media)?))
    };
    if let Some((line, credentials, fingerprints)) = order.iter().find_map(whole) {
        let setup = setup(description, &description.media[line]);
        let ice_lite = description.ice_lite;
        let ice_options = ice_options_of(description, &description.media[line]);
        let remote = RemoteTransport { credentials, ice_lite, ice_options, fingerprints };
        return Ok(Some(Found { line, remote, setup }));
    }
    let has_credentials =
        |index: &usize| credentials_of(description, &description.media[*index]).is_some();
    let what = match order.iter().any(has_credentials) {
        true => "a=fingerprint of SHA-2",
        false => "a=ice-ufrag and a=ice-pwd",
    };
    Err(Fault::MissingIn { line: first, what })
}

/// What every description of ours says of ICE (RFC 8838 section 4, RFC 8445 section 10).
const ICE_OPTIONS: [&str; 2] = ["trickle", "ice2"];

/// What our descriptions say that ICE can.
pub(super) fn ice_options(local: &LocalTransport) -> Vec<String> {
    let own = local.ice_options.iter();
    ICE_OPTIONS.iter().chain(own).map(|option| (*option).to_owned()).collect()
}

/// The credentials of a description of ours, or those that one of the peer's begins with.
pub(crate) fn credentials(description: &Description) -> Option<IceCredentials> {
    let in_use = description.media.iter().filter(|media| media.port != 0 || media.bundle_only);
    in_use.filter_map(|media| credentials_of(description, media)).next()
}

fn credentials_of(description: &Description, media: &MediaDescription) -> Option<IceCredentials> {
    let of = |attributes: &crate::sdp::TransportAttributes| {
        let (ufrag, password) = (attributes.ice_ufrag.clone()?, attributes.ice_pwd.clone()?);
        Some(IceCredentials { ufrag, password })
    };
    of(&media.transport).or_else(|| of(&description.transport))
}

/// Those of the description and of the m-line (RFC 8839 section 5.6 has them at either).
fn ice_options_of(description: &Description, media: &MediaDescription) -> Vec<String> {
    let all = description.transport.ice_options.iter().chain(&media.transport.ice_options);
    all.cloned().collect()
}

/// Those that can be relied on; none where there is none.
fn fingerprints(description: &Description, media: &MediaDescription) -> Option<Vec<Fingerprint>> {
    let of = |all: &[Fingerprint]| -> Vec<Fingerprint> {
        all.iter().filter(|fingerprint| is_strong(fingerprint)).cloned().collect()
    };
    let all = [&media.transport, &description.transport];
    all.into_iter().map(|attributes| of(&attributes.fingerprints)).find(|found| !found.is_empty())
}

fn is_strong(fingerprint: &Fingerprint) -> bool {
    let bytes = match fingerprint.function {
        HashFunction::Sha224 => 28,
        HashFunction::Sha256 => 32,
        HashFunction::Sha384 => 48,
        HashFunction::Sha512 => 64,
        HashFunction::Sha1 | HashFunction::Other(_) => return false,
    };
    fingerprint.value.len() == bytes
}

fn setup(description: &Description, media: &MediaDescription) -> Option<Setup> {
    media.transport.setup.or(description.transport.setup)
}

/// Every user fragment and password is one, wherever it stands: a library that is handed others may
/// not bear them.
fn check_texts(description: &Description) -> Result<(), Fault> {
    let lines = description.media.iter().map(|media| &media.transport).enumerate();
    for (line, attributes) in lines.chain([(0, &description.transport)]) {
        if !attributes.ice_ufrag.as_deref().is_none_or(|text| is_ice_text(text, &UFRAG_CHARS)) {
            return Err(Fault::IceUfrag(line));
        }
        if !attributes.ice_pwd.as_deref().is_none_or(|text| is_ice_text(text, &PASSWORD_CHARS)) {
            return Err(Fault::IcePassword(line));
        }
    }
    Ok(())
}

/// `ice-char`s of RFC 8839 section 5.4, and four more that browsers take as well.
fn is_ice_text(text: &str, chars: &std::ops::RangeInclusive<usize>) -> bool {
    let is_ice_char = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_=#".contains(&byte);
    chars.contains(&text.len()) && text.bytes().all(is_ice_char)
}

/// What `a=setup` of an offer leaves to its answer; `settled` is whether we began the handshake
/// before. Without the attribute the choice is ours, as browsers have it: we begin, but for a lite
/// agent, which has not seen that the peer is where it seems to be, and greets nobody.
pub(super) fn answered_setup(
    offered: Option<Setup>,
    settled: Option<bool>,
    lite: bool,
    line: usize,
) -> Result<Setup, Fault> {
    let client = match (offered, settled) {
        (Some(Setup::HoldConn), _) => return Err(Fault::Setup(line)),
        (Some(Setup::Active), Some(true)) | (Some(Setup::Passive), Some(false)) => {
            return Err(Fault::DtlsRoleChanged(line));
        }
        (Some(Setup::Active), _) => false,
        (Some(Setup::Passive), _) => true,
        (Some(Setup::ActPass) | None, settled) => settled.unwrap_or(!lite),
    };
    Ok(if client { Setup::Active } else { Setup::Passive })
}

/// Whether we begin the handshake, by the peer's answer to an offer that left it the choice.
/// Without the attribute it begins, as RFC 5763 section 5 recommends. Who began before goes on,
/// whatever the answer says: under the same certificate nothing begins anew, and stacks that always
/// answer `active` are about.
pub(super) fn client_by_answer(
    answered: Option<Setup>,
    settled: Option<bool>,
    line: usize,
) -> Result<bool, Fault> {
    let client = match answered {
        Some(Setup::Passive) => true,
        Some(Setup::Active) | None => false,
        Some(Setup::ActPass | Setup::HoldConn) => return Err(Fault::Setup(line)),
    };
    Ok(settled.unwrap_or(client))
}

/// The certificate is the one that it was: one of its hashes is.
pub(super) fn check_certificate(found: &Found, settled: Option<&Transport>) -> Result<(), Fault> {
    let Some(settled) = settled else { return Ok(()) };
    let known = &settled.remote.fingerprints;
    match found.remote.fingerprints.iter().any(|fingerprint| known.contains(fingerprint)) {
        true => Ok(()),
        false => Err(Fault::FingerprintChanged(found.line)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Option<Setup>; 5] = [
        None,
        Some(Setup::ActPass),
        Some(Setup::Active),
        Some(Setup::Passive),
        Some(Setup::HoldConn),
    ];

    #[test]
    fn every_setup_of_an_offer_by_who_began_before() {
        let answer = |offered, settled| answered_setup(offered, settled, false, 2);
        let (active, passive) = (Ok(Setup::Active), Ok(Setup::Passive));
        let changed = Err(Fault::DtlsRoleChanged(2));
        let rows = [
            [active, active, passive],
            [active, active, passive],
            [passive, changed, passive],
            [active, active, changed],
            [Err(Fault::Setup(2)); 3],
        ];
        for (offered, row) in ALL.into_iter().zip(rows) {
            let found = [None, Some(true), Some(false)].map(|settled| answer(offered, settled));
            assert_eq!(found, row, "{offered:?}");
        }
    }

    #[test]
    fn every_setup_of_an_answer_by_who_began_before() {
        let rows = [
            [Ok(false), Ok(true), Ok(false)],
            [Err(Fault::Setup(1)); 3],
            [Ok(false), Ok(true), Ok(false)],
            [Ok(true), Ok(true), Ok(false)],
            [Err(Fault::Setup(1)); 3],
        ];
        for (answered, row) in ALL.into_iter().zip(rows) {
            let found = [None, Some(true), Some(false)].map(|s| client_by_answer(answered, s, 1));
            assert_eq!(found, row, "{answered:?}");
        }
    }

    #[test]
    fn texts_of_ice_are_within_their_lengths() {
        for (text, ufrag, password) in [
            ("abc", false, false),
            ("abcd", true, false),
            ("ab d", false, false),
            (&"Q".repeat(22), true, true),
            (&"Q".repeat(256), true, true),
            (&"Q".repeat(257), false, false),
        ] {
            assert_eq!(is_ice_text(text, &UFRAG_CHARS), ufrag, "{text}");
            assert_eq!(is_ice_text(text, &PASSWORD_CHARS), password, "{text}");
        }
    }

    #[test]
    fn weak_or_broken_hashes_are_no_fingerprints() {
        for (function, bytes, expected) in [
            (HashFunction::Sha256, 32, true),
            (HashFunction::Sha256, 31, false),
            (HashFunction::Sha512, 64, true),
            (HashFunction::Sha1, 20, false),
            (HashFunction::Other("md5".to_owned()), 16, false),
        ] {
            assert_eq!(is_strong(&Fingerprint { function, value: vec![7; bytes] }), expected);
        }
    }
}
