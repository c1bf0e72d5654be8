import { expect } from "vitest";
import { newUserId } from "../../src/protocol/ids.ts";
import { draft, makeGroup, person, type TestPerson } from "../chat/room.ts";
import { bumpOf, connectHub, entryOf, hubStub, newGroup, standIn } from "./hub.ts";

/** A group in which Ada has said five things (2 to 6), and a device of Bela that knows them. */
export async function setUp() {
  const [ada, bela] = [person("Ada"), person("Bela")] as [TestPerson, TestPerson];
  const { chatId, stub } = await makeGroup([ada, bela]);
  const hub = hubStub(bela.user_id);
  const device = await connectHub(bela.user_id);
  for (let n = 2; n <= 6; n++) await stub.send(ada.user_id, draft(`m${n}`));
  const entry = () => entryOf(hub, chatId);
  await expect.poll(entry).toMatchObject({ head_seq: 6, unread: 5 });
  return { ada, bela, chatId, stub, hub, device, entry };
}

/** A chat that exists only in the test, with a head that its owner has read. */
export async function pretend(head: number) {
  const user = newUserId();
  const chat = newGroup();
  const hub = hubStub(user);
  const device = await connectHub(user);
  const bump = bumpOf(chat, head, { read_seq: head, unread: 0 });
  await hub.bump(bump);
  await standIn(hub, () => bump);
  await device.settle();
  return { user, chat, hub, device };
}
