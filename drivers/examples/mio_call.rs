//! Two peers in one process, each on a thread with a blocking driver, connect over the loopback
//! interface and exchange messages.
//!
//! `cargo run -p lapwing-drivers --example mio_call`

#[path = "shared/party.rs"]
mod party;

use std::io;
use std::thread;

use lapwing_drivers::mio::Driver;

use party::{Party, parties};

fn run(mut driver: Driver, mut party: Party) -> io::Result<()> {
    let mut rtc = party.connect(lapwing_drivers::config()?.with_loopback());
    while party.listen(&mut rtc) {
        for event in driver.turn(&mut rtc)? {
            party.event(&mut rtc, event);
        }
    }
    Ok(())
}

fn main() -> io::Result<()> {
    let (a, b) = (Driver::new()?, Driver::new()?);
    let (caller, callee) = parties(a.waker(), b.waker());
    let other = thread::spawn(move || run(b, callee));
    run(a, caller)?;
    other.join().expect("the callee does not panic")
}
