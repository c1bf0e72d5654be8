/**
 * The way out of a local server for link previews: public addresses alone, judged by the runtime after it has resolved the
 * name. On the platform nothing else can be reached anyway.
 */
export const PUBLIC_INTERNET = { network: { allow: ["public"] } };
