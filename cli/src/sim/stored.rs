//! Files in the folder of a run or a sweep: written whole or not at all, and read with suspicion.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use lapwing_rooms::disk::{self, Secrecy};
use lapwing_simnet::Digest;
use lapwing_simnet::run::{Figures, Outcome};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::json_path::path_at;
use super::{SimError, store};

/// Larger files are not read: a run of 20 flows has 10 MB.
const BYTES_MAX: u64 = 256_000_000;

/// What a run was made of, beside scenario and seed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Made {
    /// The version of the program.
    pub(super) version: String,
    /// A digest of the program: two builds of a version may differ.
    pub(super) program: String,
    /// A digest of the scenario's text.
    pub(super) scenario: String,
    /// The combination of its sweep that was run.
    pub(super) point: Option<usize>,
}

/// What `summary.json` holds: a run's outcome, what it was made of, and what is to be known of its
/// files.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Summary {
    pub(super) made: Made,
    pub(super) notes: Vec<String>,
    #[serde(flatten)]
    pub(super) outcome: Outcome,
}

/// All of a summary but its series.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Brief {
    pub(super) made: Made,
    pub(super) seed: u64,
    pub(super) figures: Figures,
    /// That they are there is enough: the file ends with them.
    #[serde(rename = "series")]
    _series: serde::de::IgnoredAny,
}

/// What a summary has beside the outcome.
#[derive(Deserialize)]
struct Beside {
    made: Made,
    notes: Vec<String>,
}

impl Made {
    /// By this program, of a scenario's text.
    pub(super) fn of(text: &str, point: Option<usize>) -> Result<Made, SimError> {
        Ok(Made::by(program()?, text, point))
    }

    /// By the program with this digest, of a scenario's text.
    pub(super) fn by(program: String, text: &str, point: Option<usize>) -> Made {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Made { version, program, scenario: hex(text.as_bytes()), point }
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut digest = Digest::new();
    digest.bytes(bytes);
    format!("{:016x}", digest.finish())
}

fn program() -> Result<String, SimError> {
    let path = std::env::current_exe().map_err(|error| SimError::File("lapwing".into(), error))?;
    let bytes = std::fs::read(&path).map_err(|error| SimError::File(path, error))?;
    Ok(hex(&bytes))
}

impl Summary {
    /// Reads the summary of a folder.
    pub(super) fn read(folder: &Path) -> Result<Summary, SimError> {
        let path = folder.join(store::SUMMARY);
        let bytes = bytes(&path)?;
        let outcome: Outcome = parse(&path, &bytes)?;
        let Beside { made, notes } = parse(&path, &bytes)?;
        match fault(&outcome) {
            Some((field, what)) => Err(SimError::Stored { path, field, what }),
            None => Ok(Summary { made, notes, outcome }),
        }
    }

    /// Writes it, so that there is all of it or none.
    pub(super) fn write(&self, folder: &Path) -> Result<(), SimError> {
        let json = serde_json::to_vec(self).expect("a summary can be written as JSON");
        write_whole(&folder.join(store::SUMMARY), &json)
    }
}

/// Reads a JSON file; a fault names file, line and field.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<T, SimError> {
    parse(path, &bytes(path)?)
}

fn bytes(path: &Path) -> Result<Vec<u8>, SimError> {
    let fault = |error| SimError::File(path.to_owned(), error);
    let size = std::fs::metadata(path).map_err(fault)?.len();
    if size > BYTES_MAX {
        let text = format!("it may have {BYTES_MAX} bytes at most, and has {size}");
        return Err(fault(io::Error::new(io::ErrorKind::InvalidData, text)));
    }
    std::fs::read(path).map_err(fault)
}

fn parse<T: DeserializeOwned>(path: &Path, bytes: &[u8]) -> Result<T, SimError> {
    serde_json::from_slice(bytes).map_err(|error| SimError::Stored {
        path: path.to_owned(),
        field: path_at(bytes, error.line(), error.column()),
        what: error.to_string(),
    })
}

