//! Candidates gathered before a description wants them (RFC 9429 section 3.5.4): nobody is told of
//! them until then.

use super::step::GatherStep;

/// Steps that are held. What candidates there are stays far below it; faults of a server that is
/// asked again and again may not be.
const HELD_MAX: usize = 256;

/// What is held back, while something is.
#[derive(Debug, Default)]
pub(super) struct Pool {
    held: Option<Vec<GatherStep>>,
}

impl Pool {
    /// From now on steps are held back.
    pub(super) fn begin(&mut self) {
        self.held.get_or_insert_default();
    }

    /// Takes what tells of candidates, and gives everything else on.
    pub(super) fn hold(&mut self, step: GatherStep) -> Option<GatherStep> {
        let Some(held) = &mut self.held else { return Some(step) };
        match step {
            GatherStep::Socket(_) | GatherStep::Transmit(_) | GatherStep::Resolve(..) => {
                return Some(step);
            }
            // Nobody heard of it.
            GatherStep::Lost(lost) => {
                held.retain(|step| !matches!(step, GatherStep::Found(one, _) if *one == lost));
            }
            GatherStep::Found(..) | GatherStep::State(_) => held.push(step),
            GatherStep::Fault(_) if held.len() < HELD_MAX => held.push(step),
            GatherStep::Fault(_) => {}
        }
        None
    }

    /// A description wants them: all that was held, in its order; `None` where nothing was to be.
    pub(super) fn end(&mut self) -> Option<Vec<GatherStep>> {
        self.held.take()
    }
}
