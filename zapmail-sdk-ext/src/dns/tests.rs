//! Tests of DNS problems, with handwritten records and sandbox domains.

use serde_json::{Value, json};
use zapmail_sandbox::{Sandbox, Shapes};
use zapmail_sdk::types::{DnsRecords, Domain, ServiceProvider};

use super::{DnsProblem, DnsProblemKind, Record, Unique, dns_problems, records};
use crate::testing::client_of;
use crate::{ErrorKind, Paged, Zapmail};

const SPF: &str = "v=spf1 include:_spf.google.com ~all";
const DKIM: &str = "v=DKIM1; k=rsa; p=bm90YXJlYWxrZXk=";
const DMARC: &str = "v=DMARC1; p=none";

/// Records as the service returns them.
fn live(rows: &[(&str, &str, &str)]) -> DnsRecords {
    let rows = rows.iter().map(|(host, kind, value)| json!({"name": host, "type": kind, "content": value}));
    serde_json::from_value(json!({"domainDnsRecords": rows.collect::<Value>()})).unwrap()
}

/// Records as the documentation shows them.
fn documented(rows: &[(&str, &str, &str)], disabled: &[(&str, &str, &str)]) -> DnsRecords {
    let row = |(host, kind, value): &(&str, &str, &str)| json!({"id": "rec-1", "host": host, "recordType": kind, "value": value, "cdfResponse": null});
    let list = |rows: &[_]| rows.iter().map(row).collect::<Value>();
    serde_json::from_value(json!({"records": list(rows), "disabledRecords": list(disabled)})).unwrap()
}

/// The records that a Google domain needs.
fn google() -> Vec<(&'static str, &'static str, &'static str)> {
    vec![
        ("acme.com", "MX", "smtp.google.com"),
        ("acme.com", "TXT", SPF),
        ("google._domainkey.acme.com", "TXT", DKIM),
        ("_dmarc.acme.com", "TXT", DMARC),
    ]
}

/// The records that a Microsoft domain needs.
fn microsoft() -> Vec<(&'static str, &'static str, &'static str)> {
    vec![
        ("acme.com", "MX", "acme-com.mail.protection.outlook.com"),
        ("acme.com", "TXT", "v=spf1 include:spf.protection.outlook.com -all"),
        ("selector1._domainkey.acme.com", "CNAME", "selector1-acme-com._domainkey.acme.onmicrosoft.com"),
        ("selector2._domainkey.acme.com", "CNAME", "selector2-acme-com._domainkey.acme.onmicrosoft.com"),
        ("_dmarc.acme.com", "TXT", DMARC),
    ]
}

/// The problems of a Google domain.
fn of_google(rows: &[(&str, &str, &str)]) -> Vec<DnsProblem> {
    dns_problems("acme.com", Some(&ServiceProvider::Google), &live(rows))
}

/// The problems of a Microsoft domain.
fn of_microsoft(rows: &[(&str, &str, &str)]) -> Vec<DnsProblem> {
    dns_problems("acme.com", Some(&ServiceProvider::Microsoft), &live(rows))
}