/// Writes a file under another name and gives it its own when it is complete.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), SimError> {
    write_parts(path, |file| file.write_all(bytes))
}

/// Likewise, what is written bit by bit.
pub(super) fn write_parts(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), SimError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let part = path.with_file_name(format!(".{name}.{}.part", std::process::id()));
    let fault = |error| SimError::File(path.to_owned(), error);
    let mut file = BufWriter::new(disk::replace(&part, Secrecy::Open).map_err(fault)?);
    let written = write(&mut file).and_then(|()| file.flush());
    written.and_then(|()| std::fs::rename(&part, path)).map_err(|error| {
        // It is of no use to anyone, and a second failure would say no more than the first.
        let _ = std::fs::remove_file(&part);
        fault(error)
    })
}

/// What is wrong with an outcome of the right shape: the field, and what it may be.
fn fault(outcome: &Outcome) -> Option<(String, String)> {
    let series = &outcome.series;
    let mut lengths: Vec<(String, usize, usize)> = Vec::new();
    for (index, flow) in series.flows.iter().enumerate() {
        let bins = flow.active.len();
        let rows = [
            ("sent_bps", flow.sent_bps.len()),
            ("received_bps", flow.received_bps.len()),
            ("goodput_bps", flow.goodput_bps.len()),
            ("estimate_bps", flow.estimate_bps.len()),
            ("target_bps", flow.target_bps.len()),
            ("sent_packets", flow.sent_packets.len()),
            ("lost_packets", flow.lost_packets.len()),
            ("queueing_delay_ms", flow.queueing_delay_ms.len()),
            ("one_way_delay_ms", flow.one_way_delay_ms.len()),
            ("frame_delay_ms", flow.frame_delay_ms.len()),
        ];
        let row = |(name, length)| (format!("series.flows[{index}].{name}"), length, bins);
        lengths.extend(rows.map(row));
    }
    for (index, link) in series.links.iter().enumerate() {
        let bins = link.capacity_bps.len();
        let rows = [
            ("available_bps", link.available_bps.len()),
            ("attainable_bps", link.attainable_bps.len()),
            ("media_bps", link.media_bps.len()),
            ("goodput_bps", link.goodput_bps.len()),
            ("total_bps", link.total_bps.len()),
            ("queueing_delay_ms", link.queueing_delay_ms.len()),
            ("dropped_packets", link.dropped_packets.len()),
        ];
        let row = |(name, length)| (format!("series.links[{index}].{name}"), length, bins);
        lengths.extend(rows.map(row));
    }
    for (index, flow) in series.flows.iter().enumerate() {
        let told = [("queueing", &flow.queueing_delay_cdf), ("one_way", &flow.one_way_delay_cdf)];
        lengths.extend(told.map(|(name, told)| {
            let field = format!("series.flows[{index}].{name}_delay_cdf.share");
            (field, told.share.len(), told.ms.len())
        }));
    }
    for (index, cross) in series.cross.iter().enumerate() {
        let bins = cross.received_bps.len();
        let rows = [
            ("window_segments", cross.window_segments.len()),
            ("threshold_segments", cross.threshold_segments.len()),
        ];
        let row = |(name, length)| (format!("series.cross[{index}].{name}"), length, bins);
        lengths.extend(rows.map(row));
    }
    let positive = |name: &str, value: f64| {
        let field = (name.to_owned(), format!("{value} is not greater than 0"));
        // JSON has no number that cannot be compared.
        (value <= 0.0).then_some(field)
    };
    let length = lengths.into_iter().find(|(_, length, bins)| length != bins);
    positive("series.bin_s", series.bin_s)
        .or_else(|| positive("duration_s", outcome.duration_s))
        .or_else(|| {
            let (field, length, bins) = length?;
            Some((field, format!("{length} values, and there are {bins} bins")))
        })
}
