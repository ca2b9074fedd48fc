//! A part of a program under valgrind's callgrind.

use std::error::Error;
use std::path::PathBuf;
use std::process::Command;

use super::profile::Profile;

/// Where the profiles lie, for `callgrind_annotate`.
pub const FOLDER: &str = "target/bench/instructions";

/// What this program did in some of its functions when it ran itself once more.
#[derive(Clone, Debug)]
pub struct Counted {
    /// Instructions, by function.
    pub profile: Profile,
    /// What it printed.
    pub printed: String,
}

impl Counted {
    /// Runs this program with `arguments` inside valgrind, and counts what happens in `functions`,
    /// which are patterns of mangled names: those hold the length first, as in `*4pair*4send*`. The
    /// profile is kept as `name` in [`FOLDER`].
    ///
    /// # Errors
    ///
    /// When valgrind is not there, or the program fails in it.
    pub fn run(name: &str, functions: &[&str], arguments: &[&str]) -> Result<Self, Box<dyn Error>> {
        std::fs::create_dir_all(FOLDER)?;
        let file = PathBuf::from(FOLDER).join(format!("{name}.callgrind"));
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["--tool=callgrind", "--demangle=no", "--quiet"]);
        valgrind.arg(format!("--callgrind-out-file={}", file.display()));
        valgrind.args(functions.iter().map(|function| format!("--toggle-collect={function}")));
        valgrind.arg(std::env::current_exe()?).args(arguments);
        let output =
            valgrind.output().map_err(|error| format!("valgrind does not run: {error}"))?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
        }
        let profile = Profile::parse(&std::fs::read_to_string(file)?);
        Ok(Counted { profile, printed: String::from_utf8_lossy(&output.stdout).into_owned() })
    }
}
