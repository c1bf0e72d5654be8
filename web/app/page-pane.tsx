import { ArrowLeft } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../ui/button.tsx";
import "./page-pane.css";
import { goBack, type Route } from "./route.ts";

export interface PageFrameProps {
  title: string;
  /** What the tab is called, where it is not the title of the page. */
  document_title?: string;
  /** Where the way back leads, for who came here by an address. */
  back?: Route;
  actions?: ReactNode;
  children: ReactNode;
}

/** A page in place of the conversation: its title with the way back, and room below. */
export function PageFrame({ title, document_title, back = { at: "home" }, actions, children }: PageFrameProps) {
  const { t } = useTranslation();
  const shown = document_title ?? title;
  useEffect(() => {
    document.title = `${shown} · ${t("app.name")}`;
  }, [shown, t]);
  return (
    <main className="page-pane" tabIndex={-1} id="conversation">
      <header className="page-header">
        <IconButton label={t("action.back")} onPress={() => goBack(back)}>
          <ArrowLeft className="icon-directional" />
        </IconButton>
        <h1>{title}</h1>
        {actions}
      </header>
      {children}
    </main>
  );
}

/** A page of one column. */
export function PagePane({ title, actions, children }: Pick<PageFrameProps, "title" | "actions" | "children">) {
  return (
    <PageFrame title={title} actions={actions}>
      <div className="page-scroll">
        <div className="page-column">{children}</div>
      </div>
    </PageFrame>
  );
}
