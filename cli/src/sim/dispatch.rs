//! Sends a subcommand to its module.

use super::{
    Args, Command, PlotArgs, check, compare, export, list, live, new, pages, paper, suite, sweep,
};
use crate::explore;
use crate::outcome::Outcome;

/// Runs a subcommand of the laboratory.
///
/// # Errors
/// See [`super::SimError`], [`super::LiveError`] and [`explore::ExploreFailure`].
pub fn run(args: Args) -> Outcome {
    let done = match args.command {
        Command::Check(args) => check::check(&args),
        Command::List(args) => list::list(&args),
        Command::New(args) => new::new(&args),
        Command::Show(args) => export::export(&args),
        Command::Run(args) => super::run::run(&args),
        Command::Suite(args) => suite::suite(&args),
        Command::Sweep(args) => sweep::sweep(&args),
        Command::Compare(args) => compare::compare(&args),
        Command::Paper(args) => paper::paper(&args),
        Command::Explore(args) => return explore::run(args),
        Command::Live(args) => return live::run(&args),
    };
    Ok(done?)
}

/// Draws pages again, or figures.
///
/// # Errors
/// See [`super::SimError`].
pub fn plot(args: PlotArgs) -> Outcome {
    match &args.command {
        Some(paper::PlotCommand::Figures(figures)) => paper::draw_stored(figures)?,
        None => pages::plot(&args)?,
    }
    Ok(())
}
