import { useEffect, useState } from "preact/hooks";
import { formatDuration } from "../model/format.ts";
import { useLive, useNow, useTools } from "./context.tsx";
import { Icon } from "./icons.tsx";

/** The bar above every view: which gateway this is, whether what is shown is true now, light or dark. */
export function TopBar() {
  const version = useLive(({ fleet }) => fleet?.version);
  const user = useLive(({ fleet }) => fleet?.user);
  return (
    <header class="top">
      <a class="brand" href="#/fleet">
        <Icon name="server" />
        ODIN gateway
      </a>
      {version && <span class="muted version">{version}</span>}
      <Connection />
      {user && <span class="muted user">signed in as {user}</span>}
      <ThemeSwitch />
    </header>
  );
}

function Connection() {
  const isConnected = useLive((live) => live.isConnected);
  const isKnown = useLive(({ fleet }) => fleet !== undefined);
  return (
    <span class={`connection ${isConnected ? "good" : "bad"}`}>
      <span role="status">{isConnected ? "live" : isKnown ? "not connected" : "connecting"}</span>
      {!isConnected && isKnown && <LostFor />}
    </span>
  );
}

/** Beside what is read out, as it changes every second. */
function LostFor() {
  useNow();
  const { live } = useTools();
  return <span aria-hidden="true">&nbsp;for {formatDuration(Date.now() - live.get().heardAt)}</span>;
}

type Theme = "light" | "dark";
const KEY = "odin-gateway-theme";

/** The system's choice, until somebody chooses otherwise. */
function ThemeSwitch() {
  const [chosen, setChosen] = useState(readChosen);
  const [preferred, setPreferred] = useState(readPreferred);
  const theme = chosen ?? preferred;
  useEffect(() => {
    const query = matchMedia("(prefers-color-scheme: dark)");
    const read = () => setPreferred(readPreferred());
    query.addEventListener("change", read);
    return () => query.removeEventListener("change", read);
  }, []);
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
    dispatchEvent(new Event("themechange"));
  }, [theme]);
  const other: Theme = theme === "dark" ? "light" : "dark";
  const flip = () => {
    keepChosen(other);
    setChosen(other);
  };
  return (
    <button
      type="button"
      class="quiet theme"
      aria-label={`Switch to the ${other} theme`}
      title={`Switch to ${other}`}
      onClick={flip}
    >
      <Icon name={theme === "dark" ? "sun" : "moon"} />
    </button>
  );
}

function readPreferred(): Theme {
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** Browsers may forbid to keep anything. */
function readChosen(): Theme | undefined {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === "light" || kept === "dark" ? kept : undefined;
  } catch {
    return undefined;
  }
}

function keepChosen(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Then the choice lasts as long as the page.
  }
}
