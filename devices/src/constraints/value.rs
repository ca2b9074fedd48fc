//! What is said of one property.

/// A number that can be constrained.
pub trait Number: Copy + PartialOrd {
    /// As a double, which has room for each.
    fn to_f64(self) -> f64;
}

impl Number for u32 {
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
}

impl Number for f64 {
    fn to_f64(self) -> f64 {
        self
    }
}

/// What is said of a number: a bare value, or bounds and an ideal (`ConstrainULong`,
/// `ConstrainDouble`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ConstrainRange<T> {
    /// `width: 640`. In a basic set it is an ideal, in an advanced one it is exact.
    Bare(T),
    /// `width: { min: 320, ideal: 640 }`.
    Bounds {
        /// Not less.
        min: Option<T>,
        /// Not more.
        max: Option<T>,
        /// This and nothing else.
        exact: Option<T>,
        /// As near as can be.
        ideal: Option<T>,
    },
}

impl<T: Number> ConstrainRange<T> {
    /// Bounds that bound nothing.
    const ANY: Self = ConstrainRange::Bounds { min: None, max: None, exact: None, ideal: None };

    /// `{ exact }`.
    pub const fn exact(value: T) -> Self {
        ConstrainRange::Bounds { min: None, max: None, exact: Some(value), ideal: None }
    }

    /// `{ ideal }`.
    pub const fn ideal(value: T) -> Self {
        ConstrainRange::Bounds { min: None, max: None, exact: None, ideal: Some(value) }
    }

    /// `{ min }`.
    pub const fn min(value: T) -> Self {
        ConstrainRange::Bounds { min: Some(value), max: None, exact: None, ideal: None }
    }

    /// `{ max }`.
    pub const fn max(value: T) -> Self {
        ConstrainRange::Bounds { min: None, max: Some(value), exact: None, ideal: None }
    }

    /// `{ min, max }`.
    pub const fn between(min: T, max: T) -> Self {
        ConstrainRange::Bounds { min: Some(min), max: Some(max), exact: None, ideal: None }
    }

    /// The same with an ideal; a bare value is replaced.
    pub const fn with_ideal(self, value: T) -> Self {
        match self {
            ConstrainRange::Bare(_) => Self::ideal(value),
            ConstrainRange::Bounds { min, max, exact, .. } => {
                ConstrainRange::Bounds { min, max, exact, ideal: Some(value) }
            }
        }
    }

    /// Each value that is named, the most wanted first.
    pub(crate) fn values(self) -> impl Iterator<Item = T> {
        let values = match self {
            ConstrainRange::Bare(value) => [Some(value), None, None, None],
            ConstrainRange::Bounds { min, max, exact, ideal } => [exact, ideal, max, min],
        };
        values.into_iter().flatten()
    }

    /// With a bare value as one of two kinds: bounds, and the ideal.
    pub(super) fn resolve(self, bare_is_exact: bool) -> (Option<T>, Option<T>, Option<T>) {
        match self {
            // Exact is a lower and an upper bound at once.
            ConstrainRange::Bare(value) if bare_is_exact => (Some(value), Some(value), None),
            ConstrainRange::Bare(value) => (None, None, Some(value)),
            ConstrainRange::Bounds { min, max, exact: None, ideal } => (min, max, ideal),
            ConstrainRange::Bounds { min, max, exact: Some(exact), ideal } => {
                let above = min.filter(|min| *min > exact).unwrap_or(exact);
                let below = max.filter(|max| *max < exact).unwrap_or(exact);
                (Some(above), Some(below), ideal)
            }
        }
    }

    /// Whether something is demanded, with bare values as ideals.
    pub(crate) fn is_required(self) -> bool {
        let (min, max, _) = self.resolve(false);
        min.is_some() || max.is_some()
    }

    /// Whether there is a lower bound, as `min` or `exact`.
    pub(crate) fn has_floor(self) -> bool {
        self.resolve(false).0.is_some()
    }
}

impl<T: Number> Default for ConstrainRange<T> {
    fn default() -> Self {
        Self::ANY
    }
}

impl<T> From<T> for ConstrainRange<T> {
    fn from(value: T) -> Self {
        ConstrainRange::Bare(value)
    }
}

/// What is said of a word: any of a list (`ConstrainDOMString`). An empty list says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConstrainList<T> {
    /// `facingMode: "user"`, or a list of words.
    Bare(Vec<T>),
    /// `facingMode: { exact: "user" }`.
    Rules {
        /// One of these and nothing else.
        exact: Vec<T>,
        /// Rather one of these.
        ideal: Vec<T>,
    },
}

impl<T: Clone> ConstrainList<T> {
    /// `{ exact }`.
    pub fn exact(value: T) -> Self {
        ConstrainList::Rules { exact: vec![value], ideal: Vec::new() }
    }

    /// `{ ideal }`.
    pub fn ideal(value: T) -> Self {
        ConstrainList::Rules { exact: Vec::new(), ideal: vec![value] }
    }

    /// With bare values as one of two kinds: those demanded, and those wished for.
    pub(super) fn resolve(&self, bare_is_exact: bool) -> (&[T], &[T]) {
        match self {
            ConstrainList::Bare(values) if bare_is_exact => (values, &[]),
            ConstrainList::Bare(values) => (&[], values),
            ConstrainList::Rules { exact, ideal } => (exact, ideal),
        }
    }

    /// Whether something is demanded, with bare values as ideals.
    pub(crate) fn is_required(&self) -> bool {
        !self.resolve(false).0.is_empty()
    }
}

impl<T> From<T> for ConstrainList<T> {
    fn from(value: T) -> Self {
        ConstrainList::Bare(vec![value])
    }
}

impl From<&str> for ConstrainList<String> {
    fn from(value: &str) -> Self {
        ConstrainList::Bare(vec![value.to_owned()])
    }
}

/// What is said of a switch (`ConstrainBoolean`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConstrainFlag {
    /// `echoCancellation: true`.
    Bare(bool),
    /// `echoCancellation: { exact: true }`.
    Rules {
        /// This and nothing else.
        exact: Option<bool>,
        /// Rather this.
        ideal: Option<bool>,
    },
}

impl ConstrainFlag {
    /// `{ exact }`.
    pub const fn exact(value: bool) -> Self {
        ConstrainFlag::Rules { exact: Some(value), ideal: None }
    }

    /// `{ ideal }`.
    pub const fn ideal(value: bool) -> Self {
        ConstrainFlag::Rules { exact: None, ideal: Some(value) }
    }

    /// With a bare value as one of two kinds: that demanded, and that wished for.
    pub(super) const fn resolve(self, bare_is_exact: bool) -> (Option<bool>, Option<bool>) {
        match self {
            ConstrainFlag::Bare(value) if bare_is_exact => (Some(value), None),
            ConstrainFlag::Bare(value) => (None, Some(value)),
            ConstrainFlag::Rules { exact, ideal } => (exact, ideal),
        }
    }

    /// Whether something is demanded, with bare values as ideals.
    pub(crate) const fn is_required(self) -> bool {
        self.resolve(false).0.is_some()
    }
}

impl From<bool> for ConstrainFlag {
    fn from(value: bool) -> Self {
        ConstrainFlag::Bare(value)
    }
}
