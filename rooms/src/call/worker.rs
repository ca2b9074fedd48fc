//! Threads that make media: each plays a source at its pace, encodes it, and hands frames to the
//! loop, which is never blocked by it.

use std::io;
use std::sync::mpsc::{
    Receiver, RecvTimeoutError, Sender, SyncSender, TryRecvError, channel, sync_channel,
};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use lapwing_engine::rtp::format::FrameInfo;
use lapwing_engine::{Codec, EncodedFrame, Rid};
use lapwing_media::processing::ProcessorStats;
use lapwing_media::sending::AudioChoice;

use super::capture::Spoken;
use crate::client::{Bell, spawn};

/// Frames that may wait for the loop: over a second of sound. Beyond it the loop is stuck, and
/// frames are dropped.
const MADE_MAX: usize = 64;

/// What a worker is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Make the next frame a keyframe: of one layer, or of all.
    Keyframe(Option<Rid>),
    /// Make pictures of so many bits per second.
    Bitrate(u32),
    /// Make sound so.
    Sound(AudioChoice),
    /// What was made before takes so long to leave.
    SendDelay(Duration),
}

/// What a worker made.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) frame: EncodedFrame,
    /// Of pictures: the layer, where there are several.
    pub(super) rid: Option<Rid>,
    /// When the first of it was there to be seen or heard.
    pub(super) captured_at: Instant,
    /// Of sound: what RFC 6464 says of it.
    pub(super) spoken: Option<Spoken>,
    /// Of pictures: width and height.
    pub(super) size: Option<(u32, u32)>,
    /// Of pictures: what the encoder tells of their layer.
    pub(super) layer: Option<FrameInfo>,
}

/// A codec that took the place of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// The encoder that did not keep up.
    pub(super) too_slow: Codec,
    pub(super) instead: Codec,
}

/// What a worker says.
#[derive(Debug)]
pub(super) enum Said {
    Made(Made),
    /// It goes on otherwise than it was told to.
    Changed(Change),
    /// What its processing came to so far.
    Processed(ProcessorStats),
    /// It ended before it was told to; why.
    Ended(String),
}

/// A stage that makes frames in step with the clock.
pub(super) trait Maker: Send + 'static {
    /// Makes what is due. Gives when more is, or nothing when all is made; the text tells why.
    fn make(&mut self, now: Instant, made: &mut Vec<Made>) -> Result<Instant, String>;

    /// Does as told.
    fn order(&mut self, order: Order, now: Instant);

    /// How it goes on otherwise since the last call, if it does.
    fn changed(&mut self) -> Option<Change> {
        None
    }

    /// What its processing came to, from time to time.
    fn processed(&mut self) -> Option<ProcessorStats> {
        None
    }
}

/// A thread with a [`Maker`].
#[derive(Debug)]
pub(super) struct Worker {
    orders: Option<Sender<Order>>,
    said: Receiver<Said>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts it; it rings `bell` when it has something.
    pub(super) fn start(name: &str, maker: impl Maker, bell: Bell) -> io::Result<Self> {
        let (orders, inbox) = channel();
        let (outbox, said) = sync_channel(MADE_MAX);
        let work = move || run(maker, &inbox, &outbox, &bell);
        let thread = spawn(name, work)?;
        Ok(Worker { orders: Some(orders), said, thread: Some(thread) })
    }

    /// Tells it something. A worker that has ended needs no orders.
    pub(super) fn order(&self, order: Order) {
        if let Some(orders) = &self.orders {
            let _ = orders.send(order);
        }
    }

    /// The next thing it said.
    pub(super) fn poll(&self) -> Option<Said> {
        self.said.try_recv().ok()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // It ends with its orders, after the picture it is at.
            let _ = thread.join();
        }
    }
}

fn run(mut maker: impl Maker, orders: &Receiver<Order>, said: &SyncSender<Said>, bell: &Bell) {
    let mut made = Vec::new();
    loop {
        loop {
            match orders.try_recv() {
                Ok(order) => maker.order(order, Instant::now()),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => return,
            }
        }
        let next = maker.make(Instant::now(), &mut made);
        let any = !made.is_empty();
        for made in made.drain(..) {
            let rid = made.rid;
            if said.try_send(Said::Made(made)).is_err() {
                // What refers to the dropped frame is of no use.
                maker.order(Order::Keyframe(rid), Instant::now());
            }
        }
        let changed = maker.changed().map(Said::Changed);
        let more: Vec<Said> =
            changed.into_iter().chain(maker.processed().map(Said::Processed)).collect();
        if any || !more.is_empty() {
            // With a full queue nobody listens anyway.
            more.into_iter().for_each(|more| said.try_send(more).unwrap_or(()));
            bell.ring();
        }
        let next = match next {
            Ok(next) => next,
            Err(text) => {
                // With a full queue nobody listens anyway.
                let _ = said.try_send(Said::Ended(text));
                bell.ring();
                return;
            }
        };
        match orders.recv_timeout(next.saturating_duration_since(Instant::now())) {
            Ok(order) => maker.order(order, Instant::now()),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Why a source ended, with what it passed over.
pub(super) fn with_skipped(why: String, skipped: u64) -> String {
    match skipped {
        0 => why,
        _ => format!("{why}; {skipped} of its frames held nothing that can be played"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use lapwing_engine::MediaTime;

    use super::*;

    /// Makes a frame for each order, and ends after three.
    struct Obedient(u64, mpsc::Sender<Order>);

    impl Maker for Obedient {
        fn make(&mut self, now: Instant, made: &mut Vec<Made>) -> Result<Instant, String> {
            if self.0 > 0 {
                made.push(Made {
                    frame: EncodedFrame {
                        codec: Codec::Opus,
                        time: MediaTime::new(self.0, 48_000),
                        keyframe: true,
                        data: vec![0].into(),
                    },
                    rid: None,
                    captured_at: now,
                    spoken: None,
                    size: None,
                    layer: None,
                });
            }
            match self.0 {
                3 => Err("three are enough".to_owned()),
                _ => Ok(now + Duration::from_secs(3600)),
            }
        }

        fn order(&mut self, order: Order, _: Instant) {
            self.0 += 1;
            self.1.send(order).expect("the test listens");
        }
    }

    #[test]
    fn orders_wake_a_worker_and_its_end_is_told() {
        let (heard, listen) = mpsc::channel();
        let (rung, rings) = mpsc::channel();
        let bell = Bell::default();
        bell.connect(move || rung.send(()).expect("the test listens"));
        let worker = Worker::start("test", Obedient(0, heard), bell).expect("a thread");
        let orders = [Order::Keyframe(None), Order::Bitrate(5), Order::SendDelay(Duration::ZERO)];
        let mut said = Vec::new();
        for order in orders {
            worker.order(order);
            assert_eq!(listen.recv_timeout(Duration::from_secs(60)), Ok(order));
            rings.recv_timeout(Duration::from_secs(60)).expect("it rings");
        }
        rings.recv_timeout(Duration::from_secs(60)).expect("it rings at its end too");
        said.extend(std::iter::from_fn(|| worker.poll()));
        let made = said.iter().filter(|said| matches!(said, Said::Made(_))).count();
        assert_eq!(made, 3);
        assert!(matches!(said.last(), Some(Said::Ended(text)) if text == "three are enough"));
    }
}
