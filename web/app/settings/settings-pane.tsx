import { Bell, ChevronRight, LogOut, MonitorSmartphone, Palette, ShieldCheck, UserRound } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "react-aria-components/Button";
import { useTranslation } from "react-i18next";
import type { Self } from "../../../src/protocol/user.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { useOverlay } from "../overlays.tsx";
import { PageFrame } from "../page-pane.tsx";
import { navigate, SETTINGS_PAGES, type SettingsPage } from "../route.ts";
import type { Width } from "../width.ts";
import { AppearancePage } from "./appearance-page.tsx";
import { DevicesPage } from "./devices-page.tsx";
import { NotificationsPage } from "./notifications-page.tsx";
import { PrivacyPage } from "./privacy-page.tsx";
import { ProfilePage } from "./profile-page.tsx";
import "./settings-pane.css";

const ICONS: Record<SettingsPage, ReactNode> = {
  profile: <UserRound />,
  privacy: <ShieldCheck />,
  notifications: <Bell />,
  appearance: <Palette />,
  devices: <MonitorSmartphone />,
};

const wordOf = (page: SettingsPage) =>
  page === "privacy" ? "privacy.title" : page === "notifications" ? "news.title" : (`settings.${page}` as const);

export interface SettingsPaneProps {
  me: Self;
  page: SettingsPage | undefined;
  width: Width;
}

/** The settings: a page of links on a phone, links beside their page elsewhere. */
export function SettingsPane({ me, page, width }: SettingsPaneProps) {
  const { t } = useTranslation();
  const openOverlay = useOverlay();
  const isPhone = width === "phone";
  const shown = page ?? (isPhone ? undefined : "profile");
  const title = t(shown === undefined ? "settings.title" : wordOf(shown));

  const links = (
    <nav className="settings-links" aria-label={t("settings.title")}>
      {isPhone && (
        <div className="settings-me">
          <Avatar id={me.user_id} name={me.display_name} size="large" />
          <p dir="auto">{me.display_name}</p>
          <span dir="ltr">@{me.username}</span>
        </div>
      )}
      {SETTINGS_PAGES.map((one) => (
        <Button
          key={one}
          className="settings-link"
          aria-current={shown === one ? "page" : undefined}
          onPress={() => navigate({ at: "settings", page: one }, { replace: !isPhone })}
        >
          {ICONS[one]}
          <span>{t(wordOf(one))}</span>
          {isPhone && <ChevronRight className="icon-directional" />}
        </Button>
      ))}
      <Button className="settings-link" data-danger onPress={() => openOverlay("sign_out")}>
        <LogOut className="icon-directional" />
        <span>{t("settings.sign_out")}</span>
      </Button>
    </nav>
  );

  return (
    <PageFrame
      title={isPhone ? title : t("settings.title")}
      document_title={title}
      back={isPhone && page !== undefined ? { at: "settings", page: undefined } : { at: "home" }}
    >
      <div className="page-scroll settings-body">
        {(!isPhone || shown === undefined) && links}
        {shown !== undefined && (
          <section className="settings-page" aria-label={t(wordOf(shown))}>
            {!isPhone && <h2>{title}</h2>}
            {shown === "profile" && <ProfilePage me={me} />}
            {shown === "privacy" && <PrivacyPage />}
            {shown === "notifications" && <NotificationsPage my_id={me.user_id} />}
            {shown === "appearance" && <AppearancePage />}
            {shown === "devices" && <DevicesPage />}
          </section>
        )}
      </div>
    </PageFrame>
  );
}
