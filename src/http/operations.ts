import type { Operation } from "../protocol/rest.ts";
import type { Handlers } from "./handler.ts";
import { ACCOUNTS } from "./routes/accounts.ts";
import { ANNOTATIONS } from "./routes/annotations.ts";
import { CHATS } from "./routes/chats.ts";
import { ENTRY } from "./routes/entry.ts";
import { MESSAGES } from "./routes/messages.ts";
import { META } from "./routes/meta.ts";
import { PARTICIPANTS } from "./routes/participants.ts";
import { PEOPLE } from "./routes/people.ts";
import { PERSONAL } from "./routes/personal.ts";
import { REPORTS } from "./routes/reports.ts";
import { SEARCH } from "./routes/search.ts";
import { SESSIONS } from "./routes/sessions.ts";
import { TALLIES } from "./routes/tallies.ts";
import { THREADS } from "./routes/threads.ts";
import { TIMERS } from "./routes/timers.ts";
import { USERS } from "./routes/users.ts";

/** What serves each operation of ROUTES. One that is missing here does not compile. */
export const HANDLERS: Handlers<Operation> = {
  ...META,
  ...ACCOUNTS,
  ...SESSIONS,
  ...USERS,
  ...CHATS,
  ...MESSAGES,
  ...ANNOTATIONS,
  ...PARTICIPANTS,
  ...PERSONAL,
  ...THREADS,
  ...TIMERS,
  ...ENTRY,
  ...TALLIES,
  ...PEOPLE,
  ...REPORTS,
  ...SEARCH,
};
