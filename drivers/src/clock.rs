//! What the machine knows and the engine may not ask for: the wall clock and randomness.

use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lapwing_engine::Config;

/// Settings for a browser-like peer, with a seed drawn from the operating system and the present
/// time. Fails when the system has no randomness to give.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// use std::time::Instant;
/// use lapwing_engine::Rtc;
///
/// let config = lapwing_drivers::config()?.with_loopback();
/// let rtc = Rtc::new(config, Instant::now());
/// # drop(rtc);
/// # Ok(())
/// # }
/// ```
pub fn config() -> io::Result<Config> {
    Ok(Config::new(seed()?, unix_time()))
}

/// A seed from the operating system's generator.
pub fn seed() -> io::Result<[u8; 32]> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    Ok(seed)
}

/// Time since the Unix epoch, zero on a machine whose clock stands before it.
pub fn unix_time() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_configurations_share_a_seed() {
        let (a, b) = (config().unwrap(), config().unwrap());
        assert_ne!(a.seed, b.seed);
        assert!(a.unix_time > Duration::from_secs(1_700_000_000), "{:?}", a.unix_time);
    }
}
