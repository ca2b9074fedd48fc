//! Where each block of a picture was in the picture before.

use super::area::{Area, BLOCK};

/// Furthest that a block is looked for, in samples.
const REACH: i32 = 24;

/// Most steps of one search.
const STEPS: usize = 16;

/// A move of so many samples right and down, from this picture to the one before.
pub(super) type Vector = (i32, i32);

/// One luma plane without gaps between rows.
#[derive(Clone, Copy)]
pub(super) struct Luma<'a> {
    pub(super) samples: &'a [u8],
    pub(super) width: usize,
    pub(super) height: usize,
}

/// The vector for which `area` of `now` looks most like `before`, and the sum of absolute
/// differences there. The search begins at each of `guesses` and goes downhill. Where nothing
/// moves, noise alone would move blocks at random: `margin` is by how much another vector than
/// zero must be better.
pub(super) fn search(
    now: Luma<'_>,
    before: Luma<'_>,
    area: Area,
    guesses: &[Vector],
    margin: u32,
) -> (Vector, u32) {
    let cost = |vector| difference(now, before, area, vector);
    let still = cost((0, 0)).unwrap_or(u32::MAX);
    let mut best = ((0, 0), still);
    for &guess in guesses {
        if let Some(found) = cost(guess).filter(|&found| found < best.1) {
            best = (guess, found);
        }
    }
    for _ in 0..STEPS {
        let (x, y) = best.0;
        let around = [(x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)];
        let costs = around.into_iter().filter_map(|vector| Some((vector, cost(vector)?)));
        match costs.min_by_key(|&(_, cost)| cost).filter(|&(_, cost)| cost < best.1) {
            Some(better) => best = better,
            None => break,
        }
    }
    if best.1.saturating_add(margin) >= still { ((0, 0), still) } else { best }
}

/// The sum of absolute differences; `None` when the place is out of reach or not in the picture.
fn difference(now: Luma<'_>, before: Luma<'_>, area: Area, vector: Vector) -> Option<u32> {
    if vector.0.abs() > REACH || vector.1.abs() > REACH {
        return None;
    }
    let left = area.left.checked_add_signed(vector.0 as isize)?;
    let top = area.top.checked_add_signed(vector.1 as isize)?;
    if left + area.width > before.width || top + area.height > before.height {
        return None;
    }
    let rows = (0..area.height).map(|row| {
        let a = &now.samples[(area.top + row) * now.width + area.left..][..area.width];
        let b = &before.samples[(top + row) * before.width + left..][..area.width];
        row_difference(a, b)
    });
    Some(rows.sum())
}

fn row_difference(a: &[u8], b: &[u8]) -> u32 {
    // A known length is what lets the compiler use one instruction for it.
    match (<&[u8; BLOCK]>::try_from(a), <&[u8; BLOCK]>::try_from(b)) {
        (Ok(a), Ok(b)) => a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(*b))).sum(),
        _ => a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(*b))).sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: usize = 64;

    /// A smooth hill, moved.
    fn hill(right: i32, down: i32) -> Vec<u8> {
        let at = |index: usize| {
            let (x, y) = ((index % SIDE) as i32 - right, (index / SIDE) as i32 - down);
            let distance = (x - 32).pow(2) + (y - 32).pow(2);
            (200 - distance / 8).max(16) as u8
        };
        (0..SIDE * SIDE).map(at).collect()
    }

    fn luma(samples: &[u8]) -> Luma<'_> {
        Luma { samples, width: SIDE, height: SIDE }
    }

    #[test]
    fn a_move_is_found() {
        let (before, now) = (hill(0, 0), hill(5, -3));
        let area = Area { left: 32, top: 16, width: 16, height: 16 };
        let found = search(luma(&now), luma(&before), area, &[], 0);
        assert_eq!(found, ((-5, 3), 0));
    }

    #[test]
    fn what_is_hardly_better_is_still() {
        let (before, now) = (hill(0, 0), hill(1, 0));
        let area = Area { left: 32, top: 16, width: 16, height: 16 };
        assert_eq!(search(luma(&now), luma(&before), area, &[], 100_000).0, (0, 0));
    }

    #[test]
    fn nothing_is_looked_for_outside() {
        let area = Area { left: 0, top: 48, width: 16, height: 16 };
        let (a, b) = (hill(0, 0), hill(9, 9));
        let (vector, _) = search(luma(&a), luma(&b), area, &[(-1, 0), (0, 1), (99, 0)], 0);
        assert!(vector.0 >= 0 && vector.1 <= 0, "{vector:?}");
    }
}
