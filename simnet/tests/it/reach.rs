//! Two engines behind everything, with servers.

use std::time::Duration;

use lapwing_simnet::reach::{Help, Matrix};

/// Round trips are 100 ms.
const DIRECT: Duration = Duration::from_secs(1);
const BY_RELAY: Duration = Duration::from_secs(2);

#[test]
fn with_a_stun_server_those_connect_that_can() {
    let matrix = Matrix::run(Help::Stun, 1);
    let mut direct = 0;
    for (cell, reached) in &matrix.reached {
        assert_eq!(reached.connected.is_some(), cell.is_direct(), "{cell:?}: {reached:?}");
        match reached.connected {
            Some(took) => assert!(took <= DIRECT, "{cell:?}: {took:?}"),
            None => {
                let failed = reached.failed.expect("it says so");
                assert!(failed <= Duration::from_secs(31), "{cell:?}: {failed:?}");
            }
        }
        direct += u32::from(cell.is_direct());
    }
    assert_eq!((direct, matrix.reached.len()), (73, 121));
}

#[test]
fn with_a_relay_all_connect() {
    let matrix = Matrix::run(Help::Relay, 1);
    for (cell, reached) in &matrix.reached {
        let took = reached.connected.unwrap_or_else(|| panic!("{cell:?} does not connect"));
        let limit = if cell.is_direct() { DIRECT } else { BY_RELAY };
        assert!(took <= limit, "{cell:?}: {took:?}, {reached:?}");
    }
    println!("{}", matrix.markdown());
}
