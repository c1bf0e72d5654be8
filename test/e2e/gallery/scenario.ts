/** Chosen by the test before the page loads. */
type Scenario = "full" | "empty" | "signed_out" | "revoked" | "loading" | "offline" | "held";
export const scenario = (localStorage.getItem("gallery.scenario") ?? "full") as Scenario;

export const MINUTE = 60_000;
export const iso = (at: number): string => new Date(at).toISOString();
