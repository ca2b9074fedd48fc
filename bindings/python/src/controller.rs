//! A congestion controller written in Python, as the engine sees it.
//!
//! 1. A connection is there: the factory is called, and the methods of what it made are looked up.
//! 2. What the engine tells is told to those methods that there are.
//! 3. `update` answers; the answer, within the limits, is the target.
//! 4. An exception is kept. From then on nothing is called, the last target holds, and the run,
//!    which looks after each step, ends with the exception.

use std::collections::BTreeMap;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use lapwing_engine::congestion::{
    CongestionController, IDLE_WAKEUP_EVERY, Limits, PROBES_MAX, Target,
};
use lapwing_engine::{Bitrate, SentPacket, TransportFeedback};
use lapwing_simnet::{Parts, Settings};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::answer;
use crate::told::{self, Feedback, Packet, bps, seconds};

/// What makes controllers, by the names that flows use.
pub(crate) type Factories = BTreeMap<String, Py<PyAny>>;

/// A controller that is always due would stop the run's clock.
const WAKE_AFTER: Duration = Duration::from_millis(1);

/// The first exception of a run.
#[derive(Clone, Default)]
pub(crate) struct Failure(Arc<Mutex<Option<PyErr>>>);

impl Failure {
    /// Keeps an exception, unless there is one.
    pub(crate) fn note(&self, error: PyErr) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }

    pub(crate) fn is_there(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    pub(crate) fn take(&self) -> Option<PyErr> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The factories as parts of a run that begins at `origin`.
pub(crate) fn parts(factories: Factories, origin: Instant, failure: &Failure) -> Parts {
    factories.into_iter().fold(Parts::new(), |parts, (name, factory)| {
        let maker = Maker { factory, origin, failure: failure.clone() };
        parts.controller(&name, move |settings, start, now| {
            Box::new(maker.make(settings, start, now))
        })
    })
}

/// Makes controllers of one kind.
struct Maker {
    factory: Py<PyAny>,
    origin: Instant,
    failure: Failure,
}

// What Python holds is not half-changed by a panic here: nothing panics while Python is called.
impl UnwindSafe for Maker {}
impl RefUnwindSafe for Maker {}

impl Maker {
    fn make(&self, settings: &Settings, start: Bitrate, now: Instant) -> Controller {
        let Maker { factory, origin, failure } = self;
        let methods = Python::attach(|py| {
            let arguments = PyDict::new(py);
            for (name, value) in settings.iter() {
                arguments.set_item(name, value)?;
            }
            let told = (bps(start), seconds(now, *origin));
            Methods::of(&factory.bind(py).call(told, Some(&arguments))?)
        });
        Controller {
            methods: methods.map_err(|error| failure.note(error)).unwrap_or_default(),
            origin: *origin,
            failure: failure.clone(),
            target: answer::of_rate(start),
            limits: Limits::default(),
            wake: None,
            sent: None,
        }
    }
}

/// The methods that a controller has.
#[derive(Default)]
struct Methods {
    update: Option<Py<PyAny>>,
    on_feedback: Option<Py<PyAny>>,
    on_sent: Option<Py<PyAny>>,
    on_round_trip: Option<Py<PyAny>>,
    on_receiver_limit: Option<Py<PyAny>>,
    on_path_changed: Option<Py<PyAny>>,
    set_limits: Option<Py<PyAny>>,
}

impl Methods {
    fn of(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let found = |name: &str| Ok::<_, PyErr>(object.getattr_opt(name)?.map(Bound::unbind));
        Ok(Methods {
            // Without it, the exception says so.
            update: Some(object.getattr("update")?.unbind()),
            on_feedback: found("on_feedback")?,
            on_sent: found("on_sent")?,
            on_round_trip: found("on_round_trip")?,
            on_receiver_limit: found("on_receiver_limit")?,
            on_path_changed: found("on_path_changed")?,
            set_limits: found("set_limits")?,
        })
    }
}

/// A controller whose decisions are Python's.
struct Controller {
    methods: Methods,
    origin: Instant,
    failure: Failure,
    /// The last answer.
    target: Target,
    limits: Limits,
    wake: Option<Instant>,
    /// When a packet was sent last.
    sent: Option<Instant>,
}

impl Controller {
    /// Calls a method, if it is there and nothing failed before; what it answers goes to `then`.
    fn call<T>(
        &self,
        method: &Option<Py<PyAny>>,
        arguments: impl for<'py> FnOnce(Python<'py>) -> PyResult<Bound<'py, PyTuple>>,
        then: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<T>,
    ) -> Option<T> {
        let method = method.as_ref().filter(|_| !self.failure.is_there())?;
        let called = Python::attach(|py| {
            let arguments = arguments(py)?;
            then(&method.bind(py).call1(arguments)?)
        });
        called.map_err(|error| self.failure.note(error)).ok()
    }

    /// Calls a method that answers nothing.
    fn tell(
        &self,
        method: &Option<Py<PyAny>>,
        arguments: impl for<'py> FnOnce(Python<'py>) -> PyResult<Bound<'py, PyTuple>>,
    ) {
        self.call(method, arguments, |_| Ok(()));
    }
}

impl CongestionController for Controller {
    fn on_sent(&mut self, packet: &SentPacket) {
        self.sent = Some(packet.sent_at);
        let packet = Packet::sent(*packet, self.origin);
        self.tell(&self.methods.on_sent, |py| (packet,).into_pyobject(py));
    }

    fn on_feedback(&mut self, feedback: &TransportFeedback) {
        let origin = self.origin;
        self.tell(&self.methods.on_feedback, |py| {
            (Feedback::new(feedback, origin),).into_pyobject(py)
        });
    }

    fn on_round_trip(&mut self, round_trip: Duration, now: Instant) {
        let told = (round_trip.as_secs_f64(), seconds(now, self.origin));
        self.tell(&self.methods.on_round_trip, |py| told.into_pyobject(py));
    }

    fn on_receiver_limit(&mut self, limit: Option<Bitrate>, now: Instant) {
        let told = (limit.map(bps), seconds(now, self.origin));
        self.tell(&self.methods.on_receiver_limit, |py| told.into_pyobject(py));
    }

    fn on_path_changed(&mut self, now: Instant) {
        let told = (seconds(now, self.origin),);
        self.tell(&self.methods.on_path_changed, |py| told.into_pyobject(py));
    }

    fn set_limits(&mut self, limits: Limits, now: Instant) {
        self.limits = limits;
        let told = (told::Limits(limits), seconds(now, self.origin));
        self.tell(&self.methods.set_limits, |py| told.into_pyobject(py));
    }

    fn update(&mut self, now: Instant) -> Target {
        let told = (seconds(now, self.origin),);
        let (last, limits, origin) = (self.target, self.limits, self.origin);
        let read = |answer: &Bound<'_, PyAny>| answer::read(answer, last, limits, origin);
        let answer = self.call(&self.methods.update, |py| told.into_pyobject(py), read);
        let busy = self.sent.is_some_and(|sent| now <= sent + IDLE_WAKEUP_EVERY);
        let after = if busy { WAKE_AFTER } else { IDLE_WAKEUP_EVERY };
        self.wake = None;
        match answer {
            Some(answer) => {
                self.target = answer.target;
                self.wake = answer.wake.map(|at| at.max(now + after));
            }
            // A probe is wanted once.
            None => self.target.probes = [None; PROBES_MAX],
        }
        self.target
    }

    fn next_wakeup(&self) -> Option<Instant> {
        self.wake
    }
}

impl fmt::Debug for Controller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Controller").field("target", &self.target).finish_non_exhaustive()
    }
}
