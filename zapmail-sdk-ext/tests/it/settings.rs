//! Invalid settings: the error names the setting and the reason.

use std::time::Duration;

use zapmail_sdk_ext::{ClientBuilder, ErrorKind, RateLimits, RetryPolicy, Timeouts, Zapmail};

use crate::clients::{KEY, WORKSPACE};

fn valid() -> ClientBuilder {
    Zapmail::builder().api_key(KEY)
}

fn limits(change: impl FnOnce(RateLimits) -> RateLimits) -> ClientBuilder {
    valid().rate_limits(change(RateLimits::default()))
}

fn attempts(attempts: u32) -> ClientBuilder {
    valid().retry_policy(RetryPolicy::default().attempts(attempts))
}

fn backoff(min: u64, max: u64) -> ClientBuilder {
    valid().retry_policy(RetryPolicy::default().backoff(Duration::from_secs(min), Duration::from_secs(max)))
}

fn timeouts(change: impl FnOnce(Timeouts) -> Timeouts) -> ClientBuilder {
    valid().timeouts(change(Timeouts::default()))
}

#[test]
fn invalid_setting_is_refused_with_name_and_reason() {
    let rows = [
        (Zapmail::builder(), "`api_key` is not set; export ZAPMAIL_API_KEY"),
        (Zapmail::builder().api_key(""), "`api_key` is empty"),
        (Zapmail::builder().api_key(" \n"), "`api_key` is empty"),
        (
            Zapmail::builder().api_key("one\ntwo"),
            "`api_key` (or ZAPMAIL_API_KEY) contains a character that is not visible ASCII; check for line breaks",
        ),
        (Zapmail::builder().api_key("one two"), "`api_key` (or ZAPMAIL_API_KEY) contains a character"),
        (Zapmail::builder().api_key("schlüssel"), "`api_key` (or ZAPMAIL_API_KEY) contains a character"),
        (valid().workspace(""), "`workspace` (or ZAPMAIL_WORKSPACE_KEY) is not a UUID"),
        (valid().workspace("a\r\nb: c"), "`workspace` (or ZAPMAIL_WORKSPACE_KEY) is not a UUID"),
        (valid().workspace("North"), "use an id that `list_workspaces` returns, not a name"),
        (valid().base_url("nowhere"), "`base_url` (or ZAPMAIL_BASE_URL) is not a valid URL"),
        (valid().base_url("http://api.zapmail.ai/api"), "must use https"),
        (valid().base_url("http://127.0.0.1.example.com"), "must use https"),
        (valid().base_url("http://localhost.example.com"), "must use https"),
        (valid().base_url("ftp://127.0.0.1"), "starts with ftp:; use https://"),
        (valid().base_url("localhost:8080/api"), "starts with localhost:; use https:// (or http:// for loopback)"),
        (valid().base_url("https://me:secret@api.zapmail.ai"), "must not contain credentials"),
        (valid().base_url("https://api.zapmail.ai?key=secret"), "must not have a query or a fragment"),
        (limits(|limits| limits.per_second(0)), "`rate_limits.per_second` is zero"),
        (limits(|limits| limits.per_minute(0)), "`rate_limits.per_minute` is zero"),
        (
            limits(|limits| limits.availability_checks_per_30_min(0)),
            "`rate_limits.availability_checks_per_30_min` is zero",
        ),
        (
            limits(|limits| limits.per_second(u32::MAX)),
            "`rate_limits.per_second` is 4294967295, which exceeds the maximum of 100000",
        ),
        (
            limits(|limits| limits.per_minute(100_001)),
            "`rate_limits.per_minute` is 100001, which exceeds the maximum of 100000",
        ),
        (
            limits(|limits| limits.availability_checks_per_30_min(100_001)),
            "`rate_limits.availability_checks_per_30_min` is 100001",
        ),
        (attempts(0), "`retry_policy.attempts` is 0; it must be between 1 and 10"),
        (attempts(1000), "`retry_policy.attempts` is 1000; it must be between 1 and 10"),
        (backoff(0, 1), "`retry_policy.backoff` is 0ns to 1s"),
        (backoff(0, 0), "`retry_policy.backoff` is 0ns to 0ns"),
        (backoff(2, 1), "`retry_policy.backoff` is 2s to 1s"),
        (backoff(1, 3601), "`retry_policy.backoff` is 1s to 3601s"),
        (backoff(1, u64::MAX), "`retry_policy.backoff` is 1s to 18446744073709551615s"),
        (timeouts(|timeouts| timeouts.connect(Duration::ZERO)), "`timeouts.connect` is zero"),
        (timeouts(|timeouts| timeouts.attempt(Duration::ZERO)), "`timeouts.attempt` is zero"),
        (timeouts(|timeouts| timeouts.call(Duration::ZERO)), "`timeouts.call` is zero"),
        (valid().body_limit(0), "`body_limit` is zero"),
        (valid().user_agent("one\ntwo"), "check that `user_agent` is a valid header value"),
    ];
    for (builder, reason) in rows {
        let error = builder.build().expect_err(reason);
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
        let text = error.to_string();
        assert!(text.contains(reason), "{text}");
        assert!(!error.may_have_been_processed());
        assert!(!text.contains('\n') && !text.contains("secret") && !text.contains(KEY), "{text}");
    }
}

#[test]
fn settings_at_their_limits_are_accepted() {
    let generous =
        RateLimits::default().per_second(100_000).per_minute(100_000).availability_checks_per_30_min(100_000);
    for builder in [
        valid().rate_limits(generous),
        limits(|limits| limits.per_second(1).per_minute(1).availability_checks_per_30_min(1)),
        attempts(1),
        attempts(10),
        backoff(3600, 3600),
        timeouts(|timeouts| timeouts.call(Duration::MAX)),
        valid().body_limit(1),
        valid().body_limit(usize::MAX),
        valid().workspace(WORKSPACE),
        valid().workspace(format!(" {WORKSPACE}\n")),
    ] {
        builder.build().unwrap();
    }
}
