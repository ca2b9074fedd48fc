//! Lapwing's peer program against itself in the laboratory.

mod both;
mod calls;
mod exchanges;
mod repeats;
