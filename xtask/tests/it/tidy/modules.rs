//! The modules of a crate and what their names stand for, as far as tokens show it.
//!
//! A name is looked for as the compiler does: among a module's own items, then among what it
//! imports, explicit imports first. So a path through any number of re-exports ends at the file
//! that defines the item.

use super::source::{Source, is_name};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Re-exports that a path may pass before it is given up: none of ours passes more than four.
const STEPS_MAX: usize = 32;

/// The modules of one crate; the first is its root.
pub(crate) struct Modules<'a> {
    sources: &'a BTreeMap<&'a str, &'a Source>,
    pub(crate) all: Vec<Module<'a>>,
}

/// A file, or a `mod name { .. }` within one.
pub(crate) struct Module<'a> {
    pub(crate) source: &'a Source,
    /// Where its tokens stand in the file.
    pub(crate) tokens: Range<usize>,
    parent: Option<usize>,
    children: BTreeMap<String, usize>,
    items: BTreeSet<String>,
    pub(crate) imports: Vec<Import>,
    /// Tokens that belong to tests.
    pub(crate) tests: Vec<Range<usize>>,
}

/// One name that a `use` at the module's level brings; a glob brings all and has no name.
pub(crate) struct Import {
    pub(crate) name: Option<String>,
    pub(crate) path: Vec<String>,
    pub(crate) line: usize,
    /// The whole declaration.
    pub(crate) tokens: Range<usize>,
    pub(crate) is_public: bool,
}

/// What a name stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Named {
    Module(usize),
    ItemOf(usize),
}

/// An item at a module's level, without attributes and visibility.
struct Item {
    start: usize,
    end: usize,
    is_public: bool,
    is_test: bool,
}

impl<'a> Modules<'a> {
    /// Reads a crate from its root file on; a file that is missing is the compiler's to miss.
    pub(crate) fn read(root: &str, sources: &'a BTreeMap<&'a str, &'a Source>) -> Self {
        let mut modules = Self { sources, all: Vec::new() };
        let folder = root.rsplit_once('/').map_or("", |(folder, _)| folder);
        if let Some(source) = sources.get(root) {
            modules.add(source, 0..source.tokens.len(), None, folder);
        }
        modules
    }

    /// `folder` is where the files of its children lie.
    fn add(
        &mut self,
        source: &'a Source,
        tokens: Range<usize>,
        parent: Option<usize>,
        folder: &str,
    ) -> usize {
        let id = self.all.len();
        self.all.push(Module {
            source,
            tokens: tokens.clone(),
            parent,
            children: BTreeMap::new(),
            items: BTreeSet::new(),
            imports: Vec::new(),
            tests: Vec::new(),
        });
        let mut index = tokens.start;
        while let Some(item) = next_item(source, index, tokens.end) {
            index = item.end + 1;
            if item.is_test {
                self.all[id].tests.push(item.start..item.end + 1);
            } else {
                self.add_item(id, &item, folder);
            }
        }
        id
    }

    fn add_item(&mut self, id: usize, item: &Item, folder: &str) {
        let source = self.all[id].source;
        let text = |offset: usize| text(source, item.start + offset);
        match (text(0), text(1), text(2)) {
            ("mod", name, ";") => {
                let files = [format!("{folder}/{name}.rs"), format!("{folder}/{name}/mod.rs")];
                let found = files.iter().find_map(|file| self.sources.get(file.as_str()));
                if let Some(source) = found {
                    let folder = format!("{folder}/{name}");
                    let child = self.add(source, 0..source.tokens.len(), Some(id), &folder);
                    self.all[id].children.insert(name.to_owned(), child);
                }
            }
            ("mod", name, "{") => {
                let folder = format!("{folder}/{name}");
                let child = self.add(source, item.start + 3..item.end, Some(id), &folder);
                self.all[id].children.insert(name.to_owned(), child);
            }
            ("use", ..) => {
                let imports = imports_at(source, item.start, item.is_public);
                self.all[id].imports.extend(imports);
            }
            ("macro_rules", "!", name) => {
                self.all[id].items.insert(name.to_owned());
            }
            _ => {
                let name = name_of(source, item);
                self.all[id].items.extend(name.map(str::to_owned));
            }
        }
    }

