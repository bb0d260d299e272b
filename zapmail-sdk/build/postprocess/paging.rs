//! Pagination: the implementations of [`Page`, `PageRequest` and `RowId`](../../src/page.rs), from `x-zapmail-page`.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToPascalCase, ToSnakeCase};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{Fields, Item, Type};
use zapmail_openapi::document::{Document, Paging};

use super::data::Data;
use super::{argument_of, module};

/// Generates the implementations, and the constant `PAGED` with the ids of the paginated operations.
pub fn generate(client: &mut syn::File, document: &Document, data: &BTreeMap<String, Data>) -> TokenStream {
    let types = Types(module(&mut client.items, "types"));
    let mut lists: Vec<_> = document
        .operations()
        .filter_map(|operation| {
            let data = operation.data().unwrap_or_default();
            Some(List { id: operation.id, paging: operation.paging()?, data })
        })
        .collect();
    lists.sort_unstable_by_key(|list| list.id);
    let ids = lists.iter().map(|list| list.id);
    let mut pages = BTreeMap::new();
    let mut rows = BTreeMap::new();
    let mut requests = Vec::new();
    for list in &lists {
        requests.push(list.request());
        let page = last_segment(&data[list.id].ty);
        pages.entry(page.clone()).or_insert_with(|| list.page(&types, &page, &mut rows));
    }
    let (pages, rows) = (pages.values(), rows.values());
    quote! {
        /// The ids of the paginated operations, in alphabetical order.
        pub const PAGED: &[&str] = &[#(#ids),*];
        #(#requests)*
        #(#pages)*
        #(#rows)*
    }
}

/// The types of the generated client.
struct Types<'a>(&'a [Item]);

impl Types<'_> {
    fn structure(&self, name: &str) -> Option<&syn::ItemStruct> {
        self.0.iter().find_map(|item| match item {
            Item::Struct(item) if item.ident == name => Some(item),
            _ => None,
        })
    }

    fn union(&self, name: &str) -> Option<&syn::ItemEnum> {
        self.0.iter().find_map(|item| match item {
            Item::Enum(item) if item.ident == name => Some(item),
            _ => None,
        })
    }

    fn field(&self, ty: &str, field: &str) -> &Type {
        let found = self.structure(ty).and_then(|item| {
            item.fields.iter().find(|candidate| candidate.ident.as_ref().is_some_and(|name| name == field))
        });
        found
            .map(|field| &field.ty)
            .unwrap_or_else(|| panic!("{ty} has no field `{field}`; update build/postprocess/paging.rs"))
    }
}

/// A paginated operation.
struct List<'a> {
    id: &'a str,
    paging: Paging<'a>,
    /// The pointer to the data, which is a prefix of the pointers in `paging`.
    data: &'a str,
}

