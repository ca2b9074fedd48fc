//! Controllers and pacer together, over links in virtual time.

mod call;
mod hostile;
mod limits;
mod link;
mod paths;
mod shared;
mod tcp;
mod video;
