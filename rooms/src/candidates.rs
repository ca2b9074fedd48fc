//! Candidates between the engine's words and those of the signalling.

use lapwing_engine::{CandidateError, CandidateInit, IceCandidate};

use crate::protocol::signalling as wire;

/// What came, for the engine; no candidate at the end of them.
pub(crate) fn received(
    candidate: Option<&wire::IceCandidate>,
) -> Result<CandidateInit, CandidateError> {
    let Some(said) = candidate else { return Ok(CandidateInit::default()) };
    let read = match said.candidate.as_str() {
        "" => None,
        line => Some(IceCandidate::parse(line)?),
    };
    Ok(CandidateInit {
        candidate: read,
        mid: said.sdp_mid.clone(),
        index: said.sdp_m_line_index.map(usize::from),
        ufrag: said.username_fragment.clone(),
    })
}

/// What the engine found, to be said; `None` at the end of them.
pub(crate) fn found(signalled: CandidateInit) -> Option<wire::IceCandidate> {
    let candidate = signalled.candidate?.to_string();
    Some(wire::IceCandidate {
        candidate,
        sdp_mid: signalled.mid,
        sdp_m_line_index: signalled.index.and_then(|index| u16::try_from(index).ok()),
        username_fragment: signalled.ufrag,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "candidate:1 1 udp 2122260223 192.0.2.1 54321 typ host";

    fn said(candidate: &str) -> wire::IceCandidate {
        wire::IceCandidate {
            candidate: candidate.to_owned(),
            sdp_mid: Some("a".to_owned()),
            sdp_m_line_index: Some(2),
            username_fragment: Some("frag".to_owned()),
        }
    }

    #[test]
    fn a_candidate_keeps_its_line_and_generation() {
        let taken = received(Some(&said(LINE))).expect("a candidate");
        assert_eq!((taken.mid.as_deref(), taken.index), (Some("a"), Some(2)));
        assert_eq!((taken.ufrag.as_deref(), taken.line()), (Some("frag"), LINE.to_owned()));
        assert_eq!(found(taken), Some(said(LINE)));
    }

    #[test]
    fn the_end_is_told_in_two_ways() {
        let of_line = received(Some(&said(""))).expect("the end");
        assert_eq!((of_line.candidate.as_ref(), of_line.index), (None, Some(2)));
        assert_eq!(received(None), Ok(CandidateInit::default()));
        assert_eq!(found(of_line), None);
        assert_eq!(received(Some(&said("hello"))), Err(CandidateError::NoPrefix));
    }
}
