//! One connection of TCP, as a pure machine.
//!
//! 1. The side that opens says SYN until it is answered or gives up; the other says SYN and ACK.
//!    Where both open at once, both do (RFC 9293 section 3.5, figure 7).
//! 2. Bytes are sent as the window allows and repaired by SACK or by time, acknowledged together or
//!    after a delay, and handed out in order.
//! 3. FIN counts as a byte behind the last one, so it is repaired alike. Whoever hears it finishes
//!    too.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use lapwing_engine::SocketFault;

use super::segment::{ACK, FIN, RST, SYN, Segment, number, numbers, place};
use crate::cross::{Cubic, Receiver, Sender};
use crate::packet::PacketSpec;
use crate::time::Time;

/// Bytes of a full segment: a packet of 1,280 bytes with headers and timestamps of IPv6, which
/// every path carries (RFC 8200 section 5). The MTU of a path is not looked for.
const SEGMENT_BYTES: u32 = 1_208;
/// Bytes that may wait to be sent or acknowledged.
pub(super) const SEND_BUFFER_BYTES_MAX: usize = 262_144;
/// Bytes behind the last one in order that are kept: four times what our own side sends ahead.
const WINDOW_BYTES: u64 = 1_048_576;
/// Wait for an answer before SYN is said again; it doubles (RFC 6298 section 2.1).
const OPEN_TIMEOUT: Duration = Duration::from_secs(1);
/// SYNs that are not answered until nobody is taken to be there: after 63 s.
const OPENINGS_MAX: u32 = 6;
/// Times in a row that the timer runs out until the other end is taken to be gone: minutes (RFC
/// 9293 section 3.8.3 asks for 100 s at least).
const TIMEOUTS_MAX: u64 = 10;

/// What a connection has to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Note {
    Opened,
    Data(Vec<u8>),
    /// The other end has said all.
    Ended,
    /// There is no connection any more.
    Broken(SocketFault),
}

#[derive(Debug)]
pub(super) struct Connection {
    pub(super) local: SocketAddr,
    pub(super) remote: SocketAddr,
    /// Whether the other side began it.
    pub(super) accepted: bool,
    state: State,
    /// The numbers of the first bytes.
    first: u32,
    remote_first: u32,
    sender: Sender,
    receiver: Receiver,
    /// From `acknowledged` on.
    outgoing: VecDeque<u8>,
    acknowledged: u64,
    /// Where our bytes end, once that is known.
    end: Option<u64>,
    /// Came, but not in order yet.
    pieces: BTreeMap<u64, Vec<u8>>,
    /// Bytes handed out.
    taken: u64,
    /// Where the other's bytes end.
    remote_end: Option<u64>,
    ack_due: bool,
    /// The timer had run out so often when something last arrived.
    timeouts: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// SYN is said at `retry`, and was said so often; with ACK where the other's was heard.
    Opening {
        since: Time,
        retry: Time,
        said: u32,
        heard: bool,
    },
    Open,
    Over,
}

impl Connection {
    /// One that we open. `first` is the number of our SYN.
    pub(super) fn open(local: SocketAddr, remote: SocketAddr, first: u32, now: Time) -> Self {
        let sender = Sender::new(Box::new(Cubic::default()));
        let sender = sender.with_segment_bytes(SEGMENT_BYTES);
        Connection {
            local,
            remote,
            accepted: false,
            state: State::Opening { since: now, retry: now, said: 0, heard: false },
            first: first.wrapping_add(1),
            remote_first: 0,
            sender,
            receiver: Receiver::default(),
            outgoing: VecDeque::new(),
            acknowledged: 0,
            end: None,
            pieces: BTreeMap::new(),
            taken: 0,
            remote_end: None,
            ack_due: false,
            timeouts: 0,
        }
    }

    /// One that the other side opens with this segment; `None` where it does not.
    pub(super) fn accept(
        local: SocketAddr,
        remote: SocketAddr,
        first: u32,
        segment: &Segment,
        now: Time,
    ) -> Option<Self> {
        if !segment.has(SYN) || segment.has(ACK) {
            return None;
        }
        let remote_first = segment.sequence.wrapping_add(1);
        let state = State::Opening { since: now, retry: now, said: 0, heard: true };
        let one = Connection::open(local, remote, first, now);
        Some(Connection { accepted: true, remote_first, state, ..one })
    }

    /// Whether nothing more is to be done.
    pub(super) fn is_over(&self) -> bool {
        let said = self.end.is_some() && self.sender.is_done();
        self.state == State::Over || (said && self.has_ended() && !self.ack_due)
    }

