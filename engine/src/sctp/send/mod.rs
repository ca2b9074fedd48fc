//! What goes out: messages that wait, pieces that are on the way, and when what of both is sent.
//!
//! 1. A message waits in its stream; streams take turns by their weights (`queues.rs`).
//! 2. Pieces are cut where the congestion controller, the peer's window and the pace allow it, and
//!    kept until they are acknowledged (`pieces.rs`, `flight.rs`, `pacer.rs`).
//! 3. SACKs tell what came (`acked.rs`). What was sent so long before something that came, that it
//!    should have come as well, is lost (`recovery.rs`); where nothing comes, the last piece goes
//!    out again to provoke an answer, and later all of it (`silence.rs`).
//! 4. What a channel does not want any more is given up, and the peer told (`abandon.rs`).

mod abandon;
mod acked;
mod body;
mod flight;
mod messages;
mod pacer;
mod parts;
mod pieces;
mod queues;
mod recovery;
mod round_trip;
mod sender;
mod silence;
mod timers;
mod turns;

pub(super) use sender::Sender;
