//! The session with curl that the README shows, carried out.

use reqwest::{Client, Method};
use serde_json::Value;
use zapmail_sandbox::{Quota, Sandbox};

use crate::api::Api;

/// A command of the session and the answer that is shown for it.
struct Step {
    command: String,
    answer: String,
}

/// What differs from one run to the next: it follows from the time, or from the program that sends the requests.
const OF_THE_MOMENT: [&str; 5] = ["expiresIn", "headers", "now", "otp", "time"];

#[tokio::test]
async fn the_session_goes_as_the_readme_shows() {
    let sandbox = Sandbox::builder().quota(Quota::unlimited()).start().await.unwrap();
    let origin = sandbox.base_url().trim_end_matches("/api");
    let client = Client::builder().no_proxy().build().unwrap();
    let mut variables = Vec::new();
    let mut answered = 0;
    for Step { command, answer } in steps(include_str!("../../README.md")) {
        let words = words(&command, &variables);
        match words[0].as_str() {
            "export" => {
                let pairs = words[1..].iter().map(|word| word.split_once('=').unwrap());
                let here = |value: &str| value.replace("http://127.0.0.1:8080", origin);
                variables.extend(pairs.map(|(name, value)| (name.to_owned(), here(value))));
            }
            "curl" => {
                let body: Value = request(&client, &words[1..]).send().await.unwrap().json().await.unwrap();
                if !answer.is_empty() {
                    let shown: Value = serde_json::from_str(&answer).unwrap();
                    assert_eq!(timeless(body), timeless(shown), "{command}");
                }
                answered += 1;
            }
            other => panic!("what is {other}?"),
        }
    }
    assert_eq!(answered, 14);
}

#[tokio::test]
async fn the_events_that_come_by_themselves_are_named() {
    let known = Api::start().await.get("/v2/webhook/events").await.data();
    let known = known.as_array().unwrap().iter().map(|event| event.as_str().unwrap());
    // Nothing here reconnects: a test sends this one.
    for event in known.filter(|event| *event != "export.reconnected") {
        assert!(include_str!("../../README.md").contains(&format!("`{event}`")), "{event}");
    }
}

/// The commands of the README that are for a shell beside the running program.
fn steps(readme: &str) -> Vec<Step> {
    let blocks = readme.split("```console\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let sessions = blocks.filter(|block| !block.contains("cargo run"));
    let steps = sessions
        .flat_map(|block| block.split("$ ").filter(|part| part.starts_with("curl") || part.starts_with("export")));
    let steps = steps.map(|part| {
        // A command goes on to the next line where a quote is open.
        let ends = part.match_indices('\n').map(|(position, _)| position);
        let end = ends.into_iter().find(|end| part[..*end].matches('\'').count() % 2 == 0).unwrap();
        Step { command: part[..end].to_owned(), answer: part[end..].trim().to_owned() }
    });
    steps.collect()
}

/// Words as a shell takes them: single quotes, double quotes, variables outside of single quotes.
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

/// The request that curl makes of its arguments.
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

/// The same without what follows from the time.
fn timeless(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            for (name, field) in fields {
                *field = if OF_THE_MOMENT.contains(&name.as_str()) { Value::Null } else { timeless(field.take()) };
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = timeless(item.take())),
        _ => {}
    }
    value
}
