import { EmojiPicker as Picker } from "frimousse";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { ARABIC_EMOJI_GROUPS } from "../../i18n/arabic-emoji-groups.ts";
import { usePreferences } from "../preferences.ts";
import "./emoji-picker.css";

/** The picker counts its rows and columns from zero; ARIA counts from one, and zero is no place at all. */
function countedFromOne(props: { "aria-rowindex"?: number | undefined; "aria-colindex"?: number | undefined }) {
  const { "aria-rowindex": row, "aria-colindex": column } = props;
  return {
    ...(row === undefined ? {} : { "aria-rowindex": Math.max(0, row) + 1 }),
    ...(column === undefined ? {} : { "aria-colindex": Math.max(0, column) + 1 }),
  };
}

/** Emoji by category and by name, from this origin. With Shift held it stays open for more. */
export function EmojiPicker({ onPick }: { onPick: (emoji: string, isKeptOpen: boolean) => void }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const groupName = (name: string): string =>
    (language === "ar" ? ARABIC_EMOJI_GROUPS.get(name.toLowerCase()) : undefined) ?? name;
  const hasShift = useRef(false);
  const note = (event: { shiftKey: boolean }): void => {
    hasShift.current = event.shiftKey;
  };
  return (
    <Picker.Root
      className="emoji-picker"
      locale={language === "de" ? "de" : "en"}
      emojibaseUrl="/emoji"
      columns={9}
      onKeyDownCapture={note}
      onPointerDownCapture={note}
      onEmojiSelect={({ emoji }) => onPick(emoji, hasShift.current)}
    >
      <div className="emoji-head">
        <Picker.Search
          className="search-input"
          aria-label={t("emoji.search")}
          placeholder={t("emoji.search")}
          autoFocus
        />
        <Picker.SkinToneSelector className="icon-button emoji-tone" aria-label={t("emoji.skin_tone")} />
      </div>
      <Picker.Viewport className="emoji-view">
        <Picker.Loading className="emoji-note">{t("emoji.loading")}</Picker.Loading>
        <Picker.Empty className="emoji-note">{t("emoji.empty")}</Picker.Empty>
        <Picker.List
          className="emoji-list"
          components={{
            CategoryHeader: ({ category, ...props }) => (
              <div {...props} className="emoji-category">
                {groupName(category.label)}
              </div>
            ),
            Row: ({ children, ...props }) => (
              <div {...props} {...countedFromOne(props)} className="emoji-row">
                {children}
              </div>
            ),
            Emoji: ({ emoji, ...props }) => (
              <button
                {...props}
                {...countedFromOne(props)}
                type="button"
                className="emoji-button"
                data-on={emoji.isActive || undefined}
              >
                {emoji.emoji}
              </button>
            ),
          }}
        />
      </Picker.Viewport>
    </Picker.Root>
  );
}
