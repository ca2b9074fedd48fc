//! Drivers on the loopback interface.

#[cfg(feature = "mio")]
mod caller;
#[cfg(feature = "mio")]
mod carrier;
#[cfg(all(target_os = "linux", feature = "mio", feature = "smol", feature = "tokio"))]
mod descriptors;
#[cfg(feature = "tokio")]
mod echo;
#[cfg(any(feature = "mio", feature = "smol", feature = "tokio"))]
mod line;
#[cfg(any(feature = "mio", feature = "smol", feature = "tokio"))]
mod marks;
#[cfg(feature = "mio")]
mod mio;
#[cfg(feature = "mio")]
mod multi;
#[cfg(any(feature = "mio", feature = "smol", feature = "tokio"))]
mod program;
#[cfg(feature = "mio")]
mod relay;
#[cfg(feature = "mio")]
mod sharded;
#[cfg(feature = "smol")]
mod smol;
#[cfg(all(feature = "mio", feature = "smol", feature = "tokio"))]
mod streams;
#[cfg(feature = "tokio")]
mod tokio;
