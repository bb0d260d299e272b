"""Lists the mailboxes of an account with the client that openapi-generator makes for Python."""

import os

import zapmail_client

configuration = zapmail_client.Configuration(host=os.environ["ZAPMAIL_BASE_URL"])
configuration.api_key["apiKey"] = os.environ["ZAPMAIL_API_KEY"]
with zapmail_client.ApiClient(configuration) as client:
    mailboxes = zapmail_client.MailboxApi(client)
    page, pages = 1, 1
    while page <= pages:
        data = mailboxes.list_mailboxes(page=page, limit=100).data
        # A number, or a text that holds one.
        pages = int(data.total_pages.actual_instance)
        for domain in data.domains:
            for mailbox in domain.mailboxes:
                print(mailbox.email)
        page += 1
