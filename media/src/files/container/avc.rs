//! H.264 as containers hold it (ISO/IEC 14496-15), in the form that RTP and decoders take
//! (ITU-T H.264, Annex B).

use crate::files::FileError;

const START_CODE: [u8; 4] = [0, 0, 0, 1];

/// Types of NAL units.
const IDR_SLICE: u8 = 5;
const SEQUENCE_PARAMETERS: u8 = 7;

/// What an `avcC` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AvcConfig {
    /// Bytes before each NAL unit that tell its length.
    length_bytes: usize,
    /// The parameter sets in Annex B form.
    parameters: Vec<u8>,
}

impl AvcConfig {
    /// Reads an `AVCDecoderConfigurationRecord` (section 5.3.3.1).
    pub(super) fn parse(record: &[u8]) -> Result<Self, FileError> {
        Self::read(record).ok_or(FileError::Malformed { offset: 0, what: "no valid avcC" })
    }

    fn read(record: &[u8]) -> Option<Self> {
        let [1, _profile, _compatibility, _level, lengths, sequence_sets, rest @ ..] = record
        else {
            return None;
        };
        let mut parameters = Vec::new();
        let rest = Self::read_sets(rest, sequence_sets & 0x1f, &mut parameters)?;
        let (&picture_sets, rest) = rest.split_first()?;
        Self::read_sets(rest, picture_sets, &mut parameters)?;
        Some(AvcConfig { length_bytes: usize::from(lengths & 3) + 1, parameters })
    }

    /// Appends as many parameter sets, and gives what follows them.
    fn read_sets<'a>(mut rest: &'a [u8], count: u8, out: &mut Vec<u8>) -> Option<&'a [u8]> {
        for _ in 0..count {
            let (length, after) = rest.split_first_chunk::<2>()?;
            let (unit, after) = after.split_at_checked(u16::from_be_bytes(*length).into())?;
            out.extend_from_slice(&START_CODE);
            out.extend_from_slice(unit);
            rest = after;
        }
        Some(rest)
    }

    /// A sample in Annex B form. One with an IDR slice and without parameter sets gets those of the
    /// file before it.
    pub(super) fn annex_b(&self, sample: &[u8]) -> Result<Vec<u8>, FileError> {
        let what = "a NAL unit that is longer than its sample";
        let malformed = FileError::Malformed { offset: 0, what };
        let Some(units) = self.units(sample) else { return Err(malformed) };
        let has = |kind| units.iter().any(|unit| unit[0] & 0x1f == kind);
        let parameters: &[u8] = match has(IDR_SLICE) && !has(SEQUENCE_PARAMETERS) {
            true => &self.parameters,
            false => &[],
        };
        let mut out = Vec::with_capacity(parameters.len() + sample.len() + 4 * units.len());
        out.extend_from_slice(parameters);
        for unit in units {
            out.extend_from_slice(&START_CODE);
            out.extend_from_slice(unit);
        }
        Ok(out)
    }

    /// The NAL units of a sample, without empty ones.
    fn units<'a>(&self, mut sample: &'a [u8]) -> Option<Vec<&'a [u8]>> {
        let mut units = Vec::new();
        while !sample.is_empty() {
            let (length, rest) = sample.split_at_checked(self.length_bytes)?;
            let length = length.iter().fold(0, |value, &byte| value << 8 | usize::from(byte));
            let (unit, rest) = rest.split_at_checked(length)?;
            if !unit.is_empty() {
                units.push(unit);
            }
            sample = rest;
        }
        Some(units)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two bytes of length, one set of each kind.
    const RECORD: [u8; 17] =
        [1, 0x42, 0xc0, 0x1e, 0xfd, 0xe1, 0, 3, 0x67, 0x42, 0xc0, 1, 0, 2, 0x68, 0xce, 0xff];

    #[test]
    fn key_frames_get_the_parameter_sets() {
        let config = AvcConfig::parse(&RECORD).unwrap();
        let key = config.annex_b(&[0, 2, 0x65, 9]).unwrap();
        let sets = [0, 0, 0, 1, 0x67, 0x42, 0xc0, 0, 0, 0, 1, 0x68, 0xce];
        assert_eq!(key, [&sets[..], &[0, 0, 0, 1, 0x65, 9]].concat());
        assert_eq!(config.annex_b(&[0, 2, 0x41, 9]).unwrap(), [0, 0, 0, 1, 0x41, 9]);
        let own = config.annex_b(&[0, 1, 0x67, 0, 1, 0x65]).unwrap();
        assert_eq!(own, [0, 0, 0, 1, 0x67, 0, 0, 0, 1, 0x65]);
    }

    #[test]
    fn what_is_cut_off_is_malformed() {
        for length in 0..16 {
            assert!(AvcConfig::parse(&RECORD[..length]).is_err(), "{length}");
        }
        let config = AvcConfig::parse(&RECORD).unwrap();
        for sample in [&[0][..], &[0, 3, 1, 2], &[0xff, 0xff]] {
            assert!(config.annex_b(sample).is_err(), "{sample:?}");
        }
        assert_eq!(config.annex_b(&[]).unwrap(), []);
        assert_eq!(config.annex_b(&[0, 0]).unwrap(), []);
    }
}
