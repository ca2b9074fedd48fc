//! The driver under tokio.

use lapwing_drivers::tokio::Driver;
use lapwing_engine::{Event, SignalingState};
use tokio::runtime::{Builder, Runtime};

use crate::line::{Line, check, lines};
use crate::program::Program;

pub(crate) fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

pub(crate) async fn run(mut line: Line, mut driver: Driver) -> (Line, Driver) {
    while line.go_on() {
        for event in driver.turn(&mut line.rtc).await.expect("the driver works") {
            line.program.event(&mut line.rtc, event);
        }
    }
    (line, driver)
}

#[test]
fn two_peers_exchange_messages_and_frames() {
    let (a, b) = (Driver::new(), Driver::new());
    let (caller, callee) = lines(a.waker(), b.waker());
    // Spawned, which proves that the futures may move between threads.
    let (caller, callee) = runtime().block_on(async {
        let (caller, callee) = (tokio::spawn(run(caller, a)), tokio::spawn(run(callee, b)));
        (caller.await.expect("no panic"), callee.await.expect("no panic"))
    });
    check([&caller, &callee].map(|(line, driver)| (line, driver.counters())));
}

#[test]
fn a_turn_that_is_dropped_keeps_its_events() {
    runtime().block_on(async {
        let (mut driver, mut program) = (Driver::new(), Program::caller());
        let mut rtc = program.rtc();
        program.start(&mut rtc);
        tokio::select! {
            biased;
            _ = driver.turn(&mut rtc) => panic!("others of the thread come first"),
            () = std::future::ready(()) => {}
        }
        let events = driver.turn(&mut rtc).await.expect("the driver works");
        let offered = Event::SignalingStateChanged(SignalingState::HaveLocalOffer);
        assert!(format!("{:?}", events.as_slice()).contains(&format!("{offered:?}")));
    });
}

#[test]
fn a_turn_ends_when_it_is_woken() {
    runtime().block_on(async {
        let mut driver = Driver::new();
        let mut rtc = Program::callee().rtc();
        let waker = driver.waker();
        waker.wake();
        driver.turn(&mut rtc).await.expect("the driver works");
        std::thread::spawn(move || waker.wake());
        assert_eq!(driver.turn(&mut rtc).await.expect("the driver works").len(), 0);
    });
}
