import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { Action, Field, Values } from "../model/action.ts";
import { toMessage } from "../model/rpc.ts";
import { useTools } from "./context.tsx";

/** Asks whether to do something, says what will happen, does it, and tells how that went. */
export function ActionDialog(props: {
  readonly action: Action;
  readonly onDone: (text: string) => void;
  readonly onFail: (text: string) => void;
  readonly onClose: () => void;
}) {
  const { action, onDone, onFail, onClose } = props;
  const { call } = useTools();
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const tellId = useId();
  const [values, setValues] = useState<Values>(() =>
    Object.fromEntries(action.fields.map(({ name, initial }) => [name, initial])),
  );
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<string | undefined>(undefined);

  useEffect(() => dialog.current?.showModal(), []);

  async function run(event: Event): Promise<void> {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    setError(undefined);
    try {
      onDone(await action.run(call, values));
      dialog.current?.close();
    } catch (thrown) {
      const message = toMessage(thrown);
      setError(message);
      onFail(`${action.title}: ${message}`);
      setBusy(false);
    }
  }

  const fields = action.fields.filter(({ isShown }) => isShown?.(values) ?? true);
  const set = (name: string) => (value: string) => setValues((before) => ({ ...before, [name]: value }));
  return (
    <dialog ref={dialog} class="ask" aria-labelledby={titleId} aria-describedby={tellId} onClose={onClose}>
      <form onSubmit={(event) => void run(event)}>
        <h2 id={titleId}>{action.title}</h2>
        {fields.map((field) => (
          <Input key={field.name} field={field} value={values[field.name] ?? ""} onChange={set(field.name)} />
        ))}
        <div id={tellId} class="tell">
          {action.tell(values).map((sentence) => (
            <p key={sentence}>{sentence}</p>
          ))}
        </div>
        {error !== undefined && (
          <p class="error" role="alert">
            The gateway said: {error}
          </p>
        )}
        <div class="buttons">
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="submit" class={action.isHarsh(values) ? "harsh" : "primary"} disabled={isBusy}>
            {isBusy ? "Working …" : action.confirm}
          </button>
        </div>
      </form>
    </dialog>
  );
}

interface InputProps {
  readonly field: Field;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function Input({ field, value, onChange }: InputProps) {
  const id = useId();
  if (field.kind === "choice") return <Choice field={field} value={value} onChange={onChange} />;
  const onInput = ({ currentTarget }: { currentTarget: { value: string } }) => onChange(currentTarget.value);
  const shared = { id, value, onInput, required: true };
  return (
    <p class="field">
      <label for={id}>{field.label}</label>
      {field.kind === "long text" && <textarea {...shared} rows={3} />}
      {field.kind === "minutes" && <input {...shared} type="number" min={0} max={5_256_000} step="any" />}
      {field.kind === "text" && <input {...shared} autocomplete="off" />}
    </p>
  );
}

function Choice({ field, value, onChange }: InputProps) {
  const group = useId();
  return (
    <fieldset class="choice">
      <legend>{field.label}</legend>
      {field.options?.map((option) => (
        <label key={option.value}>
          <input
            type="radio"
            name={group}
            value={option.value}
            checked={option.value === value}
            autofocus={option.value === field.initial}
            onChange={() => onChange(option.value)}
          />
          {option.label}
        </label>
      ))}
    </fieldset>
  );
}
