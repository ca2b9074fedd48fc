//! A native peer that sends everything it receives back where it came from.

use std::time::{Duration, Instant};

use lapwing_drivers::mio::Driver;
use lapwing_engine::{
    Bitrate, CandidateInit, Config, Event, KeyframeRequestKind, ReceivedFrame, Rtc,
};

/// Far longer than anything here takes: a machine may be busy with much else.
pub(crate) const SOON: Duration = Duration::from_secs(90);

/// The peer, its driver and what it saw.
pub(crate) struct Loopback {
    pub(crate) rtc: Rtc,
    pub(crate) events: Vec<Event>,
    pub(crate) frames: Vec<ReceivedFrame>,
    driver: Driver,
}

impl Loopback {
    pub(crate) fn new(config: Config) -> std::io::Result<Self> {
        let mut rtc = Rtc::new(config.with_loopback(), Instant::now());
        rtc.set_desired_bitrate(Bitrate::bps(0), Bitrate::mbps(3));
        let (events, frames) = (Vec::new(), Vec::new());
        Ok(Loopback { rtc, events, frames, driver: Driver::new()? })
    }

    /// Works for a while.
    pub(crate) fn run(&mut self, span: Duration) -> std::io::Result<()> {
        let end = Instant::now() + span;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            for event in self.driver.turn_for(&mut self.rtc, left)? {
                self.on_event(event);
            }
        }
        Ok(())
    }

    /// Works until `done`, [`SOON`] at most. Whether it came to that.
    pub(crate) fn run_until(&mut self, done: impl Fn(&Self) -> bool) -> std::io::Result<bool> {
        let end = Instant::now() + SOON;
        while !done(self) && Instant::now() < end {
            self.run(Duration::from_millis(50))?;
        }
        Ok(done(self))
    }

    /// Candidates found so far, as they are to be signalled.
    pub(crate) fn candidates(&self) -> Vec<CandidateInit> {
        let found = self.events.iter().filter_map(|event| match event {
            Event::IceCandidate(signalled) => Some(signalled.clone()),
            _ => None,
        });
        found.filter(|signalled| signalled.candidate.is_some()).collect()
    }

    fn on_event(&mut self, event: Event) {
        let now = Instant::now();
        match event {
            Event::Frame(received) => {
                if let Some(mut media) = self.rtc.media(received.mid) {
                    // Before the answer is settled there is nobody to send to.
                    let _ = media.write(&received.frame, now);
                }
                self.frames.push(received);
            }
            Event::KeyframeRequested { mid, .. } => {
                if let Some(mut media) = self.rtc.media(mid) {
                    let _ = media.request_keyframe(None, KeyframeRequestKind::Pli);
                }
            }
            Event::ChannelMessage(message) => {
                if let Some(mut channel) = self.rtc.channel(message.id) {
                    let text = String::from_utf8_lossy(&message.data);
                    channel.write_text(&text).expect("an echo finds room");
                }
            }
            other => self.events.push(other),
        }
    }
}
