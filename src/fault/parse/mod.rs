//! Rules from text: the short form, TOML and JSON, each made into one neutral tree that one reader reads. `config`
//! and `control` ask for it.

mod node;
mod rule;
mod short;

use std::str::FromStr;

use self::rule::Reader;
use super::{Fault, Mistakes};

/// Reads a rule in the short form, such as `put:nth=1:error=SlowDown`.
///
/// # Errors
///
/// [`Mistakes`] with the place of each.
///
/// ```
/// use alloy_assay::fault::{Fault, parse};
///
/// assert_eq!(parse::short("put:times=2:error=SlowDown").unwrap(), Fault::put().times(2).error("SlowDown"));
/// let mistakes = parse::short("put:nth=0:close").unwrap_err();
/// assert_eq!(mistakes.to_string(), "`nth` is `0`; write a whole number from 1 on");
/// assert_eq!(mistakes.iter().next().unwrap().span, Some(8..9));
/// ```
pub fn short(text: &str) -> Result<Fault, Mistakes> {
    let mut reader = Reader::default();
    let tree = short::tree(text).map_err(Mistakes::of)?;
    reader.rule(&tree, "").ok_or_else(|| Mistakes::of(reader.mistakes))
}

impl FromStr for Fault {
    type Err = Mistakes;

    fn from_str(text: &str) -> Result<Self, Mistakes> {
        short(text)
    }
}
