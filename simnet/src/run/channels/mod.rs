//! Traffic over data channels: what each end of a flow writes, and what is measured of it.

mod end;
mod line;
mod meter;
mod writing;

pub(crate) use end::ChannelEnd;
pub(crate) use line::Line;
