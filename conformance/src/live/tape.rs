//! The capture, written by a thread of its own: the one that carries packets waits for no disk.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{SystemTime, UNIX_EPOCH};

use lapwing_simnet::Time;
use lapwing_simnet::capture::{LINKTYPE_RAW, PcapngWriter};

use super::sides::SIDES;

/// Packets that may wait for the disk.
const WAITING_MAX: usize = 8_192;

/// A packet on its way to the disk.
struct Entry {
    interface: u32,
    at: Time,
    bytes: Vec<u8>,
    comment: Option<String>,
}

/// A capture that is being written. Time zero is the whole second in which it began, so that times
/// are those of the scenario.
#[derive(Debug)]
pub(super) struct Tape {
    queue: Option<SyncSender<Entry>>,
    thread: Option<JoinHandle<io::Result<u64>>>,
    left_out: u64,
}

impl Tape {
    /// Begins a capture in a file that becomes no longer than `limit` bytes.
    pub(super) fn begin(file: File, limit: u64) -> io::Result<Self> {
        let (queue, entries) = sync_channel(WAITING_MAX);
        let thread = std::thread::Builder::new().name("capture".to_owned());
        let thread = thread.spawn(move || write(BufWriter::new(file), &entries, limit))?;
        Ok(Tape { queue: Some(queue), thread: Some(thread), left_out: 0 })
    }

    /// A packet that a side sent or was given.
    pub(super) fn packet(&mut self, side: usize, at: Time, bytes: &[u8]) {
        self.add(Entry { interface: side as u32, at, bytes: bytes.to_vec(), comment: None });
    }

    /// A packet that was dropped.
    pub(super) fn dropped(&mut self, at: Time, bytes: Vec<u8>, comment: String) {
        self.add(Entry { interface: 2, at, bytes, comment: Some(comment) });
    }

    fn add(&mut self, entry: Entry) {
        let taken = self.queue.as_ref().is_some_and(|queue| queue.try_send(entry).is_ok());
        self.left_out += u64::from(!taken);
    }

    /// Ends the file; gives how many packets are not in it.
    pub(super) fn finish(mut self) -> io::Result<u64> {
        self.queue = None;
        let over = self.thread.take().map(JoinHandle::join);
        let over =
            over.unwrap_or(Ok(Ok(0))).unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Ok(self.left_out + over?)
    }
}

fn write(mut file: BufWriter<File>, entries: &Receiver<Entry>, limit: u64) -> io::Result<u64> {
    let origin = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut writer = PcapngWriter::new(concat!("lapwing ", env!("CARGO_PKG_VERSION")));
    for name in SIDES.into_iter().chain(["drops"]) {
        writer.interface(name, LINKTYPE_RAW, origin);
    }
    let (mut written, mut left_out) = (0, 0);
    let mut put = |part: Vec<u8>| {
        let fits = written + part.len() as u64 <= limit;
        written += if fits { part.len() as u64 } else { 0 };
        left_out += u64::from(!fits);
        if fits { file.write_all(&part) } else { Ok(()) }
    };
    put(writer.take())?;
    while let Ok(Entry { interface, at, bytes, comment }) = entries.recv() {
        writer.packet(interface, at, &bytes, bytes.len() as u64, comment.as_deref());
        put(writer.take())?;
    }
    file.flush()?;
    Ok(left_out)
}
