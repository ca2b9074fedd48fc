//! A receiver's estimate of what its path carries (draft-alvestrand-rmcat-remb-03).

use super::error::RtcpFault;
use super::pli::PSFB;
use super::raw::{RawPacket, u32_at};
use super::write::PacketWriter;
use crate::bitrate::Bitrate;
use crate::ids::Ssrc;

/// Application-layer feedback (RFC 4585 section 6.4).
pub(super) const APPLICATION_LAYER: u8 = 15;

/// Streams that one estimate is for: their count has eight bits.
pub const REMB_SSRCS_MAX: usize = 255;

/// What tells it from other application-layer feedback.
const NAME: [u8; 4] = *b"REMB";

/// The mantissa of a rate has 18 bits.
const MANTISSA_MAX: u64 = (1 << 18) - 1;

/// What a receiver thinks may be sent to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remb<'a> {
    /// Who tells.
    pub sender: Ssrc,
    /// The rate; all that can be written where it is above that.
    pub bitrate: Bitrate,
    ssrcs: &'a [u8],
}

impl<'a> Remb<'a> {
    /// Whether application-layer feedback is one of these.
    pub(super) fn is_named(packet: &RawPacket<'_>) -> bool {
        packet.body().get(8..12) == Some(&NAME)
    }

    pub(super) fn view(packet: RawPacket<'a>) -> Result<Self, RtcpFault> {
        let (sender, _, told) = packet.feedback()?;
        let rate = told.get(4..8).ok_or(packet.misfit())?;
        let ssrcs = told.get(8..8 + 4 * usize::from(rate[0])).ok_or(packet.misfit())?;
        let word = u32_at(rate, 0);
        let (exponent, mantissa) = ((word >> 18) & 0x3F, u64::from(word) & MANTISSA_MAX);
        let bits = u128::from(mantissa) << exponent;
        let bitrate = Bitrate::bps(u64::try_from(bits).unwrap_or(u64::MAX));
        Ok(Remb { sender, bitrate, ssrcs })
    }

    /// The streams it is for, together.
    pub fn ssrcs(&self) -> impl ExactSizeIterator<Item = Ssrc> + use<'a> {
        self.ssrcs.chunks_exact(4).map(|bytes| Ssrc(u32_at(bytes, 0)))
    }
}

/// Writes an estimate for the first [`REMB_SSRCS_MAX`] streams. The rate is rounded down to what 18
/// bits and an exponent can say.
pub fn write_remb(out: &mut Vec<u8>, sender: Ssrc, bitrate: Bitrate, ssrcs: &[Ssrc]) {
    let ssrcs = &ssrcs[..ssrcs.len().min(REMB_SSRCS_MAX)];
    let bits = bitrate.as_bps();
    let exponent = (u64::BITS - bits.leading_zeros()).saturating_sub(18);
    let mantissa = (bits >> exponent) as u32;
    let mut packet = PacketWriter::feedback(out, PSFB, APPLICATION_LAYER, sender, Ssrc(0));
    packet.bytes(&NAME);
    packet.u32((ssrcs.len() as u32) << 24 | exponent << 18 | mantissa);
    ssrcs.iter().for_each(|ssrc| packet.ssrc(*ssrc));
    packet.finish();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(bytes: &[u8]) -> Result<Remb<'_>, RtcpFault> {
        Remb::view(RawPacket::split_first(bytes).unwrap().0)
    }

    #[test]
    fn an_estimate_reads_and_writes() {
        let bytes = [
            0x8F, 206, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0, // format 15, sender, no media source
            b'R', b'E', b'M', b'B', // its name
            1, 0x1B, 0xFF, 0xFF, // one stream, 0x3FFFF << 6
            0, 0, 0, 9,
        ];
        let remb = view(&bytes).unwrap();
        assert_eq!(remb.bitrate, Bitrate::bps(0x3_FFFF << 6));
        assert!(remb.ssrcs().eq([Ssrc(9)]));
        let mut out = Vec::new();
        write_remb(&mut out, Ssrc(1), remb.bitrate, &[Ssrc(9)]);
        assert_eq!(out, bytes);
        out[16] = 2;
        assert!(view(&out).is_err(), "two streams are counted");
    }

    #[test]
    fn any_rate_is_rounded_down_by_less_than_18_bits() {
        for bits in [0, 1, 262_143, 262_144, 1_000_001, 2_500_000_000, u64::MAX] {
            let mut out = Vec::new();
            write_remb(&mut out, Ssrc(1), Bitrate::bps(bits), &[]);
            let read = view(&out).unwrap().bitrate.as_bps();
            assert!(read <= bits && bits - read <= bits >> 17, "{bits} became {read}");
        }
        let mut out = Vec::new();
        write_remb(&mut out, Ssrc(1), Bitrate::ZERO, &[]);
        out[17..20].copy_from_slice(&[0xFF, 0xFF, 0xFF]);
        assert_eq!(view(&out).unwrap().bitrate.as_bps(), u64::MAX, "no exponent overflows");
    }
}
