//! `lapwing conformance list`.

use lapwing_benches::plot::{Align, Table};
use lapwing_conformance::cases::CASES;
use lapwing_conformance::wall::Case;
use serde_json::json;

use super::{ConformanceError, ListArgs};

/// Prints stacks and cases.
pub(super) fn list(args: &ListArgs) -> Result<(), ConformanceError> {
    let manifests = args.scope.manifests()?;
    if args.json {
        let stacks = manifests.iter().map(|manifest| {
            let missing = manifest.installed().err();
            json!({ "name": manifest.name, "title": manifest.title, "installed": missing.is_none(), "missing": missing })
        });
        let cases = CASES.iter().map(|(name, case)| {
            json!({ "name": name, "about": case.about, "rfc": case.rfc, "needs": case.needs,
                "roles": case.roles, "fast": case.fast, "measures": case.measures, "only": case.only })
        });
        let all =
            json!({ "stacks": stacks.collect::<Vec<_>>(), "cases": cases.collect::<Vec<_>>() });
        println!("{all:#}");
        return Ok(());
    }
    let mut table = Table::new(["stack", "title", "installed"]).align([Align::Left; 3]);
    for manifest in manifests {
        let installed = manifest.installed().err();
        let told = installed.unwrap_or_else(|| "yes".to_owned());
        table.push([manifest.name, manifest.title, told]);
    }
    println!("{table}");
    let mut table = Table::new(["case", "when", "what it checks", "by"]).align([Align::Left; 4]);
    for (name, case) in CASES {
        let fast = match case {
            Case { fast: true, .. } => "fast",
            Case { measures: true, .. } => "measures",
            _ => "",
        };
        table.push([*name, fast, case.about, case.rfc].map(str::to_owned));
    }
    println!("{table}");
    Ok(())
}
