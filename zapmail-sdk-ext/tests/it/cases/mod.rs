//! Cases from the field: situations that occurred to users who automate the service, or to users of comparable clients.
//! There is one module per section, and each test names its case.
//!
//! | case | tests; `contract` is the crate in `tests/contract` |
//! | --- | --- |
//! | C1 | `lists::list_with_endless_next_page_is_read_once` |
//! | C2 | `lists::empty_list_with_next_page_has_no_rows` |
//! | C3 | `lists::list_without_total_pages_is_read_until_an_empty_page`, `lists::empty_page_does_not_end_list_if_more_pages_follow`, `lists::empty_page_does_not_end_list_if_a_cursor_follows` |
//! | C4 | `lists::failed_page_ends_list_with_an_error_after_the_preceding_rows` |
//! | C5 | `lists::every_list_without_options_yields_the_rows_of_all_pages` |
//! | C6 | `lists::list_that_pages_by_domain_yields_all_mailboxes` |
//! | C7 | `lists::row_that_moves_between_pages_is_yielded_once`, `lists::identical_second_page_ends_list_with_an_error` |
//! | C8 | `lists::pagination_sends_only_page_and_limit` |
//! | C9 | `lists::page_that_never_advances_is_an_error_that_names_the_operation` |
//! | C10 | `lists::list_of_a_million_pages_is_not_read_beyond_the_window` |
//! | C11 | `not_repeated::assignment_without_response_is_sent_once_and_its_outcome_is_unknown` |
//! | C12 | `not_repeated::purchase_that_takes_20_seconds_is_sent_once` |
//! | C13 | `not_repeated::purchase_with_insufficient_balance_is_rejected_and_not_retried`, `not_repeated::rejected_purchase_in_a_200_is_not_a_success` |
//! | C14 | `not_repeated::concurrent_renewals_send_two_requests_and_none_without_permission` |
//! | C15 | `not_repeated::idempotent_connection_is_retried_after_a_timeout` |
//! | C16 | `not_repeated::slow_purchase_is_sent_again_only_by_the_caller` |
//! | C17 | `not_repeated::idempotency_key_is_the_same_in_all_attempts` |
//! | C18 | contract `cases::request_is_retried_only_if_its_operation_is_idempotent`, contract `spending::*` |
//! | C19 | `responses::ids_of_assigned_mailboxes_are_accessible` |
//! | C20 | `responses::statuses_of_connected_domains_are_accessible_by_name` |
//! | C21 | `responses::error_inside_a_200_is_an_error_with_its_id` |
//! | C22 | `responses::envelope_without_status_is_a_success` |
//! | C23 | `responses::link_of_a_flat_response_is_accessible` |
//! | C24 | `responses::workspaces_in_both_formats_include_the_current_one` |
//! | C25 | `responses::number_in_any_format_is_decoded_and_nan_is_not_zero` |
//! | C26 | `responses::unknown_value_of_each_enum_is_kept`, contract `cases::unknown_word_is_decoded_and_written_back` |
//! | C27 | `responses::name_of_a_domain_is_decoded_from_field_domain` |
//! | C28 | `responses::health_score_is_decoded_in_three_shapes`, `responses::health_of_all_domains_is_decoded_or_not_offered` |
//! | C29 | `responses::date_in_any_format_is_decoded` |
//! | C30 | contract `tolerance::odd_missing_or_null_value_does_not_lose_the_response` |
//! | C31 | `requests::empty_list_is_refused_before_sending`, `requests::empty_tag_id_is_refused_before_sending`, contract `cases::empty_list_is_refused_before_sending` |
//! | C32 | `requests::forwarding_sends_only_the_domains_and_the_target` |
//! | C33 | `requests::rejected_filter_is_a_validation_error_and_not_retried`, contract `cases::null_filter_is_never_sent` |
//! | C34 | `requests::domain_is_found_only_by_its_whole_name` |
//! | C35 | `requests::unknown_provider_is_refused_and_error_500_keeps_its_message` |
//! | C36 | `requests::provider_header_is_sent_only_by_the_caller_and_empty_list_is_not_final`, contract `checks::workspace` |
//! | C37 | `requests::workspace_is_sent_in_the_header_of_each_operation`, contract `checks::workspace` |
//! | C38 | `requests::missing_workspace_is_an_error_that_names_the_setting` |
//! | C39 | `requests::app_is_required_and_error_500_for_unknown_app_is_reported` |
//! | C40 | `requests::mailbox_without_id_is_refused_before_sending` |
//! | C41 | `requests::body_of_a_delete_is_sent` |
//! | C42 | `requests::invalid_user_name_is_reported_and_not_sent`, `requests::display_name_arrives_unchanged_as_utf_8` |
//! | C43 | `requests::existing_mailbox_is_skipped_and_the_others_are_sent` |
//! | C44 | `requests::plus_sign_and_non_ascii_name_are_encoded` |
//! | C45 | `requests::values_are_set_and_cleared_by_separate_calls` |
//! | C46 | `waiting::connection_wait_passes_through_not_registered` |
//! | C47 | `waiting::frozen_connection_request_times_out_with_the_last_state` |
//! | C48 | `waiting::vanished_connection_request_is_complete_if_the_domain_is_active` |
//! | C49 | `waiting::export_starts_after_all_mailboxes_are_active` |
//! | C50 | `waiting::wait_for_missing_mailbox_is_not_complete`, `waiting::wait_for_an_empty_set_is_refused` |
//! | C51 | `waiting::export_id_is_decoded_in_every_format`, `waiting::wait_without_an_export_id_is_refused_before_polling` |
//! | C52 | `waiting::export_account_keeps_its_error_and_none_is_chosen`, `waiting::export_account_with_an_error_in_a_different_format_is_decoded` |
//! | C53 | `waiting::documentation_of_waits_does_not_promise_that_mail_works` |
//! | C54 | `waiting::first_page_after_35_seconds_is_read_with_default_settings` |
//! | C55 | `codes_and_secrets::seed_in_groups_and_lower_case_yields_correct_codes` |
//! | C56 | `codes_and_secrets::code_that_expires_soon_is_replaced_by_the_next_one`, `codes_and_secrets::repeated_old_code_is_not_returned_as_fresh`, `codes_and_secrets::code_keeps_leading_zeros_and_is_not_printed_in_errors` |
//! | C57 | `codes_and_secrets::account_without_codes_is_rejected_and_not_retried` |
//! | C58 | `codes_and_secrets::quoted_key_is_not_printed`, `codes_and_secrets::user_info_of_the_base_url_is_not_printed`, `quoted_credentials::*` |
//! | C59 | `codes_and_secrets::key_is_trimmed_and_invalid_key_is_refused` |
//! | C60 | `codes_and_secrets::secrets_of_a_page_are_not_printed` |
//! | C61 | `codes_and_secrets::quoted_password_of_the_request_is_not_printed` |
//! | C62 | `codes_and_secrets::value_of_a_different_type_is_reported_by_its_location_or_omitted` |
//! | C63 | `codes_and_secrets::canaries_of_a_client_are_not_printed`, `codes_and_secrets::error_of_the_http_library_contains_no_secret`, contract `secrets::*` |
//! | C64 | `codes_and_secrets::local_code_expires_with_its_step` |
//! | C65 | `transport::empty_200_is_a_decode_error_for_reads_and_a_success_for_deletes` |
//! | C66 | `transport::retry_after_in_any_format_is_a_bounded_delay`, `transport::requested_delay_of_years_delays_the_client_for_30_minutes` |
//! | C67 | `transport::fan_out_over_clones_and_workspaces_stays_within_both_limits`, `src/policy/limiter/tests.rs` |
//! | C68 | `transport::broken_connection_is_retried_unless_a_purchase_was_sent` |
//! | C69 | `transport::random_arrivals_and_cancellations_exceed_no_window`, `transport::canceled_waiters_return_their_slots`, `src/policy/limiter/tests.rs` |
//! | C70 | `transport::error_kind_follows_from_the_status` |
//! | C71 | `transport::redirect_is_reported_and_not_followed`, `redirects::*` |
//! | C72 | `webhooks::event_in_camel_case_is_accepted_within_the_tolerance` |
//! | C73 | `webhooks::event_in_snake_case_is_decoded_into_a_custom_type` |
//! | C74 | `webhooks::repeated_event_is_accepted_and_has_the_same_id` |
//! | C75 | `webhooks::unusual_header_is_accepted_if_one_signature_is_valid` |
//! | C76 | `webhooks::extreme_tolerance_does_not_overflow` |

