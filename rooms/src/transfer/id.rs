//! Numbers of transfers.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::protocol::data::TRANSFER_ID_MAX;

/// A number from 1 to [`TRANSFER_ID_MAX`], at random.
pub fn transfer_id() -> u64 {
    let mut bytes = [0; 8];
    if openssl::rand::rand_bytes(&mut bytes).is_err() {
        // The number only has to differ from those of other transfers.
        let nanos = SystemTime::now().duration_since(UNIX_EPOCH);
        bytes = (nanos.unwrap_or_default().as_nanos() as u64).to_be_bytes();
    }
    (u64::from_be_bytes(bytes) % TRANSFER_ID_MAX) + 1
}
