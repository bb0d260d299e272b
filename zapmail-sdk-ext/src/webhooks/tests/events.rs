//! Tests of typed events: every type and field, in both case conventions, and with values of other types.

use proptest::prelude::*;
use serde_json::{Value, json};
use zapmail_sdk::Redacted;
use zapmail_sdk::types::{ExportApp, SubscriptionStatus, WebhookEventType};

use crate::webhooks::{Event, EventData};

/// The data of each type as observed in deliveries and receivers; invented for types that have not been observed.
fn examples() -> [(&'static str, Value); 10] {
    let export = json!({"app_name": "SMARTLEAD", "export_id": 10421});
    [
        ("domain.updated", json!({"domainDetails": {"healthScore": 80}})),
        ("domain.connection_status_changed", json!({"domainName": "acme.com"})),
        ("mailbox.updated", json!({"mailboxStatus": "ACTIVE"})),
        (
            "subscription.status_changed",
            json!({
                "subscriptionId": "sub_example_1", "subscriptionStatus": "PAST_DUE",
                "uniquePlanKey": "zap_google_growth_monthly", "totalMailboxQuantity": 30, "price": 99,
                "periodEnd": "2026-10-21T08:00:00.000Z",
            }),
        ),
        ("subscription.billing_changed", json!({"subscriptionId": "sub_example_1"})),
        ("export.started", export.clone()),
        ("export.completed", export.clone()),
        ("export.failed", export.clone()),
        ("export.reconnected", export),
        ("placement_test.status_changed", json!({"testStatus": "COMPLETED"})),
    ]
}

#[test]
fn every_known_type_has_a_variant() {
    assert_eq!(examples().len(), WebhookEventType::KNOWN.len());
    for kind in WebhookEventType::KNOWN {
        let (name, data) = examples().into_iter().find(|(name, _)| *name == kind.as_str()).unwrap();
        let event = Event::new("evt_1", name, data.clone());
        assert!(!matches!(event.data, EventData::Unknown { .. }), "{name}");
        assert_eq!((event.kind(), event.data.raw().expose()), (kind.clone(), &data));
        let variant: String = name.split(['.', '_']).map(|part| part[..1].to_uppercase() + &part[1..]).collect();
        assert!(format!("{:?}", event.data).starts_with(&format!("{variant}(")), "{:?}", event.data);
    }
}

#[test]
fn fields_of_subscription_are_read_in_both_case_conventions() {
    let in_snake_case = json!({
        "subscription_id": "sub_example_1", "subscription_status": "PAST_DUE",
        "unique_plan_key": "zap_google_growth_monthly", "total_mailbox_quantity": 30, "price": 99,
        "period_end": "2026-10-21T08:00:00.000Z",
    });
    for data in [examples()[3].1.clone(), in_snake_case] {
        let EventData::SubscriptionStatusChanged(change) = EventData::new("subscription.status_changed", data) else {
            unreachable!()
        };
        assert_eq!(change.subscription_id, Some("sub_example_1".into()));
        assert_eq!(change.subscription_status, Some(SubscriptionStatus::PastDue));
        assert_eq!(change.unique_plan_key.as_deref(), Some("zap_google_growth_monthly"));
        assert_eq!((change.total_mailbox_quantity, change.price), (Some(30), Some(99.into())));
        assert_eq!(change.period_end, Some("2026-10-21T08:00:00Z".parse().unwrap()));
    }
}

#[test]
fn fields_of_exports_are_read_in_both_case_conventions() {
    for (kind, in_snake_case) in &examples()[5..9] {
        for data in [in_snake_case.clone(), json!({"appName": "SMARTLEAD", "exportId": 10421})] {
            let (EventData::ExportStarted(export)
            | EventData::ExportCompleted(export)
            | EventData::ExportFailed(export)
            | EventData::ExportReconnected(export)) = EventData::new(*kind, data)
            else {
                unreachable!()
            };
            assert_eq!((export.app_name, export.export_id), (Some(ExportApp::Smartlead), Some(10421.into())));
        }
    }
}

#[test]
fn health_score_of_any_type_is_kept() {
    for score in [json!(80), json!("80"), json!(80.5), json!({"value": 80}), json!([80]), json!(false)] {
        for data in
            [json!({"domainDetails": {"healthScore": score}}), json!({"domain_details": {"health_score": score}})]
        {
            let EventData::DomainUpdated(domain) = EventData::new("domain.updated", data) else { unreachable!() };
            assert_eq!(domain.health_score, Some(score.clone().into()));
        }
    }
    for data in [
        json!({"domainDetails": {"healthScore": null}}),
        json!({"domainDetails": {}}),
        json!({"domainDetails": "80"}),
        json!({"domainDetails": null}),
        json!({"healthScore": 80}),
    ] {
        let EventData::DomainUpdated(domain) = EventData::new("domain.updated", data.clone()) else { unreachable!() };
        assert_eq!(domain.health_score, None, "{data}");
    }
}

/// A number as text is read; other types count as missing.
#[test]
fn field_of_different_type_counts_as_missing() {
    let read = |field: &str, value: &Value| {
        let event: Event = serde_json::from_value(json!({
            "id": "evt_1", "type": "subscription.status_changed", "data": {field: value},
        }))
        .unwrap();
        let EventData::SubscriptionStatusChanged(change) = event.data else { unreachable!() };
        assert_eq!(change.raw.expose()[field], *value);
        let all = [
            change.subscription_id.map(|id| id.to_string()),
            change.subscription_status.map(|status| status.to_string()),
            change.unique_plan_key,
            change.total_mailbox_quantity.map(|quantity| quantity.to_string()),
            change.price.map(|price| price.to_string()),
            change.period_end.map(|time| time.timestamp().to_string()),
        ];
        assert!(all.iter().flatten().count() <= 1, "{field}");
        all.into_iter().flatten().next()
    };
    let fields =
        ["subscriptionId", "subscriptionStatus", "uniquePlanKey", "totalMailboxQuantity", "price", "periodEnd"];
    for field in fields {
        for other in
            [json!(null), json!({}), json!({"id": 7}), json!([]), json!([7]), json!(true), json!(""), json!(" ")]
        {
            assert_eq!(read(field, &other), None, "{field} {other}");
        }
    }
    let rows = [
        ("subscriptionId", json!(7), Some("7")),
        ("subscriptionStatus", json!("past_due"), Some("PAST_DUE")),
        ("subscriptionStatus", json!("HIBERNATING"), Some("HIBERNATING")),
        ("totalMailboxQuantity", json!("30"), Some("30")),
        ("totalMailboxQuantity", json!(30.0), Some("30")),
        ("totalMailboxQuantity", json!(30.5), None),
        ("totalMailboxQuantity", json!("many"), None),
        ("totalMailboxQuantity", json!(u64::MAX), None),
        ("price", json!("99.90"), Some("99.90")),
        ("price", json!(0.1), Some("0.1")),
        ("price", json!("NaN"), None),
        ("price", json!(1e300), None),
        ("periodEnd", json!("2026-10-21"), Some("1792540800")),
        ("periodEnd", json!(1_792_540_800), Some("1792540800")),
        ("periodEnd", json!(1_792_540_800_000_u64), Some("1792540800")),
        ("periodEnd", json!("soon"), None),
    ];
    for (field, value, expected) in rows {
        assert_eq!(read(field, &value).as_deref(), expected, "{field} {value}");
    }
    let EventData::ExportCompleted(export) =
        EventData::new("export.completed", json!({"export_id": {"id": 7}, "app_name": ["SMARTLEAD"]}))
    else {
        unreachable!()
    };
    assert_eq!((export.export_id, export.app_name), (None, None));
}

#[test]
fn first_readable_spelling_of_a_field_is_used() {
    for data in [json!({"exportId": null, "export_id": 7}), json!({"exportId": 7, "export_id": {}})] {
        let EventData::ExportFailed(export) = EventData::new("export.failed", data.clone()) else { unreachable!() };
        assert_eq!(export.export_id, Some(7.into()), "{data}");
    }
}

#[test]
fn data_that_is_not_an_object_has_no_fields() {
    for data in [json!(null), json!("SMARTLEAD"), json!(7), json!([{"export_id": 7}])] {
        let EventData::ExportFailed(export) = EventData::new("export.failed", data.clone()) else { unreachable!() };
        assert_eq!((export.export_id, export.raw.expose()), (None, &data));
    }
}

#[test]
fn envelope_is_read_in_both_case_conventions() {
    for name in ["api_version", "apiVersion"] {
        let event: Event = serde_json::from_value(json!({"id": "evt_1", "type": "mailbox.updated", name: 2})).unwrap();
        assert_eq!(event.api_version.as_deref(), Some("2"), "{name}");
    }
}

#[test]
fn event_is_serialized_as_the_service_sends_it() {
    for (kind, data) in examples() {
        let envelope = json!({
            "id": "evt_1", "created": 1_790_000_000, "api_version": "v2", "type": kind, "data": data,
        });
        let event: Event = serde_json::from_value(envelope.clone()).unwrap();
        assert_eq!(serde_json::to_value(&event).unwrap(), envelope);
        assert_eq!(serde_json::to_value(Redacted(&event)).unwrap()["data"], "[untyped]");
    }
}

#[test]
fn debug_output_contains_no_data() {
    for (kind, _) in examples().into_iter().chain([("workspace.renamed", json!({}))]) {
        let secret = json!({"password": "hush", "domainDetails": {"healthScore": "hush"}});
        let event = Event::new("evt_1", kind, secret);
        assert!(!format!("{event:?}").contains("hush"), "{event:?}");
    }
}

/// Any JSON, a few levels deep.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[0-9eE.+:TZ -]{0,40}".prop_map(Value::from),
        "\\PC{0,10}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-zA-Z_]{0,8}", inner, 0..4)
                .prop_map(|fields| fields.into_iter().collect::<Value>()),
        ]
    })
}

proptest! {
    #[test]
    fn event_with_any_values_is_accepted_and_stored_unchanged(
        nth in 0..10usize, created in any_json(), version in any_json(), value in any_json(), field in 0..6usize,
    ) {
        let (kind, mut data) = examples()[nth].clone();
        let names: Vec<_> = data.as_object().unwrap().keys().cloned().collect();
        data[&names[field % names.len()]] = value;
        let envelope = json!({"id": "evt_1", "type": kind, "created": created, "api_version": version, "data": data});
        let event: Event = serde_json::from_value(envelope).unwrap();
        prop_assert_eq!(event.kind(), WebhookEventType::from(kind));
        prop_assert_eq!(event.data.raw().expose(), &data);
        let stored = serde_json::to_string(&event).unwrap();
        prop_assert_eq!(serde_json::from_str::<Event>(&stored).unwrap(), event, "{}", stored);
    }
}
