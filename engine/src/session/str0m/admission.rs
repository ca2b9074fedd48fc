//! What a remote description must be before a library sees it. The libraries below change their
//! state while they read, and some of them stop the process over what they cannot bear; so all that
//! they would refuse or not bear is refused here, when nothing was changed yet.
//!
//! Only for descriptions as text: see `negotiate.rs`.
//!
//! In the order of the checks:
//! 1. every line stands where it may ([`Reading`]);
//! 2. names, credentials and candidates are within limits;
//! 3. a payload type has one meaning in the connection;
//! 4. the transport can come about: credentials, fingerprint, roles;
//! 5. the m-lines are those that they were.

use std::collections::{BTreeMap, BTreeSet};

use super::peer::Peer;
use super::reading::{Reading, Section};
use crate::jsep::{
    DescriptionFault as Fault, ICE_PASSWORD_CHARS_MAX, ICE_PASSWORD_CHARS_MIN, ICE_UFRAG_CHARS_MAX,
    ICE_UFRAG_CHARS_MIN, MID_BYTES_MAX, REMOTE_CANDIDATES_MAX, RID_BYTES_MAX,
};
use crate::session::agreed::IceCredentials;

/// Payload types that need no `a=rtpmap` (RFC 3551 section 6), as far as the session knows them.
const STATIC_PAYLOAD_TYPES: [(u8, &str); 4] =
    [(0, "pcmu/8000"), (8, "pcma/8000"), (9, "g722/8000"), (13, "cn/8000")];

/// Encodings that the session tells apart. A number that another one has as well is no conflict:
/// nothing is taken for it.
const ENCODINGS: [&str; 15] = [
    "amr-wb",
    "av1",
    "cn",
    "g722",
    "h264",
    "h265",
    "h266",
    "opus",
    "pcma",
    "pcmu",
    "red",
    "rtx",
    "telephone-event",
    "vp8",
    "vp9",
];

/// Bytes of a codec's name that are kept to tell it from another one.
const CODEC_BYTES_MAX: usize = 64;

/// Transports of media and of data channels that the session can read.
const PROFILES: [&str; 3] = ["UDP/TLS/RTP/SAVPF", "UDP/DTLS/SCTP", "DTLS/SCTP"];

/// What was agreed on before, and what a description is checked against.
#[derive(Clone, Debug, Default)]
pub(super) struct Agreed {
    /// The m-lines, as the last complete exchange left them.
    pub(super) lines: Vec<Line>,
    pub(super) peer: Peer,
    /// Meanings of payload types in all descriptions so far.
    payload_types: BTreeMap<u8, String>,
    /// The peer's certificate is known by its fingerprint.
    fingerprint: bool,
}

/// An m-line as it was agreed on, or as we offer it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    kind: String,
    mid: String,
    /// Another one may take its place (RFC 9429 section 5.2.2).
    rejected: bool,
}

/// What a description is an answer to.
#[derive(Debug)]
pub(super) struct Offered<'a> {
    pub(super) lines: &'a [Line],
    pub(super) restart: bool,
}

/// The m-lines of a description that was made here, or was admitted.
pub(super) fn lines(sdp: &str) -> Vec<Line> {
    let Ok(reading) = Reading::new(sdp) else { return Vec::new() };
    let group = group(&reading);
    let line = |section: &Section<'_>| {
        let mid = section.value("mid").unwrap_or_default();
        let rejected = section.has_no_port() && !group.contains(&mid);
        Line { kind: section.kind().to_owned(), mid: mid.to_owned(), rejected }
    };
    reading.sections.iter().map(line).collect()
}

impl Agreed {
    /// Judges a description against what was agreed on; gives what is agreed on when it is taken,
    /// except for the m-lines, which an answer settles.
    pub(super) fn admit(
        &self,
        sdp: &str,
        ice_lite: bool,
        answer_to: Option<&Offered<'_>>,
    ) -> Result<Agreed, Fault> {
        let reading = Reading::new(sdp)?;
        for (index, section) in reading.sections.iter().enumerate() {
            check_section(index, section)?;
        }
        check_credentials(&reading)?;
        let payload_types = self.check_payload_types(&reading)?;
        let credentials = self.check_transport(&reading, ice_lite, answer_to)?;
        let (ufrag, password) = (credentials.0.to_owned(), credentials.1.to_owned());
        let peer = self.peer.under(IceCredentials { ufrag, password });
        check_candidates(&reading)?;
        check_group(&reading)?;
        match answer_to {
            Some(offered) => check_answer(&reading, offered.lines)?,
            None => self.check_offer(&reading)?,
        }
        Ok(Agreed { lines: self.lines.clone(), peer, payload_types, fingerprint: true })
    }

    /// The exchange is complete: these are the m-lines from both sides.
    pub(super) fn settle(&mut self, theirs: &[Line], ours: &[Line]) {
        let both = |(theirs, ours): (&Line, &Line)| Line {
            rejected: theirs.rejected || ours.rejected,
            ..theirs.clone()
        };
        self.lines = theirs.iter().zip(ours).map(both).collect();
    }