    /// Whether the other end has said all.
    fn has_ended(&self) -> bool {
        self.remote_end.is_some_and(|end| self.receiver.received() > end)
    }

    /// There is no connection any more. What has ended is not told to break too.
    fn fail(&mut self, fault: SocketFault, notes: &mut Vec<Note>) {
        self.state = State::Over;
        if !self.has_ended() {
            notes.push(Note::Broken(fault));
        }
    }

    /// Puts bytes behind what waits; false when there is no room, or nothing more may be said.
    pub(super) fn write(&mut self, bytes: &[u8]) -> bool {
        let fits = self.outgoing.len() + bytes.len() <= SEND_BUFFER_BYTES_MAX;
        if !fits || self.end.is_some() || self.state == State::Over {
            return false;
        }
        self.outgoing.extend(bytes);
        self.sender.extend(bytes.len() as u64);
        true
    }

    /// Nothing more is to be said.
    pub(super) fn finish(&mut self) {
        if let State::Opening { .. } = self.state {
            self.state = State::Over;
        } else if self.end.is_none() {
            self.end = Some(self.acknowledged + self.outgoing.len() as u64);
            self.sender.extend(1);
        }
    }

    /// What tells the other end that it is over at once.
    pub(super) fn abort(&mut self) -> PacketSpec {
        self.state = State::Over;
        let said = number(self.acknowledged + self.outgoing.len() as u64, self.first);
        self.segment(RST | ACK, said, Vec::new()).packet(self.local, self.remote)
    }

    pub(super) fn receive(&mut self, segment: Segment, now: Time, notes: &mut Vec<Note>) {
        if segment.has(RST) {
            return self.reset(&segment, notes);
        }
        match self.state {
            State::Over => return,
            State::Opening { since, .. } if segment.has(SYN) && !segment.has(ACK) => {
                // It opens too, or did not hear our answer.
                self.remote_first = segment.sequence.wrapping_add(1);
                self.state = State::Opening { since, retry: now, said: 0, heard: true };
                return;
            }
            State::Opening { since, said, heard, .. } => {
                let answers = segment.has(ACK) && segment.acknowledged == self.first;
                if !answers || !(heard || segment.has(SYN)) {
                    return;
                }
                if segment.has(SYN) {
                    self.remote_first = segment.sequence.wrapping_add(1);
                    self.opened(since, said, now, notes);
                    self.ack_due = true;
                    return;
                }
                self.opened(since, said, now, notes);
            }
            State::Open if segment.has(SYN) => {
                // Our acknowledgement was lost.
                self.ack_due = true;
                return;
            }
            State::Open => {}
        }
        self.hear(&segment, now);
        self.take(segment, now, notes);
    }

    fn opened(&mut self, since: Time, said: u32, now: Time, notes: &mut Vec<Note>) {
        self.state = State::Open;
        let waiting = self.outgoing.len() as u64;
        // Of several openings nobody knows which was answered.
        self.sender.restart(waiting, (said <= 1).then(|| now.since(since)), now);
        notes.push(Note::Opened);
    }

    /// The other end says that there is no connection.
    fn reset(&mut self, segment: &Segment, notes: &mut Vec<Note>) {
        let fault = match self.state {
            State::Over => return,
            State::Opening { heard: false, .. } => {
                if segment.acknowledged != self.first {
                    return;
                }
                SocketFault::Refused
            }
            State::Opening { .. } | State::Open => {
                let near = self.receiver.received();
                let at = place(segment.sequence, self.remote_first, near);
                if at.is_none_or(|at| at < near || at > near + WINDOW_BYTES) {
                    return;
                }
                SocketFault::Closed
            }
        };
        self.fail(fault, notes);
    }

    /// Takes in what arrived at the other end.
    fn hear(&mut self, segment: &Segment, now: Time) {
        let at = |number: u32| place(number, self.first, self.acknowledged);
        let Some(next) = at(segment.acknowledged).filter(|_| segment.has(ACK)) else { return };
        let end = self.end.map_or(0, |_| 1) + self.acknowledged + self.outgoing.len() as u64;
        if next > end {
            return;
        }
        let blocks =
            segment.sacked.iter().filter_map(|(start, end)| Some((at(*start)?, at(*end)?)));
        let blocks: Vec<(u64, u64)> = blocks.collect();
        self.sender.on_ack(next, &blocks, 0, now);
        self.timeouts = self.sender.stats.timeouts;
        let acknowledged = (next.saturating_sub(self.acknowledged)) as usize;
        let bytes = acknowledged.min(self.outgoing.len());
        self.outgoing.drain(..bytes);
        self.acknowledged += bytes as u64;
    }

