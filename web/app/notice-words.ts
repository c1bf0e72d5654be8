import type { TFunction } from "i18next";
import type { NoticeContent } from "../../src/protocol/content.ts";
import { NoticeContent as NoticeSchema } from "../../src/protocol/content.ts";
import type { Formats } from "../i18n/format.ts";

export interface NoticeReader {
  t: TFunction;
  formats: Formats;
  my_id: string;
  /** The name of a person, if this device knows them. */
  nameOf: (userId: string) => string | undefined;
}

/** A system message in the reader's language, from the reader's side: "You added Ada", "Ada added you". */
export function noticeWords(notice: NoticeContent, { t, formats, my_id, nameOf }: NoticeReader): string {
  const somebody = t("notice.somebody");
  const actor = nameOf(notice.actor_id) ?? somebody;
  const name = notice.name ?? "";
  const isOwn = notice.actor_id === my_id;
  const ids = notice.user_ids ?? [];
  const isAboutMe = ids.length === 1 && ids[0] === my_id;
  const people = formats.list(ids.map((id) => nameOf(id) ?? somebody));
  switch (notice.event) {
    case "chat_created":
    case "chat_renamed":
    case "chat_described":
    case "member_left":
    case "message_pinned":
    case "member_joined":
    case "permissions_changed":
    case "poll_closed":
      return t(isOwn ? `notice.${notice.event}_own` : `notice.${notice.event}`, { actor, name });
    case "members_added":
    case "member_removed":
    case "member_banned": {
      if (isAboutMe && !isOwn) return t(`notice.${notice.event}_me`, { actor });
      return t(isOwn ? `notice.${notice.event}_own` : `notice.${notice.event}`, { actor, people });
    }
    case "disappearing_changed":
    case "slow_mode_changed": {
      const timer = notice.event === "disappearing_changed" ? "disappearing" : "slow_mode";
      if (!notice.seconds) return t(isOwn ? `notice.${timer}_off_own` : `notice.${timer}_off`, { actor });
      const duration = formats.duration(notice.seconds);
      return t(isOwn ? `notice.${timer}_on_own` : `notice.${timer}_on`, { actor, duration });
    }
    case "visibility_changed": {
      const is = notice.is_public ? "public" : "private";
      return t(isOwn ? `notice.visibility_${is}_own` : `notice.visibility_${is}`, { actor });
    }
    case "role_changed": {
      const role = t(`notice.role_${notice.role ?? "member"}`);
      if (isAboutMe && !isOwn) return t("notice.role_changed_me", { actor, role });
      return t(isOwn ? "notice.role_changed_own" : "notice.role_changed", { actor, people, role });
    }
  }
}

/** A notice from a place where its type is not known; undefined if it is none that this version can word. */
export function parseNotice(value: unknown): NoticeContent | undefined {
  const parsed = NoticeSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}
