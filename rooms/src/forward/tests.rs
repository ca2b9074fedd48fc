//! Participants and the forwarder in virtual time, joined by a network without delay.

mod camera;
mod codecs;
mod data;
mod hostile;
mod layers;
mod link;
mod media;
mod outbound;
mod presence;
mod scene;
mod spatial;
mod table;
mod temporal;
mod thread;
