/** JSON of a shape that the test itself checks. */
// biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of every shape
export type Json = any;
