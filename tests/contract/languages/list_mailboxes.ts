// Lists the mailboxes of an account with the client that openapi-generator makes for TypeScript.

import { Configuration, MailboxApi } from "./index";

async function main(): Promise<void> {
  const mailboxes = new MailboxApi(
    new Configuration({ basePath: process.env.ZAPMAIL_BASE_URL, apiKey: process.env.ZAPMAIL_API_KEY }),
  );
  for (let page = 1, pages = 1; page <= pages; page++) {
    const { data } = (await mailboxes.listMailboxes(undefined, undefined, page, 100)).data;
    pages = Number(data.totalPages);
    for (const domain of data.domains) {
      for (const mailbox of domain.mailboxes ?? []) {
        console.log(mailbox.email);
      }
    }
  }
}

main();
