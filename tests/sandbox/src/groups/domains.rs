//! Domains: lists, connection requests, purchases, renewals and settings.

mod availability;
mod connect;
mod finder;
mod forwarding;
mod google;
mod health;
mod list;
mod mail;
mod moving;
mod name;
mod offer;
pub(super) mod purchase;
mod records;
mod removal;
mod renewal;
mod select;
mod tags;

use super::Table;

pub(super) const HANDLERS: Table = &[
    ("list_domains", list::list_domains),
    ("search_domains", list::search_domains),
    ("list_assignable_domains", list::list_assignable_domains),
    ("add_dmarc_record", mail::add_dmarc_record),
    ("enable_email_forwarding", mail::enable_email_forwarding),
    ("disable_email_forwarding", mail::disable_email_forwarding),
    ("enable_catch_all", mail::enable_catch_all),
    ("disable_catch_all", mail::disable_catch_all),
    ("add_domain_forwarding", forwarding::add_domain_forwarding),
    ("remove_domain_forwarding", forwarding::remove_domain_forwarding),
    ("connect_domains", connect::connect_domains),
    ("list_connection_requests", connect::list_connection_requests),
    ("remove_connection_requests", connect::remove_connection_requests),
    ("check_dns_records", records::check_dns_records),
    ("remove_domains", removal::remove_domains),
    ("search_available_domains", availability::search_available_domains),
    ("check_domain_availability", availability::check_domain_availability),
    ("find_domains_with_ai", finder::find_domains_with_ai),
    ("purchase_domains", purchase::purchase_domains),
    ("add_google_client_id", google::add_google_client_id),
    ("get_domain_health", health::get_domain_health),
    ("move_domains", moving::move_domains),
    ("list_domain_tags", tags::list_domain_tags),
    ("create_domain_tags", tags::create_domain_tags),
    ("delete_domain_tag", tags::delete_domain_tag),
    ("assign_domain_tags", tags::assign_domain_tags),
    ("remove_domain_tags", tags::remove_domain_tags),
    ("list_renewable_domains", renewal::list_renewable_domains),
    ("get_renewal_price", renewal::get_renewal_price),
    ("renew_domains", renewal::renew_domains),
    ("set_domain_auto_renew", renewal::set_domain_auto_renew),
];
