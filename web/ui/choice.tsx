import type { Key } from "react-aria-components";
import { Switch as AriaSwitch } from "react-aria-components/Switch";
import { ToggleButton } from "react-aria-components/ToggleButton";
import { ToggleButtonGroup } from "react-aria-components/ToggleButtonGroup";
import "./choice.css";

export interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  options: readonly { id: T; label: string }[];
  onChange: (value: T) => void;
  look?: "segments" | "chips";
}

/** One of a few, all in sight. */
export function Choice<T extends string>({ label, value, options, onChange, look = "segments" }: ChoiceProps<T>) {
  const choose = (keys: Set<Key>): void => {
    const chosen = options.find(({ id }) => keys.has(id));
    if (chosen !== undefined) onChange(chosen.id);
  };
  return (
    <ToggleButtonGroup
      className="choice"
      data-look={look}
      aria-label={label}
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[value]}
      onSelectionChange={choose}
    >
      {options.map((option) => (
        <ToggleButton key={option.id} id={option.id} className="choice-option">
          {option.label}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  );
}

export function Switch({
  label,
  hint,
  is_on,
  isDisabled = false,
  onChange,
}: {
  label: string;
  hint?: string;
  is_on: boolean;
  isDisabled?: boolean;
  onChange: (isOn: boolean) => void;
}) {
  return (
    <AriaSwitch className="switch" isSelected={is_on} isDisabled={isDisabled} onChange={onChange}>
      <span className="switch-words">
        {label}
        {hint !== undefined && <small>{hint}</small>}
      </span>
      <span className="switch-track">
        <span className="switch-thumb" />
      </span>
    </AriaSwitch>
  );
}
