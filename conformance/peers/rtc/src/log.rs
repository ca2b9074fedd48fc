//! The stack's warnings on standard error.

use ::log::{LevelFilter, Log, Metadata, Record};

struct StandardError;

impl Log for StandardError {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        eprintln!("{} {}: {}", record.level(), record.target(), record.args());
    }

    fn flush(&self) {}
}

/// Begins. `RTC_LOG=trace` in the environment tells more.
pub(crate) fn install() {
    let level = std::env::var("RTC_LOG").ok().and_then(|level| level.parse().ok());
    if ::log::set_logger(&StandardError).is_ok() {
        ::log::set_max_level(level.unwrap_or(LevelFilter::Warn));
    }
}
