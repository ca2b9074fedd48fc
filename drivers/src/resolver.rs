//! Resolving names on a thread of its own, because the system's resolver blocks.

use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

use crate::waker::Waker;

/// Questions that may wait. The engine itself asks no more than this per connection; what comes on
/// top is answered with "no address" at once.
const QUESTIONS_MAX: usize = 64;

/// A name that asks for nothing else, tagged `T` by whoever asked.
type Question<T> = (T, String);
type Answer<T> = (T, Vec<IpAddr>);

/// Questions out, answers back in any order. The thread starts with the first question and ends
/// with the resolver, after the question it is at.
#[derive(Debug)]
pub(crate) struct Resolver<T> {
    waker: Waker,
    questions: Option<SyncSender<Question<T>>>,
    answers: Receiver<Answer<T>>,
    answer: Sender<Answer<T>>,
}

impl<T: Send + 'static> Resolver<T> {
    /// Wakes by `waker` when an answer is there.
    pub(crate) fn new(waker: Waker) -> Self {
        let (answer, answers) = channel();
        Resolver { waker, questions: None, answers, answer }
    }

    /// Asks for the addresses of a name.
    pub(crate) fn ask(&mut self, tag: T, name: String) {
        if self.questions.is_none() {
            self.questions = self.start().ok();
        }
        let refused = match &self.questions {
            Some(questions) => questions.try_send((tag, name)).err().map(|error| match error {
                std::sync::mpsc::TrySendError::Full((tag, _))
                | std::sync::mpsc::TrySendError::Disconnected((tag, _)) => tag,
            }),
            None => Some(tag),
        };
        if let Some(tag) = refused {
            tracing::debug!("too many names wait for the resolver");
            let _ = self.answer.send((tag, Vec::new()));
            self.waker.wake();
        }
    }

    /// The next answer; an empty list when the name has no address.
    pub(crate) fn poll(&mut self) -> Option<Answer<T>> {
        self.answers.try_recv().ok()
    }

    fn start(&self) -> io::Result<SyncSender<Question<T>>> {
        let (questions, asked) = sync_channel::<Question<T>>(QUESTIONS_MAX);
        let (answer, waker) = (self.answer.clone(), self.waker.clone());
        let thread = thread::Builder::new().name("resolver".to_owned());
        thread.spawn(move || {
            for (tag, name) in asked {
                let addresses = addresses_of(&name);
                if answer.send((tag, addresses)).is_err() {
                    return;
                }
                waker.wake();
            }
        })?;
        Ok(questions)
    }
}

fn addresses_of(name: &str) -> Vec<IpAddr> {
    match (name, 0).to_socket_addrs() {
        Ok(addresses) => {
            let mut found: Vec<IpAddr> = addresses.map(|address| address.ip()).collect();
            found.dedup();
            found
        }
        Err(error) => {
            tracing::debug!(name, %error, "name not resolved");
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::task::Wake;

    use super::*;

    struct Unpark(thread::Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    #[test]
    fn answers_wake_whoever_waits() {
        let mut resolver = Resolver::new(Waker::new(Arc::new(Unpark(thread::current()))));
        resolver.ask(7_u8, "127.0.0.1".to_owned());
        let answer = loop {
            match resolver.poll() {
                Some(answer) => break answer,
                None => thread::park(),
            }
        };
        assert_eq!(answer, (7, vec![IpAddr::from([127, 0, 0, 1])]));
    }

    #[test]
    fn what_is_no_name_has_no_address() {
        assert_eq!(addresses_of(""), Vec::<IpAddr>::new());
        assert_eq!(addresses_of("no spaces \0 in names"), Vec::<IpAddr>::new());
    }
}
