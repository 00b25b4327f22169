// node send.mjs arrests arrest.json | referrals referral.json      needs LEAD_URL and LEAD_KEY; Node 18 or newer
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

const [what, file] = process.argv.slice(2);
const body = await readFile(file);
for (const wait of [1, 2, 4, 8, 0]) {
  const answer = await fetch(`${process.env.LEAD_URL}/api/${what}`, {
    method: "POST",
    headers: {
      "Authorization": `Bearer ${process.env.LEAD_KEY}`,
      "Content-Type": "application/json",
      "Idempotency-Key": createHash("sha256").update(body).digest("hex"),
    },
    body,
  });
  if (answer.ok || ![429, 503].includes(answer.status) || !wait) {
    console.log(await answer.text());
    process.exit(answer.ok ? 0 : 1);
  }
  await new Promise(resolve => setTimeout(resolve, wait * 1000));
}
