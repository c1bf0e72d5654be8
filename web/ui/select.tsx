import { Check, ChevronDown } from "lucide-react";
import { Button } from "react-aria-components/Button";
import { Label } from "react-aria-components/Label";
import { ListBox, ListBoxItem } from "react-aria-components/ListBox";
import { Popover } from "react-aria-components/Popover";
import { Select as AriaSelect, SelectValue } from "react-aria-components/Select";
import "./select.css";

export interface SelectProps<T extends string> {
  label: string;
  hint?: string;
  value: T;
  options: readonly { id: T; label: string; hint?: string }[];
  onChange: (value: T) => void;
  isDisabled?: boolean;
  /** `row`: the label beside its value, as a line of settings; `field`: above it, as in a form. */
  look?: "row" | "field";
}

/** One of several, of which only the chosen one is in sight. */
export function Select<T extends string>({
  label,
  hint,
  value,
  options,
  onChange,
  isDisabled = false,
  look = "row",
}: SelectProps<T>) {
  return (
    <AriaSelect
      className="select"
      data-look={look}
      selectedKey={value}
      isDisabled={isDisabled}
      onSelectionChange={(key) => {
        const chosen = options.find((option) => option.id === key);
        if (chosen !== undefined && chosen.id !== value) onChange(chosen.id);
      }}
    >
      <span className="select-words">
        <Label className="select-label">{label}</Label>
        {hint !== undefined && <small>{hint}</small>}
      </span>
      <Button className="select-button">
        <SelectValue className="select-value ellipsis">{({ selectedText }) => selectedText}</SelectValue>
        <ChevronDown aria-hidden="true" />
      </Button>
      <Popover className="menu-popover select-popover" placement="bottom end" offset={4}>
        <ListBox className="menu" items={options}>
          {(option) => (
            <ListBoxItem id={option.id} textValue={option.label} className="menu-item select-item">
              <span className="menu-label">
                {option.label}
                {option.hint !== undefined && <small className="select-item-hint">{option.hint}</small>}
              </span>
              <Check aria-hidden="true" className="select-check" />
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}