    /// Takes in the bytes of a segment, and hands out what is in order.
    fn take(&mut self, segment: Segment, now: Time, notes: &mut Vec<Note>) {
        let (fin, near) = (segment.has(FIN), self.receiver.received());
        let length = segment.data.len() as u64 + u64::from(fin);
        let at = place(segment.sequence, self.remote_first, near);
        let Some(at) = at.filter(|at| length > 0 && at + length <= near + WINDOW_BYTES) else {
            return;
        };
        if fin {
            self.remote_end = Some(at + length - 1);
        }
        self.ack_due |= self.receiver.on_data(at, length as u32, now);
        if at + length > self.taken && !segment.data.is_empty() {
            self.pieces.insert(at, segment.data);
        }
        let mut bytes = Vec::new();
        while let Some(piece) = self.pieces.first_entry().filter(|piece| *piece.key() <= self.taken)
        {
            let (start, piece) = piece.remove_entry();
            let before = (self.taken - start) as usize;
            if let Some(fresh) = piece.get(before..) {
                bytes.extend_from_slice(fresh);
                self.taken += fresh.len() as u64;
            }
        }
        if !bytes.is_empty() {
            notes.push(Note::Data(bytes));
        }
        let ended = |end: u64| near <= end && self.receiver.received() > end;
        if self.remote_end.is_some_and(ended) {
            self.ack_due = true;
            notes.push(Note::Ended);
        }
    }

    /// Time has passed.
    pub(super) fn on_time(&mut self, now: Time, notes: &mut Vec<Note>) {
        if self.receiver.deadline().is_some_and(|at| at <= now) {
            self.ack_due = true;
        }
        let given_up = match self.state {
            State::Opening { retry, said, .. } => retry <= now && said >= OPENINGS_MAX,
            State::Open => {
                self.sender.on_time(now);
                self.sender.stats.timeouts >= self.timeouts + TIMEOUTS_MAX
            }
            State::Over => false,
        };
        if given_up {
            self.fail(SocketFault::TimedOut, notes);
        }
    }

    /// When that is of use next.
    pub(super) fn next_wake(&self) -> Time {
        match self.state {
            State::Opening { retry, .. } => retry,
            State::Open => {
                let timers = [self.sender.deadline(), self.receiver.deadline()];
                timers.into_iter().flatten().min().unwrap_or(Time::NEVER)
            }
            State::Over => Time::NEVER,
        }
    }

    /// The next packet to be sent now.
    pub(super) fn poll(&mut self, now: Time) -> Option<PacketSpec> {
        let segment = match self.state {
            State::Opening { since, retry, said, heard } if retry <= now => {
                let retry = now + OPEN_TIMEOUT * (1 << said);
                self.state = State::Opening { since, retry, said: said + 1, heard };
                let flags = if heard { SYN | ACK } else { SYN };
                self.segment(flags, self.first.wrapping_sub(1), Vec::new())
            }
            State::Open => match self.sender.poll(now) {
                Some((at, length)) => self.bytes(at, length),
                None if self.ack_due => {
                    let end = self.acknowledged + self.outgoing.len() as u64;
                    let end = end + u64::from(self.end.is_some());
                    self.segment(ACK, number(end, self.first), Vec::new())
                }
                None => return None,
            },
            State::Opening { .. } | State::Over => return None,
        };
        Some(segment.packet(self.local, self.remote))
    }

    fn bytes(&mut self, at: u64, length: u32) -> Segment {
        let (mut flags, mut end) = (ACK, at + u64::from(length));
        if self.end.is_some_and(|last| end > last) {
            flags |= FIN;
            end -= 1;
        }
        let [from, to] = [at, end].map(|at| at.saturating_sub(self.acknowledged) as usize);
        let data = self.outgoing.range(from..to).copied().collect();
        self.segment(flags, number(at, self.first), data)
    }

    /// A segment that says what arrived too.
    fn segment(&mut self, flags: u8, sequence: u32, data: Vec<u8>) -> Segment {
        self.ack_due = false;
        let (next, blocks) = self.receiver.acknowledge();
        let acknowledged = number(next, self.remote_first);
        let sacked = numbers(&blocks, self.remote_first);
        Segment { flags, sequence, acknowledged, sacked, data }
    }
}
