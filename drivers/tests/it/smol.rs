//! The driver under smol.

use lapwing_drivers::smol::Driver;
use lapwing_engine::{Event, SignalingState};
use smol::future::{self, FutureExt};

use crate::line::{Line, check, lines};
use crate::program::Program;

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
    let (caller, callee) = smol::block_on(future::zip(run(caller, a), run(callee, b)));
    check([&caller, &callee].map(|(line, driver)| (line, driver.counters())));
}

#[test]
fn a_turn_that_is_dropped_keeps_its_events() {
    smol::block_on(async {
        let (mut driver, mut program) = (Driver::new(), Program::caller());
        let mut rtc = program.rtc();
        program.start(&mut rtc);
        let other = async { Ok(lapwing_drivers::Events::default()) };
        let none = driver.turn(&mut rtc).or(other).await.expect("the driver works");
        assert_eq!(none.len(), 0);
        let events = driver.turn(&mut rtc).await.expect("the driver works");
        let offered = Event::SignalingStateChanged(SignalingState::HaveLocalOffer);
        assert!(format!("{:?}", events.as_slice()).contains(&format!("{offered:?}")));
    });
}

#[test]
fn a_turn_ends_when_it_is_woken() {
    smol::block_on(async {
        let mut driver = Driver::new();
        let mut rtc = Program::callee().rtc();
        let waker = driver.waker();
        waker.wake();
        driver.turn(&mut rtc).await.expect("the driver works");
        let waking = smol::unblock(move || waker.wake());
        let (events, ()) = future::zip(driver.turn(&mut rtc), waking).await;
        assert_eq!(events.expect("the driver works").len(), 0);
    });
}
