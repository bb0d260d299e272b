//! progenitor's settings for the types of the document.

use progenitor::{GenerationSettings, TypeImpl};
use schemars08::schema::{InstanceType, SchemaObject};

use super::ids::{IdForm, format_of, id_kinds, id_type};
use super::simplify::{number_or_text, open_enums};
use crate::document::Document;

/// Returns the settings that map schemas to types of the crate `zapmail-sdk`. `sdk` is the path of that crate, such as
/// `crate` or `zapmail_sdk`.
pub fn type_settings(document: &Document, sdk: &str) -> GenerationSettings {
    let mut settings = GenerationSettings::new();
    settings.with_derive("PartialEq").with_map_type("::std::collections::BTreeMap").with_conversion(
        credential(),
        format!("{sdk}::Secret"),
        [TypeImpl::FromStr].into_iter(),
    );
    for (name, _) in open_enums(document) {
        let path = format!("{sdk}::types::{name}");
        settings.with_replacement(name, path, [TypeImpl::FromStr, TypeImpl::Display].into_iter());
    }
    for name in number_or_text(document) {
        settings.with_replacement(name, format!("{sdk}::NumberOrText"), std::iter::empty());
    }
    for (kind, form) in id_kinds(document) {
        let ty = if form == IdForm::Integer { InstanceType::Integer } else { InstanceType::String };
        let path = format!("{sdk}::ids::{}", id_type(&kind));
        settings.with_conversion(
            formatted(ty, &format_of(&kind)),
            path,
            [TypeImpl::FromStr, TypeImpl::Display].into_iter(),
        );
    }
    let decimal = formatted(InstanceType::Number, "decimal");
    settings.with_conversion(decimal, "::rust_decimal::Decimal", [TypeImpl::FromStr, TypeImpl::Display].into_iter());
    settings
}

/// Returns the schema that the document uses for live credentials.
fn credential() -> SchemaObject {
    formatted(InstanceType::String, "password")
}

fn formatted(ty: InstanceType, format: &str) -> SchemaObject {
    SchemaObject { instance_type: Some(ty.into()), format: Some(format.to_owned()), ..SchemaObject::default() }
}
