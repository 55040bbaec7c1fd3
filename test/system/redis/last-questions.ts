import type { GatewayGroup, GroupGateway } from "./gateway-group.ts";
import { toRoomId } from "./history.ts";
import { toUserId } from "./judge-calls.ts";
import type { RoomAtEnd } from "./judge-rooms.ts";
import type { Party } from "./parties.ts";
import type { Players } from "./players.ts";
import type { SfuCrowd } from "./sfu-crowd.ts";

/** What servers and gateways say when all is over. */
export interface LastAnswers {
  readonly rooms: readonly RoomAtEnd[];
  /** Bans that each gateway lists. */
  readonly bans: readonly ReadonlySet<string>[];
  readonly at: number;
}

/** More rooms are listed than asked for: that a room is on one server is looked at for all of them. */
const MAX_ROOMS_ASKED = 500;
const ASKED_AT_ONCE = 20;

/** Asks every gateway where each room is, and which bans there are. */
export async function askAtEnd(options: {
  group: GatewayGroup;
  sfus: SfuCrowd;
  players: Players;
  parties: readonly Party[];
}): Promise<LastAnswers> {
  const { group, sfus, players, parties } = options;
  const listings = sfus.listings();
  const at = performance.now();
  const rooms: RoomAtEnd[] = [];
  const queue = [...listings].entries();
  const work = async () => {
    for (const [index, [id, listedBy]] of queue) {
      const answers = index < MAX_ROOMS_ASKED ? await askAll(id) : [];
      rooms.push({ room: id, listedBy, answers });
    }
  };
  await Promise.all(Array.from({ length: ASKED_AT_ONCE }, work));
  return { rooms, bans: await Promise.all(group.all.map(listBans)), at };

  async function askAll(id: string): Promise<string[]> {
    const party = parties.find((each) => id.startsWith(toRoomId(each.id, "")));
    if (!party) return [];
    const room = id.slice(toRoomId(party.id, "").length);
    const attempts = group.all.map((gateway) =>
      players.connect({ party, room, user: `last-${gateway.index}`, gateway, joins: false }),
    );
    return (await Promise.all(attempts)).map(({ address }) => address);
  }
}

interface BanPage {
  readonly bans: readonly { readonly customer: string; readonly room_id: string; readonly user_id?: string }[];
  readonly next?: number;
}

/** All bans that the gateway lists; none if it does not answer. */
async function listBans(gateway: GroupGateway): Promise<Set<string>> {
  const found = new Set<string>();
  for (let after: number | undefined = 0; after !== undefined; ) {
    const page: BanPage = await gateway.ask("Bans", { after }).then(
      (answer) => answer as BanPage,
      () => ({ bans: [] }),
    );
    for (const { customer, room_id, user_id } of page.bans)
      found.add(toUserId({ customer, room: room_id, user: user_id }));
    after = page.next;
  }
  return found;
}
