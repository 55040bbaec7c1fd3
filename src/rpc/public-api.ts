import { RpcError } from "../errors.ts";
import type { PublicContext } from "./context.ts";
import { type Api, createApi } from "./method.ts";
import { connect } from "./methods/connect.ts";
import { roomBanClient } from "./methods/room-ban-client.ts";
import { roomClose } from "./methods/room-close.ts";
import { roomSendMessage } from "./methods/room-send-message.ts";
import { roomUpdate } from "./methods/room-update.ts";

const METHODS = [connect, roomClose, roomUpdate, roomBanClient, roomSendMessage];

/** Creates the API for clients and customers' backends: a token covers the methods that its `sub` names, or all. */
export function createPublicApi(): Api<PublicContext> {
  return createApi(METHODS, (method, { principal: { methods } }) => {
    if (methods !== undefined && !methods.has(method.toLowerCase())) {
      throw new RpcError("forbidden", { message: `the token does not cover ${method}` });
    }
  });
}
