import { useId } from "preact/hooks";
import { Icon } from "./icons.tsx";

/** A field that narrows a list down; the first on the page is where `/` leads. */
export function FilterField(props: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onEnter?: () => void;
  readonly hasKey?: boolean;
}) {
  const { label, value, onChange, onEnter, hasKey = false } = props;
  const id = useId();
  return (
    <span class="filter">
      <label for={id} class="hidden">
        {label}
      </label>
      <Icon name="search" />
      <input
        id={id}
        type="search"
        autocomplete="off"
        spellcheck={false}
        placeholder={label}
        value={value}
        data-filter={hasKey ? "" : undefined}
        aria-keyshortcuts={hasKey ? "/" : undefined}
        onInput={({ currentTarget }) => onChange(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") onEnter?.();
          if (event.key === "Escape" && value !== "") onChange("");
        }}
      />
      {hasKey && value === "" && (
        <span class="key" aria-hidden="true">
          /
        </span>
      )}
    </span>
  );
}

/** A choice of one value, or all. */
export function FilterChoice(props: {
  readonly label: string;
  readonly all: string;
  readonly value: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly onChange: (value: string) => void;
}) {
  const { label, all, value, options, onChange } = props;
  const id = useId();
  return (
    <span class="choose">
      <label for={id} class="hidden">
        {label}
      </label>
      <select id={id} value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
        <option value="">{all}</option>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </span>
  );
}
