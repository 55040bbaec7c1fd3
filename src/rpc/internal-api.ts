import { RpcError } from "../errors.ts";
import type { InternalContext } from "./context.ts";
import { type Api, createApi } from "./method.ts";
import { audit } from "./methods/audit.ts";
import { banRemove } from "./methods/ban-remove.ts";
import { bans } from "./methods/bans.ts";
import { configStatus } from "./methods/config-status.ts";
import { explainPlacement } from "./methods/explain-placement.ts";
import { getConfig, gridConfig } from "./methods/grid-config.ts";
import { info } from "./methods/info.ts";
import { reload } from "./methods/reload.ts";
import { report, submitReport } from "./methods/report.ts";
import { operatorRoomBanClient } from "./methods/room-ban-client.ts";
import { operatorRoomClose } from "./methods/room-close.ts";
import { operatorRoomSendMessage } from "./methods/room-send-message.ts";
import { rooms } from "./methods/rooms.ts";
import { createDiscover } from "./methods/rpc-discover.ts";
import { serverDrain } from "./methods/server-drain.ts";
import { serverRemove } from "./methods/server-remove.ts";
import { serverUndrain } from "./methods/server-undrain.ts";
import { servers } from "./methods/servers.ts";
import { usage } from "./methods/usage.ts";
import { webhooks } from "./methods/webhooks.ts";

const SERVER_METHODS = [gridConfig, getConfig, report, submitReport];
const OPERATOR_METHODS = [
  info,
  servers,
  rooms,
  bans,
  usage,
  audit,
  explainPlacement,
  configStatus,
  webhooks,
  reload,
  serverDrain,
  serverUndrain,
  serverRemove,
  operatorRoomClose,
  operatorRoomBanClient,
  operatorRoomSendMessage,
  banRemove,
];

/** Creates the API for servers, who may call their own methods, and operators, who may call all. */
export function createInternalApi(version: string): Api<InternalContext> {
  const discover = createDiscover([...SERVER_METHODS, ...OPERATOR_METHODS], {
    title: "ODIN Gateway, internal",
    version,
    description: "For servers and operators: POST /internal as a user of internal.users (Basic).",
  });
  const forServers = new Set([...SERVER_METHODS, discover].map(({ name }) => name));
  return createApi([...SERVER_METHODS, ...OPERATOR_METHODS, discover], (method, { principal }) => {
    if (principal.role !== "operator" && !forServers.has(method)) {
      throw new RpcError("forbidden", {
        message: `${method} is for operators, and user "${principal.name}" is a server`,
      });
    }
  });
}
