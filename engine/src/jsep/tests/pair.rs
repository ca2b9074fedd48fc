//! Two negotiations, what their sessions can do, and the exchanges between them.

use std::sync::Arc;

use crate::codec::{Codec, MediaKind};
use crate::config::{CodecOrder, Delivery, NegotiationRole};
use crate::entropy::{self, Purpose};
use crate::event::Direction;
use crate::ids::PayloadType;
use crate::jsep::{
    BundlePolicy, Effects, Jsep, JsepConfig, NegotiationError, PeerLines, RemoteOutcome, SdpType,
};
use crate::sdp::{Description, Feedback, Fingerprint, HashFunction};
use crate::session::agreed::{
    Agreed, Capabilities, CodecCapability, ExtensionCapability, IceCredentials, LocalTransport,
};

/// One side.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Peer {
    pub(super) jsep: Jsep,
    pub(super) local: LocalTransport,
    pub(super) capabilities: Capabilities,
    /// Of the exchange that was agreed on last.
    pub(super) agreed: Option<Agreed>,
    generation: u32,
    number: u8,
}

pub(super) fn feedback(texts: &[&str]) -> Arc<[Feedback]> {
    let one = |text: &&str| {
        let (kind, parameter) = text.split_once(' ').map_or((*text, None), |(k, p)| (k, Some(p)));
        Feedback::new(kind, parameter)
    };
    texts.iter().map(one).collect()
}

pub(super) fn capability(
    kind: MediaKind,
    name: &str,
    number: u8,
    rtx: Option<u8>,
    parameters: &str,
) -> CodecCapability {
    let audio = kind == MediaKind::Audio;
    CodecCapability {
        kind,
        name: name.into(),
        clock_rate: match name {
            "opus" | "red" if audio => 48_000,
            _ if audio => 8_000,
            _ => 90_000,
        },
        channels: matches!(name, "opus" | "red").then_some(2).filter(|_| audio),
        parameters: parameters.into(),
        feedback: match audio {
            true => feedback(&["transport-cc"]),
            false => feedback(&["transport-cc", "ccm fir", "nack", "nack pli"]),
        },
        payload_type: PayloadType(number),
        rtx: rtx.map(PayloadType),
    }
}

pub(super) fn capabilities() -> Capabilities {
    let (audio, video) = (MediaKind::Audio, MediaKind::Video);
    let h264 = |profile: &str, mode: u8| {
        format!("level-asymmetry-allowed=1;packetization-mode={mode};profile-level-id={profile}")
    };
    let extension = |uri, id, audio, video| ExtensionCapability { uri, id, audio, video };
    Capabilities {
        codecs: vec![
            capability(audio, "opus", 111, None, "minptime=10;useinbandfec=1"),
            capability(audio, "PCMU", 0, None, ""),
            capability(audio, "PCMA", 8, None, ""),
            capability(audio, "telephone-event", 110, None, "0-15"),
            capability(video, "AV1", 45, Some(46), ""),
            capability(video, "VP8", 96, Some(97), ""),
            capability(video, "VP9", 98, Some(99), "profile-id=0"),
            capability(video, "H264", 108, Some(109), &h264("42e01f", 1)),
        ],
        extensions: vec![
            extension("urn:ietf:params:rtp-hdrext:ssrc-audio-level", 1, true, false),
            extension("urn:ietf:params:rtp-hdrext:sdes:mid", 4, true, true),
            extension("urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id", 10, true, true),
            extension("urn:3gpp:video-orientation", 13, false, true),
        ],
        extension_id_max: 14,
        mid_bytes_max: 16,
        message_bytes_max: 262_144,
        sent_message_bytes_max: 262_144,
        empty_messages: true,
        fixed_codecs: false,
        sctp_init: None,
    }
}

pub(super) fn config(number: u8) -> JsepConfig {
    JsepConfig {
        seed: [number; 32],
        role: NegotiationRole::Impolite,
        codecs: Codec::USUAL.to_vec(),
        codec_order: CodecOrder::Offered,
        bundle: BundlePolicy::MaxCompat,
        delivery: Delivery::Frames,
        ice_lite: false,
        peer_lines: PeerLines::Mirror,
        fixed_codecs: false,
    }
}

impl Peer {
    pub(super) fn new(config: JsepConfig) -> Self {
        let number = config.seed[0];
        let mut peer = Peer {
            local: LocalTransport {
                credentials: credentials(number, 0),
                ice_lite: config.ice_lite,
                ice_options: Vec::new(),
                fingerprints: vec![Fingerprint {
                    function: HashFunction::Sha256,
                    value: vec![number; 32],
                }],
            },
            jsep: Jsep::new(config),
            capabilities: capabilities(),
            agreed: None,
            generation: 0,
            number,
        };
        peer.local.credentials = credentials(number, 0);
        peer
    }

    /// As a session does when its negotiation says so.
    pub(super) fn renew_credentials(&mut self) {
        self.generation += 1;
        self.local.credentials = credentials(self.number, self.generation);
    }

    pub(super) fn create_offer(&self) -> Result<Description, NegotiationError> {
        self.jsep.create_offer(&self.local, &self.capabilities)
    }

