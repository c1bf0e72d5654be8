import { AArrowDown, AArrowUp } from "lucide-react";
import { useTranslation } from "react-i18next";
import { LANGUAGES } from "../../i18n/language.ts";
import { IconButton } from "../../ui/button.tsx";
import { Choice, Switch } from "../../ui/choice.tsx";
import { useFormats } from "../formats-context.tsx";
import { preferences, TEXT_SCALES, THEMES, usePreferences } from "../preferences.ts";

/** How this device shows Parley; nothing of it leaves the device. */
export function AppearancePage() {
  const { t } = useTranslation();
  const formats = useFormats();
  const chosen = usePreferences();
  const step = (TEXT_SCALES as readonly number[]).indexOf(chosen.text_scale);
  const resize = (by: 1 | -1): void => {
    const next = TEXT_SCALES[step + by];
    if (next !== undefined) preferences.set({ text_scale: next });
  };
  return (
    <>
      <div className="settings-row">
        <h3>{t("settings.theme")}</h3>
        <Choice
          label={t("settings.theme")}
          value={chosen.theme}
          onChange={(theme) => preferences.set({ theme })}
          options={THEMES.map((id) => ({ id, label: t(`settings.theme_${id}`) }))}
        />
      </div>
      <Switch
        label={t("settings.contrast")}
        is_on={chosen.has_more_contrast}
        onChange={(isOn) => preferences.set({ has_more_contrast: isOn })}
      />
      <div className="settings-row">
        <h3>{t("settings.language")}</h3>
        <Choice
          label={t("settings.language")}
          value={chosen.language}
          onChange={(language) => preferences.set({ language })}
          options={LANGUAGES.map(({ code, name }) => ({ id: code, label: name }))}
        />
      </div>
      <div className="settings-row">
        <h3>{t("settings.own_side")}</h3>
        <Choice
          label={t("settings.own_side")}
          value={chosen.own_side}
          onChange={(own_side) => preferences.set({ own_side })}
          options={[
            { id: "end", label: t("settings.own_side_end") },
            { id: "start", label: t("settings.own_side_start") },
          ]}
        />
      </div>
      <div className="settings-row">
        <h3>{t("settings.text_size")}</h3>
        <div className="text-size">
          <IconButton label={t("settings.smaller")} isDisabled={step <= 0} onPress={() => resize(-1)}>
            <AArrowDown />
          </IconButton>
          <output aria-live="polite" className="tabular">
            {formats.percent(chosen.text_scale)}
          </output>
          <IconButton
            label={t("settings.larger")}
            isDisabled={step >= TEXT_SCALES.length - 1}
            onPress={() => resize(1)}
          >
            <AArrowUp />
          </IconButton>
        </div>
      </div>
      <Switch
        label={t("settings.single_keys")}
        hint={t("settings.single_keys_hint")}
        is_on={chosen.has_single_keys}
        onChange={(isOn) => preferences.set({ has_single_keys: isOn })}
      />
    </>
  );
}
