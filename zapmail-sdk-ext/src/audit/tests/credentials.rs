//! Tests that a report contains no credentials, in any form in which it can leave a program.

use super::*;

/// A marker in every value that is a credential, or next to one.
const CANARY: &str = "canary";

/// Returns a list of mailboxes that is full of credentials.
fn mailboxes() -> Option<Reply> {
    let secret = |kind: &str| format!("{CANARY}-{kind}");
    let mailbox = json!({
        "id": "5d4c3b2a-1f0e-4d9c-8b7a-6e5f4d3c2b1a", "username": "dana.reed", "firstName": "Dana", "lastName": "Reed",
        "status": "ACTIVE", "password": secret("password"), "appPassword": secret("app"), "secret": secret("seed"),
        "recoveryEmail": secret("recovery@acme.example"), "profilePicture": secret("picture"), "unknown": secret("more"),
    });
    let admin = json!({
        "email": secret("admin@acme.example"), "newPassword": secret("admin"), "secret": secret("admin-seed"),
        "recoveryEmail": secret("admin-recovery"),
    });
    let domain = json!({
        "id": "7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e", "domain": "acme.example", "mailboxes": [mailbox],
        "adminDetails": admin, "msSubAdminDetails": {"password": secret("sub-admin")},
    });
    page("domains", json!([domain]))
}

fn subscriptions() -> Option<Reply> {
    let row = json!({
        "id": "row-1", "planType": "LTD", "cancelledByUser": CANARY, "discountId": CANARY, "lookupKey": CANARY,
        "invoiceLink": CANARY, "password": CANARY,
    });
    data(json!([row]))
}

/// Returns rows as in a spreadsheet: the keys of the first row, then the values of each row.
fn csv(rows: &Value) -> String {
    let line = |values: Vec<String>| format!("{}\n", values.join(","));
    let rows: Vec<_> = rows.as_array().unwrap().iter().map(|row| row.as_object().unwrap()).collect();
    let header = rows.first().map(|row| line(row.keys().cloned().collect())).unwrap_or_default();
    header + &rows.iter().map(|row| line(row.values().map(Value::to_string).collect())).collect::<String>()
}

