import { UsersRound } from "lucide-react";
import type { ReactNode } from "react";
import "./avatar.css";
import { hueOf } from "./hue.ts";

/** The first letters of a name: of its first and last word, or of its only one. Whole graphemes, any script. */
function initials(name: string): string {
  const words = name.match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu) ?? [];
  const first = (word: string | undefined): string => {
    const [segment] = new Intl.Segmenter().segment(word ?? "");
    return segment?.segment.toLocaleUpperCase() ?? "";
  };
  return words.length > 1 ? first(words[0]) + first(words.at(-1)) : first(words[0]);
}

export interface AvatarProps {
  /** The id that the hue comes from: a person's or a chat's, so that it stays when the name changes. */
  id: string;
  name: string;
  size?: "tiny" | "small" | "medium" | "large";
  is_group?: boolean;
  /** Stands for something that is neither a person nor a group: drawn in place of the letters. */
  icon?: ReactNode;
}

/** A picture of somebody until they have one. Silent: the name always stands beside it. */
export function Avatar({ id, name, size = "medium", is_group = false, icon }: AvatarProps) {
  const letters = icon === undefined ? initials(name) : "";
  return (
    <span
      className="avatar"
      data-size={size}
      data-group={is_group || undefined}
      style={{ "--hue": hueOf(id) }}
      // Drawn by the style sheet: no text that could be read, found or copied.
      data-letters={letters}
      aria-hidden="true"
    >
      {icon ?? (letters === "" && <UsersRound />)}
    </span>
  );
}
