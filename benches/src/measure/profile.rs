//! Profiles of callgrind: how many instructions each function ran itself.

use std::collections::BTreeMap;

/// Instructions by function, those of what it calls left out.
///
/// ```
/// use lapwing_benches::measure::Profile;
/// let text = "fn=(1) main\n1 10\ncfn=(2) hash\ncalls=1 7\n2 90\nfn=(2)\n7 90\n";
/// let profile = Profile::parse(text);
/// assert_eq!(profile.total(), 100);
/// assert_eq!(profile.of(|_, function| function == "hash"), 90);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// By object and function.
    own: BTreeMap<(String, String), u64>,
}

impl Profile {
    /// Reads the file that callgrind wrote, whose one event is instructions.
    pub fn parse(text: &str) -> Self {
        let mut profile = Profile::default();
        let (mut objects, mut functions) = (Names::default(), Names::default());
        let (mut object, mut function) = (String::new(), String::new());
        let mut is_call = false;
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("ob=") {
                object = objects.name(name);
            } else if let Some(name) = line.strip_prefix("fn=") {
                function = functions.name(name);
            } else if let Some(name) = line.strip_prefix("cob=") {
                objects.name(name);
            } else if let Some(name) = line.strip_prefix("cfn=") {
                functions.name(name);
            } else if line.starts_with("calls=") {
                is_call = true;
            } else if line.starts_with(|c: char| c.is_ascii_digit() || "+-*".contains(c)) {
                // What follows on a call is the cost of all that was called.
                let cost = line.split_ascii_whitespace().nth(1).and_then(|it| it.parse().ok());
                if !std::mem::take(&mut is_call) {
                    let key = (object.clone(), function.clone());
                    *profile.own.entry(key).or_default() += cost.unwrap_or(0);
                }
            }
        }
        profile
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.own.values().sum()
    }

    /// Those of the functions that `is_it` chooses by object and name.
    pub fn of(&self, is_it: impl Fn(&str, &str) -> bool) -> u64 {
        let chosen = self.own.iter().filter(|((object, function), _)| is_it(object, function));
        chosen.map(|(_, cost)| cost).sum()
    }
}

/// Names that are written out once and have a number from then on.
#[derive(Debug, Default)]
struct Names(BTreeMap<String, String>);

impl Names {
    fn name(&mut self, text: &str) -> String {
        let (number, name) = text.split_once(' ').unwrap_or((text, ""));
        if !name.is_empty() {
            self.0.insert(number.to_owned(), name.to_owned());
        }
        self.0.get(number).cloned().unwrap_or_default()
    }
}
