import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import type { Pages } from "./pages.tsx";

/** A part of a view with a heading of its own. */
export function Section(props: {
  title: string;
  children: ComponentChildren;
  side?: ComponentChildren;
  class?: string;
}) {
  const id = useId();
  return (
    <section class={`card ${props.class ?? ""}`} aria-labelledby={id}>
      <header>
        <h2 id={id}>{props.title}</h2>
        {props.side}
      </header>
      {props.children}
    </section>
  );
}

/** The heading of a view, to which the focus goes when somebody comes to it. */
export function Heading({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <header class="heading">
      <h1 tabIndex={-1}>{title}</h1>
      {children}
    </header>
  );
}

/** The place of a list: what is wrong, that it is being read, that there is nothing, or the list and a way to more. */
export function Listed<T>(props: { pages: Pages<T>; empty: string; children: ComponentChildren }) {
  const { pages, empty, children } = props;
  return (
    <>
      {pages.error !== undefined && (
        <p class="error" role="alert">
          This could not be read: {pages.error}{" "}
          <button type="button" onClick={pages.refresh}>
            Try again
          </button>
        </p>
      )}
      {!pages.isLoaded && pages.error === undefined && <Loading />}
      {pages.isLoaded && pages.items.length === 0 && <p class="empty">{empty}</p>}
      {pages.items.length > 0 && children}
      {pages.hasMore && <ShowMore isLoading={pages.isLoading} onClick={pages.showMore} />}
    </>
  );
}

/** The way to more of a list. */
export function ShowMore({ isLoading = false, onClick }: { isLoading?: boolean; onClick: () => void }) {
  return (
    <p class="more">
      <button type="button" disabled={isLoading} onClick={onClick}>
        {isLoading ? "Reading …" : "Show more"}
      </button>
    </p>
  );
}

/** Something is on its way. */
export function Loading() {
  return (
    <p class="loading" role="status">
      Reading …
    </p>
  );
}

/** A box in which a wide table scrolls, so that the page does not. */
export function Scroll({ children }: { children: ComponentChildren }) {
  return <div class="scroll">{children}</div>;
}
