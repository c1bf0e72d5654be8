/** Migrations of the objects are imported as text (wrangler.toml `rules`, and the same in vitest). */
declare module "*.sql" {
  const text: string;
  export default text;
}
