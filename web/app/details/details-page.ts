/** What the panel of details shows: the chat itself, or one of the pages behind it. */
export type DetailsPage = "main" | "settings" | "invites" | "requests" | "bans";
