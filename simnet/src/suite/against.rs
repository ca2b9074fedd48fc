//! Two tables of a suite beside each other: where one session does worse than another.
//!
//! 1. Each figure of a scenario is the mean over its seeds, as the tables have it.
//! 2. It is worse when it is so by more than a tenth (utilisation: a fiftieth), and beyond what the
//!    scenarios themselves ask for: a queue of 4 ms is as good as one of 3.
//! 3. Beside a long TCP transfer, a rate above the fair one is no merit.

use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Write;

/// At least this part of the other's utilisation.
const UTILISATION: f64 = 0.98;
/// At most so many times the other's queue, loss or time,
const TIMES: f64 = 1.1;
/// or what the scenarios ask for: the least of their `qdelay_p95_ms`, `loss_max`, `conv80_up_s` and
/// `drain_after_drop_s`.
const QUEUE_MS: f64 = 80.0;
const LOSS: f64 = 0.01;
const UP_S: f64 = 5.0;
const DOWN_S: f64 = 2.0;
/// Jain's index is lower by no more than this, or what the scenarios ask for (`jain_min`).
const JAIN_LESS: f64 = 0.02;
const JAIN: f64 = 0.95;

/// Figures of a scenario, in the order of the columns of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Figure {
    /// Media over what they could have.
    Utilisation,
    /// The median of the time in queues, in milliseconds.
    QueueP50,
    /// Its 95th percentile.
    QueueP95,
    /// The share of packets that is lost.
    Loss,
    /// Seconds from a rise of the capacity to its use.
    Up,
    /// Seconds from a fall of the capacity to an empty queue.
    Down,
    /// Jain's index of fairness.
    Jain,
    /// The rate of media over that of TCP.
    MediaOverTcp,
}

impl Figure {
    /// All of them, and the columns that they are in.
    const ALL: [(Figure, usize); 8] = [
        (Figure::Utilisation, 2),
        (Figure::QueueP50, 4),
        (Figure::QueueP95, 5),
        (Figure::Loss, 6),
        (Figure::Up, 7),
        (Figure::Down, 8),
        (Figure::Jain, 9),
        (Figure::MediaOverTcp, 10),
    ];

    fn decimals(self) -> usize {
        match self {
            Figure::QueueP50 | Figure::QueueP95 => 0,
            Figure::Up | Figure::Down => 1,
            Figure::MediaOverTcp => 2,
            Figure::Utilisation | Figure::Loss | Figure::Jain => 3,
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Figure::Utilisation => "utilisation",
            Figure::QueueP50 => "queue p50 ms",
            Figure::QueueP95 => "queue p95 ms",
            Figure::Loss => "loss",
            Figure::Up => "up s",
            Figure::Down => "down s",
            Figure::Jain => "Jain",
            Figure::MediaOverTcp => "media/TCP",
        })
    }
}

/// A line of a table that is not one of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadTable(String);

impl fmt::Display for BadTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the table has no figures in the line {:?}", self.0)
    }
}

impl std::error::Error for BadTable {}

/// The means of a scenario.
type Means = BTreeMap<Figure, f64>;

/// A scenario in both tables.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// The scenario.
    pub scenario: String,
    /// The means of the one.
    pub ours: BTreeMap<Figure, f64>,
    /// Those of the other.
    pub theirs: BTreeMap<Figure, f64>,
    /// Where the one is worse.
    pub worse: Vec<Figure>,
}

/// Compares the tables of one suite over two sessions, as `Board::to_markdown` writes them.
///
/// ```
/// use lapwing_simnet::suite::{Figure, compare};
/// let table = |used: &str| {
///     let row = format!("| a | 1 | {used} | - | 9.0 | 20.0 | 0.0 | - | - | 1.0 | - | 0 |");
///     format!("# a\n\n| case | .. |\n|---|\n{row}\n")
/// };
/// let compared = compare(&table("0.90"), &table("0.97")).unwrap();
/// assert_eq!(compared[0].worse, [Figure::Utilisation]);
/// assert!(compare(&table("0.96"), &table("0.97")).unwrap()[0].worse.is_empty());
/// ```
pub fn compare(ours: &str, theirs: &str) -> Result<Vec<Compared>, BadTable> {
    let theirs = means(theirs)?;
    let compared = means(ours)?.into_iter().filter_map(|(scenario, ours)| {
        let theirs = theirs.get(&scenario)?.clone();
        let figures = Figure::ALL.iter().map(|(figure, _)| *figure);
        let worse = figures.filter(|figure| is_worse(*figure, &ours, &theirs)).collect();
        Some(Compared { scenario, ours, theirs, worse })
    });
    Ok(compared.collect())
}

