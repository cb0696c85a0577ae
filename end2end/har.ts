// HTTP archives, checked by the schema of HAR 1.2 that others publish (npm's har-schema).
import { createRequire } from "node:module";
import { Ajv } from "ajv";
import formats from "ajv-formats";

const require = createRequire(import.meta.url);
const schemas: Record<string, object> = require("har-schema");

// It is of an older draft, and its parts name each other by their files.
const ajv = new Ajv({ strict: false, allErrors: true });
ajv.addMetaSchema(require("ajv/dist/refs/json-schema-draft-06.json"));
formats.default(ajv);
for (const schema of Object.values(schemas)) ajv.addSchema(schema);

/** What of a file is not as the schema says, each with its place. */
export function mistakes(har: unknown): string[] {
  const check = ajv.getSchema("har.json#")!;
  if (check(har)) return [];
  return check.errors!.map((error) => `${error.instancePath} ${error.message}`);
}
