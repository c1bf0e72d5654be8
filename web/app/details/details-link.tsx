import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "react-aria-components/Button";
import type { DetailsPage } from "./details-page.ts";

/** A line that leads to a page of the panel, with what stands there in a word or a number. */
export function DetailsLink({
  page,
  icon,
  label,
  value,
  badge,
  onPage,
}: {
  page: DetailsPage;
  icon: ReactNode;
  label: string;
  value?: string | undefined;
  /** A number that asks for attention. */
  badge?: string | undefined;
  onPage: (page: DetailsPage) => void;
}) {
  return (
    <Button className="details-link" data-page={page} onPress={() => onPage(page)}>
      {icon}
      <span className="details-link-label">{label}</span>
      {value !== undefined && <span className="details-quiet ellipsis">{value}</span>}
      {badge !== undefined && <span className="badge tabular">{badge}</span>}
      <ChevronRight aria-hidden="true" className="icon-directional" />
    </Button>
  );
}
