//! What is allowed in a message, and the words for what is not.

use super::newcomer::Newcomer;
use crate::protocol::signalling::{
    CANDIDATE_BYTES_MAX, Candidate, Description, ErrorCode, ErrorMessage, NAME_CHARS_MAX,
    OWNER_BYTES_MAX, OWNER_BYTES_MIN, PASSWORD_BYTES_MAX, ROOM_NAME_BYTES_MAX, SDP_BYTES_MAX,
    TRACKS_MAX, VERSION,
};

/// Longest mid, in bytes: what a one-byte RTP header extension carries (RFC 8285).
const MID_BYTES_MAX: usize = 16;

/// Longest other short text in a message, in bytes: ids and user fragments (RFC 8445 allows 256).
const TOKEN_BYTES_MAX: usize = 256;

/// An error with its words.
pub(super) fn error(code: ErrorCode, message: impl Into<String>, hint: &str) -> ErrorMessage {
    ErrorMessage { code, message: message.into(), hint: hint.to_owned(), fatal: is_fatal(code) }
}

pub(super) fn too_many(message: &str, hint: &str) -> ErrorMessage {
    error(ErrorCode::TooManyConnections, message, hint)
}

/// Whether the socket is closed after it.
fn is_fatal(code: ErrorCode) -> bool {
    match code {
        ErrorCode::BadMessage
        | ErrorCode::AlreadyJoined
        | ErrorCode::UnknownParticipant
        | ErrorCode::TooLarge
        | ErrorCode::Negotiation => false,
        ErrorCode::BadVersion
        | ErrorCode::BadRoom
        | ErrorCode::BadName
        | ErrorCode::NotJoined
        | ErrorCode::RoomFull
        | ErrorCode::ServerFull
        | ErrorCode::RateLimited
        | ErrorCode::Idle
        | ErrorCode::Replaced
        | ErrorCode::PasswordRequired
        | ErrorCode::WrongPassword
        | ErrorCode::NotAdmitted
        | ErrorCode::TooManyConnections
        | ErrorCode::ShuttingDown => true,
    }
}

/// A room's name as it may stand in a link.
pub(super) fn room_name(name: &str) -> Result<(), ErrorMessage> {
    let ok = !name.is_empty()
        && name.len() <= ROOM_NAME_BYTES_MAX
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    ok.then_some(()).ok_or_else(|| {
        let hint = "Use up to 64 letters, digits, dots, hyphens and underscores.";
        error(ErrorCode::BadRoom, "This is not a name for a room.", hint)
    })
}

/// A join's version, name and secrets.
pub(super) fn join(version: u32, newcomer: &Newcomer) -> Result<(), ErrorMessage> {
    if version != VERSION {
        let message = format!("The server speaks version {VERSION}, the client {version}.");
        return Err(error(ErrorCode::BadVersion, message, "Reload the page."));
    }
    secrets(newcomer)?;
    let name = &newcomer.name;
    let chars = name.chars().count();
    let ok = (1..=NAME_CHARS_MAX).contains(&chars)
        && !name.trim().is_empty()
        && !name.chars().any(char::is_control);
    ok.then_some(()).ok_or_else(|| {
        let message = format!("A name has 1 to {NAME_CHARS_MAX} characters.");
        error(ErrorCode::BadName, message, "Choose another name.")
    })
}

fn secrets(newcomer: &Newcomer) -> Result<(), ErrorMessage> {
    let password = newcomer.password.as_ref();
    if !password.is_none_or(|password| (1..=PASSWORD_BYTES_MAX).contains(&password.len())) {
        let message = format!("A password has 1 to {PASSWORD_BYTES_MAX} bytes.");
        return Err(error(ErrorCode::BadMessage, message, "Choose another password."));
    }
    let is_owner = |owner: &String| {
        (OWNER_BYTES_MIN..=OWNER_BYTES_MAX).contains(&owner.len())
            && owner.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
    };
    if !newcomer.owner.as_ref().is_none_or(is_owner) {
        let message = "An owner's secret has 16 to 64 letters, digits, hyphens and underscores.";
        return Err(error(ErrorCode::BadMessage, message, "Reload the page."));
    }
    Ok(())
}

/// A description's sizes.
pub(super) fn description(description: &Description) -> Result<(), ErrorMessage> {
    let tracks = &description.tracks;
    let participant_ok = |label: &crate::protocol::signalling::TrackLabel| {
        label.participant.as_ref().is_none_or(|id| id.0.len() <= TOKEN_BYTES_MAX)
    };
    let ok = description.description.sdp.len() <= SDP_BYTES_MAX
        && tracks.len() <= TRACKS_MAX
        && tracks.iter().all(|(mid, label)| mid.len() <= MID_BYTES_MAX && participant_ok(label));
    ok.then_some(()).ok_or_else(|| {
        let message = format!("The description is over {SDP_BYTES_MAX} bytes of SDP.");
        error(ErrorCode::TooLarge, message, "Send fewer tracks.")
    })
}

/// A candidate's sizes.
pub(super) fn candidate(candidate: &Candidate) -> Result<(), ErrorMessage> {
    let ok = candidate.candidate.as_ref().is_none_or(|candidate| {
        candidate.candidate.len() <= CANDIDATE_BYTES_MAX
            && candidate.sdp_mid.as_ref().is_none_or(|mid| mid.len() <= MID_BYTES_MAX)
            && candidate.username_fragment.as_ref().is_none_or(|u| u.len() <= TOKEN_BYTES_MAX)
    });
    ok.then_some(()).ok_or_else(|| {
        let message = format!("The candidate is over {CANDIDATE_BYTES_MAX} bytes.");
        error(ErrorCode::TooLarge, message, "The candidate was dropped.")
    })
}
