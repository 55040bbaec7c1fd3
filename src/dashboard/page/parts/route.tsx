import { useEffect, useState } from "preact/hooks";
import { parseRoute, type Route, toHash, type View } from "../model/route.ts";

/** Where somebody is, drawn again when they go elsewhere. */
export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const read = () => setRoute(parseRoute(location.hash));
    addEventListener("hashchange", read);
    return () => removeEventListener("hashchange", read);
  }, []);
  return route;
}

/** Goes to a view. */
export function go(view: View, query: Readonly<Record<string, string | undefined>> = {}, id = ""): void {
  location.hash = toHash(view, query, id);
}

/** Changes what is filtered by without a step that "back" would have to undo. */
export function refine(route: Route, change: Readonly<Record<string, string | undefined>>): void {
  history.replaceState(null, "", toHash(route.view, { ...route.query, ...change }, route.id));
  dispatchEvent(new HashChangeEvent("hashchange"));
}
