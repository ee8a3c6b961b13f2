import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { Budget } from "@kreuz/codec";
import { nextTurn, waitUntil } from "@kreuz/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import type { FetchRoute } from "../server/fetch-route.js";
import { post } from "../testing/longpoll-client.js";
import { openServer } from "../testing/open-listener.js";

const until = async (ready: () => boolean): Promise<void> => {
  expect(await waitUntil(ready, { turns: 20_000 })).toBe(true);
};

async function open(route: FetchRoute, more: Parameters<typeof openServer>[0] = {}) {
  const server = await openServer({ routes: { "/hook": route }, ...more });
  return { ...server, url: `http://127.0.0.1:${server.port}/hook` };
}

describe("a route in the terms of Fetch", () => {
  it("gets method, URL, headers, body and peer, and answers with status, headers and body", async () => {
    const { url } = await open({
      handle: async (request, { peer, tls }) => {
        const [{ method }, path, kind] = [request, new URL(request.url), request.headers.get("x-kind")];
        const text = `${method} ${path.pathname}${path.search} ${kind} ${await request.text()} ${peer?.split(":")[0]} ${tls}`;
        return new Response(text, {
          status: 201,
          headers: [
            ["Set-Cookie", "a=1"],
            ["Set-Cookie", "b=2"],
          ],
        });
      },
    });
    const answer = await post(`${url}/deep?x=1`, "body", { headers: { "X-Kind": "test" } });
    expect(answer.body.toString()).toBe("POST /hook/deep?x=1 test body 127.0.0.1 false");
    expect(answer).toMatchObject({ status: 201, headers: { "set-cookie": ["a=1", "b=2"] } });
    expect(await post(url, "", { method: "HEAD" })).toMatchObject({ status: 201, body: Buffer.alloc(0) });
  });

  it("is replaced for new requests, while those under way are answered as they began", async () => {
    let asked = 0;
    let answer: (response: Response) => void = () => {};
    const { url, port, listener } = await open({
      handle: () => {
        asked++;
        return new Promise<Response>((resolve) => (answer = resolve));
      },
    });
    const first = post(url, "");
    await until(() => asked === 1);
    const swap = listener.prepareRoutes({ "/other": { handle: () => new Response("new") } });
    expect(() => listener.prepareRoutes({ "/x": { handle: () => new Response(), timeout: 0 } })).toThrow("timeout");
    swap();
    expect((await post(url, "")).status).toBe(404);
    expect((await post(`http://127.0.0.1:${port}/other`, "")).body.toString()).toBe("new");
    answer(new Response("old"));
    expect((await first).body.toString()).toBe("old");
  });

  it("refuses larger bodies, announced or not, with 413", async () => {
    let handled = 0;
    const { url, limits } = await open({ maxBodyBytes: 10, handle: () => new Response(String(handled++)) });
    expect((await post(url, "x".repeat(10))).status).toBe(200);
    expect(await post(url, "x".repeat(11))).toMatchObject({
      status: 413,
      body: Buffer.from("the body is larger than 10 bytes\n"),
    });
    expect((await post(url, "x".repeat(11), { headers: { "Transfer-Encoding": "chunked" } })).status).toBe(413);
    expect([handled, limits]).toEqual([1, ["route-body-bytes", "route-body-bytes"]]);
  });

  it("answers 503 when the route takes too long, and tells it", async () => {
    let signal: AbortSignal | undefined;
    const { url, clock, limits } = await open({
      timeout: 1000,
      handle: (request) => {
        ({ signal } = request);
        return new Promise(() => {});
      },
    });
    const answer = post(url);
    await until(() => signal !== undefined);
    clock.advance(1000);
    expect(await answer).toMatchObject({ status: 503, body: Buffer.from("no answer within 1000 ms\n") });
    expect([signal?.aborted, limits]).toEqual([true, ["route-timeout"]]);
  });

  it("tells the route that the client has gone", async () => {
    let signal: AbortSignal | undefined;
    const { url } = await open({
      handle: (request) => {
        ({ signal } = request);
        return new Promise(() => {});
      },
    });
    const sent = httpRequest(url).on("error", () => {});
    sent.end();
    await until(() => signal !== undefined);
    sent.destroy();
    await until(() => signal?.aborted === true);
  });

  it("answers 500 when the route throws, and reports it", async () => {
    const { url, errors } = await open({
      handle: () => {
        throw new Error("broken route");
      },
    });
    expect(await post(url)).toMatchObject({ status: 500, body: Buffer.from("internal error\n") });
    expect(errors).toEqual([new Error("broken route")]);
  });

  it("no longer charges the body of a request at which the route failed, while its socket stays open", async () => {
    const budget = new Budget();
    const handle = (): Response => {
      throw new Error("broken route");
    };
    const { port } = await open({ handle }, { budget });
    const socket = connect(port, "127.0.0.1");
    onTestFinished(() => void socket.destroy());
    let text = "";
    socket.on("data", (data) => (text += data.toString()));
    const body = "x".repeat(100_000);
    for (let requests = 1; requests <= 3; requests++) {
      socket.write(`POST /hook HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
      await until(() => text.split("internal error").length > requests);
    }
    await until(() => budget.bytes < body.length);
    expect(socket.destroyed).toBe(false);
  });

  it("answers 400 to a path that leaves the route, and to what Fetch cannot express", async () => {
    const { url, port } = await open({ handle: () => new Response("reached") });
    expect((await post(`${url}/a`)).status).toBe(200);
    const raw = (head: string) =>
      new Promise<string>((resolve) => {
        let text = "";
        const socket = connect(port, "127.0.0.1", () =>
          socket.end(`${head} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`),
        );
        socket.on("data", (data) => (text += data.toString()));
        socket.on("close", () => resolve(text.split("\r\n", 1)[0]!));
      });
    expect(await raw("GET /hook/../other")).toBe("HTTP/1.1 400 Bad Request");
    expect(await raw("TRACE /hook")).toBe("HTTP/1.1 400 Bad Request");
  });

  it("reads a streamed answer no faster than the client takes it, charges what waits, and cuts off one that takes nothing", async () => {
    const budget = new Budget();
    let [pulled, cancelled] = [0, false];
    const chunk = new Uint8Array(256 * 1024);
    const { port, clock, limits } = await open(
      {
        handle: () =>
          new Response(
            new ReadableStream({
              pull(controller) {
                pulled++;
                controller.enqueue(chunk);
              },
              cancel: () => void (cancelled = true),
            }),
          ),
      },
      { budget },
    );
    const socket = connect(port, "127.0.0.1", () => socket.write("GET /hook HTTP/1.1\r\nHost: a\r\n\r\n"));
    onTestFinished(() => void socket.destroy());
    socket.on("error", () => {});
    let seen = -1;
    // The system's buffers are full when no more is pulled.
    for (let quiet = 0; quiet < 200; quiet++) {
      if (seen !== pulled || pulled === 0) quiet = 0;
      seen = pulled;
      await nextTurn();
    }
    expect(pulled).toBeLessThan(200);
    expect(budget.bytes).toBeGreaterThan(chunk.length);
    clock.advance(35_000);
    await until(() => cancelled);
    expect(limits).toEqual(["message-timeout"]);
    await until(() => budget.bytes === 0);
  });

  it("charges a body while the route works on it", async () => {
    const budget = new Budget();
    let answer: ((response: Response) => void) | undefined;
    const { url } = await open({ handle: () => new Promise<Response>((resolve) => (answer = resolve)) }, { budget });
    const answered = post(url, "x".repeat(100_000));
    await until(() => answer !== undefined);
    const held = budget.bytes;
    expect(held).toBeGreaterThan(100_000);
    answer?.(new Response());
    await answered;
    await until(() => budget.bytes < held - 100_000);
  });

  it("ends the sockets of requests under way when the listener closes and time is out", async () => {
    let signal: AbortSignal | undefined;
    const { url, listener, clock } = await open({
      handle: (request) => {
        ({ signal } = request);
        return new Promise(() => {});
      },
    });
    const answer = post(url).catch((error: NodeJS.ErrnoException) => error.code);
    await until(() => signal !== undefined);
    const closed = listener.close();
    clock.advance(5000);
    await closed;
    expect(await answer).toBe("ECONNRESET");
    await until(() => signal?.aborted === true);
  });

  it("is refused with limits out of range", async () => {
    const handle = (): Response => new Response();
    await expect(open({ handle, maxBodyBytes: 0 })).rejects.toThrow('routes["/hook"].maxBodyBytes');
    await expect(open({ handle, timeout: 0.5 })).rejects.toThrow('routes["/hook"].timeout');
  });
});
