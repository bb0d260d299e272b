//! Base URLs that end with the version segment, which every operation already adds.

use zapmail_sdk::ReqwestTransport;
use zapmail_sdk_ext::{ErrorKind, Zapmail};

use crate::clients::KEY;

/// Invalid base URLs, each with the correct one.
const ROWS: [(&str, &str); 6] = [
    ("https://api.zapmail.ai/api/v1", "https://api.zapmail.ai/api"),
    ("https://api.zapmail.ai/api/v2", "https://api.zapmail.ai/api"),
    ("https://api.zapmail.ai/api/v3", "https://api.zapmail.ai/api"),
    ("https://api.zapmail.ai/api/v2/", "https://api.zapmail.ai/api"),
    ("http://127.0.0.1:8080/v2", "http://127.0.0.1:8080"),
    ("http://localhost:8080/api/V3//", "http://localhost:8080/api"),
];

#[test]
fn base_url_with_version_segment_is_refused_with_correct_url() {
    let transport = ReqwestTransport::new().unwrap();
    for (base_url, correct) in ROWS {
        let errors = [
            Zapmail::builder().api_key(KEY).base_url(base_url).build().unwrap_err(),
            zapmail_sdk::Client::with_transport(KEY, base_url, transport.clone()).unwrap_err(),
        ];
        for error in errors {
            assert_eq!((error.kind(), error.may_have_been_processed()), (ErrorKind::Config, false), "{base_url}");
            let text = error.to_string();
            assert!(text.starts_with("`base_url` (or ZAPMAIL_BASE_URL) ends in the version segment `"), "{text}");
            assert!(text.ends_with(&format!("; use {correct}")), "{text}");
        }
        assert_eq!(Zapmail::builder().api_key(KEY).base_url(correct).build().unwrap().base_url(), correct);
    }
}

#[test]
fn base_url_with_version_inside_a_segment_is_accepted() {
    for base_url in ["https://proxy.example.com/v2zapmail", "https://v2.example.com", "https://example.com/v2/zapmail"]
    {
        assert_eq!(Zapmail::builder().api_key(KEY).base_url(base_url).build().unwrap().base_url(), base_url);
    }
}
