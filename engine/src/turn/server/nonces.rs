//! Nonces that cost no memory: the time at which one was made, and a tag over it and the client's
//! address under a key of the server's (RFC 8489 section 18.3).

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use crate::hmac;

/// Bytes of the tag: 80 bits, which nobody guesses by asking.
const TAG_BYTES: usize = 10;

/// Characters of a nonce: eight of the time, and the tag.
pub(super) const NONCE_CHARS: usize = 8 + 2 * TAG_BYTES;

/// Makes and judges nonces.
pub(super) struct Nonces {
    key: [u8; 32],
    started: Instant,
    lifetime: Duration,
}

impl Nonces {
    pub(super) fn new(key: [u8; 32], started: Instant, lifetime: Duration) -> Self {
        Nonces { key, started, lifetime }
    }

    /// A nonce for the client at this address.
    pub(super) fn make(&self, client: SocketAddr, now: Instant) -> String {
        let seconds = self.seconds(now);
        format!("{seconds:08x}{}", hex(&self.tag(client, seconds)))
    }

    /// Whether the nonce is one that was made for this client, and still holds.
    pub(super) fn holds(&self, nonce: &[u8], client: SocketAddr, now: Instant) -> bool {
        if nonce.len() != NONCE_CHARS {
            return false;
        }
        let (time, tag) = nonce.split_at(8);
        let time = std::str::from_utf8(time).ok();
        let Some(made) = time.and_then(|time| u32::from_str_radix(time, 16).ok()) else {
            return false;
        };
        let age = self.seconds(now).checked_sub(made);
        let is_of_age = age.is_some_and(|age| Duration::from_secs(age.into()) < self.lifetime);
        let wanted = hex(&self.tag(client, made));
        is_of_age && openssl::memcmp::eq(wanted.as_bytes(), tag)
    }

    /// They wrap after 136 years.
    fn seconds(&self, now: Instant) -> u32 {
        now.saturating_duration_since(self.started).as_secs() as u32
    }

    fn tag(&self, client: SocketAddr, seconds: u32) -> [u8; TAG_BYTES] {
        let mut address = [0; 16];
        match client.ip() {
            IpAddr::V4(v4) => address[..4].copy_from_slice(&v4.octets()),
            IpAddr::V6(v6) => address = v6.octets(),
        }
        let parts: [&[u8]; 3] = [&seconds.to_be_bytes(), &client.port().to_be_bytes(), &address];
        let mac = hmac::sha256(&self.key, &parts);
        std::array::from_fn(|index| mac[index])
    }
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_time::origin;

    #[test]
    fn a_nonce_holds_for_its_client_and_time() {
        let start = origin();
        let lifetime = Duration::from_secs(600);
        let nonces = Nonces::new([7; 32], start, lifetime);
        let client: SocketAddr = "192.0.2.7:4000".parse().unwrap();
        let made = start + Duration::from_secs(5);
        let nonce = nonces.make(client, made);
        assert_eq!(nonce.len(), NONCE_CHARS);
        let holds = |nonce: &str, client: &str, at: Instant| {
            nonces.holds(nonce.as_bytes(), client.parse().unwrap(), at)
        };
        assert!(holds(&nonce, "192.0.2.7:4000", made + lifetime - Duration::from_secs(1)));
        assert!(!holds(&nonce, "192.0.2.7:4000", made + lifetime));
        assert!(!holds(&nonce, "192.0.2.7:4000", start), "it is of the future");
        assert!(!holds(&nonce, "192.0.2.7:4001", made));
        assert!(!holds(&nonce, "192.0.2.8:4000", made));
        for index in 0..nonce.len() {
            let mut changed = nonce.clone().into_bytes();
            changed[index] = if changed[index] == b'0' { b'1' } else { b'0' };
            assert!(!nonces.holds(&changed, client, made), "character {index}");
        }
        let other = Nonces::new([8; 32], start, lifetime);
        assert!(!other.holds(nonce.as_bytes(), client, made));
    }
}
