import { Button as AriaButton, type ButtonProps as AriaButtonProps } from "react-aria-components/Button";
import { Tooltip, TooltipTrigger } from "react-aria-components/Tooltip";
import "./button.css";

export interface ButtonProps extends Omit<AriaButtonProps, "className"> {
  look?: "primary" | "plain" | "quiet" | "danger" | "danger-quiet";
  className?: string;
}

export function Button({ look = "plain", className, ...props }: ButtonProps) {
  return <AriaButton {...props} className={`button ${className ?? ""}`} data-look={look} />;
}

export interface IconButtonProps extends Omit<AriaButtonProps, "className" | "aria-label"> {
  /** Its name: read out, and shown as a tooltip. */
  label: string;
  /** Keys that do the same, shown in the tooltip. */
  keys?: string | undefined;
  className?: string;
}

export function IconButton({ label, keys, className, ...props }: IconButtonProps) {
  return (
    <TooltipTrigger delay={600} closeDelay={80}>
      <AriaButton {...props} aria-label={label} className={`icon-button ${className ?? ""}`} />
      <Tooltip className="tooltip" offset={6}>
        {label}
        {keys !== undefined && <kbd>{keys}</kbd>}
      </Tooltip>
    </TooltipTrigger>
  );
}
