//! The secrets of a handshake as lines of an NSS key log (`draft-ietf-tls-keylogfile`), for
//! Wireshark.
//!
//! The DTLS library has no such output. But every secret is a result of the HMAC that we provide to
//! it, and the text that goes in names it: the label of `HKDF-Expand-Label` (RFC 8446 section 7.1,
//! RFC 9147 section 5.9) or of the PRF (RFC 5246 section 8.1, RFC 7627 section 4).

use std::fmt::Write;

/// Names in the key log of what DTLS 1.3 derives, by label.
const LABELS: [(&[u8], &str); 5] = [
    (b"c hs traffic", "CLIENT_HANDSHAKE_TRAFFIC_SECRET"),
    (b"s hs traffic", "SERVER_HANDSHAKE_TRAFFIC_SECRET"),
    (b"c ap traffic", "CLIENT_TRAFFIC_SECRET_0"),
    (b"s ap traffic", "SERVER_TRAFFIC_SECRET_0"),
    (b"exp master", "EXPORTER_SECRET"),
];

/// Bytes of a master secret in DTLS 1.2.
const MASTER_BYTES: usize = 48;
const RANDOM_BYTES: usize = 32;

/// What a handshake has derived so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Secrets {
    client_random: Option<[u8; RANDOM_BYTES]>,
    /// Name and secret, in the order in which they were derived.
    derived: Vec<(&'static str, Vec<u8>)>,
    master: Vec<u8>,
}

impl Secrets {
    /// Looks for the client's random number in a packet of either direction: that of the last
    /// greeting counts.
    pub(super) fn see(&mut self, packet: &[u8]) {
        const HANDSHAKE: u8 = 22;
        const CLIENT_HELLO: u8 = 1;
        // A record's header of 13 bytes, a handshake message's of 12, and the version come before
        // it.
        let random = packet.get(27..).and_then(|rest| rest.first_chunk());
        let is_first_fragment = packet.get(19..22) == Some(&[0, 0, 0]);
        if packet.first() == Some(&HANDSHAKE)
            && packet.get(13) == Some(&CLIENT_HELLO)
            && is_first_fragment
            && let Some(random) = random
        {
            self.client_random = Some(*random);
        }
    }

    /// The lines, each with its end; none before the handshake is over.
    pub(super) fn to_lines(&self) -> String {
        let mut lines = String::new();
        let Some(random) = &self.client_random else { return lines };
        let master = (self.master.len() == MASTER_BYTES).then_some(("CLIENT_RANDOM", &self.master));
        let derived = self.derived.iter().map(|(name, secret)| (*name, secret));
        for (name, secret) in derived.chain(master) {
            let _ = writeln!(lines, "{name} {} {}", hex(random), hex(secret));
        }
        lines
    }

    /// Takes note of a result of the HMAC.
    pub(super) fn note(&mut self, data: &[u8], out: &[u8]) {
        // Of an expansion in one block: length, label's length, label, context, and the block's
        // number.
        let label = data.get(2).and_then(|length| data.get(3..3 + usize::from(*length)));
        let label = label.and_then(|label| label.strip_prefix(b"dtls13"));
        if let Some((_, name)) = LABELS.iter().find(|(known, _)| label == Some(known)) {
            self.derived.retain(|(known, _)| known != name);
            self.derived.push((name, out.to_vec()));
            return;
        }
        // Of a block of the PRF: what was chained, label, seed.
        let text = data.get(out.len()..).unwrap_or_default();
        let is_master =
            text.starts_with(b"extended master secret") || text.starts_with(b"master secret");
        if is_master {
            let missing = MASTER_BYTES.saturating_sub(self.master.len());
            self.master.extend(&out[..missing.min(out.len())]);
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random(packet: &[u8]) -> Option<[u8; RANDOM_BYTES]> {
        let mut secrets = Secrets::default();
        secrets.see(packet);
        secrets.client_random
    }

    #[test]
    fn the_clients_random_is_found_in_its_greeting_only() {
        let mut packet = vec![0; 13 + 12 + 2];
        (packet[0], packet[13]) = (22, 1);
        packet.extend([7; RANDOM_BYTES]);
        assert_eq!(random(&packet), Some([7; RANDOM_BYTES]));
        assert_eq!(random(&packet[..packet.len() - 1]), None, "cut short");
        packet[21] = 9;
        assert_eq!(random(&packet), None, "a later fragment");
        packet[21] = 0;
        packet[13] = 2;
        assert_eq!(random(&packet), None, "a server's greeting");
    }

    #[test]
    fn a_master_secret_is_put_together_from_blocks() {
        let mut secrets = Secrets { client_random: Some([1; RANDOM_BYTES]), ..Secrets::default() };
        let text = |chained: u8| [&[chained; 32][..], b"extended master secret", &[5; 48]].concat();
        secrets.note(&text(1), &[0xaa; 32]);
        assert_eq!(secrets.to_lines(), "", "half of it is nothing");
        secrets.note(&text(2), &[0xbb; 32]);
        let master = format!("{}{}", "aa".repeat(32), "bb".repeat(16));
        assert_eq!(secrets.to_lines(), format!("CLIENT_RANDOM {} {master}\n", "01".repeat(32)));
    }
}
