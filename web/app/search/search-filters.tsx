import { SlidersHorizontal, X } from "lucide-react";
import { useId, useState } from "react";
import { Button as AriaButton } from "react-aria-components/Button";
import { useTranslation } from "react-i18next";
import { SendableType } from "../../../src/protocol/content.ts";
import { Choice } from "../../ui/choice.tsx";
import { Field } from "../../ui/field.tsx";
import { Select } from "../../ui/select.tsx";
import { useFormats } from "../formats-context.tsx";
import { isNarrowed, NO_FILTERS, type SearchFilters } from "./message-search.ts";
import "./search.css";

const ANY = "any";

export interface FilterBarProps {
  filters: SearchFilters;
  onChange: (filters: SearchFilters) => void;
  /** Who may have written it. */
  people: readonly { user_id: string; name: string }[];
  /** Where it may stand; absent within one chat. */
  chats?: readonly { chat_id: string; name: string }[];
}

type Narrowing = Exclude<keyof SearchFilters, "order">;

function without(filters: SearchFilters, key: Narrowing): SearchFilters {
  const { [key]: _gone, ...rest } = filters;
  return rest;
}

/** What narrows the search: a chip for each, to take it away, and behind a button the fields that set them. */
export function FilterBar({ filters, onChange, people, chats }: FilterBarProps) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  return (
    <div className="search-filters">
      <div className="search-chips">
        <AriaButton
          className="search-chip"
          aria-expanded={isOpen}
          aria-controls={id}
          onPress={() => setOpen(!isOpen)}
          data-on={isOpen || undefined}
        >
          <SlidersHorizontal aria-hidden="true" />
          {t("search.filters")}
        </AriaButton>
        <FilterChips filters={filters} onChange={onChange} />
      </div>
      <div id={id} hidden={!isOpen} className="search-fields">
        {isOpen && (
          <FilterFields
            filters={filters}
            onChange={onChange}
            people={people}
            {...(chats === undefined ? {} : { chats })}
          />
        )}
      </div>
    </div>
  );
}

function FilterChips({ filters, onChange }: Pick<FilterBarProps, "filters" | "onChange">) {
  const { t } = useTranslation();
  const formats = useFormats();
  const day = (date: string): string => formats.date(Date.parse(`${date}T12:00:00`));
  const chips: { key: Narrowing; label: string }[] = [];
  if (filters.from !== undefined)
    chips.push({ key: "from", label: t("search.chip_from", { name: filters.from.name }) });
  if (filters.in !== undefined) chips.push({ key: "in", label: t("search.chip_in", { name: filters.in.name }) });
  if (filters.after !== undefined)
    chips.push({ key: "after", label: t("search.chip_after", { date: day(filters.after) }) });
  if (filters.before !== undefined)
    chips.push({ key: "before", label: t("search.chip_before", { date: day(filters.before) }) });
  if (filters.has !== undefined) chips.push({ key: "has", label: t(`search.has_${filters.has}`) });
  if (filters.message_type !== undefined)
    chips.push({ key: "message_type", label: t(`search.type_${filters.message_type}`) });
  return (
    <>
      {chips.map(({ key, label }) => (
        <AriaButton
          key={key}
          className="search-chip"
          data-active
          aria-label={t("search.chip_remove", { filter: label })}
          onPress={() => onChange(without(filters, key))}
        >
          <span className="ellipsis">{label}</span>
          <X aria-hidden="true" />
        </AriaButton>
      ))}
      {isNarrowed(filters) && chips.length > 1 && (
        <AriaButton className="search-chip" onPress={() => onChange({ ...NO_FILTERS, order: filters.order })}>
          {t("search.clear_filters")}
        </AriaButton>
      )}
    </>
  );
}

function FilterFields({ filters, onChange, people, chats }: FilterBarProps) {
  const { t } = useTranslation();
  return (
    <>
      <Select
        label={t("search.from")}
        value={filters.from?.user_id ?? ANY}
        options={[
          { id: ANY, label: t("search.anybody") },
          ...people.map((person) => ({ id: person.user_id, label: person.name })),
        ]}
        onChange={(id) => {
          const from = people.find((person) => person.user_id === id);
          onChange(from === undefined ? without(filters, "from") : { ...filters, from });
        }}
      />
      {chats !== undefined && (
        <Select
          label={t("search.in")}
          value={filters.in?.chat_id ?? ANY}
          options={[
            { id: ANY, label: t("search.anywhere") },
            ...chats.map((chat) => ({ id: chat.chat_id, label: chat.name })),
          ]}
          onChange={(id) => {
            const chat = chats.find((one) => one.chat_id === id);
            onChange(chat === undefined ? without(filters, "in") : { ...filters, in: chat });
          }}
        />
      )}
      <div className="search-dates">
        <Field
          label={t("search.after")}
          type="date"
          value={filters.after ?? ""}
          onChange={(after) => onChange(after === "" ? without(filters, "after") : { ...filters, after })}
        />
        <Field
          label={t("search.before")}
          type="date"
          value={filters.before ?? ""}
          onChange={(before) => onChange(before === "" ? without(filters, "before") : { ...filters, before })}
        />
      </div>
      <Select
        label={t("search.has")}
        value={filters.has ?? ANY}
        options={[
          { id: ANY, label: t("search.anything") },
          { id: "link", label: t("search.has_link") },
          { id: "mention", label: t("search.has_mention") },
        ]}
        onChange={(has) => onChange(has === ANY ? without(filters, "has") : { ...filters, has })}
      />
      <Select
        label={t("search.type")}
        value={filters.message_type ?? ANY}
        options={[
          { id: ANY, label: t("search.anything") },
          ...SendableType.options.map((id) => ({ id, label: t(`search.type_${id}`) })),
        ]}
        onChange={(type) =>
          onChange(type === ANY ? without(filters, "message_type") : { ...filters, message_type: type })
        }
      />
    </>
  );
}

/** The latest first, or what fits best. */
export function OrderChoice({ filters, onChange }: Pick<FilterBarProps, "filters" | "onChange">) {
  const { t } = useTranslation();
  return (
    <Choice
      look="chips"
      label={t("search.order")}
      value={filters.order}
      onChange={(order) => onChange({ ...filters, order })}
      options={[
        { id: "newest", label: t("search.newest") },
        { id: "best", label: t("search.best") },
      ]}
    />
  );
}
