//! The receiver of pictures, on links in virtual time.

mod conditions;
mod hostile;
mod layers;
mod line;
mod together;
