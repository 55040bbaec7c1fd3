import { createStore, type Store } from "../model/store.ts";
import { useStore } from "./context.tsx";

/** A short notice of what was done. */
export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly isError: boolean;
}

/** The notices that are shown. */
export interface Toasts {
  readonly shown: Store<readonly Toast[]>;
  readonly show: (text: string, isError?: boolean) => void;
  readonly hide: (id: number) => void;
}

const SHOWN_MS = 8_000;

/** Creates the notices; a good one goes by itself, an error stays until it is put away. */
export function createToasts(): Toasts {
  const shown = createStore<readonly Toast[]>([]);
  const hide = (id: number) => shown.set(shown.get().filter((toast) => toast.id !== id));
  let last = 0;
  return {
    shown,
    hide,
    show(text, isError = false) {
      const id = ++last;
      shown.set([...shown.get(), { id, text, isError }]);
      if (!isError) setTimeout(() => hide(id), SHOWN_MS);
    },
  };
}

/** The notices, read out as they come. */
export function ToastList({ toasts }: { readonly toasts: Toasts }) {
  const shown = useStore(toasts.shown, (list) => list);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {shown.map(({ id, text, isError }) => (
        <p key={id} class={isError ? "toast bad" : "toast good"}>
          <span>{text}</span>
          <button type="button" class="quiet" aria-label="Put this notice away" onClick={() => toasts.hide(id)}>
            ✕
          </button>
        </p>
      ))}
    </div>
  );
}
