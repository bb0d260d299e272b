//! Postprocessing of progenitor's mocks: one pass per file.

mod docs;
mod files;
mod lists;
mod paths;
mod responses;

use zapmail_openapi::codegen::Document;

pub fn postprocess(mocks: &mut syn::File, document: &Document) {
    lists::match_each_value(mocks);
    paths::match_literally(mocks);
    files::respond_with_bytes(mocks);
    responses::add_checks(mocks, document);
    docs::add(mocks, document);
}
