//! Keys of a telephone, and other signals (RFC 4733).
//!
//! ```text
//!  |     event     |E|R| volume    |          duration             |
//! ```

/// Bytes of an event.
const BYTES: usize = 4;

/// Times that the end of an event is sent, so that one loss or two do not lengthen it (section
/// 2.5.1.4).
const ENDS: u8 = 3;

/// Longest duration that a packet can tell; a longer event is told in segments (section 2.5.1.3).
const SEGMENT_TICKS: u32 = 0xffff;

/// An event as a packet tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TelephoneEvent {
    /// Which one: 0 to 9 are digits, 10 `*`, 11 `#`, 12 to 15 A to D.
    pub event: u8,
    /// It is over.
    pub end: bool,
    /// Its power in dBm0 below zero, 0 to 63.
    pub volume: u8,
    /// How long it lasts so far, in ticks after the packet's timestamp.
    pub duration: u16,
}

impl TelephoneEvent {
    /// The event of a digit or letter of a telephone.
    ///
    /// ```
    /// use lapwing_engine::rtp::format::TelephoneEvent;
    /// assert_eq!(TelephoneEvent::of_key('#'), Some(11));
    /// ```
    pub fn of_key(key: char) -> Option<u8> {
        "0123456789*#ABCD".find(key.to_ascii_uppercase()).map(|event| event as u8)
    }

    /// The events of a payload: one, in nearly all of them. What is cut is none.
    pub fn read(payload: &[u8]) -> impl Iterator<Item = TelephoneEvent> {
        payload.chunks_exact(BYTES).map(|bytes| TelephoneEvent {
            event: bytes[0],
            end: bytes[1] & 0x80 != 0,
            volume: bytes[1] & 0x3f,
            duration: u16::from_be_bytes([bytes[2], bytes[3]]),
        })
    }

    /// The payload of it.
    pub fn write(&self) -> [u8; BYTES] {
        let [high, low] = self.duration.to_be_bytes();
        [self.event, u8::from(self.end) << 7 | self.volume & 0x3f, high, low]
    }
}

/// A packet of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventPacket {
    /// Ticks after the event's begin: all packets of a segment have the timestamp of its begin.
    pub timestamp_offset: u32,
    /// The marker: set in the first packet only.
    pub marker: bool,
    /// What the packet tells.
    pub event: TelephoneEvent,
}

/// The packets of one event, of which one is due each period.
///
/// ```
/// use lapwing_engine::rtp::format::EventPackets;
/// // A key for 100 ms at 8 kHz, told every 50 ms; the end three times.
/// let packets: Vec<_> = EventPackets::new(5, 10, 800, 400).collect();
/// let durations: Vec<_> = packets.iter().map(|packet| packet.event.duration).collect();
/// assert_eq!(durations, [400, 800, 800, 800]);
/// assert!(packets[0].marker && packets[3].event.end);
/// ```
#[derive(Clone, Debug)]
pub struct EventPackets {
    event: u8,
    volume: u8,
    ticks: u32,
    period: u32,
    elapsed: u32,
    segment: u32,
    first: bool,
    ends: u8,
}

impl EventPackets {
    /// An event of `ticks` in all, told every `period` ticks, both at least one.
    pub fn new(event: u8, volume: u8, ticks: u32, period: u32) -> Self {
        let (ticks, period) = (ticks.max(1), period.clamp(1, SEGMENT_TICKS));
        EventPackets {
            event,
            volume,
            ticks,
            period,
            elapsed: 0,
            segment: 0,
            first: true,
            ends: ENDS,
        }
    }
}

impl Iterator for EventPackets {
    type Item = EventPacket;

    fn next(&mut self) -> Option<EventPacket> {
        if self.ends == 0 {
            return None;
        }
        if self.elapsed == self.segment.saturating_add(SEGMENT_TICKS) && self.elapsed < self.ticks {
            self.segment = self.elapsed;
        }
        let until = self.elapsed.saturating_add(self.period);
        self.elapsed = until.min(self.ticks).min(self.segment.saturating_add(SEGMENT_TICKS));
        let end = self.elapsed == self.ticks;
        self.ends -= u8::from(end);
        Some(EventPacket {
            timestamp_offset: self.segment,
            marker: std::mem::take(&mut self.first),
            event: TelephoneEvent {
                event: self.event,
                end,
                volume: self.volume,
                duration: (self.elapsed - self.segment) as u16,
            },
        })
    }
}
