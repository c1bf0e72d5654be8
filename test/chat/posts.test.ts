import { expect, it } from "vitest";
import { draft, faultOf, makeGroup, person } from "./room.ts";

it("VIW1 posts count as seen by who may see them: not their own, not notices, not deleted ones", async () => {
  const [ada, bela, late] = ["Ada", "Bela", "Late"].map(person) as [
    ReturnType<typeof person>,
    ReturnType<typeof person>,
    ReturnType<typeof person>,
  ];
  const { stub } = await makeGroup([ada, bela], { settings: { has_history_from_join: true } });
  for (let i = 0; i < 4; i++) await stub.send(ada.user_id, draft(`post ${i}`, 1));
  await stub.deleteMessage(ada.user_id, 3);
  const asked = [1, 2, 3, 4, 4, 99];
  expect((await stub.seenPosts(bela.user_id, asked)).seqs).toEqual([2, 4]);
  expect((await stub.seenPosts(ada.user_id, asked)).seqs).toEqual([]);
  await stub.addMembers(ada.user_id, [late]);
  expect((await stub.seenPosts(late.user_id, asked)).seqs).toEqual([]);
  expect(await faultOf(stub.seenPosts(person("Nobody").user_id, asked))).toBe("not_found");
  const places = [ada, bela, late].map(async ({ user_id }) => (await stub.seenPosts(user_id, [])).place);
  expect(new Set(await Promise.all(places)).size).toBe(3);
});
