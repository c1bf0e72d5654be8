import * as z from "zod/mini";
import { DeviceId, SessionId, UserId } from "./ids.ts";
import { line } from "./text.ts";
import { DeviceType, Email, Password, PersonName, Username } from "./user.ts";

/** What a device says of itself when it signs in; what it leaves out is minted or guessed for it. */
const device = {
  device_id: z.optional(DeviceId),
  device_name: z.optional(line(80)),
  device_type: z.optional(DeviceType),
};

/**
 * Access token (JWT, an hour) and refresh token (opaque, once). A browser that sends `X-Parley-Cookie: 1` gets the
 * refresh token as an HttpOnly cookie instead, and `refresh_token` is absent here.
 */
export const Tokens = z.object({
  user_id: UserId,
  session_id: SessionId,
  device_id: DeviceId,
  access_token: z.string(),
  refresh_token: z.optional(z.string()),
  expires_in: z.int(),
});
export type Tokens = z.infer<typeof Tokens>;

export const RegisterBody = z.strictObject({
  username: Username,
  email: Email,
  password: Password,
  first_name: z.optional(PersonName),
  last_name: z.optional(PersonName),
  display_name: z.optional(PersonName),
  ...device,
});
/** One of `username`, `email` or `login` (either) names the account; `pass` is an alias of `password` (K27). */
export const LoginBody = z
  .strictObject({
    login: z.optional(z.string().check(z.minLength(1), z.maxLength(254))),
    username: z.optional(z.string().check(z.minLength(1), z.maxLength(254))),
    email: z.optional(z.string().check(z.minLength(1), z.maxLength(254))),
    password: z.optional(z.string().check(z.minLength(1), z.maxLength(128))),
    pass: z.optional(z.string().check(z.minLength(1), z.maxLength(128))),
    ...device,
  })
  .check(
    z.refine(
      (b) => [b.login, b.username, b.email].filter((v) => v !== undefined).length === 1,
      "exactly one of login, username, email",
    ),
    z.refine((b) => (b.password === undefined) !== (b.pass === undefined), "exactly one of password, pass"),
  );

export const RefreshBody = z.strictObject({
  refresh_token: z.optional(z.string().check(z.minLength(1), z.maxLength(200))),
});
