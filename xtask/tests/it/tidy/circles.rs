//! No circles of files: where one file uses an item of another, the other does not use it back,
//! neither itself nor through others.
//!
//! What counts is where an item is defined, not the way a path takes to it: tables of contents and
//! other re-exports are looked through. Tests do not count; methods are not seen.

use super::fault::{Fault, lies_in};
use super::modules::{Import, Module, Modules, imports_at};
use super::source::{Source, is_name};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Uses that may be part of a circle.
struct Exception {
    /// The file or folder that uses.
    from: &'static str,
    /// What it uses.
    to: &'static str,
    #[expect(dead_code, reason = "for the reader")]
    reason: &'static str,
}

/// Those that are. One without a circle is a fault too.
const EXCEPTIONS: &[Exception] = &[Exception {
    from: "conformance/peers/rtc/src",
    to: "conformance/peers/rtc/src",
    reason: "the evidence of the wall was measured with this program as it is",
}];

/// Which file uses which others, and the line and path by which it first does.
type Uses<'a> = BTreeMap<&'a str, BTreeMap<&'a str, (usize, String)>>;

/// Circles among the files of all crates.
pub(crate) fn check(sources: &[Source]) -> Vec<Fault> {
    check_but(sources, EXCEPTIONS)
}

fn check_but(sources: &[Source], exceptions: &[Exception]) -> Vec<Fault> {
    let by_path: BTreeMap<&str, &Source> =
        sources.iter().map(|source| (source.path.as_str(), source)).collect();
    let mut uses = Uses::new();
    for root in by_path.keys().filter(|path| is_root(path)) {
        let modules = Modules::read(root, &by_path);
        for id in 0..modules.all.len() {
            add_uses(&modules, id, &mut uses);
        }
    }
    let mut faults = unneeded(&uses, exceptions);
    for used in uses.iter_mut() {
        let (from, used) = used;
        used.retain(|to, _| !exceptions.iter().any(|exception| exception.excuses(from, to)));
    }
    faults.extend(circles(&uses).into_iter().map(|circle| fault(&uses, &circle)));
    faults
}

/// Exceptions that excuse nothing.
fn unneeded(uses: &Uses<'_>, exceptions: &[Exception]) -> Vec<Fault> {
    let on_circle = |from: &str, used: &BTreeMap<&str, _>, exception: &Exception| {
        let mut excused = used.keys().filter(|to| exception.excuses(from, to));
        excused.any(|to| shortest(uses, to, from).is_some())
    };
    let needed =
        |exception: &&Exception| uses.iter().any(|(from, used)| on_circle(from, used, exception));
    let unneeded = exceptions.iter().filter(|exception| !needed(exception));
    let fault = |exception: &Exception| {
        let what = format!("no circle with what it uses of {}", exception.to);
        Fault::new(exception.from, 1, what, "take the exception out of tidy/circles.rs")
    };
    unneeded.map(fault).collect()
}

impl Exception {
    fn excuses(&self, from: &str, to: &str) -> bool {
        lies_in(from, self.from) && lies_in(to, self.to)
    }
}

fn is_root(path: &str) -> bool {
    path.ends_with("/src/lib.rs") || path.ends_with("/src/main.rs")
}

fn fault(uses: &Uses<'_>, circle: &[&str]) -> Fault {
    let next = circle.iter().skip(1).chain(circle.first());
    let steps = circle.iter().zip(next).map(|(from, to)| {
        let (line, name) = &uses[from][to];
        format!("{from}:{line} uses `{name}` of {to}")
    });
    let what = steps.collect::<Vec<_>>().join(", ");
    let line = circle.get(1).map_or(1, |to| uses[circle[0]][to].0);
    Fault::new(circle[0], line, what, "move the item that both need to where it belongs")
}

