import type { Call } from "./rpc.ts";

/** What somebody has entered, by the name of the field. */
export type Values = Readonly<Record<string, string>>;

/** A field of a dialog. */
export interface Field {
  readonly name: string;
  readonly label: string;
  readonly kind: "text" | "long text" | "minutes" | "choice";
  readonly initial: string;
  readonly options?: readonly { readonly value: string; readonly label: string }[];
  /** Whether it is there at all. */
  readonly isShown?: (values: Values) => boolean;
}

/** Something that an operator can do: what is asked first, and what is done then. */
export interface Action {
  readonly title: string;
  readonly fields: readonly Field[];
  /** What will happen, in a few sentences. */
  readonly tell: (values: Values) => readonly string[];
  /** The word on the button. */
  readonly confirm: string;
  /** Whether players notice. */
  readonly isHarsh: (values: Values) => boolean;
  /** Does it, and says what was done. */
  readonly run: (call: Call, values: Values) => Promise<string>;
}
