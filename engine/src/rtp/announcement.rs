//! How long a stream's packets name their m-line and encoding: until the receiver reports on the
//! source, which it can only when it knows where it belongs. RFC 8852 section 3.1 wants the names
//! in the first packets and whenever they are not known to have arrived; in all others they are
//! bytes for nothing.

/// Whether the packets of one source name it.
///
/// ```
/// use lapwing_engine::rtp::Announcement;
/// let mut names = Announcement::default();
/// assert!(names.on_sent(1_000));
/// // A report about what was before it tells nothing.
/// names.on_report(999);
/// assert!(names.on_sent(1_001));
/// names.on_report(1_000);
/// assert!(!names.on_sent(1_002));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Announcement {
    state: State,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// No packet was sent.
    #[default]
    Silent,
    /// Packets name the source since this one; its number and count of cycles, 32 bits.
    Since(u32),
    /// The receiver knows it.
    Heard,
}

impl Announcement {
    /// A packet is about to be sent, with this number and its count of cycles. True where it is to
    /// name its source.
    pub fn on_sent(&mut self, sequence_number: u32) -> bool {
        if self.state == State::Silent {
            self.state = State::Since(sequence_number);
        }
        self.state != State::Heard
    }

    /// The receiver reports on the source, up to this number (RFC 3550 section 6.4.1, "extended
    /// highest sequence number received"). Receivers begin to count at cycle zero, so that only the
    /// 16 bits of the number compare.
    pub fn on_report(&mut self, highest: u32) {
        if let State::Since(first) = self.state
            && (highest as u16).wrapping_sub(first as u16) < 1 << 15
        {
            self.state = State::Heard;
        }
    }

    /// Another receiver, or another m-line: the names are news again.
    pub fn restart(&mut self) {
        self.state = State::Silent;
    }
}

#[cfg(test)]
mod tests {
    use super::Announcement;

    #[test]
    fn names_stop_when_they_were_heard_and_begin_anew() {
        let mut names = Announcement::default();
        names.on_report(5);
        assert!(names.on_sent(65_535), "a report before the first packet is none");
        names.on_report(65_534);
        assert!(names.on_sent(65_536));
        names.on_report(0);
        assert!(!names.on_sent(65_537), "another count of cycles is the same number");
        names.restart();
        assert!(names.on_sent(65_538));
    }
}
