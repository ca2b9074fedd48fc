//! The payloads that a frame becomes, as pieces of it and of a few bytes that are written for them:
//! media is copied once, into the packet.

use std::ops::Range;

/// Payloads of one frame. Kept and used again, it allocates nothing more.
///
/// ```
/// use lapwing_engine::rtp::format::{FrameInfo, Packetizer, PayloadFormat, PayloadPlan};
/// let frame = vec![7; 2_500];
/// let mut packetizer = Packetizer::new(PayloadFormat::Vp8, 0);
/// let mut plan = PayloadPlan::default();
/// packetizer.plan(&frame, &FrameInfo::default(), 1_200, &mut plan).unwrap();
/// assert_eq!(plan.len(), 3);
/// let mut packet = Vec::new();
/// plan.payload(0, &frame).write(&mut packet);
/// assert!(plan.payload(2, &frame).marker());
/// ```
#[derive(Clone, Debug, Default)]
pub struct PayloadPlan {
    scratch: Vec<u8>,
    pieces: Vec<Piece>,
    payloads: Vec<Planned>,
    /// Where the pieces of the payload begin that is being planned.
    open: usize,
}

#[derive(Clone, Copy, Debug)]
enum Piece {
    /// Of the frame.
    Frame { start: usize, end: usize },
    /// Of the scratch.
    Scratch { start: usize, end: usize },
}

#[derive(Clone, Copy, Debug)]
struct Planned {
    first_piece: usize,
    end_piece: usize,
    len: usize,
    marker: bool,
}

impl PayloadPlan {
    /// Forgets all payloads; their room is kept.
    pub fn clear(&mut self) {
        self.scratch.clear();
        self.pieces.clear();
        self.payloads.clear();
        self.open = 0;
    }

    /// How many payloads there are.
    pub fn len(&self) -> usize {
        self.payloads.len()
    }

    /// There are none.
    pub fn is_empty(&self) -> bool {
        self.payloads.is_empty()
    }

    /// A payload by its place. `frame` is the frame that was planned.
    pub fn payload<'p>(&'p self, index: usize, frame: &'p [u8]) -> Payload<'p> {
        Payload { plan: self, planned: self.payloads[index], frame }
    }

    /// The payloads in their order. `frame` is the frame that was planned.
    pub fn payloads<'p>(&'p self, frame: &'p [u8]) -> impl Iterator<Item = Payload<'p>> {
        (0..self.len()).map(move |index| self.payload(index, frame))
    }

    /// Adds bytes to the payload that is being planned.
    pub(super) fn put(&mut self, bytes: &[u8]) {
        let start = self.scratch.len();
        self.scratch.extend_from_slice(bytes);
        self.pieces.push(Piece::Scratch { start, end: self.scratch.len() });
    }

    /// Adds a part of the frame.
    pub(super) fn put_frame(&mut self, range: Range<usize>) {
        self.pieces.push(Piece::Frame { start: range.start, end: range.end });
    }

    /// Closes the payload that is being planned.
    pub(super) fn close(&mut self, marker: bool) {
        let len = self.pieces[self.open..].iter().map(Piece::len).sum();
        let (first_piece, end_piece) = (self.open, self.pieces.len());
        self.payloads.push(Planned { first_piece, end_piece, len, marker });
        self.open = end_piece;
    }

    /// The marker of the last payload.
    pub(super) fn mark_last(&mut self, marker: bool) {
        if let Some(last) = self.payloads.last_mut() {
            last.marker = marker;
        }
    }
}

impl Piece {
    fn len(&self) -> usize {
        match self {
            Piece::Frame { start, end } | Piece::Scratch { start, end } => end - start,
        }
    }
}

/// One payload.
#[derive(Clone, Copy, Debug)]
pub struct Payload<'p> {
    plan: &'p PayloadPlan,
    planned: Planned,
    frame: &'p [u8],
}

impl<'p> Payload<'p> {
    /// What it is where it is one part of the frame behind bytes that are written for it: those,
    /// and where in the frame the part lies.
    pub fn as_cut(&self) -> Option<(&'p [u8], Range<usize>)> {
        match self.plan.pieces[self.planned.first_piece..self.planned.end_piece] {
            [Piece::Frame { start, end }] => Some((&[], start..end)),
            [Piece::Scratch { start: from, end: to }, Piece::Frame { start, end }] => {
                Some((&self.plan.scratch[from..to], start..end))
            }
            _ => None,
        }
    }

    /// Its bytes.
    pub fn len(&self) -> usize {
        self.planned.len
    }

    /// It has none. No payload of a frame has.
    pub fn is_empty(&self) -> bool {
        self.planned.len == 0
    }

    /// The marker bit of its packet.
    pub fn marker(&self) -> bool {
        self.planned.marker
    }

    /// Appends it to `out`.
    pub fn write(&self, out: &mut Vec<u8>) {
        for piece in &self.plan.pieces[self.planned.first_piece..self.planned.end_piece] {
            match *piece {
                Piece::Frame { start, end } => out.extend_from_slice(&self.frame[start..end]),
                Piece::Scratch { start, end } => {
                    out.extend_from_slice(&self.plan.scratch[start..end]);
                }
            }
        }
    }
}
