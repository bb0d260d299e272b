//! Pre-warmed domains, which come with warmed-up mailboxes, and the plans for them.

use serde_json::{Value, json};

use super::domains::purchase::YEAR;
use super::{Table, links};
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::paging::Paging;
use crate::request::Request;
use crate::state::{
    Cents, Domain, Life, Origin, PrewarmedDomain, PrewarmedPlan, PrewarmedSubscription, Provider, State,
};

pub(super) const HANDLERS: Table = &[
    ("list_prewarmed_domains", list_prewarmed_domains),
    ("count_prewarmed_domains", count_prewarmed_domains),
    ("purchase_prewarmed_plan", purchase_prewarmed_plan),
    ("list_prewarmed_subscriptions", list_prewarmed_subscriptions),
    ("assign_prewarmed_domains", assign_prewarmed_domains),
];

fn list_prewarmed_domains(state: &mut State, request: &Request) -> HandlerResult {
    let paging = Paging::of(&request.query)?;
    let term = request.query.get("contains").unwrap_or_default().to_lowercase();
    let found = state.prewarmed.unsold().filter(|domain| domain.name.contains(&term));
    let more = json!({"totalDomainsUnsold": state.prewarmed.unsold().count()});
    let data = paging.paginate(found).data_with("domains", row, more);
    Ok(Success::data("Prewarmed domains fetched successfully", with_total(data)))
}

/// Renames the counter of all rows to `total`, as in the service.
fn with_total(mut data: Value) -> Value {
    data["total"] = data["totalSearchedCount"].take();
    if let Value::Object(data) = &mut data {
        data.remove("totalSearchedCount");
    }
    data
}

fn row(domain: &PrewarmedDomain) -> Value {
    let mailbox = |(first_name, last_name): &(String, String)| json!({"mailbox": {"firstName": first_name, "lastName": last_name}});
    json!({
        "id": domain.id,
        "domain": domain.name,
        "isSold": domain.sold,
        "price": domain.price.to_json(),
        "preWarmedUpMailboxes": domain.people.iter().map(mailbox).collect::<Value>(),
    })
}

/// Counts the available mailboxes by provider. The documentation says domains, but the observed numbers indicate
/// mailboxes.
fn count_prewarmed_domains(state: &mut State, _: &Request) -> HandlerResult {
    let count = |provider| -> usize {
        let unsold = state.prewarmed.unsold().filter(|domain| domain.provider == provider);
        unsold.map(|domain| domain.people.len()).sum()
    };
    let data = json!({"google": count(Provider::Google), "microsoft": count(Provider::Microsoft)});
    Ok(Success::data("Prewarmed domains count fetched successfully", data))
}

/// Purchases a plan. The response is flat. Assumption: it contains a link in addition to the message, like similar
/// operations.
fn purchase_prewarmed_plan(state: &mut State, request: &Request) -> HandlerResult {
    let plan = PrewarmedPlan::named(request.query.require("planType")?);
    let plan = plan.ok_or_else(|| Refusal::invalid("planType must be one of starter, growth and pro"))?;
    state.charge("purchase_prewarmed_plan", plan.price)?;
    let id = state.id_generator.next_id();
    let (workspace, created_at) = (request.workspace, request.now);
    state.prewarmed.subscriptions.push(PrewarmedSubscription { id, workspace, plan, created_at });
    let link = links::invoice(id);
    Ok(Success::flat(json!({"message": "Subscription purchase is processed", "paymentLink": link})))
}

fn list_prewarmed_subscriptions(state: &mut State, request: &Request) -> HandlerResult {
    let paging = Paging::of(&request.query)?;
    let status = request.query.get("status");
    let found = state.prewarmed.subscriptions.iter().filter(|subscription| {
        subscription.workspace == request.workspace
            && status.is_none_or(|status| subscription.status(request.now).eq_ignore_ascii_case(status))
    });
    let row = |subscription: &PrewarmedSubscription| {
        json!({
            "id": subscription.id,
            "plan": subscription.plan.name,
            "price": subscription.plan.price.to_json(),
            "totalMailboxQuantity": subscription.plan.domains * 3,
            "subscriptionStatus": subscription.status(request.now),
            "periodEnd": subscription.period_end().to_json(),
        })
    };
    let data = with_total(paging.paginate(found).data("subscriptions", row));
    Ok(Success::data("Subscriptions fetched successfully", data))
}

/// Purchases all of the domains or none, without a plan. Charges the wallet or, if its balance is too low, the card on
/// file. Whether free slots of a plan are used first is not known; here each domain is charged. The mailboxes include
/// their slots.
fn assign_prewarmed_domains(state: &mut State, request: &Request) -> HandlerResult {
    let mut domain_ids: Vec<String> = request.property("domainIds")?;
    domain_ids.sort_unstable();
    domain_ids.dedup();
    let positions = domain_ids.iter().map(|id| {
        let position = state.prewarmed.stock.iter().position(|domain| domain.id == *id);
        let position = position.ok_or_else(|| Refusal::not_found("Domain"))?;
        let is_unsold = !state.prewarmed.stock[position].sold;
        if is_unsold { Ok(position) } else { Err(Refusal::rule("A domain has already been sold")) }
    });
    let positions = positions.collect::<Result<Vec<_>, _>>()?;
    let prices = positions.iter().map(|position| state.prewarmed.stock[*position].price);
    let total = prices.fold(Cents(0), Cents::plus);
    state.charge_wallet_or_card("assign_prewarmed_domains", total);
    for position in positions {
        assign(state, request, position);
    }
    Ok(Success::done("Prewarmed domains assigned successfully"))
}

/// Adds a domain on offer to the workspace, with its mailboxes.
fn assign(state: &mut State, request: &Request, position: usize) {
    let sold = &mut state.prewarmed.stock[position];
    sold.sold = true;
    let (name, provider, people) = (sold.name.clone(), sold.provider, sold.people.clone());
    let mailboxes = people.into_iter().map(|(first_name, last_name)| {
        let username = format!("{first_name}.{last_name}").to_lowercase();
        state.new_mailbox(provider, username, (first_name, last_name), Life::Settled, request.now)
    });
    let mailboxes: Vec<_> = mailboxes.collect();
    state.workspace_mut(request.workspace).slots += mailboxes.len() as u64;
    let origin = Origin::PreWarmed { until: request.now.plus(YEAR) };
    let id = state.id_generator.next_id();
    let domain = Domain::new(id, name, request.workspace, origin, request.now);
    let key = state.add_domain(Domain { provider: Some(provider), mailboxes, ..domain });
    state.emit_domain_updated(key);
}
