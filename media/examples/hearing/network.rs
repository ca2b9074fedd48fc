//! What networks do to packets.

use lapwing_engine::CopyDistances;

use crate::line::Random;
use crate::redundant::Copies;

/// Each way takes 30 ms where nothing else is said.
const PATH_MS: f64 = 30.0;

/// A burst of losses has this mean length (Gilbert and Elliott, with nothing lost between).
const BURST: f64 = 3.0;

#[derive(Clone, Copy)]
pub(crate) enum Network {
    Clean,
    /// Normally distributed with a deviation of 10 ms; packets overtake each other.
    Jitter,
    /// Each packet for itself.
    Loss(f64),
    Bursts(f64),
    /// For half a second nothing arrives, then all at once.
    Spike,
}

impl Network {
    pub(crate) const ALL: [Network; 7] = [
        Network::Clean,
        Network::Jitter,
        Network::Loss(0.05),
        Network::Bursts(0.1),
        Network::Bursts(0.2),
        Network::Bursts(0.3),
        Network::Spike,
    ];

    pub(crate) fn name(self) -> String {
        match self {
            Network::Clean => "clean".to_owned(),
            Network::Jitter => "jitter, sigma 10 ms".to_owned(),
            Network::Loss(share) => format!("{:.0} % loss", share * 100.0),
            Network::Bursts(share) => format!("{:.0} % loss, bursts of 3", share * 100.0),
            Network::Spike => "one delay of 500 ms".to_owned(),
        }
    }

    /// With which of the frames after it each is sent again, in the rows of the table.
    pub(crate) fn copies(self) -> Vec<Copies> {
        let sets: &[&[u8]] = match self {
            Network::Loss(_) => &[&[], &[1], &[2], &[1, 2]],
            Network::Bursts(_) => {
                &[&[], &[1], &[2], &[4], &[1, 2], &[2, 4], &[3, 6], &[1, 2, 3], &[1, 2, 3, 4]]
            }
            Network::Clean | Network::Jitter | Network::Spike => &[&[], &[1]],
        };
        let fixed = sets.iter().map(|it| CopyDistances::new(it).expect("four, eight at most"));
        fixed.map(Copies::Fixed).chain([Copies::Adaptive]).collect()
    }

    /// For each packet how long it takes in ms, or that it is lost.
    pub(crate) fn delays(self, seed: u64) -> impl FnMut(usize) -> Option<f64> {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut bad = false;
        move |index| match self {
            Network::Clean => Some(PATH_MS),
            Network::Jitter => Some((2.0 * PATH_MS + 10.0 * random.normal()).max(PATH_MS)),
            Network::Loss(share) => (random.next() >= share).then_some(PATH_MS),
            Network::Bursts(share) => {
                let enter = share / (1.0 - share) / BURST;
                bad = if bad { random.next() >= 1.0 / BURST } else { random.next() < enter };
                (!bad).then_some(PATH_MS)
            }
            Network::Spike => {
                let (sent, from) = (20.0 * index as f64, 2_000.0 + 1_100.0 * seed as f64);
                let held = (from..from + 500.0).contains(&sent);
                Some(PATH_MS + if held { from + 500.0 - sent } else { 0.0 })
            }
        }
    }
}
