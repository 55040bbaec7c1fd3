import * as v from "valibot";
import { secret } from "./secret-schema.ts";
import { text } from "./values.ts";

/** What a webhook can be told of. */
export const WEBHOOK_EVENTS = [
  "server.added",
  "server.disabled",
  "server.removed",
  "server.drained",
  "room.opened",
  "room.closed",
  "room.moved",
  "ban.added",
  "ban.ended",
  "limit.reached",
  "config.reloaded",
  "config.failed",
] as const;

/** Name of something that a webhook can be told of. */
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

const MAX_WEBHOOKS = 20;
const NAMES = WEBHOOK_EVENTS.join(", ");

const url = v.pipe(
  text("Where events are sent to, `http` or `https`; its host is shown in logs and metrics, its path and query never"),
  v.check((value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol), "must be an http(s) URL"),
  v.check((value) => {
    const { username = "", password = "" } = URL.parse(value) ?? {};
    return username === "" && password === "";
  }, "must be without a name and a password: the signature says who sends"),
  v.check((value) => !value.includes("#"), "must be without a fragment, which nobody would be sent"),
);

const eventNames = v.pipe(
  v.array(v.picklist(WEBHOOK_EVENTS, `must be one of ${NAMES}`), `must be "*" or a list of ${NAMES}`),
  v.nonEmpty("must name at least one event"),
);
const allEvents = v.literal("*", `must be "*" or a list of ${NAMES}`);

/** Who is told what happens. */
export const webhooks = v.pipe(
  v.array(
    v.strictObject(
      {
        url,
        secret: secret(
          "Secret that the signatures are made with: `whsec_` and base64, or any text, of 24 bytes or more",
        ),
        events: v.pipe(
          v.lazy((input) => (Array.isArray(input) ? eventNames : allEvents)),
          v.description('What it is told of; `"*"` is everything'),
        ),
      },
      "must be {url, secret, events}",
    ),
    "must be a list of {url, secret, events}",
  ),
  v.maxLength(MAX_WEBHOOKS, `must be at most ${MAX_WEBHOOKS}`),
  v.check(
    (list) => new Set(list.map(({ url }) => URL.parse(url)?.href ?? url)).size === list.length,
    "must name each URL once: give it all its events",
  ),
);
