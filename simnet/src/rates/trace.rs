//! Traces of rates and delays, as text.
//!
//! Two formats: lines of `time in seconds, value`, and delivery opportunities as the Mahimahi tools
//! record them.

use std::fmt;
use std::time::Duration;

use lapwing_engine::Bitrate;

use crate::bitrate::{BadSchedule, RateSchedule};
use crate::rates::DelaySchedule;
use crate::time::Time;

/// Why a text is no trace, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct BadTrace {
    /// The line, counted from 1.
    pub line: usize,
    /// The column of the value, counted from 1 in characters.
    pub column: usize,
    /// What is wrong there.
    pub problem: TraceProblem,
}

/// What is wrong with a trace.
#[derive(Clone, Debug, PartialEq)]
pub enum TraceProblem {
    /// The text is larger than this many bytes.
    TooLarge(usize),
    /// There are more steps than this.
    TooMany(usize),
    /// There is no value at all.
    Empty,
    /// The line has another number of values than this.
    Values(usize),
    /// It is not a number; the text, or its beginning.
    NotANumber(String),
    /// The number is too small or too large.
    OutOfRange {
        /// The number.
        value: f64,
        /// The least allowed.
        min: f64,
        /// The greatest allowed.
        max: f64,
    },
    /// The time does not come after that of the line before it.
    NotAscending(f64),
}

impl fmt::Display for TraceProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TraceProblem::TooLarge(most) => write!(f, "the trace has more than {most} bytes"),
            TraceProblem::TooMany(most) => write!(f, "the trace has more than {most} steps"),
            TraceProblem::Empty => f.write_str("the trace is empty"),
            TraceProblem::Values(count) => write!(f, "a line has {count} values, with commas"),
            TraceProblem::NotANumber(text) => write!(f, "{text:?} is not a number"),
            TraceProblem::OutOfRange { value, min, max } => {
                write!(f, "{value} is not within {min} and {max}")
            }
            TraceProblem::NotAscending(value) => {
                write!(f, "times must go up, but {value} does not come after the one before it")
            }
        }
    }
}

impl fmt::Display for BadTrace {
    /// `LINE:COLUMN: PROBLEM`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.problem)
    }
}

impl std::error::Error for BadTrace {}

/// Bytes of a trace.
const MAX_BYTES: usize = 32_000_000;
/// Steps of a trace.
const MAX_STEPS: usize = 1_000_000;
/// Longest trace: a day.
const MAX_SECONDS: f64 = 86_400.0;
/// Fastest link: a terabit per second.
const MAX_BPS: f64 = 1e12;
/// Longest delay: a minute.
const MAX_DELAY_MS: f64 = 60_000.0;
/// Text that is repeated in a message.
const MAX_QUOTED: usize = 40;

impl RateSchedule {
    /// Reads lines of `at_s,bps`: from that second on, that many bits a second. The last rate
    /// holds.
    ///
    /// Empty lines, those that begin with `#`, and a first line of column names are passed over.
    ///
    /// # Errors
    /// The first fault, with its line and column.
    ///
    /// ```
    /// use lapwing_simnet::{RateSchedule, Time};
    /// let rate = RateSchedule::from_csv("at_s,bps\n0,1e6\n2.5,300000\n").unwrap();
    /// assert_eq!(rate.at(Time::from_secs(3)).as_bps(), 300_000);
    /// let bad = RateSchedule::from_csv("0,1e6\n2.5,fast\n").unwrap_err();
    /// assert_eq!(bad.to_string(), "2:5: \"fast\" is not a number");
    /// ```
    pub fn from_csv(text: &str) -> Result<Self, BadTrace> {
        let rows = rows(text, MAX_BPS)?;
        let steps = rows.into_iter().map(|(at, bps)| (at, Bitrate::bps(bps as u64)));
        Ok(RateSchedule::steps(steps).expect("rows go up and there is one"))
    }

