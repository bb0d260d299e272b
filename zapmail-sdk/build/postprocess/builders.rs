//! The builders of operations: they own their client, and send through the client's transport.
//!
//! progenitor's `send` builds the request, sends it and decodes the response. The first part is kept as
//! [`Request::prepare`](../../src/call.rs); a single generic function of ours replaces the other two.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToPascalCase;
use quote::{ToTokens, quote};
use syn::visit_mut::VisitMut;
use syn::{Expr, Fields, ImplItem, ImplItemFn, Item, ItemImpl, Pat, Stmt, parse_quote};
use zapmail_openapi::codegen::{self, Document};

use super::data::Data;
use super::visitor::{Pass, Visitor};
use super::{argument_of, module, self_name};

pub fn complete(client: &mut syn::File, document: &Document, data: &BTreeMap<String, Data>) {
    let with_default = types_with_default(module(&mut client.items, "types"));
    remove_lifetimes(client);

    let mut operations: Vec<_> = document.operations().collect();
    operations.sort_unstable_by_key(|operation| operation.id);
    let positions: BTreeMap<_, _> =
        operations.iter().enumerate().map(|(index, operation)| (operation.id.to_pascal_case(), index)).collect();

    let open: BTreeSet<_> = codegen::open_enums(document).into_iter().map(|(name, _)| name.to_owned()).collect();
    let with_open_enum: BTreeSet<_> = operations
        .iter()
        .filter(|operation| !document.request_schemas_of(operation).is_disjoint(&open))
        .map(|operation| operation.id.to_pascal_case())
        .collect();

    let builders = module(&mut client.items, "builder");
    builders.retain(|item| !matches!(item, Item::Use(_)));
    let mut requests: Vec<[Item; 2]> = Vec::new();
    for item in builders.iter_mut() {
        match item {
            Item::Struct(builder) => {
                own_client(builder);
                if with_open_enum.contains(&builder.ident.to_string())
                    && let Fields::Named(fields) = &mut builder.fields
                {
                    fields.named.push(parse_quote!(allow_unknown: bool));
                }
            }
            Item::Impl(block) => {
                accept_iterators(block);
                let name = self_name(block);
                let position = *positions.get(&name).unwrap_or_else(|| unexpected_code(&name));
                let data = data.get(operations[position].id).unwrap_or_else(|| unexpected_code(&name));
                let has_open_enum = with_open_enum.contains(&name);
                if has_open_enum {
                    allow_unknown(block);
                }
                requests.push(request(block, position, data, &with_default, has_open_enum));
            }
            _ => {}
        }
    }
    assert_eq!(requests.len(), operations.len(), "progenitor no longer generates one builder per operation");
    builders.extend(requests.into_iter().flatten());
    builders.insert(
        0,
        parse_quote!(
            use super::types;
        ),
    );
    builders.insert(
        0,
        parse_quote!(
            use crate::call::BuildError as Error;
        ),
    );
    builders.insert(
        0,
        parse_quote!(
            use progenitor_client::encode_path;
        ),
    );
    client.items.insert(
        0,
        parse_quote!(
            use crate::client::Client;
        ),
    );
}

fn unexpected_code<T>(builder: &str) -> T {
    panic!("progenitor's code for `builder::{builder}` has changed; update build/postprocess/builders.rs")
}

/// Makes the methods of the client return builders without a lifetime.
fn remove_lifetimes(client: &mut syn::File) {
    for item in &mut client.items {
        if let Item::Impl(block) = item {
            Visitor(&mut Owned).visit_item_impl_mut(block);
        }
    }
}

