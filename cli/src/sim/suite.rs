//! `lapwing sim suite`.

use lapwing_rooms::disk::Secrecy;
use lapwing_simnet::run::Outcome;
use lapwing_simnet::suite::{Board, Judgement, KnownFailure, SuiteCase, known_failures};
use serde_json::json;

use super::args::SuiteArgs;
use super::progress::Progress;
use super::{SimError, pool, show, store, verify};
use crate::numbers::Numbers;

/// Runs every case in a process of its own, one for each core at a time, and judges the whole.
pub(super) fn suite(args: &SuiteArgs) -> Result<(), SimError> {
    let known = known_failures(None).map_err(SimError::Known)?;
    let of_table: Vec<u64> = (1..=args.suite.seeds()).collect();
    let seeds = args.seeds.as_ref().map_or(&of_table[..], Numbers::values);
    let outcomes = outcomes(args.suite.cases(args.sessions, seeds), args)?;
    let board = Board::new(args.suite, args.sessions, outcomes);
    let table = board.to_markdown(&known);
    if let Some(folder) = &args.out {
        store::make(folder)?;
        let path = folder.join(format!("{}.md", args.suite));
        store::write_file(&path, table.as_bytes(), Secrecy::Open)?;
    }
    if args.json {
        show::say(&to_json(&board, &known));
    } else {
        show::say(&table);
    }
    if let Some(folder) = &args.out {
        show::tell(&store::size(folder)?);
    }
    let whole = of_table.iter().all(|seed| seeds.contains(seed));
    let is_fault = |judgement: &&Judgement| match judgement.as_known() {
        true => false,
        false => !judgement.pass() || whole,
    };
    match board.judge(&known).iter().filter(is_fault).count() {
        0 => Ok(()),
        faults => Err(SimError::NotAsKnown(faults)),
    }
}

fn to_json(board: &Board, known: &[KnownFailure]) -> String {
    let judgements: Vec<_> = board
        .judge(known)
        .into_iter()
        .map(|judgement| {
            json!({
                "scenario": judgement.scenario,
                "expect": judgement.expect,
                "bound": judgement.bound,
                "asked": judgement.asked,
                "measured_min": judgement.measured.map(|(least, _)| least),
                "measured_max": judgement.measured.map(|(_, most)| most),
                "seeds_passed": judgement.passed.0,
                "seeds": judgement.passed.1,
                "result": judgement.word(),
                "reason": judgement.known,
            })
        })
        .collect();
    json!({ "runs": board.outcomes(), "judgements": judgements }).to_string()
}

fn outcomes(cases: Vec<SuiteCase>, args: &SuiteArgs) -> Result<Vec<Outcome>, SimError> {
    let (all, mut progress) = (cases.len(), Progress::new());
    let told = |done: usize, case: &SuiteCase, result: &Result<Outcome, SimError>| {
        progress.show(&format!("{done} of {all}: {}", case.scenario.name));
        // After a failure there is no table: the rest is not worth its time.
        result.is_ok()
    };
    let done = pool::each(cases, pool::workers(), |case| one(case, args), told);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Runs a case in a process of its own.
fn one(case: &SuiteCase, args: &SuiteArgs) -> Result<Outcome, SimError> {
    let name = case.scenario.name;
    let folder = args.out.as_ref().map(|out| out.join(name).join(store::of_seed(case.seed)));
    let folder = folder.map(|folder| folder.display().to_string());
    let mut more = vec!["--json", "--sessions", case.sessions.name()];
    if let Some(folder) = &folder {
        more.extend(["--out", folder]);
        // Captures and logs of all of them would fill a disk.
        more.extend((!args.pcap).then_some("--brief"));
    }
    let output = verify::child(name, case.seed, &more)?;
    serde_json::from_slice(&output.stdout).map_err(|_| {
        let said = String::from_utf8_lossy(&output.stderr);
        SimError::Child(format!("{name}, seed {}: {}", case.seed, said.trim()))
    })
}
