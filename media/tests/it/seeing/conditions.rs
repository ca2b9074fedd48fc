//! What becomes of pictures on good and bad networks.

use std::time::Duration;

use lapwing_engine::rtp::extension::PlayoutDelay;
use lapwing_media::{SeeingSettings, VideoReceiver};

use super::line::{Arrival, PATH_MS, RATE, Received, Seen, after_ms, captured, in_order};
use super::line::{watch, watch_with};
use crate::hearing::line::Random;

/// The distances between pictures are even to so many ms, at the least and the most.
fn evenness(seen: &Seen, from: usize) -> (f64, f64) {
    let gaps = seen.shown[from..].windows(2).map(|pair| (pair[1].1 - pair[0].1).as_secs_f64());
    let gaps: Vec<f64> = gaps.map(|gap| gap * 1_000.0).collect();
    let least = gaps.iter().copied().fold(f64::MAX, f64::min);
    (least, gaps.iter().copied().fold(f64::MIN, f64::max))
}

#[test]
fn a_clean_line_shows_all_pictures_evenly_and_soon() {
    let seen = watch(in_order(20, |_| PATH_MS), 21);
    assert_eq!(seen.shown.len(), 500);
    assert_eq!(seen.stats.frames_dropped, 0);
    assert_eq!((seen.stats.freeze_count, seen.asked.len()), (0, 0));
    // The path, the decoder's 3 ms, the screen's 10 ms, and a grain of the histogram.
    let (mean, _) = seen.delay_ms(10, 20);
    assert!((63.0..=70.0).contains(&mean), "{mean}");
    let (least, most) = evenness(&seen, 100);
    assert!(least > 37.0 && most < 43.0, "{least} to {most}");
}

#[test]
fn the_counters_are_those_of_the_pictures() {
    let stats = watch(in_order(20, |_| PATH_MS), 21).stats;
    assert_eq!(stats.frames_received, 500);
    assert_eq!((stats.frames_decoded, stats.key_frames_decoded), (500, 1));
    assert_eq!((stats.frames_rendered, stats.jitter_buffer_emitted_count), (500, 500));
    assert_eq!(stats.total_decode_time, Duration::from_millis(1_500));
    let mean = |sum: Duration| sum.as_secs_f64() * 1_000.0 / 500.0;
    assert!((1.0..30.0).contains(&mean(stats.jitter_buffer_delay)));
    assert!(stats.total_processing_delay >= stats.jitter_buffer_delay);
    assert!(stats.jitter_buffer_minimum_delay == stats.jitter_buffer_target_delay);
    let between = stats.total_inter_frame_delay.as_secs_f64();
    assert!((between - 499.0 * 0.040).abs() < 0.1, "{between}");
    let squares = stats.total_squared_inter_frame_delay as f64 / 1e12;
    assert!((squares - 499.0 * 0.040 * 0.040).abs() < 0.01, "{squares}");
}

#[test]
fn jitter_is_evened_out_at_the_cost_of_its_size() {
    let mut random = Random(7);
    let seen = watch(in_order(60, |_| PATH_MS + 30.0 * random.next()), 61);
    assert_eq!(seen.stats.freeze_count, 0);
    let (mean, most) = seen.delay_ms(20, 60);
    assert!((80.0..=115.0).contains(&mean) && most <= 125.0, "{mean} {most}");
    // The fastest frame of two seconds is not always as fast.
    let (least, most) = evenness(&seen, 500);
    assert!(least > 25.0 && most < 60.0, "{least} to {most}");
}

#[test]
fn a_frame_repaired_after_a_round_trip_is_no_freeze() {
    // What comes behind it waits for it too.
    let seen = watch(in_order(20, |index| PATH_MS + if index == 250 { 110.0 } else { 0.0 }), 21);
    assert_eq!((seen.stats.freeze_count, seen.asked.len()), (0, 0));
    assert_eq!(seen.decoded.len(), 500);
    // The delay is soon what it was.
    let (mean, _) = seen.delay_ms(15, 20);
    assert!(mean < 72.0, "{mean}");
}

/// The picture before each of them is kept back.
#[test]
fn repairs_that_are_frequent_are_waited_for_but_for_the_time_of_a_picture() {
    let late = |index| if index % 30 == 9 { 110.0 } else { 0.0 };
    let mut seen = watch(in_order(60, |index| PATH_MS + late(index)), 61);
    assert_eq!(seen.stats.freeze_count, 0);
    // The last of all is kept back too: nothing follows.
    seen.shown.pop();
    let (mean, most) = seen.delay_ms(20, 60);
    assert!(mean < 140.0 && most < 205.0, "{mean} {most}");
    let (_, most) = evenness(&seen, 500);
    assert!(most < 40.0 + 70.0, "{most}");
    assert!(seen.stats.dropped.not_shown < 20, "{:?}", seen.stats.dropped);
}

