//! A running browser and its page.

use super::control::{Control, Silence};
use super::kind::program;
use super::process::Process;
use super::version::{self, version};
use super::{ControlError, Dtls, Kind, LaunchError, Options, chromium, devtools, dtls, firefox};
use serde_json::Value;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long an expression may take that awaits nothing long. The machine may be busy with other
/// tests.
const EVAL_TIMEOUT: Duration = Duration::from_secs(60);

/// How much longer than the page we wait, so that the page's own account of a timeout arrives.
const ANSWER_SLACK: Duration = Duration::from_secs(10);

/// While the page is awaited, a browser that has ended is noticed this often.
const DEATH_WATCH: Duration = Duration::from_millis(250);

/// A browser with one page. Dropping it kills the browser and deletes all that it wrote.
///
/// The browser lives in the network namespace of the thread that launched it, and ends with that
/// thread at the latest.
#[derive(Debug)]
pub struct Browser {
    kind: Kind,
    program: PathBuf,
    control: Control,
    process: Process,
}

impl Browser {
    /// Starts a browser with an empty profile on `url`, to which the parameter `control` is added,
    /// and waits until its page has opened the control channel.
    ///
    /// # Errors
    /// [`LaunchError`] if the browser is missing, does not know an option, or its page does not
    /// report in time.
    pub fn launch(kind: Kind, url: &str, options: &Options) -> Result<Self, LaunchError> {
        let program = match &options.program {
            Some(program) => program.clone(),
            None => program(kind).map_err(LaunchError::Unavailable)?,
        };
        let control = Control::listen()?;
        let url = control.address(url)?;
        let build = |home: &Path| match kind {
            Kind::Chromium => chromium::command(&program, home, &url, options),
            Kind::Firefox => firefox::command(&program, home, &url, options),
        };
        let process = Process::start(build)?;
        let mut browser = Self { kind, program, control, process };
        browser.await_page(options.start_timeout).map_err(LaunchError::NoPage)?;
        Ok(browser)
    }

    /// Which browser it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What its program calls itself, as `Chromium 148.0.7778.167`. `None` when it does not answer.
    pub fn version(&self) -> Option<String> {
        version::ask(&self.program)
    }

    /// Waits for the page to open the control channel again, after it was sent elsewhere or loaded
    /// anew.
    ///
    /// # Errors
    /// [`ControlError`] if that takes longer than `timeout`, or the browser ended.
    pub fn await_page(&mut self, timeout: Duration) -> Result<(), ControlError> {
        const WAITING_FOR: &str = "the page to open its control channel";
        let deadline = Instant::now() + timeout;
        loop {
            let now = Instant::now();
            match self.control.accept(deadline.min(now + DEATH_WATCH)) {
                Ok(()) => return Ok(()),
                Err(Silence::TimedOut) if now < deadline => {}
                Err(silence) => return Err(self.error(silence, WAITING_FOR, timeout)),
            }
            if let Some(status) = self.process.ended() {
                let ended = Silence::Broken(format!("the browser ended: {status}"));
                return Err(self.error(ended, WAITING_FOR, timeout));
            }
        }
    }

    /// The value of a JavaScript expression in the page. If it is a promise, its result.
    ///
    /// # Errors
    /// [`ControlError`] if it throws, takes longer than a minute, or the page is gone.
    pub fn eval(&mut self, js: &str) -> Result<Value, ControlError> {
        self.eval_within(js, EVAL_TIMEOUT)
    }

    /// As [`Self::eval`], for expressions that await something long.
    ///
    /// # Errors
    /// [`ControlError`] if it throws, takes longer than `timeout`, or the page is gone.
    pub fn eval_within(&mut self, js: &str, timeout: Duration) -> Result<Value, ControlError> {
        // The line break keeps a comment at the end of the expression from swallowing the rest.
        let wrapped = format!("(async () => ({js}\n))()");
        let answer = self.control.eval(&wrapped, Instant::now() + timeout);
        answer.map_err(|silence| self.error(silence, js, timeout))
    }

    /// Waits until an expression is truthy, and returns its value. An exception counts as not yet;
    /// the last one is told if the time runs out.
    ///
    /// # Errors
    /// [`ControlError::TimedOut`] with the condition, what it last gave, and the browser's last
    /// output.
    pub fn wait_for(&mut self, condition: &str, timeout: Duration) -> Result<Value, ControlError> {
        let js = format!(
            "await (async () => {{
                const end = performance.now() + {};
                for (;;) {{
                    let last;
                    try {{
                        const value = await ({condition}\n);
                        if (value) return {{ value }};
                        last = String(value);
                    }} catch (error) {{ last = String(error); }}
                    if (performance.now() > end) return {{ last }};
                    await new Promise((again) => setTimeout(again, 50));
                }}
            }})()",
            timeout.as_millis()
        );
        let mut outcome = self.eval_within(&js, timeout + ANSWER_SLACK)?;
        match outcome.get("last") {
            None => Ok(outcome["value"].take()),
            Some(last) => Err(ControlError::TimedOut {
                waiting_for: format!("`{condition}`, which last gave {last}"),
                timeout,
                log: self.process.log().tail(),
            }),
        }
    }

    /// How the `RTCPeerConnection` that an expression gives is secured.
    ///
    /// # Errors
    /// [`ControlError`] if there is no such connection, or the page is gone.
    pub fn dtls(&mut self, connection: &str) -> Result<Dtls, ControlError> {
        Ok(Dtls::read(&self.eval(&dtls::question(connection))?))
    }

    /// Writes a picture of the page as PNG. Chromium only.
    ///
    /// # Errors
    /// [`ControlError`] if the browser cannot do so, or does not answer.
    pub fn screenshot(&mut self, path: &Path) -> Result<(), ControlError> {
        if self.kind != Kind::Chromium {
            return Err(ControlError::Unsupported { kind: self.kind, what: "take screenshots" });
        }
        let profile = self.process.home().join(chromium::PROFILE);
        let picture = devtools::screenshot(&profile, EVAL_TIMEOUT);
        let written = picture.and_then(|picture| std::fs::write(path, picture));
        written.map_err(|error| self.error(error.into(), "a screenshot", EVAL_TIMEOUT))
    }

    /// Kills it now, as dropping it does.
    pub fn end(&mut self) {
        self.process.kill();
    }

    /// The last messages of the page's console, as the browser prints them.
    pub fn console(&self) -> Vec<String> {
        self.process.log().page()
    }

    fn error(&self, silence: Silence, waiting_for: &str, timeout: Duration) -> ControlError {
        let log = self.process.log().tail();
        let waiting_for = waiting_for.to_owned();
        match silence {
            Silence::TimedOut => ControlError::TimedOut { waiting_for, timeout, log },
            Silence::Broken(error) => ControlError::Broken { waiting_for, error, log },
            Silence::Threw(error) => ControlError::Script { js: waiting_for, error, log },
        }
    }
}

impl Drop for Browser {
    /// An assertion that failed knows nothing of the page; an error of ours carries these lines
    /// itself.
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}: {}", version(self.kind), self.process.log().tail());
        }
    }
}

impl From<Silence> for io::Error {
    fn from(silence: Silence) -> Self {
        match silence {
            Silence::TimedOut => io::ErrorKind::TimedOut.into(),
            Silence::Broken(error) | Silence::Threw(error) => Self::other(error),
        }
    }
}
