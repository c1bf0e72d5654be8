import { CalendarClock, ChartBarBig, MapPin, Plus, Smile, Sticker as StickerIcon, UserRound } from "lucide-react";
import { type ReactNode, Suspense, useState } from "react";
import { Dialog, DialogTrigger } from "react-aria-components/Dialog";
import { Popover } from "react-aria-components/Popover";
import { useTranslation } from "react-i18next";
import type { SendableContent, SendableType } from "../../../src/protocol/content.ts";
import type { ChatHandle, ChatScreen } from "../../sync/client.ts";
import { type Action, ActionMenuButton } from "../../ui/action-menu.tsx";
import { IconButton } from "../../ui/button.tsx";
import { Choice } from "../../ui/choice.tsx";
import { useFormats } from "../formats-context.tsx";
import { useParley, useReadable } from "../parley-context.tsx";
import { EmojiPicker } from "../screens.ts";
import { ContactDialog, PlaceDialog, PollDialog, ScheduledDialog, StickerPicker } from "./dialogs.ts";
import { type DelayOptions, expiryAction, laterActions } from "./send-button.tsx";
import { learnStickerOrder } from "./sticker-order.ts";

type Made = (type: SendableType, content: SendableContent) => void;

export interface ComposerToolsProps {
  handle: ChatHandle;
  screen: ChatScreen;
  delays: DelayOptions;
  is_thread: boolean;
  is_editing: boolean;
  onEmoji: (emoji: string) => void;
  onContent: Made;
  /** The focus goes back to writing. */
  onDone: () => void;
}

type Opened = "poll" | "location" | "contact" | "scheduled";

/** What stands before the text: things that are not text, emoji and stickers, and what waits for its time. */
export function ComposerTools(props: ComposerToolsProps) {
  const { handle, screen, delays, is_thread, is_editing, onContent, onDone } = props;
  const { t } = useTranslation();
  const formats = useFormats();
  const [opened, setOpened] = useState<Opened | undefined>(undefined);
  const scheduled = useReadable(handle.scheduled);
  const close = (): void => {
    setOpened(undefined);
    // After the dialog has given the focus back.
    setTimeout(onDone, 50);
  };
  const open = (id: Opened, label: string, icon: ReactNode): Action => ({ id, label, icon, run: () => setOpened(id) });
  const moments = laterActions(t, formats, delays);
  const later: Action[] =
    moments.length === 0
      ? []
      : [
          {
            id: "later",
            label: t("later.choose"),
            icon: <CalendarClock />,
            run: () => undefined,
            choices: moments,
          },
        ];
  return (
    <>
      {!is_editing && (
        <ActionMenuButton
          label={t("composer.add")}
          icon={<Plus />}
          placement="top start"
          actions={[
            open("poll", t("kind.poll"), <ChartBarBig />),
            open("location", t("kind.location"), <MapPin />),
            open("contact", t("kind.contact"), <UserRound />),
            ...(is_thread ? [] : [open("scheduled", t("later.list"), <CalendarClock />)]),
            ...later,
            expiryAction(t, formats, delays),
          ]}
        />
      )}
      <Emoticons {...props} />
      {scheduled.length > 0 && !is_thread && !is_editing && (
        <IconButton
          label={t("later.waiting", { count: scheduled.length })}
          className="composer-scheduled"
          onPress={() => setOpened("scheduled")}
        >
          <CalendarClock />
        </IconButton>
      )}
      <Suspense fallback={null}>
        {opened === "poll" && <PollDialog onMade={(poll) => onContent("poll", poll)} onClose={close} />}
        {opened === "location" && <PlaceDialog onMade={(place) => onContent("location", place)} onClose={close} />}
        {opened === "contact" && <ContactDialog onMade={(card) => onContent("contact", card)} onClose={close} />}
        {opened === "scheduled" && <ScheduledDialog handle={handle} title={screen.title} onClose={close} />}
      </Suspense>
    </>
  );
}

function Emoticons({ is_editing, onEmoji, onContent, onDone }: ComposerToolsProps) {
  const { t } = useTranslation();
  const client = useParley();
  const [isOpen, setOpen] = useState(false);
  const [shown, setShown] = useState<"emoji" | "stickers">("emoji");
  const done = (): void => {
    setOpen(false);
    // After the popover has given the focus back to its button.
    setTimeout(onDone, 50);
  };
  return (
    <DialogTrigger
      isOpen={isOpen}
      onOpenChange={(isOpening) => {
        setOpen(isOpening);
        if (isOpening) void learnStickerOrder(client);
      }}
    >
      <IconButton label={t("composer.emoji")}>{shown === "emoji" ? <Smile /> : <StickerIcon />}</IconButton>
      <Popover className="emoji-popover" placement="top start" offset={10}>
        <Dialog aria-label={t("emoji.title")} className="emoticons">
          {!is_editing && (
            <div className="emoticons-choice">
              <Choice
                label={t("emoji.kind")}
                value={shown}
                options={[
                  { id: "emoji", label: t("emoji.title") },
                  { id: "stickers", label: t("stickers.title") },
                ]}
                onChange={setShown}
              />
            </div>
          )}
          <Suspense fallback={<div className="emoji-wait">{t("emoji.loading")}</div>}>
            {shown === "emoji" || is_editing ? (
              <EmojiPicker
                onPick={(emoji, isKeptOpen) => {
                  onEmoji(emoji);
                  if (!isKeptOpen) done();
                }}
              />
            ) : (
              <StickerPicker
                onPick={(sticker_id) => {
                  onContent("sticker", { sticker_id });
                  done();
                }}
              />
            )}
          </Suspense>
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
