//! A connection that gathers, and connects to nobody.

use std::io;
use std::time::{Duration, Instant};

use lapwing_drivers::mio::Driver;
use lapwing_engine::{
    ChannelConfig, Config, Diagnosis, Event, IceCandidate, IceCandidateFault, IceGatheringState,
    NatOutcome, Rtc,
};
use serde_json::{Value, json};

/// Something that gathering came to.
#[derive(Clone, Debug)]
pub(crate) enum Gathered {
    /// A candidate.
    Candidate(IceCandidate),
    /// A server that was of no use.
    Fault(IceCandidateFault),
    /// There is no more to come.
    Complete,
}

/// Gathers until there is no more to come, nor to be said of the NAT, or for so long, telling
/// `each` with its time since the start. Gives what is known at the end.
pub(crate) fn gather(
    config: Config,
    patience: Duration,
    mut each: impl FnMut(Duration, Gathered),
) -> io::Result<Diagnosis> {
    let mut driver = Driver::new()?;
    let start = Instant::now();
    let mut rtc = Rtc::new(config, start);
    let refused = |error: &dyn std::fmt::Display| io::Error::other(error.to_string());
    // An offer is made only where there is something to offer.
    rtc.create_channel(ChannelConfig::new("gathering")).map_err(|error| refused(&error))?;
    let offer = rtc.negotiation().create_offer().map_err(|error| refused(&error))?;
    rtc.negotiation().set_local(&offer).map_err(|error| refused(&error))?;
    let end = start + patience;
    while let Some(left) = end.checked_duration_since(Instant::now()) {
        for event in driver.turn_for(&mut rtc, left)? {
            let gathered = match event {
                Event::IceCandidate(signalled) => match signalled.candidate {
                    Some(candidate) => Gathered::Candidate(candidate),
                    None => continue,
                },
                Event::IceCandidateError(fault) => Gathered::Fault(fault),
                Event::IceGatheringStateChanged(IceGatheringState::Complete) => Gathered::Complete,
                _ => continue,
            };
            each(start.elapsed(), gathered);
        }
        let is_complete = rtc.ice_gathering_state() == IceGatheringState::Complete;
        if is_complete && !is_probing(&rtc) {
            break;
        }
    }
    let diagnosis = rtc.diagnose();
    // Relays are told that we go.
    rtc.close(Instant::now());
    driver.turn_for(&mut rtc, Duration::ZERO)?;
    Ok(diagnosis)
}

/// Whether something is still to be said of the NAT.
fn is_probing(rtc: &Rtc) -> bool {
    rtc.diagnose().nat.iter().any(|report| report.outcome == NatOutcome::Asking)
}

/// As an object with the time in seconds.
pub(crate) fn to_json(at: Duration, gathered: &Gathered) -> Value {
    let seconds = at.as_secs_f64();
    match gathered {
        Gathered::Candidate(candidate) => json!({
            "seconds": seconds,
            "type": candidate.kind.name(),
            "protocol": candidate.protocol.to_string(),
            "address": candidate.socket_addr().map(|address| address.to_string()),
            "related": candidate.related.map(|address| address.to_string()),
            "priority": candidate.priority,
            "candidate": candidate.to_string(),
        }),
        Gathered::Fault(fault) => json!({
            "seconds": seconds,
            "error": fault.code,
            "text": fault.text,
            "url": fault.url,
            "from": fault.local.to_string(),
        }),
        Gathered::Complete => json!({ "seconds": seconds, "complete": true }),
    }
}
