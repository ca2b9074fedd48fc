//! Who may import whom.

use super::fault::Fault;
use super::workspace::Package;

/// What each room may import of ours. Integration tests and benches obey the same table.
const ROOMS: &[(&str, &[&str])] = &[
    // The replaced system is for tests.
    ("lapwing-engine", &["lapwing-system"]),
    ("lapwing-drivers", &["lapwing-engine"]),
    ("lapwing-simnet", &["lapwing-engine", "lapwing-system"]),
    ("lapwing-system", &[]),
    ("lapwing-media", &["lapwing-engine"]),
    ("lapwing-devices", &["lapwing-media", "lapwing-engine"]),
    (
        "lapwing-conformance",
        &["lapwing-drivers", "lapwing-media", "lapwing-simnet", "lapwing-engine", "lapwing-system"],
    ),
    ("lapwing-benches", &["lapwing-drivers", "lapwing-media", "lapwing-simnet", "lapwing-engine"]),
    ("lapwing-rooms", &["lapwing-drivers", "lapwing-media", "lapwing-engine"]),
    (
        "lapwing",
        &[
            "lapwing-rooms",
            "lapwing-conformance",
            "lapwing-benches",
            "lapwing-drivers",
            "lapwing-devices",
            "lapwing-media",
            "lapwing-simnet",
            "lapwing-engine",
            "lapwing-system",
        ],
    ),
    ("lapwing-template", &["lapwing", "lapwing-benches", "lapwing-simnet", "lapwing-engine"]),
    ("lapwing-python", &["lapwing-simnet", "lapwing-engine"]),
    ("xtask", &[]),
];

/// Crates that only some rooms may name: the crate, the rooms, and why these.
const CONFINED: &[(&str, &[&str], &str)] = &[
    (
        "str0m",
        &["lapwing-engine", "lapwing-benches"],
        "the session behind the engine's seam, and the yardstick beside it",
    ),
    ("str0m-proto", &["lapwing-engine"], "the session behind the engine's seam"),
    ("mio", &["lapwing-drivers"], "sockets"),
    (
        "smol",
        &["lapwing-drivers", "lapwing-rooms", "lapwing-conformance"],
        "sockets; the runtime that a caller may choose, or that a peer program of the wall runs in",
    ),
    ("quinn-udp", &["lapwing-drivers"], "sockets"),
    (
        "tokio",
        &["lapwing-drivers", "lapwing-rooms", "lapwing", "lapwing-conformance"],
        "sockets; axum's room server, its client, and the program that runs it; the drivers' example under test, and a peer program of the wall",
    ),
    (
        "axum",
        &["lapwing-rooms", "lapwing-drivers", "lapwing-conformance"],
        "the room server; the drivers' example, and that example under test",
    ),
    ("tokio-openssl", &["lapwing-rooms"], "the room server"),
    ("tokio-tungstenite", &["lapwing-rooms", "lapwing"], "tests of the room server"),
    ("turmoil", &["lapwing"], "tests of the room server"),
    (
        "tungstenite",
        &["lapwing-conformance", "lapwing-rooms"],
        "the browsers' control channel; the room server's client",
    ),
    ("pyo3", &["lapwing-python"], "Python"),
];

/// Dependencies that the two tables do not allow.
pub(crate) fn check(packages: &[Package]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for package in packages {
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == package.name) else {
            let what = format!("`{}` is not in the table of rooms", package.name);
            faults.push(Fault::new(&package.manifest, 1, what, "add it to tidy/imports.rs"));
            continue;
        };
        for dependency in &package.dependencies {
            let line = package.line_of(dependency);
            let is_room = ROOMS.iter().any(|(name, _)| name == dependency);
            // A room's tests may ask it for more of its own features.
            let is_self = *dependency == package.name;
            if is_room && !is_self && !allowed.contains(&dependency.as_str()) {
                let what = format!("`{}` may not import `{dependency}`", package.name);
                let remedy = "move the code to the room that may, or hand it in as an argument";
                faults.push(Fault::new(&package.manifest, line, what, remedy));
            }
            let confined = CONFINED.iter().find(|(name, ..)| name == dependency);
            if let Some((_, rooms, why)) = confined
                && !rooms.contains(&package.name.as_str())
            {
                let what = format!("`{dependency}` ({why}) belongs to {}", rooms.join(" and "));
                let remedy = "ask that room for what you need, or add an exception with its reason";
                faults.push(Fault::new(&package.manifest, line, what, remedy));
            }
        }
    }
    faults
}

mod tests {
    use super::{Package, check};

    fn package(name: &str, dependencies: &[&str]) -> Package {
        let manifest_text: String =
            dependencies.iter().map(|name| format!("{name}.workspace = true\n")).collect();
        Package {
            name: name.to_owned(),
            manifest: format!("{name}/Cargo.toml"),
            manifest_text,
            dependencies: dependencies.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    #[test]
    fn allowed_imports_pass() {
        let packages = [
            package("lapwing-engine", &["str0m", "tracing"]),
            package("lapwing-drivers", &["lapwing-engine", "mio", "tokio"]),
            package("lapwing-rooms", &["lapwing-drivers", "lapwing-media", "axum"]),
            package("lapwing", &["lapwing-simnet", "lapwing-benches", "lapwing-rooms", "tokio"]),
        ];
        assert_eq!(check(&packages), []);
    }

    #[test]
    fn an_engine_that_imports_a_driver_is_found() {
        let faults = check(&[package("lapwing-engine", &["tracing", "lapwing-drivers"])]);
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].line, 2);
        assert_eq!(faults[0].what, "`lapwing-engine` may not import `lapwing-drivers`");
    }

    #[test]
    fn rooms_that_import_the_laboratory_or_the_program_are_found() {
        for name in ["lapwing-simnet", "lapwing"] {
            assert_eq!(check(&[package("lapwing-rooms", &[name])]).len(), 1, "{name}");
        }
    }

    #[test]
    fn sockets_outside_the_drivers_are_found() {
        for name in ["mio", "smol", "tokio", "quinn-udp", "str0m"] {
            assert_eq!(check(&[package("lapwing-simnet", &[name])]).len(), 1, "{name}");
        }
    }

    #[test]
    fn a_new_crate_needs_a_place_in_the_table() {
        assert_eq!(check(&[package("lapwing-utils", &[])]).len(), 1);
    }
}
