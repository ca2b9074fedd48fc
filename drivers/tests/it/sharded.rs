//! Many connections on several threads.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use lapwing_drivers::Counters;
use lapwing_drivers::mio::MultiDriver;
use lapwing_drivers::sharded::{
    FaultCause, Handler, Ports, PostError, Shard, ShardFault, ShardedDriver,
};
use lapwing_engine::{Event, Rtc};

use crate::caller::Caller;
use crate::program::{Program, Signal};

/// Callers of the server.
const CALLERS: usize = 16;

/// Sixteen calls take some seconds on a slow machine; two minutes mean that they hang.
const DEADLINE: Duration = Duration::from_secs(120);

/// The server's programs on one shard.
struct Callees {
    programs: BTreeMap<usize, Program>,
    signals: Sender<(usize, Signal)>,
    counters: Counters,
}

impl Callees {
    fn signal(&mut self, driver: &mut MultiDriver<usize>, key: usize, signal: Signal) {
        let program = self.programs.entry(key).or_insert_with(Program::callee);
        program.signal(driver.rtc_mut(&key).expect("it was inserted"), signal);
        self.send_signals(key);
    }

    fn send_signals(&mut self, key: usize) {
        let program = self.programs.get_mut(&key).expect("it has a connection");
        for signal in program.signals.drain(..) {
            // The test may be over.
            let _ = self.signals.send((key, signal));
        }
    }
}

impl Handler<usize> for Callees {
    fn event(&mut self, driver: &mut MultiDriver<usize>, key: &usize, event: Event) {
        let program = self.programs.entry(*key).or_insert_with(Program::callee);
        program.event(driver.rtc_mut(key).expect("it was inserted"), event);
        self.send_signals(*key);
    }

    fn turned(&mut self, driver: &mut MultiDriver<usize>) -> Duration {
        self.counters = driver.counters();
        Duration::MAX
    }
}

type Server = ShardedDriver<usize, Callees>;

fn server(
    shards: usize,
    ports: fn(std::net::SocketAddr) -> Ports,
) -> (Server, Receiver<(usize, Signal)>) {
    let shards = NonZeroUsize::new(shards).expect("some");
    let local = "127.0.0.1:0".parse().expect("an address");
    let (to_callers, signals) = channel();
    let handler = |_| Callees {
        programs: BTreeMap::new(),
        signals: to_callers.clone(),
        counters: Counters::default(),
    };
    let on_fault = |fault: &ShardFault| panic!("{fault}");
    (Server::start(shards, ports(local), handler, on_fault).expect("free ports"), signals)
}

/// Everyone calls; the connections go to the shards in turn. Gives the handlers of the end.
fn call(server: Server, signals: &Receiver<(usize, Signal)>) -> Vec<Callees> {
    let mut callers: Vec<Caller> = (0..CALLERS).map(|_| Caller::new()).collect();
    let shard_of = |key: usize| &server.shards()[key % server.shards().len()];
    for key in 0..CALLERS {
        let config = shard_of(key).config().expect("the system has randomness");
        let insert = move |driver: &mut MultiDriver<usize>, _: &mut Callees| {
            driver.insert(key, Rtc::new(config, Instant::now()));
        };
        shard_of(key).post(insert).expect("the shard runs");
    }
    let deadline = Instant::now() + DEADLINE;
    while callers.iter().any(|caller| !caller.program.over) {
        let over = callers.iter().filter(|caller| caller.program.over).count();
        assert!(Instant::now() < deadline, "{over} of {CALLERS} are through");
        for (key, caller) in callers.iter_mut().enumerate() {
            caller.turn();
            for signal in caller.program.signals.drain(..) {
                let post = move |driver: &mut MultiDriver<usize>, callees: &mut Callees| {
                    callees.signal(driver, key, signal);
                };
                shard_of(key).post(post).expect("the shard runs");
            }
        }
        for (key, signal) in signals.try_iter() {
            let caller = &mut callers[key];
            caller.program.signal(&mut caller.rtc, signal);
        }
    }
    callers.iter().for_each(|caller| caller.program.check());
    let shard = server.shards()[0].clone();
    let handlers = server.stop().expect("the drivers work");
    assert_eq!(shard.post(|_, _| {}), Err(PostError::Stopped));
    for handler in &handlers {
        handler.programs.values().for_each(Program::check);
        assert_eq!(handler.counters.sourceless, 0, "{:?}", handler.counters);
    }
    assert_eq!(handlers.iter().map(|handler| handler.programs.len()).sum::<usize>(), CALLERS);
    handlers
}

