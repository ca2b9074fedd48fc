//! Numbers and pictures: charts and reports for every part of Lapwing, and the workloads that the
//! benchmarks measure.

pub mod plot;
