//! The lines that a bench prints: a figure, its limit, how the two compare, and what is aimed at.

use std::{fmt::Display, time::Duration};

/// The middle one; of an even number, the upper.
pub fn median<T: PartialOrd + Copy>(values: &[T]) -> T {
    at(values, 0.5)
}

/// The value below which this share of all lies.
pub fn at<T: PartialOrd + Copy>(values: &[T], share: f64) -> T {
    let mut sorted = values.to_vec();
    sorted.sort_by(|one, other| one.partial_cmp(other).unwrap());
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a length")]
    let index = (sorted.len() as f64 * share) as usize;
    sorted[index.min(sorted.len() - 1)]
}

/// The median of what each figure is beside its limit, which was taken next to it.
pub fn ratio(figures: &[f64], limits: &[f64]) -> f64 {
    median(&figures.iter().zip(limits).map(|(figure, limit)| figure / limit).collect::<Vec<_>>())
}

/// Prints a figure beside its limit.
pub fn line(name: &str, figure: impl Display, limit: impl Display, ratio: f64, aim: impl Display) {
    println!(
        "  {name:<46}{figure:>12}   limit {limit:>11}   ratio {ratio:>6.2}   aim {aim}",
        figure = figure.to_string(),
        limit = limit.to_string()
    );
}

/// Prints a figure that has no limit of its own.
pub fn note(name: &str, figure: impl Display, remark: &str) {
    println!("  {name:<46}{figure:>12}   {remark}", figure = figure.to_string());
}

/// `61,200/s`.
pub fn rate(per_second: f64) -> String {
    format!("{}/s", thousands(per_second))
}

/// `12.3 µs`, `4.56 ms`, `1.23 s`.
pub fn time(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        0.0..1e-3 => format!("{:.1} µs", seconds * 1e6),
        1e-3..1.0 => format!("{:.2} ms", seconds * 1e3),
        _ => format!("{seconds:.2} s"),
    }
}

/// `7.91 MiB`, `512 B`.
pub fn bytes(bytes: f64) -> String {
    if bytes < 10_240.0 { format!("{bytes:.0} B") } else { format!("{:.2} MiB", bytes / 1_048_576.0) }
}

/// How many times `figure` is `limit`.
pub fn times(figure: Duration, limit: Duration) -> f64 {
    figure.as_secs_f64() / limit.as_secs_f64()
}

/// A whole number with its thousands apart.
pub fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