    /// One meaning for each payload type of an encoding that is known, in this description and
    /// those before (RFC 9143 section 9.1). The session would stop the process over two codecs that
    /// share one.
    fn check_payload_types(&self, reading: &Reading<'_>) -> Result<BTreeMap<u8, String>, Fault> {
        let mut known = self.payload_types.clone();
        for section in reading.sections.iter().filter(|section| is_media(section)) {
            let mut here = BTreeSet::new();
            for (number, meaning) in meanings(section) {
                if !here.insert(number) || known.get(&number).is_some_and(|old| *old != meaning) {
                    return Err(Fault::PayloadType(number));
                }
                known.insert(number, meaning);
            }
        }
        Ok(known)
    }

    fn check_transport<'a>(
        &self,
        reading: &Reading<'a>,
        ice_lite: bool,
        answer_to: Option<&Offered<'_>>,
    ) -> Result<(&'a str, &'a str), Fault> {
        if ice_lite && reading.top.has("ice-lite") {
            return Err(Fault::BothIceLite);
        }
        let credentials =
            reading.credentials().ok_or(Fault::Missing("a=ice-ufrag and a=ice-pwd"))?;
        if !self.fingerprint && !reading.values("fingerprint").any(is_fingerprint) {
            return Err(Fault::Missing("a=fingerprint"));
        }
        let Some(offered) = answer_to else { return Ok(credentials) };
        if reading.values("setup").next() == Some("actpass") {
            return Err(Fault::Setup);
        }
        let same = |known: &IceCredentials| credentials == (&*known.ufrag, &*known.password);
        if !offered.restart && !self.peer.credentials.as_ref().is_none_or(same) {
            return Err(Fault::UnaskedRestart);
        }
        Ok(credentials)
    }

    /// An m-line stays in its place, unless it was rejected (RFC 9429 section 5.2.2).
    fn check_offer(&self, reading: &Reading<'_>) -> Result<(), Fault> {
        let (expected, found) = (self.lines.len(), reading.sections.len());
        if found < expected {
            return Err(Fault::SectionCount { expected, found });
        }
        for (index, section) in reading.sections.iter().enumerate() {
            let mid = section.value("mid").unwrap_or_default();
            let before = self.lines.iter().position(|line| line.mid == mid);
            let stays = match self.lines.get(index) {
                Some(line) if before == Some(index) => line.kind == section.kind(),
                Some(line) => line.rejected && before.is_none(),
                None => before.is_none(),
            };
            if !stays {
                return Err(Fault::Order(index));
            }
        }
        Ok(())
    }
}

fn check_answer(reading: &Reading<'_>, offered: &[Line]) -> Result<(), Fault> {
    let (expected, found) = (offered.len(), reading.sections.len());
    if found != expected {
        return Err(Fault::SectionCount { expected, found });
    }
    for (index, (section, line)) in reading.sections.iter().zip(offered).enumerate() {
        if section.value("mid") != Some(&line.mid) || section.kind() != line.kind {
            return Err(Fault::Order(index));
        }
    }
    Ok(())
}

/// What a section must have, and names within what RTP can carry.
fn check_section(index: usize, section: &Section<'_>) -> Result<(), Fault> {
    let (missing, repeated) = (
        |what| Fault::MissingIn { section: index, what },
        |what| Fault::Repeated { section: index, what },
    );
    if !PROFILES.iter().any(|known| section.profile() == *known) {
        return Err(missing("profile that is known"));
    }
    if !is_media(section) && section.kind() != "application" {
        return Err(missing("kind that is known"));
    }
    let mut mids = section.values("mid");
    let mid = mids.next().ok_or(missing("a=mid"))?;
    if mids.next().is_some() {
        return Err(repeated("a=mid"));
    }
    if !is_name(mid, MID_BYTES_MAX) {
        return Err(Fault::Mid(index));
    }
    if section.values("setup").nth(1).is_some() {
        return Err(repeated("a=setup"));
    }
    if is_media(section) {
        check_media(index, section)?;
    }
    Ok(())
}

fn check_media(index: usize, section: &Section<'_>) -> Result<(), Fault> {
    let rids = section.values("rid").filter_map(|rid| rid.split(' ').next());
    if !rids.into_iter().all(|rid| is_name(rid, RID_BYTES_MAX)) {
        return Err(Fault::Rid(index));
    }
    let directions = ["sendrecv", "sendonly", "recvonly", "inactive"];
    match directions.iter().filter(|direction| section.has(direction)).count() {
        0 => return Err(Fault::MissingIn { section: index, what: "direction" }),
        1 => {}
        _ => return Err(Fault::Repeated { section: index, what: "direction" }),
    }
    let mapped = |number: u8| {
        static_name(number).is_some()
            || section.values("rtpmap").any(|map| number_of(map) == Some(number))
    };
    if !section.payload_types().all(mapped) {
        return Err(Fault::MissingIn { section: index, what: "a=rtpmap of each payload type" });
    }
    Ok(())
}

