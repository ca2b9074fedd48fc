//! Installing one peer: Debian packages, packages unpacked, npm, pip, and what is built, in this
//! order.

use super::manifest::Manifest;
use super::state;
use crate::needs::on_path;
use crate::packages;
use crate::process::{program, target};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

/// A step that takes longer hangs.
const STEP_MAX: Duration = Duration::from_secs(45 * 60);
/// How often a running step is looked at.
const TICK: Duration = Duration::from_millis(100);
/// Programs of other accounts cannot write below our folders.
const AS_OURSELVES: &str = "APT::Sandbox::User=root";

/// Where peers are installed.
pub(crate) fn homes() -> PathBuf {
    target().join("peers")
}

/// The home of one.
pub(crate) fn home(name: &str) -> PathBuf {
    homes().join(name)
}

/// Where all that the steps of a peer print goes.
pub(crate) fn log(name: &str) -> PathBuf {
    homes().join(".logs").join(format!("{name}.log"))
}

/// Installs a peer; or says what failed.
pub(crate) fn install(manifest: &Manifest) -> Result<(), String> {
    let home = home(&manifest.name);
    let stamp = state::stamp(manifest).map_err(|error| format!("its folder: {error}"))?;
    state::clear(&home).map_err(|error| format!("what was there before: {error}"))?;
    let make = |folder: &Path| {
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))
    };
    make(&home)?;
    make(&homes().join(".logs"))?;
    let path = log(&manifest.name);
    let log = File::create(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let steps = Steps { manifest, home: &home, log };
    steps.apt()?;
    steps.unpack()?;
    steps.npm()?;
    steps.pip()?;
    steps.build()?;
    state::set(&home, &stamp).map_err(|error| format!("its stamp: {error}"))
}

struct Steps<'a> {
    manifest: &'a Manifest,
    home: &'a Path,
    log: File,
}

impl Steps<'_> {
    fn apt(&self) -> Result<(), String> {
        let wanted = state::missing(&self.manifest.install.apt);
        if wanted.is_empty() {
            return Ok(());
        }
        println!("peers: {}: apt {}", self.manifest.name, wanted.join(" "));
        // Its output is not in the log: it may ask for a password.
        packages::install(&wanted);
        let still = state::missing(&self.manifest.install.apt);
        if still.is_empty() {
            Ok(())
        } else {
            Err(format!("apt did not install {}", still.join(" ")))
        }
    }

    /// From lists of our own, which are of today: the system's may be old, and refreshing those is
    /// not for a peer to do.
    fn unpack(&self) -> Result<(), String> {
        let wanted = &self.manifest.install.unpack;
        if wanted.is_empty() {
            return Ok(());
        }
        let (debs, root) = (self.home.join("debs"), self.home.join("root"));
        let lists = homes().join(".apt").join("lists");
        for folder in
            [&debs, &root, &lists.join("partial"), &homes().join(".apt/cache/archives/partial")]
        {
            std::fs::create_dir_all(folder)
                .map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        let refreshed = packages::refreshed(&lists, Path::new(""));
        if packages::are_old(refreshed, SystemTime::now()) {
            self.run(apt_get().args(["update", "-o", packages::ANY_FAILURE_COUNTS]))?;
        }
        self.run(apt_get().arg("download").args(wanted).current_dir(&debs))?;
        let files = std::fs::read_dir(&debs).map_err(|error| error.to_string())?;
        for file in files.flatten().map(|entry| entry.path()) {
            self.run(program("dpkg-deb").arg("-x").arg(&file).arg(&root))?;
        }
        // Unpacked, they are of no more use.
        std::fs::remove_dir_all(&debs).map_err(|error| error.to_string())
    }

    fn npm(&self) -> Result<(), String> {
        let wanted = &self.manifest.install.npm;
        if wanted.is_empty() {
            return Ok(());
        }
        // With their scripts: some fetch the library of their platform so.
        let words = ["--no-audit", "--no-fund", "--save-exact", "--loglevel=error"];
        self.run(
            program("npm").arg("install").arg("--prefix").arg(self.home).args(words).args(wanted),
        )
    }

    fn pip(&self) -> Result<(), String> {
        let wanted = &self.manifest.install.pip;
        if wanted.is_empty() {
            return Ok(());
        }
        let venv = self.home.join("venv");
        self.run(program("python3").args(["-m", "venv"]).arg(&venv))?;
        let python = venv.join("bin/python").to_string_lossy().into_owned();
        let words = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off"];
        self.run(program(&python).args(["-m", "pip", "install"]).args(words).args(wanted))
    }

    fn build(&self) -> Result<(), String> {
        for words in &self.manifest.install.build {
            let words: Vec<String> = words.iter().map(|word| self.fill(word)).collect();
            let Some((name, rest)) = words.split_first() else { continue };
            self.run(program(name).args(rest))?;
        }
        Ok(())
    }

    fn fill(&self, word: &str) -> String {
        word.replace("{folder}", &self.manifest.folder.to_string_lossy())
            .replace("{home}", &self.home.to_string_lossy())
    }

    /// Runs a step, whose output goes to the log.
    fn run(&self, command: &mut Command) -> Result<(), String> {
        let name = command.get_program().to_string_lossy().into_owned();
        if !name.contains('/') && !on_path(&name) {
            return Err(format!("the program {name} is missing"));
        }
        let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
        let line = format!("{} {}", short(&name), words.join(" "));
        println!("peers: {}: {}", self.manifest.name, cut(&line));
        self.log_line(&format!("$ {name} {}", words.join(" ")))?;
        let copy = || self.log.try_clone().map_err(|error| format!("its log: {error}"));
        command.stdout(copy()?).stderr(copy()?).stdin(Stdio::null());
        run_for(command, STEP_MAX).map_err(|why| format!("{}: {why}", cut(&line)))
    }

    fn log_line(&self, line: &str) -> Result<(), String> {
        writeln!(&self.log, "{line}").map_err(|error| format!("its log: {error}"))
    }
}

