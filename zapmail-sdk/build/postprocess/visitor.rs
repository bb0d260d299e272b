//! Applies passes to syntax trees.
//!
//! syn's visitor is compiled again for each type that implements it. A single type implements it for all passes, because
//! nine took a quarter of the build script's own build.

use syn::visit_mut::{self, VisitMut};
use syn::{Expr, ExprStruct, Field, FieldValue, ImplItemFn, PatStruct, Path, PathSegment, Type, TypeReference};

/// A pass that changes nodes of certain kinds. Each method is called before the node's children are visited, except for
/// [`expression`](Self::expression).
pub trait Pass {
    fn field(&mut self, _: &mut Field) {}
    fn function(&mut self, _: &mut ImplItemFn) {}
    fn field_value(&mut self, _: &mut FieldValue) {}
    fn path(&mut self, _: &mut Path) {}
    fn path_segment(&mut self, _: &mut PathSegment) {}
    fn struct_expression(&mut self, _: &mut ExprStruct) {}
    fn struct_pattern(&mut self, _: &mut PatStruct) {}
    fn ty(&mut self, _: &mut Type) {}
    fn type_reference(&mut self, _: &mut TypeReference) {}

    /// Called after the children of the expression are visited.
    fn expression(&mut self, _: &mut Expr) {}
}

/// Applies a pass to the tree that it visits.
pub struct Visitor<'a>(pub &'a mut dyn Pass);

impl VisitMut for Visitor<'_> {
    fn visit_field_mut(&mut self, field: &mut Field) {
        self.0.field(field);
        visit_mut::visit_field_mut(self, field);
    }

    fn visit_impl_item_fn_mut(&mut self, function: &mut ImplItemFn) {
        self.0.function(function);
        visit_mut::visit_impl_item_fn_mut(self, function);
    }

    fn visit_field_value_mut(&mut self, value: &mut FieldValue) {
        self.0.field_value(value);
        visit_mut::visit_field_value_mut(self, value);
    }

    fn visit_path_mut(&mut self, path: &mut Path) {
        self.0.path(path);
        visit_mut::visit_path_mut(self, path);
    }

    fn visit_path_segment_mut(&mut self, segment: &mut PathSegment) {
        self.0.path_segment(segment);
        visit_mut::visit_path_segment_mut(self, segment);
    }

    fn visit_expr_struct_mut(&mut self, expression: &mut ExprStruct) {
        self.0.struct_expression(expression);
        visit_mut::visit_expr_struct_mut(self, expression);
    }

    fn visit_pat_struct_mut(&mut self, pattern: &mut PatStruct) {
        self.0.struct_pattern(pattern);
        visit_mut::visit_pat_struct_mut(self, pattern);
    }

    fn visit_type_mut(&mut self, ty: &mut Type) {
        self.0.ty(ty);
        visit_mut::visit_type_mut(self, ty);
    }

    fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
        self.0.type_reference(reference);
        visit_mut::visit_type_reference_mut(self, reference);
    }

    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        visit_mut::visit_expr_mut(self, expression);
        self.0.expression(expression);
    }
}
