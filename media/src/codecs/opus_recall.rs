//! What a packet tells of the sound before it (DRED), read once for all that is asked of it.

use std::sync::Arc;

use crate::codecs::opus_dred::{Decoder, Dred, Error};

/// The packet that was read last.
pub(super) struct Recall {
    dred: Dred,
    rate: u32,
    packet: Option<Arc<[u8]>>,
    /// Samples before the packet.
    reach: usize,
    /// Whether it is ready for the decoder, which costs more than to read it.
    processed: bool,
}

impl Recall {
    pub(super) fn new(rate: u32) -> Result<Self, Error> {
        Ok(Recall { dred: Dred::new()?, rate, packet: None, reach: 0, processed: false })
    }

    /// How many samples before this packet it reaches back.
    pub(super) fn reach(&mut self, packet: &Arc<[u8]>) -> usize {
        // It is kept, so that no other can be where it is.
        if self.packet.as_ref().is_none_or(|known| !Arc::ptr_eq(known, packet)) {
            self.reach = self.dred.parse(packet, self.rate).unwrap_or(0);
            self.processed = false;
            self.packet = Some(Arc::clone(packet));
        }
        self.reach
    }

    /// Fills `into` with what lies from `before` samples before the packet on.
    pub(super) fn decode(
        &mut self,
        decoder: &mut Decoder,
        before: usize,
        into: &mut [f32],
    ) -> Result<usize, Error> {
        if !self.processed {
            self.dred.process()?;
            self.processed = true;
        }
        decoder.recall(&self.dred, before, into)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use lapwing_engine::MediaTime;

    use crate::codecs::{AudioEncoder, AudioSettings, OpusEncoder};
    use crate::samples::Samples;

    /// It lies in the padding (RFC 6716 section 3.2.5), which decoders pass over: those that know
    /// nothing of it hear the packet as if it were not there.
    #[test]
    fn a_packet_is_heard_without_what_it_tells() {
        let wave = |at: usize| {
            let turns = at as f32 / 48_000.0 * 140.0;
            (turns.fract() - 0.5) * 0.3 * (at as f32 / 9_000.0).sin()
        };
        let samples = (0..96_000).map(wave).collect();
        let samples = Samples::new(samples, 48_000, 1, MediaTime::new(0, 48_000)).unwrap();
        let settings = AudioSettings {
            dred: Duration::from_millis(200),
            bitrate_bps: 48_000,
            fec: false,
            expected_loss_percent: 20,
            ..AudioSettings::SPEECH
        };
        let frames = OpusEncoder::new(&settings).unwrap().encode(&samples).unwrap();
        let mut plain = opus::Decoder::new(48_000, opus::Channels::Mono).unwrap();
        let mut stripped = opus::Decoder::new(48_000, opus::Channels::Mono).unwrap();
        let mut told = 0;
        for frame in frames {
            let mut bytes = frame.data.to_vec();
            let length = opus::packet::unpad(&mut bytes).unwrap();
            told += frame.data.len() - length;
            let decode = |decoder: &mut opus::Decoder, packet: &[u8]| {
                let mut into = vec![0.0; 960];
                decoder.decode_float(packet, &mut into, false).unwrap();
                into
            };
            assert_eq!(decode(&mut plain, &frame.data), decode(&mut stripped, &bytes[..length]));
        }
        assert!(told > 2_000, "{told} bytes");
    }
}
