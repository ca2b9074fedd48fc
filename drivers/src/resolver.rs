//! Resolving names on threads of their own, because the system's resolver blocks.

use std::collections::VecDeque;
use std::net::{IpAddr, ToSocketAddrs};
use std::panic::catch_unwind;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::waker::Waker;

/// Questions that may wait. The engine itself asks no more than this per connection; what comes on
/// top is answered with "no address" at once.
const QUESTIONS_MAX: usize = 64;

/// Names looked up at a time, those included that were given up but whose look-up has not come
/// back: a bound on threads that hang.
const LOOKUPS_MAX: usize = 4;

/// How long a question may take before its answer is "no address". The system asks a server that
/// does not answer twice, for five seconds each (resolv.conf(5)).
const PATIENCE: Duration = Duration::from_secs(10);

/// The addresses of a name; none where it has none. It may block, and it may panic.
type Lookup = fn(&str) -> Vec<IpAddr>;

/// Questions out, answers back in any order: every question is answered, whatever becomes of its
/// look-up. Each has a thread, which ends with it.
#[derive(Debug)]
pub(crate) struct Resolver<T> {
    waker: Waker,
    lookup: Lookup,
    /// Not answered yet, by deadline.
    questions: VecDeque<Question<T>>,
    next_number: u64,
    /// Threads that have not answered.
    running: usize,
    answers: Receiver<Answer>,
    answer: Sender<Answer>,
}

/// A name that was asked for, tagged `T` by whoever asked.
#[derive(Debug)]
struct Question<T> {
    number: u64,
    tag: T,
    /// Until a thread takes it.
    name: Option<String>,
    deadline: Instant,
}

type Answer = (u64, Vec<IpAddr>);

impl<T> Resolver<T> {
    /// Wakes by `waker` when an answer is there.
    pub(crate) fn new(waker: Waker) -> Self {
        Resolver::with_lookup(waker, addresses_of)
    }

    fn with_lookup(waker: Waker, lookup: Lookup) -> Self {
        let (answer, answers) = channel();
        let (questions, next_number, running) = (VecDeque::new(), 0, 0);
        Resolver { waker, lookup, questions, next_number, running, answers, answer }
    }

    /// Asks for the addresses of a name.
    pub(crate) fn ask(&mut self, tag: T, name: String, now: Instant) {
        let number = self.next_number;
        self.next_number += 1;
        if self.questions.len() < QUESTIONS_MAX {
            let deadline = now + PATIENCE;
            self.questions.push_back(Question { number, tag, name: Some(name), deadline });
            self.start_lookups(now);
        } else {
            tracing::debug!("too many names wait for the resolver");
            self.questions.push_front(Question { number, tag, name: None, deadline: now });
        }
    }

    /// The next answer; an empty list when the name has no address, or none that could be found.
    pub(crate) fn poll(&mut self, now: Instant) -> Option<(T, Vec<IpAddr>)> {
        while let Ok((number, addresses)) = self.answers.try_recv() {
            self.running -= 1;
            self.start_lookups(now);
            // It may have been given up before.
            let found = self.questions.iter().position(|question| question.number == number);
            if let Some(question) = found.and_then(|index| self.questions.remove(index)) {
                return Some((question.tag, addresses));
            }
        }
        let late = self.questions.pop_front_if(|question| question.deadline <= now)?;
        Some((late.tag, Vec::new()))
    }

