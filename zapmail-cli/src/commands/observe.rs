//! `zapmail observe`: records the shapes of the account's responses, without their values.

mod ids;
mod inputs;

use std::fs;
use std::mem;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use zapmail_openapi::document::Operation;
use zapmail_sdk_ext::{ErrorKind, ShapeRecorder, Shapes};

use self::ids::Ids;
use self::inputs::Inputs;
use crate::catalog;
use crate::connection::Connection;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Rows;
use crate::progress;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// File for the shapes; the shapes in an existing file are kept
    #[arg(default_value = "shapes.json")]
    file: PathBuf,
    /// Number of ids of each kind to read
    #[arg(long, value_name = "N", default_value_t = 2)]
    samples: usize,
}

/// The result of an operation.
struct Observed {
    operation: Operation<'static>,
    requests: usize,
    /// The error, or the reason why no request was sent.
    remark: Option<String>,
}

pub async fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let existing = read(&arguments.file)?;
    let document = catalog::document().ok_or_else(|| Failure::refused("the embedded OpenAPI document is not valid"))?;
    let connection = Connection::open(context).await?;
    if context.recorder().is_none() {
        // Find out now, not after all requests, whether the file can be written.
        write(&arguments.file, &existing)?;
    }
    let recorder = ShapeRecorder::new();
    let zapmail = connection.zapmail.with_observer(recorder.clone());

    let mut remaining: Vec<_> = document.operations().filter(inputs::is_observed).collect();
    let bar = progress::bar("operations");
    bar.set_length(remaining.len() as u64);
    let (mut ids, mut rows) = (Ids::new(arguments.samples), Vec::new());
    let reading = async {
        loop {
            // Operations that need ids are run after the lists that contain the ids.
            let (ready, waiting): (Vec<_>, Vec<_>) = mem::take(&mut remaining)
                .into_iter()
                .partition(|operation| matches!(inputs::of(document, operation, &ids), Inputs::Calls(_)));
            remaining = waiting;
            if ready.is_empty() {
                return Ok(());
            }
            for operation in ready {
                let Inputs::Calls(calls) = inputs::of(document, &operation, &ids) else { continue };
                bar.set_message(operation.id);
                let mut observed = Observed { operation, requests: 0, remark: None };
                for call in calls {
                    observed.requests += 1;
                    match call.request(&zapmail).send::<Value>().await {
                        Ok(body) => ids.collect(document, document.success_schema(&operation), &body),
                        Err(error) if error.kind() == ErrorKind::Unauthorized => return Err(error),
                        // The shape of an error is recorded, too.
                        Err(error) => observed.remark = Some(error.to_string()),
                    }
                }
                bar.inc(1);
                rows.push(observed);
            }
        }
    };
    progress::with_bar(context, &bar, reading).await?;
    rows.extend(remaining.into_iter().map(|operation| {
        let remark = match inputs::of(document, &operation, &ids) {
            Inputs::Missing(reason) => Some(reason),
            Inputs::Calls(_) => None,
        };
        Observed { operation, requests: 0, remark }
    }));

    let mut shapes = recorder.shapes();
    shapes.merge(&existing);
    if context.recorder().is_some() {
        return Ok(());
    }
    write(&arguments.file, &shapes)?;
    context.note(format!("wrote the shapes to {}; review the file before sharing it", arguments.file.display()));
    let row = |row: &Observed| json!({"operation": row.operation.id, "requests": row.requests, "remark": row.remark});
    context.print(&Rows::new(rows.iter().map(row).collect()))
}

fn read(file: &Path) -> Result<Shapes, Failure> {
    match fs::read_to_string(file) {
        Ok(text) => serde_json::from_str(&text)
            .map_err(|error| Failure::refused(format!("{} is not a valid file of shapes: {error}", file.display()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Shapes::default()),
        Err(error) => Err(Failure::io(format!("{} cannot be read", file.display()), error)),
    }
}

fn write(file: &Path, shapes: &Shapes) -> Result<(), Failure> {
    let failure = |error: &dyn std::fmt::Display| Failure::io(format!("{} cannot be written", file.display()), error);
    let text = serde_json::to_string_pretty(shapes).map_err(|error| failure(&error))?;
    fs::write(file, format!("{text}\n")).map_err(|error| failure(&error))
}
