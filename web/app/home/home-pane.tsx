import { Compass, Keyboard, Search, SquarePen } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { Button } from "react-aria-components/Button";
import { useTranslation } from "react-i18next";
import { Sticker } from "../../stickers/sticker.tsx";
import { isMuted, isWaiting } from "../chat-list/chat-state.ts";
import { useFormats, useNow } from "../formats-context.tsx";
import { KEYS } from "../keys.ts";
import { useOverlay } from "../overlays.tsx";
import { useParley, useReadable } from "../parley-context.tsx";
import { navigate } from "../route.ts";
import "./home-pane.css";

/** What stands beside the list while no chat is open: whether anything waits, and the ways on. */
export function HomePane() {
  const { t } = useTranslation();
  const formats = useFormats();
  const client = useParley();
  const openOverlay = useOverlay();
  const { status, lines } = useReadable(client.inbox);
  const now = useNow(60_000);
  useEffect(() => {
    document.title = t("app.name");
  }, [t]);
  const waiting = lines.filter((line) => isWaiting(line) && !isMuted(line, now) && !line.is_archived).length;
  return (
    <main className="conversation home-pane" id="conversation" tabIndex={-1}>
      <div className="home-card" data-ready={status === "ready" || undefined}>
        <Sticker id={lines.length === 0 || waiting > 0 ? "hello" : "coffee"} size={128} />
        <h2>{t(greetingAt(new Date(now).getHours()))}</h2>
        <p className="home-news">
          {lines.length === 0
            ? t("home.first")
            : waiting === 0
              ? t("home.quiet")
              : t("home.waiting", { count: waiting, shown: formats.number(waiting) })}
        </p>
        <ul>
          <Way
            icon={<SquarePen />}
            keys={KEYS.new_chat}
            label={t("chats.new")}
            onPress={() => openOverlay("new_chat")}
          />
          <Way
            icon={<Search />}
            keys={KEYS.palette}
            label={t("palette.title")}
            onPress={() => openOverlay("palette")}
          />
          <Way icon={<Compass />} label={t("home.explore")} onPress={() => navigate({ at: "directory" })} />
          <Way icon={<Keyboard />} keys={KEYS.help} label={t("keys.title")} onPress={() => openOverlay("keys")} />
        </ul>
      </div>
    </main>
  );
}

function Way({ icon, label, keys, onPress }: { icon: ReactNode; label: string; keys?: string; onPress: () => void }) {
  return (
    <li>
      <Button className="home-way" onPress={onPress}>
        {icon}
        <span className="home-label">{label}</span>
        {keys !== undefined && (
          <span className="home-key" aria-hidden="true">
            {keys}
          </span>
        )}
      </Button>
    </li>
  );
}

/** Nobody is wished a good night by a program. */
function greetingAt(hour: number): "home.morning" | "home.day" | "home.evening" {
  if (hour >= 5 && hour < 12) return "home.morning";
  return hour >= 12 && hour < 18 ? "home.day" : "home.evening";
}
