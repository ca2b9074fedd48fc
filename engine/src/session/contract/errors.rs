//! What libraries and the engine log as errors, counted for the thread of a test.

use std::cell::Cell;
use std::sync::Once;

thread_local! {
    static ERRORS: Cell<usize> = const { Cell::new(0) };
}

/// The errors of this thread since it was made.
pub(super) struct Errors {
    _traced: tracing::subscriber::DefaultGuard,
    before: usize,
}

impl Errors {
    pub(super) fn counted() -> Self {
        static LOG: Once = Once::new();
        LOG.call_once(|| {
            log::set_logger(&Counter).expect("no other logger in these tests");
            log::set_max_level(log::LevelFilter::Error);
        });
        Errors { _traced: tracing::subscriber::set_default(Counter), before: ERRORS.get() }
    }

    pub(super) fn count(&self) -> usize {
        ERRORS.get() - self.before
    }
}

struct Counter;

fn note(what: &dyn std::fmt::Debug) {
    eprintln!("error logged: {what:?}");
    ERRORS.set(ERRORS.get() + 1);
}

impl log::Log for Counter {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.level() == log::Level::Error
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            note(record.args());
        }
    }

    fn flush(&self) {}
}

impl tracing::Subscriber for Counter {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        *metadata.level() == tracing::Level::ERROR
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        note(event);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}
