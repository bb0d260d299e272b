//! Dry runs: requests that are printed instead of sent.

use zapmail_sdk_ext::reqwest::Request;
use zapmail_sdk_ext::{Operation, RequestBuilder};

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Rows;
use crate::recorder::{Recorded, Recorder};

/// Prints the requests of a command that were recorded.
pub fn print_recorded(context: &Context, recorder: &Recorder) -> Result<(), Failure> {
    context.print_now(&recorder.rows(context.options.reveal))?;
    context.note("requests that depend on a response are not shown");
    Ok(())
}

/// Prints a request instead of sending it.
pub fn print(context: &Context, request: RequestBuilder) -> Result<(), Failure> {
    let operation = request.operation();
    print_prepared(context, &request.prepare()?, operation)
}

/// Prints a request that was prepared.
pub fn print_prepared(context: &Context, request: &Request, operation: &'static Operation) -> Result<(), Failure> {
    context.print(&Rows::new(Recorded::new(request, operation).row(context.options.reveal)))
}
