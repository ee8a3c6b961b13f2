// What a page needs that calls, subscribes and registers over WebSocket with JSON. Bundled by client-size.test.ts.
export { connect } from "@kreuz/client";
