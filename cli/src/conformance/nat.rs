//! `lapwing conformance nat`: calls through NATs of the kernel.

use lapwing_conformance::browser::{Kind, available, version};
use lapwing_conformance::nat::{CELLS, Cell, Stack, play, table};
use lapwing_conformance::wall::Stop;

use super::{ConformanceError, NatArgs};

/// Plays the rows, prints what comes of each, and writes the table.
pub(super) fn nat(args: &NatArgs) -> Result<(), ConformanceError> {
    let lapwing =
        std::env::current_exe().map_err(|error| ConformanceError::File("lapwing".into(), error))?;
    let chosen = |cell: &&Cell| args.only.iter().all(|word| cell.to_string().contains(word));
    let mut rows = Vec::new();
    let mut failed = 0;
    for cell in CELLS.iter().copied().flatten().filter(chosen) {
        let outcome = match missing(cell) {
            Some(why) => Err(Stop::NotApplicable(why)),
            None => {
                let folder = args.out.join(format!("{}", rows.len() + 1));
                std::fs::create_dir_all(&folder)
                    .map_err(|error| ConformanceError::File(folder.clone(), error))?;
                play(cell, &lapwing, &folder).map_err(ConformanceError::Nat)?
            }
        };
        match &outcome {
            Ok(outcome) => println!("{cell}: {outcome:?}"),
            Err(stop) => println!("{cell}: {stop:?}"),
        }
        failed += usize::from(matches!(outcome, Err(Stop::Fault(_))));
        rows.push((*cell, outcome));
    }
    if let Some(path) = &args.write {
        let there = Kind::ALL.into_iter().filter(|kind| available(*kind).is_ok());
        let versions: Vec<String> = there.map(|kind| version(kind).to_owned()).collect();
        std::fs::write(path, table(&versions, &rows))
            .map_err(|error| ConformanceError::File(path.clone(), error))?;
    }
    if failed == 0 { Ok(()) } else { Err(ConformanceError::Unexpected(failed)) }
}

/// The browser that is not here.
fn missing(cell: &Cell) -> Option<String> {
    cell.stacks.into_iter().find_map(|stack| match stack {
        Stack::Lapwing => None,
        Stack::Browser(kind) => available(kind).err().map(|reason| reason.to_string()),
    })
}
