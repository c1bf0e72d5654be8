/** JSON Schema as zod writes it, as far as the API uses it. */
export interface JsonSchema {
  type?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  enum?: unknown[];
  const?: unknown;
  pattern?: string;
  format?: string;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  minimum?: number;
  maximum?: number;
  default?: unknown;
  description?: string;
}

/** Patterns that have a name: the ids and times of the wire. */
const NAMED: readonly [RegExp, string][] = [
  [/^\^u\[/, "UserId"],
  [/^\^\[dgcb\]\[.*\\\./, "MessageId"],
  [/^\^\[dgcb\]\[/, "ChatId"],
  [/^\^s\[/, "SessionId"],
  [/^\^\\d\{4\}-/, "Time"],
];

/** Patterns that words say better. */
const IN_WORDS: readonly [RegExp, string][] = [
  [
    /^\^\[A-Za-z0-9\]\(\?:\[A-Za-z0-9\._-\]/,
    "3 to 50 letters, digits, dots, underscores or hyphens, none of these marks at an end",
  ],
  [/^\^\[A-Za-z0-9_\.:-\]\{1,64\}\$$/, "1 to 64 of letters, digits and _ . : -"],
];

const LARGEST = 999_999_999_999_999;

/** A schema in the notation of TypeScript, with what a type cannot say as a comment behind its field. */
export function shapeOf(schema: JsonSchema, indent = ""): string {
  if (schema.anyOf) return unionOf(schema.anyOf, indent);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  switch (schema.type) {
    case "object":
      return objectOf(schema, indent);
    case "array": {
      const of = shapeOf(schema.items ?? {}, indent);
      return /[ |]/.test(of) && !of.startsWith("{") ? `(${of})[]` : `${of}[]`;
    }
    case "string":
      return nameOf(schema) ?? "string";
    case "integer":
    case "number":
      return "number";
    case "boolean":
      return "boolean";
    case "null":
      return "null";
    default:
      return "unknown";
  }
}

function unionOf(branches: readonly JsonSchema[], indent: string): string {
  return [...new Set(branches.map((branch) => shapeOf(branch, indent)))].join(" | ");
}

function objectOf({ properties = {}, required = [] }: JsonSchema, indent: string): string {
  const inner = `${indent}  `;
  const fields = Object.entries(properties).map(([name, field]) => {
    const mark = required.includes(name) ? "" : "?";
    const limits = limitsOf(field);
    const shape = shapeOf(field, inner);
    const note = limits === "" ? "" : ` // ${limits}`;
    return `${inner}${name}${mark}: ${shape};${note}`;
  });
  return fields.length === 0 ? "{}" : `{\n${fields.join("\n")}\n${indent}}`;
}

const nameOf = ({ pattern }: JsonSchema): string | undefined =>
  pattern === undefined ? undefined : NAMED.find(([known]) => known.test(pattern))?.[1];

/** What a type cannot say: lengths, ranges, patterns without a name, what stands if it is absent. */
export function limitsOf(schema: JsonSchema): string {
  const { type, minLength, maxLength, minItems, maxItems, minimum, maximum, pattern, format } = schema;
  const said: string[] = [];
  if (type === "string" && nameOf(schema) === undefined) {
    if (minLength !== undefined || maxLength !== undefined) said.push(`${range(minLength, maxLength)} characters`);
    if (format !== undefined && format !== "uri") said.push(format);
    else if (pattern !== undefined)
      said.push(IN_WORDS.find(([known]) => known.test(pattern))?.[1] ?? `matches ${pattern}`);
  }
  if (type === "array" && (minItems !== undefined || maxItems !== undefined))
    said.push(`${range(minItems, maxItems)} items`);
  if (type === "integer") {
    const top = maximum !== undefined && maximum < LARGEST ? maximum : undefined;
    const bottom = minimum !== undefined && minimum > -LARGEST ? minimum : undefined;
    said.push(top === undefined && bottom === undefined ? "integer" : `integer, ${range(bottom, top)}`);
  }
  if (schema.default !== undefined) said.push(`${JSON.stringify(schema.default)} if absent`);
  return said.join("; ");
}

function range(low: number | undefined, high: number | undefined): string {
  if (low === undefined) return `up to ${high}`;
  return high === undefined ? `at least ${low}` : `${low} to ${high}`;
}
