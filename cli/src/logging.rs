//! What is logged, and what never is.
//!
//! The libraries below write whole descriptions with ICE passwords, credentials and the bytes of
//! messages into their events at debug and trace. No setting lets those through: of crates that
//! are not ours, warnings and errors pass, and nothing of the parser of descriptions. Our own
//! events name lengths and kinds, never content.

use tracing::subscriber::Interest;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// What our crates are called.
const OURS: &str = "lapwing";

/// Parts of other crates whose warnings quote what they could not read.
const QUOTING: [&str; 1] = ["str0m::sdp"];

/// What takes events and writes them, as far as `filter` and this module let them through.
pub(crate) fn subscriber<W>(filter: EnvFilter, writer: W, ansi: bool) -> impl Subscriber
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(ansi);
    tracing_subscriber::registry().with(lines).with(filter).with(Discreet)
}

/// Lets through what may be known.
struct Discreet;

impl<S: Subscriber> Layer<S> for Discreet {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if may_be_known(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        may_be_known(metadata)
    }
}

fn may_be_known(metadata: &Metadata<'_>) -> bool {
    let within = |name: &str| {
        let rest = metadata.target().strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::") || rest.starts_with('_'))
    };
    let quoting = QUOTING.iter().any(|name| within(name));
    within(OURS) || (*metadata.level() <= Level::WARN && !quoting)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    /// What was written.
    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("no panic").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn no_setting_lets_the_libraries_talk() {
        for setting in ["trace", "str0m=trace,str0m::sdp=trace,lapwing=trace,lapwing_engine=trace"]
        {
            let written = Written::default();
            let writer = written.clone();
            let subscriber = subscriber(EnvFilter::new(setting), move || writer.clone(), false);
            tracing::subscriber::with_default(subscriber, || {
                tracing::trace!(target: "lapwing_engine::session", "ours");
                tracing::debug!(target: "lapwing", "ours");
                tracing::warn!(target: "str0m::ice", "theirs may warn");
                let (sdp, ice) = ("a=ice-pwd:hush", "hush");
                tracing::warn!(target: "str0m::sdp::parser", sdp);
                tracing::debug!(target: "str0m::change", sdp);
                tracing::info!(target: "is::agent", ice);
                tracing::trace!(target: "sctp_proto", ice);
                tracing::trace!(target: "lapwingx", ice);
                tracing::trace!(target: "log", ice);
            });
            let text = String::from_utf8(written.0.lock().expect("no panic").clone());
            let text = text.expect("it is text");
            assert_eq!(text.matches("ours").count(), 2, "{setting}: {text}");
            assert!(text.contains("theirs may warn"), "{setting}: {text}");
            assert!(!text.contains("hush"), "{setting}: {text}");
        }
    }
}
