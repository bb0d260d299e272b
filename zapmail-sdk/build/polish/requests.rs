//! Takes every `send` apart: [`Prepare`](../../src/prepare.rs) makes the request, and what is left of `send` sends it.
//!
//! The header `api-version` goes on the way: progenitor adds it, and the service does not know it.

use heck::ToSnakeCase;
use quote::ToTokens;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, GenericArgument, ImplItem, ImplItemFn, Item, ItemImpl, Pat, PathArguments, Stmt, Type, parse_quote};
use zapmail_openapi::codegen::Document;

use super::docs::self_name;

pub fn separate(client: &mut syn::File, document: &Document) {
    let mut operations: Vec<_> = document.operations().map(|operation| operation.id).collect();
    operations.sort_unstable();
    let builders = super::module(&mut client.items, "builder");
    let prepared: Vec<_> = builders.iter_mut().filter_map(|item| prepared(item, &operations)).collect();
    builders.extend(prepared);
}

/// Shortens a builder's `send`, and returns the `impl Prepare` that holds what was taken out of it.
fn prepared(item: &mut Item, operations: &[&str]) -> Option<Item> {
    let Item::Impl(block) = item else { return None };
    let (builder, name) = (block.self_ty.clone(), self_name(block));
    let send = block.items.iter_mut().find_map(as_send)?;
    let answer = answer(send).unwrap_or_else(|| changed(&name));
    let operation = operations.binary_search(&name.to_snake_case().as_str()).unwrap_or_else(|_| changed(&name));

    let mut making = send.block.stmts.clone();
    let at = making.iter().position(|statement| declares(statement, "request")).unwrap_or_else(|| changed(&name));
    let sending = making.split_off(at + 1);
    let request = making.pop().and_then(value).unwrap_or_else(|| changed(&name));
    send.block = parse_quote!({
        let client = self.client;
        let mut request = crate::Prepare::prepare(self)?;
        #(#sending)*
    });

    making.retain(|statement| !mentions(statement, "\"api-version\""));
    let mut headers = Headers { are_set: making.iter().any(|statement| mentions(statement, "header_map . append")) };
    if !headers.are_set {
        making.retain(|statement| !declares(statement, "header_map"));
    }
    let mut prepare: ItemImpl = parse_quote! {
        impl<'a> crate::Prepare<'a> for #builder {
            type Answer = #answer;
            const OPERATION: &'static crate::Operation = &crate::OPERATIONS[#operation];

            fn client(&self) -> &'a super::Client {
                self.client
            }

            fn prepare(self) -> Result<::reqwest::Request, Error<types::Error>> {
                #(#making)*
                Ok(#request)
            }
        }
    };
    headers.visit_item_impl_mut(&mut prepare);
    Some(Item::Impl(prepare))
}

fn changed<T>(builder: &str) -> T {
    panic!("progenitor writes `{builder}::send` in another way than before; change build/polish/requests.rs")
}

fn as_send(item: &mut ImplItem) -> Option<&mut ImplItemFn> {
    match item {
        ImplItem::Fn(function) if function.sig.ident == "send" => Some(function),
        _ => None,
    }
}

/// `T` of `-> Result<ResponseValue<T>, Error<..>>`.
fn answer(send: &ImplItemFn) -> Option<Type> {
    let syn::ReturnType::Type(_, result) = &send.sig.output else { return None };
    first_argument(result).as_ref().and_then(first_argument)
}

fn first_argument(of: &Type) -> Option<Type> {
    let Type::Path(path) = of else { return None };
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(argument) => Some(argument.clone()),
        _ => None,
    }
}

fn declares(statement: &Stmt, name: &str) -> bool {
    matches!(statement, Stmt::Local(local) if matches!(&local.pat, Pat::Ident(variable) if variable.ident == name))
}

fn mentions(statement: &Stmt, tokens: &str) -> bool {
    statement.to_token_stream().to_string().contains(tokens)
}

/// What a variable is declared with.
fn value(statement: Stmt) -> Option<Expr> {
    match statement {
        Stmt::Local(local) => local.init.map(|init| *init.expr),
        _ => None,
    }
}

/// A map for headers that most calls do not set takes no memory beforehand; one for none goes. A body brings its type.
struct Headers {
    are_set: bool,
}

impl VisitMut for Headers {
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        visit_mut::visit_expr_mut(self, expression);
        match expression {
            Expr::MethodCall(call) if call.method == "headers" && !self.are_set => {
                *expression = (*call.receiver).clone()
            }
            // reqwest's own is compiled anew for each type of body, with all that it does to the headers.
            Expr::MethodCall(call) if call.method == "json" => {
                let (request, body) = (&call.receiver, &call.args);
                *expression = parse_quote!(crate::prepare::with_json(#request, ::serde_json::to_vec(#body))?);
            }
            Expr::Call(call) if mentions(&Stmt::Expr((*call.func).clone(), None), "HeaderMap :: with_capacity") => {
                *expression = parse_quote!(::reqwest::header::HeaderMap::new());
            }
            _ => {}
        }
    }
}