/// Makes a builder own a clone of its client instead of borrowing it, so that a call can be moved to another task.
fn own_client(builder: &mut syn::ItemStruct) {
    builder.generics = syn::Generics::default();
    builder.attrs.push(parse_quote!(#[must_use = "nothing is sent until `send()` is called"]));
    let Fields::Named(fields) = &mut builder.fields else { return unexpected_code(&builder.ident.to_string()) };
    for field in &mut fields.named {
        if field.ident.as_ref().is_some_and(|name| name == "client") {
            field.ty = parse_quote!(super::Client);
        } else if let Some(body) = body_type(field) {
            field.ty = parse_quote!(::std::result::Result<::std::option::Option<types::#body>, ::std::string::String>);
        }
    }
}

/// Adds the setter of the flag that allows unknown values of open enums.
fn allow_unknown(block: &mut ItemImpl) {
    block.items.push(parse_quote! {
        /// Allows undocumented enum values. By default, they are rejected, because the service responds to most of them
        /// with an error that does not name the value.
        pub fn allow_unknown(mut self) -> Self {
            self.allow_unknown = true;
            self
        }
    });
    Visitor(&mut AllowUnknown).visit_item_impl_mut(block);
}

/// Initializes the flag in `Self { .. }`, and skips it in `let Self { .. } = self`.
struct AllowUnknown;

impl Pass for AllowUnknown {
    fn struct_expression(&mut self, value: &mut syn::ExprStruct) {
        if value.path.is_ident("Self") {
            value.fields.push(parse_quote!(allow_unknown: false));
        }
    }

    fn struct_pattern(&mut self, pattern: &mut syn::PatStruct) {
        pattern.rest = Some(syn::PatRest { attrs: Vec::new(), dot2_token: syn::token::DotDot::default() });
    }
}

/// Makes the setters of lists accept any iterator whose items convert into the elements.
fn accept_iterators(block: &mut ItemImpl) {
    for item in &mut block.items {
        let ImplItem::Fn(setter) = item else { continue };
        let Some(element) = list_element(setter) else { continue };
        let name = setter.sig.ident.clone();
        let attributes = setter.attrs.clone();
        *item = parse_quote! {
            #(#attributes)*
            pub fn #name(mut self, #name: impl ::std::iter::IntoIterator<Item = impl ::std::convert::Into<#element>>) -> Self {
                self.#name = Ok(Some(#name.into_iter().map(::std::convert::Into::into).collect()));
                self
            }
        };
    }
}

/// Returns `X` of `where V: TryInto<Vec<X>>`.
fn list_element(setter: &ImplItemFn) -> Option<syn::Type> {
    let bounds =
        setter.sig.generics.where_clause.as_ref()?.predicates.iter().find_map(|predicate| match predicate {
            syn::WherePredicate::Type(ty) => Some(&ty.bounds),
            _ => None,
        })?;
    bounds.iter().find_map(|bound| {
        let syn::TypeParamBound::Trait(bound) = bound else { return None };
        let ty = syn::Type::Path(syn::TypePath { qself: None, path: bound.path.clone() });
        argument_of(argument_of(&ty, "TryInto")?, "Vec").cloned()
    })
}

/// Returns `X` of `body: Result<types::builder::X, String>`.
fn body_type(field: &syn::Field) -> Option<syn::Ident> {
    let syn::Type::Path(path) = argument_of(&field.ty, "Result")? else { return None };
    let named = field.ident.as_ref().is_some_and(|name| name == "body");
    // A body that is a list or a map has no builder.
    let built = path.path.segments.iter().any(|segment| segment.ident == "builder");
    (named && built).then(|| path.path.segments.last().map(|segment| segment.ident.clone()))?
}

/// Replaces `send` in an `impl` block with our methods, and returns the implementations of `Request` and `Sealed`.
fn request(
    block: &mut ItemImpl,
    position: usize,
    data: &Data,
    with_default: &[String],
    has_open_enum: bool,
) -> [Item; 2] {
    let name = self_name(block);
    let send = take(block, "send").unwrap_or_else(|| unexpected_code(&name));
    take(block, "body_map");
    block.generics = syn::Generics::default();
    *block.self_ty = syn::Type::Path(syn::TypePath {
        qself: None,
        path: syn::parse_str(&name).unwrap_or_else(|_| unexpected_code(&name)),
    });
    Visitor(&mut Owned).visit_item_impl_mut(block);

    let Data { ty, decode } = data;
    block.items.extend(send_methods(ty));

    let mut statements = send.block.stmts;
    let at = statements
        .iter()
        .position(|statement| declares(statement, "request"))
        .unwrap_or_else(|| unexpected_code(&name));
    statements.truncate(at + 1);
    let mut request = statements.pop().and_then(initial_value).unwrap_or_else(|| unexpected_code(&name));
    // progenitor adds the header `api-version`, which the service does not use. The client sets all other headers.
    statements.retain(|statement| !mentions(statement, "header_map"));
    for statement in &mut statements {
        if declares(statement, "body")
            && let Some(default) = body(statement, with_default)
        {
            *statement = default;
        }
    }
    Visitor(&mut Encoding).visit_expr_mut(&mut request);
    block.items.push(parse_quote! {
        fn build(self) -> ::std::result::Result<::reqwest::Request, Error> {
            #(#statements)*
            Ok(#request)
        }
    });
    let build: Expr = if has_open_enum {
        parse_quote!(crate::call::reject_unknown(self.allow_unknown, || self.build()))
    } else {
        parse_quote!(self.build())
    };
    let builder = &block.self_ty;
    let request = parse_quote! {
        impl crate::call::Request for #builder {
            type Data = #ty;
            const OPERATION: &'static crate::Operation = &crate::OPERATIONS[#position];

            fn client(&self) -> &super::Client {
                &self.client
            }

            fn prepare(self) -> crate::Result<::reqwest::Request> {
                let client = self.client.clone();
                crate::call::prepared(&client, #build, <Self as crate::call::Request>::OPERATION)
            }

            fn decode(body: &::bytes::Bytes) -> ::std::result::Result<Self::Data, crate::decode::Fault> {
                #decode
            }
        }
    };
    [request, parse_quote!(impl crate::call::private::Sealed for #builder {})]
}

/// Returns the methods of `Request` as inherent methods of a builder.
fn send_methods(data: &syn::Type) -> [ImplItem; 3] {
    [
        parse_quote! {
            /// Sends the request and returns the data of the response.
            ///
            /// # Errors
            ///
            /// Any [`ErrorKind`](crate::ErrorKind); if it is [`Invalid`](crate::ErrorKind::Invalid) without a status,
            /// nothing was sent.
            pub fn send(self) -> crate::Pending<#data> {
                crate::call::Request::send(self)
            }
        },
        parse_quote! {
            /// Sends the request and returns the data together with the status, headers, message, body, number of
            /// attempts and timing.
            ///
            /// # Errors
            ///
            /// The same as [`send`](Self::send).
            pub fn send_with_response(self) -> crate::Pending<crate::Response<#data>> {
                crate::call::Request::send_with_response(self)
            }
        },
        parse_quote! {
            /// Builds the request without sending it. Anything that the client adds when sending, such as the API key,
            /// is not included.
            ///
            /// # Errors
            ///
            /// [`Invalid`](crate::ErrorKind::Invalid) if a parameter is missing or invalid.
            pub fn prepare(self) -> crate::Result<::reqwest::Request> {
                crate::call::Request::prepare(self)
            }
        },
    ]
}

fn take(block: &mut ItemImpl, name: &str) -> Option<ImplItemFn> {
    let at =
        block.items.iter().position(|item| matches!(item, ImplItem::Fn(function) if function.sig.ident == name))?;
    match block.items.remove(at) {
        ImplItem::Fn(function) => Some(function),
        _ => None,
    }
}

/// Returns the statement `let body = ..` for the value that was set. A body whose fields are all optional may be
/// omitted.
fn body(statement: &Stmt, with_default: &[String]) -> Option<Stmt> {
    let text = statement.to_token_stream().to_string();
    let ty = text.split("types :: ").nth(1)?.split(' ').next()?;
    let or = if with_default.iter().any(|name| name == ty) {
        quote!(Ok(body.unwrap_or_default()))
    } else {
        quote!(body.ok_or_else(|| "body was not initialized".to_string()))
    };
    Some(parse_quote!(let body = body.and_then(|body| #or).map_err(Error::InvalidRequest)?;))
}

fn types_with_default(types: &[Item]) -> Vec<String> {
    let derives_default = |attributes: &[syn::Attribute]| {
        attributes.iter().any(|attribute| {
            attribute.path().is_ident("derive") && attribute.to_token_stream().to_string().contains("Default")
        })
    };
    types
        .iter()
        .filter_map(|item| match item {
            Item::Struct(item) if derives_default(&item.attrs) => Some(item.ident.to_string()),
            _ => None,
        })
        .collect()
}

fn declares(statement: &Stmt, name: &str) -> bool {
    matches!(statement, Stmt::Local(local) if matches!(&local.pat, Pat::Ident(variable) if variable.ident == name))
}

fn mentions(statement: &Stmt, tokens: &str) -> bool {
    statement.to_token_stream().to_string().contains(tokens)
}

/// Returns the initial value in a variable declaration.
fn initial_value(statement: Stmt) -> Option<Expr> {
    match statement {
        Stmt::Local(local) => local.init.map(|init| *init.expr),
        _ => None,
    }
}

/// Removes lifetimes, and makes a builder clone its client.
struct Owned;

impl Pass for Owned {
    fn path_segment(&mut self, segment: &mut syn::PathSegment) {
        if let syn::PathArguments::AngleBracketed(arguments) = &segment.arguments
            && arguments.args.iter().all(|argument| matches!(argument, syn::GenericArgument::Lifetime(_)))
        {
            segment.arguments = syn::PathArguments::None;
        }
    }

    fn type_reference(&mut self, reference: &mut syn::TypeReference) {
        if reference.elem.to_token_stream().to_string() == "super :: Client" {
            reference.lifetime = None;
        }
    }

    fn field_value(&mut self, field: &mut syn::FieldValue) {
        if field.to_token_stream().to_string() == "client : client" {
            *field = parse_quote!(client: client.clone());
        }
    }
}

/// Encodes bodies with a shared function, and removes the headers of individual requests.
struct Encoding;

impl Pass for Encoding {
    fn expression(&mut self, expression: &mut Expr) {
        match expression {
            Expr::MethodCall(call) if call.method == "headers" => *expression = (*call.receiver).clone(),
            Expr::MethodCall(call) if call.method == "json" => {
                let (request, body) = (&call.receiver, &call.args);
                *expression = parse_quote!(crate::call::with_json(#request, ::serde_json::to_vec(#body))?);
            }
            _ => {}
        }
    }
}