#[test]
fn a_repair_that_is_lost_too_is_no_freeze_where_repairs_are_frequent() {
    let late = |index| match index {
        1_000 => 235.0,
        _ if index % 30 == 9 => 110.0,
        _ => 0.0,
    };
    let seen = watch(in_order(60, |index| PATH_MS + late(index)), 61);
    assert_eq!(seen.stats.freeze_count, 0);
    let (_, most) = evenness(&seen, 500);
    assert!((140.0..190.0).contains(&most), "{most}");
}

#[test]
fn a_maximum_of_the_delay_holds_before_a_gap() {
    let arrivals = in_order(20, |index| PATH_MS + if index % 30 == 9 { 110.0 } else { 0.0 });
    let mut receiver = VideoReceiver::new(SeeingSettings::call());
    receiver.set_limits(Duration::ZERO, Duration::ZERO);
    let seen = watch_with(&mut receiver, arrivals, 21, |_| true);
    let kept = seen.shown.iter().filter(|(time, at)| {
        let late = (time.as_millis() / 40) % 30 == 9;
        let delay = (*at - *time).as_millis();
        !late && delay > 50 + 110
    });
    assert_eq!(kept.count(), 0);
}

#[test]
fn frames_that_come_out_of_order_are_put_right_where_there_is_time() {
    // A source that hands frames over as they come: what follows on nothing says so.
    let arrivals = (0..20 * RATE).map(|index| {
        let late = index % 40 == 20;
        let mut received = Received::plain(index);
        received.contiguous = index % 40 != 21;
        Arrival {
            at: after_ms(captured(index), PATH_MS + if late { 100.0 } else { 0.0 }),
            received,
        }
    });
    let settings = SeeingSettings { repair: Duration::from_millis(200), ..SeeingSettings::call() };
    let mut receiver = VideoReceiver::new(settings);
    let seen = watch_with(&mut receiver, arrivals.collect(), 21, |_| true);
    assert_eq!(seen.decoded.len(), 500);
    assert!(seen.decoded.is_sorted());
    assert_eq!((seen.stats.freeze_count, seen.asked.len()), (0, 0));
}

#[test]
fn what_is_not_repaired_asks_for_a_key_frame_at_intervals_until_it_comes() {
    // Frame 100 is lost for good; a key frame comes a second later.
    let arrivals = in_order(20, |_| PATH_MS).into_iter().enumerate();
    let arrivals = arrivals.filter(|(index, _)| *index != 100).map(|(index, mut arrival)| {
        arrival.received.contiguous = index != 101;
        arrival.received.keyframe |= index == 126;
        arrival
    });
    let seen = watch(arrivals.collect(), 21);
    let first = after_ms(captured(101), PATH_MS);
    let expected: Vec<Duration> =
        (0..4).map(|index| first + index * Duration::from_millis(300)).collect();
    assert_eq!(seen.asked, expected);
    assert_eq!(seen.stats.key_frames_asked_for, 4);
    assert_eq!(seen.stats.dropped.no_reference, 25);
    assert_eq!((seen.stats.frames_decoded, seen.stats.key_frames_decoded), (474, 2));
    assert_eq!((seen.stats.freeze_count, seen.stats.pause_count), (1, 0));
    assert!(seen.stats.total_freezes_duration > Duration::from_secs(1));
}

#[test]
fn a_stream_that_begins_without_a_key_frame_asks_for_one() {
    let mut arrivals = in_order(2, |_| PATH_MS);
    arrivals[0].received.keyframe = false;
    arrivals[20].received.keyframe = true;
    let seen = watch(arrivals, 3);
    assert_eq!(seen.asked.first(), Some(&Duration::from_millis(50)));
    assert_eq!(seen.asked.len(), 3);
    assert_eq!(seen.shown.len(), 30);
}