    /// When to poll though nothing woke.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.questions.front().map(|question| question.deadline)
    }

    fn start_lookups(&mut self, now: Instant) {
        for index in 0..self.questions.len() {
            if self.running == LOOKUPS_MAX {
                return;
            }
            let question = &mut self.questions[index];
            let Some(name) = question.name.take() else { continue };
            let number = question.number;
            if let Err(error) = self.start(number, name) {
                tracing::warn!(%error, "no thread for the resolver");
                self.questions[index].deadline = now;
                self.questions.make_contiguous().sort_by_key(|question| question.deadline);
                return;
            }
            self.running += 1;
        }
    }

    fn start(&self, number: u64, name: String) -> std::io::Result<()> {
        let (answer, waker, lookup) = (self.answer.clone(), self.waker.clone(), self.lookup);
        let thread = thread::Builder::new().name("resolver".to_owned());
        thread.spawn(move || {
            let addresses = catch_unwind(|| lookup(&name)).unwrap_or_else(|_| {
                tracing::error!("the look-up of a name panicked");
                Vec::new()
            });
            // The driver may be gone.
            if answer.send((number, addresses)).is_ok() {
                waker.wake();
            }
        })?;
        Ok(())
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

    fn resolver(lookup: Lookup) -> Resolver<usize> {
        Resolver::with_lookup(Waker::new(Arc::new(Unpark(thread::current()))), lookup)
    }

    /// The next answer, for as long as it takes a thread to give it.
    fn answer(resolver: &mut Resolver<usize>, now: Instant) -> (usize, Vec<IpAddr>) {
        loop {
            match resolver.poll(now) {
                Some(answer) => return answer,
                None => thread::park(),
            }
        }
    }

    /// Looks up well-behaved names.
    fn moody(name: &str) -> Vec<IpAddr> {
        match name {
            "panic" => panic!("a look-up that panics"),
            "hang" => loop {
                thread::park();
            },
            _ => addresses_of(name),
        }
    }

    const LOCALHOST: [IpAddr; 1] = [IpAddr::V4(std::net::Ipv4Addr::LOCALHOST)];

    #[test]
    fn answers_wake_whoever_waits() {
        let (mut resolver, now) = (resolver(addresses_of), Instant::now());
        resolver.ask(7, "127.0.0.1".to_owned(), now);
        assert_eq!(answer(&mut resolver, now), (7, LOCALHOST.to_vec()));
        assert_eq!(resolver.next_deadline(), None);
    }

    #[test]
    fn what_is_no_name_has_no_address() {
        assert_eq!(addresses_of(""), Vec::<IpAddr>::new());
        assert_eq!(addresses_of("no spaces \0 in names"), Vec::<IpAddr>::new());
    }

    #[test]
    fn a_look_up_that_panics_found_nothing() {
        let (mut resolver, now) = (resolver(moody), Instant::now());
        for tag in 0..2 * LOOKUPS_MAX {
            resolver.ask(tag, "panic".to_owned(), now);
            assert_eq!(answer(&mut resolver, now), (tag, Vec::new()));
        }
        resolver.ask(99, "127.0.0.1".to_owned(), now);
        assert_eq!(answer(&mut resolver, now), (99, LOCALHOST.to_vec()));
    }

    #[test]
    fn a_look_up_that_hangs_is_given_up_and_keeps_nobody_waiting() {
        let (mut resolver, now) = (resolver(moody), Instant::now());
        resolver.ask(0, "hang".to_owned(), now);
        resolver.ask(1, "127.0.0.1".to_owned(), now);
        assert_eq!(answer(&mut resolver, now), (1, LOCALHOST.to_vec()));
        let deadline = resolver.next_deadline().expect("one waits");
        assert_eq!(resolver.poll(deadline - Duration::from_nanos(1)), None);
        assert_eq!(resolver.poll(deadline), Some((0, Vec::new())));
        assert_eq!(resolver.next_deadline(), None);
    }

    #[test]
    fn when_all_hang_every_question_is_answered_all_the_same() {
        let (mut resolver, now) = (resolver(moody), Instant::now());
        let asked = QUESTIONS_MAX + 3;
        (0..asked).for_each(|tag| resolver.ask(tag, "hang".to_owned(), now));
        let answers = |resolver: &mut Resolver<usize>, now| {
            std::iter::from_fn(|| resolver.poll(now)).collect::<Vec<_>>()
        };
        // What was too much is answered at once.
        let mut given = answers(&mut resolver, now);
        assert_eq!(given.len(), 3);
        given.extend(answers(&mut resolver, now + PATIENCE));
        given.sort();
        assert!(given.into_iter().eq((0..asked).map(|tag| (tag, Vec::new()))));
        assert_eq!(resolver.running, LOOKUPS_MAX, "threads are bounded");
    }
}
