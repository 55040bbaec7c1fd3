import * as v from "valibot";
import { createMethod, type Method } from "../method.ts";
import { createOpenRpcDocument, type OpenRpcDocument } from "../open-rpc.ts";

/** Creates `rpc.discover`: the OpenRPC document of those methods. Source: OpenRPC Specification, "Service Discovery Method". */
export function createDiscover<C>(methods: readonly Method<C>[], info: OpenRpcDocument["info"]): Method<C> {
  let document: OpenRpcDocument | undefined;
  return createMethod("rpc.discover", v.object({}, "must be an object"), () => {
    document ??= createOpenRpcDocument(methods, info);
    return document;
  });
}
