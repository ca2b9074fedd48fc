//! What a sender does about losses.

use std::time::Duration;

use crate::redundant::Copies;
use crate::sender::Sender;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Plain,
    Fec,
    Red,
    Dred,
    All,
}

impl Way {
    pub(crate) const ALL: [Way; 5] = [Way::Plain, Way::Fec, Way::Red, Way::Dred, Way::All];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Way::Plain => "plain",
            Way::Fec => "FEC",
            Way::Red => "RED",
            Way::Dred => "DRED",
            Way::All => "all",
        }
    }

    /// A sender that knows the share of losses, in percent.
    pub(crate) fn sender(self, loss: u8) -> Sender {
        let told = Sender { expected_loss_percent: loss.min(25), ..Sender::plain(false) };
        let dred = if loss == 0 { Duration::ZERO } else { Duration::from_millis(300) };
        match self {
            Way::Plain => told,
            Way::Fec => Sender { fec: true, ..told },
            Way::Red => Sender { fec: true, copies: Copies::Adaptive, ..told },
            Way::Dred => Sender { dred, ..told },
            Way::All => {
                Sender { fec: true, copies: Copies::Adaptive, dred, bitrate_bps: 48_000, ..told }
            }
        }
    }
}
