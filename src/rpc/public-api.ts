import { RpcError } from "../errors.ts";
import type { PublicContext } from "./context.ts";
import { type Api, createApi } from "./method.ts";
import { connect } from "./methods/connect.ts";
import { roomBanClient } from "./methods/room-ban-client.ts";
import { roomClose } from "./methods/room-close.ts";
import { roomSendMessage } from "./methods/room-send-message.ts";
import { roomUpdate } from "./methods/room-update.ts";
import { createDiscover } from "./methods/rpc-discover.ts";

const METHODS = [connect, roomClose, roomUpdate, roomBanClient, roomSendMessage];

/**
 * Creates the API for clients and customers' backends: a token covers the methods that its `sub` names, or all; and every
 * one may ask what there is.
 */
export function createPublicApi(version: string): Api<PublicContext> {
  const discover = createDiscover(METHODS, {
    title: "ODIN Gateway",
    version,
    description: "For clients and customers' backends: POST / with a room token as bearer.",
  });
  return createApi([...METHODS, discover], (method, { principal: { methods } }) => {
    if (method !== discover.name && methods !== undefined && !methods.has(method.toLowerCase())) {
      throw new RpcError("forbidden", { message: `the token does not cover ${method}` });
    }
  });
}
