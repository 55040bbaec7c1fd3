import { render } from "preact";
import { App } from "./app.tsx";
import { followFeed } from "./model/live.ts";
import { createCall } from "./model/rpc.ts";
import { createToasts } from "./parts/toasts.tsx";

/**
 * The page lies at …/dashboard, behind whatever prefix a proxy puts there. Whole, as nothing can be fetched relative to an
 * address that has a name and a password in it.
 */
const base = location.origin + location.pathname.replace(/\/$/, "");

const { live } = followFeed({
  open({ onData, onError }) {
    const source = new EventSource(`${base}/feed`);
    source.onmessage = ({ data }) => onData(String(data));
    source.onerror = onError;
    return () => source.close();
  },
  now: Date.now,
  every(ms, run) {
    const timer = setInterval(run, ms);
    return { [Symbol.dispose]: () => clearInterval(timer) };
  },
});
const call = createCall(base.replace(/[^/]*$/, "internal"), (url, init) => fetch(url, init));
const root = document.getElementById("app");
if (root) render(<App live={live} call={call} toasts={createToasts()} />, root);
