//! Long series drawn with no more points than can be told apart.

/// Points per pixel column that are kept: first, lowest, highest and last, in their order.
const KEPT_PER_COLUMN: usize = 4;

/// The points of one unbroken stretch, with at most four for each column of pixels. Peaks stay.
pub(super) fn decimate(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut kept = Vec::new();
    let columns = points.chunk_by(|a, b| a.0.floor() == b.0.floor());
    for column in columns {
        if column.len() <= KEPT_PER_COLUMN {
            kept.extend_from_slice(column);
            continue;
        }
        let by_height = |a: &&usize, b: &&usize| column[**a].1.total_cmp(&column[**b].1);
        let inner: Vec<usize> = (1..column.len() - 1).collect();
        let mut picked = vec![0, column.len() - 1];
        picked.extend(inner.iter().min_by(by_height));
        picked.extend(inner.iter().max_by(by_height));
        picked.sort_unstable();
        picked.dedup();
        kept.extend(picked.into_iter().map(|index| column[index]));
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_series_stay_as_they_are() {
        let points = [(0.0, 1.0), (0.5, 2.0), (7.0, 3.0)];
        assert_eq!(decimate(&points), points);
    }

    #[test]
    fn peaks_survive() {
        let mut points: Vec<(f64, f64)> =
            (0..10_000).map(|index| (f64::from(index) / 100.0, 1.0)).collect();
        points[5_050].1 = 99.0;
        points[7_070].1 = -99.0;
        let kept = decimate(&points);
        assert!(kept.len() <= 400, "{} points", kept.len());
        assert!(kept.contains(&points[5_050]) && kept.contains(&points[7_070]));
        assert!(kept.is_sorted_by(|a, b| a.0 <= b.0));
    }
}