    /// Reads delivery opportunities: each line is a time in milliseconds, at which 1,500 bytes can
    /// leave; equal times add up. The trace repeats after the last one.
    ///
    /// This is the format of Mahimahi (Netravali et al., USENIX ATC 2015; the manual of `mm-link`).
    /// Here the opportunities of a millisecond become its rate, so that packets of any size share
    /// them, and none is wasted while a packet is under way.
    ///
    /// # Errors
    /// The first fault, with its line and column.
    ///
    /// ```
    /// use lapwing_simnet::{RateSchedule, Time};
    /// // 12 Mbit/s in the first of every three milliseconds, twice that in the last.
    /// let rate = RateSchedule::from_opportunities("1\n3\n3\n").unwrap();
    /// assert_eq!(rate.at(Time::ZERO).as_bps(), 12_000_000);
    /// assert_eq!(rate.at(Time::from_millis(5)).as_bps(), 24_000_000);
    /// ```
    pub fn from_opportunities(text: &str) -> Result<Self, BadTrace> {
        check_size(text)?;
        // Opportunities of each millisecond that has some, with the time at its end.
        let mut counts: Vec<(u64, u64)> = Vec::new();
        for (number, line) in lines(text) {
            let value = values::<1>(number, line)?[0];
            let time = value.number(MAX_SECONDS * 1e3)?;
            // What leaves at the start leaves in the first millisecond.
            let ms = (time as u64).max(1);
            let full = counts.len() == MAX_STEPS / 2;
            match counts.last_mut() {
                Some((last, _)) if ms < *last => {
                    return Err(value.fault(TraceProblem::NotAscending(time)));
                }
                Some((last, count)) if ms == *last => *count += 1,
                _ if full => return Err(value.fault(TraceProblem::TooMany(MAX_STEPS / 2))),
                _ => counts.push((ms, 1)),
            }
        }
        let Some((last, _)) = counts.last() else {
            return Err(empty());
        };
        let period = Duration::from_millis(*last);
        let mut steps: Vec<(Time, Bitrate)> = Vec::new();
        let mut begins = |at: u64, rate: Bitrate| match steps.last_mut() {
            Some((time, before)) if *time == Time::from_millis(at) => *before = rate,
            Some((_, before)) if *before == rate => {}
            _ => steps.push((Time::from_millis(at), rate)),
        };
        begins(0, Bitrate::ZERO);
        for (end, count) in counts {
            begins(end - 1, Bitrate::bps(count.saturating_mul(OPPORTUNITY_BITS_PER_MS)));
            begins(end, Bitrate::ZERO);
        }
        // The step at the end is the loop's beginning again.
        steps.retain(|(at, _)| *at < Time::ZERO + period);
        match RateSchedule::looped(steps, period) {
            Ok(schedule) => Ok(schedule.told_over(OPPORTUNITIES_TOLD_OVER)),
            Err(BadSchedule::Empty | BadSchedule::Unordered(_) | BadSchedule::ShortPeriod) => {
                Err(empty())
            }
        }
    }
}

/// Queues and meters go by the mean rate of so much: a hundred milliseconds of a trace say what a
/// link carries, single ones only when it sends.
const OPPORTUNITIES_TOLD_OVER: Duration = Duration::from_millis(100);
/// 1,500 bytes in a millisecond, in bits a second.
const OPPORTUNITY_BITS_PER_MS: u64 = 12_000_000;

impl DelaySchedule {
    /// Reads lines of `at_s,delay_ms`: from that second on, that delay. The last one holds. See
    /// [`RateSchedule::from_csv`].
    ///
    /// # Errors
    /// The first fault, with its line and column.
    ///
    /// ```
    /// use std::time::Duration;
    /// use lapwing_simnet::Time;
    /// use lapwing_simnet::rates::DelaySchedule;
    /// let delay = DelaySchedule::from_csv("0, 20\n15, 32.5\n").unwrap();
    /// assert_eq!(delay.at(Time::from_secs(20)), Duration::from_micros(32_500));
    /// ```
    pub fn from_csv(text: &str) -> Result<Self, BadTrace> {
        let rows = rows(text, MAX_DELAY_MS)?;
        let delay = |ms: f64| Duration::from_nanos((ms * 1e6).round() as u64);
        let steps = rows.into_iter().map(|(at, ms)| (at, delay(ms)));
        Ok(DelaySchedule::steps(steps).expect("rows go up and there is one"))
    }
}

/// Rows of a time and a value from zero to `most`, at least one, in order.
fn rows(text: &str, most: f64) -> Result<Vec<(Time, f64)>, BadTrace> {
    check_size(text)?;
    let mut rows: Vec<(Time, f64)> = Vec::new();
    for (number, line) in lines(text) {
        let [at, value] = values::<2>(number, line)?;
        if number == 1 && at.text.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
            continue;
        }
        let seconds = at.number(MAX_SECONDS)?;
        let time = Time::from_nanos((seconds * 1e9).round() as u64);
        if rows.last().is_some_and(|(last, _)| time <= *last) {
            return Err(at.fault(TraceProblem::NotAscending(seconds)));
        }
        if rows.len() == MAX_STEPS {
            return Err(at.fault(TraceProblem::TooMany(MAX_STEPS)));
        }
        rows.push((time, value.number(most)?));
    }
    if rows.is_empty() { Err(empty()) } else { Ok(rows) }
}

fn empty() -> BadTrace {
    BadTrace { line: 1, column: 1, problem: TraceProblem::Empty }
}

