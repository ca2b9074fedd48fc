//! The laboratory from outside.

#[cfg(test)]
mod air;
mod arrivals;
mod behaviour;
mod capture;
mod channels;
#[cfg(test)]
mod class_loss;
#[cfg(test)]
mod cross_models;
#[cfg(test)]
mod cross_outage;
#[cfg(test)]
mod cross_path;
#[cfg(test)]
mod cross_quic;
#[cfg(test)]
mod cross_workloads;
#[cfg(test)]
mod determinism;
mod doctor;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod expect;
#[cfg(test)]
mod explore;
#[cfg(test)]
mod explore_helped;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod forwarder;
#[cfg(test)]
mod ice_tcp;
mod links;
#[cfg(test)]
mod nat;
#[cfg(test)]
mod nat64;
#[cfg(test)]
mod network;
#[cfg(test)]
mod parts;
mod peers;
#[cfg(test)]
mod queues;
#[cfg(test)]
mod rates;
mod reach;
#[cfg(test)]
mod relayed;
mod run;
#[cfg(test)]
mod scenario;
mod scenario_actions;
mod scenario_bounds;
#[cfg(test)]
mod servers;
#[cfg(test)]
mod streams;
#[cfg(test)]
mod sweep;
#[cfg(all(test, target_os = "linux"))]
mod system;
#[cfg(test)]
mod tcp;
#[cfg(test)]
mod traversal;
#[cfg(test)]
mod traversal_files;
#[cfg(test)]
mod tutorial;
#[cfg(test)]
mod validation;
