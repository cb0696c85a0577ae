// Many visitors at once, some of whom leave before their page is there: everybody else gets theirs,
// whole and soon. (That nothing panics is held by the fixture.)
import { allHealthy, expect, test } from "./fixture.ts";

const PAGES = ["/", "/servers", "/servers/everything", "/alerts", "/dashboards/system-health", "/?range=7d"];
const VISITORS = 4;
const VISITS = 750;
const SOON = 5_000;

test("pages come whole for many visitors at once", async ({ product }) => {
  await allHealthy(product);
  const wrong: string[] = [];

  const visit = async (path: string) => {
    const headers = { accept: "text/html" };
    const answer = await fetch(product.url + path, { headers, signal: AbortSignal.timeout(SOON) });
    const text = await answer.text();
    if (answer.status !== 200) wrong.push(`${path}: ${answer.status}`);
    if (!text.includes("</h1>") || !text.includes("</html>")) wrong.push(`${path}: not whole: …${text.slice(-80)}`);
    const policy = answer.headers.get("content-security-policy") ?? "";
    if (!policy.includes("'nonce-")) wrong.push(`${path}: another page's policy: ${policy}`);
  };
  const leaveEarly = async (path: string) => {
    const asking = fetch(product.url + path, { headers: { accept: "text/html" }, signal: AbortSignal.timeout(2) });
    await asking.then((answer) => answer.text()).catch(() => {});
  };
  const visitor = async () => {
    for (let visits = 0; visits < VISITS; visits++) {
      const path = PAGES[visits % PAGES.length];
      if (visits % 5 === 4) await leaveEarly(path);
      else await visit(path).catch((error: Error) => wrong.push(`${path}: ${error.name}`));
    }
  };
  await Promise.all(Array.from({ length: VISITORS }, visitor));
  expect(wrong).toEqual([]);
});
