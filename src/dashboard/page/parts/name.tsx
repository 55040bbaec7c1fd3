import { formatName } from "../model/format.ts";

/** A name that somebody else chose: in its own direction, cut where it is too long, whole when it is pointed at. */
export function Name({ of: name }: { readonly of: string }) {
  const text = formatName(name);
  return (
    <bdi class="name" title={text}>
      {text}
    </bdi>
  );
}
