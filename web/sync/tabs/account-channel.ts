/** What tabs of any person say to each other about who is signed in on this device. */
export type AccountNews =
  | { kind: "signed_in"; user_id: string }
  | { kind: "signed_out"; user_id: string; reason?: "revoked" };

export interface AccountChannel {
  post(news: AccountNews): void;
}

/** Undefined where tabs cannot talk. */
export function accountChannel(heard: (news: AccountNews) => void): AccountChannel | undefined {
  if (typeof BroadcastChannel === "undefined") return undefined;
  const channel = new BroadcastChannel("parley-account");
  channel.addEventListener("message", ({ data }: MessageEvent<AccountNews>) => heard(data));
  return { post: (news) => channel.postMessage(news) };
}
