//! Receivers behind two engines, in virtual time.

mod layers;
mod together;
mod way;
