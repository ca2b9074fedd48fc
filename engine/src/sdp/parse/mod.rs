//! Text in, [`Description`](super::Description) out.
//!
//! 1. `description`: the order of sections, and limits over the whole text;
//! 2. `lines`: one line after another, with its number;
//! 3. `session`: what stands before the first m-line;
//! 4. `media`: an m-line, and which attributes may follow it;
//! 5. one file for each group of attributes: `basics`, `transport`, `formats`, `rtp`, `layers`.

mod basics;
mod description;
mod formats;
mod layers;
mod lines;
mod media;
mod rtp;
mod session;
mod transport;
