import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import type { PollContent } from "../../src/protocol/content.ts";
import { messageId, newClientMsgId } from "../../src/protocol/ids.ts";
import { chatStub, connect, crash, draft, faultOf, inChat, makeGroup, person, setClock, sql } from "./room.ts";

/** Ada owns the group, Bela asks. The poll is message 2. */
async function scene(poll: Partial<PollContent> = {}, count = 4) {
  const people = Array.from({ length: count }, (_, i) => person(`Person${i}`));
  const made = await makeGroup(people);
  const ids = people.map((p) => p.user_id) as [string, string, string, string, ...string[]];
  const content = { question: "Where to?", options: ["Sea", "Hills", "Home"], ...poll };
  await made.stub.send(ids[1], { client_msg_id: "poll", seen_seq: 1, message_type: "poll", content });
  const vote = (by: string, option_ids: number[], command_id: string = newClientMsgId(), seq = 2) =>
    chatStub(made.chatId).setVote(by, { seq, command_id, option_ids });
  return { ...made, ids, vote };
}

describe("polls", () => {
  it("POL1 sets what a person chooses, one option or several, and tells everybody the whole row", async () => {
    const { chatId, stub, ids, vote } = await scene();
    const [ada, bela] = [await connect(chatId, ids[0]), await connect(chatId, ids[1])];
    const { poll } = await stub.message(ids[0], 2);
    const nobody = [0, 1, 2].map((option_id) => ({ option_id, count: 0, user_ids: [] }));
    expect(poll).toEqual({ voter_count: 0, options: nobody });
    bela.send({ type: "SET_VOTE", message_id: messageId(chatId, 2), command_id: "v1", option_ids: [1] });
    expect(await bela.next("COMMAND_ACK")).toMatchObject({ command_id: "v1", rev: 3 });
    expect((await ada.next("MESSAGES_CHANGED")).messages).toMatchObject([
      { seq: 2, rev: 3, poll: { voter_count: 1, options: [{ count: 0 }, { count: 1, user_ids: [ids[1]] }, {}] } },
    ]);
    // Chosen anew, taken back, and the same once more.
    await vote(ids[1], [2]);
    const { poll: other } = await vote(ids[2], [2]);
    expect(other?.options.map((o) => o.user_ids)).toEqual([[], [], [ids[1], ids[2]]]);
    expect((await vote(ids[1], [])).poll).toMatchObject({ voter_count: 1, options: [{}, {}, { user_ids: [ids[2]] }] });
    const { rev } = await vote(ids[2], [2]);
    expect(rev).toBe((await stub.message(ids[0], 2)).rev);
    expect((await vote(ids[1], [])).rev).toBe(rev);
  });

  it("POL2 refuses options that are not there, and a second one where one may be chosen", async () => {
    const { ids, vote, stub } = await scene();
    for (const wrong of [[3], [-1], [0, 1], [0, 0], [0.5], [31], [32]])
      expect([wrong, await faultOf(vote(ids[0], wrong))]).toEqual([wrong, "invalid"]);
    const several = await scene({ is_multiple: true });
    const { poll } = await several.vote(several.ids[0], [2, 0]);
    expect(poll).toMatchObject({ voter_count: 1, options: [{ count: 1 }, { count: 0 }, { count: 1 }] });
    expect((await several.vote(several.ids[0], [2, 1])).poll?.options.map((o) => o.count)).toEqual([0, 1, 1]);
    expect(await faultOf(several.vote(several.ids[0], [1, 1]))).toBe("invalid");
    // Twelve options are the most there are.
    const wide = await scene({ options: Array.from({ length: 12 }, (_, i) => `${i}`) });
    expect((await wide.vote(wide.ids[0], [11])).poll?.options[11]?.count).toBe(1);
    // What is no poll has no votes.
    await stub.send(ids[0], draft("no poll", 2));
    for (const seq of [1, 3, 99]) expect(await faultOf(vote(ids[0], [0], "x", seq))).toBe("not_found");
    expect(await faultOf(stub.votes(ids[0], 3))).toBe("not_found");
    expect(await faultOf(stub.closePoll(ids[0], { seq: 3, command_id: "x" }))).toBe("not_found");
  });

  it("POL2 is for members who may react: votes of who left stay", async () => {
    const { stub, ids, vote } = await scene();
    expect(await faultOf(vote(person("Eve").user_id, [0]))).toBe("not_found");
    await vote(ids[2], [1], "v1");
    await stub.removeMember(ids[0], ids[2]);
    expect(await faultOf(vote(ids[2], [0]))).toBe("removed");
    expect((await stub.message(ids[0], 2)).poll).toMatchObject({ voter_count: 1 });
    expect((await stub.votes(ids[0], 2)).voters?.[1]?.people).toMatchObject([{ user_id: ids[2] }]);
    // Who came later cannot vote in what they cannot see.
    await stub.update(ids[0], { settings: { has_history_from_join: true } });
    const late = person("Late");
    await stub.addMembers(ids[0], [late]);
    expect(await faultOf(vote(late.user_id, [0]))).toBe("not_found");
    expect(await faultOf(stub.votes(late.user_id, 2))).toBe("not_found");
  });

  it("POL3 gives the repeat of a vote that changed nothing no effect, once another was given", async () => {
    const { chatId, ids, vote } = await scene();
    await vote(ids[2], [1], "v1");
    await vote(ids[2], [1], "v2");
    await vote(ids[2], [0], "v3");
    await evictDurableObject(chatStub(chatId));
    await vote(ids[2], [1], "v2");
    expect((await chatStub(chatId).message(ids[0], 2)).poll?.options.map((o) => o.count)).toEqual([1, 0, 0]);
  });

  it("POL3 gives a repeat no second effect: after another vote, the end, deletion, removal, eviction and a kill", async () => {
    const { chatId, ids, vote } = await scene();
    const first = await vote(ids[2], [1], "v1");
    await vote(ids[2], [0], "v2");
    const device = await connect(chatId, ids[2]);
    device.send({ type: "SET_VOTE", message_id: messageId(chatId, 2), command_id: "v1", option_ids: [1] });
    expect((await device.next("COMMAND_ACK")).rev).toBe(first.rev);
    const revs = async () => (await sql(chatId, "SELECT rev FROM change")).length;
    const again = async () => {
      const before = await revs();
      await vote(ids[2], [1], "v1");
      await vote(ids[2], [0], "v2");
      expect(await revs()).toBe(before);
    };
    await again();
    await evictDurableObject(chatStub(chatId));
    await again();
    await crash(chatId);
    await again();
    expect((await chatStub(chatId).message(ids[0], 2)).poll?.options.map((o) => o.count)).toEqual([1, 0, 0]);
    await chatStub(chatId).closePoll(ids[1], { seq: 2, command_id: "c" });
    await again();
    expect(await faultOf(vote(ids[2], [2], "v3"))).toBe("too_late");
    await chatStub(chatId).removeMember(ids[0], ids[2]);
    await again();
    const gone = await chatStub(chatId).deleteMessage(ids[0], 2);
    expect(gone).not.toHaveProperty("poll");
    await again();
    expect(await sql(chatId, "SELECT 1 FROM vote WHERE options <> 0")).toEqual([]);
    expect(await faultOf(vote(ids[0], [1]))).toBe("not_found");
  });

  it("POL4 takes no vote once its time is over, by the server's clock", async () => {
    const ends = Date.now() + 60_000;
    const { chatId, stub, ids, vote } = await scene({ closes_at: new Date(ends).toISOString() });
    let now = ends - 1;
    await setClock(chatId, () => now);
    await vote(ids[2], [1], "v1");
    now = ends;
    expect(await faultOf(vote(ids[3], [1]))).toBe("too_late");
    expect(await faultOf(vote(ids[2], []))).toBe("too_late");
    await vote(ids[2], [1], "v1");
    // It ends for everybody at the same moment: no frame, no step of the clock.
    const { poll } = await stub.votes(ids[0], 2);
    expect(poll.closed_at).toBe(new Date(ends).toISOString());
    const { rev, poll: row } = await stub.message(ids[0], 2);
    expect(row).not.toHaveProperty("closed_at");
    expect((await stub.closePoll(ids[1], { seq: 2, command_id: "c" })).rev).toBe(rev);
    // A clock that is set back opens it again, and loses nothing.
    now = ends - 1;
    expect((await vote(ids[3], [1])).poll?.voter_count).toBe(2);
  });

  it("POL5 is ended by its sender and staff, once, with a notice", async () => {
    const { chatId, stub, ids, vote } = await scene();
    await vote(ids[2], [1]);
    const close = (by: string, command_id = "c") => chatStub(chatId).closePoll(by, { seq: 2, command_id });
    expect(await faultOf(close(ids[2]))).toBe("forbidden");
    expect(await faultOf(close(person("Eve").user_id))).toBe("not_found");
    const device = await connect(chatId, ids[3]);
    const { poll } = await close(ids[1]);
    expect(poll).toMatchObject({ voter_count: 1 });
    expect(poll?.closed_at).toBeDefined();
    const told = await device.next("MESSAGES_CHANGED");
    expect(told.messages).toMatchObject([
      { seq: 2, poll },
      {
        seq: 3,
        message_type: "system",
        content: { event: "poll_closed", actor_id: ids[1], message_id: messageId(chatId, 2) },
      },
    ]);
    const { rev } = told;
    for (let life = 0; life < 2; life++) {
      await close(ids[1]);
      await close(ids[0], "by staff");
      expect((await stub.message(ids[0], 2)).rev).toBe(rev);
      await evictDurableObject(stub);
    }
    expect(await sql(chatId, "SELECT 1 FROM message")).toHaveLength(3);
    // In a thread the thread's own row says it.
    const inThread = await stub.send(ids[1], {
      ...{ client_msg_id: "p2", seen_seq: 2, message_type: "poll", thread_root_message_id: messageId(chatId, 2) },
      content: { question: "?", options: ["a", "b"] },
    });
    await stub.closePoll(ids[0], { seq: inThread.ack.seq, command_id: "c" });
    expect(await sql(chatId, "SELECT 1 FROM message")).toHaveLength(4);
  });

  it("POL6 tells who chose what, all of them over HTTP and 50 in the row, in the order of voting", async () => {
    const { stub, ids, vote } = await scene({}, 55);
    const order = [...ids].reverse();
    for (const id of order) await vote(id, [1]);
    const shown = async () => (await stub.message(ids[0], 2)).poll?.options[1];
    expect(await shown()).toEqual({ option_id: 1, count: 55, user_ids: order.slice(0, 50) });
    const first = order[0] as string;
    expect(await stub.votes(first, 2)).toMatchObject({ own_option_ids: [1] });
    const { voters, own_option_ids } = await stub.votes(first, 2);
    expect(own_option_ids).toEqual([1]);
    expect(voters?.map((v) => v.people.map((p) => p.user_id))).toEqual([[], order, []]);
    // Who is not named moves up when somebody named goes, and only then.
    await vote(first, [0]);
    expect(await shown()).toMatchObject({ count: 54, user_ids: order.slice(1, 51) });
    await vote(order[53] as string, []);
    expect(await shown()).toMatchObject({ count: 53, user_ids: order.slice(1, 51) });
  });

  it("POL7 names nobody in an anonymous poll: not in frames, rows, snapshots, catch-up or over HTTP", async () => {
    const { chatId, stub, ids, vote } = await scene({ is_anonymous: true });
    const device = await connect(chatId, ids[0]);
    const { rev, epoch } = await device.next("SNAPSHOT");
    await vote(ids[2], [1]);
    await vote(ids[3], [2]);
    await vote(ids[3], [1]);
    await device.settle();
    const told = device.raw.filter((data) => data.includes("MESSAGES_CHANGED")).join(" ");
    expect(told).toContain('"voter_count":2');
    const back = await connect(chatId, ids[0], { cursor: { epoch, rev } });
    const caught = await back.next("CAUGHT_UP");
    const votes = await stub.votes(ids[2], 2);
    expect(votes).not.toHaveProperty("voters");
    expect(votes.own_option_ids).toEqual([1]);
    expect(votes.poll).toEqual({
      voter_count: 2,
      options: [0, 1, 2].map((option_id) => ({ option_id, count: option_id === 1 ? 2 : 0 })),
    });
    const row = await stub.message(ids[0], 2);
    for (const said of [told, JSON.stringify(caught.messages), JSON.stringify(votes), JSON.stringify(row)])
      for (const voter of [ids[2], ids[3]]) expect(said).not.toContain(voter);
    // Nor does what the row keeps beside what is shown.
    const [kept] = await sql<{ poll: string; commands: string | null }>(
      chatId,
      "SELECT poll, commands FROM message WHERE seq = 2",
    );
    expect(JSON.stringify(kept)).not.toContain(ids[2]);
  });

  it("POL9 tells a vote that names nobody to the devices of its voter alone", async () => {
    const { chatId, ids, vote } = await scene({ is_anonymous: true });
    const [own, other] = [await connect(chatId, ids[2]), await connect(chatId, ids[3])];
    for (const device of [own, other]) await device.next("SNAPSHOT");
    await vote(ids[2], [1]);
    expect(await own.next("MESSAGES_CHANGED")).toMatchObject({ own_vote: { seq: 2, option_ids: [1] } });
    expect(await other.next("MESSAGES_CHANGED")).not.toHaveProperty("own_vote");
    await vote(ids[2], []);
    expect(await own.next("MESSAGES_CHANGED", 2)).toMatchObject({ own_vote: { seq: 2, option_ids: [] } });
    await vote(ids[3], [1]);
    expect(await own.next("MESSAGES_CHANGED", 3)).not.toHaveProperty("own_vote");
  });

  it("POL9 says nothing beside a poll that names its voters, as far as it names them", async () => {
    const { chatId, ids, vote } = await scene({}, 51);
    const last = ids[50] as string;
    const device = await connect(chatId, last);
    await device.next("SNAPSHOT");
    for (const id of ids.slice(0, 50)) await vote(id, [0]);
    await vote(last, [1]);
    await vote(last, [0]);
    await device.until(() => device.of("MESSAGES_CHANGED").length === 52);
    const own = device.of("MESSAGES_CHANGED").map((frame) => frame.own_vote);
    expect(own.filter((one) => one !== undefined)).toEqual([{ seq: 2, option_ids: [0] }]);
    expect(own.at(-1)).toBeDefined();
  });

  it("POL8 writes three rows for a vote, four for the end, and owes no hub a bump for a vote", async () => {
    const { chatId, ids } = await scene();
    await inChat(chatId, async (object, ctx) => {
      await ctx.storage.deleteAlarm();
      for (const [i, by] of ids.entries()) {
        const { written, alarms } = object.db.rows;
        await object.setVote(by, { seq: 2, command_id: `v${i}`, option_ids: [i % 3] });
        expect([object.db.rows.written - written, object.db.rows.alarms - alarms]).toEqual([3, 0]);
      }
      const { written } = object.db.rows;
      await object.closePoll(ids[1], { seq: 2, command_id: "c" });
      expect(object.db.rows.written - written).toBe(3);
    });
  });

  it("SOC3 votes share the limit of messages", async () => {
    const { chatId, ids } = await scene();
    const now = Date.now();
    await setClock(chatId, () => now);
    await inChat(chatId, async (object) => {
      let fault = "no fault";
      for (let i = 0; i < 2_000 && fault === "no fault"; i++)
        fault = await faultOf(object.setVote(ids[1], { seq: 2, command_id: `${i}`, option_ids: [i % 3] }));
      expect(fault).toBe("rate_limited");
    });
  });
});
