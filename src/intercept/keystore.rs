//! Java's trust store: PKCS#12 with only certificates, neither encrypted nor authenticated, since they are not secret.
//! `keytool` writes the same with `-J-Dkeystore.pkcs12.macAlgorithm=NONE`.
//!
//! Source: RFC 7292, sections 4 and 4.2.3; JDK-8076190 for what Java reads without a password.

use yasna::{DERWriter, Tag, construct_der, models::ObjectIdentifier};

const DATA: &[u64] = &[1, 2, 840, 113_549, 1, 7, 1];
const CERT_BAG: &[u64] = &[1, 2, 840, 113_549, 1, 12, 10, 1, 3];
const X509: &[u64] = &[1, 2, 840, 113_549, 1, 9, 22, 1];
const FRIENDLY_NAME: &[u64] = &[1, 2, 840, 113_549, 1, 9, 20];
/// Oracle's attribute of a certificate that is trusted.
const TRUSTED_KEY_USAGE: &[u64] = &[2, 16, 840, 1, 113_894, 746_875, 1, 1];
const ANY_USAGE: &[u64] = &[2, 5, 29, 37, 0];

/// Returns the trust store of these certificates, which are DER.
pub(super) fn pkcs12<'a>(certificates: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let bags = construct_der(|writer| {
        writer.write_sequence_of(|bags| {
            for (number, certificate) in certificates.into_iter().enumerate() {
                bag(bags.next(), &format!("root-{number}"), certificate);
            }
        });
    });
    let safe = construct_der(|writer| writer.write_sequence_of(|contents| content(contents.next(), &bags)));
    construct_der(|writer| {
        writer.write_sequence(|parts| {
            parts.next().write_u8(3);
            content(parts.next(), &safe);
        });
    })
}

/// Writes bytes as `ContentInfo`.
fn content(writer: DERWriter, bytes: &[u8]) {
    writer.write_sequence(|parts| {
        oid(parts.next(), DATA);
        parts.next().write_tagged(Tag::context(0), |writer| writer.write_bytes(bytes));
    });
}

/// Writes a certificate as `SafeBag`.
fn bag(writer: DERWriter, name: &str, certificate: &[u8]) {
    writer.write_sequence(|parts| {
        oid(parts.next(), CERT_BAG);
        parts.next().write_tagged(Tag::context(0), |writer| {
            writer.write_sequence(|parts| {
                oid(parts.next(), X509);
                parts.next().write_tagged(Tag::context(0), |writer| writer.write_bytes(certificate));
            });
        });
        parts.next().write_set_of(|attributes| {
            attribute(attributes.next(), FRIENDLY_NAME, |value| value.write_bmp_string(name));
            attribute(attributes.next(), TRUSTED_KEY_USAGE, |value| oid(value, ANY_USAGE));
        });
    });
}

fn attribute(writer: DERWriter, name: &[u64], value: impl FnOnce(DERWriter)) {
    writer.write_sequence(|parts| {
        oid(parts.next(), name);
        parts.next().write_set_of(|values| value(values.next()));
    });
}

fn oid(writer: DERWriter, components: &[u64]) {
    writer.write_oid(&ObjectIdentifier::from_slice(components));
}