    pub(super) fn create_answer(&self) -> Result<Description, NegotiationError> {
        self.jsep.create_answer(&self.local, &self.capabilities)
    }

    pub(super) fn set_local(
        &mut self,
        kind: SdpType,
        description: &Description,
    ) -> Result<Effects, NegotiationError> {
        let effects = self.jsep.set_local(kind, Arc::new(description.clone()))?;
        self.note(&effects);
        Ok(effects)
    }

    pub(super) fn set_remote(
        &mut self,
        kind: SdpType,
        description: Description,
    ) -> Result<(RemoteOutcome, Effects), NegotiationError> {
        let (outcome, effects) = self.jsep.set_remote(kind, description, &self.capabilities)?;
        self.note(&effects);
        Ok((outcome, effects))
    }

    fn note(&mut self, effects: &Effects) {
        if let Some(agreed) = &effects.agreed {
            self.agreed = Some(agreed.clone());
        }
    }

    /// Makes an offer and sets it.
    pub(super) fn offer(&mut self) -> Description {
        if self.jsep.restart_wanted() {
            self.renew_credentials();
        }
        let offer = self.create_offer().expect("there is something to offer");
        self.set_local(SdpType::Offer, &offer).expect("it was just created");
        through_text(&offer)
    }

    /// Takes an offer and answers it.
    pub(super) fn answer(&mut self, offer: &Description) -> (Description, Effects, Effects) {
        let (_, heard) =
            self.set_remote(SdpType::Offer, offer.clone()).expect("the offer is taken");
        if self.jsep.answer_restarts() {
            self.renew_credentials();
        }
        let answer = self.create_answer().expect("an offer waits");
        let said = self.set_local(SdpType::Answer, &answer).expect("it was just created");
        (through_text(&answer), heard, said)
    }

    pub(super) fn agreed(&self) -> &Agreed {
        self.agreed.as_ref().expect("an exchange was completed")
    }
}

/// As the peer reads it.
pub(super) fn through_text(description: &Description) -> Description {
    let text = description.to_string();
    let read = Description::parse(&text).expect("what is written can be read");
    assert_eq!(&read, description, "{text}");
    read
}

fn credentials(number: u8, generation: u32) -> IceCredentials {
    let mut rng = entropy::stream([number; 32], Purpose::IceCredentials);
    let text: Vec<String> = (0..=generation).map(|_| entropy::ice_text(&mut rng, 32)).collect();
    let (ufrag, password) = text[generation as usize].split_at(8);
    IceCredentials { ufrag: ufrag.to_owned(), password: password.to_owned() }
}

/// What came of an exchange, from both sides.
pub(super) struct Exchanged {
    pub(super) offer: Description,
    pub(super) answer: Description,
    /// Of the answerer, when the offer came.
    pub(super) heard: Effects,
    /// Of the answerer, when it answered.
    pub(super) said: Effects,
    /// Of the offerer, when the answer came.
    pub(super) done: Effects,
}

/// A whole exchange, which ends with both sides agreed.
pub(super) fn exchange(offerer: &mut Peer, answerer: &mut Peer) -> Exchanged {
    let offer = offerer.offer();
    let (answer, heard, said) = answerer.answer(&offer);
    let (_, done) =
        offerer.set_remote(SdpType::Answer, answer.clone()).expect("the answer is taken");
    assert_agreed(offerer, answerer);
    Exchanged { offer, answer, heard, said, done }
}

/// Both sides were told the same, each from its own end.
pub(super) fn assert_agreed(a: &Peer, b: &Peer) {
    let (Some(a), Some(b)) = (&a.agreed, &b.agreed) else { return };
    assert_eq!((&a.local, &a.remote.credentials), (&b.remote.credentials, &b.local));
    assert_ne!(a.controlling, b.controlling);
    assert_ne!(a.dtls_client, b.dtls_client);
    assert_eq!(a.media.len(), b.media.len());
    for (one, other) in a.media.iter().zip(&b.media) {
        assert_eq!((one.mid, one.kind, one.stopped), (other.mid, other.kind, other.stopped));
        let mirrored = |direction: Direction| (direction.receives(), direction.sends());
        let plain = |direction: Direction| (direction.sends(), direction.receives());
        assert_eq!(plain(one.direction), mirrored(other.direction), "{}", one.mid);
        for (sent, received) in [(&one.send, &other.receive), (&other.send, &one.receive)] {
            let codecs = |parameters: &crate::session::agreed::RtpParameters| -> Vec<_> {
                let told = parameters.codecs.iter();
                told.map(|codec| (codec.payload_type, codec.name.clone(), codec.role)).collect()
            };
            assert_eq!(codecs(sent), codecs(received), "{}", one.mid);
            assert_eq!(sent.extensions, received.extensions, "{}", one.mid);
        }
        if one.direction.sends() {
            assert_eq!(one.send.encodings, other.receive.encodings, "{}", one.mid);
        }
    }
    let sctp = |agreed: &Agreed| agreed.sctp.as_ref().map(|sctp| sctp.mid);
    assert_eq!(sctp(a), sctp(b));
}
