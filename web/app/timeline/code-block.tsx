import { Check, Copy } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

const TOLD_MS = 1_600;

/** A block of code. Its colours come when the highlighter is there; the code is readable before. */
export function CodeBlock({ language, text }: { language: string; text: string }) {
  const { t } = useTranslation();
  const [coloured, setColoured] = useState<{ text: string; nodes: ReactNode[] } | undefined>(undefined);
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (language === "") return;
    let isGone = false;
    import("./highlight.ts").then(
      ({ highlight }) => {
        const nodes = isGone ? undefined : highlight(language, text);
        if (nodes !== undefined) setColoured({ text, nodes });
      },
      // Without a network the code stays plain.
      () => undefined,
    );
    return () => {
      isGone = true;
    };
  }, [language, text]);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), TOLD_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  return (
    <div className="code-block" dir="ltr">
      <div className="code-head">
        <span data-uncopied>{language}</span>
        <button
          type="button"
          className="code-copy"
          tabIndex={-1}
          aria-label={t(isCopied ? "message.copied" : "message.copy_code")}
          onClick={() =>
            void navigator.clipboard.writeText(text).then(
              () => setCopied(true),
              () => undefined,
            )
          }
        >
          {isCopied ? <Check aria-hidden="true" /> : <Copy aria-hidden="true" />}
        </button>
      </div>
      <pre className="code-text" data-source-open={`\`\`\`${language}\n`} data-source-close={"\n```"}>
        {coloured?.text === text ? coloured.nodes : text}
      </pre>
    </div>
  );
}
