//! How far the session is on its way to its end.

/// How far it is on its way to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    Running,
    Over,
}

impl Life {
    pub(super) fn is_running(self) -> bool {
        self == Life::Running
    }
}
