//! Two peers in one process, both awaited on one thread under smol, connect over the loopback
//! interface and exchange messages.
//!
//! `cargo run -p lapwing-drivers --example smol_call`

#[path = "shared/party.rs"]
mod party;

use std::io;

use lapwing_drivers::smol::Driver;
use smol::future;

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

fn main() -> io::Result<()> {
    let (a, b) = (Driver::new(), Driver::new());
    let (caller, callee) = parties(a.waker(), b.waker());
    smol::block_on(future::try_zip(run(a, caller), run(b, callee)))?;
    Ok(())
}
