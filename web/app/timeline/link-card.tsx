import type { LinkPreview } from "../../../src/protocol/content.ts";
import { OneLine } from "../../ui/one-line.tsx";
import "./link-card.css";

/** Only what a browser may open: the server fetched it, but the address came from somebody. */
const isWeb = (url: string): boolean => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);

/** What a linked page says of itself, fetched by the server. */
export function LinkCard({ preview, is_active }: { preview: LinkPreview; is_active: boolean }) {
  const { url, title, description, site_name } = preview;
  if (!isWeb(url)) return null;
  return (
    <a
      className="link-card"
      href={url}
      target="_blank"
      rel="noopener noreferrer"
      tabIndex={is_active ? 0 : -1}
      data-uncopied
    >
      <OneLine className="link-site">{site_name ?? new URL(url).host}</OneLine>
      <strong className="link-title" dir="auto">
        {title}
      </strong>
      {description !== undefined && (
        <span className="link-words" dir="auto">
          {description}
        </span>
      )}
    </a>
  );
}