/// With lists and a cache of our own.
fn apt_get() -> Command {
    let folder = homes().join(".apt");
    let mut command = program("apt-get");
    command.args(["-q", "-o", AS_OURSELVES]);
    for (name, part) in [("Dir::State::lists", "lists"), ("Dir::Cache", "cache")] {
        command.arg("-o").arg(format!("{name}={}", folder.join(part).display()));
    }
    command
}

/// Runs a command, but no longer than so.
fn run_for(command: &mut Command, limit: Duration) -> Result<(), String> {
    let start = Instant::now();
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    loop {
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(status.to_string()),
            None if start.elapsed() > limit => {
                // It may have ended just now, which is as good.
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("not done after {} minutes", limit.as_secs() / 60));
            }
            None => std::thread::sleep(TICK),
        }
    }
}

fn short(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

/// As much of a line as a terminal shows.
fn cut(line: &str) -> String {
    const LENGTH: usize = 90;
    if line.chars().count() <= LENGTH {
        return line.to_owned();
    }
    format!("{} ..", line.chars().take(LENGTH).collect::<String>())
}

/// The end of a peer's log: where what went wrong stands.
pub(crate) fn last_lines(name: &str, count: usize) -> Vec<String> {
    let text = OpenOptions::new().read(true).open(log(name)).and_then(std::io::read_to_string);
    let text = text.unwrap_or_default();
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(count)..].iter().map(|line| cut(line)).collect()
}

#[cfg(test)]
mod tests {
    use super::{cut, run_for};
    use crate::process::program;
    use std::time::Duration;

    #[test]
    fn a_step_ends_by_itself_or_is_ended() {
        let long = Duration::from_secs(60);
        assert_eq!(run_for(&mut program("true"), long), Ok(()));
        assert!(run_for(&mut program("false"), long).is_err_and(|why| why.contains('1')));
        assert!(run_for(&mut program("no-such-program-anywhere"), long).is_err());
        let hangs = run_for(program("tail").args(["-f", "/dev/null"]), Duration::ZERO);
        assert!(hangs.is_err_and(|why| why.contains("not done")));
    }

    #[test]
    fn long_lines_are_cut_between_letters() {
        assert_eq!(cut("short"), "short");
        assert_eq!(cut(&"ö".repeat(100)).chars().count(), 93);
    }
}
