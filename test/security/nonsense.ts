/** A room in a report, as it should be but for what is given. */
export const room = (more: object = {}) => ({
  id: ["acme", "r"],
  customer: "acme",
  age: { secs: 1, nanos: 0 },
  peers: 1,
  ...more,
});

/** Reports that are none, or that no server would send. */
export const REPORTS: readonly (readonly [string, object])[] = [
  ["20,001 rooms", { rooms: Array.from({ length: 20_001 }, (_, index) => room({ id: ["acme", `r${index}`] })) }],
  ["a name of 256 bytes", { rooms: [room({ id: ["acme", "r".repeat(256)] })] }],
  ["a namespace of 256 bytes", { rooms: [room({ id: ["n".repeat(256), "r"] })] }],
  ["a name of 100 three-byte characters", { rooms: [room({ id: ["acme", "語".repeat(100)] })] }],
  ["half a surrogate pair", { rooms: [room({ id: ["acme", "\ud800"] })] }],
  ["an empty name", { rooms: [room({ id: ["acme", ""] })] }],
  ["three names", { rooms: [room({ id: ["acme", "r", "s"] })] }],
  ["a name that is a list", { rooms: [room({ id: ["acme", ["r"]] })] }],
  ["an id that is a text", { rooms: [room({ id: "acme" })] }],
  ["no customer", { rooms: [room({ customer: null })] }],
  ["more peers than there are people", { rooms: [room({ peers: 1_000_001 })] }],
  ["peers below zero", { rooms: [room({ peers: -1 })] }],
  ["half a peer", { rooms: [room({ peers: 0.5 })] }],
  ["peers in words", { rooms: [room({ peers: "many" })] }],
  ["an age beyond all times", { rooms: [room({ age: { secs: Number.MAX_SAFE_INTEGER, nanos: 0 } })] }],
  ["an age before its birth", { rooms: [room({ age: { secs: -1, nanos: 0 } })] }],
  ["a second of nanoseconds", { rooms: [room({ age: { secs: 0, nanos: 1_000_000_000 } })] }],
  ["no age", { rooms: [room({ age: undefined })] }],
  ["a room that is nothing", { rooms: [null] }],
  ["rooms that are none", { rooms: { length: 1e9 } }],
  ["a load below zero", { load: -1 }],
  ["a load of a hundred servers and one", { load: 101 }],
  ["clients beyond number", { clients: Number.MAX_SAFE_INTEGER }],
  ["a version of 256 bytes", { version: "v".repeat(256) }],
  ["an endpoint of 300 bytes", { public_endpoint: `${"s".repeat(300)}:1` }],
  ["an endpoint with a line in it", { public_endpoint: "sfu\n:1" }],
  ["parameters by place", [1, 2, 3]],
];

/** Configs of a server that ask for too much, or make no sense. */
export const CONFIGS: readonly (readonly [string, string])[] = [
  ["longer than 262,144 characters", `a = "${"x".repeat(262_144)}"`],
  ["nested 2,000 deep", `a = ${"[".repeat(2_000)}${"]".repeat(2_000)}`],
  ["of 65 tags", `[database.report]\ntags = [${Array.from({ length: 65 }, (_, index) => `"t${index}"`)}]`],
  ["with a tag of 256 bytes", `[database.report]\ntags = ["${"t".repeat(256)}"]`],
  ["that is no TOML", "\0\0\0"],
  ["that has its keys in a text", 'authorization = "mine"'],
];

/** Configs that are taken, and count for nothing where they make no sense. */
export const ODD_CONFIGS: readonly (readonly [string, string])[] = [
  ["room for a part of a client", "[limit]\nmax_clients = 5e-324\nmax_rooms = 1e-300\nmax_peers = 0.1"],
  ["room for less than nobody", "[limit]\nmax_clients = -1\nmax_rooms = nan\nmax_peers = -inf"],
  ["room for everybody", "[limit]\nmax_clients = inf\nmax_rooms = 1e308\nmax_peers = 9223372036854775807"],
  ["a report in an age", "[supervisor]\nreport_interval = 1e300"],
  ["reports without end", "[supervisor]\nreport_interval = 5e-324"],
];
