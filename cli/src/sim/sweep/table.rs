//! `sweep.json`: all figures of a sweep, from which its page is drawn.

use std::collections::BTreeMap;
use std::path::Path;

use lapwing_benches::lab::{Figure, SweepAxis, SweepRun, SweepView, sweep_page};
use lapwing_rooms::text::count;
use lapwing_simnet::scenario::AxisValue;
use serde::{Deserialize, Serialize};

use super::super::SimError;
use super::super::stored::{self, Made};

/// All figures.
pub(in super::super) const TABLE: &str = "sweep.json";
/// The page.
pub(in super::super) const PAGE: &str = "sweep.html";

/// Combinations at most: as many as a scenario may ask for.
const POINTS_MAX: usize = 100_000;

/// What `sweep.json` holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in super::super) struct Stored {
    /// The scenario's name.
    pub(super) scenario: String,
    /// What all runs were made of.
    pub(super) made: Made,
    pub(super) seeds: Vec<u64>,
    pub(super) axes: Vec<Parameter>,
    /// The figures on the page, by name.
    pub(super) figures: Vec<String>,
    pub(super) points: Vec<Point>,
    pub(super) runs: Vec<Run>,
    pub(super) failed: Vec<Failure>,
}

/// A parameter: its path, and its values in the unit of the name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) values: Vec<AxisValue>,
}

/// A combination: its values in the order of the parameters, and figures over seeds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Point {
    pub(super) values: Vec<AxisValue>,
    pub(super) means: BTreeMap<String, Option<f64>>,
    /// The ends of the intervals that have the means over all seeds with a confidence of 95 %;
    /// `None` of fewer than two seeds, and none at all in what earlier versions stored.
    #[serde(default)]
    pub(super) bands: BTreeMap<String, Option<(f64, f64)>>,
}

/// A run: the number of its combination, and its figures by name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Run {
    pub(super) point: usize,
    pub(super) seed: u64,
    pub(super) folder: String,
    pub(super) figures: BTreeMap<String, Option<f64>>,
}

/// A run that came to nothing, and why.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Failure {
    pub(super) point: usize,
    pub(super) seed: u64,
    pub(super) said: String,
}

impl Stored {
    /// The figures of its page; `path` is named where one is unknown.
    pub(super) fn figures(&self, path: &Path) -> Result<Vec<Figure>, SimError> {
        let figures = self.figures.iter().enumerate().map(|(index, name)| {
            name.parse().map_err(|what| SimError::Stored {
                path: path.to_owned(),
                field: format!("figures[{index}]"),
                what,
            })
        });
        figures.collect()
    }

    /// What is to be shown; `path` is named where the file contradicts itself.
    pub(super) fn view(&self, path: &Path, figures: &[Figure]) -> Result<SweepView, SimError> {
        let fault = |field: String, what: String| {
            let path = path.to_owned();
            Err(SimError::Stored { path, field, what })
        };
        let mut lengths = self.axes.iter().map(|axis| axis.values.len());
        let product = lengths.try_fold(1, |product: usize, length| {
            product.checked_mul(length).filter(|points| *points <= POINTS_MAX)
        });
        let Some(points) = product else {
            return fault("axes".to_owned(), format!("more than {POINTS_MAX} combinations"));
        };
        if let Some(index) = self.runs.iter().position(|run| run.point >= points) {
            let what = format!("{} is none of {points} combinations", self.runs[index].point);
            return fault(format!("runs[{index}].point"), what);
        }
        let axis =
            |axis: &Parameter| SweepAxis { name: axis.name.clone(), values: axis.values.clone() };
        let run = |run: &Run| SweepRun {
            point: run.point,
            seed: run.seed,
            values: figures
                .iter()
                .map(|figure| run.figures.get(figure.name()).copied().flatten())
                .collect(),
        };
        let mut runs: Vec<SweepRun> = self.runs.iter().map(run).collect();
        runs.sort_by_key(|run| run.point);
        Ok(SweepView {
            scenario: self.scenario.clone(),
            axes: self.axes.iter().map(axis).collect(),
            seeds: self.seeds.clone(),
            figures: figures.to_vec(),
            runs,
        })
    }
}

/// Draws the page.
pub(in super::super) fn draw(folder: &Path, sweep: &Stored) -> Result<(), SimError> {
    let path = folder.join(TABLE);
    let view = sweep.view(&path, &sweep.figures(&path)?)?;
    let notes: Vec<String> = match sweep.failed.len() {
        0 => Vec::new(),
        failed => vec![format!("{} failed.", count(failed, "run"))],
    };
    stored::write_whole(&folder.join(PAGE), sweep_page(&view, &notes).html().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sweep(values: usize, point: usize) -> Stored {
        let axis = Parameter {
            name: "link.fwd.delay_ms".to_owned(),
            values: vec![AxisValue::Number(1.0); values],
        };
        let figures = [("loss".to_owned(), Some(0.5))].into();
        let run = Run { point, seed: 1, folder: "point-0/seed-1".to_owned(), figures };
        Stored {
            scenario: "grid".to_owned(),
            made: Made::by("0".to_owned(), "", None),
            seeds: vec![1],
            axes: vec![axis.clone(), axis],
            figures: vec!["loss".to_owned(), "jain_index".to_owned()],
            points: Vec::new(),
            runs: vec![run],
            failed: Vec::new(),
        }
    }

    fn fault(sweep: &Stored) -> String {
        let path = Path::new("sweep.json");
        let view = sweep.figures(path).and_then(|figures| sweep.view(path, &figures));
        view.expect_err("it is no sweep").to_string()
    }

    #[test]
    fn a_sweep_is_read_back() {
        let sweep = sweep(2, 3);
        let text = serde_json::to_string(&sweep).unwrap();
        let again: Stored = serde_json::from_str(&text).unwrap();
        let figures = again.figures(Path::new("")).unwrap();
        let view = again.view(Path::new(""), &figures).unwrap();
        let over = view.over_seeds(0, 3).map(|over| (over.mean, over.half_width));
        assert_eq!(over, Some((0.5, None)));
        assert_eq!(view.over_seeds(1, 3), None);
    }

    #[test]
    fn contradictions_are_named() {
        assert_eq!(fault(&sweep(400, 0)), "sweep.json: axes: more than 100000 combinations");
        assert_eq!(fault(&sweep(2, 4)), "sweep.json: runs[0].point: 4 is none of 4 combinations");
        let mut unknown = sweep(2, 0);
        unknown.figures[1] = "joy".to_owned();
        assert!(
            fault(&unknown).starts_with("sweep.json: figures[1]: \"joy\" is none of utilisation")
        );
    }
}
