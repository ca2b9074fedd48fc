//! Packets by the path that they took: those of candidate pairs, checks left out.

use std::net::SocketAddr;

use crate::session::figures::Volume;

/// Paths that are counted: as many as an agent has pairs.
const PATHS_MAX: usize = 100;

/// What went one way and the other on one path.
#[derive(Clone, Copy, Debug)]
struct PathCount {
    ours: SocketAddr,
    theirs: SocketAddr,
    sent: Volume,
    received: Volume,
}

/// All paths, the one in use in front.
#[derive(Clone, Debug, Default)]
pub(super) struct PathCounts(Vec<PathCount>);

impl PathCounts {
    pub(super) fn on_sent(&mut self, ours: SocketAddr, theirs: SocketAddr, bytes: usize) {
        if let Some(path) = self.path(ours, theirs) {
            path.sent.add(bytes);
        }
    }

    pub(super) fn on_received(&mut self, ours: SocketAddr, theirs: SocketAddr, bytes: usize) {
        if let Some(path) = self.path(ours, theirs) {
            path.received.add(bytes);
        }
    }

    fn path(&mut self, ours: SocketAddr, theirs: SocketAddr) -> Option<&mut PathCount> {
        let is_it = |path: &PathCount| path.ours == ours && path.theirs == theirs;
        match self.0.iter().position(is_it) {
            Some(0) => {}
            Some(place) => self.0.swap(0, place),
            None if self.0.len() < PATHS_MAX => {
                let (sent, received) = (Volume::default(), Volume::default());
                self.0.insert(0, PathCount { ours, theirs, sent, received });
            }
            None => return None,
        }
        self.0.first_mut()
    }

    /// What was sent and received between two addresses.
    pub(super) fn of(&self, ours: SocketAddr, theirs: SocketAddr) -> (Volume, Volume) {
        let found = self.0.iter().find(|path| path.ours == ours && path.theirs == theirs);
        found.map(|path| (path.sent, path.received)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_has_its_own_and_there_is_an_end_of_them() {
        let address = |port: u16| SocketAddr::from(([192, 0, 2, 1], port));
        let mut counts = PathCounts::default();
        counts.on_sent(address(1), address(2), 100);
        counts.on_sent(address(1), address(3), 7);
        counts.on_sent(address(1), address(2), 100);
        counts.on_received(address(1), address(2), 9);
        let volume = |packets, bytes| Volume { packets, bytes };
        assert_eq!(counts.of(address(1), address(2)), (volume(2, 200), volume(1, 9)));
        assert_eq!(counts.of(address(1), address(3)), (volume(1, 7), volume(0, 0)));
        for port in 10..1_000 {
            counts.on_received(address(1), address(port), 1);
        }
        assert_eq!(counts.0.len(), PATHS_MAX);
        assert_eq!(counts.of(address(1), address(2)).0, volume(2, 200));
        assert_eq!(counts.of(address(1), address(999)), (volume(0, 0), volume(0, 0)));
    }
}
