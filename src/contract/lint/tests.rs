//! Lint of unusual documents. `fixtures/specs/broken` has the usual mistakes.

use std::fmt::Write;

use proptest::prelude::*;

use super::{DOCUMENT, META, validator};
use crate::{
    contract::{BUILT_IN, Severity, Specs},
    exchange::Operation,
};

const HEAD: &str = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\n";

/// Makes a document in which the body of a presign has this schema, with these other schemas.
fn document(schema: &str, others: &str) -> String {
    format!(
        "{HEAD}paths:\n  /connectors/files/upload/request:\n    post:\n      requestBody: {{content: \
         {{application/json: {{schema: {schema}}}}}}}\n      responses: {{default: {{description: d}}}}\n\
         components:\n  schemas:\n    None: {{}}\n{others}"
    )
}

fn messages(text: &str) -> Vec<String> {
    Specs::of_text("api.yaml", text).diagnostics().iter().map(ToString::to_string).collect()
}

#[test]
fn built_in_document_describes_all_operations() {
    let specs = Specs::built_in();
    assert_eq!(specs.diagnostics(), []);
    assert_eq!(specs.undescribed().count(), 0);
    let served = specs.files()[0].operations.iter().filter(|one| one.served.is_some()).count();
    assert_eq!(served, Operation::ALL.into_iter().filter(|one| one.route().is_some()).count());
}

#[test]
fn every_definition_of_the_meta_schema_compiles() {
    assert!(validator(DOCUMENT).is_some());
    for name in META["$defs"].as_object().unwrap().keys() {
        assert!(validator(&format!("#/$defs/{name}")).is_some(), "{name}");
    }
}

#[test]
fn names_the_place_in_the_document_too() {
    let specs = Specs::of_text("api.yaml", &document("{type: strnig}", ""));
    let [one] = specs.diagnostics() else { panic!("{specs:?}") };
    assert_eq!((one.line, one.column, one.severity), (6, 65, Severity::Error));
    assert_eq!(
        one.pointer,
        "/paths/~1connectors~1files~1upload~1request/post/requestBody/content/application~1json/schema/type"
    );
}

#[test]
fn shows_a_hundred_diagnostics_and_errors_before_warnings() {
    let mut others = String::new();
    for number in 0..3000 {
        writeln!(others, "    A{number}: {{maxlength: 1}}").unwrap();
    }
    let warnings = document("{}", &others);
    assert_eq!(messages(&warnings).len(), 100);
    assert!(Specs::of_text("api.yaml", &warnings).into_contract().is_ok());
    let specs = Specs::of_text("api.yaml", &format!("{warnings}    Last: 5\n"));
    assert_eq!(specs.diagnostics().len(), 100);
    assert!(specs.has_errors());
}

#[test]
fn bounds_chains_of_references() {
    let chain = |length: usize| {
        let mut others = String::new();
        for number in 1..length {
            let next = number + 1;
            writeln!(
                others,
                "    A{number}: {{properties: {{a: {{$ref: '#/components/schemas/A{next}'}}}}}}"
            )
            .unwrap();
        }
        writeln!(others, "    A{length}: {{type: string}}").unwrap();
        document("{$ref: '#/components/schemas/A1'}", &others)
    };
    assert!(Specs::of_text("api.yaml", &chain(900)).into_contract().is_ok());
    let found = messages(&chain(20_000));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("refer to one another"), "{found:?}");
}

#[test]
fn bounds_the_depth_of_schemas() {
    let nested = |depth: usize| {
        document(&format!("{}{{}}{}", "{properties: {a: ".repeat(depth), "}}".repeat(depth)), "")
    };
    assert!(Specs::of_text("api.yaml", &nested(55)).into_contract().is_ok());
    for depth in [70, 10_000] {
        let found = messages(&nested(depth));
        assert!(found.len() == 1 && found[0].contains("nested"), "{found:?}");
    }
}

#[test]
fn accepts_recursive_schemas() {
    let others = "    Tree: {properties: {left: {$ref: '#/components/schemas/Tree'}}}\n    \
                  Endless: {allOf: [{$ref: '#/components/schemas/Endless'}]}\n";
    for schema in ["Tree", "Endless"] {
        let text = document(&format!("{{$ref: '#/components/schemas/{schema}'}}"), others);
        assert!(Specs::of_text("api.yaml", &text).into_contract().is_ok());
    }
}

#[test]
fn checks_what_references_lead_to() {
    let found = messages(&format!("{}x-odd: {{type: odd}}\n", document("{$ref: '#/x-odd'}", "")));
    assert!(found.len() == 1 && found[0].contains("not `odd`"), "{found:?}");
    let found = messages(&document("{$ref: '#/info/title'}", ""));
    assert!(found.len() == 1 && found[0].contains("must be an object"), "{found:?}");
    let others = "  parameters:\n    Page: {name: page, in: query, schema: {}}\n";
    let found = messages(&document("{$ref: '#/components/parameters/Page'}", others));
    assert!(
        found.len() == 1 && found[0].contains("a schema from `components/schemas` is expected"),
        "{found:?}"
    );
}

/// Pieces that matter to the lint, in places where they do not belong.
const PIECES: [&str; 12] = [
    "$ref: '#/paths'",
    "type: strnig",
    "[]",
    "{}",
    "&a ",
    "*a",
    "\n",
    "  ",
    "- ",
    "required: true",
    "$ref: '#/components'",
    "\u{0}",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn survives_damaged_documents(
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..60_usize, 0..PIECES.len()), 1..6)
    ) {
        let mut text = BUILT_IN.to_owned();
        for (at, length, piece) in changes {
            let at = text.floor_char_boundary(at.index(text.len().max(1)));
            let end = text.ceil_char_boundary((at + length).min(text.len()));
            text.replace_range(at..end, PIECES[piece]);
        }
        let specs = Specs::of_text("api.yaml", &text);
        let has_errors = specs.has_errors();
        prop_assert_eq!(specs.into_contract().is_err(), has_errors);
    }

    #[test]
    fn survives_any_text(text in "\\PC{0,200}", name in "api(\\.yaml|\\.json|\\.md)?") {
        let _ = Specs::of_text(&name, &text).into_contract();
    }
}
