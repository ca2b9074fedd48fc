//! What the encoder's complexity is worth: how well speech is heard at each, over the networks of
//! the table, with copies (RED) as losses ask for.

use std::fmt::Write as _;

use lapwing_media::Samples;

use crate::SEEDS;
use crate::network::Network;
use crate::redundant::{Carried, Copies, carry_redundant};
use crate::score::{self, Scorer};
use crate::sender::Sender;

/// The complexities that are tried, of the ten of libopus.
const COMPLEXITIES: std::ops::RangeInclusive<u8> = 1..=10;

/// What calls send by the estimated bandwidth (`sending::audio_choice`).
const BITRATES: [u32; 2] = [32_000, 48_000];

const NETWORKS: [Network; 5] = [
    Network::Clean,
    Network::Loss(0.05),
    Network::Bursts(0.1),
    Network::Bursts(0.2),
    Network::Bursts(0.3),
];

/// PESQ-WB of every complexity on every network.
pub(crate) fn table(speech: &Samples) -> String {
    let scorer = Scorer::new(speech);
    let mut table = String::from("complexity  FEC  kbit/s  clean   5 %  10 %  20 %  30 %\n");
    for bitrate_bps in BITRATES {
        for fec in [true, false] {
            for complexity in COMPLEXITIES {
                let sender = Sender { complexity, bitrate_bps, ..Sender::plain(fec) };
                let frames = sender.encode(speech);
                let word = if fec { "yes" } else { "no" };
                write!(table, "{complexity:>10}  {word:<3}  {:>6}", bitrate_bps / 1_000)
                    .expect("a string takes all");
                for network in NETWORKS {
                    let hear = |seed| {
                        let delays = network.delays(seed);
                        let Carried { arrivals, .. } =
                            carry_redundant(frames.clone(), Copies::Adaptive, delays);
                        scorer.score(&score::adaptive(arrivals)).pesq
                    };
                    let pesq = SEEDS.map(hear).sum::<f64>() / SEEDS.count() as f64;
                    let width = if matches!(network, Network::Clean) { 5 } else { 4 };
                    write!(table, "  {pesq:>width$.2}").expect("a string takes all");
                }
                table.push('\n');
                eprintln!("complexity {complexity}, FEC {word}, {bitrate_bps} bit/s");
            }
        }
    }
    table
}
