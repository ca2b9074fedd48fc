//! What two peers say to each other to set a connection up, as mail between their hosts.

use std::net::SocketAddr;

use lapwing_engine::{CandidateAddress, IceCandidate, SdpType, SessionDescription};

use crate::middlebox::dns64;

/// A message of the signalling channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// An offer or an answer.
    Description(SessionDescription),
    /// A candidate's attribute; empty after the last.
    Candidate(String),
}

const CANDIDATE: &str = "candidate";

impl Signal {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let (head, body) = match self {
            Signal::Description(SessionDescription { kind, sdp }) => (kind.name(), sdp),
            Signal::Candidate(text) => (CANDIDATE, text),
        };
        [head, "\n", body].concat().into_bytes()
    }

    /// As a host with IPv6 only takes it: a candidate with an IPv4 address has the address that
    /// stands for it behind a NAT64.
    pub(crate) fn with_dns64(self) -> Signal {
        let Signal::Candidate(text) = &self else {
            return self;
        };
        let Ok(candidate) = IceCandidate::parse(text) else {
            return self;
        };
        let Some(SocketAddr::V4(v4)) = candidate.socket_addr() else {
            return self;
        };
        let address = SocketAddr::new(dns64(*v4.ip()).into(), v4.port());
        let address = CandidateAddress::Address(address);
        Signal::Candidate(IceCandidate { address, ..candidate }.to_string())
    }

    /// Reads a message; `None` for anything else.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Signal> {
        let (head, body) = std::str::from_utf8(bytes).ok()?.split_once('\n')?;
        if head == CANDIDATE {
            return Some(Signal::Candidate(body.to_owned()));
        }
        let kind = SdpType::ALL.into_iter().find(|kind| kind.name() == head)?;
        Some(Signal::Description(SessionDescription { kind, sdp: body.to_owned() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A candidate as it was sent, and as a host behind a NAT64 takes it.
    fn candidates_of(address: &str) -> [String; 2] {
        let text = format!("candidate:1 1 udp 1 {address} 5 typ host");
        let Signal::Candidate(taken) = Signal::Candidate(text.clone()).with_dns64() else {
            panic!("it stays a candidate");
        };
        [text, taken]
    }

    #[test]
    fn signals_survive_the_mail() {
        let sdp = "v=0\r\n".to_owned();
        let descriptions = SdpType::ALL
            .map(|kind| Signal::Description(SessionDescription { kind, sdp: sdp.clone() }));
        let candidates = ["", "candidate:1 1 udp 1 192.0.2.1 5 typ host"]
            .map(|text| Signal::Candidate(text.to_owned()));
        for signal in descriptions.into_iter().chain(candidates) {
            assert_eq!(Signal::parse(&signal.to_bytes()), Some(signal));
        }
        let [_, behind] = candidates_of("192.0.2.1");
        assert_eq!(behind, "candidate:1 1 udp 1 64:ff9b::c000:201 5 typ host");
        let [as_it_is, behind] = candidates_of("2001:db8::1");
        assert_eq!(as_it_is, behind);
        assert_eq!(Signal::parse(b"offer"), None);
        assert_eq!(Signal::parse(b"\xff"), None);
    }
}
