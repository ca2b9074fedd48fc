//! Tests of devices as an application has them.

mod generated;
