//! What a run can be held against.

macro_rules! expectations {
    ($($(#[$doc:meta])* $name:ident = $text:literal),+ $(,)?) => {
        /// `[expect]`: what a run is held against.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Expectation {
            $($(#[$doc])* $name),+
        }

        impl Expectation {
            /// All, with their names in a file.
            pub const ALL: &'static [(&'static str, Expectation)] =
                &[$(($text, Expectation::$name)),+];
        }
    };
}

impl Expectation {
    /// The words of [`Expectation::Pair`], and what stands for them among figures.
    pub(crate) const PAIRS: [(&'static str, f64); 3] =
        [("host", 0.0), ("srflx", 1.0), ("relay", 2.0)];

    /// What stands for a word of [`Expectation::Pair`].
    pub(crate) fn pair(word: &str) -> Option<f64> {
        Self::PAIRS.iter().find(|(each, _)| *each == word).map(|(_, value)| *value)
    }

    /// A value as a file has it.
    pub(crate) fn write(self, value: f64) -> String {
        match self {
            Expectation::Connected if value == 0.0 => "false".to_owned(),
            Expectation::Connected if value == 1.0 => "true".to_owned(),
            Expectation::Pair => {
                let word = Self::PAIRS.iter().find(|(_, each)| *each == value);
                word.map_or_else(|| value.to_string(), |(word, _)| (*word).to_owned())
            }
            _ => value.to_string(),
        }
    }
}

expectations! {
    /// Seconds from the first byte of a file over a channel to its last, at most.
    CompletionMaxSecs = "completion_max_s",
    /// Milliseconds from the beginning of a flow until its connection stands, at most.
    ConnectMsMax = "connect_ms_max",
    /// True where every flow's connection stands at some time, false where none's ever does.
    Connected = "connected",
    /// Seconds until a flow reaches 80 % of a capacity that rose.
    Conv80UpSecs = "conv80_up_s",
    /// Coefficient of variation of the rate over seconds, at most.
    Cov1sMax = "cov_1s_max",
    /// Seconds until the queue is empty after the capacity fell, at most.
    DrainAfterDropSecs = "drain_after_drop_s",
    /// Bits of messages in a second that each bulk transfer over channels delivers, at least.
    GoodputMinBps = "goodput_min_bps",
    /// Jain's fairness index, at least.
    JainMin = "jain_min",
    /// Share of packets lost, at most.
    LossMax = "loss_max",
    /// Media rate over TCP rate, at most.
    MediaOverTcpMax = "media_over_tcp_max",
    /// Media rate over TCP rate, at least.
    MediaOverTcpMin = "media_over_tcp_min",
    /// From writing to arrival of a message over a channel, bulk transfers excepted: the 99th
    /// percentile in milliseconds, at most. Of requests, until the answer is there.
    MessageP99Ms = "message_p99_ms",
    /// Share of messages over channels that never arrive, at most.
    MessagesLostMax = "messages_lost_max",
    /// Rate of each flow in bit/s, at least.
    MinRateBps = "min_rate_bps",
    /// Seconds until a new flow has 80 % of its fair share.
    Newcomer80pctFairSecs = "newcomer_80pct_fair_s",
    /// Seconds until the others have their greatest rate after one pauses.
    OthersAtMaxWithinSecs = "others_at_max_within_s",
    /// Milliseconds between two frames of a flow, or from its last one to its end, at most; pauses
    /// are not counted.
    OutageMsMax = "outage_ms_max",
    /// What carries every flow in the end: `relay` where either candidate in use is a relay's, else
    /// `srflx` where either is known by what others saw, else `host`.
    Pair = "pair",
    /// Rate of a flow of priority 2 over one of priority 1.
    PriorityRatio = "priority_ratio",
    /// How far that may be off, as a share.
    PriorityRatioTol = "priority_ratio_tol",
    /// Queueing delay in milliseconds, 95th percentile, at most.
    QdelayP95Ms = "qdelay_p95_ms",
    /// Greatest rate over least rate among flows, at most.
    RatioMax = "ratio_max",
    /// Seconds until flows react to traffic that comes or goes.
    ReactSecs = "react_s",
    /// Seconds until 80 % of the earlier rate after a disturbance.
    Recover80pctSecs = "recover_80pct_s",
    /// Seconds until a flow has 80 % of its earlier rate after a pause.
    Resume80pctSecs = "resume_80pct_s",
    /// Seconds without any media, at most.
    StarveMaxSecs = "starve_max_s",
    /// Share of the capacity used, at least.
    UtilMin = "util_min",
    /// Share of what as many TCP flows would use, at least.
    UtilVsNTcpMin = "util_vs_n_tcp_min",
    /// Share of what the reference scenario uses, at least.
    UtilVsReferenceMin = "util_vs_reference_min",
}
