//! Numbers and pictures: charts and reports for every part of Lapwing, and the workloads that the
//! benchmarks measure.

pub mod lab;
pub mod load;
pub mod measure;
pub mod plot;
