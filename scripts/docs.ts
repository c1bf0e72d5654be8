import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { apiPage } from "./api-page.ts";
import { SDK_FILE, writeSdk } from "./sdk-page.ts";

/** Writes the pages that are made from the schemas; a test fails while they are not up to date. */
const target = join(import.meta.dirname, "../docs/api.md");
writeFileSync(target, apiPage());
writeSdk();
console.log(`wrote ${target} and ${SDK_FILE}`);
