//! How a congestion controller of the application's is written.

use super::wire::{Fault, Source, Wire};
use crate::congestion::ControllerFactory;

/// A recording has its name only.
impl<'a> Wire<'a> for ControllerFactory {
    fn put(&self, out: &mut Vec<u8>) {
        self.name().put(out);
    }

    fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
        <&str>::take(from).map(ControllerFactory::recorded)
    }
}
