//! The greeting of a client (RFC 5246 section 7.4.1.2, RFC 9147 section 5.3), as far as it decides
//! whether there is anything in common. The library drops a greeting that it has no answer for like
//! noise.

use super::record::short;
use crate::config::DtlsVersion;
use crate::dtls_fault::DtlsFault;

const V1_2: [u8; 2] = [0xfe, 0xfd];
const V1_3: [u8; 2] = [0xfe, 0xfc];

/// The suites that the library has, by version.
const SUITES_1_2: [[u8; 2]; 3] = [[0xc0, 0x2b], [0xc0, 0x2c], [0xcc, 0xa9]];
const SUITES_1_3: [[u8; 2]; 3] = [[0x13, 0x01], [0x13, 0x02], [0x13, 0x03]];

const SUPPORTED_VERSIONS: usize = 43;

/// The parts of a ClientHello.
pub(super) struct Hello<'a> {
    /// Version, random, session id and cookie.
    pub(super) head: &'a [u8],
    /// Two bytes each.
    pub(super) suites: &'a [u8],
    /// With its length.
    pub(super) compression: &'a [u8],
    /// Without the length of the whole.
    pub(super) extensions: &'a [u8],
}

impl<'a> Hello<'a> {
    /// `None` where lengths do not fit.
    pub(super) fn read(body: &'a [u8]) -> Option<Self> {
        let session_end = 35 + usize::from(*body.get(34)?);
        let cookie_end = session_end + 1 + usize::from(*body.get(session_end)?);
        let suites_end = cookie_end + 2 + short(body, cookie_end)?;
        let compression_end = suites_end + 1 + usize::from(*body.get(suites_end)?);
        Some(Hello {
            head: &body[..cookie_end],
            suites: body.get(cookie_end + 2..suites_end)?,
            compression: body.get(suites_end..compression_end)?,
            extensions: body.get(compression_end + 2..).unwrap_or_default(),
        })
    }

    /// Why we, who speak `ours`, cannot answer it.
    pub(super) fn fault(&self, ours: DtlsVersion) -> Option<DtlsFault> {
        let offered = self.extension(SUPPORTED_VERSIONS);
        let offers = |version: [u8; 2]| match offered {
            Some(list) => list.get(1..).is_some_and(|list| contains(list, version)),
            None => version == V1_2 && self.head[..2] == V1_2,
        };
        let suites = match ours {
            DtlsVersion::V1_2 if offers(V1_2) => SUITES_1_2,
            DtlsVersion::V1_2 => return Some(DtlsFault::VersionMismatch),
            _ if offers(V1_3) => SUITES_1_3,
            DtlsVersion::Auto if offers(V1_2) => SUITES_1_2,
            _ => return Some(DtlsFault::VersionMismatch),
        };
        let common = suites.into_iter().any(|suite| contains(self.suites, suite));
        (!common).then_some(DtlsFault::NoCommonCipher)
    }

    fn extension(&self, wanted: usize) -> Option<&'a [u8]> {
        let mut rest = self.extensions;
        loop {
            let (kind, end) = (short(rest, 0)?, 4 + short(rest, 2)?);
            let data = rest.get(4..end)?;
            if kind == wanted {
                return Some(data);
            }
            rest = &rest[end..];
        }
    }
}

fn contains(list: &[u8], wanted: [u8; 2]) -> bool {
    list.chunks(2).any(|entry| entry == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(suites: &[[u8; 2]], versions: &[[u8; 2]]) -> Vec<u8> {
        let mut body = V1_2.to_vec();
        body.extend([7; 32]);
        body.extend([0, 0, 0, 2 * suites.len() as u8]);
        body.extend(suites.concat());
        body.extend([1, 0]);
        if !versions.is_empty() {
            let size = 2 * versions.len() as u8;
            body.extend([0, 5 + size, 0, 43, 0, 1 + size, size]);
            body.extend(versions.concat());
        }
        body
    }

    #[test]
    fn something_must_be_in_common() {
        use DtlsVersion::Auto;
        let (old_only, new_only) = (DtlsVersion::V1_2, DtlsVersion::V1_3);
        let fault = |body: &[u8], ours| Hello::read(body).expect("it is whole").fault(ours);
        let (versions, ciphers) =
            (Some(DtlsFault::VersionMismatch), Some(DtlsFault::NoCommonCipher));
        let old = hello(&SUITES_1_2, &[]);
        assert_eq!(
            [Auto, old_only, new_only].map(|ours| fault(&old, ours)),
            [None, None, versions]
        );
        let new = hello(&SUITES_1_3, &[V1_3]);
        assert_eq!(
            [Auto, old_only, new_only].map(|ours| fault(&new, ours)),
            [None, versions, None]
        );
        let both = hello(&[SUITES_1_3[0], SUITES_1_2[0]], &[V1_3, V1_2]);
        assert_eq!([Auto, old_only, new_only].map(|ours| fault(&both, ours)), [None; 3]);
        let rsa_only = hello(&[[0xc0, 0x2f]], &[]);
        assert_eq!(fault(&rsa_only, Auto), ciphers);
        let mut oldest = old.clone();
        oldest[1] = 0xff;
        assert_eq!(fault(&oldest, Auto), versions);
        for length in 0..both.len() {
            let _ = Hello::read(&both[..length]).map(|hello| hello.fault(Auto));
        }
    }
}
