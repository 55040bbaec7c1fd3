import type { ComponentChildren } from "preact";
import { Scroll } from "./frame.tsx";

/** What stands above a column: its name, if only who cannot see it needs that; and whether it holds numbers. */
export interface Column {
  readonly name: string;
  readonly class?: "count";
  readonly isHidden?: boolean;
}

/** A column of numbers. */
export const counts = (name: string): Column => ({ name, class: "count" });

/** The column of buttons. */
export const ACTIONS: Column = { name: "Actions", isHidden: true };

/** A table whose rows become cards where there is little room; its children are the rows. */
export function CardTable(props: {
  readonly columns: readonly (Column | string)[];
  readonly children: ComponentChildren;
}) {
  const columns = props.columns.map((column): Column => (typeof column === "string" ? { name: column } : column));
  return (
    <Scroll>
      <table class="cards">
        <thead>
          <tr>
            {columns.map(({ name, class: kind, isHidden }) => (
              <th key={name} scope="col" class={kind}>
                {isHidden ? <span class="hidden">{name}</span> : name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{props.children}</tbody>
      </table>
    </Scroll>
  );
}
