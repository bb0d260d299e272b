//! Bad settings: the builder says which, and why.

use std::time::Duration;

use zapmail_sdk_ext::{Builder, ErrorKind, Quota, Retries, Timeouts, Zapmail};

use crate::clients::KEY;

fn valid() -> Builder {
    Zapmail::builder().api_key(KEY)
}

fn quota(quota: Quota) -> Builder {
    valid().quota(quota)
}

fn retries(attempts: u32) -> Builder {
    valid().retries(Retries::default().attempts(attempts))
}

fn pauses(shortest: u64, longest: u64) -> Builder {
    valid().retries(Retries::default().pauses(Duration::from_secs(shortest), Duration::from_secs(longest)))
}

fn timeouts(change: impl FnOnce(Timeouts) -> Timeouts) -> Builder {
    valid().timeouts(change(Timeouts::default()))
}

#[test]
fn each_bad_setting_is_refused_by_name_and_with_the_reason() {
    let documented = Quota::documented;
    let rows = [
        (Zapmail::builder(), "`api_key` is not set: export ZAPMAIL_API_KEY"),
        (Zapmail::builder().api_key(""), "`api_key` is empty"),
        (Zapmail::builder().api_key(" \n"), "`api_key` is empty"),
        (
            Zapmail::builder().api_key("one\ntwo"),
            "`api_key` (or ZAPMAIL_API_KEY) has a character that no header can carry; is there a line break in it?",
        ),
        (valid().workspace(""), "`workspace` is empty"),
        (valid().workspace("a\r\nb: c"), "`workspace` (or ZAPMAIL_WORKSPACE_KEY) has a character"),
        (valid().base_url("nowhere"), "`base_url` (or ZAPMAIL_BASE_URL) is no URL"),
        (valid().base_url("http://api.zapmail.ai/api"), "has to start with https"),
        (valid().base_url("http://127.0.0.1.example.com"), "has to start with https"),
        (valid().base_url("http://localhost.example.com"), "has to start with https"),
        (valid().base_url("ftp://127.0.0.1"), "starts with ftp:, not with https://"),
        (
            valid().base_url("localhost:8080/api"),
            "starts with localhost:, not with https:// (or http:// for this machine)",
        ),
        (valid().base_url("https://me:secret@api.zapmail.ai"), "holds a user name or a password"),
        (valid().base_url("https://api.zapmail.ai?key=secret"), "has a query or a fragment"),
        (quota(Quota::per_second(0)), "`quota.per_second` is zero"),
        (quota(documented().per_minute(0)), "`quota.per_minute` is zero"),
        (quota(documented().availability_per_half_hour(0)), "`quota.availability_per_half_hour` is zero"),
        (quota(Quota::per_second(u32::MAX)), "`quota.per_second` is 4294967295, more than 100000"),
        (quota(documented().per_minute(100_001)), "`quota.per_minute` is 100001, more than 100000"),
        (quota(documented().availability_per_half_hour(100_001)), "`quota.availability_per_half_hour` is 100001"),
        (retries(0), "`retries.attempts` is 0; it has to be between 1 and 10"),
        (retries(1000), "`retries.attempts` is 1000; it has to be between 1 and 10"),
        (pauses(0, 1), "`retries.pauses` is 0ns to 1s"),
        (pauses(0, 0), "`retries.pauses` is 0ns to 0ns"),
        (pauses(2, 1), "`retries.pauses` is 2s to 1s"),
        (pauses(1, 3601), "`retries.pauses` is 1s to 3601s"),
        (pauses(1, u64::MAX), "`retries.pauses` is 1s to 18446744073709551615s"),
        (timeouts(|timeouts| timeouts.connect(Duration::ZERO)), "`timeouts.connect` is zero"),
        (timeouts(|timeouts| timeouts.attempt(Duration::ZERO)), "`timeouts.attempt` is zero"),
        (timeouts(|timeouts| timeouts.call(Duration::ZERO)), "`timeouts.call` is zero"),
        (valid().body_limit(0), "`body_limit` is zero"),
        (valid().user_agent("one\ntwo"), "is `user_agent` a header value?"),
    ];
    for (builder, reason) in rows {
        let error = builder.build().expect_err(reason);
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
        let text = error.to_string();
        assert!(text.contains(reason), "{text}");
        assert!(!error.may_have_been_sent());
        assert!(!text.contains('\n') && !text.contains("secret") && !text.contains(KEY), "{text}");
    }
}

#[test]
fn the_ends_of_what_is_allowed_are_allowed() {
    let generous = Quota::per_second(100_000).per_minute(100_000).availability_per_half_hour(100_000);
    for builder in [
        quota(generous),
        quota(Quota::per_second(1).per_minute(1).availability_per_half_hour(1)),
        retries(1),
        retries(10),
        pauses(3600, 3600),
        timeouts(|timeouts| timeouts.call(Duration::MAX)),
        valid().body_limit(1),
        valid().body_limit(usize::MAX),
        valid().base_url("http://localhost:8080/"),
        valid().base_url("http://[::1]:8080"),
    ] {
        builder.build().unwrap();
    }
}
