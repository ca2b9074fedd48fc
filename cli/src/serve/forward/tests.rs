//! Participants and the forwarder in virtual time, joined by a network without delay.

mod data;
mod media;
mod scene;
