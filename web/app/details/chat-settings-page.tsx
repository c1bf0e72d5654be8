import { useState } from "react";
import { useTranslation } from "react-i18next";
import { can, RIGHTS } from "../../../src/domain/rights.ts";
import type { Audience, Chat, ChatSettings, Permissions } from "../../../src/protocol/chat.ts";
import { EXPIRY_S } from "../../../src/protocol/limits.ts";
import type { ChatScreen } from "../../sync/client.ts";
import { Switch } from "../../ui/choice.tsx";
import { Select } from "../../ui/select.tsx";
import { ListSkeleton } from "../../ui/skeleton.tsx";
import { faultWords } from "../fault-words.ts";
import { useParley } from "../parley-context.tsx";
import { showToast } from "../toasts.ts";
import { DurationDialog } from "./duration-dialog.tsx";
import { DISAPPEAR_CHOICES, EDIT_CHOICES, SLOW_CHOICES, useTimerWords, withPresent } from "./timers.ts";

const PERMISSIONS = ["write", "add_members", "pin", "mention_all", "change_info"] as const;
type Permission = (typeof PERMISSIONS)[number];
const AUDIENCES = ["everyone", "staff", "admins", "owner"] as const satisfies readonly Audience[];

/** Whom the table of rights means where the chat has set nothing. */
function usual(type: Chat["chat_type"], permission: Permission): Audience {
  const roles = RIGHTS[type][permission];
  if (roles.includes("member")) return "everyone";
  if (roles.includes("moderator")) return "staff";
  return roles.includes("admin") ? "admins" : "owner";
}

/** What is set for everybody in a chat. Who may not change it sees how it stands. */
export function ChatSettingsPage({ screen }: { screen: ChatScreen }) {
  const { t } = useTranslation();
  const client = useParley();
  const { chat, me } = screen;
  // What was chosen and is not yet confirmed shows at once.
  const [chosen, setChosen] = useState<Partial<ChatSettings>>({});
  const [isCustom, setCustom] = useState(false);
  const timerWords = useTimerWords();
  if (chat === undefined || me === undefined) return <ListSkeleton />;
  const settings = { ...chat.settings, ...chosen };
  const mayChange = can(chat.chat_type, me.role, "change_settings");
  const isShared = chat.chat_type === "group" || chat.chat_type === "channel";
  const isLocked = !mayChange;

  function set(part: Partial<ChatSettings>): void {
    setChosen((old) => ({ ...old, ...part }));
    client
      .setSettings(screen.chat_id, part)
      .catch((thrown: unknown) => showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger"))
      .finally(() =>
        setChosen((old) => Object.fromEntries(Object.entries(old).filter(([key]) => !(key in part))) as typeof old),
      );
  }
  const setPermission = (permission: Permission, audience: Audience): void => {
    const { [permission]: _was, ...rest } = settings.permissions;
    const next: Permissions =
      audience === usual(screen.chat?.chat_type ?? "group", permission) ? rest : { ...rest, [permission]: audience };
    set({ permissions: next });
  };

  const disappear = settings.disappear_after_s;
  return (
    <>
      {isLocked && <p className="details-quiet details-locked">{t("chat_settings.locked")}</p>}
      <section className="details-section">
        <h3>{t("chat_settings.messages")}</h3>
        <Select
          label={t("chat_settings.disappear")}
          hint={t("chat_settings.disappear_hint")}
          value={String(disappear ?? 0)}
          isDisabled={isLocked}
          options={[
            { id: "0", label: t("chat_settings.off") },
            ...withPresent(DISAPPEAR_CHOICES, disappear).map((s) => ({ id: String(s), label: timerWords(s) })),
            { id: "custom", label: t("chat_settings.custom") },
          ]}
          onChange={(id) => {
            if (id === "custom") setCustom(true);
            else set({ disappear_after_s: id === "0" ? null : Number(id) });
          }}
        />
        {isShared && (
          <Select
            label={t("chat_settings.slow_mode")}
            hint={t("chat_settings.slow_mode_hint")}
            value={String(settings.slow_mode_s)}
            isDisabled={isLocked}
            options={[
              { id: "0", label: t("chat_settings.off") },
              ...withPresent(SLOW_CHOICES, settings.slow_mode_s).map((s) => ({ id: String(s), label: timerWords(s) })),
            ]}
            onChange={(id) => set({ slow_mode_s: Number(id) })}
          />
        )}
        {isShared && (
          <Select
            label={t("chat_settings.edit_window")}
            value={settings.edit_window_s === null ? "always" : String(settings.edit_window_s)}
            isDisabled={isLocked}
            options={[
              { id: "0", label: t("chat_settings.never") },
              ...withPresent(EDIT_CHOICES, settings.edit_window_s).map((s) => ({
                id: String(s),
                label: timerWords(s),
              })),
              { id: "always", label: t("chat_settings.always") },
            ]}
            onChange={(id) => set({ edit_window_s: id === "always" ? null : Number(id) })}
          />
        )}
        <Switch
          label={t("chat_settings.link_previews")}
          hint={t("chat_settings.link_previews_hint")}
          is_on={settings.has_link_previews}
          isDisabled={isLocked}
          onChange={(isOn) => set({ has_link_previews: isOn })}
        />
      </section>
      {isShared && (
        <>
          <section className="details-section">
            <h3>{t("chat_settings.permissions")}</h3>
            {PERMISSIONS.map((permission) => (
              <Select
                key={permission}
                label={t(`chat_settings.may_${permission}`)}
                value={settings.permissions[permission] ?? usual(chat.chat_type, permission)}
                isDisabled={isLocked}
                options={AUDIENCES.map((id) => ({
                  id,
                  label: t(`chat_settings.audience_${id}`),
                  hint: t(`chat_settings.audience_${id}_hint`),
                }))}
                onChange={(audience) => setPermission(permission, audience)}
              />
            ))}
          </section>
          <section className="details-section">
            <h3>{t("chat_settings.entry")}</h3>
            <Switch
              label={t("chat_settings.is_public")}
              hint={t("chat_settings.is_public_hint")}
              is_on={settings.is_public}
              isDisabled={isLocked}
              onChange={(isOn) => set({ is_public: isOn })}
            />
            <Switch
              label={t("chat_settings.needs_approval")}
              hint={t("chat_settings.needs_approval_hint")}
              is_on={settings.needs_approval}
              isDisabled={isLocked}
              onChange={(isOn) => set({ needs_approval: isOn })}
            />
            <Switch
              label={t("chat_settings.history")}
              hint={t("chat_settings.history_hint")}
              is_on={!settings.has_history_from_join}
              isDisabled={isLocked}
              onChange={(isOn) => set({ has_history_from_join: !isOn })}
            />
          </section>
        </>
      )}
      {isCustom && (
        <DurationDialog
          title={t("chat_settings.disappear")}
          min={EXPIRY_S.min}
          max={EXPIRY_S.max}
          onChosen={(seconds) => set({ disappear_after_s: seconds })}
          onClose={() => setCustom(false)}
        />
      )}
    </>
  );
}