    /// The file that defines what the path names, seen from a module; none for what other crates
    /// define and for modules themselves.
    pub(crate) fn file_of(&self, from: usize, path: &[String]) -> Option<&'a str> {
        match self.resolve(from, path, STEPS_MAX)? {
            Named::ItemOf(module) => Some(self.all[module].source.path.as_str()),
            Named::Module(_) => None,
        }
    }

    fn resolve(&self, from: usize, path: &[String], steps: usize) -> Option<Named> {
        let steps = steps.checked_sub(1)?;
        let (first, rest) = path.split_first()?;
        let mut at = match first.as_str() {
            "crate" => Named::Module(0),
            "self" => Named::Module(from),
            "super" => Named::Module(self.all[from].parent?),
            name => self.look_up(from, name, rest.is_empty(), steps)?,
        };
        for (index, name) in rest.iter().enumerate() {
            let Named::Module(module) = at else { break };
            at = match name.as_str() {
                "super" => Named::Module(self.all[module].parent?),
                "self" => at,
                name => {
                    let is_last = index + 1 == rest.len();
                    let found = self.look_up(module, name, is_last, steps);
                    found.or_else(|| self.made_by_macro(module, name))?
                }
            };
        }
        Some(at)
    }

    /// What is not seen in a file was made there by a macro, unless the file brings it from
    /// elsewhere.
    fn made_by_macro(&self, module: usize, name: &str) -> Option<Named> {
        let is_imported = |import: &Import| import.name.as_deref().is_none_or(|own| own == name);
        let is_foreign = self.all[module].imports.iter().any(is_imported);
        let is_contents = self.all[module].items.is_empty();
        (!is_foreign && !is_contents).then_some(Named::ItemOf(module))
    }

    fn look_up(&self, module: usize, name: &str, is_last: bool, steps: usize) -> Option<Named> {
        let here = &self.all[module];
        let item = here.items.contains(name).then_some(Named::ItemOf(module));
        let child = here.children.get(name).map(|&child| Named::Module(child));
        let own = if is_last { item.or(child) } else { child.or(item) };
        own.or_else(|| {
            let named = here.imports.iter().filter(|import| import.name.as_deref() == Some(name));
            let named = named.filter(|import| import.path.first().is_some_and(|word| word != name));
            named.filter_map(|import| self.resolve(module, &import.path, steps)).next()
        })
        .or_else(|| {
            let globs = here.imports.iter().filter(|import| import.name.is_none());
            globs
                .filter_map(|glob| match self.resolve(module, &glob.path, steps)? {
                    Named::Module(target) if target != module => {
                        self.look_up(target, name, is_last, steps.checked_sub(1)?)
                    }
                    _ => None,
                })
                .next()
        })
    }
}

fn text(source: &Source, index: usize) -> &str {
    source.tokens.get(index).map_or("", |token| token.text.as_str())
}

