//! Many in one room.

use lapwing_conformance::browser::{Kind, stage};

use super::program::{Program, SOON, assert_tracks, await_tracks, page};

#[test]
fn three_pages_and_two_native_peers_receive_all_others() {
    let test = "rooms::three_pages_and_two_native_peers_receive_all_others";
    stage(test, &[Kind::Chromium], || {
        let (_server, room) = Program::server()?;
        let mut peers = Vec::new();
        for name in ["ada", "bob"] {
            let mut peer =
                Program::start(["call", &room, "--name", name, "--codec", "vp8", "--json"])?;
            peer.await_event("connected", SOON)?;
            peers.push(peer);
        }
        let mut pages = Vec::new();
        for name in ["carol", "dan", "eve"] {
            pages.push(page(Kind::Chromium, &room, name, Some("vp8"))?);
        }
        for page in &mut pages {
            await_tracks(page, 4)?;
        }
        for peer in &mut peers {
            peer.await_tracks(4)?;
            assert_tracks(&peer.report()?, 4)?;
        }
        Ok(())
    });
}
