//! How values of other modules are written that are no plain structures.

use std::time::Duration;

use super::wire::{Fault, Source, Wire, put_number, take_number};
use crate::bitrate::Bitrate;
use crate::certificate::Certificate;
use crate::config::ChannelBudget;
use crate::redundancy::{AudioRedundancy, CopyDistances};
use crate::rtp::extension::PlayoutDelay;
use crate::time::MediaTime;

/// Written for the adaptive one.
const ADAPTIVE_CODE: u16 = 258;

/// Written before a set of distances.
const SPREAD_CODE: u16 = 259;

/// Its distance and two; zero and one for those without; one code for the adaptive one, and one for
/// sets, which follow with a bit for each distance.
impl<'a> Wire<'a> for AudioRedundancy {
    fn put(&self, out: &mut Vec<u8>) {
        let code: u16 = match self {
            AudioRedundancy::Off => 0,
            AudioRedundancy::Receive => 1,
            AudioRedundancy::Send { distance } => 2 + u16::from(*distance),
            AudioRedundancy::Adaptive => ADAPTIVE_CODE,
            AudioRedundancy::Spread(_) => SPREAD_CODE,
        };
        code.put(out);
        if let AudioRedundancy::Spread(copies) = self {
            copies.iter().fold(0_u16, |bits, distance| bits | 1 << distance).put(out);
        }
    }

    fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
        Ok(match u16::take(from)? {
            0 => AudioRedundancy::Off,
            1 => AudioRedundancy::Receive,
            ADAPTIVE_CODE => AudioRedundancy::Adaptive,
            SPREAD_CODE => {
                let bits = u16::take(from)?;
                let distances: Vec<u8> = (0..16).filter(|bit| bits >> bit & 1 == 1).collect();
                // Runs from one on may reach further than sets.
                let run = CopyDistances::following(distances.len() as u8);
                AudioRedundancy::Spread(match run.iter().eq(distances.iter().copied()) {
                    true => run,
                    false => CopyDistances::new(&distances).map_err(|_| "no set of distances")?,
                })
            }
            code => AudioRedundancy::Send {
                distance: u8::try_from(code - 2).map_err(|_| "an unknown AudioRedundancy")?,
            },
        })
    }
}

/// Without its key, which is no recording's to hold: a replay has what it signed.
impl<'a> Wire<'a> for Certificate {
    fn put(&self, out: &mut Vec<u8>) {
        self.as_der().put(out);
    }

    fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
        Certificate::without_key(<&[u8]>::take(from)?).ok_or("a certificate that is none")
    }
}

impl<'a> Wire<'a> for Duration {
    fn put(&self, out: &mut Vec<u8>) {
        self.as_secs().put(out);
        self.subsec_nanos().put(out);
    }

    fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
        let (secs, nanos) = (u64::take(from)?, u32::take(from)?);
        if nanos >= 1_000_000_000 {
            return Err("a second with too many nanoseconds");
        }
        Ok(Duration::new(secs, nanos))
    }
}

impl<'a> Wire<'a> for Bitrate {
    fn put(&self, out: &mut Vec<u8>) {
        self.as_bps().put(out);
    }

    fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
        u64::take(from).map(Bitrate::bps)
    }
}

impl<'a> Wire<'a> for MediaTime {
    fn put(&self, out: &mut Vec<u8>) {
        self.ticks().put(out);
        self.rate().put(out);
    }

    fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
        Ok(MediaTime::new(u64::take(from)?, u32::take(from)?))
    }
}

impl<'a> Wire<'a> for ChannelBudget {
    fn put(&self, out: &mut Vec<u8>) {
        match *self {
            ChannelBudget::Unbounded => out.push(0),
            ChannelBudget::BesideMedia { least_percent } => out.extend([1, least_percent]),
        }
    }

    fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
        match u8::take(from)? {
            0 => Ok(ChannelBudget::Unbounded),
            1 => Ok(ChannelBudget::BesideMedia { least_percent: u8::take(from)? }),
            _ => Err("an unknown ChannelBudget"),
        }
    }
}

/// Its bounds in ms.
impl<'a> Wire<'a> for PlayoutDelay {
    fn put(&self, out: &mut Vec<u8>) {
        put_number(self.min().as_millis() as u64, out);
        put_number(self.max().as_millis() as u64, out);
    }

    fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
        let mut bound = || take_number(from).map(Duration::from_millis);
        PlayoutDelay::new(bound()?, bound()?).ok_or("bounds of a delay in the wrong order")
    }
}