/// The item at `index` or after it; none before `end`.
fn next_item(source: &Source, index: usize, end: usize) -> Option<Item> {
    let text = |index: usize| text(source, index);
    let (mut start, mut is_public, mut is_test) = (index, false, false);
    loop {
        match (text(start), text(start + 1)) {
            ("#", "[") => {
                let close = source.end_of_group(start + 1);
                let words = &source.tokens[start + 2..close];
                let has = |word: &str| words.iter().any(|token| token.text == word);
                is_test |= text(start + 2) == "test"
                    || (text(start + 2) == "cfg" && has("test") && !has("not"));
                start = close + 1;
            }
            ("#", "!") => start = source.end_of_group(start + 2) + 1,
            ("pub", "(") => {
                is_public = true;
                start = source.end_of_group(start + 1) + 1;
            }
            ("pub", _) => {
                is_public = true;
                start += 1;
            }
            (";", _) if start < end => start += 1,
            _ => break,
        }
    }
    if start >= end {
        return None;
    }
    let is_function = (start..start + 5).any(|index| text(index) == "fn");
    let is_plain =
        matches!(text(start), "static" | "type" | "use" | "extern") || text(start) == "const";
    let ends_with_semicolon = is_plain && !is_function;
    let mut last = start;
    while last + 1 < end && text(last) != ";" {
        match text(last) {
            "{" if !ends_with_semicolon => {
                last = source.end_of_group(last);
                break;
            }
            "(" | "[" | "{" => last = source.end_of_group(last),
            _ => {}
        }
        last += 1;
    }
    Some(Item { start, end: last, is_public, is_test })
}

/// The name that an item defines.
fn name_of<'a>(source: &'a Source, item: &Item) -> Option<&'a str> {
    const KINDS: [&str; 8] = ["struct", "enum", "union", "trait", "type", "fn", "const", "static"];
    const BEFORE: [&str; 6] = ["const", "async", "unsafe", "extern", "safe", ""];
    let mut index = item.start;
    while BEFORE.contains(&text(source, index)) && index < item.end {
        let next = text(source, index + 1);
        if text(source, index) == "const" && !BEFORE.contains(&next) && next != "fn" {
            break;
        }
        index += 1;
    }
    if !KINDS.contains(&text(source, index)) {
        return None;
    }
    let name = if text(source, index + 1) == "mut" { index + 2 } else { index + 1 };
    Some(text(source, name)).filter(|name| is_name(name))
}

/// The imports of the `use` at `index`.
pub(crate) fn imports_at(source: &Source, index: usize, is_public: bool) -> Vec<Import> {
    let mut end = index;
    while end < source.tokens.len() && text(source, end) != ";" {
        end += 1;
    }
    let mut found = Vec::new();
    tree(source, index + 1..end, &[], &mut found);
    let line = |at: usize| source.tokens[at].line;
    let whole =
        |(name, path, at)| Import { name, path, line: line(at), tokens: index..end, is_public };
    found.into_iter().map(whole).collect()
}

/// A branch of a `use`: the name it brings, its path, and where it stands.
type Branch = (Option<String>, Vec<String>, usize);

fn tree(source: &Source, range: Range<usize>, before: &[String], found: &mut Vec<Branch>) {
    let text = |index: usize| if index < range.end { text(source, index) } else { "" };
    let mut path = before.to_vec();
    let mut index = range.start;
    // A path that begins with two colons is another crate's.
    if text(index) == ":" {
        return;
    }
    loop {
        match text(index) {
            "{" => {
                let close = source.end_of_group(index);
                let mut start = index + 1;
                while start < close {
                    let end = branch_end(source, start, close);
                    tree(source, start..end, &path, found);
                    start = end + 1;
                }
                return;
            }
            "*" => return found.push((None, path, index)),
            ":" => index += 1,
            name if is_name(name) => {
                path.push(name.to_owned());
                if text(index + 1) != ":" {
                    let is_renamed = text(index + 1) == "as";
                    if path.len() > 1 && name == "self" {
                        path.pop();
                    }
                    let own = path.last().cloned().unwrap_or_default();
                    let name = if is_renamed { text(index + 2).to_owned() } else { own };
                    return found.push((Some(name), path, index));
                }
                index += 1;
            }
            _ => return,
        }
    }
}

/// Where the branch that starts at `start` ends: at a comma, or at the end of its group.
fn branch_end(source: &Source, start: usize, close: usize) -> usize {
    let mut index = start;
    while index < close && text(source, index) != "," {
        index = if text(source, index) == "{" { source.end_of_group(index) } else { index };
        index += 1;
    }
    index.min(close)
}
