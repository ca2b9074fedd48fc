//! The dependency descriptor: which frames a frame refers to, and which layers it is a part of (AV1
//! RTP specification, appendix A).

mod bits;
mod descriptor;
mod error;
mod structure;
#[cfg(test)]
mod tests;
mod writer;

pub use descriptor::{DependencyDescriptor, DependencyReader, DescribedFrame, DescriptorHead};
pub use error::DependencyError;
pub use structure::{
    DECODE_TARGETS_MAX, DecodeTargetIndication, DependencyStructure, FRAME_DIFFS_MAX,
    FrameDefinition, FrameDiffs, TEMPLATES_MAX,
};
pub use writer::DependencyWriter;
