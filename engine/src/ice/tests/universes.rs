//! Networks drawn from seeds, with ours and the crate `is` in every combination: where two of
//! theirs find a path, ours does too, with itself and with theirs, and of the same kind.

use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use super::differential::{Kind, Theirs};
use super::world::{Nat, Ours, Side, World};

const UNIVERSES: u64 = 300;

const LIMIT: Duration = Duration::from_secs(20);

/// How a side is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Home {
    Open,
    /// Behind a NAT with a mapping for each of its addresses.
    ByAddress,
    /// Behind one with a mapping for each destination.
    ByDestination,
}

/// A network and two sides in it.
#[derive(Clone, Debug)]
struct Universe {
    homes: [Home; 2],
    hosts: [Vec<String>; 2],
    /// Whether a side asks a server how it is seen.
    asks: [bool; 2],
    /// Of a thousand packets.
    loss: u32,
    delay: Duration,
    /// The first side's candidates come so late.
    late: Duration,
    a_controls: bool,
}

impl Universe {
    fn drawn(seed: u64) -> Universe {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let mut below = |count: u32| rng.next_u32() % count;
        let homes = match below(6) {
            0 | 1 => [Home::Open, Home::Open],
            2 => [Home::ByAddress, Home::Open],
            3 => [Home::Open, Home::ByDestination],
            4 => [Home::ByDestination, Home::Open],
            // Mappings by destination on one side and filters by port on the other find no way.
            _ => [Home::ByAddress, Home::ByAddress],
        };
        let open = homes == [Home::Open; 2];
        let hosts = [("10.0.0", 1), ("10.9.0", 2)].map(|(net, port)| {
            (0..=below(3)).map(|n| format!("{net}.{}:{port}", n + 1)).collect::<Vec<_>>()
        });
        let mut hosts = hosts;
        // Both families: the better one is found by all where nothing is lost.
        let v6 = open && below(2) == 0;
        if v6 {
            hosts[0].push("[2001:db8::1]:1".to_owned());
            hosts[1].push("[2001:db8::2]:2".to_owned());
        }
        Universe {
            homes,
            hosts,
            // Two sides behind NATs need to know how they are seen; one may go without.
            asks: if homes == [Home::ByAddress; 2] { [true; 2] } else { [below(2) == 0; 2] },
            loss: if v6 { 0 } else { below(3) * 75 },
            delay: Duration::from_millis(u64::from(5 + below(120))),
            late: Duration::from_millis(u64::from(below(4) * 200)),
            a_controls: below(2) == 0,
        }
    }

    fn play<A: Side, B: Side>(&self, a: A, b: B) -> Option<Kind> {
        let mut world = World::new(a, b, 5);
        (world.loss, world.delay) = (self.loss, self.delay);
        for (side, external) in ["203.0.113.1", "203.0.113.2"].into_iter().enumerate() {
            let by_destination = self.homes[side] == Home::ByDestination;
            let is_open = self.homes[side] == Home::Open;
            world.nats[side] = (!is_open).then(|| Nat::new(external, by_destination));
        }
        let [of_a, of_b] = self
            .hosts
            .each_ref()
            .map(|hosts| hosts.iter().map(String::as_str).collect::<Vec<&str>>());
        world.add_hosts(&of_a, &of_b);
        let (none, a_asks, b_asks) = (Vec::new(), self.asks[0], self.asks[1]);
        world.add_reflexive(if a_asks { &of_a } else { &none }, if b_asks { &of_b } else { &none });
        world.exchange_credentials(self.a_controls, !self.a_controls);
        for line in world.b.candidates() {
            world.a.add_remote(&line, world.now);
        }
        world.run_for(self.late);
        for line in world.a.candidates() {
            world.b.add_remote(&line, world.now);
        }
        world.run_until_agreed(LIMIT)?;
        // What is better takes over.
        world.run_for(Duration::from_secs(5));
        world.run_until_agreed(LIMIT)?;
        Some(Kind::of(&world))
    }
}

#[test]
fn in_any_universe_all_combinations_end_with_the_same_kind_of_pair() {
    let mut found = 0;
    for seed in 0..UNIVERSES {
        let universe = Universe::drawn(seed);
        let theirs = universe.play(Theirs::new(1), Theirs::new(2));
        let what = format!("{seed}: {universe:?}");
        let ours = universe.play(Ours::new(1), Ours::new(2));
        assert!(ours.is_some(), "{what}");
        let Some(theirs) = theirs else { continue };
        found += 1;
        assert_eq!(ours.as_ref(), Some(&theirs), "{what}");
        let mixed = universe.play(Ours::new(1), Theirs::new(2));
        assert_eq!(mixed.as_ref(), Some(&theirs), "ours first, {what}");
        let mixed = universe.play(Theirs::new(1), Ours::new(2));
        assert_eq!(mixed.as_ref(), Some(&theirs), "theirs first, {what}");
    }
    assert!(found > UNIVERSES * 3 / 4, "theirs connects in {found} of {UNIVERSES}");
}
