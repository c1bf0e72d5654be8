import { type ReactNode, Suspense, useEffect, useLayoutEffect, useMemo } from "react";
import { I18nProvider } from "react-aria-components/I18nProvider";
import { Formats } from "../i18n/format.ts";
import { localeFor } from "../i18n/language.ts";
import { changeLanguage } from "../i18n/translation.ts";
import type { ParleyClient } from "../sync/client.ts";
import "./app.css";
import { forgetPins } from "./conversation/known-pins.ts";
import { ErrorBoundary } from "./error-boundary.tsx";
import { FormatsContext } from "./formats-context.tsx";
import { HeldStore } from "./held-store.tsx";
import { ParleyContext, useReadable } from "./parley-context.tsx";
import { usePreferences } from "./preferences.ts";
import { AuthScreen, MainScreen, rememberSignedIn } from "./screens.ts";
import { forgetSearches } from "./search/recent-searches.ts";
import { registerServiceWorker } from "./shell-registration.ts";
import { ToastRegion } from "./toast-region.tsx";
import { useActivity, useViewportHeight } from "./window-state.ts";

/** The whole client: what surrounds every screen, and which half of it is on. */
export function App({ client }: { client: ParleyClient }) {
  const { language } = usePreferences();
  const locale = localeFor(language, navigator.languages);
  const formats = useMemo(() => new Formats(locale), [locale]);
  useEffect(() => void changeLanguage(language), [language]);
  useViewportHeight();
  useActivity(client);
  return (
    <I18nProvider locale={locale}>
      <ParleyContext value={client}>
        <FormatsContext value={formats}>
          <ErrorBoundary>
            <Half client={client} />
          </ErrorBoundary>
          <ToastRegion />
        </FormatsContext>
      </ParleyContext>
    </I18nProvider>
  );
}

function Half({ client }: { client: ParleyClient }) {
  const session = useReadable(client.session);
  const { status } = session;
  useEffect(() => {
    if (status !== "unknown") rememberSignedIn(status === "signed_in");
    if (status !== "signed_out") return;
    forgetSearches();
    forgetPins();
  }, [status]);
  if (session.status === "unknown") return session.is_store_held ? <HeldStore /> : <div className="splash" />;
  return (
    <Suspense fallback={<div className="splash" />}>
      <Drawn>
        {session.status === "signed_in" ? (
          <MainScreen key={session.me.user_id} me={session.me} />
        ) : (
          <AuthScreen was_revoked={session.reason === "revoked"} />
        )}
      </Drawn>
    </Suspense>
  );
}

/** Once a half stands, the shape that index.html painted for it goes, and the shell may be kept on the device. */
function Drawn({ children }: { children: ReactNode }) {
  useLayoutEffect(() => document.getElementById("start-shape")?.remove(), []);
  // Not sooner: it downloads what the first screen did not need.
  useEffect(() => registerServiceWorker(), []);
  return children;
}