#[test]
fn what_no_decoder_takes_asks_for_a_key_frame() {
    let mut arrivals = in_order(4, |_| PATH_MS);
    arrivals[60].received.keyframe = true;
    let mut receiver = VideoReceiver::new(SeeingSettings::call());
    let seen = watch_with(&mut receiver, arrivals, 5, |time| time != captured(50));
    assert_eq!(seen.stats.dropped.undecodable, 1);
    assert_eq!(seen.stats.dropped.no_reference, 9);
    assert!((1..=2).contains(&seen.asked.len()), "{:?}", seen.asked);
    assert_eq!(seen.shown.len(), 90);
}

#[test]
fn the_delay_follows_a_path_that_becomes_longer_and_shorter() {
    let path = |index: u64| if (250..1_000).contains(&index) { 200.0 } else { 50.0 };
    let seen = watch(in_order(100, path), 101);
    // The longer path by itself stops the pictures for 150 ms once.
    assert!(seen.stats.freeze_count <= 1, "{}", seen.stats.freeze_count);
    let (longer, _) = seen.delay_ms(30, 40);
    assert!(longer < 240.0, "{longer}");
    let (shorter, _) = seen.delay_ms(95, 100);
    assert!(shorter < 75.0, "{shorter}");
}

#[test]
fn hints_and_limits_hold() {
    let delay = |settings: SeeingSettings| {
        let mut receiver = VideoReceiver::new(settings);
        let seen = watch_with(&mut receiver, in_order(10, |_| PATH_MS), 12, |_| true);
        assert_eq!(seen.stats.frames_rendered, 250);
        seen.delay_ms(5, 10).0 - PATH_MS
    };
    let call = SeeingSettings::call();
    let ms = Duration::from_millis;
    let hinted = delay(SeeingSettings { hint: Some(ms(300)), ..call });
    assert!((hinted - 300.0).abs() < 2.0, "{hinted}");
    let limited = delay(SeeingSettings { hint: Some(ms(900)), maximum: ms(200), ..call });
    assert!((limited - 200.0).abs() < 2.0, "{limited}");
    let at_once = delay(SeeingSettings { maximum: Duration::ZERO, ..call });
    assert!(at_once < 1.0, "{at_once}");
}

#[test]
fn bounds_that_the_sender_tells_hold_within_those_that_were_set() {
    let ms = Duration::from_millis;
    // The first picture alone tells them.
    let delay = |settings: SeeingSettings, least: Duration, most: Duration| {
        let mut arrivals = in_order(10, |_| PATH_MS);
        arrivals[0].received.bounds = PlayoutDelay::new(least, most);
        let seen = watch_with(&mut VideoReceiver::new(settings), arrivals, 12, |_| true);
        seen.delay_ms(5, 10).0 - PATH_MS
    };
    let call = SeeingSettings::call();
    let least = delay(call, ms(300), ms(40_000));
    assert!((least - 300.0).abs() < 2.0, "{least}");
    let most = delay(SeeingSettings { hint: Some(ms(900)), ..call }, Duration::ZERO, ms(200));
    assert!((most - 200.0).abs() < 2.0, "{most}");
    let within = delay(SeeingSettings { maximum: ms(400), ..call }, ms(30_000), ms(40_000));
    assert!((within - 400.0).abs() < 2.0, "{within}");
    let at_once = delay(call, Duration::ZERO, Duration::ZERO);
    assert!(at_once < 1.0, "{at_once}");
}

#[test]
fn drift_in_both_directions_is_followed() {
    for ppm in [-200.0, 200.0] {
        let drift = |index: u64| PATH_MS + 100.0 + captured(index).as_secs_f64() * ppm / 1_000.0;
        let seen = watch(in_order(300, drift), 301);
        assert_eq!((seen.stats.freeze_count, seen.stats.frames_dropped), (0, 0));
        let (mean, _) = seen.delay_ms(290, 300);
        let expected = drift(295 * RATE) + 15.0;
        assert!((mean - expected).abs() < 8.0, "{ppm}: {mean} for {expected}");
    }
}

#[test]
fn after_an_outage_it_goes_on_with_a_key_frame_that_is_there() {
    // Nothing comes for two seconds, then all at once, with a key frame among it.
    let mut arrivals = in_order(10, |_| PATH_MS);
    let all = arrivals[150].at;
    arrivals[100..150].iter_mut().for_each(|arrival| arrival.at = all);
    arrivals[140].received.keyframe = true;
    let seen = watch(arrivals, 11);
    assert_eq!(seen.stats.dropped.skipped, 40);
    assert_eq!(seen.stats.freeze_count, 1);
    let (mean, _) = seen.delay_ms(9, 10);
    assert!(mean < 75.0, "{mean}");
}
