//! What progenitor's mocks lack, one pass a file.

mod docs;
mod files;
mod lists;
mod paths;
mod responses;

use zapmail_openapi::codegen::Document;

pub fn polish(mocks: &mut syn::File, document: &Document) {
    lists::match_each_value(mocks);
    paths::match_literally(mocks);
    files::answer_with_bytes(mocks);
    responses::check(mocks, document);
    docs::complete(mocks, document);
}