/// The records with the one at `position` replaced.
fn with<'a>(
    mut rows: Vec<(&'a str, &'a str, &'a str)>,
    position: usize,
    row: (&'a str, &'a str, &'a str),
) -> Vec<(&'a str, &'a str, &'a str)> {
    rows[position] = row;
    rows
}

fn foreign(value: &str) -> DnsProblem {
    DnsProblem::ForeignMx { value: value.to_owned() }
}

fn dkim(host: &str) -> DnsProblem {
    DnsProblem::MissingDkim { host: host.to_owned() }
}

fn spf(include: &str) -> DnsProblem {
    DnsProblem::SpfWithoutProvider { include: include.to_owned() }
}

#[test]
fn records_of_both_structures_are_normalized() {
    let rows = [
        ("Track.ACME.com.", "cname", "Track.Example.com."),
        ("acme.com", "TXT", "\"v=spf1 include:_spf.google.com ~all\""),
        ("acme.com", "MX", "10 SMTP.google.com."),
        ("acme.com", "AAAA", "2001:DB8:0::1"),
        ("a.b.acme.com", "TXT", "\"v=DKIM1; p=AbC\" \"dEf\\\"\""),
        ("@", "A", " 192.0.2.1 "),
        ("notacme.com", "TXT", "say \"no\""),
    ];
    let expected = [
        ("track", "CNAME", "track.example.com"),
        ("@", "TXT", SPF),
        ("@", "MX", "smtp.google.com"),
        ("@", "AAAA", "2001:db8::1"),
        ("a.b", "TXT", "v=DKIM1; p=AbCdEf\""),
        ("@", "A", "192.0.2.1"),
        ("notacme.com", "TXT", "say \"no\""),
    ];
    let expected = expected.map(|(host, kind, value)| Record {
        host: host.to_owned(),
        kind: kind.to_owned(),
        value: value.to_owned(),
    });
    assert_eq!(records("ACME.com.", &live(&rows)), expected);
    assert_eq!(records("acme.com", &documented(&rows, &[("acme.com", "A", "192.0.2.2")])), expected);
}

#[test]
fn rows_with_documented_names_are_read_and_incomplete_rows_skipped() {
    let rows = json!({"domainDnsRecords": [
        {"recordType": "TXT", "host": "acme.com", "value": SPF},
        {"type": "TXT", "name": "acme.com", "content": format!("\"{SPF}\"")},
        {"type": "TXT", "name": "acme.com"},
        {"name": "acme.com", "content": "x"},
    ], "records": [{"id": "rec-1", "recordType": "TXT", "host": "acme.com", "value": SPF}]});
    let records = records("acme.com", &serde_json::from_value(rows).unwrap());
    assert_eq!(records, [Record::new("acme.com", "@", "TXT", SPF)]);
}

#[test]
fn internationalized_name_equals_its_ascii_form() {
    let rows = [("google._domainkey.xn--bcher-kva.example", "TXT", DKIM)];
    assert_eq!(records("bücher.example", &live(&rows))[0].host, "google._domainkey");
}

#[test]
fn complete_domain_has_no_problem() {
    assert_eq!(of_google(&google()), []);
    assert_eq!(of_microsoft(&microsoft()), []);
    assert_eq!(dns_problems("acme.com", Some(&ServiceProvider::Google), &documented(&google(), &[])), []);
    assert_eq!(dns_problems("acme.com", Some(&ServiceProvider::Microsoft), &documented(&microsoft(), &[])), []);
}

#[test]
fn disabled_records_are_ignored() {
    let records = documented(&google()[..2], &google()[1..]);
    let problems = dns_problems("acme.com", Some(&ServiceProvider::Google), &records);
    assert_eq!(problems, [dkim("google._domainkey"), DnsProblem::MissingDmarc]);
}

#[test]
fn empty_zone_lacks_every_record() {
    let missing = [DnsProblem::MissingMx, DnsProblem::MissingSpf, dkim("google._domainkey"), DnsProblem::MissingDmarc];
    assert_eq!(of_google(&[]), missing);
    let selectors = ["selector1._domainkey", "selector2._domainkey"].map(dkim);
    let [mx, spf, _, dmarc] = missing;
    let [first, second] = selectors;
    assert_eq!(of_microsoft(&[]), [mx, spf, first, second, dmarc]);
}

#[test]
fn mx_record_of_another_provider_is_foreign() {
    for server in ["aspmx.l.google.com", "ALT1.aspmx.l.google.com.", "1 SMTP.GOOGLE.COM", "aspmx2.googlemail.com"] {
        assert_eq!(of_google(&with(google(), 0, ("acme.com", "MX", server))), [], "{server}");
    }
    for server in ["acme-com.k-v1.mx.microsoft", "ACME-com.mail.protection.outlook.com."] {
        assert_eq!(of_microsoft(&with(microsoft(), 0, ("acme.com", "MX", server))), [], "{server}");
    }
    for server in ["mx.notgoogle.com", "smtp.google.com.example", "acme-com.mail.protection.outlook.com"] {
        assert_eq!(of_google(&with(google(), 0, ("acme.com", "MX", server))), [foreign(server)], "{server}");
    }
    assert_eq!(of_microsoft(&with(microsoft(), 0, google()[0])), [foreign("smtp.google.com")]);
    // The domain receives no email.
    assert_eq!(of_google(&with(google(), 0, ("acme.com", "MX", "0 ."))), [foreign("0 .")]);
    // An MX record of a subdomain does not apply to the domain; one in addition to the provider's receives some of its
    // email.
    assert_eq!(of_google(&with(google(), 0, ("in.acme.com", "MX", "smtp.google.com"))), [DnsProblem::MissingMx]);
    let mut both = google();
    both.push(("acme.com", "MX", "mx.example.com"));
    assert_eq!(of_google(&both), [foreign("mx.example.com")]);
}

#[test]
fn spf_record_must_include_the_provider() {
    let cases = [
        ("\"V=SPF1 INCLUDE:_SPF.Google.com. ~ALL\"", vec![]),
        ("v=spf1 +include:_spf.google.com ~all", vec![]),
        ("v=spf1 ip4:192.0.2.1 include:mail.example.com ~all", vec![]),
        ("v=spf1 redirect=_spf.example.com", vec![]),
        ("\"v=spf1 include:_spf.\" \"google.com ~all\"", vec![]),
        ("v=spf1 a mx ip4:192.0.2.1 -all", vec![spf("_spf.google.com")]),
        ("v=spf1 -include:_spf.google.com ~all", vec![spf("_spf.google.com")]),
        ("v=spf1", vec![spf("_spf.google.com")]),
        // The other provider does not include this one.
        ("v=spf1 include:spf.protection.outlook.com -all", vec![spf("_spf.google.com")]),
        ("v=spf1 include:SPF.protection.outlook.com. include:mail.example.com -all", vec![]),
        ("v=spf1 redirect=spf.protection.outlook.com", vec![spf("_spf.google.com")]),
        // Terms after `all` have no effect, and neither does `redirect` in a record with `all`.
        ("v=spf1 -all include:_spf.google.com", vec![spf("_spf.google.com")]),
        ("v=spf1 ALL include:_spf.google.com", vec![spf("_spf.google.com")]),
        ("v=spf1 redirect=_spf.google.com ~all", vec![spf("_spf.google.com")]),
        ("v=spf1 a ?all redirect=_spf.google.com", vec![spf("_spf.google.com")]),
        ("v=spf1 a:all.example.com include:_spf.google.com -all", vec![]),
        ("v=spf1  include:_spf.google.com  ~all", vec![]),
        ("v=spf1 include: ~all", vec![spf("_spf.google.com")]),
        ("v=spf1;include:_spf.google.com", vec![DnsProblem::MissingSpf]),
        ("v=spf1\tinclude:_spf.google.com", vec![DnsProblem::MissingSpf]),
        ("v=spf10 include:_spf.google.com", vec![DnsProblem::MissingSpf]),
        ("spf1 include:_spf.google.com", vec![DnsProblem::MissingSpf]),
    ];
    for (text, expected) in cases {
        assert_eq!(of_google(&with(google(), 1, ("acme.com", "TXT", text))), expected, "{text}");
    }
    let elsewhere = with(google(), 1, ("mail.acme.com", "TXT", SPF));
    assert_eq!(of_google(&elsewhere), [DnsProblem::MissingSpf]);
    for text in ["v=spf1 mx -all", SPF] {
        let without = with(microsoft(), 1, ("acme.com", "TXT", text));
        assert_eq!(of_microsoft(&without), [spf("spf.protection.outlook.com")], "{text}");
    }
}

#[test]
fn second_spf_record_is_a_problem() {
    let mut rows = google();
    rows.push(("acme.com", "TXT", "\"v=spf1 include:mail.example.com ~all\""));
    rows.push(("acme.com", "TXT", "google-site-verification=v=spf1"));
    assert_eq!(of_google(&rows), [DnsProblem::SeveralSpf]);
    // DNS has identical records only once, quoted or not.
    let mut rows = google();
    let quoted = format!("\"{SPF}\"");
    rows.push(("acme.com", "TXT", &quoted));
    assert_eq!(of_google(&rows), []);
}

#[test]
fn google_dkim_record_is_accepted_at_any_selector() {
    for (host, kind) in [("s1._domainkey.acme.com", "TXT"), ("GOOGLE._DomainKey.acme.com.", "CNAME")] {
        assert_eq!(of_google(&with(google(), 2, (host, kind, DKIM))), [], "{host}");
    }
    for (host, kind) in
        [("_domainkey.acme.com", "TXT"), ("google._domainkey.acme.com", "A"), ("google.acme.com", "TXT")]
    {
        assert_eq!(of_google(&with(google(), 2, (host, kind, DKIM))), [dkim("google._domainkey")], "{host}");
    }
}

#[test]
fn dkim_record_without_a_key_is_ignored() {
    for text in ["v=DKIM1; p=", "v=DKIM1; k=rsa; p= ;", "v=DKIM1; k=rsa", "google-site-verification=x", ""] {
        let problems = of_google(&with(google(), 2, ("google._domainkey.acme.com", "TXT", text)));
        assert_eq!(problems, [dkim("google._domainkey")], "{text}");
        let problems = of_microsoft(&with(microsoft(), 2, ("selector1._domainkey.acme.com", "TXT", text)));
        assert_eq!(problems, [dkim("selector1._domainkey")], "{text}");
    }
    for text in ["p=bm90", "k=rsa;p = bm90 ;v=DKIM1", "\"v=DKIM1; p=bm\" \"90\""] {
        assert_eq!(of_google(&with(google(), 2, ("google._domainkey.acme.com", "TXT", text))), [], "{text}");
    }
    // Another selector has the current key.
    let mut rows = google();
    rows.push(("old._domainkey.acme.com", "TXT", "v=DKIM1; p="));
    assert_eq!(of_google(&rows), []);
}

#[test]
fn provider_is_recognized_in_any_letter_case() {
    let google_in_lower_case = ServiceProvider::Unknown("google".to_owned());
    assert_eq!(dns_problems("acme.com", Some(&google_in_lower_case), &live(&[])).len(), 4);
}

#[test]
fn microsoft_dkim_record_is_required_at_both_selectors() {
    for position in [2, 3] {
        let (host, _, _) = microsoft()[position];
        assert_eq!(of_microsoft(&with(microsoft(), position, (host, "TXT", DKIM))), [], "{host}");
        let other = with(microsoft(), position, ("google._domainkey.acme.com", "TXT", DKIM));
        assert_eq!(of_microsoft(&other), [dkim(host.trim_end_matches(".acme.com"))], "{host}");
    }
}

#[test]
fn exactly_one_dmarc_record_is_required() {
    let cases = [
        ("_dmarc.acme.com", "TXT", "\"v=DMARC1;p=reject\"", None),
        ("_dmarc.acme.com", "TXT", "V \t= DMARC1 ;p=reject", None),
        ("_dmarc.acme.com", "TXT", "v=DMARC1", None),
        ("_dmarc.acme.com", "TXT", "v=dmarc1; p=reject", Some(DnsProblem::MissingDmarc)),
        ("_dmarc.acme.com", "TXT", "p=reject; v=DMARC1", Some(DnsProblem::MissingDmarc)),
        ("_dmarc.acme.com", "TXT", "v=DMARC1 p=reject", Some(DnsProblem::MissingDmarc)),
        ("_dmarc.acme.com", "CNAME", "acme-com.dmarc.example.com", None),
        ("_dmarc.acme.com", "TXT", "v=DMARC10", Some(DnsProblem::MissingDmarc)),
        ("_dmarc.acme.com", "TXT", "p=none", Some(DnsProblem::MissingDmarc)),
        ("acme.com", "TXT", DMARC, Some(DnsProblem::MissingDmarc)),
        ("_dmarc.mail.acme.com", "TXT", DMARC, Some(DnsProblem::MissingDmarc)),
    ];
    for (host, kind, value, expected) in cases {
        let problems = of_google(&with(google(), 3, (host, kind, value)));
        assert_eq!(problems, Vec::from_iter(expected), "{host} {value}");
    }
    let mut rows = google();
    rows.push(("_dmarc.acme.com", "TXT", "v=DMARC1; p=reject"));
    assert_eq!(of_google(&rows), [DnsProblem::SeveralDmarc]);
}

#[test]
fn unknown_provider_is_checked_against_the_common_rules_only() {
    let two = [("acme.com", "TXT", SPF), ("acme.com", "TXT", "v=spf1 -all")];
    let yahoo = ServiceProvider::Unknown("YAHOO".to_owned());
    for provider in [None, Some(&yahoo)] {
        let problems = |rows: &[_]| dns_problems("acme.com", provider, &live(rows));
        assert_eq!(problems(&[]), [DnsProblem::MissingDmarc]);
        assert_eq!(problems(&[("_dmarc.acme.com", "TXT", DMARC)]), []);
        assert_eq!(problems(&two), [DnsProblem::SeveralSpf, DnsProblem::MissingDmarc]);
    }
}

#[test]
fn problem_is_serialized_with_its_kind_and_displayed_as_a_sentence() {
    for (problem, json, shown) in [
        (DnsProblem::MissingMx, json!({"kind": "missing_mx"}), "there is no MX record"),
        (
            foreign("mx.example.com"),
            json!({"kind": "foreign_mx", "value": "mx.example.com"}),
            "the MX record mx.example.com does not belong to the provider of the mailboxes",
        ),
        (DnsProblem::MissingSpf, json!({"kind": "missing_spf"}), "there is no SPF record"),
        (DnsProblem::SeveralSpf, json!({"kind": "several_spf"}), "there are several SPF records, so SPF fails"),
        (
            spf("_spf.google.com"),
            json!({"kind": "spf_without_provider", "include": "_spf.google.com"}),
            "the SPF record does not include _spf.google.com",
        ),
        (
            dkim("selector1._domainkey"),
            json!({"kind": "missing_dkim", "host": "selector1._domainkey"}),
            "there is no DKIM record at selector1._domainkey",
        ),
        (DnsProblem::MissingDmarc, json!({"kind": "missing_dmarc"}), "there is no DMARC record"),
        (
            DnsProblem::SeveralDmarc,
            json!({"kind": "several_dmarc"}),
            "there are several DMARC records, so receivers ignore them",
        ),
    ] {
        assert_eq!(serde_json::to_value(&problem).unwrap(), json);
        assert_eq!(problem.kind().as_str(), json["kind"]);
        assert_eq!(problem.kind().as_str().parse::<DnsProblemKind>().unwrap(), problem.kind());
        assert_eq!(problem.to_string(), shown);
        assert_eq!(serde_json::from_value::<DnsProblem>(json).unwrap(), problem);
    }
}

#[test]
fn second_record_of_its_kind_is_recognized() {
    let record = |(host, kind, value): (&str, &str, &str)| Record::new("acme.com", host, kind, value);
    let present: Vec<_> = google().into_iter().map(record).collect();
    for (row, expected) in [
        (("@", "TXT", "v=spf1 -all"), true),
        // This record already exists.
        (("@", "TXT", SPF), false),
        (("mail", "TXT", "v=spf1 -all"), false),
        (("_dmarc", "TXT", "v=DMARC1; p=reject"), true),
        (("_dmarc", "CNAME", "dmarc.example.com"), true),
        (("_dmarc.mail", "TXT", "v=DMARC1; p=reject"), false),
        (("_dmarc", "TXT", "example-verification=0000"), false),
        (("@", "TXT", "v=DMARC1; p=reject"), false),
        (("@", "MX", "mx.example.com"), false),
    ] {
        assert_eq!(Unique::is_second(&record(row), &present), expected, "{row:?}");
    }
}

/// The first domain of a provider.
async fn domain(zapmail: &Zapmail, provider: ServiceProvider) -> Domain {
    let domains = zapmail.list_domains().items().collect().await.unwrap();
    domains.into_iter().find(|domain| domain.service_provider.as_ref() == Some(&provider)).unwrap()
}

async fn delete(zapmail: &Zapmail, domain: &Domain, host: &str, kind: &str) {
    let records = serde_json::to_value(zapmail.list_dns_records().id(&domain.id).send().await.unwrap()).unwrap();
    let rows = records.as_object().unwrap().values().next().unwrap().as_array().unwrap();
    let name = format!("{host}{}", domain.domain.as_deref().unwrap());
    let is_match = |row: &&Value| {
        let (name_of, kind_of) = (row.get("name").or(row.get("host")), row.get("type").or(row.get("recordType")));
        name_of == Some(&name.as_str().into()) && kind_of == Some(&kind.into())
    };
    let id = rows.iter().find(is_match).unwrap()["id"].as_str().unwrap();
    zapmail.delete_dns_record().id(id).assigned_domain_id(&domain.id).send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn sandbox_domain_has_the_problem_of_each_deleted_record() {
    let of_google: &[(&str, &str, DnsProblem)] = &[
        ("", "MX", DnsProblem::MissingMx),
        ("", "TXT", DnsProblem::MissingSpf),
        ("google._domainkey.", "TXT", dkim("google._domainkey")),
        ("_dmarc.", "TXT", DnsProblem::MissingDmarc),
    ];
    let of_microsoft: &[(&str, &str, DnsProblem)] = &[
        ("", "MX", DnsProblem::MissingMx),
        ("", "TXT", DnsProblem::MissingSpf),
        ("selector1._domainkey.", "CNAME", dkim("selector1._domainkey")),
        ("selector2._domainkey.", "CNAME", dkim("selector2._domainkey")),
        ("_dmarc.", "TXT", DnsProblem::MissingDmarc),
    ];
    for shapes in [Shapes::Live, Shapes::Documented] {
        let sandbox = Sandbox::builder().shapes(shapes).build().unwrap();
        let zapmail = client_of(&sandbox).build().unwrap();
        for (provider, deleted) in [(ServiceProvider::Google, of_google), (ServiceProvider::Microsoft, of_microsoft)] {
            let domain = domain(&zapmail, provider).await;
            assert_eq!(zapmail.dns_problems(&domain).await.unwrap(), []);
            let mut expected = Vec::new();
            for (host, kind, problem) in deleted {
                delete(&zapmail, &domain, host, kind).await;
                expected.push(problem.clone());
                assert_eq!(zapmail.dns_problems(&domain).await.unwrap(), expected, "{host}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn row_without_a_name_is_refused_before_sending() {
    let sandbox = Sandbox::builder().domains(3).build().unwrap();
    let zapmail = client_of(&sandbox).build().unwrap();
    let mut domain = domain(&zapmail, ServiceProvider::Google).await;
    domain.domain = None;
    let error = zapmail.dns_problems(&domain).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert_eq!(error.to_string(), "list_dns_records: `domain` has no name; pass a row of `list_domains`");
    assert!(sandbox.requests_of("list_dns_records").is_empty());
}
