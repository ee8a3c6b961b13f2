import { describe, expect, it } from "vitest";
import { nextTurn } from "@kreuz/testkit";
import { batchFormatOf } from "../output/batch-format.js";
import { binary, text } from "../testing/codecs.js";
import { openServer } from "../testing/open-listener.js";
import { OPCODE, RawPeer } from "../testing/raw-peer.js";

const bytes = (content: string): Buffer => Buffer.from(content, "latin1");
const texts = (frames: readonly Uint8Array[] | string): unknown =>
  typeof frames === "string" ? frames : frames.map((frame) => Buffer.from(frame).toString("latin1"));

describe("batchFormatOf", () => {
  it("puts a separator after each JSON message", () => {
    const format = batchFormatOf(text);
    expect(format.join([bytes("[1]"), bytes("[2]")])).toEqual(bytes("[1]\x1e[2]\x1e"));
    expect(texts(format.split(bytes("[1]\x1e[2]\x1e")))).toEqual(["[1]", "[2]"]);
  });

  it("answers Autobahn|Python with its own separator, and others with the specification's", async () => {
    const server = await openServer();
    const batched = { "Sec-WebSocket-Protocol": "wamp.2.json.batched" };
    const python = await RawPeer.open(server.port, batched);
    const first = await server.end();
    const other = await RawPeer.open(server.port, batched);
    await other.until("the other connection", () => server.ends.length === 2);
    const second = server.ends[1] as typeof first;
    python.sendFrame(OPCODE.text, "[1]\x18[2]\x18");
    other.sendFrame(OPCODE.text, "[3]\x1e");
    await first.arrived(2);
    await second.arrived(1);
    first.send("[4]");
    second.send("[5]");
    await python.until("an answer", () => python.frames.length === 1);
    await other.until("an answer", () => other.frames.length === 1);
    expect(python.frames[0]?.payload.toString("latin1")).toBe("[4]\x18");
    expect(other.frames[0]?.payload.toString("latin1")).toBe("[5]\x1e");
  });

  it("puts the length before each binary message", () => {
    const { join, split } = batchFormatOf(binary);
    expect(join([bytes("a"), bytes("bc")])).toEqual(bytes("\0\0\0\x01a\0\0\0\x02bc"));
    expect(texts(split(bytes("\0\0\0\x01a\0\0\0\x02bc")))).toEqual(["a", "bc"]);
  });

  it.each([
    [text, "", "an empty batch"],
    [text, "[1]", "a batch without a separator at its end"],
    [text, "[1]\x1e[2]", "a batch without a separator at its end"],
    [text, "\x1e".repeat(65_537), "a batch of more than 65536 messages"],
    [binary, "", "an empty batch"],
    [binary, "\0\0\0", "a batch that ends within a length"],
    [binary, "\0\0\0\x02a", "a batch that ends within a message"],
    [binary, "\xff\xff\xff\xffa", "a batch that ends within a message"],
  ])("refuses %# what is no batch", (codec, batch, problem) => {
    expect(batchFormatOf(codec).split(bytes(batch))).toBe(problem);
  });
});

describe("batched WebSocket", () => {
  const batched = { "Sec-WebSocket-Protocol": "wamp.2.json.batched" };

  it("sends what one turn has for a client in one message", async () => {
    const server = await openServer();
    const peer = await RawPeer.open(server.port, batched);
    const end = await server.end();
    expect(end.connection.transport.protocol).toBe("wamp.2.json.batched");
    expect(end.connection.codec).toBe(text);
    end.send("[1]");
    end.send("[2]");
    await nextTurn();
    end.send("[3]");
    await peer.until("two messages", () => peer.frames.length === 2);
    expect(peer.frames.map(({ payload }) => payload.toString("latin1"))).toEqual(["[1]\x1e[2]\x1e", "[3]\x1e"]);
  });

  it("takes batches apart", async () => {
    const server = await openServer();
    const peer = await RawPeer.open(server.port, batched);
    peer.sendFrame(OPCODE.text, "[1]\x1e[2]\x1e");
    const end = await server.end();
    await end.arrived(2);
    expect(end.texts).toEqual(["[1]", "[2]"]);
  });

  it("fails the transport for an empty batch", async () => {
    const server = await openServer();
    const peer = await RawPeer.open(server.port, batched);
    peer.sendFrame(OPCODE.text, "");
    expect(await peer.closeCode()).toBe(1002);
    peer.sendClose(1002);
    expect((await (await server.end()).closed())?.message).toBe("the peer sent an empty batch");
  });

  it("delivers nothing of a batch after a pause or a close", async () => {
    const server = await openServer();
    const peer = await RawPeer.open(server.port, batched);
    const end = await server.end();
    end.reaction = () => end.connection.pause();
    peer.sendFrame(OPCODE.text, "[1]\x1e[2]\x1e[3]\x1e");
    await end.arrived(1);
    await nextTurn();
    expect(end.frames.length).toBe(1);
    end.reaction = () => end.connection.close();
    end.connection.resume();
    await peer.closeCode();
    expect(end.texts).toEqual(["[1]", "[2]"]);
  });
});
