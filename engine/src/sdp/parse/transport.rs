//! ICE and DTLS attributes, which stand in the session or in m-lines. Most of them identify the
//! peer, so they are taken as their RFCs write them or not at all.

use super::basics::once;
use crate::candidate::IceCandidate;
use crate::sdp::error::SdpFault;
use crate::sdp::grammar::{is_ice_text, split_field, token};
use crate::sdp::limits::{
    FINGERPRINT_BYTES_MAX, ICE_OPTIONS_MAX, ICE_PASSWORD_CHARS_MAX, ICE_PASSWORD_CHARS_MIN,
    ICE_UFRAG_CHARS_MAX, ICE_UFRAG_CHARS_MIN, TLS_ID_CHARS_MAX, TLS_ID_CHARS_MIN,
};
use crate::sdp::{Fingerprint, HashFunction, Setup, TransportAttributes};

/// Reads attributes into what they are of.
pub(super) trait TransportReader {
    /// Takes an attribute if it is one of ICE or DTLS; with its name, for errors.
    fn read(
        &mut self,
        name: &str,
        value: Option<&str>,
    ) -> Option<(&'static str, Result<(), SdpFault>)>;
}

impl TransportReader for TransportAttributes {
    fn read(
        &mut self,
        name: &str,
        value: Option<&str>,
    ) -> Option<(&'static str, Result<(), SdpFault>)> {
        let given = value.unwrap_or_default();
        Some(match name {
            "ice-ufrag" => ("a=ice-ufrag", once_text(&mut self.ice_ufrag, ice_ufrag(given))),
            "ice-pwd" => ("a=ice-pwd", once_text(&mut self.ice_pwd, ice_password(given))),
            "ice-options" => ("a=ice-options", ice_options(&mut self.ice_options, given)),
            "candidate" => {
                // Without its name it is none, and one with an unknown transport or type is no
                // fault either.
                let line = format!("candidate:{given}");
                self.candidates.extend(IceCandidate::parse(&line));
                ("a=candidate", Ok(()))
            }
            "end-of-candidates" if value.is_none() => {
                self.end_of_candidates = true;
                ("a=end-of-candidates", Ok(()))
            }
            "fingerprint" => {
                let read = fingerprint(given).map(|value| self.fingerprints.push(value));
                ("a=fingerprint", read)
            }
            "setup" => {
                let setup = Setup::from_name(given).ok_or(SdpFault::Word);
                ("a=setup", setup.and_then(|setup| once(&mut self.setup, setup)))
            }
            "tls-id" => ("a=tls-id", once_text(&mut self.tls_id, tls_id(given))),
            _ => return None,
        })
    }
}

fn once_text(place: &mut Option<String>, read: Result<&str, SdpFault>) -> Result<(), SdpFault> {
    once(place, read?.to_owned())
}

/// 4 to 256 ice-chars (RFC 8839 section 5.4).
fn ice_ufrag(value: &str) -> Result<&str, SdpFault> {
    if !is_ice_text(value) {
        return Err(SdpFault::Characters("the user fragment"));
    }
    of_length(value, ICE_UFRAG_CHARS_MIN, ICE_UFRAG_CHARS_MAX)
}

/// 22 to 256 ice-chars (RFC 8839 section 5.4).
fn ice_password(value: &str) -> Result<&str, SdpFault> {
    if !is_ice_text(value) {
        return Err(SdpFault::Characters("the password"));
    }
    of_length(value, ICE_PASSWORD_CHARS_MIN, ICE_PASSWORD_CHARS_MAX)
}

/// 20 to 255 letters, digits, `+`, `/`, `-` and `_` (RFC 8842 section 4).
fn tls_id(value: &str) -> Result<&str, SdpFault> {
    if !value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte)) {
        return Err(SdpFault::Characters("the identifier"));
    }
    of_length(value, TLS_ID_CHARS_MIN, TLS_ID_CHARS_MAX)
}

fn of_length(value: &str, min: usize, max: usize) -> Result<&str, SdpFault> {
    match value.len() {
        found if (min..=max).contains(&found) => Ok(value),
        found => Err(SdpFault::Length { found, min, max }),
    }
}

/// Options with spaces between (RFC 8839 section 5.6), or commas, which libdatachannel writes.
fn ice_options(options: &mut Vec<String>, value: &str) -> Result<(), SdpFault> {
    let is_between = |sign: char| sign == ',' || sign.is_ascii_whitespace();
    for option in value.split(is_between).filter(|option| !option.is_empty()) {
        if options.iter().any(|known| known == option) {
            continue;
        }
        if options.len() == ICE_OPTIONS_MAX {
            return Err(SdpFault::TooMany("options", ICE_OPTIONS_MAX));
        }
        options.push(option.to_owned());
    }
    Ok(())
}

/// `sha-256 4A:AD:..` (RFC 8122 section 5), in any case.
fn fingerprint(value: &str) -> Result<Fingerprint, SdpFault> {
    let (function, digits) = split_field(value);
    let function = HashFunction::from_name(token(function, "the hash function")?);
    let value = hash(digits)?;
    match function.known() {
        Some((function, expected)) if value.len() != expected => {
            Err(SdpFault::HashLength { function, expected, found: value.len() })
        }
        _ => Ok(Fingerprint { function, value }),
    }
}

