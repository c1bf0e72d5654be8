import { ArrowLeft } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../ui/button.tsx";
import "./page-pane.css";
import { goBack } from "./route.ts";

/** A page in place of the conversation: its title with the way back, and one column of content. */
export function PagePane({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = `${title} · ${t("app.name")}`;
  }, [title, t]);
  return (
    <main className="page-pane" tabIndex={-1} id="conversation">
      <header className="page-header">
        <IconButton label={t("action.back")} onPress={() => goBack({ at: "home" })}>
          <ArrowLeft className="icon-directional" />
        </IconButton>
        <h1>{title}</h1>
        {actions}
      </header>
      <div className="page-scroll">
        <div className="page-column">{children}</div>
      </div>
    </main>
  );
}
