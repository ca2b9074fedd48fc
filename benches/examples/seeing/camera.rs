//! Who sends: a camera, an encoder, a track.

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use lapwing_engine::{
    Bitrate, Codec, ConnectionState, Direction, Event, MediaKind, Mid, Rtc, TransceiverInit,
};
use lapwing_media::sending::{VideoFormat, VideoSender, VideoSenderSettings};
use lapwing_simnet::Application;

use crate::clip::Clip;
use crate::rate;

/// From one picture to the next.
pub(crate) const INTERVAL: Duration = Duration::from_millis(40);

/// The encoder's rate before the first estimate.
const FIRST_BITRATE: u32 = 300_000;

pub(crate) struct Camera {
    clip: Clip,
    sender: VideoSender,
    mid: Option<Mid>,
    next: Option<Instant>,
    /// When each picture was captured.
    pub(crate) captured: Vec<Instant>,
    pub(crate) bytes: u64,
    /// Tells which picture a frame is of: on the wire its time has another origin.
    log: Sender<(u64, Arc<[u8]>)>,
}

impl Camera {
    pub(crate) fn new(clip: Clip, log: Sender<(u64, Arc<[u8]>)>) -> Self {
        let format = VideoFormat { codec: Codec::Vp8, size: (640, 360), frame_rate: 25.0 };
        let settings = VideoSenderSettings::new(format, FIRST_BITRATE);
        Camera {
            clip,
            sender: VideoSender::new(settings).expect("VP8 is built in"),
            mid: None,
            next: None,
            captured: Vec::new(),
            bytes: 0,
            log,
        }
    }

    fn capture(&mut self, rtc: &mut Rtc, now: Instant) {
        let number = self.captured.len() as u64;
        let picture = self.clip.picture(number);
        self.captured.push(now);
        self.sender.set_send_delay(rtc.send_delay());
        let sent = self.sender.push(&picture, now).expect("the clip can be encoded");
        let Some(mut media) = self.mid.and_then(|mid| rtc.media(mid)) else { return };
        for frame in sent.into_iter().map(|sent| sent.frame) {
            self.bytes += frame.data.len() as u64;
            // A viewer that knows the origin listens no more.
            let _ = self.log.send((number, frame.data.clone()));
            if media.write(&frame, now).is_err() {
                // What was not taken is a picture that the others refer to.
                self.sender.request_keyframe(None);
            }
        }
    }
}

impl Application for Camera {
    fn event(&mut self, event: Event, rtc: &mut Rtc, now: Instant) {
        match event {
            Event::BandwidthEstimated(estimate) => {
                self.sender.set_bitrate(rate::for_estimate(estimate.as_bps()), now);
            }
            Event::KeyframeRequested { .. } => self.sender.request_keyframe(None),
            Event::ConnectionStateChanged(ConnectionState::Connected) if self.next.is_none() => {
                let transceivers = rtc.negotiation().transceivers();
                self.mid = transceivers.first().and_then(|transceiver| transceiver.mid);
                self.next = Some(now);
                rtc.set_desired_bitrate(Bitrate::bps(rate::LEAST), Bitrate::bps(rate::MOST));
            }
            _ => {}
        }
    }

    fn wake(&mut self, rtc: &mut Rtc, now: Instant) -> Option<Instant> {
        if rtc.negotiation().transceivers().is_empty() {
            let init = TransceiverInit::new(Direction::SendOnly);
            rtc.negotiation().add_transceiver(MediaKind::Video, init);
        }
        while let Some(at) = self.next.filter(|at| *at <= now) {
            self.capture(rtc, now);
            self.next = Some(at + INTERVAL);
        }
        self.next
    }

    fn due(&self) -> Option<Instant> {
        self.next
    }
}
