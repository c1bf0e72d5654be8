import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { ROOT } from "../harness/source-tree.ts";

const PAGE = `# What messages cost

Written by \`npm run prove -- cost\`, which runs \`test/chat/cost.test.ts\`: counted in workerd, not timed, from the first send
until all alarms, outboxes and hubs are idle. A group of ten, all with a chat socket open and reading what arrives, their
inboxes closed. Every row that the chat or a hub wrote is in it, and an alarm that was set counts as a row. *Calls* are
those from one object to another; none of them is on the path of a message: with hubs that do not answer, a message is
stored with one row, acknowledged and told all the same (COM4).

TABLE

The goals, which the test asserts: at most 1.2 rows written a message in a burst of 100 with all receipts, and at most 50
rows read by a message that wakes the object. Receipts of all ten are one row a flush (decision 0004), bumps one alarm a
burst (0002), and a sleeping hub one row until its owner has looked. Writing a row counts as reading one. The test talks
faster than people do: a conversation at their pace adds two alarms for every eight seconds in which something is said.
`;

it("writes docs/cost.md from what the test of costs counts", async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      "node_modules/vitest/vitest.mjs",
      "run",
      "test/chat/cost.test.ts",
      "--config=test/vitest.config.ts",
      "--project=workers",
      "--disableConsoleIntercept=true",
    ],
    { cwd: ROOT, env: { ...process.env, PROVE: "", NO_COLOR: "1" } },
  );
  const table = /<cost>\n([\s\S]*?)\n<\/cost>/.exec(stdout)?.[1];
  expect(table, stdout).toBeDefined();
  console.log(table);
  await writeFile(
    join(ROOT, "docs/cost.md"),
    PAGE.replace("TABLE", () => table ?? ""),
  );
});
