//! Media under SRTP, with libsrtp2 as the other side: what the engine protects it unprotects, and
//! back, RTP and RTCP.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

use lapwing_conformance::skip;
use lapwing_engine::{Event, KeyframeRequestKind, SrtpCipher};
use tempfile::TempDir;

use super::call::vp8;
use super::dtls::{Tool, handshake, has};
use super::hex::{bytes, hex};

/// A protection profile that the engine offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Profile {
    Aes128CmSha1_80,
    AeadAes128Gcm,
    AeadAes256Gcm,
}

impl Profile {
    pub(super) const ALL: [Profile; 3] =
        [Profile::Aes128CmSha1_80, Profile::AeadAes128Gcm, Profile::AeadAes256Gcm];

    pub(super) fn cipher(self) -> SrtpCipher {
        match self {
            Profile::Aes128CmSha1_80 => SrtpCipher::Aes128CmSha1_80,
            Profile::AeadAes128Gcm => SrtpCipher::AeadAes128Gcm,
            Profile::AeadAes256Gcm => SrtpCipher::AeadAes256Gcm,
        }
    }

    /// As OpenSSL calls it.
    pub(super) fn openssl_name(self) -> &'static str {
        match self {
            Profile::Aes128CmSha1_80 => "SRTP_AES128_CM_SHA1_80",
            Profile::AeadAes128Gcm => "SRTP_AEAD_AES_128_GCM",
            Profile::AeadAes256Gcm => "SRTP_AEAD_AES_256_GCM",
        }
    }

    pub(super) fn salt_bytes(self) -> usize {
        if self == Profile::Aes128CmSha1_80 { 14 } else { 12 }
    }

    /// Bytes of a master key and its salt.
    pub(super) fn key_bytes(self) -> usize {
        self.salt_bytes() + if self == Profile::AeadAes256Gcm { 32 } else { 16 }
    }
}

/// libsrtp2, in a program of its own that ends with this.
pub(super) struct Libsrtp {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Libsrtp {
    /// The peer of the engine, by what DTLS exported: two keys, client's first, and two salts (RFC
    /// 5764 section 4.2). `None`, and a note, where the library is missing.
    pub(super) fn of_peer(
        test: &str,
        profile: Profile,
        material: &[u8],
        is_client: bool,
    ) -> Option<Self> {
        let Some(program) = program() else {
            skip::note(test, &"no libsrtp2, or no C compiler");
            return None;
        };
        let (keys, salts) = material.split_at(material.len() - 2 * profile.salt_bytes());
        let [client, server] = [0, 1].map(|side| {
            let part = |all: &[u8]| all.chunks(all.len() / 2).nth(side).map(hex);
            part(keys).into_iter().chain(part(salts)).collect::<String>()
        });
        let (comes_in, goes_out) = if is_client { (server, client) } else { (client, server) };
        let name = profile.openssl_name().trim_start_matches("SRTP_");
        let mut child = Command::new(program)
            .args([name, &comes_in, &goes_out])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it was just built");
        let input = child.stdin.take().expect("it is piped");
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        Some(Libsrtp { child, input, output })
    }

    /// Has it protect or unprotect a packet; an error is in its own words.
    pub(super) fn ask(&mut self, verb: &str, packet: &[u8]) -> Result<Vec<u8>, String> {
        writeln!(self.input, "{verb} {}", hex(packet)).expect("it reads");
        let mut answer = String::new();
        self.output.read_line(&mut answer).expect("it answers each line with one");
        answer.strip_prefix("ok ").map(bytes).ok_or(answer)
    }
}

impl Drop for Libsrtp {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program, built once in a run.
fn program() -> Option<PathBuf> {
    static BUILT: OnceLock<Option<(TempDir, PathBuf)>> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        let folder = TempDir::new().ok()?;
        let program = folder.path().join("libsrtp2");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/vectors/libsrtp2.c");
        let mut compiler = Command::new("cc");
        compiler.args(["-O1", source, "-lsrtp2", "-o"]).arg(&program).stderr(Stdio::null());
        compiler.status().ok()?.success().then_some((folder, program))
    });
    built.as_ref().map(|(_, program)| program.clone())
}