/// What one module uses of other files.
fn add_uses<'a>(modules: &Modules<'a>, id: usize, uses: &mut Uses<'a>) {
    let module = &modules.all[id];
    let from = module.source.path.as_str();
    let mut add = |line: usize, path: &[String]| {
        let Some(to) = modules.file_of(id, path) else { return };
        if to != from {
            let used = uses.entry(from).or_default();
            used.entry(to).or_insert_with(|| (line, path.join("::")));
        }
    };
    for import in &module.imports {
        if !import.is_public || is_used_here(module, import) {
            add(import.line, &import.path);
        }
    }
    let mut index = module.tokens.start;
    while index < module.tokens.end {
        if let Some(test) = module.tests.iter().find(|test| test.contains(&index)) {
            index = test.end;
            continue;
        }
        if let Some(import) = module.imports.iter().find(|one| one.tokens.contains(&index)) {
            index = import.tokens.end;
            continue;
        }
        index = match word(module, index) {
            // A module within the file is read on its own.
            "mod" if word(module, index + 2) == "{" => module.source.end_of_group(index + 2),
            "pub" if word(module, index + 1) == "(" => module.source.end_of_group(index + 1),
            "use" if is_name(word(module, index + 1)) => {
                for import in imports_at(module.source, index, false) {
                    add(import.line, &import.path);
                }
                index
            }
            _ => {
                let path = path_at(module, index);
                if path.len() > 1 {
                    add(module.source.tokens[index].line, &path);
                }
                index
            }
        } + 1;
    }
}

fn word<'a>(module: &Module<'a>, index: usize) -> &'a str {
    module.source.tokens.get(index).map_or("", |token| token.text.as_str())
}

/// Whether a name that the file passes on is used by itself too.
fn is_used_here(module: &Module<'_>, import: &Import) -> bool {
    module.tokens.clone().any(|index| {
        import.name.as_deref() == Some(word(module, index))
            && !module.imports.iter().any(|one| one.tokens.contains(&index))
            && !module.tests.iter().any(|test| test.contains(&index))
            && word(module, index.wrapping_sub(1)) != "mod"
    })
}

/// The path that begins at `index`; empty where none does.
fn path_at(module: &Module<'_>, index: usize) -> Vec<String> {
    let starts = is_name(word(module, index))
        && index.checked_sub(1).is_none_or(|before| ![":", "."].contains(&word(module, before)));
    let follows_type = index > 1
        && word(module, index - 1) == ":"
        && word(module, index - 2) != ":"
        && is_name(word(module, index));
    if !starts && !follows_type {
        return Vec::new();
    }
    let mut path = vec![word(module, index).to_owned()];
    let mut index = index + 1;
    while word(module, index) == ":"
        && word(module, index + 1) == ":"
        && is_name(word(module, index + 2))
    {
        path.push(word(module, index + 2).to_owned());
        index += 3;
    }
    path
}

/// The shortest circle through each use that is part of one, each circle once.
fn circles<'a>(uses: &Uses<'a>) -> Vec<Vec<&'a str>> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for (&from, used) in uses {
        for &to in used.keys() {
            let Some(way) = shortest(uses, to, from) else { continue };
            let mut files = way.clone();
            files.sort_unstable();
            if seen.insert(files) {
                found.push([&[from], &way[..way.len() - 1]].concat());
            }
        }
    }
    found
}

/// The shortest way from one file to another by what each uses, with both ends.
fn shortest<'a>(uses: &Uses<'a>, from: &'a str, to: &'a str) -> Option<Vec<&'a str>> {
    let mut before: BTreeMap<&str, &str> = BTreeMap::new();
    let mut queue = VecDeque::from([from]);
    while let Some(at) = queue.pop_front() {
        if at == to {
            let mut way = vec![to];
            while way.last() != Some(&from) {
                way.push(before[way[way.len() - 1]]);
            }
            way.reverse();
            return Some(way);
        }
        for &next in uses.get(at).into_iter().flat_map(BTreeMap::keys) {
            if next != from && !before.contains_key(next) {
                before.insert(next, at);
                queue.push_back(next);
            }
        }
    }
    None
}

mod tests {
    use super::{Exception, Source, check_but};

    fn faults(files: &[(&str, &str)], exceptions: &[Exception]) -> Vec<String> {
        let parse = |(path, text): &(&str, &str)| {
            Source::parse(&format!("x/src/{path}.rs"), text).expect("the sample is Rust")
        };
        let sources: Vec<Source> = files.iter().map(parse).collect();
        check_but(&sources, exceptions).into_iter().map(|fault| fault.what).collect()
    }

    fn count(files: &[(&str, &str)]) -> usize {
        faults(files, &[]).len()
    }

