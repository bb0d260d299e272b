//! Tests of plans from JSON and CSV.

use crate::{DomainSettings, ErrorKind, ProvisionPlan};

#[test]
fn plan_from_json_equals_plan_from_code() {
    let text = r#"{
        "domains": {
            " Brand-One.com.": {
                "source": "buy",
                "mailboxes": [{"username": "Dana.Reed", "first_name": "Dana", "last_name": "Reed"}]
            },
            "brand-two.com": {"settings": {"catch_all": null}}
        },
        "settings": {"dmarc": "reports@acme.example"},
        "export": {"app": "SMARTLEAD", "account": "ops@acme.example"}
    }"#;
    let plan = ProvisionPlan::from_json(text).unwrap();
    assert_eq!(plan.addresses().collect::<Vec<_>>(), ["dana.reed@brand-one.com"]);
    let from_code = ProvisionPlan::new()
        .buy("brand-one.com")
        .domain("brand-two.com")
        .settings_of("brand-two.com", DomainSettings::new().clear_catch_all())
        .settings(DomainSettings::new().dmarc("reports@acme.example"))
        .export("SMARTLEAD".into(), "ops@acme.example")
        .mailbox("dana.reed@brand-one.com", "Dana", "Reed");
    assert_eq!(plan, from_code);
    assert_eq!(ProvisionPlan::from_json(&serde_json::to_string(&plan).unwrap()).unwrap(), plan);
}

#[test]
fn invalid_json_is_rejected_with_the_reason() {
    for (text, expected) in [
        ("{", "the plan cannot be read: EOF"),
        (r#"{"domains": {}, "domain": {}}"#, "unknown field `domain`"),
        (r#"{"domains": {"a.com": {"source": "rent"}}}"#, "unknown variant `rent`"),
        (r#"{"domains": {"a.com": {}, "A.com": {}}}"#, "the plan has the domain `A.com` twice"),
        (r#"{"domains": {"a.com": {}, "a.com": {}}}"#, "the plan has the domain `a.com` twice"),
        (r#"{"domains": {"a.com": {"mailboxes": [{"username": "a"}]}}}"#, "missing field `first_name`"),
        (r#"{"domains": {"a.com": {"mailboxes": ["a"]}}}"#, "expected a mailbox: an object with `username`"),
        (r#"{"domains": {}, "settings": {"dmarc": null}}"#, "`dmarc` cannot be cleared"),
    ] {
        let error = ProvisionPlan::from_json(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn plan_from_csv_equals_plan_from_code() {
    let rows = "\u{feff}Domain, First name,LAST_NAME,username,,source\r\n\
        Brand-One.com,Dana,Reed,Dana.Reed,x,buy\r\n\
        brand-one.com,\"Zoë\",O'Brien,zoe.obrien,,\r\n\
        \r\n\
        brand-two.com,,,,,CONNECT\r\n\
        brand-three.com,Lee,\"van der Berg, Jr\",lee,,owned\r\n";
    let plan = ProvisionPlan::from_csv(rows.as_bytes()).unwrap();
    let expected = ProvisionPlan::new()
        .buy("brand-one.com")
        .connect("brand-two.com")
        .mailbox("dana.reed@brand-one.com", "Dana", "Reed")
        .mailbox("zoe.obrien@brand-one.com", "Zoë", "O'Brien")
        .mailbox("lee@brand-three.com", "Lee", "van der Berg, Jr");
    assert_eq!(plan, expected);
}

#[test]
fn invalid_csv_is_rejected_with_line_and_column() {
    let header = "domain,username,first_name,last_name,source\n";
    for (rows, expected) in [
        ("domain,username\na.com,a\n".to_owned(), "the column `first_name` is missing from the first line"),
        (String::new(), "the column `domain` is missing"),
        ("domain,username,first_name,last_name,sorce\n".to_owned(), "the first line has the column `sorce`"),
        ("domain,username,first_name,last_name,Username\n".to_owned(), "the column `username` twice"),
        (format!("{header}acme,a,A,A,buy\n"), "line 2: `domain` is `acme`, which is not a valid domain name"),
        (format!("{header}a.com,a,A,A,buy\na.com,b,B,B,rent\n"), "line 3: `source` is `rent`; use `buy`"),
        (
            format!("{header}a.com,a,A,A,buy\na.com,b,B,B,connect\n"),
            "line 3: `source` of a.com is `connect`, but `buy`",
        ),
        (format!("{header}a.com,a,A,A,owned\na.com,b,B,B,buy\n"), "line 3: `source` of a.com is `buy`, but `owned`"),
        (format!("{header}a.com,,A,A,buy\n"), "line 2: `username` of a mailbox on a.com is empty"),
        (format!("{header}a.com,a,A,,buy\n"), "line 2: `last_name` of a@a.com is empty"),
        (format!("{header}a.com,a,\"A\n"), "line 2: `last_name`"),
        (format!("{header}a.com,a,A,Berg, Jr,buy\n"), "line 2: "),
        ("domain,username,first_name,last_name\na.com,a,A,Berg, Jr\n".to_owned(), "line 2: "),
    ] {
        let error = ProvisionPlan::from_csv(rows.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains(expected), "{error}");
    }
    let error = ProvisionPlan::from_csv(&b"domain,username,first_name,last_name\na.com,\xff,A,A\n"[..]).unwrap_err();
    assert!(error.to_string().contains("the CSV cannot be read"), "{error}");
}
