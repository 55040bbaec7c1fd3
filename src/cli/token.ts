import { hashTag } from "../fleet/ids.ts";
import { ACCESS_KEY_FLAG, findTokenSigner } from "./access-key-flag.ts";
import type { Command } from "./args.ts";
import { CommandError, EXIT } from "./io.ts";

/** `token`: signs a room token as a customer's backend does. */
export const token: Command = {
  name: "token",
  summary: "sign a room token with an access key",
  flags: {
    ...ACCESS_KEY_FLAG,
    room: { type: "string", value: "ID", multiple: true, help: "room that the token is for, required" },
    user: { type: "string", value: "ID", help: "user that the token is for, required" },
    subject: {
      type: "string",
      value: "METHOD",
      multiple: true,
      help: "method that the token covers (all); a player's token should say connect",
    },
    lifetime: { type: "integer", value: "SECONDS", min: 1, help: "how long the token is valid (300)" },
    audience: { type: "string", value: "NAME", multiple: true, help: "audience; the gateway accepts gateway (none)" },
    tags: { type: "string", value: "TAG", multiple: true, help: "tag that the user carries in the room" },
  },
  examples: [
    "odin-gateway token --room lobby --user alice",
    "odin-gateway token --room '{match-7}red' --room '{match-7}all' --user alice --subject connect --lifetime 60",
    "ODIN_ACCESS_KEY=… odin-gateway token --room lobby --user backend --subject roomclose --subject roombanclient",
  ],
  async run(flags, _positionals, io) {
    const signToken = findTokenSigner(flags, io);
    const user = flags.text("user");
    const rooms = flags.texts("room");
    if (user === undefined) throw new CommandError(EXIT.usage, "no user: give --user ID");
    if (new Set(rooms.map(hashTag)).size > 1)
      io.err(
        "warning: these rooms share no hash tag, such as {match-7}red and {match-7}blue: Connect refuses them together\n",
      );
    if (rooms.length === 0) throw new CommandError(EXIT.usage, "no room: give --room ID");
    const signed = await signToken({
      room: oneOrMany(rooms) ?? [],
      user,
      nowMs: Date.now(),
      lifetimeSec: flags.integer("lifetime"),
      subject: oneOrMany(flags.texts("subject")),
      audience: oneOrMany(flags.texts("audience")),
      tags: flags.texts("tags").length === 0 ? undefined : flags.texts("tags"),
    });
    io.out(`${signed}\n`);
    return EXIT.ok;
  },
};

function oneOrMany(values: readonly string[]): string | readonly string[] | undefined {
  return values.length <= 1 ? values[0] : values;
}