fn hash(digits: &str) -> Result<Vec<u8>, SdpFault> {
    // Two digits and a colon each.
    if digits.len() > 3 * FINGERPRINT_BYTES_MAX {
        return Err(SdpFault::HashTooLong);
    }
    let byte = |pair: &str| match pair.as_bytes() {
        [high, low] => Some((hex(*high)? << 4) | hex(*low)?),
        _ => None,
    };
    digits.split(':').map(|pair| byte(pair).ok_or(SdpFault::Hash)).collect()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, value: &str) -> Result<TransportAttributes, SdpFault> {
        let mut transport = TransportAttributes::default();
        let (what, read) = transport.read(name, Some(value)).expect("it is of the transport");
        assert_eq!(what, format!("a={name}"));
        read.map(|()| transport)
    }

    #[test]
    fn credentials_of_the_lengths_that_ice_allows() {
        for length in [4, 8, 119, 120, 256] {
            let taken = read("ice-ufrag", &"a".repeat(length)).expect("a user fragment");
            assert_eq!(taken.ice_ufrag.map(|ufrag| ufrag.len()), Some(length));
        }
        let length = |found, min| Err(SdpFault::Length { found, min, max: 256 });
        assert_eq!(read("ice-ufrag", "abc"), length(3, 4));
        assert_eq!(read("ice-ufrag", &"a".repeat(257)), length(257, 4));
        assert_eq!(read("ice-pwd", &"a".repeat(21)), length(21, 22));
        assert!(read("ice-pwd", &"a+/9".repeat(64)).is_ok());
        assert_eq!(read("ice-ufrag", ""), length(0, 4));
        for text in ["ab.c", "ab cd", "äöüß", "ab:c"] {
            let fault = SdpFault::Characters("the user fragment");
            assert_eq!(read("ice-ufrag", text), Err(fault), "{text}");
        }
    }

    #[test]
    fn fingerprints_are_as_long_as_their_hash() {
        let digits = |bytes| vec!["aF"; bytes].join(":");
        for (name, bytes) in
            [("sha-1", 20), ("SHA-224", 28), ("Sha-256", 32), ("sha-384", 48), ("sha-512", 64)]
        {
            let taken = read("fingerprint", &format!("{name} {}", digits(bytes)));
            let taken = taken.expect("a fingerprint").fingerprints.remove(0);
            assert_eq!(taken.value, vec![0xaf; bytes]);
            assert_eq!(taken.function.name(), name.to_ascii_lowercase());
            for wrong in [bytes - 1, bytes + 1] {
                let fault = read("fingerprint", &format!("{name} {}", digits(wrong)));
                assert!(matches!(fault, Err(SdpFault::HashLength { expected, found, .. })
                    if expected == bytes && found == wrong));
            }
        }
        let other = read("fingerprint", "md5 00:01").expect("a function of another name");
        assert_eq!(other.fingerprints[0].function, HashFunction::Other("md5".to_owned()));
    }

    #[test]
    fn malformed_fingerprints() {
        for text in ["sha-256", "sha-256 ", "sha-256 0:1", "sha-256 001", "x 00::01", "x 00:01:"] {
            assert_eq!(read("fingerprint", text), Err(SdpFault::Hash), "{text}");
        }
        for text in ["x 0g:00", "x +1:00", "x é:00"] {
            assert_eq!(read("fingerprint", text), Err(SdpFault::Hash), "{text}");
        }
        let fault = SdpFault::Characters("the hash function");
        assert_eq!(read("fingerprint", "sha/256 00"), Err(fault));
        let long = format!("x {}", vec!["00"; FINGERPRINT_BYTES_MAX + 1].join(":"));
        assert_eq!(read("fingerprint", &long), Err(SdpFault::HashTooLong));
    }

    #[test]
    fn setup_and_tls_id() {
        for name in ["actpass", "active", "passive", "holdconn"] {
            let setup = read("setup", name).expect("a role").setup.expect("it was read");
            assert_eq!(setup.name(), name);
        }
        assert_eq!(read("setup", "Active"), Err(SdpFault::Word));
        assert_eq!(read("setup", ""), Err(SdpFault::Word));
        assert!(read("tls-id", &"a-_/+".repeat(4)).is_ok());
        assert!(matches!(read("tls-id", "short"), Err(SdpFault::Length { found: 5, .. })));
        assert!(matches!(read("tls-id", &"~".repeat(20)), Err(SdpFault::Characters(_))));
    }

    #[test]
    fn candidates_that_cannot_be_read_are_left_out() {
        let good = read("candidate", "1 1 udp 2113937151 192.0.2.7 50000 typ host generation 0");
        assert_eq!(good.expect("never a fault").candidates.len(), 1);
        for text in ["", "1 1 sctp 1 192.0.2.7 5 typ host", "1 1 udp 1 192.0.2.7 5 typ moon"] {
            assert_eq!(read("candidate", text).expect("never a fault").candidates, [], "{text}");
        }
    }

    #[test]
    fn options_with_spaces_or_commas() {
        let taken = read("ice-options", "ice2,trickle  goog-sped-v1 trickle").expect("options");
        assert_eq!(taken.ice_options, ["ice2", "trickle", "goog-sped-v1"]);
        let blank = read("ice-options", ",\u{c},").expect("no options");
        assert!(blank.ice_options.is_empty(), "{:?}", blank.ice_options);
        let many: Vec<String> = (0..=ICE_OPTIONS_MAX).map(|number| number.to_string()).collect();
        assert!(matches!(read("ice-options", &many.join(" ")), Err(SdpFault::TooMany(..))));
    }
}