    #[test]
    fn a_circle_is_told_with_each_step() {
        let files = [
            ("lib", "mod a;\nmod b;\nmod c;\n"),
            ("a", "use crate::b::B;\npub struct A;\n"),
            ("b", "pub struct B(super::c::C);\n"),
            ("c", "//! Doc.\nuse super::a::{self, A};\npub struct C;\n"),
        ];
        let expected = "x/src/a.rs:1 uses `crate::b::B` of x/src/b.rs, \
                        x/src/b.rs:1 uses `super::c::C` of x/src/c.rs, \
                        x/src/c.rs:2 uses `super::a::A` of x/src/a.rs";
        assert_eq!(faults(&files, &[]), [expected]);
    }

    #[test]
    fn re_exports_are_looked_through() {
        let root = ("lib", "mod a;\npub mod b;\npub use b::*;\n");
        let contents = ("b/mod", "mod c;\nmod d;\npub use c::C as E;\npub(crate) use d::D;\n");
        let own = ("a", "use crate::b::D;\npub struct A;\n");
        // `E` is defined in c.rs, which nothing in a.rs needs.
        let c = ("b/c", "use crate::a::A;\npub struct C;\n");
        let d = ("b/d", "pub struct D;\n");
        assert_eq!(count(&[root, contents, own, c, d]), 0);
        let other = ("a", "use crate::E;\npub struct A;\n");
        assert_eq!(count(&[root, contents, other, c, d]), 1);
    }

    #[test]
    fn paths_in_code_count_wherever_they_stand() {
        let b = ("b", "use crate::a::A;\npub fn b() {}\n");
        let root = ("lib", "mod a;\nmod b;\n");
        for used in [
            "pub fn f() { crate::b::b(); }",
            "pub fn f() { let _: [u8; 2] = run!(super::b::b()); }",
            "pub fn f() {\n  use crate::b::b;\n  b()\n}",
            "use crate::b;\npub fn f() { b::b() }",
            "pub use crate::b::b;\npub fn f() { b() }",
            "mod inner {\n  pub fn f() { super::super::b::b() }\n}",
        ] {
            let a = format!("{used}\npub struct A;\n");
            assert_eq!(count(&[root, ("a", &a), b]), 1, "{used}");
        }
    }

    #[test]
    fn what_is_no_use_does_not_count() {
        let b = ("b", "use crate::a::A;\npub fn b() {}\n");
        let root = ("lib", "mod a;\nmod b;\n");
        for unused in [
            "#[cfg(test)]\nmod tests {\n  use crate::b::b;\n}",
            "#[cfg(test)]\nuse crate::b::b;",
            "pub use crate::b::b;",
            "/// See [`crate::b::b`].\npub fn f() { print(\"crate::b::b\") }",
            "pub fn f() { other::b::b(); ::b::b(); }",
            "use other::b;\npub fn f() { b::b() }",
            "pub(in crate::b) fn f(b: B) { b.b() }",
        ] {
            let a = format!("{unused}\npub struct A;\n");
            assert_eq!(faults(&[root, ("a", &a), b], &[]), Vec::<String>::new(), "{unused}");
        }
    }

    #[test]
    fn a_parent_and_its_child_are_files_like_others() {
        let root = ("lib", "mod a;\n");
        let child = ("a/c", "use super::A;\npub fn c(_: &A) {}\n");
        assert_eq!(count(&[root, ("a", "mod c;\npub struct A;\n"), child]), 0);
        let uses = "mod c;\npub struct A;\nfn f(a: &A) { c::c(a) }\n";
        assert_eq!(count(&[root, ("a", uses), child]), 1);
    }

    #[test]
    fn an_exception_excuses_and_is_needed() {
        let files = [
            ("lib", "mod a;\nmod b;\n"),
            ("a", "use crate::b::B;\npub struct A;\n"),
            ("b", "use crate::a::A;\npub struct B;\n"),
        ];
        let exception = |to| Exception { from: "x/src/a", to, reason: "a test" };
        assert_eq!(faults(&files, &[exception("x/src")]), Vec::<String>::new());
        let unneeded = faults(&files, &[exception("x/src/b"), exception("x/src/c")]);
        assert_eq!(unneeded, ["no circle with what it uses of x/src/c"]);
    }
}