/// The comparison as a table in Markdown: the means, `ours / theirs`, and what is worse.
pub fn compared_markdown(compared: &[Compared]) -> String {
    let mut text = "| case |".to_owned();
    for (figure, _) in Figure::ALL {
        let _ = write!(text, " {figure} |");
    }
    text += " worse |\n|---|---|---|---|---|---|---|---|---|---|\n";
    for row in compared {
        let _ = write!(text, "| {} |", row.scenario);
        for (figure, _) in Figure::ALL {
            let number = |means: &Means| {
                let decimals = figure.decimals();
                means.get(&figure).map_or("-".to_owned(), |mean| format!("{mean:.decimals$}"))
            };
            let _ = write!(text, " {} / {} |", number(&row.ours), number(&row.theirs));
        }
        let worse: Vec<String> = row.worse.iter().map(Figure::to_string).collect();
        let _ = writeln!(text, " {} |", worse.join(", "));
    }
    text
}

fn is_worse(figure: Figure, ours: &Means, theirs: &Means) -> bool {
    let (Some(our), Some(their)) = (ours.get(&figure), theirs.get(&figure)) else { return false };
    let (our, their) = (*our, *their);
    let above = |asked: f64| our > asked.max(TIMES * their);
    match figure {
        Figure::Utilisation => {
            let fair = theirs.get(&Figure::MediaOverTcp).map_or(1.0, |ratio| fair_part(*ratio));
            our < UTILISATION * their * fair
        }
        Figure::QueueP50 | Figure::QueueP95 => above(QUEUE_MS),
        Figure::Loss => above(LOSS),
        Figure::Up => above(UP_S),
        Figure::Down => above(DOWN_S),
        Figure::Jain => our < JAIN.min(their - JAIN_LESS),
        Figure::MediaOverTcp => distance(our) > TIMES * distance(their),
    }
}

/// Which part of its rate is the half of what media and TCP have together.
fn fair_part(media_over_tcp: f64) -> f64 {
    if media_over_tcp <= 1.0 { 1.0 } else { (1.0 + media_over_tcp) / (2.0 * media_over_tcp) }
}

/// How many times more the one has than the other.
fn distance(ratio: f64) -> f64 {
    let ratio = ratio.max(f64::MIN_POSITIVE);
    ratio.max(1.0 / ratio)
}

/// The means by scenario.
fn means(table: &str) -> Result<BTreeMap<String, Means>, BadTable> {
    let mut sums: BTreeMap<String, BTreeMap<Figure, (f64, f64)>> = BTreeMap::new();
    // The runs are the second block, below two lines of headings.
    for line in table.split("\n\n").nth(1).unwrap_or_default().lines().skip(2) {
        let bad = || BadTable(line.to_owned());
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let scenario = cells.first().ok_or_else(bad)?;
        let sums = sums.entry((*scenario).to_owned()).or_default();
        for (figure, column) in Figure::ALL {
            let cell = *cells.get(column).ok_or_else(bad)?;
            if cell == "-" {
                continue;
            }
            let value: f64 = cell.parse().map_err(|_| bad())?;
            let (sum, count) = sums.entry(figure).or_default();
            (*sum, *count) = (*sum + value, *count + 1.0);
        }
    }
    let mean = |(figure, (sum, count)): (Figure, (f64, f64))| (figure, sum / count);
    let of = |(scenario, sums): (String, BTreeMap<_, _>)| {
        (scenario, sums.into_iter().map(mean).collect())
    };
    Ok(sums.into_iter().map(of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worse(ours: &str, theirs: &str) -> Vec<Figure> {
        let table = |rows: &str| {
            let rows = rows.lines().map(|row| format!("| a | 1 | {} | 0 |\n", row.trim()));
            format!("# a\n\n|\n|\n{}\n| b |\n", rows.collect::<String>())
        };
        compare(&table(ours), &table(theirs)).unwrap().remove(0).worse
    }

    #[test]
    fn means_over_seeds_are_compared() {
        let ours = "0.95 | - | 1 | 9 | 0.0 | 1.0 | - | 1.0 | -
                    0.99 | - | 1 | 9 | 0.0 | 1.0 | - | 1.0 | -";
        let theirs = "0.97 | - | 9 | 290 | 0.1 | 0.1 | - | 0.9 | -";
        assert_eq!(worse(ours, theirs), [], "0.97 in the mean, and up within 5 s");
        let slow = "0.97 | - | 99 | 400 | 0.2 | 9.0 | 9.0 | 0.5 | -";
        use Figure::{Jain, Loss, QueueP50, QueueP95, Up};
        assert_eq!(worse(slow, theirs), [QueueP50, QueueP95, Loss, Up, Jain]);
    }

    #[test]
    fn beside_tcp_the_fair_half_is_asked_for() {
        let row = |used: &str, ratio: &str| format!("{used} | - | 1 | 1 | 0 | - | - | 1 | {ratio}");
        // Three quarters of it all: the half is two thirds of that.
        assert_eq!(worse(&row("0.5", "1.0"), &row("0.75", "3.0")), []);
        assert_eq!(worse(&row("0.4", "0.8"), &row("0.75", "3.0")), [Figure::Utilisation]);
        assert_eq!(worse(&row("0.8", "4.0"), &row("0.5", "0.5")), [Figure::MediaOverTcp]);
    }

    #[test]
    fn a_table_without_figures_is_named() {
        let error = compare("# a\n\n|\n|\n| a | 1 |\n", "").unwrap_err();
        assert!(error.to_string().contains("| a | 1 |"));
    }
}
