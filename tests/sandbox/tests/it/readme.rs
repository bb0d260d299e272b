//! Runs the curl session of the README.

use reqwest::{Client, Method};
use serde_json::Value;

use crate::api::{Api, http};

/// A command of the session with the response that the README shows.
struct Step {
    command: String,
    response: String,
}

/// Fields that differ between runs, because they depend on the time or on the client.
const VARIABLE_FIELDS: [&str; 5] = ["expiresIn", "headers", "now", "otp", "time"];

#[tokio::test]
async fn session_returns_responses_of_readme() {
    let api = Api::start().await;
    let (origin, client) = (api.sandbox.base_url().trim_end_matches("/api"), http());
    let mut variables = Vec::new();
    let mut requests = 0;
    for Step { command, response } in steps(include_str!("../../README.md")) {
        let words = words(&command, &variables);
        match words[0].as_str() {
            "export" => {
                let pairs = words[1..].iter().map(|word| word.split_once('=').unwrap());
                let with_origin = |value: &str| value.replace("http://127.0.0.1:8080", origin);
                variables.extend(pairs.map(|(name, value)| (name.to_owned(), with_origin(value))));
            }
            "curl" => {
                let body: Value = request(&client, &words[1..]).send().await.unwrap().json().await.unwrap();
                if !response.is_empty() {
                    let shown: Value = serde_json::from_str(&response).unwrap();
                    assert_eq!(without_variable_fields(body), without_variable_fields(shown), "{command}");
                }
                requests += 1;
            }
            other => panic!("unexpected command {other}"),
        }
    }
    assert_eq!(requests, 14);
}

#[tokio::test]
async fn readme_lists_automatic_events() {
    let known = Api::start().await.get("/v2/webhook/events").await.data();
    let known = known.as_array().unwrap().iter().map(|event| event.as_str().unwrap());
    // The sandbox never reconnects an account; only tests send this event.
    for event in known.filter(|event| *event != "export.reconnected") {
        assert!(include_str!("../../README.md").contains(&format!("`{event}`")), "{event}");
    }
}

/// Returns the README's commands for a second shell, next to the running program.
fn steps(readme: &str) -> Vec<Step> {
    let blocks = readme.split("```console\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let sessions = blocks.filter(|block| !block.contains("cargo run"));
    let steps = sessions
        .flat_map(|block| block.split("$ ").filter(|part| part.starts_with("curl") || part.starts_with("export")));
    let steps = steps.map(|part| {
        // A command continues on the next line while a quote is open.
        let ends = part.match_indices('\n').map(|(position, _)| position);
        let end = ends.into_iter().find(|end| part[..*end].matches('\'').count() % 2 == 0).unwrap();
        Step { command: part[..end].to_owned(), response: part[end..].trim().to_owned() }
    });
    steps.collect()
}

/// Splits a command into words like a shell, with single quotes, double quotes, and variables outside of single quotes.
fn words(command: &str, variables: &[(String, String)]) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    let mut rest = command;
    while let Some(character) = rest.chars().next() {
        rest = &rest[character.len_utf8()..];
        let word = words.last_mut().unwrap();
        match (quote, character) {
            (None, '\'' | '"') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            (None, ' ') => words.push(String::new()),
            (None | Some('"'), '$') => {
                let length = rest.find(|next: char| !next.is_ascii_uppercase()).unwrap_or(rest.len());
                let (name, after) = rest.split_at(length);
                *word += &variables.iter().find(|(known, _)| known == name).unwrap().1;
                rest = after;
            }
            _ => word.push(character),
        }
    }
    words
}

/// Returns the request that curl sends for these arguments.
fn request(client: &Client, arguments: &[String]) -> reqwest::RequestBuilder {
    let (mut method, mut url, mut headers, mut body) = (None, None, Vec::new(), None);
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "-s" => {}
            "-X" => method = arguments.next().map(|method| method.parse().unwrap()),
            "-H" => headers.push(arguments.next().unwrap().split_once(": ").unwrap()),
            "-d" => body = arguments.next().cloned(),
            _ => url = Some(argument),
        }
    }
    let method = method.unwrap_or(if body.is_some() { Method::POST } else { Method::GET });
    let request = client.request(method, url.unwrap());
    let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
    match body {
        Some(body) => request.header("content-type", "application/x-www-form-urlencoded").body(body),
        None => request,
    }
}

/// Replaces the variable fields with null.
fn without_variable_fields(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            for (name, field) in fields {
                *field = if VARIABLE_FIELDS.contains(&name.as_str()) {
                    Value::Null
                } else {
                    without_variable_fields(field.take())
                };
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = without_variable_fields(item.take())),
        _ => {}
    }
    value
}
