/** How many servers report, and how many rooms each of them has. */
export interface FleetSize {
  readonly servers: number;
  readonly roomsPerServer: number;
}

/** Address of the server with that number: all are equally long, so that a report can be written into a template. */
export function toEndpoint(server: number): string {
  return `sfu${pad(server)}.bench:4433`;
}

/** Name of a server's room, equally long for all. */
export function toRoomName(server: number, room: number): string {
  return `s${pad(server)}-r${pad(room)}`;
}

/** Says whether it is the address of one of the fleet's servers. */
export function isEndpointOf(fleet: FleetSize, endpoint: string): boolean {
  const [, digits = ""] = /^sfu(\d{5})\.bench:4433$/.exec(endpoint) ?? [];
  return digits !== "" && Number(digits) < fleet.servers;
}

/** A fleet in words, such as "10 × 10". */
export function describeFleet({ servers, roomsPerServer }: FleetSize): string {
  return `${servers.toLocaleString("en")} × ${roomsPerServer.toLocaleString("en")}`;
}

function pad(number: number): string {
  return String(number).padStart(5, "0");
}
