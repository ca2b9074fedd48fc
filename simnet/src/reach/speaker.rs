//! A program that speaks all the time, and notes when it hears.

use std::sync::Arc;
use std::time::{Duration, Instant};

use lapwing_engine::{
    Codec, EncodedFrame, Event, IceConnectionState, MediaKind, MediaTime, Rtc, TransceiverInit,
};

use crate::host::Application;

/// Between two frames of sound.
const FRAME: Duration = Duration::from_millis(20);

/// Samples in one, at the rate of Opus.
const SAMPLES: u64 = 960;

/// Speaks, and notes when it hears.
#[derive(Debug)]
pub(super) struct Speaker {
    calls: bool,
    restarts: bool,
    begun: bool,
    number: u64,
    next: Option<Instant>,
    /// When frames came.
    pub(super) heard: Vec<Instant>,
    /// States that ICE was in.
    pub(super) states: Vec<(Instant, IceConnectionState)>,
    /// It says nothing.
    pub(super) mute: bool,
}

impl Speaker {
    /// One that calls, or is called; the caller restarts ICE when its path is lost, where it is to.
    pub(super) fn new(calls: bool, restarts: bool) -> Self {
        Speaker {
            calls,
            restarts,
            begun: false,
            number: 0,
            next: None,
            heard: Vec::new(),
            states: Vec::new(),
            mute: false,
        }
    }

    fn speak(&mut self, rtc: &mut Rtc, now: Instant) {
        let transceivers = rtc.negotiation().transceivers();
        let Some(mid) = transceivers.first().and_then(|transceiver| transceiver.mid) else {
            return;
        };
        let time = MediaTime::new(self.number * SAMPLES, MediaTime::OPUS_RATE);
        let data = Arc::from(&[0x78; 80][..]);
        let frame = EncodedFrame { codec: Codec::Opus, time, keyframe: true, data };
        self.number += 1;
        if let Some(mut media) = rtc.media(mid) {
            // While there is no path, nothing is taken.
            let _ = media.write(&frame, now);
        }
    }
}

impl Application for Speaker {
    fn event(&mut self, event: Event, rtc: &mut Rtc, now: Instant) {
        match event {
            Event::Frame(_) => self.heard.push(now),
            Event::IceConnectionStateChanged(state) => {
                self.states.push((now, state));
                use IceConnectionState::{Disconnected, Failed};
                if self.restarts && matches!(state, Disconnected | Failed) {
                    rtc.negotiation().restart_ice();
                }
            }
            _ => {}
        }
    }

    fn wake(&mut self, rtc: &mut Rtc, now: Instant) -> Option<Instant> {
        if !self.begun {
            self.begun = true;
            if self.calls {
                rtc.negotiation().add_transceiver(MediaKind::Audio, TransceiverInit::default());
            }
        }
        if !self.mute {
            self.speak(rtc, now);
        }
        self.next = Some(self.next.unwrap_or(now).max(now) + FRAME);
        self.next
    }
}
