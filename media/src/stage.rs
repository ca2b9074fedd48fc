//! The two traits every stage speaks: push and poll.

use std::time::Instant;

/// What a poll gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polled<T> {
    /// An item, due now.
    Item(T),
    /// Nothing yet: poll again at this time.
    Wait(Instant),
    /// Nothing, and no time will change that. A stage wants a push; a source has ended.
    Empty,
}

impl<T> Polled<T> {
    /// The item, if there is one.
    pub fn item(self) -> Option<T> {
        match self {
            Polled::Item(item) => Some(item),
            Polled::Wait(_) | Polled::Empty => None,
        }
    }

    /// The same answer with the item changed by `f`.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Polled<U> {
        match self {
            Polled::Item(item) => Polled::Item(f(item)),
            Polled::Wait(at) => Polled::Wait(at),
            Polled::Empty => Polled::Empty,
        }
    }
}

/// Gives items when they are due.
pub trait Source {
    /// What comes out.
    type Output;

    /// The next item due at `now`. Poll until it is not [`Polled::Item`]: several may be due.
    fn poll(&mut self, now: Instant) -> Polled<Self::Output>;
}

/// Takes items.
pub trait Sink {
    /// What goes in.
    type Input;
    /// Why an item was refused.
    type Error;

    /// Takes `item`, which is there at `now`.
    ///
    /// # Errors
    /// When the stage cannot take the item; it stays usable.
    fn push(&mut self, item: Self::Input, now: Instant) -> Result<(), Self::Error>;
}

impl<S: Source + ?Sized> Source for Box<S> {
    type Output = S::Output;

    fn poll(&mut self, now: Instant) -> Polled<S::Output> {
        (**self).poll(now)
    }
}
