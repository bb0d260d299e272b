//! The table of calls: one line an operation, with what its answer holds.
//!
//! | word | what `call` returns |
//! | --- | --- |
//! | `data T` | the `data` of the envelope; an answer without it is an error |
//! | `data? T` | the same, where the documentation shows null as well: an `Option` |
//! | `list T`, `list? T` | the same for a list, where nothing is an empty list |
//! | `untyped` | the `data` that nobody has described yet, or null |
//! | `whole T` | the answer as it is: it has no envelope, or nothing in it |
//! | `file` | the bytes of a file |

use super::unwrap;

unwrap::calls! {
    add_dmarc_record AddDmarcRecord => untyped;
    add_dns_records AddDnsRecords => untyped;
    add_domain_forwarding AddDomainForwarding => untyped;
    add_export_account AddExportAccount => whole Acknowledgement;
    add_google_client_id AddGoogleClientId => untyped;
    add_wallet_balance AddWalletBalance => whole PaymentLink;
    allocate_dns_shield_domains AllocateDnsShieldDomains => untyped;
    assign_domain_tags AssignDomainTags => untyped;
    assign_mailboxes AssignMailboxes => whole Acknowledgement;
    assign_prewarmed_domains AssignPrewarmedDomains => untyped;
    cancel_dns_shield_subscription CancelDnsShieldSubscription => untyped;
    cancel_placement_subscription CancelPlacementSubscription => untyped;
    cancel_subscription CancelSubscription => untyped;
    check_dns_records CheckDnsRecords => data DomainDnsCheckResults;
    check_domain_availability CheckDomainAvailability => data DomainAvailability;
    connect_domains ConnectDomains => untyped;
    count_prewarmed_domains CountPrewarmedDomains => data PrewarmedStock;
    create_billing_details CreateBillingDetails => whole Acknowledgement;
    create_domain_tags CreateDomainTags => data CreatedDomainTags;
    create_label CreateLabel => whole ZapboxEnvelope;
    create_webhook_endpoint CreateWebhookEndpoint => data CreatedWebhookEndpoint;
    create_workspace CreateWorkspace => data CreatedWorkspace;
    create_workspace_invitation CreateWorkspaceInvitation => untyped;
    create_zap_site CreateZapSite => untyped;
    delete_dns_record DeleteDnsRecord => untyped;
    delete_domain_tag DeleteDomainTag => untyped;
    delete_label DeleteLabel => whole ZapboxEnvelope;
    deploy_zap_site DeployZapSite => untyped;
    disable_catch_all DisableCatchAll => untyped;
    disable_email_forwarding DisableEmailForwarding => untyped;
    download_attachment DownloadAttachment => file;
    enable_catch_all EnableCatchAll => untyped;
    enable_email_forwarding EnableEmailForwarding => untyped;
    export_mailboxes ExportMailboxes => data? ExportJob;
    find_domains_with_ai FindDomainsWithAi => data DomainFinderResult;
    get_authenticator_code GetAuthenticatorCode => data AuthenticatorCode;
    get_dns_shield_slots GetDnsShieldSlots => data DnsShieldSlots;
    get_domain_health GetDomainHealth => data DomainHealth;
    get_export_status GetExportStatus => data ExportStatus;
    get_mailbox GetMailbox => data MailboxDetails;
    get_name_servers GetNameServers => untyped;
    get_placement_credits GetPlacementCredits => data PlacementCredits;
    get_placement_overall_report GetPlacementOverallReport => data PlacementOverallReport;
    get_placement_report GetPlacementReport => untyped;
    get_quick_setup_progress GetQuickSetupProgress => whole QuickSetupProgress;
    get_renewal_price GetRenewalPrice => list DomainRenewalPrice;
    get_subscription_invoices GetSubscriptionInvoices => data InvoiceLink;
    get_user GetUser => data User;
    get_wallet_balance GetWalletBalance => whole Wallet;
    get_zap_site GetZapSite => untyped;
    list_assignable_domains ListAssignableDomains => data DomainPage;
    list_connected_accounts ListConnectedAccounts => whole ConnectedAccountsEnvelope;
    list_connection_requests ListConnectionRequests => data DomainConnectionRequestPage;
    list_dns_records ListDnsRecords => data DnsRecords;
    list_dns_shield_allocated_domains ListDnsShieldAllocatedDomains => untyped;
    list_dns_shield_domains ListDnsShieldDomains => data DnsShieldDomainPage;
    list_dns_shield_subscriptions ListDnsShieldSubscriptions => list? DnsShieldSubscription;
    list_domain_tags ListDomainTags => list DomainTag;
    list_domains ListDomains => data DomainPage;
    list_emails ListEmails => whole EmailsEnvelope;
    list_export_accounts ListExportAccounts => data ExportAccounts;
    list_export_workspaces ListExportWorkspaces => untyped;
    list_high_reputation_domains ListHighReputationDomains => data HighReputationDomainPage;
    list_mailboxes ListMailboxes => data MailboxPage;
    list_placement_mailboxes ListPlacementMailboxes => data PlacementMailboxPage;
    list_placement_orders ListPlacementOrders => data PlacementOrderPage;
    list_placement_subscriptions ListPlacementSubscriptions => list PlacementSubscription;
    list_prewarmed_domains ListPrewarmedDomains => data PrewarmedDomainPage;
    list_prewarmed_subscriptions ListPrewarmedSubscriptions => data PrewarmedSubscriptionPage;
    list_renewable_domains ListRenewableDomains => data RenewableDomainPage;
    list_subscription_mailboxes ListSubscriptionMailboxes => list Untyped;
    list_subscriptions ListSubscriptions => list Subscription;
    list_thread_emails ListThreadEmails => whole ZapboxEnvelope;
    list_webhook_endpoints ListWebhookEndpoints => list WebhookEndpoint;
    list_webhook_event_types ListWebhookEventTypes => untyped;
    list_workspace_invitations ListWorkspaceInvitations => untyped;
    list_workspace_members ListWorkspaceMembers => data WorkspaceMemberPage;
    list_workspaces ListWorkspaces => data WorkspaceList;
    move_domains MoveDomains => untyped;
    purchase_addon_mailboxes PurchaseAddonMailboxes => whole PaymentLink;
    purchase_dns_shield PurchaseDnsShield => whole UntypedBody;
    purchase_domains PurchaseDomains => whole DomainOrder;
    purchase_high_reputation_domains PurchaseHighReputationDomains => untyped;
    purchase_placement_plan PurchasePlacementPlan => untyped;
    purchase_placement_test PurchasePlacementTest => untyped;
    purchase_prewarmed_plan PurchasePrewarmedPlan => whole PrewarmedPurchase;
    purchase_subscription PurchaseSubscription => whole PaymentLink;
    quick_setup QuickSetup => whole QuickSetupBatchEnvelope;
    regenerate_zap_site RegenerateZapSite => untyped;
    remove_connection_requests RemoveConnectionRequests => untyped;
    remove_domain_forwarding RemoveDomainForwarding => untyped;
    remove_domain_tags RemoveDomainTags => untyped;
    remove_domains RemoveDomains => untyped;
    remove_mailboxes_instantly RemoveMailboxesInstantly => data RemovalQueued;
    rename_label RenameLabel => whole ZapboxEnvelope;
    renew_domains RenewDomains => data DomainRenewalOrder;
    retry_failed_mailboxes RetryFailedMailboxes => whole Acknowledgement;
    revoke_workspace_invitation RevokeWorkspaceInvitation => whole Acknowledgement;
    revoke_workspace_member RevokeWorkspaceMember => whole Acknowledgement;
    scan_zap_site ScanZapSite => untyped;
    schedule_mailbox_creation ScheduleMailboxCreation => untyped;
    schedule_mailbox_removal ScheduleMailboxRemoval => whole Acknowledgement;
    search_available_domains SearchAvailableDomains => data AvailableDomains;
    search_domains SearchDomains => data DomainPage;
    search_emails SearchEmails => whole EmailsEnvelope;
    search_mailboxes_and_domains SearchMailboxesAndDomains => untyped;
    send_email SendEmail => untyped;
    set_domain_auto_renew SetDomainAutoRenew => untyped;
    set_wallet_auto_recharge SetWalletAutoRecharge => whole PaymentLink;
    start_custom_oauth StartCustomOauth => data OauthJob;
    update_billing_details UpdateBillingDetails => whole Acknowledgement;
    update_dns_record UpdateDnsRecord => untyped;
    update_domain_renewal_settings UpdateDomainRenewalSettings => untyped;
    update_export_account UpdateExportAccount => whole Acknowledgement;
    update_mailboxes UpdateMailboxes => list MailboxUpdateResult;
    update_webhook_endpoint UpdateWebhookEndpoint => data WebhookEndpoint;
    update_workspace UpdateWorkspace => untyped;
    update_workspace_member UpdateWorkspaceMember => untyped;
    update_zap_site UpdateZapSite => untyped;
    upgrade_dns_shield_plan UpgradeDnsShieldPlan => untyped;
    upgrade_subscription UpgradeSubscription => whole UntypedBody;
    verify_name_servers VerifyNameServers => untyped;
}
