//! What figures for papers there are.

use std::fmt;
use std::str::FromStr;

/// A kind of figure.
///
/// ```
/// use lapwing_benches::lab::PaperKind;
/// assert_eq!("cdf".parse(), Ok(PaperKind::Cdf));
/// assert!("pie".parse::<PaperKind>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PaperKind {
    /// One-way delay of packets over time, a chart a flow, of the first seed.
    Delay,
    /// How one-way and queueing delays are distributed, over all seeds.
    Cdf,
    /// Goodput over time beside the capacity, a chart a flow, of the first seed.
    Goodput,
    /// What the controller and TCP connections beside it hold: of the first seed.
    Window,
    /// Goodput and delay with what lies between seeds.
    Bands,
    /// A small chart a scenario, or a flow of the only one.
    Multiples,
    /// Goodput, delay and loss of several sessions, programs or settings over each other.
    Compare,
}

impl PaperKind {
    /// All, in the order of a report.
    pub const ALL: [PaperKind; 7] = [
        PaperKind::Delay,
        PaperKind::Cdf,
        PaperKind::Goodput,
        PaperKind::Window,
        PaperKind::Bands,
        PaperKind::Multiples,
        PaperKind::Compare,
    ];

    /// Its name on the command line and in the names of files.
    pub const fn name(self) -> &'static str {
        match self {
            PaperKind::Delay => "delay",
            PaperKind::Cdf => "cdf",
            PaperKind::Goodput => "goodput",
            PaperKind::Window => "window",
            PaperKind::Bands => "bands",
            PaperKind::Multiples => "multiples",
            PaperKind::Compare => "compare",
        }
    }
}

impl fmt::Display for PaperKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for PaperKind {
    type Err = String;

    fn from_str(text: &str) -> Result<PaperKind, String> {
        let found = PaperKind::ALL.into_iter().find(|kind| kind.name() == text);
        found.ok_or_else(|| {
            let names = PaperKind::ALL.map(PaperKind::name).join(", ");
            format!("{text:?} is none of {names}")
        })
    }
}

/// What stands for several seeds: a line, and what is around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Around {
    /// The median, and from the 10th to the 90th percentile.
    #[default]
    Median,
    /// The mean, and its interval of 95 % confidence (Student's t).
    Mean,
}

impl Around {
    /// In words, for captions.
    pub const fn words(self) -> &'static str {
        match self {
            Around::Median => "the median over seeds, from the 10th to the 90th percentile",
            Around::Mean => "the mean over seeds with its interval of 95 % confidence",
        }
    }
}

impl fmt::Display for Around {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Around::Median => "median",
            Around::Mean => "mean",
        })
    }
}

impl FromStr for Around {
    type Err = String;

    fn from_str(text: &str) -> Result<Around, String> {
        match text {
            "median" => Ok(Around::Median),
            "mean" => Ok(Around::Mean),
            _ => Err(format!("{text:?} is none of median, mean")),
        }
    }
}