#[test]
fn each_shard_has_its_port() {
    let (server, signals) = server(2, Ports::PerShard);
    let addresses = [0, 1].map(|shard: usize| server.shards()[shard].addresses().to_vec());
    assert_ne!(addresses[0], addresses[1]);
    let handlers = call(server, &signals);
    assert!(handlers.iter().all(|handler| handler.counters.handed_on == 0));
}

#[test]
fn shards_share_a_port_and_hand_on_what_is_not_theirs() {
    let (server, signals) = server(2, Ports::Shared);
    let addresses = [0, 1].map(|shard: usize| server.shards()[shard].addresses().to_vec());
    assert_eq!(addresses[0], addresses[1]);
    let handlers = call(server, &signals);
    // That no peer comes to the wrong socket has a chance of one in 2^16.
    assert!(handlers.iter().any(|handler| handler.counters.handed_on > 0));
}

/// Panics at the first event.
struct Fragile;

impl Handler<u8> for Fragile {
    fn event(&mut self, _driver: &mut MultiDriver<u8>, _key: &u8, _event: Event) {
        panic!("cannot bear events");
    }
}

/// Starts two shards, has `kill` end the first, and checks who hears of it.
fn killed(kill: impl FnOnce(&Shard<u8, Fragile>), said: &str) {
    let two = NonZeroUsize::new(2).expect("not zero");
    let local = "127.0.0.1:0".parse().expect("an address");
    let (faults, heard) = channel();
    let on_fault = move |fault: &ShardFault| {
        let _ = faults.send((fault.shard, fault.to_string()));
    };
    let server = ShardedDriver::start(two, Ports::PerShard(local), |_| Fragile, on_fault);
    let server = server.expect("free ports");
    kill(&server.shards()[0]);
    let (shard, text) = heard.recv_timeout(DEADLINE).expect("the owner hears of it");
    assert_eq!((shard, text), (0, format!("shard 0 panicked: {said}")));
    assert_eq!(server.shards()[0].post(|_, _| {}), Err(PostError::Stopped));
    // The other goes on.
    let (done, waited) = channel();
    let command = move |_: &mut MultiDriver<u8>, _: &mut Fragile| {
        let _ = done.send(());
    };
    server.shards()[1].post(command).expect("it runs");
    waited.recv_timeout(DEADLINE).expect("it was done");
    let fault = server.stop().err().expect("one has failed");
    assert!(matches!(&fault.cause, FaultCause::Panic(text) if text == said), "{fault}");
}

#[test]
fn a_handler_that_panics_is_heard_of() {
    let insert = |shard: &Shard<u8, Fragile>| {
        let config = shard.config().expect("the system has randomness");
        let insert = move |driver: &mut MultiDriver<u8>, _: &mut Fragile| {
            let mut rtc = Rtc::new(config, Instant::now());
            rtc.close(Instant::now());
            driver.insert(1, rtc);
        };
        shard.post(insert).expect("it runs");
    };
    killed(insert, "cannot bear events");
}

#[test]
fn a_command_that_panics_is_heard_of() {
    let post = |shard: &Shard<u8, Fragile>| {
        shard.post(|_, _| panic!("a command that panics")).expect("it runs");
    };
    killed(post, "a command that panics");
}
