/** The room that a call is about, unless the test says otherwise. */
export const ROOM = { customer: "acme", namespace: "acme", room: "a" };

/** An update of that room. */
export const update = (byte: number) => ({ ...ROOM, userData: [byte] });
