//! Tests of header extensions.

mod maps;
mod values;
