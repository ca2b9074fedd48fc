//! What RTCP of this side is made with: clock, schedule, name.

use std::time::{Duration, Instant};

use super::lines::Lines;
use crate::codec::MediaKind;
use crate::config::Config;
use crate::entropy::{Purpose, stream};
use crate::ids::Ssrc;
use crate::rtcp::packet::RtcpMode;
use crate::rtcp::{
    NtpClock, REPORT_INTERVAL_AUDIO, REPORT_INTERVAL_VIDEO, ReferenceTimes, ReportSchedule,
    RoundTrip,
};
use crate::rtp::extension::AbsSendTime;

/// Clock, schedule and name of this side.
pub(super) struct Control {
    start: Instant,
    unix: Duration,
    told_last: Option<(Instant, AbsSendTime)>,
    pub(super) clock: NtpClock,
    pub(super) schedule: ReportSchedule,
    pub(super) mode: RtcpMode,
    pub(super) cname: String,
    /// Who speaks where nothing is sent.
    pub(super) ssrc: Ssrc,
    pub(super) round_trip: RoundTrip,
    /// Times that the peer told, to be answered.
    pub(super) reference_times: ReferenceTimes,
    /// Packets that are due, and the datagrams that they become: room that is used again.
    pub(super) packets: Vec<u8>,
    pub(super) datagrams: Vec<Vec<u8>>,
}

impl Control {
    pub(super) fn new(config: &Config, now: Instant) -> Self {
        use rand_chacha::rand_core::RngCore;
        let mut entropy = stream(config.seed, Purpose::Rtcp);
        let ssrc = Ssrc(entropy.next_u32());
        let cname = crate::entropy::ice_text(&mut entropy, 16);
        Control {
            start: now,
            unix: config.unix_time,
            told_last: None,
            clock: NtpClock::new(now, config.unix_time),
            schedule: ReportSchedule::new(REPORT_INTERVAL_AUDIO, entropy, now),
            mode: RtcpMode::Compound,
            cname,
            ssrc,
            round_trip: RoundTrip::default(),
            reference_times: ReferenceTimes::new(),
            packets: Vec::new(),
            datagrams: Vec::new(),
        }
    }

    /// The wall clock, as packets tell it that leave now: packets of one picture the same.
    pub(super) fn abs_send_time(&mut self, now: Instant) -> AbsSendTime {
        match self.told_last {
            Some((at, told)) if at == now => told,
            _ => {
                let told = AbsSendTime::new(self.unix + now.saturating_duration_since(self.start));
                self.told_last = Some((now, told));
                told
            }
        }
    }

    pub(super) fn agree(&mut self, lines: &Lines, now: Instant) {
        let live = || lines.all().iter().filter(|line| !line.media.stopped);
        let pictures = live().any(|line| line.media.kind == MediaKind::Video);
        let interval = if pictures { REPORT_INTERVAL_VIDEO } else { REPORT_INTERVAL_AUDIO };
        self.schedule.set_interval(interval, now);
        self.mode = match live().all(|line| line.media.reduced_size_rtcp) {
            true => RtcpMode::ReducedSize,
            false => RtcpMode::Compound,
        };
        if let Some(name) = live().find_map(|line| line.media.send.cname.clone()) {
            self.cname = name;
        }
    }
}
