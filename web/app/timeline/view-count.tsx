import { Eye } from "lucide-react";
import { useEffect, useRef, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { useFormats } from "../formats-context.tsx";
import type { ViewCounter } from "./views.ts";

/** How many people saw a post. Being drawn in sight is what counts it. */
export function ViewCount({ views, seq, is_own }: { views: ViewCounter; seq: number; is_own: boolean }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const mark = useRef<HTMLSpanElement>(null);
  const count = useSyncExternalStore(views.subscribe, () => views.countOf(seq));
  useEffect(() => {
    const element = mark.current;
    if (element === null) return;
    const observer = new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting && document.visibilityState === "visible") views.see(seq, is_own);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [views, seq, is_own]);
  return (
    <span className="bubble-views" ref={mark}>
      {count !== undefined && (
        <>
          <Eye aria-hidden="true" />
          <span aria-hidden="true">{formats.compact(count)}</span>
          <span className="visually-hidden">{t("message.views", { count })}</span>
        </>
      )}
    </span>
  );
}
