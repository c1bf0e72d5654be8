import Eye from "lucide-react/icons/eye";
import EyeOff from "lucide-react/icons/eye-off";
import Search from "lucide-react/icons/search";
import X from "lucide-react/icons/x";
import { type HTMLInputTypeAttribute, type KeyboardEvent, type Ref, useState } from "react";
import { Button as AriaButton } from "react-aria-components/Button";
import { Input } from "react-aria-components/Input";
import { Label } from "react-aria-components/Label";
import { SearchField as AriaSearchField } from "react-aria-components/SearchField";
import { Text } from "react-aria-components/Text";
import { TextArea } from "react-aria-components/TextArea";
import { TextField } from "react-aria-components/TextField";
import { useTranslation } from "react-i18next";
import "./field.css";

export interface FieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  name?: string;
  type?: HTMLInputTypeAttribute;
  autoComplete?: string;
  hint?: string;
  /** What is wrong with it, in words; also read out. */
  error?: string | undefined;
  autoFocus?: boolean;
  maxLength?: number;
  rows?: number;
  inputRef?: Ref<HTMLInputElement>;
}

/** A labelled line of text. Errors stand beneath it and never take what was typed. */
export function Field({ label, value, onChange, hint, error, type = "text", rows, inputRef, ...props }: FieldProps) {
  const { t } = useTranslation();
  const [isShown, setShown] = useState(false);
  const isPassword = type === "password";
  return (
    <TextField
      {...props}
      className="field"
      value={value}
      onChange={onChange}
      type={isPassword && isShown ? "text" : type}
      isInvalid={error !== undefined}
      validationBehavior="aria"
    >
      <Label className="field-label">{label}</Label>
      <div className="field-box">
        {rows === undefined ? (
          <Input
            className="field-input"
            // Empty or hidden, there is no direction to find: then that of the page.
            dir={value === "" || (isPassword && !isShown) ? undefined : "auto"}
            ref={inputRef ?? null}
            spellCheck={isPassword ? false : undefined}
          />
        ) : (
          <TextArea className="field-input" dir={value === "" ? undefined : "auto"} rows={rows} />
        )}
        {isPassword && (
          <AriaButton
            className="icon-button field-button"
            aria-label={isShown ? t("auth.hide_password") : t("auth.show_password")}
            onPress={() => setShown(!isShown)}
          >
            {isShown ? <EyeOff /> : <Eye />}
          </AriaButton>
        )}
      </div>
      {error !== undefined && (
        <Text slot="errorMessage" className="field-error">
          {error}
        </Text>
      )}
      {hint !== undefined && error === undefined && (
        <Text slot="description" className="field-hint">
          {hint}
        </Text>
      )}
    </TextField>
  );
}

export interface SearchFieldProps {
  label: string;
  placeholder: string;
  value: string;
  onChange: (value: string) => void;
  inputRef?: Ref<HTMLInputElement>;
  autoFocus?: boolean;
  onKeyDown?: (event: KeyboardEvent<HTMLInputElement>) => void;
  /** Without a box of its own, as the head of a dialog. */
  is_bare?: boolean;
}

export function SearchField({
  label,
  placeholder,
  value,
  onChange,
  inputRef,
  autoFocus = false,
  onKeyDown,
  is_bare = false,
}: SearchFieldProps) {
  const { t } = useTranslation();
  return (
    <AriaSearchField
      className="search-field"
      data-bare={is_bare || undefined}
      aria-label={label}
      value={value}
      onChange={onChange}
      autoFocus={autoFocus}
    >
      <Search aria-hidden="true" />
      <Input
        ref={inputRef ?? null}
        className="search-input"
        placeholder={placeholder}
        dir={value === "" ? undefined : "auto"}
        onKeyDown={onKeyDown}
      />
      {value !== "" && (
        <AriaButton className="icon-button search-clear" aria-label={t("action.clear")}>
          <X />
        </AriaButton>
      )}
    </AriaSearchField>
  );
}