fn check_credentials(reading: &Reading<'_>) -> Result<(), Fault> {
    for ufrag in reading.values("ice-ufrag") {
        if !is_ice_text(ufrag, ICE_UFRAG_CHARS_MIN, ICE_UFRAG_CHARS_MAX) {
            return Err(Fault::IceUfrag(ufrag.chars().count()));
        }
    }
    for password in reading.values("ice-pwd") {
        if !is_ice_text(password, ICE_PASSWORD_CHARS_MIN, ICE_PASSWORD_CHARS_MAX) {
            return Err(Fault::IcePassword(password.chars().count()));
        }
    }
    Ok(())
}

fn check_candidates(reading: &Reading<'_>) -> Result<(), Fault> {
    let count = reading.values("candidate").collect::<BTreeSet<_>>().len();
    if count > REMOTE_CANDIDATES_MAX {
        return Err(Fault::TooManyCandidates(count));
    }
    Ok(())
}

/// The session wants the names of all m-lines that are not rejected, in their order.
fn check_group(reading: &Reading<'_>) -> Result<(), Fault> {
    let grouped = group(reading);
    let mids = reading.sections.iter().filter_map(|section| {
        let mid = section.value("mid")?;
        (!section.has_no_port() || grouped.contains(&mid)).then_some(mid)
    });
    let unique: BTreeSet<_> = reading.values("mid").collect();
    if unique.len() != reading.sections.len() || !mids.eq(grouped.iter().copied()) {
        return Err(Fault::Group);
    }
    Ok(())
}

fn group<'a>(reading: &Reading<'a>) -> Vec<&'a str> {
    let group = reading.top.value("group").unwrap_or_default();
    group.split(' ').skip(1).filter(|mid| !mid.is_empty()).collect()
}

fn is_media(section: &Section<'_>) -> bool {
    matches!(section.kind(), "audio" | "video")
}

/// What tells a payload type from another one: those that are mapped, and those that need not be.
fn meanings(section: &Section<'_>) -> Vec<(u8, String)> {
    let mapped = section.values("rtpmap").filter_map(|map| {
        let (number, name) = (number_of(map)?, map.split_once(' ')?.1.to_ascii_lowercase());
        let encoding = name.split('/').next().unwrap_or_default();
        if !ENCODINGS.contains(&encoding) {
            return None;
        }
        let name = name.strip_suffix("/1").unwrap_or(&name);
        let name: String = name.chars().take(CODEC_BYTES_MAX).collect();
        Some((number, format!("{name};{}", telling_parameters(section, number))))
    });
    let mut meanings: Vec<_> = mapped.collect();
    for number in section.payload_types() {
        if let Some(name) = static_name(number)
            && !meanings.iter().any(|(mapped, _)| *mapped == number)
        {
            meanings.push((number, format!("{name};")));
        }
    }
    meanings
}

/// The parameters that make another format of the same codec.
fn telling_parameters(section: &Section<'_>, number: u8) -> String {
    const NAMES: [&str; 5] = ["apt", "packetization-mode", "profile-id", "profile", "tier"];
    /// The profile of H.264 without its level (RFC 6184 section 8.1).
    const PROFILE_CHARS: usize = 4;
    /// Longest value that is kept.
    const VALUE_CHARS_MAX: usize = 16;
    let of_it = section.values("fmtp").filter(|fmtp| number_of(fmtp) == Some(number));
    let pairs = of_it.filter_map(|fmtp| fmtp.split_once(' ')).flat_map(|(_, text)| text.split(';'));
    let mut told: Vec<String> = Vec::new();
    for (name, value) in pairs.filter_map(|pair| pair.trim().split_once('=')) {
        let name = name.to_ascii_lowercase();
        let chars = match name.as_str() {
            "profile-level-id" => PROFILE_CHARS,
            _ if NAMES.contains(&name.as_str()) => VALUE_CHARS_MAX,
            _ => continue,
        };
        let value: String = value.to_ascii_lowercase().chars().take(chars).collect();
        told.push(format!("{name}={value}"));
    }
    told.sort_unstable();
    told.dedup();
    told.join(";")
}

fn static_name(number: u8) -> Option<&'static str> {
    STATIC_PAYLOAD_TYPES.iter().find(|(known, _)| *known == number).map(|(_, name)| *name)
}

/// The payload type that a value begins with.
fn number_of(value: &str) -> Option<u8> {
    value.split(' ').next()?.parse().ok()
}

/// What the session tells apart: it takes every other character for an underscore.
fn is_name(text: &str, bytes_max: usize) -> bool {
    let is_told = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (1..=bytes_max).contains(&text.len()) && text.bytes().all(is_told)
}

/// `ice-char`s of RFC 8839 section 5.4, and four more that browsers take as well.
fn is_ice_text(text: &str, min: usize, max: usize) -> bool {
    let is_ice_char = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_=#".contains(&byte);
    (min..=max).contains(&text.len()) && text.bytes().all(is_ice_char)
}

/// A hash function and bytes in hexadecimal (RFC 8122 section 5).
fn is_fingerprint(value: &str) -> bool {
    let is_byte = |byte: &str| byte.len() == 2 && byte.bytes().all(|b| b.is_ascii_hexdigit());
    value
        .split_once(' ')
        .is_some_and(|(hash, bytes)| !hash.is_empty() && bytes.split(':').all(is_byte))
}
