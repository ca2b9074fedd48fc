//! How well speech is heard against the share of packets that get lost, by what the sender does
//! about it.

use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;

use lapwing_engine::MediaTime;
use lapwing_media::files::WavWriter;
use lapwing_media::{Samples, resample};

use crate::SEEDS;
use crate::network::Network;
use crate::redundant::{Carried, carry_redundant};
use crate::score::{self, Scorer};
use crate::sender::kbit_per_second;
use crate::ways::Way;

/// Shares of packets that get lost, in percent.
const LOSSES: [u8; 7] = [0, 5, 10, 15, 20, 25, 30];

/// How packets get lost, for a share.
type Kind = fn(f64) -> Network;

const KINDS: [(&str, Kind); 2] = [("alone", Network::Loss), ("bursts", Network::Bursts)];

/// PESQ-WB and kbit/s of every way at every loss. What was heard is written where there is a folder
/// for it, as 16 kHz.
pub(crate) fn table(speech: &Samples, folder: Option<&Path>) -> String {
    let scorer = Scorer::new(speech);
    let mut table = format!("{:<6}  {:>2}", "lost", "%");
    for way in Way::ALL {
        write!(table, "  {:>5}  {:>6}", way.name(), "kbit/s").expect("a string takes all");
    }
    table.push('\n');
    for (kind, network) in KINDS {
        for loss in LOSSES {
            write!(table, "{kind:<6}  {loss:>2}").expect("a string takes all");
            for way in Way::ALL {
                let (mut pesq, mut kbps) = (0.0, 0.0);
                let sender = way.sender(loss);
                let frames = sender.encode(speech);
                for seed in SEEDS {
                    let delays = network(f64::from(loss) / 100.0).delays(seed);
                    let Carried { arrivals, bytes } =
                        carry_redundant(frames.clone(), sender.copies, delays);
                    let heard = score::adaptive(arrivals);
                    pesq += scorer.score(&heard).pesq;
                    kbps += kbit_per_second(bytes, frames.len());
                    if let Some(folder) = folder {
                        let name = format!("{kind}-{loss:02}-{}-{seed}.wav", way.name());
                        keep(&folder.join(name), heard.data);
                    }
                }
                let count = SEEDS.count() as f64;
                write!(table, "  {:>5.2}  {:>6.0}", pesq / count, kbps / count)
                    .expect("a string takes all");
            }
            table.push('\n');
            eprintln!("{kind}, {loss} %");
        }
    }
    table
}

fn keep(path: &Path, heard: Vec<f32>) {
    let samples = Samples::new(heard, 48_000, 1, MediaTime::new(0, 48_000)).unwrap();
    let samples = resample(&samples, 16_000).unwrap();
    let mut writer = WavWriter::new(File::create(path).unwrap(), 16_000, 1).unwrap();
    writer.write(&samples).unwrap();
    writer.finish().unwrap();
}
