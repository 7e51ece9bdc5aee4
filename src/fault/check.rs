//! Checks whether a rule can strike, and whether its values are allowed.

use super::{
    EffectSpec, Fault,
    field::{Field, Value},
    kind::Kind,
    mistake::{Mistake, Mistakes, and, or},
    selector,
};
use crate::exchange::Operation;

/// Operations on one file, with a name and a key. A preflight has neither.
const OF_A_FILE: [Operation; 5] =
    [Operation::Presign, Operation::Put, Operation::Get, Operation::Head, Operation::Delete];

impl Fault {
    /// Returns whether the rule can ever strike, and all that it says is allowed.
    ///
    /// # Errors
    ///
    /// [`Mistakes`], with the pointer of each field and the allowed values.
    ///
    /// ```
    /// use alloy_assay::Fault;
    ///
    /// let mistakes = Fault::list().nth(0).reset(0).check().unwrap_err();
    /// let pointers: Vec<&str> = mistakes.iter().map(|mistake| mistake.pointer.as_str()).collect();
    /// assert_eq!(pointers, ["/on", "/nth"]);
    /// ```
    pub fn check(&self) -> Result<(), Mistakes> {
        let mistakes = mistakes(self);
        if mistakes.is_empty() { Ok(()) } else { Err(Mistakes::of(mistakes)) }
    }
}

/// Returns all mistakes of a rule, by pointers that begin at the rule.
pub(super) fn mistakes(fault: &Fault) -> Vec<Mistake> {
    let kind = fault.effect.kind;
    let mut mistakes: Vec<Mistake> = Vec::new();
    mistakes.extend(fault.on.and_then(|on| cannot_strike(kind, on)));
    mistakes.extend(selector::of(fault).filter_map(|(field, value)| not_allowed("", field, &value)));
    mistakes.extend(beside_nth(fault));
    mistakes.extend(fault.on.into_iter().flat_map(|on| no_file(fault, on)));
    mistakes.extend(of_effect(&fault.effect, fault.on));
    mistakes
}

/// Returns the mistake of a rule that a proxy cannot apply, since the fault happens inside the server.
pub(super) fn beyond_proxy(fault: &Fault) -> Option<Mistake> {
    let kind = fault.effect.kind;
    let is_beyond = |kind: &Kind| matches!(kind.name, "expired" | "corrupt");
    is_beyond(kind).then(|| {
        let what = format!("`{}` happens inside the server, so a proxy cannot apply it", kind.name);
        let others = Kind::all().filter(|kind| !is_beyond(kind)).map(|kind| kind.name);
        Mistake::new("/effect/kind", what, format!("in front of a server there are {}", and(others)))
    })
}

/// Returns the mistake of a value that its field does not allow.
pub(super) fn not_allowed(above: &str, field: &Field, value: &Value) -> Option<Mistake> {
    (!field.takes.allows(value)).then(|| {
        let what = format!("`{}` {}", field.name, field.takes.refuses(value));
        Mistake::new(format!("{above}/{}", field.name), what, field.takes.allowed())
    })
}

fn cannot_strike(kind: &Kind, on: Operation) -> Option<Mistake> {
    (!kind.operations.contains(&on)).then(|| {
        let what = format!("`on` is `{on}`, which `{}` cannot strike", kind.name);
        let names = kind.operations.iter().map(|operation| operation.name());
        Mistake::new("/on", what, format!("write {}", or(names.chain(["any"]))))
    })
}

/// `nth` with another count would strike never, or once.
fn beside_nth(fault: &Fault) -> Option<Mistake> {
    let beside = fault.every.map(|_| "every").or(fault.after.map(|_| "after"));
    let other = beside.filter(|_| fault.nth.is_some())?;
    Some(Mistake::new("/nth", format!("`nth` cannot be combined with `{other}`"), "use one of them"))
}

fn no_file(fault: &Fault, on: Operation) -> impl Iterator<Item = Mistake> {
    let given = [("filename", &fault.filename), ("key", &fault.key)];
    let given = given.into_iter().filter(move |(_, glob)| glob.is_some() && !OF_A_FILE.contains(&on));
    given.map(move |(name, _)| {
        let what = format!("`{name}` cannot be combined with `{on}`, which has no file");
        let names = OF_A_FILE.map(Operation::name).into_iter().chain(["any"]);
        Mistake::new(format!("/{name}"), what, format!("leave it out, or let `on` be {}", or(names)))
    })
}

fn of_effect(EffectSpec { kind, values }: &EffectSpec, on: Option<Operation>) -> Vec<Mistake> {
    const ABOVE: &str = "/effect";
    let mut mistakes: Vec<Mistake> =
        values.0.iter().filter_map(|(field, value)| not_allowed(ABOVE, field, value)).collect();
    mistakes.extend((kind.check)(values, on).map(|mistake| mistake.below(ABOVE)));
    mistakes
}
