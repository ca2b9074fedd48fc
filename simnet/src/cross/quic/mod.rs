//! A model of QUIC: packets whose data is only counted, acknowledged, repaired and paced as RFC
//! 9000 and RFC 9002 have it.
//!
//! | file | what is there |
//! |---|---|
//! | `packet.rs` | packets and their sizes |
//! | `receiver.rs` | what arrived, and when it is acknowledged |
//! | `rtt.rs` | round-trip times and the times that follow from them |
//! | `ledger.rs` | packets on their way, and which of them are lost |
//! | `sender.rs` | what is sent when |
//! | `ends.rs` | the two ends |

mod ends;
mod ledger;
mod packet;
mod receiver;
mod rtt;
mod sender;

pub use ends::{QuicSink, QuicSource};
