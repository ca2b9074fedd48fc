//! Forwarders: what arrives of a flow goes on in others.
//!
//! A forwarder has a connection of its own for each flow. Where one flow ends, [`Intake`] hands
//! whole frames to the flows that carry it on; there [`Forwarded`] sends them, of a simulcast the
//! layer that [`LayerChoice`] finds, and sends requests for keyframes back. Both pass [`Note`]s: a
//! forwarder is one machine, in which nothing takes time.

mod forwarded;
mod intake;
mod layer_choice;
mod note;

pub(crate) use forwarded::{Forwarded, ForwardedRates};
pub(crate) use intake::Intake;
use layer_choice::LayerChoice;
use note::{Handed, Note};
