//! The laboratory from outside.

#[cfg(test)]
mod determinism;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod links;
#[cfg(test)]
mod nat;
#[cfg(test)]
mod network;
#[cfg(test)]
mod queues;
#[cfg(test)]
mod traversal;
