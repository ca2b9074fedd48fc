//! Integration tests of xtask: the house rules, run over the whole workspace.

mod tidy;
