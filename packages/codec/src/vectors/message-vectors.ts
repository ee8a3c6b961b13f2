import { MessageType, type Message } from "../index.js";

/** A message and its bytes in each format, with values from the WAMP project's single-message samples. */
export interface MessageVector {
  readonly title: string;
  readonly message: Message;
  /** The form in which it is encoded. */
  readonly json: string;
  /** Another form that decodes to the same message. */
  readonly spacedJson?: string;
  /** Hexadecimal. */
  readonly msgpack: string;
  readonly cbor: string;
}

export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

// The samples write an opaque payload as hexadecimal digits, which stand for bytes.
export const messageVectors: readonly MessageVector[] = [
  {
    title: "ABORT: a refused session",
    message: { type: MessageType.ABORT, details: {}, reason: "wamp.error.system_shutdown", payload: {} },
    json: '[3,{},"wamp.error.system_shutdown"]',
    spacedJson: '[3, {}, "wamp.error.system_shutdown"]',
    msgpack: "930380ba77616d702e6572726f722e73797374656d5f73687574646f776e",
    cbor: "8303a0781a77616d702e6572726f722e73797374656d5f73687574646f776e",
  },
  {
    title: "AUTHENTICATE: an answer to a challenge",
    message: { type: MessageType.AUTHENTICATE, signature: "gir1mSx+deCDUV7FgLvsQNTi6n3W/Z/WcZ/OT9RwdZY=", extra: {} },
    json: '[5,"gir1mSx+deCDUV7FgLvsQNTi6n3W/Z/WcZ/OT9RwdZY=",{}]',
    spacedJson: '[5, "gir1mSx+deCDUV7FgLvsQNTi6n3W/Z/WcZ/OT9RwdZY=", {}]',
    msgpack: "9305d92c676972316d53782b6465434455563746674c7673514e5469366e33572f5a2f57635a2f4f54395277645a593d80",
    cbor: "8305782c676972316d53782b6465434455563746674c7673514e5469366e33572f5a2f57635a2f4f54395277645a593da0",
  },
  {
    title: "CALL: one positional argument",
    message: {
      type: MessageType.CALL,
      request: 7814135,
      options: {},
      procedure: "com.myapp.myprocedure1",
      payload: { args: ["Hello, world!"] },
    },
    json: '[48,7814135,{},"com.myapp.myprocedure1",["Hello, world!"]]',
    spacedJson: '[48, 7814135, {}, "com.myapp.myprocedure1", ["Hello, world!"]]',
    msgpack: "9530ce00773bf780b6636f6d2e6d796170702e6d7970726f6365647572653191ad48656c6c6f2c20776f726c6421",
    cbor: "8518301a00773bf7a076636f6d2e6d796170702e6d7970726f63656475726531816d48656c6c6f2c20776f726c6421",
  },
  {
    title: "CHALLENGE: a challenge without extra",
    message: { type: MessageType.CHALLENGE, authmethod: "wampcra", extra: {} },
    json: '[4,"wampcra",{}]',
    spacedJson: '[4, "wampcra", {}]',
    msgpack: "9304a777616d7063726180",
    cbor: "83046777616d70637261a0",
  },
  {
    title: "ERROR: a failed call without payload",
    message: {
      type: MessageType.ERROR,
      requestType: 48,
      request: 7814135,
      details: {},
      error: "com.myapp.error",
      payload: {},
    },
    json: '[8,48,7814135,{},"com.myapp.error"]',
    spacedJson: '[8, 48, 7814135, {}, "com.myapp.error"]',
    msgpack: "950830ce00773bf780af636f6d2e6d796170702e6572726f72",
    cbor: "850818301a00773bf7a06f636f6d2e6d796170702e6572726f72",
  },
  {
    title: "EVENT: one positional argument",
    message: {
      type: MessageType.EVENT,
      subscription: 9823526,
      publication: 112233445566,
      details: {},
      payload: { args: ["Hello, event!"] },
    },
    json: '[36,9823526,112233445566,{},["Hello, event!"]]',
    msgpack: "9524ce0095e526cf0000001a21a278be8091ad48656c6c6f2c206576656e7421",
    cbor: "8518241a0095e5261b0000001a21a278bea0816d48656c6c6f2c206576656e7421",
  },
  {
    title: "EVENT: an opaque payload",
    message: {
      type: MessageType.EVENT,
      subscription: 5647382910,
      publication: 998877665544,
      details: { enc_algo: "cryptobox", enc_serializer: "msgpack" },
      payload: { opaque: fromHex("83a5636f6c6f72a4626c7565a473697a65a56c61726765a5636f756e741e") },
    },
    json: '[36,5647382910,998877665544,{"enc_algo":"cryptobox","enc_serializer":"msgpack"},"\\u0000g6Vjb2xvcqRibHVlpHNpemWlbGFyZ2WlY291bnQe"]',
    msgpack:
      "9524cf00000001509c397ecf000000e891bf990882a8656e635f616c676fa963727970746f626f78ae656e635f73657269616c697a6572a76d73677061636bc41e83a5636f6c6f72a4626c7565a473697a65a56c61726765a5636f756e741e",
    cbor: "8518241b00000001509c397e1b000000e891bf9908a268656e635f616c676f6963727970746f626f786e656e635f73657269616c697a6572676d73677061636b581e83a5636f6c6f72a4626c7565a473697a65a56c61726765a5636f756e741e",
  },
  {
    title: "EVENT: one hop between routers",
    message: {
      type: MessageType.EVENT,
      subscription: 7418529630,
      publication: 556677889900,
      details: { forward_for: [{ session: 2468013579, authid: "frontend1", authrole: "user" }] },
      payload: { args: [100, "data"] },
    },
    json: '[36,7418529630,556677889900,{"forward_for":[{"session":2468013579,"authid":"frontend1","authrole":"user"}]},[100,"data"]]',
    msgpack:
      "9524cf00000001ba2dc75ecf000000819c967f6c81ab666f72776172645f666f729183a773657373696f6ece931ae60ba6617574686964a966726f6e74656e6431a861757468726f6c65a4757365729264a464617461",
    cbor: "8518241b00000001ba2dc75e1b000000819c967f6ca16b666f72776172645f666f7281a36773657373696f6e1a931ae60b666175746869646966726f6e74656e64316861757468726f6c6564757365728218646464617461",
  },
  {
    title: "EVENT: an opaque payload after one hop",
    message: {
      type: MessageType.EVENT,
      subscription: 1357924680,
      publication: 987654321098,
      details: {
        forward_for: [{ session: 3692581470, authid: "router2", authrole: "router" }],
        enc_algo: "cryptobox",
        enc_serializer: "cbor",
      },
      payload: { opaque: fromHex("a26673746174757369666f7277617264656464686f707302") },
    },
    json: '[36,1357924680,987654321098,{"forward_for":[{"session":3692581470,"authid":"router2","authrole":"router"}],"enc_algo":"cryptobox","enc_serializer":"cbor"},"\\u0000omZzdGF0dXNpZm9yd2FyZGVkZGhvcHMC"]',
    msgpack:
      "9524ce50f04948cf000000e5f4c8f3ca83ab666f72776172645f666f729183a773657373696f6ecedc18525ea6617574686964a7726f7574657232a861757468726f6c65a6726f75746572a8656e635f616c676fa963727970746f626f78ae656e635f73657269616c697a6572a463626f72c418a26673746174757369666f7277617264656464686f707302",
    cbor: "8518241a50f049481b000000e5f4c8f3caa36b666f72776172645f666f7281a36773657373696f6e1adc18525e6661757468696467726f75746572326861757468726f6c6566726f7574657268656e635f616c676f6963727970746f626f786e656e635f73657269616c697a65726463626f725818a26673746174757369666f7277617264656464686f707302",
  },
  {
    title: "GOODBYE: leaving",
    message: { type: MessageType.GOODBYE, details: {}, reason: "wamp.close.normal" },
    json: '[6,{},"wamp.close.normal"]',
    spacedJson: '[6, {}, "wamp.close.normal"]',
    msgpack: "930680b177616d702e636c6f73652e6e6f726d616c",
    cbor: "8306a07177616d702e636c6f73652e6e6f726d616c",
  },
  {
    title: "HELLO: two client roles",
    message: {
      type: MessageType.HELLO,
      realm: "com.example.realm",
      details: { roles: { subscriber: {}, publisher: {} } },
    },
    json: '[1,"com.example.realm",{"roles":{"subscriber":{},"publisher":{}}}]',
    spacedJson: '[1, "com.example.realm", {"roles": {"subscriber": {}, "publisher": {}}}]',
    msgpack: "9301b1636f6d2e6578616d706c652e7265616c6d81a5726f6c657382aa7375627363726962657280a97075626c697368657280",
    cbor: "830171636f6d2e6578616d706c652e7265616c6da165726f6c6573a26a73756273637269626572a0697075626c6973686572a0",
  },
  {
    title: "INVOCATION: no arguments",
    message: { type: MessageType.INVOCATION, request: 6131533, registration: 9823526, details: {}, payload: {} },
    json: "[68,6131533,9823526,{}]",
    spacedJson: "[68, 6131533, 9823526, {}]",
    msgpack: "9444ce005d8f4dce0095e52680",
    cbor: "8418441a005d8f4d1a0095e526a0",
  },
  {
    title: "PUBLISH: one positional argument",
    message: {
      type: MessageType.PUBLISH,
      request: 239714735,
      options: {},
      topic: "com.myapp.mytopic1",
      payload: { args: ["Hello, world!"] },
    },
    json: '[16,239714735,{},"com.myapp.mytopic1",["Hello, world!"]]',
    spacedJson: '[16, 239714735, {}, "com.myapp.mytopic1", ["Hello, world!"]]',
    msgpack: "9510ce0e49c1af80b2636f6d2e6d796170702e6d79746f7069633191ad48656c6c6f2c20776f726c6421",
    cbor: "85101a0e49c1afa072636f6d2e6d796170702e6d79746f70696331816d48656c6c6f2c20776f726c6421",
  },
  {
    title: "PUBLISH: an opaque payload",
    message: {
      type: MessageType.PUBLISH,
      request: 123456789,
      options: { enc_algo: "cryptobox", enc_serializer: "msgpack" },
      topic: "com.myapp.encrypted",
      payload: { opaque: fromHex("82a5636f6c6f72a66f72616e6765a573697a65739317002a07") },
    },
    json: '[16,123456789,{"enc_algo":"cryptobox","enc_serializer":"msgpack"},"com.myapp.encrypted","\\u0000gqVjb2xvcqZvcmFuZ2Wlc2l6ZXOTFwAqBw=="]',
    msgpack:
      "9510ce075bcd1582a8656e635f616c676fa963727970746f626f78ae656e635f73657269616c697a6572a76d73677061636bb3636f6d2e6d796170702e656e63727970746564c41982a5636f6c6f72a66f72616e6765a573697a65739317002a07",
    cbor: "85101a075bcd15a268656e635f616c676f6963727970746f626f786e656e635f73657269616c697a6572676d73677061636b73636f6d2e6d796170702e656e63727970746564581982a5636f6c6f72a66f72616e6765a573697a65739317002a07",
  },
  {
    title: "PUBLISH: one hop between routers",
    message: {
      type: MessageType.PUBLISH,
      request: 987654321,
      options: { forward_for: [{ session: 3456789012, authid: "client1", authrole: "frontend" }] },
      topic: "com.myapp.topic2",
      payload: { args: [42, "test"] },
    },
    json: '[16,987654321,{"forward_for":[{"session":3456789012,"authid":"client1","authrole":"frontend"}]},"com.myapp.topic2",[42,"test"]]',
    msgpack:
      "9510ce3ade68b181ab666f72776172645f666f729183a773657373696f6ecece0a6a14a6617574686964a7636c69656e7431a861757468726f6c65a866726f6e74656e64b0636f6d2e6d796170702e746f70696332922aa474657374",
    cbor: "85101a3ade68b1a16b666f72776172645f666f7281a36773657373696f6e1ace0a6a146661757468696467636c69656e74316861757468726f6c656866726f6e74656e6470636f6d2e6d796170702e746f7069633282182a6474657374",
  },
  {
    title: "PUBLISH: an opaque payload after one hop",
    message: {
      type: MessageType.PUBLISH,
      request: 555666777,
      options: {
        enc_algo: "cryptobox",
        enc_serializer: "cbor",
        forward_for: [{ session: 8901234567, authid: "router1", authrole: "router" }],
      },
      topic: "com.myapp.secure",
      payload: { opaque: fromHex("a1666e6f7469636571726f757465723120666f72776172646564") },
    },
    json: '[16,555666777,{"enc_algo":"cryptobox","enc_serializer":"cbor","forward_for":[{"session":8901234567,"authid":"router1","authrole":"router"}]},"com.myapp.secure","\\u0000oWZub3RpY2Vxcm91dGVyMSBmb3J3YXJkZWQ="]',
    msgpack:
      "9510ce211ecd5983a8656e635f616c676fa963727970746f626f78ae656e635f73657269616c697a6572a463626f72ab666f72776172645f666f729183a773657373696f6ecf00000002128e0f87a6617574686964a7726f7574657231a861757468726f6c65a6726f75746572b0636f6d2e6d796170702e736563757265c41aa1666e6f7469636571726f757465723120666f72776172646564",
    cbor: "85101a211ecd59a368656e635f616c676f6963727970746f626f786e656e635f73657269616c697a65726463626f726b666f72776172645f666f7281a36773657373696f6e1b00000002128e0f876661757468696467726f75746572316861757468726f6c6566726f7574657270636f6d2e6d796170702e736563757265581aa1666e6f7469636571726f757465723120666f72776172646564",
  },
  {
    title: "PUBLISH: no payload",
    message: { type: MessageType.PUBLISH, request: 987654321, options: {}, topic: "com.myapp.signal", payload: {} },
    json: '[16,987654321,{},"com.myapp.signal"]',
    msgpack: "9410ce3ade68b180b0636f6d2e6d796170702e7369676e616c",
    cbor: "84101a3ade68b1a070636f6d2e6d796170702e7369676e616c",
  },
  {
    title: "PUBLISH: positional and keyword arguments",
    message: {
      type: MessageType.PUBLISH,
      request: 111222333,
      options: {},
      topic: "com.myapp.data",
      payload: { args: ["Alice", 30], kwargs: { role: "admin", active: true } },
    },
    json: '[16,111222333,{},"com.myapp.data",["Alice",30],{"role":"admin","active":true}]',
    msgpack: "9610ce06a11e3d80ae636f6d2e6d796170702e6461746192a5416c6963651e82a4726f6c65a561646d696ea6616374697665c3",
    cbor: "86101a06a11e3da06e636f6d2e6d796170702e646174618265416c696365181ea264726f6c656561646d696e66616374697665f5",
  },
  {
    title: "PUBLISH: acknowledged, positional and keyword arguments",
    message: {
      type: MessageType.PUBLISH,
      request: 444555666,
      options: { acknowledge: true },
      topic: "com.myapp.important",
      payload: { args: [100, "critical"], kwargs: { priority: "high", count: 5 } },
    },
    json: '[16,444555666,{"acknowledge":true},"com.myapp.important",[100,"critical"],{"priority":"high","count":5}]',
    msgpack:
      "9610ce1a7f619281ab61636b6e6f776c65646765c3b3636f6d2e6d796170702e696d706f7274616e749264a8637269746963616c82a87072696f72697479a468696768a5636f756e7405",
    cbor: "86101a1a7f6192a16b61636b6e6f776c65646765f573636f6d2e6d796170702e696d706f7274616e7482186468637269746963616ca2687072696f72697479646869676865636f756e7405",
  },
  {
    title: "PUBLISHED: an acknowledged publication",
    message: { type: MessageType.PUBLISHED, request: 239714735, publication: 4429313566 },
    json: "[17,239714735,4429313566]",
    spacedJson: "[17, 239714735, 4429313566]",
    msgpack: "9311ce0e49c1afcf000000010801f61e",
    cbor: "83111a0e49c1af1b000000010801f61e",
  },
  {
    title: "REGISTER: no options",
    message: { type: MessageType.REGISTER, request: 25349185, options: {}, procedure: "com.myapp.myprocedure1" },
    json: '[64,25349185,{},"com.myapp.myprocedure1"]',
    spacedJson: '[64, 25349185, {}, "com.myapp.myprocedure1"]',
    msgpack: "9440ce0182cc4180b6636f6d2e6d796170702e6d7970726f63656475726531",
    cbor: "8418401a0182cc41a076636f6d2e6d796170702e6d7970726f63656475726531",
  },
  {
    title: "REGISTERED: a registration",
    message: { type: MessageType.REGISTERED, request: 25349185, registration: 2103333224 },
    json: "[65,25349185,2103333224]",
    spacedJson: "[65, 25349185, 2103333224]",
    msgpack: "9341ce0182cc41ce7d5e5168",
    cbor: "8318411a0182cc411a7d5e5168",
  },
  {
    title: "RESULT: one positional result",
    message: { type: MessageType.RESULT, request: 7814135, details: {}, payload: { args: ["Hello, world!"] } },
    json: '[50,7814135,{},["Hello, world!"]]',
    spacedJson: '[50, 7814135, {}, ["Hello, world!"]]',
    msgpack: "9432ce00773bf78091ad48656c6c6f2c20776f726c6421",
    cbor: "8418321a00773bf7a0816d48656c6c6f2c20776f726c6421",
  },
  {
    title: "SUBSCRIBE: no options",
    message: { type: MessageType.SUBSCRIBE, request: 713845233, options: {}, topic: "com.myapp.mytopic1" },
    json: '[32,713845233,{},"com.myapp.mytopic1"]',
    spacedJson: '[32, 713845233, {}, "com.myapp.mytopic1"]',
    msgpack: "9420ce2a8c69f180b2636f6d2e6d796170702e6d79746f70696331",
    cbor: "8418201a2a8c69f1a072636f6d2e6d796170702e6d79746f70696331",
  },
  {
    title: "SUBSCRIBED: a subscription, id beyond 32 bits",
    message: { type: MessageType.SUBSCRIBED, request: 713845233, subscription: 5512315355 },
    json: "[33,713845233,5512315355]",
    spacedJson: "[33, 713845233, 5512315355]",
    msgpack: "9321ce2a8c69f1cf00000001488f41db",
    cbor: "8318211a2a8c69f11b00000001488f41db",
  },
  {
    title: "UNREGISTER: by registration",
    message: { type: MessageType.UNREGISTER, request: 788923562, registration: 2103333224 },
    json: "[66,788923562,2103333224]",
    spacedJson: "[66, 788923562, 2103333224]",
    msgpack: "9342ce2f0604aace7d5e5168",
    cbor: "8318421a2f0604aa1a7d5e5168",
  },
  {
    title: "UNREGISTERED: a reply",
    message: { type: MessageType.UNREGISTERED, request: 788923562 },
    json: "[67,788923562]",
    spacedJson: "[67, 788923562]",
    msgpack: "9243ce2f0604aa",
    cbor: "8218431a2f0604aa",
  },
  {
    title: "UNSUBSCRIBE: by subscription",
    message: { type: MessageType.UNSUBSCRIBE, request: 85346237, subscription: 5512315355 },
    json: "[34,85346237,5512315355]",
    spacedJson: "[34, 85346237, 5512315355]",
    msgpack: "9322ce051647bdcf00000001488f41db",
    cbor: "8318221a051647bd1b00000001488f41db",
  },
  {
    title: "UNSUBSCRIBED: a reply",
    message: { type: MessageType.UNSUBSCRIBED, request: 85346237 },
    json: "[35,85346237]",
    spacedJson: "[35, 85346237]",
    msgpack: "9223ce051647bd",
    cbor: "8218231a051647bd",
  },
  {
    title: "WELCOME: two router roles",
    message: { type: MessageType.WELCOME, session: 9129137332, details: { roles: { broker: {}, dealer: {} } } },
    json: '[2,9129137332,{"roles":{"broker":{},"dealer":{}}}]',
    spacedJson: '[2, 9129137332, {"roles": {"broker": {}, "dealer": {}}}]',
    msgpack: "9302cf00000002202394b481a5726f6c657382a662726f6b657280a66465616c657280",
    cbor: "83021b00000002202394b4a165726f6c6573a26662726f6b6572a0666465616c6572a0",
  },
  {
    title: "YIELD: no result",
    message: { type: MessageType.YIELD, request: 6131533, options: {}, payload: {} },
    json: "[70,6131533,{}]",
    spacedJson: "[70, 6131533, {}]",
    msgpack: "9346ce005d8f4d80",
    cbor: "8318461a005d8f4da0",
  },
  {
    title: "CANCEL: no options",
    message: { type: MessageType.CANCEL, request: 7814135, options: {} },
    json: "[49,7814135,{}]",
    spacedJson: "[49, 7814135, {}]",
    msgpack: "9331ce00773bf780",
    cbor: "8318311a00773bf7a0",
  },
  {
    title: "EVENT_RECEIVED: a publication, id beyond 32 bits",
    message: { type: MessageType.EVENT_RECEIVED, publication: 5512315355 },
    json: "[337,5512315355]",
    spacedJson: "[337, 5512315355]",
    msgpack: "92cd0151cf00000001488f41db",
    cbor: "821901511b00000001488f41db",
  },
  {
    title: "INTERRUPT: no options",
    message: { type: MessageType.INTERRUPT, request: 6131533, options: {} },
    json: "[69,6131533,{}]",
    spacedJson: "[69, 6131533, {}]",
    msgpack: "9345ce005d8f4d80",
    cbor: "8318451a005d8f4da0",
  },
  {
    title: "PUBLISH: back to the publisher as well",
    message: {
      type: MessageType.PUBLISH,
      request: 239714735,
      options: { exclude_me: false },
      topic: "com.myapp.mytopic1",
      payload: { args: ["Hello, world!"] },
    },
    json: '[16,239714735,{"exclude_me":false},"com.myapp.mytopic1",["Hello, world!"]]',
    msgpack:
      "9510ce0e49c1af81aa6578636c7564655f6d65c2b2636f6d2e6d796170702e6d79746f7069633191ad48656c6c6f2c20776f726c6421",
    cbor: "85101a0e49c1afa16a6578636c7564655f6d65f472636f6d2e6d796170702e6d79746f70696331816d48656c6c6f2c20776f726c6421",
  },
];
