import { globSync } from "node:fs";
import { ROOT } from "./paths.ts";
import { runNode } from "./task.ts";

/**
 * `npm run prove`: the long proofs, the files `*.prove.ts` under test/, one after the other so that they do not disturb each
 * other. They run in the same projects as the tests beside them (in workerd, in Node against a server, …).
 * A word after `--` picks the files whose path contains it: `npm run prove -- kill`.
 */

const words = process.argv.slice(2);
const proofs = globSync("test/**/*.prove.ts", { cwd: ROOT })
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .sort();
if (proofs.length === 0) {
  console.error("There is no such proof.");
  process.exit(1);
}

let failed = 0;
for (const proof of proofs) {
  console.log(`\n=== ${proof}`);
  const { code } = await runNode(
    [
      "node_modules/vitest/vitest.mjs",
      "run",
      proof,
      "--config=test/vitest.config.ts",
      "--disableConsoleIntercept=true",
      "--passWithNoTests=false",
    ],
    { env: { PROVE: "1" }, isLive: true },
  );
  if (code !== 0) failed++;
}
console.log(`\n${proofs.length - failed} proofs passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