impl List<'_> {
    fn request(&self) -> TokenStream {
        let builder = format_ident!("{}", self.id.to_pascal_case());
        let (numbered, at) = match self.paging.cursor {
            None => (
                true,
                quote!({
                    _ = cursor;
                    self.page(number)
                }),
            ),
            Some(parameter) => {
                let setter = format_ident!("{}", parameter.to_snake_case());
                (false, quote!({ _ = number; match cursor { Some(cursor) => self.#setter(cursor), None => self } }))
            }
        };
        quote! {
            impl PageRequest for builder::#builder {
                const NUMBERED: bool = #numbered;

                fn at(self, number: u32, cursor: Option<f64>) -> Self #at
            }
        }
    }

    fn page(&self, types: &Types<'_>, page: &str, rows: &mut BTreeMap<String, TokenStream>) -> TokenStream {
        match types.union(page) {
            Some(union) => self.alternatives(types, union, rows),
            None => self.counted(types, page, rows),
        }
    }

    /// Implements `Page` for a struct with the rows in a field, and counters if there are any.
    fn counted(&self, types: &Types<'_>, page: &str, rows: &mut BTreeMap<String, TokenStream>) -> TokenStream {
        let page_type = format_ident!("{page}");
        let [rows_field] = self
            .path(Some(self.paging.rows))
            .try_into()
            .unwrap_or_else(|_| panic!("the rows of {} are not a field of its data", self.id));
        let row = element(types.field(page, &rows_field.to_string()), self.id);
        let (item, into_items) = match self.paging.items {
            None => (row.clone(), quote!(self.#rows_field)),
            Some(property) => {
                let list = format_ident!("{}", property.to_snake_case());
                let item = element(types.field(&last_segment(&row), &list.to_string()), self.id);
                (item, quote!(self.#rows_field.into_iter().flat_map(|row| row.#list).collect()))
            }
        };
        let into_items = match self.path(self.paging.apart).as_slice() {
            [] => into_items,
            [apart] => quote!(self.#apart.into_iter().chain(#into_items).collect()),
            _ => panic!("`apart` of {} is not a field of its data", self.id),
        };
        for ty in BTreeSet::from([last_segment(&row), last_segment(&item)]) {
            if ty != "RawJson" {
                let identity = self.identity(types, &ty);
                rows.entry(ty).or_insert(identity);
            }
        }
        let current = self.value(self.paging.current).map(|value| counter("current", &value));
        let total = self.value(self.paging.total).map(|value| counter("total", &value));
        let count = self.value(self.paging.count).map(|value| counter("row_count", &value));
        let more = self.value(self.paging.more).map(|value| quote!(fn more(&self) -> Option<bool> { #value.copied() }));
        let next = self
            .value(self.paging.next)
            .map(|value| quote!(fn next_cursor(&self) -> Option<f64> { #value.and_then(cursor_in) }));
        let item = qualified(&item);
        quote! {
            impl Page for types::#page_type {
                type Item = #item;
                #current
                #total
                #count
                #more
                #next
                fn row_ids(&self) -> Vec<u128> { row_ids(&self.#rows_field) }
                fn into_items(self) -> Vec<Self::Item> { #into_items }
            }
        }
    }

    /// Implements `Page` for a union of a page with counters and a list that contains all rows.
    fn alternatives(
        &self,
        types: &Types<'_>,
        union: &syn::ItemEnum,
        rows: &mut BTreeMap<String, TokenStream>,
    ) -> TokenStream {
        let name = &union.ident;
        let mut item = None;
        let mut pages = Vec::new();
        let [mut current, mut total, mut count, mut row_ids, mut into_items] = [const { Vec::new() }; 5];
        for variant in &union.variants {
            let variant_name = &variant.ident;
            let payload = variant.fields.iter().next().map(|field| last_segment(&field.ty)).unwrap_or_default();
            let structure =
                types.structure(&payload).unwrap_or_else(|| panic!("{name}::{variant_name} is not a struct"));
            match &structure.fields {
                Fields::Unnamed(list) => {
                    let list = &list.unnamed[0].ty;
                    item = Some(element(list, self.id));
                    current.push(quote!(Self::#variant_name(_) => Some(1)));
                    total.push(quote!(Self::#variant_name(_) => Some(1)));
                    count.push(quote!(Self::#variant_name(list) => u64::try_from(list.0.len()).ok()));
                    row_ids.push(quote!(Self::#variant_name(list) => row_ids(&list.0)));
                    into_items.push(quote!(Self::#variant_name(list) => list.0));
                }
                _ => {
                    pages.push(self.counted(types, &payload, rows));
                    current.push(quote!(Self::#variant_name(page) => page.current()));
                    total.push(quote!(Self::#variant_name(page) => page.total()));
                    count.push(quote!(Self::#variant_name(page) => page.row_count()));
                    row_ids.push(quote!(Self::#variant_name(page) => page.row_ids()));
                    into_items.push(quote!(Self::#variant_name(page) => page.into_items()));
                }
            }
        }
        let item = qualified(&item.unwrap_or_else(|| panic!("{name} has no variant that is a list")));
        quote! {
            #(#pages)*
            impl Page for types::#name {
                type Item = #item;
                fn current(&self) -> Option<u64> { match self { #(#current),* } }
                fn total(&self) -> Option<u64> { match self { #(#total),* } }
                fn row_count(&self) -> Option<u64> { match self { #(#count),* } }
                fn row_ids(&self) -> Vec<u128> { match self { #(#row_ids),* } }
                fn into_items(self) -> Vec<Self::Item> { match self { #(#into_items),* } }
            }
        }
    }

    /// Implements `RowId` with the property that the document names, or with the id.
    fn identity(&self, types: &Types<'_>, row: &str) -> TokenStream {
        let row_type = format_ident!("{row}");
        let field = self.paging.id.to_snake_case();
        let ty = types.field(row, &field);
        let field = format_ident!("{field}");
        let identity = match argument_of(ty, "Option") {
            None => quote!(digest(&self.#field)),
            Some(_) => quote!(self.#field.as_ref().map_or_else(|| digest_of(self), digest)),
        };
        quote! {
            impl RowId for types::#row_type {
                fn row_id(&self) -> u128 { #identity }
            }
        }
    }

    /// Returns the fields along a pointer, starting at the data.
    fn path(&self, pointer: Option<&str>) -> Vec<Ident> {
        let pointer = pointer.unwrap_or_default();
        let below = pointer.strip_prefix(self.data).unwrap_or(pointer);
        below.split('/').filter(|part| !part.is_empty()).map(|part| format_ident!("{}", part.to_snake_case())).collect()
    }

    /// Returns the expression for the value at a pointer, as an `Option` of a reference.
    fn value(&self, pointer: Option<&str>) -> Option<TokenStream> {
        let path = self.path(pointer);
        let (first, rest) = path.split_first()?;
        Some(
            rest.iter().fold(
                quote!(self.#first.as_ref()),
                |value, field| quote!(#value.and_then(|inner| inner.#field.as_ref())),
            ),
        )
    }
}

fn counter(name: &str, value: &TokenStream) -> TokenStream {
    let name = format_ident!("{name}");
    quote!(fn #name(&self) -> Option<u64> { #value.and_then(count) })
}

/// Returns the element type `T` of `Vec<T>` or `Option<Vec<T>>`.
fn element(list: &Type, operation: &str) -> Type {
    let list = argument_of(list, "Option").unwrap_or(list);
    argument_of(list, "Vec").cloned().unwrap_or_else(|| panic!("the rows of {operation} are not a list"))
}

fn last_segment(ty: &Type) -> String {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default(),
        _ => String::new(),
    }
}

/// Qualifies a generated type, for use in `src/page.rs`.
fn qualified(ty: &Type) -> TokenStream {
    match ty {
        Type::Path(path) if path.path.get_ident().is_some() => quote!(types::#ty),
        _ => ty.to_token_stream(),
    }
}
