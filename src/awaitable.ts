/** A value now, or later where it has to be asked for elsewhere. */
export type Awaitable<T> = T | Promise<T>;

/** What `use` makes of a value: now if it is there, which an async function would put off. */
export function whenThere<T, R>(value: Awaitable<T>, use: (value: T) => R): Awaitable<R> {
  return value instanceof Promise ? value.then(use) : use(value);
}
