/**
 * Faults that the tests must find: `pnpm hunt --faults`. Each replaces a text that is once in its file.
 *
 * @type {readonly { name: string, file: string, from: string, to: string, test: string }[]}
 */
export const FAULTS = [
  {
    name: "DATA of other epochs resets the link",
    file: "link/link.ts",
    from: "progress.peer !== this.#epoch) return undefined;",
    to: "progress.peer !== this.#epoch) return void this.reset('other epochs');",
    test: "link",
  },
  {
    name: "an old HELLO is believed",
    file: "link/link.ts",
    from: "greeting.own > this.peerEpoch",
    to: "greeting.own !== this.peerEpoch",
    test: "link",
  },
  {
    name: "a HELLO raises the link",
    file: "link/link.ts",
    from: "else if (greeting.own === this.peerEpoch",
    to: "if (greeting.own === this.peerEpoch",
    test: "link",
  },
  {
    name: "a reset keeps its epoch",
    file: "link/link.ts",
    from: "    this.#epoch = this.#context.nextEpoch();\n    this.#down(reason);",
    to: "    this.#down(reason);",
    test: "link",
  },
  {
    name: "a HELLO counts as a sign that the link works",
    file: "link/link.ts",
    from: "    if (isHello) this.#greet(Type.WELCOME);",
    to: "    this.#valid = this.#heard;\n    if (isHello) this.#greet(Type.WELCOME);",
    test: "link",
  },
  {
    name: "a gap is not noticed by the next message",
    file: "link/incoming.ts",
    from: "if (sequence !== this.#sequence + 1)",
    to: "if (sequence <= this.#sequence)",
    test: "link",
  },
  {
    name: "a gap is not noticed by BEAT",
    file: "link/link.ts",
    from: "if (progress.sequence > talk.in.sequence)",
    to: "if (progress.sequence > talk.in.sequence + 1e9)",
    test: "link",
  },
  {
    name: "a node that stood still blames its peers",
    file: "link/links.ts",
    from: "if (late >= settings.lateness) link.excuse();",
    to: "",
    test: "link",
  },
  {
    name: "no credit",
    file: "link/outgoing.ts",
    from: "return this.inFlight < this.#window;",
    to: "return true;",
    test: "link",
  },
  {
    name: "necessary frames are not bounded",
    file: "link/outgoing.ts",
    from: "return this.inFlight >= this.#settings.most;",
    to: "return false;",
    test: "link",
  },
  {
    name: "messages are acknowledged before they are dealt with",
    file: "link/link.ts",
    from: "if (done !== undefined) this.#await(done, talk.in);",
    to: "",
    test: "link",
  },
  {
    name: "a broadcast overtakes what was sent before",
    file: "link/broadcast.ts",
    from: "    for (const link of open) link.flush();\n",
    to: "",
    test: "link",
  },
  {
    name: "what is sent overtakes a broadcast",
    file: "link/links.ts",
    from: "    if (this.#broadcast.names(link)) this.#broadcast.flush();\n",
    to: "",
    test: "link",
  },
  {
    name: "the dead are listened to",
    file: "link/links.ts",
    from: "    if (this.#isOfTheDead(from, message)) return;\n",
    to: "",
    test: "link",
  },
  {
    name: "the links of a new incarnation do not start anew",
    file: "link/link.ts",
    from: '    this.reset("this node has a new incarnation");\n    this.#epoch = this.#context.nextEpoch();\n',
    to: "",
    test: "link",
  },
];
