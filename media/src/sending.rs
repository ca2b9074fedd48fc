//! What senders decide: how encoders are to work over the network as it is.

mod audio_control;

pub use audio_control::{AudioChoice, audio_choice};
