//! What scenarios can name.

use lapwing_simnet::Parts;

use crate::{DelayTarget, Ramp};

/// `controller = "delay-target"` in `[[flow]]`, and `type = "ramp"` in a `queue`.
pub fn parts() -> Parts {
    Parts::new()
        .controller("delay-target", |settings, rate, start| {
            Box::new(DelayTarget::new(settings, rate, start))
        })
        .queue("ramp", |settings, limit, stream| Box::new(Ramp::new(settings, limit, stream)))
}
