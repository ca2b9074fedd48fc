//! Two peers in one process, each a task under tokio, connect over the loopback interface and
//! exchange messages.
//!
//! `cargo run -p lapwing-drivers --example tokio_call`

#[path = "shared/party.rs"]
mod party;

use std::io;

use lapwing_drivers::tokio::Driver;

use party::{Party, parties};

async fn run(mut driver: Driver, mut party: Party) -> io::Result<()> {
    let mut rtc = party.connect(lapwing_drivers::config()?.with_loopback());
    while party.listen(&mut rtc) {
        for event in driver.turn(&mut rtc).await? {
            party.event(&mut rtc, event);
        }
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let (a, b) = (Driver::new(), Driver::new());
    let (caller, callee) = parties(a.waker(), b.waker());
    let other = tokio::spawn(run(b, callee));
    run(a, caller).await?;
    other.await?
}