fn number(packet: &[u8], place: usize) -> u32 {
    u32::from_be_bytes(*packet[place..].first_chunk().expect("four bytes"))
}

/// Lengths of the packets of a compound one; the last ends where it ends (RFC 3550 section 6.4.1).
fn is_compound(packet: &[u8]) -> bool {
    let mut rest = packet;
    while let [first, kind, high, low, ..] = rest {
        let length = 4 * (usize::from(u16::from_be_bytes([*high, *low])) + 1);
        if first >> 6 != 2 || !(200..=207).contains(kind) || length > rest.len() {
            return false;
        }
        rest = &rest[length..];
    }
    rest.is_empty()
}

fn exchange(test: &str, profile: Profile) {
    if !has(test, &["openssl"]) {
        return;
    }
    let tool = Tool::OpensslServer;
    let (mut call, material) = handshake(tool, profile);
    let Some(mut peer) = Libsrtp::of_peer(test, profile, &material, false) else { return };

    // Ours: ten frames, in packets that hold them.
    let mut ssrc = None;
    for sent in 1..=10 {
        call.write(sent);
        call.turn();
        let packet = call.rtp.pop_front().expect("a frame was written");
        let plain = peer.ask("unprotect", &packet).expect("authentic");
        assert!(plain.ends_with(&vp8(sent)), "the frame is in the packet");
        assert!(!packet.windows(8).any(|part| part == [sent; 8]), "and not in the clear");
        ssrc = Some(number(&plain, 8));
        assert!(peer.ask("unprotect", &packet).is_err(), "a second time it is a replay");
    }
    let ssrc = ssrc.expect("frames were sent");

    // Theirs: a packet, the same once more, and one that is forged.
    for sent in 1..=10 {
        let packet = call.packet_of_peer(sent);
        let protected = peer.ask("protect", &packet).expect("it has the keys");
        let mut forged = protected.clone();
        forged[40] ^= 1;
        [&forged, &protected, &protected].iter().for_each(|packet| call.deliver(packet));
    }
    (0..200).for_each(|_| call.turn());
    let came = call.events.iter().filter_map(|event| match event {
        Event::Frame(frame) => Some(frame.frame.data.to_vec()),
        _ => None,
    });
    let expected: Vec<Vec<u8>> = (1..=10).map(vp8).collect();
    assert_eq!(came.collect::<Vec<_>>(), expected, "each of them once");

    // RTCP, ours: what goes out on its own within some seconds.
    (0..1000).for_each(|_| call.turn());
    let reports: Vec<Vec<u8>> = call.rtcp.drain(..).collect();
    assert!(reports.len() >= 2, "reports are sent by themselves");
    for report in &reports {
        let plain = peer.ask("unprotect_rtcp", report).expect("authentic");
        assert!(is_compound(&plain), "{}", hex(&plain));
    }

    // RTCP, theirs.
    let wish = call.picture_loss(ssrc);
    let protected = peer.ask("protect_rtcp", &wish).expect("it has the keys");
    let mut forged = protected.clone();
    forged[9] ^= 1;
    for (packet, wishes) in [(&forged, 0), (&protected, 1)] {
        call.deliver(packet);
        let is_wish = |event: &Event| {
            matches!(event, Event::KeyframeRequested { kind: KeyframeRequestKind::Pli, .. })
        };
        let count = call.events.iter().filter(|event| is_wish(event)).count();
        assert_eq!(count, wishes);
    }
}

#[test]
fn aes128_cm_sha1_80_both_ways() {
    exchange("aes128_cm_sha1_80_both_ways", Profile::Aes128CmSha1_80);
}

#[test]
fn aead_aes_128_gcm_both_ways() {
    exchange("aead_aes_128_gcm_both_ways", Profile::AeadAes128Gcm);
}

#[test]
fn aead_aes_256_gcm_both_ways() {
    exchange("aead_aes_256_gcm_both_ways", Profile::AeadAes256Gcm);
}
