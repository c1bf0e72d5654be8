/** Whom an empty local store is filled with. Invented people. */

/**
 * Shared by all demo people, printed at every start, and no secret. Demo accounts are marked as such
 * and refused outside local mode, so that this password opens nothing anywhere else.
 */
export const DEMO_PASSWORD = "parley-demo-2026";
/** Addresses of demo people; reserved by RFC 2606, so no mail can ever be delivered there. */
export const DEMO_DOMAIN = "demo.parley.example";

export interface DemoPerson {
  username: string;
  /** As the person writes it. */
  name: string;
}

export const DEMO_PEOPLE: readonly DemoPerson[] = [
  { username: "mara", name: "Mara Lindqvist" },
  { username: "tomas", name: "Tomás Ibarra" },
  { username: "yasmin", name: "ياسمين حداد" },
  { username: "haruka", name: "森田 はるか" },
  { username: "oleh", name: "Олег Ковальчук" },
  { username: "priya", name: "प्रिया नायर" },
  { username: "wenjie", name: "陈文杰" },
  { username: "june", name: "June Okafor 🌱" },
];

/** Who decides about reports in local mode. */
export const LOCAL_ADMIN = "mara";
