import { Button } from "react-aria-components/Button";
import { Tooltip, TooltipTrigger } from "react-aria-components/Tooltip";
import { useTranslation } from "react-i18next";
import type { TimelineMessage } from "../../sync/client.ts";
import { useFormats } from "../formats-context.tsx";
import { isFreshReaction } from "./fresh-reaction.ts";
import "./reactions.css";
import { useRowVerbs } from "./row-verbs.ts";

type Reaction = NonNullable<TimelineMessage["reactions"]>[number];

const NAMED = 12;

/** The emoji under a message with their counts; pressing one sets it, or takes it back. */
export function Reactions({
  row_key,
  reactions,
  is_active,
  can_react,
}: {
  row_key: string;
  reactions: readonly Reaction[];
  is_active: boolean;
  can_react: boolean;
}) {
  const { t } = useTranslation();
  return (
    <ul className="reactions" aria-label={t("reaction.list")}>
      {reactions.map((reaction) => (
        <li key={reaction.emoji}>
          <Chip row_key={row_key} reaction={reaction} is_active={is_active} can_react={can_react} />
        </li>
      ))}
    </ul>
  );
}

interface ChipProps {
  row_key: string;
  reaction: Reaction;
  is_active: boolean;
  can_react: boolean;
}

function Chip({ row_key, reaction, is_active, can_react }: ChipProps) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { setReaction } = useRowVerbs();
  const { emoji, count, is_own } = reaction;
  return (
    <TooltipTrigger delay={500} closeDelay={80}>
      <Button
        className="reaction"
        data-fresh={(is_own && isFreshReaction(row_key, emoji)) || undefined}
        aria-pressed={is_own}
        excludeFromTabOrder={!is_active}
        isDisabled={!can_react}
        onPress={() => setReaction(row_key, emoji, !is_own)}
      >
        <span className="reaction-emoji" aria-hidden="true">
          {emoji}
        </span>
        <span className="tabular" aria-hidden="true">
          {formats.capped(count, 999)}
        </span>
        <span className="visually-hidden">{t("reaction.count", { emoji, count })}</span>
      </Button>
      <Tooltip className="tooltip" offset={6}>
        <Names reaction={reaction} />
      </Tooltip>
    </TooltipTrigger>
  );
}

function Names({ reaction }: { reaction: Reaction }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { nameOf } = useRowVerbs();
  const shown = reaction.user_ids.slice(0, NAMED).map(nameOf);
  const names = formats.list(shown);
  const more = reaction.count - shown.length;
  return more > 0 ? t("reaction.and_more", { names, more }) : names;
}
