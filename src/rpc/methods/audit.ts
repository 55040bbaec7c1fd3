import * as v from "valibot";
import type { InternalContext } from "../context.ts";
import { createMethod } from "../method.ts";
import { pageEnd, pageLimit } from "../schemas.ts";

const params = v.object({ limit: pageLimit, before: v.optional(pageEnd) }, "must be an object");

/** `Audit`: a page of what operators and backends did, newest first. */
export const audit = createMethod("Audit", params, ({ limit, before }, { readAudit }: InternalContext) =>
  readAudit({ limit, before }),
);
