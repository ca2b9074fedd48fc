//! One file on its way out: the machine, the file on disk, and the channel.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use lapwing_engine::ChannelWriteError;

use super::block_list::BlockHasher;
use super::digest::Hasher;
use super::sender::{FileCard, Sender};
use crate::client::Peer;
use crate::protocol::blocks::Blocks;
use crate::protocol::data::CancelReason;

/// Bytes read from the disk at once.
const READ_BYTES: usize = 1 << 20;

/// Where chunks go.
pub trait ChunkSink {
    /// Bytes that wait there.
    fn buffered(&mut self) -> usize;

    /// Takes a chunk; false when there is no room at the moment.
    ///
    /// # Errors
    /// When the channel is not open.
    fn send(&mut self, chunk: &[u8]) -> Result<bool, ChannelWriteError>;
}

/// The file channel of a participant.
impl ChunkSink for Peer {
    fn buffered(&mut self) -> usize {
        self.file_buffered()
    }

    fn send(&mut self, chunk: &[u8]) -> Result<bool, ChannelWriteError> {
        self.send_chunk(chunk)
    }
}

/// A file that is sent.
#[derive(Debug)]
pub struct Outgoing {
    /// The machine.
    pub sender: Sender,
    /// Open while it is read: of many files that wait, none is.
    file: Option<File>,
    path: PathBuf,
    /// Read ahead: the offset, and bytes from there on.
    ahead: (u64, Vec<u8>),
    /// A chunk that found no room.
    pending: Option<Vec<u8>>,
}

impl Outgoing {
    /// Digests a file, which stands in a folder of this name at the other end; `progress` is told
    /// how many bytes were read of how many.
    ///
    /// # Errors
    /// The system's, and when it is no plain file.
    pub fn open(path: &Path, folder: &str, mut progress: impl FnMut(u64, u64)) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a plain file"));
        }
        let (mut hasher, mut size) = (Hasher::default(), 0);
        let mut blocks = Blocks::of(metadata.len()).map(BlockHasher::new);
        let mut buffer = vec![0; READ_BYTES];
        loop {
            let read = file.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            hasher.update(&buffer[..read]);
            if let Some(blocks) = &mut blocks {
                blocks.update(&buffer[..read]);
            }
            size += read as u64;
            progress(size, metadata.len());
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = super::name::safe_name(&name.unwrap_or_default());
        let blocks = blocks.and_then(|blocks| blocks.list(size));
        let (folder, sha256) = (folder.to_owned(), hasher.digest());
        let card = FileCard { name, folder, size, sha256, blocks };
        Ok(Outgoing {
            sender: Sender::new(card),
            file: None,
            path: path.to_owned(),
            ahead: (0, Vec::new()),
            pending: None,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The channel is gone.
    pub fn on_lost(&mut self) {
        self.pending = None;
        self.sender.on_lost();
    }

    /// Sends while window and channel have room.
    ///
    /// # Errors
    /// [`CancelReason::Io`] when the file cannot be read any more, for a message to the receiver;
    /// with the system's words.
    pub fn pump(&mut self, sink: &mut impl ChunkSink) -> Result<(), (CancelReason, io::Error)> {
        loop {
            let chunk = self.next(sink.buffered()).map_err(|error| (CancelReason::Io, error))?;
            let Some(chunk) = chunk else { return Ok(()) };
            match sink.send(&chunk) {
                Ok(true) => {}
                Ok(false) => {
                    self.pending = Some(chunk);
                    return Ok(());
                }
                // The end of the channel is told as well, and then the file waits for another.
                Err(_) => return Ok(()),
            }
        }
    }

    /// The next chunk, when window and channel have room; `buffered` is what waits there.
    fn next(&mut self, buffered: usize) -> io::Result<Option<Vec<u8>>> {
        let ready = self.pending.take().or_else(|| self.sender.list_chunk(buffered));
        if ready.is_some() {
            return Ok(ready);
        }
        let Some((offset, length)) = self.sender.wants(buffered) else { return Ok(None) };
        let data = self.read(offset, length)?;
        Ok(self.sender.chunk(&data))
    }

    fn read(&mut self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let (from, bytes) = &mut self.ahead;
        let inside = offset.checked_sub(*from).map(|start| start as usize);
        let inside = inside.filter(|start| start + length <= bytes.len());
        let start = match inside {
            Some(start) => start,
            None => {
                let rest = self.sender.card().size - offset;
                bytes.resize(READ_BYTES.min(rest as usize).max(length), 0);
                let file = match &mut self.file {
                    Some(file) => file,
                    none => none.insert(File::open(&self.path)?),
                };
                file.read_exact_at(bytes, offset)?;
                *from = offset;
                0
            }
        };
        Ok(bytes[start..start + length].to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::data::{ChunkHeader, FileMessage};
    use crate::transfer::Digest;

    /// A channel that takes so many bytes and then is full.
    struct Full(usize, Vec<u8>);

    impl ChunkSink for Full {
        fn buffered(&mut self) -> usize {
            0
        }

        fn send(&mut self, chunk: &[u8]) -> Result<bool, ChannelWriteError> {
            let (_, data) = ChunkHeader::split(chunk).expect("a chunk");
            if self.0 < data.len() {
                return Ok(false);
            }
            self.0 -= data.len();
            self.1.extend_from_slice(data);
            Ok(true)
        }
    }

    #[test]
    fn a_full_channel_loses_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.bin");
        let data: Vec<u8> = (0..3_000_000_u32).map(|index| (index % 251) as u8).collect();
        std::fs::write(&path, &data).expect("written");
        let mut read = Vec::new();
        let mut file =
            Outgoing::open(&path, "", |done, all| read.push((done, all))).expect("there");
        assert_eq!(read.last(), Some(&(3_000_000, 3_000_000)));
        assert_eq!(file.sender.card().sha256, Digest::of(&data));
        file.sender.offer(7, None, 0);
        file.sender.on_message(&FileMessage::Accept { id: 7, offset: 1_000_001 });
        let mut sink = Full(0, Vec::new());
        for _ in 0..100 {
            sink.0 += 50_000;
            file.pump(&mut sink).expect("readable");
        }
        assert_eq!(sink.1, data[1_000_001..]);
    }

    #[test]
    fn a_file_that_became_shorter_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.bin");
        std::fs::write(&path, [7; 100]).expect("written");
        let mut file = Outgoing::open(&path, "", |_, _| {}).expect("there");
        std::fs::write(&path, [7; 50]).expect("written");
        file.sender.offer(7, None, 0);
        file.sender.on_message(&FileMessage::Accept { id: 7, offset: 0 });
        let fault = file.pump(&mut Full(1000, Vec::new())).expect_err("it cannot be read");
        assert_eq!(fault.0, CancelReason::Io);
        assert!(Outgoing::open(folder.path(), "", |_, _| {}).is_err(), "a folder is no file");
    }
}
