//! Execution of commands and Lua scripts, as in Redis.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use mlua::{Function, Lua, Table, Variadic};
use redis::{RedisResult, ServerErrorKind, Value};

use super::data::Data;
use super::refused;
use crate::lock::lock;

/// The loaded scripts of the server.
pub(super) struct Scripts {
    lua: Lua,
    data: Arc<Mutex<Data>>,
    known: BTreeMap<Vec<u8>, Function>,
}

impl Scripts {
    pub fn new(data: &Arc<Mutex<Data>>) -> Self {
        Self { lua: Lua::new(), data: Arc::clone(data), known: BTreeMap::new() }
    }

    /// Unloads all scripts, as after a restart of the server.
    pub fn forget(&mut self) {
        self.known.clear();
    }

    /// Executes a command of a client.
    pub fn execute(&mut self, words: &[Vec<u8>]) -> RedisResult<Value> {
        let name = words.first().map(|word| word.to_ascii_uppercase()).unwrap_or_default();
        match name.as_slice() {
            b"SCRIPT" => {
                let source = words.get(2).map(Vec::as_slice).unwrap_or_default();
                let hash = redis::Script::new(&String::from_utf8_lossy(source)).get_hash().to_owned();
                let function = self.lua.load(source).into_function().map_err(|_| refused("the script is not Lua"))?;
                self.known.insert(hash.clone().into_bytes(), function);
                Ok(Value::BulkString(hash.into_bytes()))
            }
            b"EVALSHA" => {
                let Some(function) = words.get(1).and_then(|hash| self.known.get(hash)).cloned() else {
                    return Err((redis::ErrorKind::Server(ServerErrorKind::NoScript), "no such script").into());
                };
                let keys: usize =
                    words.get(2).map(|count| String::from_utf8_lossy(count).parse()).and_then(Result::ok).unwrap_or(0);
                let (keys, arguments) = words[3..].split_at(keys);
                self.run(&function, keys, arguments).map_err(|error| {
                    // This is a bug in the simulation or in the script.
                    eprintln!("a script failed in the simulated Redis: {error}");
                    refused("the script failed")
                })
            }
            _ => lock(&self.data).execute(words).map_err(|_| refused("unknown command")),
        }
    }

    fn run(&self, function: &Function, keys: &[Vec<u8>], arguments: &[Vec<u8>]) -> mlua::Result<Value> {
        let lua = &self.lua;
        let strings = |words: &[Vec<u8>]| {
            lua.create_sequence_from(
                words.iter().map(|word| lua.create_string(word)).collect::<mlua::Result<Vec<_>>>()?,
            )
        };
        let globals = lua.globals();
        globals.set("KEYS", strings(keys)?)?;
        globals.set("ARGV", strings(arguments)?)?;
        let data = Arc::clone(&self.data);
        let call = lua.create_function(move |lua, words: Variadic<mlua::Value>| {
            let words: Vec<Vec<u8>> = words.iter().map(word).collect();
            let value = lock(&data).execute(&words).map_err(mlua::Error::RuntimeError)?;
            to_lua(lua, value)
        })?;
        let redis = lua.create_table()?;
        redis.set("call", call)?;
        globals.set("redis", redis)?;
        from_lua(function.call(())?)
    }
}

/// An argument of a command. Redis writes numbers with 17 digits.
fn word(value: &mlua::Value) -> Vec<u8> {
    match value {
        mlua::Value::String(text) => text.as_bytes().to_vec(),
        mlua::Value::Integer(number) => number.to_string().into_bytes(),
        mlua::Value::Number(number) if number.fract() == 0.0 && number.abs() < 1e17 => {
            format!("{number:.0}").into_bytes()
        }
        mlua::Value::Number(number) => number.to_string().into_bytes(),
        _ => Vec::new(),
    }
}

fn to_lua(lua: &Lua, value: Value) -> mlua::Result<mlua::Value> {
    Ok(match value {
        Value::Int(number) => mlua::Value::Number(number as f64),
        Value::BulkString(text) => mlua::Value::String(lua.create_string(text)?),
        Value::Array(values) => {
            let table = lua.create_table()?;
            for (position, value) in values.into_iter().enumerate() {
                table.set(position + 1, to_lua(lua, value)?)?;
            }
            mlua::Value::Table(table)
        }
        // In Redis, a missing value is `false`.
        _ => mlua::Value::Boolean(false),
    })
}

fn from_lua(value: mlua::Value) -> mlua::Result<Value> {
    Ok(match value {
        mlua::Value::Integer(number) => Value::Int(number),
        mlua::Value::Number(number) => Value::Int(number as i64),
        mlua::Value::String(text) => Value::BulkString(text.as_bytes().to_vec()),
        mlua::Value::Boolean(true) => Value::Int(1),
        mlua::Value::Table(table) => Value::Array(elements(&table)?),
        _ => Value::Nil,
    })
}

/// The elements of a table, up to the first missing one.
fn elements(table: &Table) -> mlua::Result<Vec<Value>> {
    table.sequence_values::<mlua::Value>().map(|value| from_lua(value?)).collect()
}