mod codes_and_secrets;
mod lists;
mod not_repeated;
mod requests;
mod responses;
pub mod service;
mod transport;
mod waiting;
#[cfg(feature = "webhook")]
mod webhooks;

use zapmail_sdk_ext::{ClientBuilder, Zapmail};

use crate::clients::printed;
use crate::server::Server;

/// The API key of all cases.
const KEY: &str = "zk_example_0001";

const DOMAIN: &str = "7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e";
const MAILBOX: &str = "5d4c3b2a-1f0e-4d9c-8b7a-6e5f4d3c2b1a";
const OTHER_MAILBOX: &str = "6e5d4c3b-2a1f-4e0d-9c8b-7a6e5f4d3c2b";
const WORKSPACE: &str = "9a1d6c52-0b3e-4f7a-8c11-2d3e4f5a6b7c";

/// A builder of a client that may spend, with the default retries and rate limits.
fn builder_at(url: &str) -> ClientBuilder {
    Zapmail::builder().api_key(KEY).base_url(url).allow_spending()
}

/// A client of a server on loopback.
fn client_of(server: &Server) -> Zapmail {
    builder_at(&server.url()).build().unwrap()
}

/// The body of a request as it was sent.
fn body(request: &str) -> &str {
    request.split_once("\r\n\r\n").unwrap().1
}

/// A header of a request as it was sent.
fn header<'r>(request: &'r str, name: &str) -> Option<&'r str> {
    let head = request.split_once("\r\n\r\n").unwrap().0;
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}
