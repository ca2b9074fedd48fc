//! What our greetings and requests say more on the wire than the library has: that RSA is welcome
//! too.

use super::hello::Hello;
use super::record::short;

/// Suites with the same cipher and hash: as the library knows them, and for RSA.
pub(super) const SUITES: [([u8; 2], [u8; 2]); 3] = [
    // AES_128_GCM_SHA256
    ([0xc0, 0x2b], [0xc0, 0x2f]),
    // AES_256_GCM_SHA384
    ([0xc0, 0x2c], [0xc0, 0x30]),
    // CHACHA20_POLY1305_SHA256
    ([0xcc, 0xa9], [0xcc, 0xa8]),
];

/// RSA PKCS#1 with SHA-256 and SHA-384, and RSA-PSS with SHA-256 (RFC 8446 section 4.2.3).
const SIGNATURES: [u8; 6] = [4, 1, 5, 1, 8, 4];

/// As a certificate's type, RSA is also 1.
const RSA_SIGN: u8 = 1;

mod extension {
    pub(super) const SIGNATURE_ALGORITHMS: u16 = 13;
    pub(super) const PADDING: u16 = 21;
}

/// A ClientHello that offers RSA beside ECDSA.
pub(super) fn client_hello(body: &[u8]) -> Option<Vec<u8>> {
    let Hello { head, suites, compression, extensions, .. } = Hello::read(body)?;
    let offered = |ecdsa: &[u8; 2]| suites.chunks(2).any(|suite| suite == ecdsa);
    let more = SUITES.iter().filter(|(ecdsa, _)| offered(ecdsa)).map(|(_, rsa)| *rsa);
    let more = more.collect::<Vec<_>>().concat();
    let mut out = head.to_vec();
    push_list(&mut out, &[suites, &more]);
    out.extend_from_slice(compression);
    push_list(&mut out, &[&extended(extensions, more.len() + SIGNATURES.len())?]);
    Some(out)
}

/// Extensions that take RSA too, where padding may make room for so many bytes.
fn extended(mut extensions: &[u8], mut grown: usize) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(extensions.len() + SIGNATURES.len());
    while extensions.len() >= 4 {
        let kind = short(extensions, 0)? as u16;
        let end = 4 + short(extensions, 2)?;
        let data = extensions.get(4..end)?;
        out.extend_from_slice(&kind.to_be_bytes());
        match kind {
            extension::SIGNATURE_ALGORITHMS => {
                let mut list = Vec::new();
                push_list(&mut list, &[data.get(2..)?, &SIGNATURES]);
                push_list(&mut out, &[&list]);
            }
            // It comes last, and its size is free (RFC 7685).
            extension::PADDING => {
                let kept = data.len().saturating_sub(std::mem::take(&mut grown));
                push_list(&mut out, &[&data[..kept]]);
            }
            _ => push_list(&mut out, &[data]),
        }
        extensions = &extensions[end..];
    }
    Some(out)
}

/// A CertificateRequest that takes RSA too.
pub(super) fn certificate_request(body: &[u8]) -> Option<Vec<u8>> {
    let types_end = 1 + usize::from(*body.first()?);
    if types_end == 1 {
        // In DTLS 1.3 it begins with a context, which the library leaves empty.
        let mut out = vec![0];
        push_list(&mut out, &[&extended(body.get(3..)?, 0)?]);
        return Some(out);
    }
    let types = body.get(1..types_end)?;
    let end = types_end + 2 + short(body, types_end)?;
    let signatures = body.get(types_end + 2..end)?;
    let mut out = vec![types.len() as u8 + 1];
    out.extend_from_slice(types);
    out.push(RSA_SIGN);
    push_list(&mut out, &[signatures, &SIGNATURES]);
    out.extend_from_slice(&body[end..]);
    Some(out)
}

/// A list behind its length in two bytes. Those here are far from its limit.
fn push_list(out: &mut Vec<u8>, parts: &[&[u8]]) {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    out.extend_from_slice(&(length as u16).to_be_bytes());
    parts.iter().for_each(|part| out.extend_from_slice(part));
}