fn check_size(text: &str) -> Result<(), BadTrace> {
    if text.len() > MAX_BYTES {
        let problem = TraceProblem::TooLarge(MAX_BYTES);
        return Err(BadTrace { line: 1, column: 1, problem });
    }
    Ok(())
}

/// Lines with something on them, and their numbers.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered = text.lines().enumerate().map(|(i, line)| (i + 1, line));
    numbered.filter(|(_, line)| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
}

/// A value of a line, and where it is.
#[derive(Clone, Copy)]
struct Value<'t> {
    text: &'t str,
    line: usize,
    column: usize,
}

/// Exactly so many values of a line, between commas.
fn values<const N: usize>(number: usize, line: &str) -> Result<[Value<'_>; N], BadTrace> {
    let mut column = 1;
    let mut values = Vec::with_capacity(N);
    for part in line.split(',').take(N + 1) {
        let before = part.chars().take_while(|letter| letter.is_whitespace()).count();
        values.push(Value { text: part.trim(), line: number, column: column + before });
        column += part.chars().count() + 1;
    }
    let wrong = || BadTrace { line: number, column: 1, problem: TraceProblem::Values(N) };
    values.try_into().map_err(|_| wrong())
}

impl Value<'_> {
    fn fault(&self, problem: TraceProblem) -> BadTrace {
        BadTrace { line: self.line, column: self.column, problem }
    }

    fn number(&self, max: f64) -> Result<f64, BadTrace> {
        let quoted = || self.text.chars().take(MAX_QUOTED).collect();
        let value: f64 =
            self.text.parse().map_err(|_| self.fault(TraceProblem::NotANumber(quoted())))?;
        if !(0.0..=max).contains(&value) {
            return Err(self.fault(TraceProblem::OutOfRange { value, min: 0.0, max }));
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_have_line_and_column() {
        let rate = |text: &str| RateSchedule::from_csv(text).unwrap_err().to_string();
        let cases = [
            ("", "1:1: the trace is empty"),
            ("# nothing\n\n", "1:1: the trace is empty"),
            ("at_s,bps\n", "1:1: the trace is empty"),
            ("0,1\n 1 , x\n", "2:6: \"x\" is not a number"),
            ("0,1\nat_s,bps\n", "2:1: \"at_s\" is not a number"),
            ("0,1\n0,2", "2:1: times must go up, but 0 does not come after the one before it"),
            ("0,-1", "1:3: -1 is not within 0 and 1000000000000"),
            ("0,inf", "1:3: inf is not within 0 and 1000000000000"),
            ("0,NaN", "1:3: NaN is not within 0 and 1000000000000"),
            ("86401,1", "1:1: 86401 is not within 0 and 86400"),
            ("0,1,2", "1:1: a line has 2 values, with commas"),
            ("7", "1:1: a line has 2 values, with commas"),
        ];
        for (text, expected) in cases {
            assert_eq!(rate(text), expected, "{text:?}");
        }
        let delay = DelaySchedule::from_csv("0,60001").unwrap_err();
        assert_eq!(delay.to_string(), "1:3: 60001 is not within 0 and 60000");
        let long = RateSchedule::from_csv(&"x".repeat(500)).unwrap_err();
        assert!(long.to_string().len() < 100);
        let many: String = (0..=MAX_STEPS).map(|i| format!("{:.3},1\n", i as f64 / 1e3)).collect();
        let bad = RateSchedule::from_csv(&many).unwrap_err();
        assert_eq!(bad.problem, TraceProblem::TooMany(MAX_STEPS));
        let large = RateSchedule::from_csv(&" ".repeat(MAX_BYTES + 1)).unwrap_err();
        assert_eq!(large.problem, TraceProblem::TooLarge(MAX_BYTES));
    }

    #[test]
    fn opportunities_become_rates() {
        let read = |text: &str| RateSchedule::from_opportunities(text);
        let constant = read("1\n").unwrap();
        assert_eq!(constant.at(Time::from_secs(9)), Bitrate::mbps(12));
        // Two packets take the opportunities of 2 and 5 ms, and the next one that of the second
        // turn.
        let trace = read("0\n2\n5\n").unwrap();
        assert_eq!(trace.finish(Time::from_millis(1), 1_500), Time::from_millis(2));
        assert_eq!(trace.finish(Time::from_millis(2), 1_500), Time::from_millis(5));
        assert_eq!(trace.finish(Time::from_millis(2), 3_000), Time::from_millis(6));
        assert_eq!(read("").unwrap_err().problem, TraceProblem::Empty);
        assert_eq!(
            read("5\n4\n").unwrap_err().to_string(),
            "2:1: times must go up, but 4 does not come after the one before it"
        );
        assert_eq!(read("5\n\n x").unwrap_err().to_string(), "3:2: \"x\" is not a number");
        assert_eq!(read("-5").unwrap_err().line, 1);
    }
}
