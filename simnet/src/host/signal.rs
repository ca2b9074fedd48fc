//! What two peers say to each other to set a connection up, as mail between their hosts.

use lapwing_engine::{SdpType, SessionDescription};

/// A message of the signalling channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// An offer or an answer.
    Description(SessionDescription),
    /// A candidate's attribute; empty after the last.
    Candidate(String),
}

const OFFER: &str = "offer\n";
const ANSWER: &str = "answer\n";
const CANDIDATE: &str = "candidate\n";

impl Signal {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let (head, body) = match self {
            Signal::Description(SessionDescription { kind: SdpType::Offer, sdp }) => (OFFER, sdp),
            Signal::Description(SessionDescription { kind: SdpType::Answer, sdp }) => (ANSWER, sdp),
            Signal::Candidate(text) => (CANDIDATE, text),
        };
        [head, body].concat().into_bytes()
    }

    /// Reads a message; `None` for anything else.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Signal> {
        let text = std::str::from_utf8(bytes).ok()?;
        let described = |kind, sdp: &str| {
            Some(Signal::Description(SessionDescription { kind, sdp: sdp.to_owned() }))
        };
        if let Some(sdp) = text.strip_prefix(OFFER) {
            return described(SdpType::Offer, sdp);
        }
        if let Some(sdp) = text.strip_prefix(ANSWER) {
            return described(SdpType::Answer, sdp);
        }
        text.strip_prefix(CANDIDATE).map(|line| Signal::Candidate(line.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_survive_the_mail() {
        let sdp = "v=0\r\n".to_owned();
        let kinds = [SdpType::Offer, SdpType::Answer];
        let descriptions =
            kinds.map(|kind| Signal::Description(SessionDescription { kind, sdp: sdp.clone() }));
        let candidates = ["", "candidate:1 1 udp 1 192.0.2.1 5 typ host"]
            .map(|text| Signal::Candidate(text.to_owned()));
        for signal in descriptions.into_iter().chain(candidates) {
            assert_eq!(Signal::parse(&signal.to_bytes()), Some(signal));
        }
        assert_eq!(Signal::parse(b"offer"), None);
        assert_eq!(Signal::parse(b"\xff"), None);
    }
}