#[tokio::test(start_paused = true)]
async fn report_contains_no_credential_in_any_form() {
    let sandbox = Sandbox::builder().domains(4).build().unwrap();
    let zapmail = altered(&sandbox, |request| match request.operation {
        "list_mailboxes" => mailboxes(),
        "list_placement_subscriptions" | "list_dns_shield_subscriptions" => subscriptions(),
        "get_domain_health" => {
            data(json!({"score": 20, "reasons": [CANARY], "recommendedActions": [CANARY], "x": CANARY}))
        }
        _ => None,
    });
    let seen = Arc::new(Mutex::new(String::new()));
    let log = Arc::clone(&seen);
    let audit = zapmail.audit().exported(["other@acme.example"]);
    let audit = audit.on_progress(move |progress| log.lock().unwrap().push_str(&format!("{progress:?}")));
    let mut texts = vec![format!("{audit:?}")];
    let report = run(&sandbox, audit).await;
    assert_eq!(report.failures, []);
    assert_eq!(report.mailboxes[0].address, "dana.reed@acme.example");
    assert!(found(&report).contains(&(FindingKind::MailboxNotExported, "dana.reed@acme.example")));

    let json = json!(report);
    texts.extend([json.to_string(), format!("{report:?}"), format!("{report:#?}"), seen.lock().unwrap().clone()]);
    texts.extend(json.as_object().unwrap().values().map(csv));
    texts.extend(report.findings.iter().map(ToString::to_string));
    for text in texts {
        assert!(!text.contains(CANARY), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn report_contains_no_credential_of_the_sandbox() {
    let sandbox = Sandbox::builder().build().unwrap();
    let zapmail = client(&sandbox);
    let mut secrets = vec![sandbox.api_key().to_owned(), "admin@".to_owned(), "rec@".to_owned()];
    for workspace in zapmail.workspaces().await.unwrap() {
        use crate::Paged;
        for mailbox in workspace.zapmail.list_mailboxes().items().collect().await.unwrap() {
            let all = [mailbox.password, mailbox.app_password, mailbox.secret, mailbox.recovery_email];
            secrets.extend(all.into_iter().flatten().map(|secret| secret.expose().to_owned()));
        }
    }
    assert!(secrets.len() > 72);
    let report = run(&sandbox, zapmail.audit()).await;
    let text = format!("{}{report:?}", json!(report));
    let leaked: Vec<_> = secrets.iter().filter(|secret| text.contains(secret.as_str())).collect();
    assert_eq!(leaked, Vec::<&String>::new());
}

#[tokio::test(start_paused = true)]
async fn report_is_unchanged_after_serializing_and_deserializing() {
    let sandbox = Sandbox::builder().build().unwrap();
    let forbidden_workspace = sandbox.workspaces()[1].id.clone();
    let zapmail = altered(&sandbox, move |request| match request.operation {
        _ if request.workspace.as_ref() == Some(&forbidden_workspace) => error(403),
        "get_domain_health" => data(json!({"averageScore": 87.5})),
        "list_subscriptions" => data(json!([{
            "id": "2b3c4d5e-6f70-4a81-9b92-c3d4e5f60701", "price": "1234567.89", "subscriptionStatus": "A_NEW_WORD",
        }])),
        _ => None,
    });
    let report = run(&sandbox, zapmail.audit()).await;
    assert!(!report.failures.is_empty() && !report.findings.is_empty());
    let stored = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<AuditReport>(&stored).unwrap(), report);
    assert_eq!(serde_json::from_str::<AuditReport>("{}").unwrap(), AuditReport::default());
}

/// Writes rows as CSV, and returns the header and the first row. Checks that the rows can be read again.
#[cfg(feature = "journal")]
fn written<R: serde::Serialize + serde::de::DeserializeOwned + PartialEq + fmt::Debug>(rows: &[R]) -> (String, String) {
    let mut writer = csv::Writer::from_writer(Vec::new());
    rows.iter().for_each(|row| writer.serialize(row).unwrap());
    let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
    let read: Vec<R> = csv::Reader::from_reader(text.as_bytes()).deserialize().collect::<Result<_, _>>().unwrap();
    assert_eq!(read.len(), rows.len());
    let mut lines = text.lines().map(str::to_owned);
    let first = (lines.next().unwrap(), lines.next().unwrap());
    assert_eq!(lines.count() + 1, rows.len());
    first
}

#[cfg(feature = "journal")]
#[tokio::test(start_paused = true)]
async fn rows_are_written_as_csv() {
    let sandbox = Sandbox::builder().build().unwrap();
    let main = sandbox.workspaces()[0].id.clone();
    let report = run(&sandbox, Audit::of([("north", without_workspace(&sandbox, 1))])).await;
    let id = &report.domains[0].id;
    assert_eq!(
        written(&report.domains),
        (
            "account,workspace,workspace_name,id,name,status,provider,expires_on,auto_renew,mailboxes,health_score,health_label,dns_problems".to_owned(),
            format!("north,{main},Main,{id},acme-001.example.com,ACTIVE,GOOGLE,2027-09-19T09:00:00Z,false,3,90,healthy,"),
        )
    );
    let id = &report.mailboxes[0].id;
    assert_eq!(
        written(&report.mailboxes),
        (
            "account,workspace,workspace_name,id,address,domain,name,status,provider,created_at,expires_on".to_owned(),
            format!(
                "north,{main},Main,{id},dana.reed@acme-001.example.com,acme-001.example.com,Dana Reed,ACTIVE,GOOGLE,2026-11-03T09:00:00Z,2026-12-03T09:00:00Z"
            ),
        )
    );
    let row = &report.subscriptions[1];
    let (id, subscription_id) = (row.id.as_deref().unwrap(), row.subscription_id.as_deref().unwrap());
    assert_eq!(
        written(&report.subscriptions[1..]),
        (
            "account,workspace,workspace_name,list,id,subscription_id,status,plan,price,due,payment_failure".to_owned(),
            format!("north,{main},Main,mailboxes,{id},{subscription_id},ACTIVE,GROWTH,91,2026-12-13T09:00:00Z,"),
        )
    );
    let (header, row) = written(&report.findings);
    assert_eq!(header, "account,workspace,workspace_name,kind,dns_problem,subject,message");
    assert_eq!(
        row,
        format!("north,{main},Main,mailbox_inactive,,emery.west@acme-014.example.com,the mailbox is FAILED")
    );
    let (header, row) = written(&report.failures);
    assert_eq!(header, "account,workspace,workspace_name,domain,operation,kind,error");
    assert!(row.contains(",Client North,,list_domains,forbidden,"), "{row}");
}
